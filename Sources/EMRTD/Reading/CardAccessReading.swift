import ISO7816
import LDS

/// Reads EF.CardAccess before the chip is opened.
///
/// The file lies in the MF, which is current after a reset. Cards differ in whether and how they let the MF be selected, so that
/// is tried last and never fatal.
struct CardAccessReading {
    let plain: PlainExchange
    let log: ReadingLog
    let responseLength: Int

    private static let selections: [CommandAPDU?] = [
        nil, CommandAPDU(ins: 0xA4, p1: 0x00, p2: 0x0C, data: [0x3F, 0x00]), CommandAPDU(ins: 0xA4, p1: 0x00, p2: 0x0C),
    ]

    /// The file's record, and whether the MF had to be selected for it.
    func run() async throws -> (record: FileRecord, selectedMasterFile: Bool) {
        var commands = 0
        var last = StatusWord.fileNotFound
        for selection in Self.selections {
            if let selection {
                commands += 1
                guard try await plain.exchange(selection).statusWord.isSuccess else { continue }
            }
            var reader = TransparentFileReader(
                .init(fileIdentifier: ElementaryFile.cardAccess.fileIdentifier, shortFileIdentifier: nil))
            var size = BlockSize(responseLength: min(responseLength, 256))
            var outcome = try await reader.read(plain, responseLength: size.responseLength)
            while case .lengthRefused(let status) = outcome, size.stepDown() {
                log.note("\(ElementaryFile.cardAccess): block size \(size.responseLength) after \(status)")
                outcome = try await reader.read(plain, responseLength: size.responseLength)
            }
            commands += reader.commands
            switch outcome {
            case .complete where reader.bytes.first != 0x31:
                // In an application that somebody left selected 011C is another file.
                last = .fileNotFound
            case .complete:
                return (FileRecord(.cardAccess, .read(reader.bytes), commands: commands), selection != nil)
            case .refused(let status), .lengthRefused(let status): last = status
            }
        }
        return (FileRecord(.cardAccess, .refused(last), commands: commands), false)
    }
}
