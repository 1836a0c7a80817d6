import EMRTDProtocol
import ISO7816
import LDS

/// One session with one chip: the way commands go at present, what has been read, and how far the chip has proven itself. Used
/// by one task. Opening is in ``AccessProcedure``.
final class ReadingSession {
    /// What Chip Authentication came to.
    enum ChipAuthenticationState {
        /// Not run.
        case idle
        /// Keys agreed; the first protected response will prove the chip, or not.
        case agreed(ChipAuthenticationParameters)
        /// A response under the new keys was accepted.
        case proven(ChipAuthenticationParameters)
        /// The chip did not do what a chip with the key would do.
        case failed(String)
        /// The chip refused a step.
        case refused(StatusWord)
        /// Something other than the chip's key ended it; why.
        case aborted(String)
    }

    let plain: PlainExchange
    let log: ReadingLog
    let access: AccessProcedure
    var exchange: any APDUExchange
    var chipAuthentication = ChipAuthenticationState.idle
    var blockSize: BlockSize
    /// The session under the keys of Chip Authentication: the only one whose answers are a proof.
    var chipSession: SecureMessaging?
    /// The terminal's ephemeral key of Chip Authentication, which Terminal Authentication signs over.
    var terminalEphemeralKey: [UInt8]?
    /// Terminal Authentication that succeeded, to be run again with a new session.
    var terminal: TerminalRun?
    /// Sessions that ended after Chip Authentication and before its proof, for no reason that tells of a wrong key.
    var lostProofs = 0
    /// Whether the card has been seen to know short file identifiers.
    var knowsShortFileIdentifiers = false
    /// How often the card was reset by somebody else.
    var recoveries = 0
    /// How often the session was opened again, whatever the reason.
    var reopenings = 0

    /// The most times that a session is opened again after the card was reset by somebody else.
    static let maximumRecoveries = 6
    /// The most times that a session is opened again in all: a chip may refuse every data group in clear, and several sizes.
    static let maximumReopenings = 32

    private var filesInTinyPieces = 0

    init(
        _ channel: any CardChannel, key: AccessKey?, policy: AccessPolicy, terminal: TerminalCredentials?,
        report: @escaping (ReadEvent) -> Void
    ) {
        plain = PlainExchange(channel)
        exchange = plain
        log = ReadingLog(report: report)
        access = AccessProcedure(plain, key: key, policy: policy, terminal: terminal, log: log)
        blockSize = BlockSize(for: channel.properties)
    }

    /// Opens the chip and selects the eMRTD application.
    func open() async throws {
        exchange = try await access.open(responseLength: blockSize.responseLength)
        if access.shortResponseLength < 256 {
            blockSize = BlockSize(responseLength: min(blockSize.responseLength, access.shortResponseLength))
        }
    }

    // MARK: Files

    /// The file's record, read now if it was not before.
    @discardableResult
    func read(_ file: ElementaryFile) async throws -> FileRecord {
        if let known = log[file] { return known }
        let record = try await ElementaryFileReading(file, in: self).run()
        if case .unreadable = record.outcome { log.report(.refused(file)) }
        if case .refused = record.outcome { log.report(.refused(file)) }
        if let bytes = record.bytes { log.report(.read(file, bytes: bytes.count)) }
        return log.add(record)
    }

    /// A card that hands out its files in pieces of a few bytes would keep the desk for hours: one such file is its fault, two
    /// are the card's.
    func countFileInTinyPieces(_ error: ISO7816Error) throws {
        filesInTinyPieces += 1
        guard filesInTinyPieces < 2 else {
            throw EMRTDError(
                .protocolViolation, "the card gives its files in pieces of a few bytes", stage: .read, remedy: .tryAgain
            )
        }
    }

    /// A reader of a file. The first command asks for more than a header where every real file of the kind has more; a
    /// cautious reader does not.
    func reader(for file: ElementaryFile, isCautious: Bool = false) -> TransparentFileReader {
        let minimum =
            switch file {
            case .sod where !isCautious: 512
            case .dataGroup(.dg2) where !isCautious: 1024
            default: 6
            }
        return TransparentFileReader(
            .init(
                fileIdentifier: file.fileIdentifier, shortFileIdentifier: file.shortFileIdentifier,
                minimumLength: minimum), triesSelectWhenNotFound: !knowsShortFileIdentifiers)
    }

    /// Whether the session is under secure messaging that holds, or needs none.
    var sessionIsUsable: Bool { (exchange as? SecureMessaging)?.isActive ?? true }
}

extension PlainExchange {
    /// Whether the last answer was about as long as short length allows, which is where some readers cut longer ones off (Q25).
    var lastAnswerFitsShortLength: Bool { (250...258).contains(lastAnswerLength) }
}
