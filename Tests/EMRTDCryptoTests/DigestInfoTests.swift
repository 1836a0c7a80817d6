import Testing

@testable import EMRTDCrypto

/// The encoded message inside RSASSA-PKCS1-v1_5 signatures (RFC 8017, 9.2), signed raw: whatever is not one of the two exact forms is
/// wrong, however nearly it parses. With exponent 3 each of these leniencies would let anybody forge (Bleichenbacher 2006).
@Suite struct DigestInfoTests {
    static let key = Result { try PrivateKey.generateRSA(bits: 2048) }

    private static let oid: [UInt8] = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]

    /// 00 01 FF... 00 and what follows, as long as the modulus.
    private func block(_ tail: [UInt8], padding: Int? = nil, start: [UInt8] = [0, 1]) -> [UInt8] {
        let count = padding ?? (256 - 3 - tail.count)
        let head = start + [UInt8](repeating: 0xFF, count: max(count, 0)) + [0] + tail
        return head + [UInt8](repeating: 0, count: max(0, 256 - head.count))
    }

    private func info(_ parameters: [UInt8], _ digest: [UInt8]) -> [UInt8] {
        let algorithm = Self.oid + parameters
        let body = [0x30, UInt8(algorithm.count)] + algorithm + [0x04, UInt8(digest.count)] + digest
        return [0x30, UInt8(body.count)] + body
    }

    private func outcome(_ block: [UInt8], _ message: [UInt8]) throws -> [Bool] {
        let key = try Self.key.get()
        let signature = try key.signRaw(block)
        return [
            try key.publicKey.isValid(signature: signature, for: message, scheme: .rsaPKCS1(.sha256)),
            try key.publicKey.isValid(signature: signature, for: message, scheme: .rsaPKCS1WithoutNull(.sha256)),
        ]
    }

    @Test func theTwoForms() throws {
        let message: [UInt8] = [1, 2, 3]
        let digest = try DigestAlgorithm.sha256.digest(message)
        #expect(try outcome(block(info([5, 0], digest)), message) == [true, false])
        #expect(try outcome(block(info([], digest)), message) == [false, true])
        #expect(try outcome(block(info([5, 0], digest)), [1]) == [false, false])
        #expect(try outcome(block(info([], digest)), [1]) == [false, false])
        let key = try Self.key.get()
        let regular = try key.sign(message, scheme: .rsaPKCS1(.sha256))
        #expect(try regular == key.signRaw(block(info([5, 0], digest))), "libcrypto encodes as the test does")
    }

    @Test func nearlyRight() throws {
        let message: [UInt8] = [1, 2, 3]
        let digest = try DigestAlgorithm.sha256.digest(message)
        for parameters in [[5, 0], []] as [[UInt8]] {
            let good = info(parameters, digest)
            var longLength = good
            longLength.replaceSubrange(1..<2, with: [0x81, good[1]])
            var swallowed = good
            swallowed[1] += 4
            let bad: [[UInt8]] = [
                block(good + [0xDE, 0xAD, 0xBE, 0xEF]), block(good, padding: 8), block(good, padding: 200),
                block(swallowed + [4, 2, 0, 0]), block(longLength), block(good, start: [0, 2]),
                block(good, start: [0, 0]),
                block(info(parameters + [0x04, 0x00], digest)), block(info(parameters, digest + [0])),
                block(info(parameters, Array(digest.dropLast()))), block(digest),
                block(info([0x05, 0x81, 0x00], digest)),
                block(info([0x04, 0x00], digest)), block([0x30, 0x80] + good.dropFirst(2) + [0, 0]),
            ]
            for (index, block) in bad.enumerated() {
                #expect(block.count == 256)
                #expect(try outcome(block, message) == [false, false], "case \(index), parameters \(parameters)")
            }
        }
    }

    /// A modulus with no room for eight bytes of padding: 512 bits and SHA-512 (9.2, step 3).
    @Test func messageTooShort() throws {
        let modulus = [0xC1] + [UInt8](repeating: 0x11, count: 63)
        let key = PublicKey.rsa(try RSAPublicKey(modulus: modulus, exponent: [3]))
        let signature = [UInt8](repeating: 1, count: 64)
        #expect(try !key.isValid(signature: signature, for: [1], scheme: .rsaPKCS1(.sha512)))
        #expect(try !key.isValid(signature: signature, for: [1], scheme: .rsaPKCS1WithoutNull(.sha512)))
        #expect(try !key.isValid(signature: signature, for: [1], scheme: .rsaPSS(.sha512, mgf: .sha512, saltLength: 0)))
    }

    @Test func keysRestrictedToPSS() throws {
        let key = try Self.key.get()
        guard case .rsa(let rsa) = key.publicKey else { return }
        func restricted(_ restriction: RSAKeyRestriction) throws -> PublicKey {
            .rsa(try RSAPublicKey(modulus: rsa.modulus, exponent: rsa.exponent, restriction: restriction))
        }
        func accepts(_ restriction: RSAKeyRestriction, _ scheme: SignatureScheme) throws -> Bool {
            let signature = try key.sign([1], scheme: scheme)
            #expect(try key.publicKey.isValid(signature: signature, for: [1], scheme: scheme))
            return try restricted(restriction).isValid(signature: signature, for: [1], scheme: scheme)
        }
        let sha256 = SignatureScheme.rsaPSS(.sha256, mgf: .sha256, saltLength: 32)
        #expect(try accepts(.pss, sha256) && accepts(.pss, .rsaPSS(.sha1, mgf: .sha512, saltLength: 0)))
        #expect(try !accepts(.pss, .rsaPKCS1(.sha256)))
        let limits = RSAKeyRestriction.pssWith(.sha256, mgf: .sha256, minimumSaltLength: 32)
        #expect(try accepts(limits, sha256) && accepts(limits, .rsaPSS(.sha256, mgf: .sha256, saltLength: 40)))
        for weaker: SignatureScheme in [
            .rsaPSS(.sha256, mgf: .sha256, saltLength: 31), .rsaPSS(.sha256, mgf: .sha1, saltLength: 32),
            .rsaPSS(.sha1, mgf: .sha256, saltLength: 32), .rsaPSS(.sha512, mgf: .sha512, saltLength: 64),
            .rsaPKCS1(.sha256),
        ] { #expect(try !accepts(limits, weaker)) }
        let info = try key.signRaw(block(info([], DigestAlgorithm.sha256.digest([1]))))
        #expect(try !restricted(.pss).isValid(signature: info, for: [1], scheme: .rsaPKCS1WithoutNull(.sha256)))
    }

    /// One key, many threads: nothing in it changes.
    @Test func manyThreads() async throws {
        let rsa = try Self.key.get()
        let ec = try PrivateKey.generateEC(.brainpoolP256r1)
        let rsaSignature = try rsa.sign([1], scheme: .rsaPKCS1(.sha256))
        let ecSignature = try ec.sign([1], scheme: .ecdsa(.sha256))
        let (first, second) = (rsa.publicKey, ec.publicKey)
        let right = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var count = 0
                    for _ in 0..<25 {
                        if try first.isValid(signature: rsaSignature, for: [1], scheme: .rsaPKCS1(.sha256)) {
                            count += 1
                        }
                        if try second.isValid(signature: ecSignature, for: [1], scheme: .ecdsa(.sha256)) { count += 1 }
                        if try first.isValid(signature: rsaSignature, for: [2], scheme: .rsaPKCS1(.sha256)) {
                            count -= 1
                        }
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(right == 400)
    }
}
