import ArgumentParser
import EMRTD
import LDS

struct MRZCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mrz", abstract: "Take a machine readable zone apart and check its digits.",
        discussion: "Exit code 0 where every check digit is right, 30 where one is wrong, 64 where the text is no zone."
    )

    @Argument(help: "A file with the zone; - or nothing reads standard input.")
    var file = "-"

    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await reportingErrors(json: output.json) {
            let text = String(decoding: SecretInput.trimmed(try SecretInput.bytes(of: file)), as: UTF8.self)
            let mrz: MRZ
            do { mrz = try MRZ(text: text) } catch let error as LDSError {
                throw CommandError.usage(
                    "this is no machine readable zone: \(error.reason)",
                    "Give its two or three lines as printed, with < for fillers.")
            }
            show(mrz)
            let wrong = mrz.checks.count { !$0.isCorrect }
            guard wrong == 0 else {
                Console.error("emrtd: \(wrong) of \(mrz.checks.count) check digits are wrong.")
                Console.error(
                    "Compare the zone with the document: most often a character was mistaken for another one.")
                throw ExitStatus.rejected.exit()
            }
        }
    }

    private func show(_ mrz: MRZ) {
        func personal(_ text: String) -> String { output.mask ? Mask.text(text) : text }
        let fields: [(String, String)] = [
            ("format", mrz.format.rawValue), ("documentCode", mrz.documentCode), ("issuingState", mrz.issuingState),
            ("documentNumber", personal(mrz.documentNumber)), ("primaryIdentifier", personal(mrz.primaryIdentifier)),
            ("secondaryIdentifier", personal(mrz.secondaryIdentifier)), ("nationality", mrz.nationality),
            ("dateOfBirth", personal(mrz.dateOfBirth.rawValue)), ("sex", personal(String(mrz.sex))),
            ("dateOfExpiry", personal(mrz.dateOfExpiry.rawValue)), ("optionalData", personal(mrz.optionalData)),
            ("optionalData2", personal(mrz.optionalData2)),
        ]
        if output.json {
            let checks = mrz.checks.map { check in
                JSON.object([
                    ("field", .string(check.field.rawValue)), ("correct", .bool(check.isCorrect)),
                    ("expected", .string(personal(String(check.expected)))),
                    ("found", .string(personal(String(check.found)))),
                ])
            }
            Console.out(
                JSON.object(
                    [("schemaVersion", .integer(Inspection.schemaVersion))] + fields.map { ($0.0, JSON.string($0.1)) }
                        + [("nameIsTruncated", .bool(mrz.nameIsTruncated)), ("checks", .array(checks))]
                ).encoded())
            return
        }
        for (label, value) in fields where !value.isEmpty {
            Console.out(label + String(repeating: " ", count: max(1, 21 - label.count)) + value)
        }
        for check in mrz.checks {
            let state =
                check.isCorrect
                ? Colour.green("right") : Colour.red("WRONG, \(personal(String(check.expected))) expected")
            Console.out("check digit " + check.field.rawValue + ": " + state)
        }
    }
}
