import EMRTDCrypto
import EMRTDTestSupport
import Testing

@Suite struct PointTests {
    @Test(arguments: StandardCurve.allCases)
    func validPoints(_ curve: StandardCurve) throws {
        let group = try CurveGroup(curve)
        for scalar: [UInt8] in [[1], [2], [3], [0x12, 0x34, 0x56]] {
            let point = try group.multiply(SecretBytes(copying: scalar))
            #expect(point.count == curve.pointLength && point[0] == 4)
            #expect(try group.decodePoint(point) == point)
            #expect(try group.decodePoint(CurveTests.compressed(point)) == point, "compressed")
            #expect(try ECPublicKey(curve: curve, point: point).point == point)
            #expect(try ECPublicKey(curve: curve, point: CurveTests.compressed(point)[...]).point == point)
        }
        #expect(try group.multiply(SecretBytes(copying: [1])) == curve.parameters().generator)
    }

    /// Every malformed encoding is refused in the same way by all functions that take a point.
    @Test(arguments: StandardCurve.allCases)
    func invalidPoints(_ curve: StandardCurve) throws {
        let group = try CurveGroup(curve)
        let values = try curve.parameters()
        let good = values.generator
        let length = curve.fieldLength
        let y = Array(good[(1 + length)...])
        let zero = [UInt8](repeating: 0, count: length)
        let beyond = [UInt8](repeating: 0xFF, count: length)
        func flipped(_ index: Int) -> [UInt8] {
            var out = good
            out[index] ^= 1
            return out
        }
        let cases: [(String, [UInt8])] = [
            ("nothing", []), ("infinity", [0]), ("infinity of full width", [0] + zero + zero),
            ("zero coordinates", [4] + zero + zero), ("off the curve in x", flipped(1)),
            ("off the curve in y", flipped(good.count - 1)), ("no last byte", good.dropLast()),
            ("a byte more", good + [0]), ("x only", Array(good[...length])), ("no prefix", Array(good.dropFirst())),
            ("x is p", [4] + values.prime + y), ("y is p", Array(good[...length]) + values.prime),
            ("x beyond the field", [4] + beyond + y), ("y beyond the field", Array(good[...length]) + beyond),
            ("compressed x is p", [2] + values.prime), ("compressed x beyond the field", [3] + beyond),
            ("compressed of the wrong length", [2] + good[1..<length]), ("only a prefix", [4]),
            ("hybrid form", [6 + (good[good.count - 1] & 1)] + good.dropFirst()), ("prefix 5", [5] + good.dropFirst()),
            ("prefix 1", [1] + good.dropFirst()), ("prefix FF", [0xFF] + good.dropFirst()),
            ("100,000 bytes", [4] + [UInt8](repeating: 1, count: 100_000)),
        ]
        let one = try SecretBytes(copying: [1])
        for (name, bytes) in cases {
            #expect(cryptoErrorCode { _ = try group.decodePoint(bytes) } == .invalidPoint, "\(name)")
            #expect(cryptoErrorCode { _ = try ECPublicKey(curve: curve, point: bytes) } == .invalidPoint, "\(name)")
            #expect(cryptoErrorCode { _ = try group.multiply(one, base: bytes) } == .invalidPoint, "\(name)")
            #expect(cryptoErrorCode { _ = try group.sharedSecret(one, point: bytes) } == .invalidPoint, "\(name)")
            #expect(cryptoErrorCode { _ = try group.sharedPoint(one, point: bytes) } == .invalidPoint, "\(name)")
            #expect(
                cryptoErrorCode { _ = try group.mapGeneric(nonce: one, sharedPoint: SecretBytes(copying: bytes)) }
                    == .invalidPoint, "\(name)")
        }
    }

    /// A compressed x without a point: the search is over small numbers, half of which have none.
    @Test(arguments: StandardCurve.allCases)
    func compressedWithoutAPoint(_ curve: StandardCurve) throws {
        let group = try CurveGroup(curve)
        var refused = 0
        for x: UInt8 in 0..<40 {
            let encoded = [2] + [UInt8](repeating: 0, count: curve.fieldLength - 1) + [x]
            let code = cryptoErrorCode { _ = try group.decodePoint(encoded) }
            #expect(code == nil || code == .invalidPoint)
            if code != nil { refused += 1 }
        }
        #expect(refused > 5 && refused < 35)
    }

    @Test(arguments: StandardCurve.allCases)
    func pointsOfOtherCurves(_ curve: StandardCurve) throws {
        let group = try CurveGroup(curve)
        for other in StandardCurve.allCases where other != curve {
            let point = try other.parameters().generator
            #expect(cryptoErrorCode { _ = try group.decodePoint(point) } == .invalidPoint)
        }
    }

    @Test func errorNamesTheCurveAndNoBytes() throws {
        do {
            _ = try ECPublicKey(curve: .brainpoolP256r1, point: [0x04, 0xAB, 0xCD])
            Issue.record("three bytes were taken as a point")
        } catch {
            let text = "\(error)"
            #expect(text.contains("brainpoolP256r1") && text.contains("3 bytes"))
            #expect(!text.lowercased().contains("abcd") && !text.contains("171"))
        }
    }
}
