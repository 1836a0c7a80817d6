import CEMRTDCrypto

/// The elliptic curves of Doc 9303-11, table 12. The raw value is the standardised domain parameter id.
package enum StandardCurve: UInt8, Sendable, CaseIterable {
    case secp192r1 = 8
    case brainpoolP192r1 = 9
    case secp224r1 = 10
    case brainpoolP224r1 = 11
    case secp256r1 = 12
    case brainpoolP256r1 = 13
    case brainpoolP320r1 = 14
    case secp384r1 = 15
    case brainpoolP384r1 = 16
    case brainpoolP512r1 = 17
    case secp521r1 = 18

    /// The object identifier, dotted (RFC 5480, 2.1.1.1; RFC 5639, 4.1).
    package var objectIdentifier: String {
        switch self {
        case .secp192r1: "1.2.840.10045.3.1.1"
        case .secp224r1: "1.3.132.0.33"
        case .secp256r1: "1.2.840.10045.3.1.7"
        case .secp384r1: "1.3.132.0.34"
        case .secp521r1: "1.3.132.0.35"
        case .brainpoolP192r1: "1.3.36.3.3.2.8.1.1.3"
        case .brainpoolP224r1: "1.3.36.3.3.2.8.1.1.5"
        case .brainpoolP256r1: "1.3.36.3.3.2.8.1.1.7"
        case .brainpoolP320r1: "1.3.36.3.3.2.8.1.1.9"
        case .brainpoolP384r1: "1.3.36.3.3.2.8.1.1.11"
        case .brainpoolP512r1: "1.3.36.3.3.2.8.1.1.13"
        }
    }

    /// The curve with a dotted object identifier, or `nil`.
    package init?(objectIdentifier: String) {
        guard let found = Self.allCases.first(where: { $0.objectIdentifier == objectIdentifier }) else { return nil }
        self = found
    }

    /// Bytes of a field element, leading zeros included.
    package var fieldLength: Int { (bitLength + 7) / 8 }

    /// Bytes of a scalar. For these curves the order is as long as the field.
    package var orderLength: Int { fieldLength }

    /// Bits of the field, which are also the bits of the order.
    package var bitLength: Int {
        switch self {
        case .secp192r1, .brainpoolP192r1: 192
        case .secp224r1, .brainpoolP224r1: 224
        case .secp256r1, .brainpoolP256r1: 256
        case .brainpoolP320r1: 320
        case .secp384r1, .brainpoolP384r1: 384
        case .brainpoolP512r1: 512
        case .secp521r1: 521
        }
    }

    /// Bytes of an uncompressed point.
    package var pointLength: Int { 1 + 2 * fieldLength }

    /// The curve whose prime, coefficients, generator, order and cofactor all equal the given ones, or `nil`. Matching
    /// fewer values would let an attacker choose a generator of his own (CVE-2020-0601).
    ///
    /// - Throws: ``CryptoError`` `internalFailure` where libcrypto fails, and `unavailableCurve` where it lacks a curve of that length
    ///   and has none that matches: then nothing is known of the parameters.
    package static func matching(_ explicit: ExplicitCurveParameters) throws -> StandardCurve? {
        try matching(explicit) { try SharedGroup.of($0).parameters }
    }

    /// - Parameter parameters: gives a curve's parameters.
    static func matching(
        _ explicit: ExplicitCurveParameters, parameters: (StandardCurve) throws -> ExplicitCurveParameters
    ) throws -> StandardCurve? {
        var missing: CryptoError?
        func stripped(_ bytes: [UInt8]) -> ArraySlice<UInt8> { bytes.drop { $0 == 0 } }
        let prime = stripped(explicit.prime)
        for curve in allCases where curve.fieldLength == prime.count {
            let values: ExplicitCurveParameters
            do {
                values = try parameters(curve)
            } catch let error as CryptoError where error.code == .unavailableCurve {
                missing = error
                continue
            }
            guard prime == stripped(values.prime), stripped(explicit.a) == stripped(values.a),
                stripped(explicit.b) == stripped(values.b), stripped(explicit.order) == stripped(values.order),
                explicit.cofactor.map({ stripped($0) == [1] }) ?? true,
                isSamePoint(explicit.generator, values.generator)
            else { continue }
            return curve
        }
        if let missing { throw missing }
        return nil
    }

    /// Whether an encoded point, compressed or not, is this uncompressed one. A curve has two points with one x, whose y differ
    /// in the lowest bit, which is what the first byte of the compressed form says (SEC 1, 2.3.3).
    private static func isSamePoint(_ encoded: [UInt8], _ point: [UInt8]) -> Bool {
        guard let first = encoded.first, first == 2 || first == 3, let last = point.last else {
            return encoded == point
        }
        return first & 1 == last & 1 && encoded.dropFirst() == point.dropFirst().prefix((point.count - 1) / 2)
    }

    /// The curve's domain parameters, all of fixed width.
    package func parameters() throws -> ExplicitCurveParameters {
        try SharedGroup.of(self).parameters
    }
}

/// Domain parameters of an elliptic curve over a prime field as a certificate or card spells them out
/// (ECParameters, RFC 3279, 2.3.5). Integers are big endian, leading zeros allowed.
package struct ExplicitCurveParameters: Sendable, Hashable {
    package var prime: [UInt8]
    package var a: [UInt8]
    package var b: [UInt8]
    /// The generator as an encoded point, compressed or not.
    package var generator: [UInt8]
    package var order: [UInt8]
    /// The cofactor, which is optional in the encoding.
    package var cofactor: [UInt8]?

    package init(
        prime: [UInt8], a: [UInt8], b: [UInt8], generator: [UInt8], order: [UInt8], cofactor: [UInt8]? = nil
    ) {
        self.prime = prime
        self.a = a
        self.b = b
        self.generator = generator
        self.order = order
        self.cofactor = cofactor
    }
}
