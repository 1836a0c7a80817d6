import EMRTDCrypto
import EMRTDTestSupport
import Testing

@Suite struct KeyAgreementTests {
    @Test(arguments: StandardCurve.allCases)
    func bothSidesAgree(_ curve: StandardCurve) throws {
        let group = try CurveGroup(curve)
        let a = try group.randomScalar()
        let b = try group.randomScalar()
        let length = a.count
        #expect(length == curve.orderLength)
        let (pa, pb) = (try group.multiply(a), try group.multiply(b))
        let shared = open(try group.sharedSecret(a, point: pb))
        #expect(shared == open(try group.sharedSecret(b, point: pa)))
        #expect(shared.count == curve.fieldLength)
        let point = open(try group.sharedPoint(a, point: pb))
        #expect(Array(point[1...curve.fieldLength]) == shared)
        #expect(point == (try group.multiply(b, base: pa)))
    }

    /// Generic Mapping is s * G + H, for which multiplication by known scalars gives the same: (s + h) * G.
    @Test(arguments: StandardCurve.allCases)
    func genericMapping(_ curve: StandardCurve) throws {
        let group = try CurveGroup(curve)
        let h = try SecretBytes(copying: group.multiply(SecretBytes(copying: [0x11])))
        let mapped = try group.mapGeneric(nonce: SecretBytes(copying: [0x01, 0x00]), sharedPoint: h)
        #expect(mapped == (try group.multiply(SecretBytes(copying: [0x01, 0x11]))))
        // s * G equal to H: the addition is a doubling.
        let doubled = try group.mapGeneric(nonce: SecretBytes(copying: [0x11]), sharedPoint: h)
        #expect(doubled == (try group.multiply(SecretBytes(copying: [0x22]))))
    }

    /// s * G = -H gives infinity, which is no generator.
    @Test(arguments: StandardCurve.allCases)
    func mappingToInfinity(_ curve: StandardCurve) throws {
        let group = try CurveGroup(curve)
        var s = try curve.parameters().order
        var borrow = 5
        for index in s.indices.reversed() {  // n - 5
            let difference = Int(s[index]) - borrow
            s[index] = UInt8(truncatingIfNeeded: difference)
            borrow = difference < 0 ? 1 : 0
        }
        let h = try SecretBytes(copying: group.multiply(SecretBytes(copying: [5])))
        #expect(
            cryptoErrorCode { _ = try group.mapGeneric(nonce: SecretBytes(copying: s), sharedPoint: h) }
                == .invalidPoint)
    }

    /// 0 and n are no private keys: the product is infinity and is refused, not returned as zeros.
    @Test(arguments: StandardCurve.allCases)
    func productAtInfinity(_ curve: StandardCurve) throws {
        let group = try CurveGroup(curve)
        let values = try curve.parameters()
        for scalar in [[], [0], [UInt8](repeating: 0, count: curve.orderLength), values.order] as [[UInt8]] {
            let secret = try SecretBytes(copying: scalar)
            #expect(cryptoErrorCode { _ = try group.multiply(secret) } == .invalidPoint)
            #expect(cryptoErrorCode { _ = try group.multiply(secret, base: values.generator) } == .invalidPoint)
            #expect(cryptoErrorCode { _ = try group.sharedSecret(secret, point: values.generator) } == .invalidPoint)
            #expect(cryptoErrorCode { _ = try group.sharedPoint(secret, point: values.generator) } == .invalidPoint)
        }
    }

    /// n + 1 is 1.
    @Test(arguments: StandardCurve.allCases)
    func scalarsBeyondTheOrder(_ curve: StandardCurve) throws {
        let group = try CurveGroup(curve)
        var scalar = try curve.parameters().order
        scalar[scalar.count - 1] += 1  // an odd prime that does not end in FF
        let secret = try SecretBytes(copying: scalar)
        #expect(try group.multiply(secret) == curve.parameters().generator)
        #expect(try group.multiply(secret, base: curve.parameters().generator) == curve.parameters().generator)
    }

    /// The first x coordinate with a leading zero byte among k * G keeps its width (one session in 256 has one).
    @Test(arguments: StandardCurve.allCases)
    func leadingZerosAreKept(_ curve: StandardCurve) throws {
        let group = try CurveGroup(curve)
        let one = try SecretBytes(copying: [1])
        // P-521 has seven unused bits in the first byte: look for a zero in the second as well.
        let zeros = curve == .secp521r1 ? 2 : 1
        var found = 0
        for k in 1...20_000 where found < 1 {
            let scalar = try SecretBytes(copying: [UInt8(k >> 8), UInt8(k & 0xFF)])
            let point = try group.multiply(scalar)
            guard point[1...zeros].allSatisfy({ $0 == 0 }) else { continue }
            found += 1
            #expect(point.count == curve.pointLength)
            let shared = open(try group.sharedSecret(one, point: point))
            #expect(shared == Array(point[1...curve.fieldLength]) && shared[0] == 0)
            #expect(open(try group.sharedSecret(scalar, point: curve.parameters().generator)) == shared)
            #expect(try ECPublicKey(curve: curve, point: point).point == point)
        }
        #expect(found == 1, "no leading zero among 20,000 points")
    }
}
