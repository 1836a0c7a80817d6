import EMRTDTestSupport
import Foundation
import Testing

/// A file of Project Wycheproof's vectors, as the files for key agreement and signatures have it.
struct WycheproofFile<Group: Decodable>: Decodable {
    let testGroups: [Group]
    let numberOfTests: Int

    /// The file with a name in the field data; `nil` after saying so where there is none.
    static func load(_ name: String) throws -> Self? {
        guard let folder = Wycheproof.folder else { return nil }
        return try JSONDecoder().decode(Self.self, from: Data(contentsOf: folder.appendingPathComponent(name)))
    }
}

enum Wycheproof {
    static let folder = fieldData()?.appendingPathComponent("wycheproof")

    /// Prints how many cases of a file came out how; their sum must be what the file says.
    static func conclude(_ name: String, _ counts: [String: Int], of total: Int) {
        #expect(counts.values.reduce(0, +) == total)
        let parts = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        print("Wycheproof \(name): \(total) cases: \(parts.joined(separator: ", "))")
    }
}

/// Every file of these kinds is run by one of the suites.
@Suite struct WycheproofInventoryTests {
    @Test func everyFileIsRun() throws {
        guard let folder = Wycheproof.folder else { return }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasPrefix("ecdh_") || $0.hasPrefix("ecdsa_") || $0.hasPrefix("rsa_") }
        let run =
            WycheproofECDHTests.keyFiles.map(\.name) + WycheproofECDHTests.pointFiles.map(\.name)
            + WycheproofECDSATests.files.map(\.name) + WycheproofVerifierTests.rsaFiles
            + WycheproofVerifierTests.pssFiles
        #expect(Set(run).count == run.count)
        #expect(Set(files) == Set(run))
    }
}
