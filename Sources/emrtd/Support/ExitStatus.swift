import ArgumentParser
import EMRTD
import EMRTDTrust
import ISO7816

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
            case .wrongPassword, .passwordBlocked: .wrongPassword
            case .invalidAccessKey, .outputFailed: .usage
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

    /// Ends the program.
    func exit() -> any Error { ExitCode(rawValue) }
}

/// An error that the command line found itself.
struct CommandError: Error {
    let status: ExitStatus
    let code: String
    let reason: String
    let advice: String

    static func usage(_ reason: String, _ advice: String) -> CommandError {
        CommandError(status: .usage, code: "usage", reason: reason, advice: advice)
    }
}

/// Runs a command's body and turns every error into a sentence on standard error, an object on standard output where JSON
/// was asked for, and the exit code.
func reportingErrors(json: Bool, _ body: () async throws -> Void) async throws {
    let found: CommandError
    do {
        return try await body()
    } catch let error as ExitCode {
        throw error
    } catch let error as CommandError {
        found = error
    } catch let error as TrustError {
        found = CommandError(
            status: .trustStore, code: "trustStore", reason: error.description,
            advice: "Name a file or a folder with CSCA certificates (DER or PEM) that can be read.")
    } catch {
        let error = EMRTDError(error, stage: .connect)
        found = CommandError(
            status: ExitStatus(error), code: error.code.description,
            reason: error.reason + (error.statusWord.map { " [\($0)]" } ?? ""), advice: error.remedy.advice)
    }
    if json {
        let members: [(String, JSON)] = [
            ("code", .string(found.code)), ("reason", .string(found.reason)), ("advice", .string(found.advice)),
            ("exitCode", .integer(Int(found.status.rawValue))),
        ]
        Console.out(
            JSON.object([
                ("schemaVersion", .integer(Inspection.schemaVersion)), ("verdict", .null), ("error", .object(members)),
            ]).encoded())
    }
    Console.error("emrtd: \(SafeText.terminal(found.reason))")
    Console.error(found.advice)
    throw found.status.exit()
}
