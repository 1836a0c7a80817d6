import EMRTDCrypto
import Testing

/// Values that libcrypto takes by itself and that are refused here.
@Suite struct StrictnessTests {
    /// A signature whose first byte is zero, with the message it is over: one in 256.
    private func signatureWithLeadingZero(
        _ key: PrivateKey, _ scheme: SignatureScheme
    ) throws -> (message: [UInt8], signature: [UInt8])? {
        for number in 0..<UInt16.max {
            let message = [UInt8(number >> 8), UInt8(number & 0xFF)]
            let signature = try key.sign(message, scheme: scheme)
            if signature.first == 0 { return (message, signature) }
        }
        return nil
    }

    @Test(arguments: [
        SignatureScheme.rsaPKCS1(.sha256), .rsaPSS(.sha256, mgf: .sha256, saltLength: 32),
    ])
    func rsaSignatureIsAsLongAsTheModulus(scheme: SignatureScheme) throws {
        let key = try PrivateKey.generateRSA(bits: 1024)
        let found = try #require(try signatureWithLeadingZero(key, scheme))
        func valid(_ signature: [UInt8]) throws -> Bool {
            try key.publicKey.isValid(signature: signature, for: found.message, scheme: scheme)
        }
        #expect(try valid(found.signature))
        #expect(try !valid(Array(found.signature.dropFirst())), "RFC 8017, 8.1.2 and 8.2.2, step 1")
        #expect(try !valid([0] + found.signature))
        #expect(try !valid([]))
    }

    @Test(arguments: [-1, 513, Int.max, Int.min])
    func saltLengthOutOfRange(length: Int) throws {
        let key = try PrivateKey.generateRSA(bits: 1024)
        let scheme = SignatureScheme.rsaPSS(.sha256, mgf: .sha256, saltLength: length)
        #expect(throws: CryptoError(.invalidLength)) { try key.sign([1], scheme: scheme) }
        #expect(try !key.publicKey.isValid(signature: [UInt8](repeating: 1, count: 128), for: [1], scheme: scheme))
    }

    @Test(arguments: StandardCurve.allCases)
    func privateScalarIsBelowTheOrder(curve: StandardCurve) throws {
        func key(_ scalar: [UInt8]) throws -> PrivateKey { try .ec(curve, scalar: SecretBytes(copying: scalar)) }
        let order = try curve.parameters().order
        var above = order
        above[above.count - 1] += 2
        var below = order
        below[below.count - 1] -= 1
        #expect(throws: CryptoError(.invalidKey)) { try key(above) }
        #expect(throws: CryptoError(.invalidPoint)) { try key(order) }
        #expect(throws: CryptoError(.invalidPoint)) { try key([0]) }
        #expect(throws: CryptoError(.invalidPoint)) { try key([]) }
        let largest = try key(below)
        let signature = try largest.sign([1, 2, 3], scheme: .ecdsa(.sha256))
        #expect(try largest.publicKey.isValid(signature: signature, for: [1, 2, 3], scheme: .ecdsa(.sha256)))
    }

    @Test func negativeNumberOfRandomBytes() {
        #expect(throws: CryptoError(.invalidLength)) { _ = try randomBytes(-1) }
        #expect(throws: CryptoError.self) { _ = try randomSecret(-1) }
    }
}
