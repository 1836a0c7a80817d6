import EMRTDProtocol
import ISO7816
import LDS

/// Reads one file of a session to its end, or finds out that it cannot be read: smaller blocks where the card refuses a length, a
/// new session where the present one was lost, and no file that spoils the others.
final class ElementaryFileReading {
    private let file: ElementaryFile
    private let session: ReadingSession
    private var reader: TransparentFileReader
    /// The block size to return to where smaller ones did not help.
    private let blockSizeBefore: BlockSize
    /// Errors in clear that may go away with a new session; each file has one.
    private var retries = 0

    init(_ file: ElementaryFile, in session: ReadingSession) {
        self.file = file
        self.session = session
        reader = session.reader(for: file)
        blockSizeBefore = session.blockSize
    }

    private var log: ReadingLog { session.log }

    /// The record.
    ///
    /// - Throws: errors that end the reading.
    func run() async throws -> FileRecord {
        while true {
            log.report(.reading(file, bytes: reader.bytes.count, of: reader.totalLength))
            do {
                let outcome = try await reader.read(
                    session.exchange, responseLength: session.blockSize.responseLength)
                session.confirmChip()
                switch outcome {
                case .complete:
                    if !reader.usedSelect { session.knowsShortFileIdentifiers = true }
                    if reader.usedSelect { log.note("\(file): the chip knows no short file identifier") }
                    return record(.read(reader.bytes))
                case .refused(let status): return record(.refused(status))
                case .lengthRefused(let status):
                    guard stepDown(after: status) else {
                        return giveUp(.unreadable("every length is refused [\(status)]"))
                    }
                }
            } catch let error as ISO7816Error where session.sessionIsUsable {
                // The file is broken, the session is not: the other files can still be read.
                session.confirmChip()
                if error.code == .endlessResponse { try session.countFileInTinyPieces(error) }
                return record(.unreadable(error.reason))
            } catch {
                if let outcome = try await recover(from: error) { return giveUp(outcome) }
            }
        }
    }

    private func record(_ outcome: FileRecord.Outcome) -> FileRecord {
        FileRecord(file, outcome, commands: reader.commands)
    }

    /// Smaller blocks that did not help this file are not kept for the others.
    private func giveUp(_ outcome: FileRecord.Outcome) -> FileRecord {
        session.blockSize = blockSizeBefore
        return record(outcome)
    }

    /// Whether the last command asked for so much that a smaller block makes a difference.
    private var askedForMuch: Bool { reader.lastLength > BlockSize.smallest }

    /// Whether an answer to extended length came with no more than short length holds: some readers swallow the rest without a word
    /// (Q25). An answer that was tampered with has its length.
    private var answerWasCut: Bool {
        reader.lastLength > 258 && session.plain.lastAnswerFitsShortLength
    }

    /// Takes a smaller block size: the next one at which the command that was refused asks for less than it did. Sizes above
    /// what was asked for would only be refused again, each at the price of a new session.
    ///
    /// - Returns: `false` where there is none.
    private func stepDown(after status: StatusWord) -> Bool {
        guard askedForMuch else { return false }
        var size = session.blockSize
        repeat {
            guard size.stepDown() else { return false }
        } while session.exchange.payloadCapacity(ofResponse: size.responseLength) >= reader.lastLength
        session.blockSize = size
        log.recovered("\(file): the card refused the length, trying \(size.responseLength) bytes")
        log.note("block size \(size.responseLength) after \(status)")
        return true
    }

    /// What an error means for this file; opens the session again where it was lost.
    ///
    /// - Returns: `nil` where the reading of this file goes on; what to write down where it ends.
    /// - Throws: the error, where it ends the whole reading.
    private func recover(from error: any Error) async throws -> FileRecord.Outcome? {
        var outcome: FileRecord.Outcome?
        let hasFailedProof = session.noteLostSession(error)
        switch error {
        case _ where hasFailedProof: break
        case let failure as ProtocolError where failure.code == .unprotectedStatus:
            // An error in clear is how a chip ends its session (Doc 9303-11, 9.8.9); anything else is no chip's answer.
            guard let status = failure.statusWord, status.isError else { throw error }
            outcome = judge(errorInClear: status)
        case let failure as ProtocolError where failure.code == .secureMessagingFailed && answerWasCut:
            log.note("\(file): the answer came cut off: the reader carries no extended length")
            guard stepDown(after: .wrongLength) else { throw error }
        case let failure as CardChannelError where failure.code == .transmissionFailed:
            if !stepDown(after: .wrongLength) { try session.countRecovery(failure) }
        case let failure as CardChannelError where failure.code == .cardReset: try session.countRecovery(failure)
        default: throw error
        }
        log.recovered("\(file): the session was lost and is opened again")
        log.note("session opened again while reading \(file)")
        try await session.reopen()
        reader.invalidateSelection()
        return outcome
    }

    /// Some cards refuse a length in clear (Q22, Q23), some a file that is not for this terminal, and some do the first command of a
    /// session wrong (Q24).
    private func judge(errorInClear status: StatusWord) -> FileRecord.Outcome? {
        let denials: [StatusWord] = [
            .securityStatusNotSatisfied, .conditionsOfUseNotSatisfied, .fileNotFound, .referencedDataNotFound,
            0x6986, 0x6A81,
        ]
        if denials.contains(status), reader.bytes.isEmpty {
            log.note("\(file): refused in clear [\(status)], which ended the session")
            return .refused(status)
        }
        if stepDown(after: status) {
            // The guess at the least length may have been what was refused, past the file's end (Q22).
            if reader.bytes.isEmpty { restartCautiously() }
            return nil
        }
        guard retries == 0 else { return .unreadable("the chip ends the session over it [\(status)]") }
        retries += 1
        return nil
    }

    private func restartCautiously() {
        let commands = reader.commands
        reader = session.reader(for: file, isCautious: true)
        reader.count(earlierCommands: commands)
    }
}
