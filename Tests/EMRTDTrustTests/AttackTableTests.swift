import EMRTDTestSupport
import Foundation
import Testing

/// Which tests show that an attack on passive authentication is resisted, and that no check's code goes without a test.
@Suite("Attack table")
struct AttackTableTests {
    /// The attacks of passive authentication, with the tests that make them.
    private static let table: [Int: [String]] = [
        1: ["attack1FlippedBitInADataGroup"], 2: ["attack2DataGroupThatTheSODDoesNotList"], 3: ["attack3SODWithoutDG1"],
        4: ["attack4WrongSignature", "aForgedDocumentOfAKnownSignerIsRefused"], 5: ["attack5SignedAttributes"],
        6: ["attack6WeakAlgorithms", "attack6UnknownSignatureAlgorithm", "sha1OfToday", "keySizes"],
        7: ["attack7SelfSignedDocumentSigner", "attack7NothingIsKnownWithoutCSCA"],
        8: ["attack8SameNameOtherKey", "attack8DamagedCSCA"],
        9: ["attack9CSCAOfAnotherState", "attack9CSCAMadeByAnotherState", "attack9Countries"],
        10: ["attack10Periods", "attack10UnreadablePeriods", "signingTime", "privateKeyUsage"],
        11: [
            "attack11Revoked", "attack11Stale", "attack11Absent", "attack11SignedByAnotherKey",
            "attack11AnotherStatesKeyInThisName",
        ],
        12: [
            "attack12Profiles", "attack12LinkCertificates", "attack12ListSignersSignNoDocuments",
            "attack12MalformedExtensions", "attack12CSCAForHealthProofs", "attack12CertificatesThatMayNotSign",
            "documentTypes",
        ],
        13: ["attack13COMHidesGroups", "attack13WithoutCOM"],
        26: ["attack26TestPKI", "importedTestPKIs", "marksOfTestPKIs", "testPKIsTaintNothing"],
        27: ["attack27WrongClock"], 28: ["attack28ExceptionInACheck", "abortedIsNeverKept"],
        30: ["attack30CertificatesAndSigners", "certificates"],
        32: ["anyChangeOutsideIsFound", "aStoreWithoutItsFile"],
    ]

    private let sources: String

    init() throws {
        let folder = repositoryRoot.appendingPathComponent("Tests/EMRTDTrustTests")
        var text = ""
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        where name.hasSuffix(".swift") && name != "AttackTableTests.swift" {
            text += try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        }
        sources = text
    }

    @Test func everyAttackHasItsTests() {
        #expect(Set(Self.table.keys) == Set(1...13).union([26, 27, 28, 30, 32]))
        for (number, tests) in Self.table {
            #expect(!tests.isEmpty, "attack \(number)")
            for test in tests { #expect(sources.contains("func \(test)("), "attack \(number): \(test)") }
        }
        // And no test of an attack is missing in the table.
        let named = sources.matches(of: /func (attack(\d+)\w*)\(/)
        #expect(named.count >= 20)
        for match in named {
            let number = Int(match.output.2) ?? 0
            #expect(Self.table[number]?.contains(String(match.output.1)) == true, "\(match.output.1)")
        }
    }

    @Test func everyCodeIsMetInATest() throws {
        let file = repositoryRoot.appendingPathComponent("Sources/EMRTDTrust/Checks/CheckCode.swift")
        let names = try String(contentsOf: file, encoding: .utf8).matches(of: /static let (\w+) = CheckCode\(/)
            .map { String($0.output.1) }
        #expect(names.count > 80)
        for name in names {
            #expect(sources.contains(try Regex("\\.\(name)\\b")), "no test meets the code \(name)")
        }
    }
}
