import CPCSC
import ISO7816

/// A connection to the smart-card service: one `SCARDCONTEXT`.
///
/// Used by one thread only, except for ``Canceller``.
final class PCSCContext {
    private let context: SCARDCONTEXT

    /// Connects to the service.
    init() throws(PCSCFailure) {
        var context: SCARDCONTEXT = 0
        try pcscCall(.establishContext) { SCardEstablishContext(DWORD(SCARD_SCOPE_SYSTEM), nil, nil, &context) }
        self.context = context
    }

    deinit {
        _ = try? pcscCall(.releaseContext) { SCardReleaseContext(context) }
    }

    /// Ends a wait in ``waitForChange(of:timeout:)`` from another thread.
    struct Canceller: Sendable {
        fileprivate let context: SCARDCONTEXT

        func cancel() {
            _ = try? pcscCall(.cancel) { SCardCancel(context) }
        }
    }

    /// The handle by which another thread may end a wait.
    var canceller: Canceller { Canceller(context: context) }

    /// The names of all readers, at most ``ReaderName/maximumCount``; empty where there is none.
    func readerNames() throws(PCSCFailure) -> [ReaderName] {
        // A reader may come between asking for the length and asking for the names, hence the few attempts.
        for _ in 0..<4 {
            guard var length = try listReaders(into: nil, length: 0), length > 0 else { return [] }
            length = min(length, 0x10000)
            let buffer = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(length))
            buffer.initialize(repeating: 0)
            defer { buffer.deallocate() }
            do {
                guard let count = try listReaders(into: buffer.baseAddress, length: length) else { return [] }
                let used = buffer.prefix(Int(min(count, length)))
                return ReaderName.parse(multiString: used.lazy.map { UInt8(bitPattern: $0) })
            } catch let error where error.status == .insufficientBuffer {
                continue
            }
        }
        throw PCSCFailure(function: .listReaders, status: .insufficientBuffer)
    }

    /// The length PC/SC needed or used, or `nil` without any reader.
    private func listReaders(into buffer: UnsafeMutablePointer<CChar>?, length: DWORD) throws(PCSCFailure) -> DWORD? {
        var length = length
        let status = try pcscCall(.listReaders, accepting: [.noReadersAvailable]) {
            SCardListReaders(context, nil, buffer, &length)
        }
        return status == .noReadersAvailable ? nil : length
    }

    /// The pseudo-reader whose state changes when a reader comes or goes.
    static let hotPlugNotification = ReaderName(bytes: Array(#"\\?PnP?\Notification"#.utf8))

    /// A reader, its state as far as known, and the answer to reset of the card in it.
    struct Watched {
        var name: ReaderName
        var state: ReaderState
        var atr: [UInt8] = []
    }

    /// Waits until one of the readers is in another state than the one given, and updates them all.
    ///
    /// - Parameters:
    ///   - readers: the readers to watch, one at least.
    ///   - timeout: how long to wait, at most; a state may be asked for with zero.
    /// - Returns: whether something changed; `false` when the time was up.
    func waitForChange(of readers: inout [Watched], timeout: Duration) throws(PCSCFailure) -> Bool {
        let strings = readers.map { reader in
            let cString = reader.name.cString
            let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: cString.count)
            _ = copy.initialize(from: cString)
            return copy
        }
        defer { for string in strings { string.deallocate() } }
        var states = zip(readers, strings).map { reader, string in
            var state = SCARD_READERSTATE()
            state.szReader = UnsafePointer(string.baseAddress)
            state.dwCurrentState = reader.state.acknowledged.rawValue
            return state
        }
        let milliseconds = DWORD(clamping: timeout.wholeMilliseconds)
        let status = try pcscCall(.getStatusChange, accepting: [.timeout]) {
            SCardGetStatusChange(context, milliseconds, &states, DWORD(states.count))
        }
        guard status == .success else { return false }
        for (index, state) in zip(readers.indices, states) {
            readers[index].state = ReaderState(rawValue: state.dwEventState)
            let length = Int(min(state.cbAtr, DWORD(MAX_ATR_SIZE)))
            readers[index].atr = withUnsafeBytes(of: state.rgbAtr) { Array($0.prefix(length)) }
        }
        return true
    }

    /// How a card is shared with other programs (PC/SC part 5, 3.2.5.1.1).
    enum ShareMode: DWORD {
        case exclusive = 1
        case shared = 2
        /// The reader without a card.
        case direct = 3
    }

    /// Connects to the card in a reader, with whichever of T=0 and T=1 it speaks, or to the reader alone.
    func connect(to reader: ReaderName, mode: ShareMode) throws(PCSCFailure) -> CardHandle {
        var handle: SCARDHANDLE = 0
        var activeProtocol: DWORD = 0
        let name = reader.cString
        let protocols = mode == .direct ? 0 : TransmissionProtocol.acceptable
        try pcscCall(.connect) {
            SCardConnect(context, name, mode.rawValue, protocols, &handle, &activeProtocol)
        }
        return CardHandle(handle: handle, activeProtocol: TransmissionProtocol(rawValue: activeProtocol))
    }
}

extension Duration {
    /// The duration in milliseconds, rounded up, within 0 to 2^31 - 1.
    var wholeMilliseconds: Int64 {
        guard self > .zero else { return 0 }
        let (seconds, attoseconds) = components
        let fraction = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        guard seconds < 2_147_483 else { return 2_147_483_647 }
        return seconds * 1000 + fraction
    }
}
