import EMRTDCrypto
import EMRTDTestSupport
import Testing

/// Project Wycheproof's ECDSA files, with signatures in DER and as r || s.
@Suite struct WycheproofECDSATests {
    struct Group: Decodable {
        struct Key: Decodable { let uncompressed: String }
        struct Test: Decodable {
            let tcId: Int
            let comment: String
            let msg: String
            let sig: String
            let result: String
        }
        let type: String
        let publicKey: Key
        let sha: String
        let tests: [Test]
    }

    struct File: Sendable {
        let name: String
        let curve: StandardCurve
        let digest: DigestAlgorithm
        /// r || s of fixed width.
        let isPlain: Bool

        init(_ curve: StandardCurve, _ digest: DigestAlgorithm, isPlain: Bool) {
            name = "ecdsa_\(curve)_\(digest)\(isPlain ? "_p1363" : "")_test.json"
            (self.curve, self.digest, self.isPlain) = (curve, digest, isPlain)
        }
    }

    static let files: [File] = [
        (StandardCurve.secp256r1, DigestAlgorithm.sha256), (.secp384r1, .sha384), (.secp521r1, .sha512),
        (.brainpoolP256r1, .sha256), (.brainpoolP384r1, .sha384), (.brainpoolP512r1, .sha512),
    ].flatMap { [File($0.0, $0.1, isPlain: false), File($0.0, $0.1, isPlain: true)] }

    /// Every case is either right or wrong: BER and numbers out of range are wrong.
    @Test(arguments: files)
    func file(_ file: File) throws {
        guard let content = try WycheproofFile<Group>.load(file.name) else { return }
        var counts: [String: Int] = [:]
        for group in content.testGroups {
            try #require(group.type == (file.isPlain ? "EcdsaP1363Verify" : "EcdsaVerify"))
            try #require(group.sha.lowercased().replacing("-", with: "") == file.digest.rawValue)
            let key = PublicKey.ec(try ECPublicKey(curve: file.curve, point: hex(group.publicKey.uncompressed)))
            let scheme: SignatureScheme = file.isPlain ? .ecdsaPlain(file.digest) : .ecdsa(file.digest)
            for test in group.tests {
                let valid = try key.isValid(signature: hex(test.sig), for: hex(test.msg), scheme: scheme)
                #expect(["valid", "invalid"].contains(test.result))
                #expect(valid == (test.result == "valid"), "test \(test.tcId): \(test.comment)")
                counts[valid ? "accepted" : "refused", default: 0] += 1
            }
        }
        Wycheproof.conclude(file.name, counts, of: content.numberOfTests)
    }
}
