import ArgumentParser
import EMRTD
import EMRTDTrust

/// The exit codes of `emrtd`: a contract, documented in `docs/cli.md`.
enum ExitStatus: Int32 {
    case success = 0
    case noReader = 10
    case noCard = 11
    case cardRemoved = 12
    case accessDenied = 13
    case readerBusy = 14
    case wrongPassword = 20
    case rejected = 30
    case undetermined = 31
    case aborted = 32
    case dataAuthentic = 33
    case trustStore = 40
    case usage = 64
    case internalError = 70

    /// The exit code of an error.
    init(_ error: EMRTDError) {
        self =
            switch error.code {
            case .noReader, .serviceFailed: .noReader
            case .noCard: .noCard
            case .cardRemoved: .cardRemoved
            case .accessDenied: .accessDenied
            case .readerBusy: .readerBusy
            case .wrongPassword, .passwordBlocked, .passwordSuspended: .wrongPassword
            case .invalidAccessKey, .accessKeyRequired, .outputFailed: .usage
            case .internalError: .internalError
            default: .aborted
            }
    }

    /// The exit code of an inspection.
    init(_ inspection: Inspection, acceptsDataAuthentic: Bool) {
        self =
            switch inspection.verdict {
            case .genuine: .success
            case .dataAuthentic: acceptsDataAuthentic ? .success : .dataAuthentic
            case .rejected: .rejected
            case .undetermined: inspection.overall == .aborted ? .aborted : .undetermined
            }
    }

    /// Ends the program after an inspection; on a verdict that is not good, with advice on standard error.
    static func end(after inspection: Inspection, acceptsDataAuthentic: Bool) throws {
        let status = ExitStatus(inspection, acceptsDataAuthentic: acceptsDataAuthentic)
        guard status != .success else { return }
        Console.error("emrtd: \(inspection.verdict.rawValue). \(inspection.advice)")
        throw status.exit()
    }

    /// Ends the program.
    func exit() -> any Error { ExitCode(rawValue) }
}
