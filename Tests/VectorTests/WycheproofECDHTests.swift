import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import LDS
import Testing

/// Project Wycheproof's ECDH files: keys as SubjectPublicKeyInfo, so that the parser of keys and the matching of explicit
/// parameters are tested as well, and keys as bare points.
@Suite struct WycheproofECDHTests {
    struct Group: Decodable {
        let encoding: String
        let curve: String
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

    /// What is done where a file leaves it open ("acceptable").
    enum Rule: String, CaseIterable {
        case compressedPoint = "a compressed point is taken in a SubjectPublicKeyInfo (RFC 5480, 2.2)"
        case noCofactor = "explicit parameters without the optional cofactor are taken (RFC 3279, 2.3.5)"
        case longLength = "a length in more bytes than it needs is taken, as BER allows"
        case otherParameters = "explicit parameters that differ from the known curve are refused"
        case brokenEncoding = "any other encoding that is wrong is refused"

        init?(_ test: Test) {
            // The same bytes, a key without a cofactor, are both invalid and acceptable in these files.
            if test.flags.contains("NoCofactor") {
                self = .noCofactor
            } else if test.result != "acceptable" {
                return nil
            } else if test.flags.contains("CompressedPoint") {
                self = .compressedPoint
            } else if test.flags.contains("InvalidAsn") {
                let isLong =
                    test.comment.contains("uses long form encoding") || test.comment.contains("contains a leading 0")
                self = isLong ? .longLength : .brokenEncoding
            } else if test.flags.contains("UnnamedCurve") {
                self = .otherParameters
            } else {
                return nil
            }
        }

        var takes: Bool {
            switch self {
            case .compressedPoint, .noCofactor, .longLength: true
            case .otherParameters, .brokenEncoding: false
            }
        }
    }

    struct File: Sendable {
        let name: String
        let curve: StandardCurve
    }

    static let keyFiles = [StandardCurve.brainpoolP256r1, .brainpoolP384r1, .brainpoolP512r1].map {
        File(name: "ecdh_\($0)_test.json", curve: $0)
    }
    static let pointFiles = [StandardCurve.secp256r1, .secp384r1, .secp521r1].map {
        File(name: "ecdh_\($0)_ecpoint_test.json", curve: $0)
    }

    @Test(arguments: keyFiles)
    func keys(_ file: File) throws {
        guard let content = try WycheproofFile<Group>.load(file.name) else { return }
        let group = try CurveGroup(file.curve)
        var counts: [String: Int] = [:]
        for part in content.testGroups {
            try #require(part.encoding == "asn")
            for test in part.tests {
                var shared: [UInt8]?
                if let info = try? SubjectPublicKeyInfo(parsing: hex(test.public)), let key = try? info.knownKey(),
                    case .ec(let key) = key, key.curve == file.curve
                {
                    shared = open(try group.sharedSecret(secret(hex(test.private)), point: key.point))
                }
                let what = "test \(test.tcId) \(test.flags): \(test.comment)"
                let rule = Rule(test)
                try #require(rule != nil || test.result != "acceptable", "no rule for \(what)")
                let isTaken = rule?.takes ?? (test.result == "valid")
                #expect(shared == (isTaken ? hex(test.shared) : nil), "\(what)")
                counts[rule?.rawValue ?? test.result, default: 0] += 1
            }
        }
        for rule in Rule.allCases { #expect(counts[rule.rawValue, default: 0] > 0, "\(rule)") }
        Wycheproof.conclude(file.name, counts, of: content.numberOfTests)
    }

    /// Points as protocols send them. The compressed ones are refused there (Doc 9303-11, 9.4.4), and are the point they say.
    @Test(arguments: pointFiles)
    func points(_ file: File) throws {
        guard let content = try WycheproofFile<Group>.load(file.name) else { return }
        let curve = try CurveGroup(file.curve)
        let group: any KeyAgreementGroup = curve
        var counts: [String: Int] = [:]
        for part in content.testGroups {
            try #require(part.encoding == "ecpoint" && part.curve == "\(file.curve)")
            for test in part.tests {
                let what = "test \(test.tcId) \(test.flags): \(test.comment)"
                let (point, expected) = (hex(test.public), hex(test.shared))
                let scalar = try secret(hex(test.private))
                switch (test.result, Rule(test)) {
                case ("valid", _):
                    let key = try KeyAgreementPublicKey(domain: group.domain, encoded: point)
                    #expect(open(try group.sharedSecret(scalar, publicKey: key.encoded)) == expected, "\(what)")
                case ("invalid", _):
                    #expect(throws: CryptoError(.invalidPoint), "\(what)") { _ = try group.decodePublicKey(point) }
                    #expect(throws: CryptoError(.invalidPoint), "\(what)") { _ = try curve.decodePoint(point) }
                    #expect(throws: CryptoError(.invalidPoint), "\(what)") {
                        _ = try group.sharedSecret(scalar, publicKey: point)
                    }
                default:
                    #expect(Rule(test) == .compressedPoint, "\(what)")
                    #expect(throws: CryptoError(.invalidPoint), "\(what)") { _ = try group.decodePublicKey(point) }
                    #expect(open(try curve.sharedSecret(scalar, point: curve.decodePoint(point))) == expected)
                }
                counts[test.result == "acceptable" ? "compressed point" : test.result, default: 0] += 1
            }
        }
        Wycheproof.conclude(file.name, counts, of: content.numberOfTests)
    }
}
