import EMRTDCrypto
import EMRTDTestSupport
import Foundation
import Testing

@Suite struct RSATests {
    struct File: Decodable {
        struct Group: Decodable {
            struct Key: Decodable {
                let modulus: String
                let publicExponent: String
            }
            let type: String
            let publicKey: Key
            let sha: String
            let mgfSha: String?
            let sLen: Int?
            let tests: [Test]
        }
        struct Test: Decodable {
            let tcId: Int
            let comment: String
            let flags: [String]
            let msg: String
            let sig: String
            let result: String
        }
        let testGroups: [Group]
        let numberOfTests: Int
    }

    static func digest(_ name: String) -> DigestAlgorithm? {
        DigestAlgorithm(rawValue: name.lowercased().replacing("-", with: ""))
    }

    /// Strict: what the files call acceptable, a DigestInfo without NULL, is refused.
    @Test(arguments: [
        "2048_sha224", "2048_sha256", "2048_sha384", "2048_sha512", "3072_sha256", "4096_sha256",
    ])
    func wycheproofPKCS1(_ name: String) throws {
        guard let file: File = try wycheproof("rsa_signature_\(name)_test.json") else { return }
        var counts: [String: Int] = [:]
        for group in file.testGroups {
            try #require(group.type == "RsassaPkcs1Verify")
            let hash = try #require(Self.digest(group.sha))
            let key = PublicKey.rsa(
                try RSAPublicKey(modulus: hex(group.publicKey.modulus), exponent: hex(group.publicKey.publicExponent)))
            for test in group.tests {
                let valid = try key.isValid(signature: hex(test.sig), for: hex(test.msg), scheme: .rsaPKCS1(hash))
                #expect(valid == (test.result == "valid"), "test \(test.tcId): \(test.comment)")
                if test.result == "acceptable" { #expect(test.flags == ["MissingNull"]) }
                counts[test.result, default: 0] += 1
            }
        }
        #expect(counts.values.reduce(0, +) == file.numberOfTests)
        print(
            "Wycheproof rsa_signature_\(name)_test.json: \(counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" })"
        )
    }

    @Test(arguments: [
        "2048_sha256_mgf1_0", "2048_sha256_mgf1_32", "2048_sha512_mgf1sha256_32", "3072_sha256_mgf1_32",
        "4096_sha512_mgf1_32", "4096_sha512_mgf1_64", "misc",
    ])
    func wycheproofPSS(_ name: String) throws {
        guard let file: File = try wycheproof("rsa_pss_\(name)_params_test.json") else { return }
        var counts: [String: Int] = [:]
        for group in file.testGroups {
            try #require(group.type == "RsassaPssWithParametersVerify")
            guard let hash = Self.digest(group.sha), let mgf = Self.digest(try #require(group.mgfSha)) else {
                counts["of hashes not in Doc 9303", default: 0] += group.tests.count
                continue
            }
            let key = PublicKey.rsa(
                try RSAPublicKey(modulus: hex(group.publicKey.modulus), exponent: hex(group.publicKey.publicExponent)))
            let scheme = SignatureScheme.rsaPSS(hash, mgf: mgf, saltLength: try #require(group.sLen))
            for test in group.tests {
                let valid = try key.isValid(signature: hex(test.sig), for: hex(test.msg), scheme: scheme)
                #expect(["valid", "invalid"].contains(test.result))
                #expect(valid == (test.result == "valid"), "test \(test.tcId): \(test.comment)")
                counts[test.result, default: 0] += 1
            }
        }
        #expect(counts.values.reduce(0, +) == file.numberOfTests)
        print(
            "Wycheproof rsa_pss_\(name)_params_test.json: \(counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" })"
        )
    }

    static let key = Result { try PrivateKey.generateRSA(bits: 1536) }

    static let schemes: [SignatureScheme] =
        DigestAlgorithm.allCases.map { .rsaPKCS1($0) }
        + DigestAlgorithm.allCases.flatMap { hash in
            [0, 20, hash.length].map { .rsaPSS(hash, mgf: hash, saltLength: $0) }
        } + [.rsaPSS(.sha256, mgf: .sha1, saltLength: 32)]

    @Test(arguments: schemes)
    func ownSignatures(_ scheme: SignatureScheme) throws {
        let key = try Self.key.get()
        let message = deterministicBytes(100)
        let signature = try key.sign(message, scheme: scheme)
        #expect(signature.count == 192)
        #expect(try key.publicKey.isValid(signature: signature, for: message, scheme: scheme))
        #expect(try !key.publicKey.isValid(signature: signature, for: message + [1], scheme: scheme))
        for other in Self.schemes where other != scheme {
            #expect(try !key.publicKey.isValid(signature: signature, for: message, scheme: other), "\(other)")
        }
        for index in signature.indices {
            var flipped = signature
            flipped[index] ^= 0x10
            #expect(try !key.publicKey.isValid(signature: flipped, for: message, scheme: scheme))
        }
    }

    /// RFC 8017, 8.1.2 and 8.2.2, step 1: the signature is as long as the modulus, in both schemes.
    @Test(arguments: [SignatureScheme.rsaPKCS1(.sha256), .rsaPSS(.sha256, mgf: .sha256, saltLength: 32)])
    func signaturesOfTheWrongLength(_ scheme: SignatureScheme) throws {
        let key = try Self.key.get()
        // A signature that begins with a zero byte, which might be left out.
        var found: (message: [UInt8], signature: [UInt8])?
        for number in 0..<5000 where found == nil {
            let message = [UInt8(number >> 8), UInt8(number & 0xFF)]
            let signature = try key.sign(message, scheme: scheme)
            if signature[0] == 0 { found = (message, signature) }
        }
        let (message, signature) = try #require(found)
        #expect(try key.publicKey.isValid(signature: signature, for: message, scheme: scheme))
        let bad: [[UInt8]] = [
            Array(signature.dropFirst()), [0] + signature, signature + [0], [], [0], signature.dropLast(),
            [UInt8](repeating: 0xFF, count: 192), [UInt8](repeating: 0, count: 192),
            [UInt8](repeating: 1, count: 100_000),
        ]
        for (index, bytes) in bad.enumerated() {
            #expect(try !key.publicKey.isValid(signature: bytes, for: message, scheme: scheme), "case \(index)")
        }
        // signature + n is the same number modulo n.
        guard case .rsa(let rsa) = key.publicKey else { return }
        #expect(try !key.publicKey.isValid(signature: rsa.modulus, for: message, scheme: scheme))
    }

    @Test(arguments: [-2, -1, 513, 5000, Int.max, Int.min])
    func saltsOutOfRange(_ length: Int) throws {
        let key = try Self.key.get()
        let scheme = SignatureScheme.rsaPSS(.sha256, mgf: .sha256, saltLength: length)
        let pkcs1 = try key.sign([1], scheme: .rsaPKCS1(.sha256))
        #expect(try !key.publicKey.isValid(signature: pkcs1, for: [1], scheme: scheme))
        #expect(cryptoErrorCode { _ = try key.sign([1], scheme: scheme) } == .invalidLength)
    }

    /// A salt that is in range but does not fit the modulus is a wrong signature, not an error.
    @Test func saltBeyondTheModulus() throws {
        let key = try Self.key.get()
        for length in [160, 192, 300, 512] {
            let scheme = SignatureScheme.rsaPSS(.sha512, mgf: .sha512, saltLength: length)
            #expect(try !key.publicKey.isValid(signature: [UInt8](repeating: 1, count: 192), for: [1], scheme: scheme))
        }
    }

    @Test func publicKeysThatAreRefused() throws {
        let odd = [UInt8](repeating: 0xFF, count: 128)
        func code(_ modulus: [UInt8], _ exponent: [UInt8]) -> CryptoError.Code? {
            cryptoErrorCode { _ = try RSAPublicKey(modulus: modulus, exponent: exponent) }
        }
        #expect(code(odd, [1, 0, 1]) == nil && code([0, 0] + odd, [0, 3]) == nil)
        for modulus in [
            [], [0], [1], [UInt8](repeating: 0xFF, count: 63), [UInt8](repeating: 0xFF, count: 1025),
            odd.dropLast() + [0xFE], [UInt8](repeating: 0, count: 128), [UInt8](repeating: 0xFF, count: 1_000_000),
        ] as [[UInt8]] { #expect(code(modulus, [1, 0, 1]) == .invalidKey, "a modulus of \(modulus.count) bytes") }
        for exponent in [[], [0], [1], [0, 1], [2], [1, 0, 0], [UInt8](repeating: 0xFF, count: 9), odd] as [[UInt8]] {
            #expect(code(odd, exponent) == .invalidKey, "an exponent of \(exponent.count) bytes")
        }
        #expect(try RSAPublicKey(modulus: [0] + odd, exponent: [0, 3]).modulus == odd)
        #expect(try RSAPublicKey(modulus: odd, exponent: [3]).bitCount == 1024)
        #expect(try RSAPublicKey(modulus: [1] + odd, exponent: [3]).bitCount == 1025)
    }

    /// A modulus that is no product of two primes, or a small one, gives a wrong signature and no error.
    @Test func oddKeys() throws {
        for count in [64, 65, 128, 1024] {
            let modulus = [0xC0] + deterministicBytes(count - 2) + [0x0F]
            for exponent in [[3], [1, 0, 1], [UInt8](repeating: 0xFF, count: 8)] as [[UInt8]] {
                let key = PublicKey.rsa(try RSAPublicKey(modulus: modulus, exponent: exponent))
                let signature = deterministicBytes(count, seed: 4).map { $0 & 0x7F }
                for scheme in Self.schemes {
                    #expect(try !key.isValid(signature: signature, for: [1], scheme: scheme), "\(count) \(scheme)")
                }
            }
        }
    }

    @Test(arguments: [-1, 0, 1, 512, 1023, 8193, Int.max])
    func keySizes(_ bits: Int) {
        #expect(cryptoErrorCode { _ = try PrivateKey.generateRSA(bits: bits) } == .invalidKey)
    }

    @Test func rawOperations() throws {
        let key = try Self.key.get()
        guard case .rsa(let rsa) = key.publicKey else { return }
        let block = [0x00] + deterministicBytes(191)
        let signed = try key.signRaw(block)
        #expect(try rsa.recover(signed) == block, "leading zeros are kept")
        #expect(try rsa.recover(rsa.modulus) == nil)
        #expect(try rsa.recover([UInt8](repeating: 0xFF, count: 192)) == nil)
        #expect(try rsa.recover([0] + signed) == nil)
        #expect(try rsa.recover([]) == [UInt8](repeating: 0, count: 192))
        for bad in [[], [1], block.dropLast(), block + [0], rsa.modulus, [UInt8](repeating: 0xFF, count: 192)]
            as [[UInt8]]
        {
            #expect(cryptoErrorCode { _ = try key.signRaw(bad) } == .invalidKey, "\(bad.count) bytes")
        }
        #expect(cryptoErrorCode { _ = try PrivateKey.generateEC(.secp256r1).signRaw(block) } == .invalidKey)
    }
}
