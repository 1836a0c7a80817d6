import ArgumentParser
import EMRTD
import EMRTDSimulator
import EMRTDTrust

/// An error as the command line reports it: a sentence on what happened, one on what to do, and the exit code.
struct CommandError: Error {
    let status: ExitStatus
    let code: String
    let reason: String
    let advice: String
    /// The library's error, where there is one.
    var cause: EMRTDError?

    static func usage(_ reason: String, _ advice: String) -> CommandError {
        CommandError(status: .usage, code: "usage", reason: reason, advice: advice)
    }

    /// Any error that a command can end with.
    init(_ error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case let error as TrustError:
            self.init(
                status: .trustStore, code: Self.storeCodes[error.code]?.code ?? "trustStore", reason: error.sentence,
                advice: Self.storeCodes[error.code]?.advice
                    ?? "Name a trust store, or a file or folder with CSCA certificates (DER or PEM) that can be read.")
        case let error as PersonalisationError:
            self = .usage(
                "no such document can be made: \(error.reason)", "Choose other options; see emrtd help simulate.")
        default: self.init(EMRTDError(error, stage: .connect))
        }
    }

    /// What to do about a trust store that cannot be used, by the error.
    private static let storeCodes: [TrustError.Code: (code: String, advice: String)] = [
        .storeChanged: (
            "storeChanged",
            "Do not rely on it: find out who changed it, and import the sources into a new store with emrtd trust import."
        ),
        .storeVersion: (
            "storeVersion",
            "Import the sources into a new store with emrtd trust import, or use the version that wrote it."
        ),
        .storeBusy: ("storeBusy", "Wait until the other emrtd has ended and try again."),
        .unwritableFile: ("storeNotWritable", "Name a directory with --store that can be written and has room."),
    ]

    private init(_ error: EMRTDError) {
        let advice =
            switch error.code {
            case .outputFailed: "Name a new file or an empty folder, in a place that can be written and has room."
            case .invalidAccessKey:
                "Give the card access number or the machine readable zone as the card shows it, and nothing else."
            default: error.remedy.advice
            }
        self.init(
            status: ExitStatus(error), code: error.code.description,
            reason: error.reason + (error.statusWord.map { " [\($0)]" } ?? ""), advice: advice, cause: error)
    }

    init(status: ExitStatus, code: String, reason: String, advice: String, cause: EMRTDError? = nil) {
        self.status = status
        self.code = code
        self.reason = reason
        self.advice = advice
        self.cause = cause
    }

    /// Prints the error: sentences on standard error, and an object on standard output where JSON was asked for.
    func report(json: Bool) {
        Console.progress("")
        if json {
            let members: [(String, JSON)] = [
                ("code", .string(code)), ("stage", .optional(cause?.stage.rawValue)),
                ("remedy", .optional(cause?.remedy.rawValue)), ("reason", .string(reason)),
                ("advice", .string(advice)), ("retriesLeft", .optional(cause?.retriesLeft)),
                ("exitCode", .integer(Int(status.rawValue))),
            ]
            Console.out(
                JSON.object([
                    ("schemaVersion", .integer(Inspection.schemaVersion)), ("verdict", .null),
                    ("error", .object(members)),
                ]).encoded())
        }
        Console.error("emrtd: \(SafeText.terminal(reason))")
        Console.error(SafeText.terminal(advice))
    }
}

extension TrustError {
    /// The place and the reason, without the code's name.
    var sentence: String {
        let text = reason.isEmpty ? code.description : reason
        return location.map { "\($0): \(text)" } ?? text
    }
}

/// Runs a command's body, and reports the error that ends it.
func reportingErrors(json: Bool, _ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as ExitCode {
        throw error
    } catch {
        let found = CommandError(error)
        found.report(json: json)
        throw found.status.exit()
    }
}
