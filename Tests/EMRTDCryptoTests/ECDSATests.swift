import EMRTDCrypto
import EMRTDTestSupport
import Testing

@Suite struct ECDSATests {
    @Test(arguments: StandardCurve.allCases, DigestAlgorithm.allCases)
    func ownSignatures(_ curve: StandardCurve, _ digest: DigestAlgorithm) throws {
        let key = try PrivateKey.generateEC(curve)
        let message = deterministicBytes(50)
        let der = try key.sign(message, scheme: .ecdsa(digest))
        let plain = try key.sign(message, scheme: .ecdsaPlain(digest))
        #expect(plain.count == 2 * curve.orderLength)
        let publicKey = key.publicKey
        #expect(try publicKey.isValid(signature: der, for: message, scheme: .ecdsa(digest)))
        #expect(try publicKey.isValid(signature: plain, for: message, scheme: .ecdsaPlain(digest)))
        #expect(
            try !publicKey.isValid(signature: plain, for: message, scheme: .ecdsa(digest)), "one form for the other")
        #expect(try !publicKey.isValid(signature: der, for: message, scheme: .ecdsaPlain(digest)))
        #expect(try !publicKey.isValid(signature: der, for: message + [0], scheme: .ecdsa(digest)))
        let other = try PrivateKey.generateEC(curve).publicKey
        #expect(try !other.isValid(signature: der, for: message, scheme: .ecdsa(digest)))
    }

    /// r or s of 0, n, n + r or the full width; short, long and empty signatures. None is an error, all are wrong.
    @Test(arguments: StandardCurve.allCases)
    func malformedPlainSignatures(_ curve: StandardCurve) throws {
        let key = try PrivateKey.generateEC(curve)
        let length = curve.orderLength
        let order = try curve.parameters().order
        let message: [UInt8] = [1, 2, 3]
        let good = try key.sign(message, scheme: .ecdsaPlain(.sha256))
        let (r, s) = (Array(good[..<length]), Array(good[length...]))
        let zero = [UInt8](repeating: 0, count: length)
        let full = [UInt8](repeating: 0xFF, count: length)
        let bad: [[UInt8]] = [
            [], [0], zero, zero + zero, zero + s, r + zero, order + s, r + order, full + full, good.dropLast(),
            good + [0],
            [0] + good, good.dropFirst() + [], s + r, [UInt8](repeating: 1, count: 100_000),
        ]
        for signature in bad where signature != good {
            #expect(try !key.publicKey.isValid(signature: signature, for: message, scheme: .ecdsaPlain(.sha256)))
        }
        for index in good.indices {
            var flipped = good
            flipped[index] ^= 1
            #expect(try !key.publicKey.isValid(signature: flipped, for: message, scheme: .ecdsaPlain(.sha256)))
        }
        // r + n where it fits is the same number modulo n, and still wrong.
        for (a, b) in [(zero, zero), (zero, s), (r, zero), (order, s), (r, order)] {
            let der = ECDSASignature.der(r: a, s: b)
            #expect(try !key.publicKey.isValid(signature: der, for: message, scheme: .ecdsa(.sha256)))
        }
    }

    @Test func strictDER() {
        let good = hex("3006020101020102")
        #expect(ECDSASignature.parse(der: good)?.r == [1] && ECDSASignature.parse(der: good)?.s == [2])
        #expect(ECDSASignature.parse(der: hex("300802020080020200FF"))?.r == [0x80], "the sign byte is dropped")
        for bad in [
            "", "30", "3000", "3006", "30060201010201", "300602010102010200", "3106020101020102", "30060301010201 02",
            "3006020101030102", "3003020101", "3009020101020102020103", "3005020101 0200", "30050200020101",
            "30060201FF020102", "3007020200010 20102", "30810602010102 0102", "308200060201010201 02",
            "3080020101020102 0000",
            "300602810101 0201", "3084000000060201 01020102", "30FF020101020102", "3007020101 0202 0001",
            "30060280010 10201 02",
            "300602010102 FF02",
        ] {
            #expect(ECDSASignature.parse(der: hex(bad)) == nil, "\(bad)")
        }
        #expect(ECDSASignature.der(r: [0, 0, 0x80], s: [0]) == hex("3007020200800201 00"))
    }

    /// A P-521 signature needs the long form of the length; encoding and parsing agree on it.
    @Test func longForm() throws {
        let number = [UInt8](repeating: 0xFF, count: 66)
        let der = ECDSASignature.der(r: number, s: number)
        #expect(der.prefix(3) == [0x30, 0x81, 138])
        let parsed = try #require(ECDSASignature.parse(der: der))
        #expect(parsed.r == number && parsed.s == number)
    }

    @Test func schemesOfOtherKeys() throws {
        let key = try PrivateKey.generateEC(.secp256r1)
        for scheme in [SignatureScheme.rsaPKCS1(.sha256), .rsaPSS(.sha256, mgf: .sha256, saltLength: 32)] {
            #expect(try !key.publicKey.isValid(signature: [1], for: [1], scheme: scheme))
            #expect(cryptoErrorCode { _ = try key.sign([1], scheme: scheme) } == .invalidKey)
        }
        for count in [0, 19, 31, 33, 64] {
            let digest = [UInt8](repeating: 0, count: count)
            #expect(
                cryptoErrorCode {
                    _ = try key.publicKey.isValid(signature: [1], forDigest: digest, scheme: .ecdsa(.sha256))
                } == .invalidLength, "a digest of the wrong length is misuse, not a wrong signature")
        }
    }

    @Test(arguments: StandardCurve.allCases)
    func privateScalarsOutOfRange(_ curve: StandardCurve) throws {
        let order = try curve.parameters().order
        #expect(cryptoErrorCode { _ = try PrivateKey.ec(curve, scalar: SecretBytes(copying: [0])) } != nil)
        #expect(cryptoErrorCode { _ = try PrivateKey.ec(curve, scalar: SecretBytes(copying: order)) } != nil)
        #expect(cryptoErrorCode { _ = try PrivateKey.ec(curve, scalar: SecretBytes(copying: [1] + order)) } != nil)
        #expect(cryptoErrorCode { _ = try PrivateKey.ec(curve, scalar: SecretBytes(count: 200)) } != nil)
        let one = try PrivateKey.ec(curve, scalar: SecretBytes(copying: [1]))
        #expect(one.publicKey == .ec(try ECPublicKey(curve: curve, point: curve.parameters().generator)))
    }
}
