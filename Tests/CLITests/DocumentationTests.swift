import EMRTDTestSupport
import Foundation
import Testing

/// `docs/cli.md` names what the sources and the program have.
@Suite("The documentation")
struct DocumentationTests {
    private let text: String

    init() throws {
        text = try Self.read("docs/cli.md")
    }

    private static func read(_ path: String) throws -> String {
        try String(contentsOf: repositoryRoot.appendingPathComponent(path), encoding: .utf8)
    }

    /// What the first group of an expression finds in a source file.
    private func names(_ expression: String, in path: String) throws -> [String] {
        let source = try Self.read(path)
        let found = source.matches(of: try Regex(expression, as: (Substring, Substring).self)).map {
            String($0.output.1)
        }
        try #require(!found.isEmpty, "\(path) has nothing of the kind any more")
        return found
    }

    @Test("every code of a check, and none besides")
    func codes() throws {
        let expression = #"CheckCode\(\s*rawValue: "([^"]+)"\)"#
        let codes =
            try names(expression, in: "Sources/EMRTDTrust/Checks/CheckCode.swift")
            + names(expression, in: "Sources/EMRTD/Inspection/Verdict.swift")
        let start = try #require(text.range(of: "\nCodes:\n"))
        let end = try #require(text.range(of: "\nLeniencies:\n"))
        let listed = text[start.upperBound..<end.lowerBound].matches(of: /\n\| `([^`]+)` \|/).map {
            String($0.output.1)
        }
        #expect(Set(codes).subtracting(listed).isEmpty)
        #expect(Set(listed).subtracting(codes).isEmpty)
    }

    @Test("every leniency")
    func leniencies() throws {
        for name in try names(#"Leniency\(\s*"(\w+)""#, in: "Sources/EMRTDTrust/Checks/Leniency.swift") {
            #expect(text.contains("\n| `\(name)` |"), "\(name)")
        }
    }

    @Test("every exit code")
    func exitCodes() throws {
        for code in try names(#"case \w+ = (\d+)"#, in: "Sources/emrtd/Support/ExitStatus.swift") {
            #expect(text.contains("\n| \(code) |"), "\(code)")
        }
    }

    @Test("every code of an error and every remedy")
    func errors() throws {
        let path = "Sources/EMRTD/EMRTDError.swift"
        for name in try names(#"Code\("(\w+)"\)"#, in: path) + names(#"\n    case (\w+)\n"#, in: path) {
            #expect(text.contains("`\(name)`"), "\(name)")
        }
    }

    @Test("every finding, refusal, basis and kind of a trust store")
    func trust() throws {
        let guide = try Self.read("docs/trust.md")
        for code in try names(#" Code\(\s*"(\w+)""#, in: "Sources/EMRTDTrust/Inspect/TrustStoreCheck.swift") {
            #expect(text.contains("`\(code)`"), "\(code)")
        }
        for code in try names(#" Code\("(\w+)"\)"#, in: "Sources/EMRTDTrust/Store/TrustImport.swift") {
            #expect(text.contains("`\(code)`") && guide.contains("| `\(code)` |"), "\(code)")
        }
        for name in try names(#"\n        case (\w+)\n"#, in: "Sources/EMRTDTrust/Store/TrustSource.swift") {
            #expect(text.contains("`\(name)`"), "\(name)")
        }
        for oddity in try names(
            #"CertificateOddity\("(\w+)"\)"#, in: "Sources/EMRTDTrust/Certificates/CertificateOddity.swift")
        {
            #expect(guide.contains("`\(oddity)`"), "\(oddity)")
        }
        for kind in try names(#"Kind\("(\w+)"\)"#, in: "Sources/EMRTDTrust/Inspect/FileStructure.swift") {
            #expect(text.contains("`\(kind)`"), "\(kind)")
        }
    }

    @Test(
        "every option that a command explains",
        arguments: [
            "demo", "readers", "read", "verify", "simulate", "mrz", "inspect", "trust import", "trust list",
            "trust show",
            "trust check", "trust remove", "trust export",
        ])
    func options(_ command: String) throws {
        let help = try Emrtd.run(command.split(separator: " ").map(String.init) + ["--help"]).output
        let options = help.matches(of: /--[a-z][a-z-]+/).map { String($0.output) }
        #expect(options.contains("--help"))
        for option in options where option != "--help" { #expect(text.contains(option), "\(command) \(option)") }
    }

    @Test("every member of the report")
    func members() throws {
        func names(_ value: JSONValue) -> Set<String> {
            switch value {
            case .object(let members): members.reduce(into: []) { $0.formUnion(names($1.value).union([$1.key])) }
            case .array(let items): items.reduce(into: []) { $0.formUnion(names($1)) }
            default: []
            }
        }
        for name in names(try Emrtd.run(["demo", "--json"]).json()) where !name.contains(".") {
            #expect(text.contains("`\(name)`"), "\(name)")
        }
    }
}
