import ArgumentParser
import Glibc

@main
struct EMRTDCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "emrtd",
        abstract: "Read chip-based ID cards and passports, and say whether they are genuine.",
        discussion: """
            Exit codes: 0 genuine; 10 no reader; 11 no card in time; 12 card removed or reset; 13 access denied by the \
            smart-card service; 14 reader busy; 20 wrong password; 30 rejected; 31 undetermined; 32 aborted; 33 data \
            authentic, but a copy cannot be excluded; 40 trust store unusable or changed; 64 usage; 70 a bug of this program. \
            In trust import and trust check, 30 says that something was refused or needs care.
            """,
        version: "0.1.0",
        subcommands: [
            DemoCommand.self, ReadersCommand.self, ReadCommand.self, VerifyCommand.self, SimulateCommand.self,
            MRZCommand.self, InspectCommand.self, TrustCommand.self,
        ])

    static func main() async {
        // A file that may not grow any more is an error to report, and not the end of the program.
        signal(SIGXFSZ, SIG_IGN)
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard !arguments.isEmpty else {
            // Help that was not asked for must not end with the exit code of a genuine document.
            Console.error(helpMessage())
            Glibc.exit(ExitStatus.usage.rawValue)
        }
        do {
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard !(error is ExitCode), exitCode(for: error) == .validationFailure else { exit(withError: error) }
            report(error, arguments)
        }
    }

    /// Reports arguments that cannot be used. What was typed is left out where it may be a password or a person's number:
    /// arguments end up in logs.
    private static func report(_ error: any Error, _ arguments: [String]) -> Never {
        func text(_ text: String) -> String { Redaction.text(text, arguments: arguments) }
        let usage = CommandError.usage(text(message(for: error)), text(usageString(for: error)))
        usage.report(json: arguments.contains("--json"))
        Glibc.exit(usage.status.rawValue)
    }

    /// The usage of the subcommand that the arguments name.
    private static func usageString(for error: any Error) -> String {
        let lines = fullMessage(for: error).split(separator: "\n")
        guard let usage = lines.firstIndex(where: { $0.hasPrefix("Usage: ") }) else { return "See emrtd --help." }
        return lines[usage...].joined(separator: " ")
    }
}

/// Leaves out of messages what may be a password or a person's number.
enum Redaction {
    /// The text with every argument that holds four digits in a row, or looks like a machine readable zone, as asterisks.
    static func text(_ text: String, arguments: [String]) -> String {
        var text = text
        for argument in arguments {
            // Also the value of --option=value.
            for part in argument.split(separator: "=") + [argument[...]] where isPersonal(part) {
                text = text.replacing(part, with: String(repeating: "*", count: part.count))
            }
        }
        return text
    }

    private static func isPersonal(_ text: Substring) -> Bool {
        let digits = text.split { !("0"..."9").contains($0) }
        return digits.contains { $0.count >= 4 } || text.contains("<<")
    }
}
