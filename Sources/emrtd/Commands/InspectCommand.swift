import ArgumentParser
import EMRTD
import EMRTDTrust
import ISO7816

struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show what certificates, signed objects, lists and files of chips hold.",
        discussion: """
            Takes certificates, CMS, EF.SOD, EF.CardSecurity, master lists, deviation lists, revocation lists, CV certificates and \
            LDIF, in binary, PEM, base64 or hexadecimal. What a file is, is found by its content. Nothing is verified. Data groups \
            that may hold personal data are named and not shown. Exit code 0 where every file was recognised, 64 otherwise.
            """)

    @Argument(help: ArgumentHelp("The files; - is standard input.", valueName: "file"))
    var files: [String]

    @Option(
        help: ArgumentHelp(
            "The most elements shown of a list, such as the certificates of a master list.", valueName: "n"))
    var limit = 1000

    @Flag(help: "Show every field, and certificates of lists with all their fields.")
    var full = false

    @Flag(help: "Print one JSON object for each file.")
    var json = false

    func validate() throws {
        guard (1...1_000_000).contains(limit) else { throw ValidationError("--limit is 1 to 1000000.") }
        guard files.count(where: { $0 == "-" }) <= 1 else { throw ValidationError("Standard input can be one file.") }
    }

    func run() async throws {
        try await reportingErrors(json: json) {
            var failures = 0
            for file in files where !show(file) { failures += 1 }
            guard failures > 0 else { return }
            Console.error(
                "Name files that hold certificates, CMS, revocation lists, CV certificates, LDIF or files of a chip, unchanged."
            )
            throw ExitStatus.usage.exit()
        }
    }

    /// Shows a file; `false` where it cannot be read or is nothing known.
    private func show(_ file: String) -> Bool {
        let name = file == "-" ? "standard input" : file
        do throws(TrustError) {
            let options = StructureOptions(maximumElements: limit, showsEverything: full)
            let structure = try FileStructure(of: InputFile.bytes(of: file), options: options)
            Console.out(json ? object(structure, name).encoded() : text(structure, name))
            return true
        } catch {
            let reason = error.reason
            if json {
                Console.out(
                    JSON.object([
                        ("schemaVersion", .integer(Inspection.schemaVersion)), ("file", .string(name)),
                        ("error", .object([("code", .string("notRecognised")), ("reason", .string(reason))])),
                    ]).encoded())
            }
            Console.error("emrtd: " + SafeText.terminal("\(name): \(reason)"))
            return false
        }
    }

    private func text(_ structure: FileStructure, _ name: String) -> String {
        var out = [
            Colour.bold(SafeText.terminal(name)) + ": \(structure.size) bytes, \(structure.encoding.rawValue), sha256 "
                + structure.sha256.hexadecimal.lowercased()
        ]
        let printer = StructurePrinter(showsEverything: full)
        for item in structure.items {
            out += printer.lines(item.content, indent: 1)
            for note in item.notes { out.append("  Note: " + SafeText.terminal(note)) }
        }
        for note in structure.notes { out.append("Note: " + SafeText.terminal(note)) }
        return out.joined(separator: "\n")
    }

    private func object(_ structure: FileStructure, _ name: String) -> JSON {
        func texts(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }
        let items = structure.items.map { item in
            JSON.object([
                ("kind", .string(item.kind.description)), ("notes", texts(item.notes)),
                ("content", StructurePrinter.json(item.content)),
            ])
        }
        return .object([
            ("schemaVersion", .integer(Inspection.schemaVersion)), ("file", .string(name)),
            ("size", .integer(structure.size)), ("sha256", .string(structure.sha256.hexadecimal.lowercased())),
            ("encoding", .string(structure.encoding.rawValue)), ("items", .array(items)),
            ("notes", texts(structure.notes)),
        ])
    }
}
