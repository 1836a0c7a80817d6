import EMRTDCrypto
import EMRTDTestSupport
import LDS
import Testing

@testable import EMRTDTrust

/// Project Wycheproof's signature files through the verifier: the key from its SubjectPublicKeyInfo, the scheme from an
/// AlgorithmIdentifier, the signature with every leniency that a policy can allow. What is "acceptable" has a named leniency.
@Suite struct WycheproofVerifierTests {
    struct Group: Decodable {
        struct Test: Decodable {
            let tcId: Int
            let comment: String
            let flags: [String]?
            let msg: String
            let sig: String
            let result: String
        }
        let publicKeyDer: String
        let sha: String
        let mgfSha: String?
        let sLen: Int?
        let tests: [Test]
    }

    static let rsaFiles =
        ["2048_sha224", "2048_sha256", "2048_sha384", "2048_sha512", "3072_sha256", "4096_sha256"]
        .map { "rsa_signature_\($0)_test.json" }

    static let pssFiles =
        [
            "2048_sha256_mgf1_0", "2048_sha256_mgf1_32", "2048_sha512_mgf1sha256_32", "3072_sha256_mgf1_32",
            "4096_sha512_mgf1_32", "4096_sha512_mgf1_64", "misc",
        ].map { "rsa_pss_\($0)_params_test.json" }

    /// The leniencies that a case was accepted with, or `nil` where it was refused.
    private func leniencies(_ test: Group.Test, _ key: SubjectKey, _ scheme: SignatureScheme) throws -> Set<Leniency>? {
        try SignatureChecking.standard.check(try key.publicKey(), hex(test.sig)[...], hex(test.msg)[...], scheme)
    }

    private func digest(_ name: String) throws -> DigestAlgorithm {
        try #require(DigestAlgorithm(rawValue: name.lowercased().replacing("-", with: "")))
    }

    @Test(arguments: rsaFiles)
    func rsaPKCS1(_ name: String) throws {
        guard let file = try WycheproofFile<Group>.load(name) else { return }
        var counts: [String: Int] = [:]
        for group in file.testGroups {
            let key = try SubjectKey(encoded: hex(group.publicKeyDer))
            let hash = try digest(group.sha)
            let scheme = try SignatureAlgorithm(dotted: Self.pkcs1[hash] ?? "").scheme()
            #expect(scheme == .rsaPKCS1(hash))
            for test in group.tests {
                let taken = try leniencies(test, key, scheme)
                switch test.result {
                case "valid": #expect(taken == [], "test \(test.tcId): \(test.comment)")
                case "acceptable":
                    #expect(test.flags == ["MissingNull"], "test \(test.tcId): \(test.comment)")
                    #expect(taken == [.pkcs1WithoutNull], "test \(test.tcId): \(test.comment)")
                default: #expect(taken == nil, "test \(test.tcId): \(test.comment)")
                }
                counts[Self.word(taken), default: 0] += 1
            }
        }
        #expect(counts["accepted as pkcs1WithoutNull"] == 1)
        Wycheproof.conclude(name, counts, of: file.numberOfTests)
    }

    /// Here the keys themselves are restricted to RSASSA-PSS with the parameters of the file.
    @Test(arguments: pssFiles)
    func rsaPSS(_ name: String) throws {
        guard let file = try WycheproofFile<Group>.load(name) else { return }
        var counts: [String: Int] = [:]
        for group in file.testGroups {
            let der = hex(group.publicKeyDer)
            let key = try SubjectKey(encoded: der)
            let (hash, mask) = (try digest(group.sha), try digest(group.mgfSha ?? ""))
            // The AlgorithmIdentifier of the key is also that of its signatures.
            let scheme = try SignatureAlgorithm(ofKey: der).scheme()
            let salt = try #require(group.sLen)
            #expect(scheme == .rsaPSS(hash, mgf: mask, saltLength: salt))
            for test in group.tests {
                let taken = try leniencies(test, key, scheme)
                #expect(["valid", "invalid"].contains(test.result))
                #expect((taken == []) == (test.result == "valid"), "test \(test.tcId): \(test.comment)")
                #expect(taken?.isEmpty ?? true)
                counts[Self.word(taken), default: 0] += 1
                // A scheme that the key's parameters do not allow.
                guard taken != nil else { continue }
                for other in [SignatureScheme.rsaPKCS1(hash), .rsaPSS(hash, mgf: mask, saltLength: salt - 1)] {
                    #expect(try leniencies(test, key, other) == nil)
                }
            }
        }
        Wycheproof.conclude(name, counts, of: file.numberOfTests)
    }

    /// The ECDSA files once more, with keys from their DER and the leniency for encodings that are not minimal: it may accept another
    /// encoding of a right signature, and nothing else.
    @Test(arguments: WycheproofECDSATests.files)
    func ecdsa(_ file: WycheproofECDSATests.File) throws {
        guard let content = try WycheproofFile<Group>.load(file.name) else { return }
        var counts: [String: Int] = [:]
        for group in content.testGroups {
            let key = try SubjectKey(encoded: hex(group.publicKeyDer))
            let scheme = try SignatureAlgorithm(
                dotted: (file.isPlain ? Self.plain[file.digest] : Self.ecdsa[file.digest]) ?? ""
            ).scheme()
            #expect(scheme == (file.isPlain ? .ecdsaPlain(file.digest) : .ecdsa(file.digest)))
            guard case .ec(let publicKey) = try key.publicKey() else {
                Issue.record("not a key on a curve")
                return
            }
            #expect(publicKey.curve == file.curve)
            for test in group.tests {
                let taken = try leniencies(test, key, scheme)
                #expect((taken == []) == (test.result == "valid"), "test \(test.tcId): \(test.comment)")
                if let taken, !taken.isEmpty {
                    #expect(taken == [.ecdsaSuperfluousZeros] && !file.isPlain, "test \(test.tcId): \(test.comment)")
                    #expect(
                        ["encod", "indefinite", "length", "leading", "0 ", "zero", "prepend"].contains {
                            test.comment.lowercased().contains($0)
                        },
                        "accepted with a leniency: test \(test.tcId): \(test.comment)")
                }
                counts[Self.word(taken), default: 0] += 1
            }
        }
        Wycheproof.conclude("\(file.name), through the verifier", counts, of: content.numberOfTests)
    }

    private static func word(_ taken: Set<Leniency>?) -> String {
        guard let taken else { return "refused" }
        return taken.isEmpty ? "accepted" : "accepted as " + taken.map(\.name).sorted().joined(separator: ", ")
    }

    private static let pkcs1: [DigestAlgorithm: String] = [
        .sha1: "1.2.840.113549.1.1.5", .sha224: "1.2.840.113549.1.1.14", .sha256: "1.2.840.113549.1.1.11",
        .sha384: "1.2.840.113549.1.1.12", .sha512: "1.2.840.113549.1.1.13",
    ]
    private static let ecdsa: [DigestAlgorithm: String] = [
        .sha256: "1.2.840.10045.4.3.2", .sha384: "1.2.840.10045.4.3.3", .sha512: "1.2.840.10045.4.3.4",
    ]
    private static let plain: [DigestAlgorithm: String] = [
        .sha256: "0.4.0.127.0.7.1.1.4.1.3", .sha384: "0.4.0.127.0.7.1.1.4.1.4", .sha512: "0.4.0.127.0.7.1.1.4.1.5",
    ]
}

extension SignatureAlgorithm {
    /// The algorithm with a dotted object identifier and without parameters.
    fileprivate init(dotted: String) throws {
        let arcs = dotted.split(separator: ".").compactMap { UInt($0) }
        try #require(arcs.count > 2)
        var contents = [UInt8(arcs[0] * 40 + arcs[1])]
        for arc in arcs.dropFirst(2) {
            var bytes = [UInt8(arc & 0x7F)]
            var rest = arc >> 7
            while rest > 0 {
                bytes.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
                rest >>= 7
            }
            contents += bytes
        }
        let identifier = [0x06, UInt8(contents.count)] + contents
        try self.init(
            ASN1Element(([0x30, UInt8(identifier.count)] + identifier)[...], .der, name: "AlgorithmIdentifier"))
    }

    /// The AlgorithmIdentifier of a SubjectPublicKeyInfo.
    fileprivate init(ofKey der: [UInt8]) throws {
        var fields = try ASN1Element(der[...], .der, name: "SubjectPublicKeyInfo").fields(.sequence)
        try self.init(fields.required("algorithm"))
    }
}
