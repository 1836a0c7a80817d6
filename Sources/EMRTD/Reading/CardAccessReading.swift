import ISO7816
import LDS

/// Reads EF.CardAccess before the chip is opened.
///
/// The file lies in the MF, which is current after a reset. Cards differ in whether and how they let the MF be selected, so that
/// is tried later and never fatal; some keep the file in the application (Q1, Q3).
struct CardAccessReading {
    let plain: PlainExchange
    let log: ReadingLog
    /// The longest response that the way to the card may carry; smaller after a refusal.
    private(set) var blockSize: BlockSize
    private var hasFailed = false

    /// What was found.
    struct Finding {
        let record: FileRecord
        /// What selecting another directory had to do with it.
        let leniency: AccessInfo.Leniency?
    }

    private static let places: [(selection: CommandAPDU?, leniency: AccessInfo.Leniency?)] = [
        (nil, nil),
        (CommandAPDU(ins: 0xA4, p1: 0x00, p2: 0x0C, data: [0x3F, 0x00]), .masterFileSelected),
        (CommandAPDU(ins: 0xA4, p1: 0x00, p2: 0x0C), .masterFileSelected),
        (.select(application: ElementaryFile.applicationIdentifier), .cardAccessInApplication),
    ]

    init(plain: PlainExchange, log: ReadingLog, responseLength: Int) {
        self.plain = plain
        self.log = log
        blockSize = BlockSize(responseLength: min(responseLength, 256))
    }

    /// Looks in one place after the other.
    mutating func run() async throws -> Finding {
        var commands = 0
        var last = StatusWord.fileNotFound
        for (selection, leniency) in Self.places {
            if let selection {
                commands += 1
                guard try await plain.exchange(selection).statusWord.isSuccess else { continue }
            }
            var reader = TransparentFileReader(
                .init(fileIdentifier: ElementaryFile.cardAccess.fileIdentifier, shortFileIdentifier: nil))
            let outcome = try await read(&reader, after: selection)
            commands += reader.commands
            switch outcome {
            case .complete where reader.bytes.first != 0x31:
                // In an application that somebody left selected 011C is another file.
                last = .fileNotFound
            case .complete:
                return Finding(
                    record: FileRecord(.cardAccess, .read(reader.bytes), commands: commands), leniency: leniency)
            // What the application says is about its own file 011C.
            case .refused(let status), .lengthRefused(let status):
                if leniency != .cardAccessInApplication { last = status }
            }
        }
        return Finding(record: FileRecord(.cardAccess, .refused(last), commands: commands), leniency: nil)
    }

    /// Reads with smaller blocks where the card or the reader wants them.
    private mutating func read(_ reader: inout TransparentFileReader, after selection: CommandAPDU?) async throws
        -> TransparentFileReader.Outcome
    {
        while true {
            do {
                let outcome = try await reader.read(plain, responseLength: blockSize.responseLength)
                guard case .lengthRefused(let status) = outcome, blockSize.stepDown() else { return outcome }
                log.note("\(ElementaryFile.cardAccess): block size \(blockSize.responseLength) after \(status)")
            } catch let error as CardChannelError where error.code == .transmissionFailed {
                // Once it may have been the card that moved.
                guard !hasFailed || reader.lastLength > BlockSize.smallest && blockSize.stepDown() else { throw error }
                hasFailed = true
                log.note("\(ElementaryFile.cardAccess): the reader failed; session opened again")
                try await plain.channel.reset()
                if let selection { _ = try await plain.exchange(selection) }
                reader.invalidateSelection()
            }
        }
    }
}
