/// A group in which two sides agree on keys: an elliptic curve or the subgroup of a prime field (Doc 9303-11, 9.5). Public
/// keys have fixed width here: an uncompressed point, or a number as long as the prime with its leading zeros. What protocols
/// send is another form for prime fields: see ``DomainParameters/encode(publicKey:)``. One thread at a time.
package protocol KeyAgreementGroup: AnyObject {
    /// Which group it is.
    var domain: DomainParameters { get }

    /// Checks a public key that came from the other side, and returns it in fixed width: an uncompressed point on the curve
    /// and not infinity, or a number of 1 to as many bytes as the prime has, 2 to p - 2 and of order q.
    ///
    /// - Throws: ``CryptoError`` `invalidPoint`.
    func decodePublicKey(_ bytes: [UInt8]) throws -> [UInt8]

    /// A fresh private scalar, 1 to the order less one.
    func randomScalar() throws -> SecretBytes

    /// The public key of a scalar over a generator; `nil` stands for the standard one.
    ///
    /// - Throws: ``CryptoError`` `invalidPoint` where the result is the neutral element.
    func publicKey(_ scalar: borrowing SecretBytes, generator: [UInt8]?) throws -> [UInt8]

    /// The shared secret with its leading zeros: the x coordinate, or the number. The neutral element is refused.
    ///
    /// - Throws: ``CryptoError`` `invalidPoint`.
    func sharedSecret(_ scalar: borrowing SecretBytes, publicKey: [UInt8]) throws -> SecretBytes

    /// Generic Mapping (Doc 9303-11, 4.4.3.3.1): the generator made of the nonce and the secret shared with `publicKey`.
    ///
    /// - Throws: ``CryptoError`` `invalidPoint` where it is the neutral element.
    func mapGeneric(nonce: borrowing SecretBytes, scalar: borrowing SecretBytes, publicKey: [UInt8]) throws -> [UInt8]

    /// Integrated Mapping (Doc 9303-11, 4.4.3.3.2, B.1 and B.2): the generator that a pseudo-random number encodes. The number
    /// is reduced modulo the prime here.
    ///
    /// - Throws: ``CryptoError`` `invalidPoint` where it encodes none, and for secp224r1.
    func mapIntegrated(_ number: borrowing SecretBytes) throws -> [UInt8]
}

/// The standardised domain parameters that documents use (Doc 9303-11, 9.5.1, table 12).
package enum DomainParameters: Sendable, Hashable {
    /// A subgroup of a prime field, ids 0 to 2.
    case dh(DHGroup)
    /// A curve, ids 8 to 18.
    case ecdh(StandardCurve)

    /// Every group.
    package static let all: [DomainParameters] =
        DHGroup.allCases.map { .dh($0) } + StandardCurve.allCases.map { .ecdh($0) }

    /// The group with a standardised id, or `nil`.
    package init?(parameterId: Int) {
        guard let found = Self.all.first(where: { $0.parameterId == parameterId }) else { return nil }
        self = found
    }

    /// The standardised id.
    package var parameterId: Int {
        switch self {
        case .dh(let group): Int(group.rawValue)
        case .ecdh(let curve): Int(curve.rawValue)
        }
    }

    /// Bits of the field.
    package var bitLength: Int {
        switch self {
        case .dh(let group): group.length * 8
        case .ecdh(let curve): curve.bitLength
        }
    }

    /// Bytes of an encoded public key.
    package var publicKeyLength: Int {
        switch self {
        case .dh(let group): group.length
        case .ecdh(let curve): curve.pointLength
        }
    }

    /// Bytes of a shared secret, and of an element of the field.
    package var secretLength: Int {
        switch self {
        case .dh(let group): group.length
        case .ecdh(let curve): curve.fieldLength
        }
    }

    /// Bytes of a private scalar.
    package var scalarLength: Int {
        switch self {
        case .dh(let group): group.orderLength
        case .ecdh(let curve): curve.orderLength
        }
    }

    /// A public key as protocols send it: a point as it is, a number of a prime field in as few bytes as it needs (Doc
    /// 9303-11, 9.4.1 and 9.4.3: a leading 00 must not be used).
    package func encode(publicKey: [UInt8]) -> [UInt8] {
        switch self {
        case .ecdh: publicKey
        case .dh: Array(publicKey.drop { $0 == 0 })
        }
    }

    /// Whether a number came with leading zeros, which only a point may have.
    package func isPadded(_ encoded: [UInt8]) -> Bool { if case .dh = self { encoded.first == 0 } else { false } }

    /// Whether Integrated Mapping can use the group: the point encoding of Doc 9303-11, B.2 needs a prime that is 3 mod 4,
    /// and secp224r1 has none.
    package var supportsIntegratedMapping: Bool { self != .ecdh(.secp224r1) }

    /// How hard the discrete logarithm is, in bits of a symmetric key (NIST SP 800-57-1, table 2): orders offers by strength
    /// across curves and prime fields.
    package var strength: Int {
        switch self {
        case .dh(.modp1024q160): 80
        case .dh: 112
        case .ecdh(let curve): curve.bitLength / 2
        }
    }

    /// The arithmetic.
    package func makeGroup() throws -> any KeyAgreementGroup {
        switch self {
        case .dh(let group): try FiniteFieldGroup(group)
        case .ecdh(let curve): try CurveGroup(curve)
        }
    }
}

extension KeyAgreementGroup {
    /// A fresh scalar whose public key has no leading zeros, so that every way of writing it is the same: some cards write
    /// the numbers of prime fields as long as the prime, others in as few bytes as they need. One in 256 scalars is passed
    /// over.
    package func randomScalar(generator: [UInt8]?) throws -> SecretBytes {
        var scalar = try randomScalar()
        guard case .dh = domain else { return scalar }
        for _ in 0..<64 where try publicKey(scalar, generator: generator).first == 0 { scalar = try randomScalar() }
        return scalar
    }
}

extension CurveGroup: KeyAgreementGroup {
    package var domain: DomainParameters { .ecdh(curve) }

    /// Compressed points, which ``decodePoint(_:)`` reads, are no encoding of a public key (Doc 9303-11, 9.4.4).
    package func decodePublicKey(_ bytes: [UInt8]) throws -> [UInt8] {
        guard bytes.first == 0x04 else {
            throw CryptoError(.invalidPoint, "\(bytes.count) bytes are not an uncompressed point")
        }
        return try decodePoint(bytes)
    }

    package func publicKey(_ scalar: borrowing SecretBytes, generator: [UInt8]?) throws -> [UInt8] {
        try multiply(scalar, base: generator)
    }

    package func sharedSecret(_ scalar: borrowing SecretBytes, publicKey: [UInt8]) throws -> SecretBytes {
        try sharedSecret(scalar, point: publicKey)
    }

    package func mapGeneric(
        nonce: borrowing SecretBytes, scalar: borrowing SecretBytes, publicKey: [UInt8]
    ) throws -> [UInt8] {
        let shared = try sharedPoint(scalar, point: publicKey)
        return try mapGeneric(nonce: nonce, sharedPoint: shared)
    }
}
