import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// Active Authentication on both sides: what verifies, and all that must not.
@Suite struct ActiveAuthenticationTests {
    static let challenge: [UInt8] = [0xF1, 0x73, 0x58, 0x99, 0x74, 0xBF, 0x40, 0xC6]
    static let rsa = Result { try PrivateKey.generateRSA(bits: 1024) }
    static let rsa2048 = Result { try PrivateKey.generateRSA(bits: 2048) }

    static func oid(_ digest: DigestAlgorithm) -> OID? {
        let arc = [DigestAlgorithm.sha1: 1, .sha224: 2, .sha256: 3, .sha384: 4, .sha512: 5]
        return arc[digest].flatMap { OID("0.4.0.127.0.7.1.1.4.1.\($0)") }
    }

    static func verify(_ signature: [UInt8], _ key: PrivateKey, _ algorithm: OID? = nil, _ data: [UInt8] = challenge)
        throws -> ActiveAuthentication.Result
    {
        try ActiveAuthentication.verify(signature, challenge: data, key: key.publicKey, algorithm: algorithm)
    }

    static func leniencies(_ result: ActiveAuthentication.Result) -> Set<Leniency>? {
        if case .authentic(let proof) = result { proof.leniencies } else { nil }
    }

    static func isWrong(_ result: ActiveAuthentication.Result) -> Bool {
        if case .wrong = result { true } else { false }
    }

    // MARK: RSA

    @Test(arguments: DigestAlgorithm.allCases, [ActiveAuthenticationChip.Form.standard, .alternative])
    func rsaWithEveryHashAndForm(_ digest: DigestAlgorithm, _ form: ActiveAuthenticationChip.Form) throws {
        let key = try Self.rsa.get()
        let signature = try ActiveAuthenticationChip(key: key, digest: digest, form: form).sign(Self.challenge)
        #expect(signature.count == 128)
        #expect(Self.leniencies(try Self.verify(signature, key)) == [])
        #expect(Self.isWrong(try Self.verify(signature, key, nil, Self.challenge.reversed())))
        #expect(Self.isWrong(try Self.verify(signature, try Self.rsa2048.get())))
        for index in stride(from: 0, to: 128, by: 9) {
            var spoilt = signature
            spoilt[index] ^= 0x10
            #expect(Self.isWrong(try Self.verify(spoilt, key)), "byte \(index)")
        }
    }

    /// Blocks of other forms, signed with the right key.
    @Test func blocksOfOtherForms() throws {
        let key = try Self.rsa.get()
        func signed(_ block: [UInt8]) throws -> ActiveAuthentication.Result { try Self.verify(key.signRaw(block), key) }
        func block(
            head: [UInt8] = [0x6A], tail: [UInt8], digest: DigestAlgorithm, m1: Int? = nil,
            data: [UInt8] = Self.challenge
        ) throws -> [UInt8] {
            let count = m1 ?? 128 - head.count - tail.count - digest.length
            let m1 = try randomBytes(count)
            return try head + m1 + digest.digest(m1 + data) + tail
        }
        #expect(Self.leniencies(try signed(block(tail: [0xBC], digest: .sha1))) == [])
        #expect(Self.leniencies(try signed(block(tail: [0x34, 0xCC], digest: .sha256))) == [])
        #expect(Self.leniencies(try signed(block(tail: [0x33, 0xCC], digest: .sha1))) == [.aaTrailerSHA1])
        // Padding nibbles before a shorter M1.
        let padded = [UInt8](repeating: 0xBB, count: 20)
        #expect(Self.leniencies(try signed(block(head: [0x6B] + padded + [0xBA], tail: [0xBC], digest: .sha1))) == [])
        for wrong in [
            try block(tail: [0xBC], digest: .sha256), try block(tail: [0x34, 0xCC], digest: .sha1),
            try block(tail: [0x35, 0xCC], digest: .sha256), try block(tail: [0x31, 0xCC], digest: .sha1),
            try block(tail: [0x3A, 0xCC], digest: .sha256), try block(tail: [0xCC], digest: .sha1),
            try block(tail: [0xBD], digest: .sha1), try block(head: [0x4A], tail: [0xBC], digest: .sha1),
            try block(head: [0x6B], tail: [0xBC], digest: .sha1),
            try block(head: [0x6B, 0xBB, 0xBB], tail: [0xBC], digest: .sha1),
            try block(head: [0x2A], tail: [0xBC], digest: .sha1),
            try block(head: [0x00, 0x6A], tail: [0xBC], digest: .sha1),
            try block(tail: [0xBC], digest: .sha1, data: [0, 0, 0, 0, 0, 0, 0, 0]),
            try block(tail: [0xBC], digest: .sha1, data: []),
            [0x6A] + [UInt8](repeating: 0, count: 126) + [0xBC],
        ] { #expect(Self.isWrong(try signed(wrong)), "\(hex(wrong.prefix(2))) ... \(hex(wrong.suffix(2)))") }
    }

    /// An empty M1 leaves nothing of the chip's own in the signature.
    @Test func emptyM1IsRefused() throws {
        let key = try Self.rsa.get()
        let padding = [UInt8](repeating: 0xBB, count: 128 - 2 - 20 - 1)
        let block = try [0x6B] + padding + [0xBA] + DigestAlgorithm.sha1.digest(Self.challenge) + [0xBC]
        #expect(block.count == 128)
        #expect(Self.isWrong(try Self.verify(key.signRaw(block), key)))
    }

    /// Signatures of 0, 1, n - 1, n and longer ones.
    @Test func trivialRSASignatures() throws {
        let key = try Self.rsa.get()
        guard case .rsa(let rsa) = key.publicKey else { return }
        let zero = [UInt8](repeating: 0, count: 128)
        var minusOne = rsa.modulus
        minusOne[127] &-= 1
        let trivial: [[UInt8]] = [
            [], zero, zero.dropLast() + [1], minusOne, rsa.modulus, [UInt8](repeating: 0xFF, count: 128), zero + [1],
        ]
        for bytes in trivial {
            #expect(Self.isWrong(try Self.verify(bytes, key)))
        }
    }

    /// Leading zeros that a chip dropped (1 in 256 signatures).
    @Test func shortRSASignature() throws {
        let key = try Self.rsa.get()
        let chip = ActiveAuthenticationChip(key: key, digest: .sha256)
        var signature = try chip.sign(Self.challenge)
        for _ in 0..<5000 where signature.first != 0 { signature = try chip.sign(Self.challenge) }
        try #require(signature.first == 0, "no signature with a leading zero in 5000")
        #expect(Self.leniencies(try Self.verify(signature, key)) == [])
        let short = Array(signature.drop { $0 == 0 })
        #expect(Self.leniencies(try Self.verify(short, key)) == [.aaSignatureShort])
    }

    // MARK: ECDSA

    @Test(arguments: StandardCurve.allCases, DigestAlgorithm.allCases)
    func ecdsaOnEveryCurveWithEveryHash(_ curve: StandardCurve, _ digest: DigestAlgorithm) throws {
        let key = try PrivateKey.generateEC(curve)
        let plain = try ActiveAuthenticationChip(key: key, digest: digest).sign(Self.challenge)
        let der = try ActiveAuthenticationChip(key: key, digest: digest, form: .alternative).sign(Self.challenge)
        #expect(plain.count == 2 * curve.orderLength)
        #expect(Self.leniencies(try Self.verify(plain, key, Self.oid(digest))) == [])
        #expect(Self.leniencies(try Self.verify(plain, key)) == [.aaSignatureInferred])
        #expect(Self.leniencies(try Self.verify(der, key, Self.oid(digest))) == [.aaSignatureDER])
        #expect(Self.leniencies(try Self.verify(der, key)) == [.aaSignatureDER, .aaSignatureInferred])
        let other: DigestAlgorithm = digest == .sha256 ? .sha384 : .sha256
        #expect(Self.leniencies(try Self.verify(plain, key, Self.oid(other))) == [.aaSignatureInferred])
        for signature in [plain, der] {
            #expect(Self.isWrong(try Self.verify(signature, key, Self.oid(digest), Self.challenge.reversed())))
            var spoilt = signature
            spoilt[signature.count / 2] ^= 0x10
            #expect(Self.isWrong(try Self.verify(spoilt, key, Self.oid(digest))))
        }
        #expect(Self.isWrong(try Self.verify(plain, try PrivateKey.generateEC(curve), Self.oid(digest))))
    }

    /// r or s of 0 or n, and what is no signature at all.
    @Test func trivialECDSASignatures() throws {
        let curve = StandardCurve.brainpoolP256r1
        let key = try PrivateKey.generateEC(curve)
        let zero = [UInt8](repeating: 0, count: 32)
        let one: [UInt8] = zero.dropLast() + [1]
        let n = try curve.parameters().order
        for r in [zero, one, n] {
            for s in [zero, one, n] {
                #expect(Self.isWrong(try Self.verify(r + s, key, Self.oid(.sha256))))
                #expect(Self.isWrong(try Self.verify(ECDSASignature.der(r: r, s: s), key, Self.oid(.sha256))))
            }
        }
        let others: [[UInt8]] = [
            [], [0], [0x30], [0x30, 0x00], zero, one + one + [0], [UInt8](repeating: 0x30, count: 5000),
        ]
        for bytes in others {
            #expect(Self.isWrong(try Self.verify(bytes, key)))
        }
    }
}
