import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import EMRTDTrust
import Foundation
import LDS
import Testing

/// The tables of docs/protocols.md name every combination that the code runs, and no other.
@Suite struct ProtocolTableTests {
    struct Row: Hashable {
        let name: String
        let objectIdentifier: String
        let ids: [Int]
    }

    /// The rows of a table whose second column is an object identifier.
    static func rows(after heading: String) throws -> [Row] {
        let text = try String(
            contentsOf: repositoryRoot.appendingPathComponent("docs/protocols.md"), encoding: .utf8)
        let parts = text.components(separatedBy: "\n### \(heading)\n")
        try #require(parts.count == 2, "the heading \(heading) is there once")
        let section = parts[1].components(separatedBy: "\n### ")[0].components(separatedBy: "\n## ")[0]
        return section.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count > 3, cells[1].hasPrefix("0.4.0.") else { return nil }
            return Row(name: cells[0], objectIdentifier: cells[1], ids: ids(cells[2]))
        }
    }

    /// `8, 9, 11 to 18` as numbers.
    static func ids(_ text: String) -> [Int] {
        text.components(separatedBy: ", ").flatMap { part -> [Int] in
            let ends = part.components(separatedBy: " to ").compactMap(Int.init)
            guard let first = ends.first, let last = ends.last else { return [] }
            return Array(first...last)
        }
    }

    @Test func pace() throws {
        let expected = PACEProtocol.all.map { variant in
            Row(
                name: "\(variant.agreement.rawValue)-\(variant.mapping.rawValue)-\(variant.cipher.rawValue)",
                objectIdentifier: variant.objectIdentifier.description,
                ids: PACEMappingTests.all.filter { $0.protocol == variant }.map(\.parameterId).sorted())
        }
        let listed = try Self.rows(after: "PACE")
        #expect(Set(listed) == Set(expected) && listed.count == expected.count)
        #expect(listed.flatMap(\.ids).count == PACEMappingTests.all.count)
    }

    @Test func chipAuthentication() throws {
        let expected = ChipAuthenticationProtocol.all.map { variant in
            Row(
                name: "\(variant.agreement.rawValue)-\(variant.cipher.rawValue)",
                objectIdentifier: variant.objectIdentifier.description,
                ids: ChipAuthenticationTests.all.filter { $0.0 == variant }.map(\.1.parameterId).sorted())
        }
        let listed = try Self.rows(after: "Chip Authentication")
        #expect(Set(listed) == Set(expected) && listed.count == expected.count)
    }

    @Test func terminalAuthentication() throws {
        let expected = TerminalSignatureAlgorithm.allCases.map {
            [$0.rawValue.replacingOccurrences(of: "id-TA-", with: ""), $0.objectIdentifier.description]
        }
        let listed = try Self.rows(after: "Terminal Authentication").map { [$0.name, $0.objectIdentifier] }
        #expect(Set(listed) == Set(expected) && listed.count == expected.count)
    }
}
