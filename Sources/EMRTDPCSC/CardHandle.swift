import CPCSC
import ISO7816

/// The transmission protocol between reader and card.
enum TransmissionProtocol: DWORD, Sendable {
    case t0 = 1
    case t1 = 2

    /// The protocols to offer when connecting.
    static let acceptable: DWORD = 1 | 2
}

/// A connection to a card or a reader: one `SCARDHANDLE`. Used by one thread only.
struct CardHandle {
    private let handle: SCARDHANDLE
    /// The protocol in use; `nil` on a reader without a card.
    private(set) var activeProtocol: TransmissionProtocol?

    init(handle: SCARDHANDLE, activeProtocol: TransmissionProtocol?) {
        self.handle = handle
        self.activeProtocol = activeProtocol
    }

    /// What happens to the card when it is given back or taken again.
    enum Disposition: DWORD {
        case leave = 0
        case reset = 1
    }

    func disconnect(_ disposition: Disposition) throws(PCSCFailure) {
        try pcscCall(.disconnect) { SCardDisconnect(handle, disposition.rawValue) }
    }

    /// Connects again, after resetting the card or after someone else did.
    mutating func reconnect(_ initialization: Disposition) throws(PCSCFailure) {
        var activeProtocol: DWORD = 0
        try pcscCall(.reconnect) {
            SCardReconnect(
                handle, PCSCContext.ShareMode.shared.rawValue, TransmissionProtocol.acceptable,
                initialization.rawValue, &activeProtocol)
        }
        self.activeProtocol = TransmissionProtocol(rawValue: activeProtocol)
    }

    /// Takes the card for this program alone; blocks while another program has a transaction.
    func beginTransaction() throws(PCSCFailure) {
        try pcscCall(.beginTransaction) { SCardBeginTransaction(handle) }
    }

    func endTransaction(_ disposition: Disposition) throws(PCSCFailure) {
        try pcscCall(.endTransaction) { SCardEndTransaction(handle, disposition.rawValue) }
    }

    /// Asks for the state of the connection and returns the card's answer to reset.
    func answerToReset() throws(PCSCFailure) -> [UInt8] {
        var atr = [UInt8](repeating: 0, count: Int(MAX_ATR_SIZE))
        var atrLength = DWORD(atr.count)
        var nameLength: DWORD = 0
        var state: DWORD = 0
        var activeProtocol: DWORD = 0
        try pcscCall(.status) {
            SCardStatus(handle, nil, &nameLength, &state, &activeProtocol, &atr, &atrLength)
        }
        return Array(atr.prefix(Int(min(atrLength, DWORD(atr.count)))))
    }

    /// Sends a command and returns the number of bytes received into `buffer`.
    func transmit(_ command: [UInt8], into buffer: UnsafeMutableBufferPointer<UInt8>) throws(PCSCFailure) -> Int {
        guard let activeProtocol else { throw PCSCFailure(function: .transmit, status: .protocolMismatch) }
        var sendHeader = SCARD_IO_REQUEST(
            dwProtocol: activeProtocol.rawValue, cbPciLength: DWORD(MemoryLayout<SCARD_IO_REQUEST>.size))
        var length = DWORD(buffer.count)
        try pcscCall(.transmit) {
            SCardTransmit(handle, &sendHeader, command, DWORD(command.count), nil, buffer.baseAddress, &length)
        }
        return Int(min(length, DWORD(buffer.count)))
    }

    /// Sends a control code to the reader's driver and returns its answer, at most 512 bytes.
    func control(_ code: UInt32) throws(PCSCFailure) -> [UInt8] {
        var answer = [UInt8](repeating: 0, count: 512)
        let capacity = DWORD(answer.count)
        var length: DWORD = 0
        try pcscCall(.control) { SCardControl(handle, DWORD(code), nil, 0, &answer, capacity, &length) }
        return Array(answer.prefix(Int(min(length, capacity))))
    }

    /// Reads an attribute of the reader (PC/SC part 3, 3.1.2.2), at most 512 bytes.
    func attribute(_ identifier: UInt32) throws(PCSCFailure) -> [UInt8] {
        var value = [UInt8](repeating: 0, count: 512)
        var length = DWORD(value.count)
        try pcscCall(.getAttribute) { SCardGetAttrib(handle, DWORD(identifier), &value, &length) }
        return Array(value.prefix(Int(min(length, DWORD(value.count)))))
    }
}
