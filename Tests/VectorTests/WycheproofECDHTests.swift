import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import Foundation
import LDS
import Testing

/// Project Wycheproof's ECDH files whose public keys are SubjectPublicKeyInfo, so that the parser of keys and the matching of
/// explicit parameters are tested as well.
@Suite struct WycheproofECDHTests {
    struct File: Decodable {
        struct Group: Decodable {
            let encoding: String
            let tests: [Test]
        }
        struct Test: Decodable {
            let tcId: Int
            let comment: String
            let flags: [String]
            let `public`: String
            let `private`: String
            let shared: String
            let result: String
        }
        let testGroups: [Group]
        let numberOfTests: Int
    }

    /// What the files leave open must never give another secret than the printed one. Of it, only sound curves in an
    /// unusual form are taken: compressed points, and explicit parameters without a cofactor.
    static let takenWhereAcceptable: Set<String> = [
        "CompressedPoint", "CompressedPublic", "UnnamedCurve", "NoCofactor", "UnusedParam", "InvalidPublic",
    ]
    /// Parameters that are no known curve.
    static let refusedAlways: Set<String> = [
        "WrongOrder", "ModifiedGenerator", "ModifiedCofactor", "ModifiedCurveParameter", "ModifiedPrime",
        "ModifiedGroup", "InvalidCurveAttack", "WeakPublicKey",
    ]

    @Test(arguments: [
        ("brainpoolP256r1", StandardCurve.brainpoolP256r1), ("brainpoolP384r1", .brainpoolP384r1),
        ("brainpoolP512r1", .brainpoolP512r1),
    ])
    func file(_ name: String, _ curve: StandardCurve) throws {
        guard let folder = fieldData() else { return }
        let url = folder.appendingPathComponent("wycheproof/ecdh_\(name)_test.json")
        let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
        let group = try CurveGroup(curve)
        var counts: [String: Int] = [:]
        var taken: Set<String> = []
        for part in file.testGroups {
            try #require(part.encoding == "asn")
            for test in part.tests {
                let scalar = try secret(hex(test.private))
                var shared: [UInt8]?
                if let info = try? SubjectPublicKeyInfo(parsing: hex(test.public)), let key = try? info.knownKey(),
                    case .ec(let key) = key, key.curve == curve
                {
                    shared = open(try group.sharedSecret(scalar, point: key.point))
                }
                let what = "test \(test.tcId) \(test.flags): \(test.comment)"
                // The same bytes, a key without a cofactor, are both invalid and acceptable in these files. The cofactor is
                // optional (RFC 3279, 2.3.5), and all other values are compared.
                let result = test.flags.contains("NoCofactor") ? "acceptable" : test.result
                switch result {
                case "valid": #expect(shared == hex(test.shared), "\(what)")
                case "invalid": #expect(shared == nil, "\(what)")
                default:
                    #expect(shared == nil || shared == hex(test.shared), "\(what)")
                    if !Self.refusedAlways.isDisjoint(with: test.flags) { #expect(shared == nil, "\(what)") }
                    if Self.takenWhereAcceptable.isSuperset(of: test.flags) { #expect(shared != nil, "\(what)") }
                }
                let decided = result == "acceptable" ? (shared == nil ? ", refused" : ", taken") : ""
                counts[result + decided, default: 0] += 1
                if decided == ", taken" { taken.insert(test.comment) }
            }
        }
        #expect(counts.values.reduce(0, +) == file.numberOfTests)
        print("Wycheproof ecdh_\(name)_test.json: \(counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" })")
        print("  taken: \(taken.sorted())")
    }
}
