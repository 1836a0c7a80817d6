@testable import EMRTDCrypto
import EMRTDTestSupport
import Testing

/// The curves of `06_domain_parameters.json` (Doc 9303-11, Table 12) against those of the library.
@Suite struct CurveTests {
    static let entries = VectorEntry.all("06_domain_parameters.json").filter { $0.inputs.has("curve_oid") }

    static func curve(_ entry: VectorEntry) throws -> StandardCurve {
        try #require(StandardCurve(rawValue: UInt8(entry.inputs.number("parameterId"))))
    }

    static func parameters(_ entry: VectorEntry) throws -> ExplicitCurveParameters {
        let out = entry.outputs
        return ExplicitCurveParameters(
            prime: try out.bytes("p"), a: try out.bytes("a"), b: try out.bytes("b"),
            generator: [4] + (try out.bytes("Gx")) + (try out.bytes("Gy")), order: try out.bytes("n"),
            cofactor: [UInt8(try out.number("cofactor"))])
    }

    static func compressed(_ point: [UInt8]) -> [UInt8] {
        let length = (point.count - 1) / 2
        return [2 + (point[point.count - 1] & 1)] + point[1...length]
    }

    @Test func everyCurveHasAnEntryAndNoOther() throws {
        #expect(try Set(Self.entries.map { try Self.curve($0) }) == Set(StandardCurve.allCases))
        #expect(Self.entries.count == 11)
        let others = VectorEntry.all("06_domain_parameters.json").filter { !$0.inputs.has("curve_oid") }
        #expect(
            try Set(others.map { try #require(DHGroup(rawValue: UInt8($0.inputs.number("parameterId")))) })
                == Set(DHGroup.allCases))
    }

    @Test(arguments: entries)
    func publishedValues(_ entry: VectorEntry) throws {
        let curve = try Self.curve(entry)
        let out = entry.outputs
        #expect(String(describing: curve) == (try entry.inputs.text("name")))
        #expect(try curve.parameters() == Self.parameters(entry))
        #expect(curve.objectIdentifier == (try entry.inputs.text("curve_oid")))
        #expect(StandardCurve(objectIdentifier: curve.objectIdentifier) == curve)
        #expect(curve.bitLength == (try out.number("bits")))
        #expect(curve.fieldLength == (try out.number("field_bytes")))
        #expect(curve.orderLength == (try out.number("order_bytes")))
        #expect(curve.pointLength == 2 * curve.fieldLength + 1)
    }

    @Test(arguments: [
        "", "1.2.840.10045.3.1", "1.3.132.0.10", "1.3.36.3.3.2.8.1.1.12", "secp256r1", "1.2.840.10045.3.1.7 ",
    ])
    func unknownObjectIdentifiers(_ identifier: String) { #expect(StandardCurve(objectIdentifier: identifier) == nil) }

    @Test(arguments: [0, 1, 2, 7, 19, 32, 255] as [UInt8])
    func unknownParameterIds(_ identifier: UInt8) { #expect(StandardCurve(rawValue: identifier) == nil) }

    @Test(arguments: entries)
    func exactParametersMatch(_ entry: VectorEntry) throws {
        let curve = try Self.curve(entry)
        var values = try Self.parameters(entry)
        #expect(try StandardCurve.matching(values) == curve)
        values.cofactor = nil
        #expect(try StandardCurve.matching(values) == curve, "the cofactor is optional")
        values.generator = Self.compressed(values.generator)
        #expect(try StandardCurve.matching(values) == curve, "the generator may be compressed")
        values.prime.insert(0, at: 0)
        values.order.insert(0, at: 0)
        values.a.insert(0, at: 0)
        #expect(try StandardCurve.matching(values) == curve, "an INTEGER has a leading zero where its first bit is set")
        values.b = Array(values.b.drop { $0 == 0 })
        #expect(try StandardCurve.matching(values) == curve, "a field element may come without its leading zeros")
    }

    /// A change of any single value, in its first, middle or last byte, is no known curve (CVE-2020-0601).
    @Test(arguments: entries)
    func alteredParametersMatchNothing(_ entry: VectorEntry) throws {
        let exact = try Self.parameters(entry)
        let curve = try Self.curve(entry)
        for path in [
            \ExplicitCurveParameters.prime, \ExplicitCurveParameters.a, \ExplicitCurveParameters.b,
            \ExplicitCurveParameters.generator, \ExplicitCurveParameters.order,
        ] {
            let count = exact[keyPath: path].count
            for index in [0, 1, count / 2, count - 1] {
                var altered = exact
                altered[keyPath: path][index] ^= 1
                #expect(try StandardCurve.matching(altered) == nil, "\(path), byte \(index)")
            }
            for bytes in [[], [0], [1], Array(exact[keyPath: path].dropLast()), exact[keyPath: path] + [0]] as [[UInt8]]
            {
                var altered = exact
                altered[keyPath: path] = bytes
                #expect(try StandardCurve.matching(altered) == nil, "\(path) of \(bytes.count) bytes")
            }
        }
        for cofactor in [[], [0], [2], [1, 0], [1, 1]] as [[UInt8]] {
            var altered = exact
            altered.cofactor = cofactor
            #expect(try StandardCurve.matching(altered) == nil, "cofactor \(cofactor)")
        }
        // A generator that is a point of the curve, only not the right one: this is the attack itself.
        let group = try CurveGroup(curve)
        var altered = exact
        altered.generator = try group.multiply(SecretBytes(copying: [2]))
        #expect(try StandardCurve.matching(altered) == nil)
        altered.generator = Self.compressed(altered.generator)
        #expect(try StandardCurve.matching(altered) == nil)
        altered.generator = [0]
        #expect(try StandardCurve.matching(altered) == nil)
        // The negative of the generator, compressed: same x, other sign.
        altered.generator = Self.compressed(exact.generator)
        altered.generator[0] ^= 1
        #expect(try StandardCurve.matching(altered) == nil)
    }

    @Test func valuesOfAnotherCurve() throws {
        for entry in Self.entries {
            for other in Self.entries where other.id != entry.id {
                var mixed = try Self.parameters(entry)
                mixed.order = try other.outputs.bytes("n")
                #expect(try StandardCurve.matching(mixed) == nil)
                mixed = try Self.parameters(entry)
                mixed.prime = try other.outputs.bytes("p")
                #expect(try StandardCurve.matching(mixed) == nil)
            }
        }
    }

    @Test func hugeParametersAreRefused() throws {
        let huge = [UInt8](repeating: 0xFF, count: 100_000)
        #expect(
            try StandardCurve.matching(
                ExplicitCurveParameters(prime: huge, a: huge, b: huge, generator: [4] + huge, order: huge)) == nil)
    }

    /// Some systems build libcrypto without brainpool curves.
    @Test func curvesThatLibcryptoDoesNotHave() throws {
        func match(_ explicit: ExplicitCurveParameters) throws -> StandardCurve? {
            try StandardCurve.matching(explicit) { curve in
                if "\(curve)".hasPrefix("brainpool") { throw CryptoError.unavailable(curve) }
                return try curve.parameters()
            }
        }
        for curve in StandardCurve.allCases {
            let values = try curve.parameters()
            if "\(curve)".hasPrefix("brainpool") {
                #expect(throws: CryptoError(.unavailableCurve)) { try match(values) }
            } else {
                #expect(try match(values) == curve)
            }
            #expect(CryptoError.noGroup(of: curve).code == .internalFailure, "this libcrypto has \(curve)")
        }
        #expect(CryptoError(.unavailableCurve).saysNothing && CryptoError(.internalFailure).saysNothing)
        #expect(!CryptoError(.invalidPoint).saysNothing)
    }
}
