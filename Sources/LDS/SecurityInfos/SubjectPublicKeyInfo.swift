package import ISO7816

/// SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), as DG15 and ChipAuthenticationPublicKeyInfo hold it.
///
/// The numbers are well formed, not verified: whether a point is on its curve, or parameters are a known group, is for the
/// cryptographic layer to say.
public struct SubjectPublicKeyInfo: Sendable, Hashable {
    /// A public key by its kind. All numbers are unsigned, big endian, without leading zeros.
    public enum Key: Sendable, Hashable {
        /// RSA (RFC 8017, A.1.1).
        case rsa(modulus: [UInt8], exponent: [UInt8])
        /// Elliptic curve (RFC 5480, RFC 3279): the point as it came, compressed or not.
        case ec(ECDomainParameters, point: [UInt8])
        /// Diffie-Hellman (PKCS #3 or RFC 3279, 2.3.3).
        case dh(DHDomainParameters, publicValue: [UInt8])
        /// A key over standardized domain parameters named by number (BSI TR-03110-3, A.2.1.1): the bits as they came.
        case standardized(parameterId: Int, publicKey: [UInt8])
        /// An algorithm that this library does not know.
        case unknown
    }

    /// The bytes as they came, tag and length included.
    public let encoded: [UInt8]
    /// The algorithm with its parameters.
    public let algorithm: AlgorithmIdentifier
    /// The content of the BIT STRING.
    public let publicKey: [UInt8]
    /// The key by its kind.
    public let key: Key

    /// Parses a SubjectPublicKeyInfo.
    ///
    /// - Throws: ``LDSError`` for malformed DER, or for fields of a known algorithm that break its format. Unknown
    ///   algorithms give ``Key/unknown``.
    public init(parsing bytes: [UInt8]) throws {
        self = try LDS.parsing(nil) { try SubjectPublicKeyInfo(TLV(exactly: bytes)) }
    }

    package init(_ object: TLV) throws {
        var fields = try DERSequence(object, "SubjectPublicKeyInfo")
        algorithm = try AlgorithmIdentifier(fields.next("algorithm"))
        publicKey = try fields.next(.bitString, "subjectPublicKey").bitStringBytes("subjectPublicKey")
        try fields.finish()
        encoded = Array(object.encoded)
        guard !publicKey.isEmpty else {
            throw LDSError(
                .invalidLength, "an empty BIT STRING", field: "subjectPublicKey", offset: object.encoded.startIndex)
        }
        key = try Self.key(algorithm, publicKey)
    }

    private static func key(_ algorithm: AlgorithmIdentifier, _ bits: [UInt8]) throws -> Key {
        switch algorithm.algorithm {
        case KeyAlgorithm.rsaEncryption, KeyAlgorithm.rsassaPSS:
            var fields = try DERSequence(TLV(exactly: bits), "RSAPublicKey")
            let modulus = try fields.next("modulus").unsignedInteger("modulus")
            let exponent = try fields.next("publicExponent").unsignedInteger("publicExponent")
            try fields.finish()
            return .rsa(modulus: modulus, exponent: exponent)
        case KeyAlgorithm.ecPublicKey, KeyAlgorithm.ecDH:
            return .ec(try ECDomainParameters(algorithm.parameters), point: bits)
        case KeyAlgorithm.dhKeyAgreement:
            let parameters = try DHDomainParameters(pkcs3: algorithm.parameters)
            return .dh(parameters, publicValue: try TLV(exactly: bits).unsignedInteger("publicValue"))
        case KeyAlgorithm.dhPublicNumber:
            let parameters = try DHDomainParameters(x942: algorithm.parameters)
            return .dh(parameters, publicValue: try TLV(exactly: bits).unsignedInteger("publicValue"))
        default:
            guard let identifier = algorithm.standardizedDomainParameterId else { return .unknown }
            return .standardized(parameterId: identifier, publicKey: bits)
        }
    }
}

/// Identifiers of public key algorithms (RFC 3279, RFC 5480, RFC 8017).
package enum KeyAlgorithm {
    /// rsaEncryption.
    package static let rsaEncryption = OID(1, 2, 840, 113549, 1, 1, 1)
    /// id-RSASSA-PSS.
    package static let rsassaPSS = OID(1, 2, 840, 113549, 1, 1, 10)
    /// id-ecPublicKey.
    package static let ecPublicKey = OID(1, 2, 840, 10045, 2, 1)
    /// id-ecDH.
    package static let ecDH = OID(1, 3, 132, 1, 12)
    /// dhKeyAgreement of PKCS #3.
    package static let dhKeyAgreement = OID(1, 2, 840, 113549, 1, 3, 1)
    /// dhpublicnumber of ANSI X9.42.
    package static let dhPublicNumber = OID(1, 2, 840, 10046, 2, 1)
    /// prime-field of ANSI X9.62.
    package static let primeField = OID(1, 2, 840, 10045, 1, 1)
}
