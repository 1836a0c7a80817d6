package import EMRTDCrypto
import ISO7816

/// How a public key on a curve names its curve.
package enum CurveParameterEncoding: Sendable, Hashable {
    /// By its object identifier (RFC 5480, 2.1.1).
    case named
    /// By all its domain parameters, as Doc 9303-12, clause 6 demands of certificates (RFC 3279, 2.3.5).
    case explicit
}

/// What a signing key of the test PKI is to be.
package struct SigningKeyOptions: Sendable, Hashable {
    /// The kind of key.
    package enum Kind: Sendable, Hashable {
        /// ECDSA on a curve.
        case ecdsa(StandardCurve, CurveParameterEncoding)
        /// RSASSA-PKCS1-v1_5 with a modulus of so many bits.
        case rsaPKCS1(bits: Int)
        /// RSASSA-PSS with a modulus of so many bits; the salt is as long as the hash.
        case rsaPSS(bits: Int)
    }

    /// The kind of key.
    package var kind: Kind
    /// The hash of what it signs.
    package var digest: DigestAlgorithm

    /// Creates options.
    package init(_ kind: Kind, _ digest: DigestAlgorithm) {
        self.kind = kind
        self.digest = digest
    }

    /// Generates a key.
    ///
    /// - Throws: `CryptoError`.
    package func generate() throws -> SigningKey {
        switch kind {
        case .ecdsa(let curve, let parameters):
            SigningKey(try .generateEC(curve), scheme: .ecdsa(digest), parameters: parameters)
        case .rsaPKCS1(let bits):
            SigningKey(try .generateRSA(bits: bits), scheme: .rsaPKCS1(digest), parameters: .named)
        case .rsaPSS(let bits):
            SigningKey(
                try .generateRSA(bits: bits), scheme: .rsaPSS(digest, mgf: digest, saltLength: digest.length),
                parameters: .named)
        }
    }
}

/// A private key with the one way it signs.
package struct SigningKey: Sendable {
    /// The key.
    package let privateKey: PrivateKey
    /// How it signs.
    package let scheme: SignatureScheme
    /// How its certificate names the curve.
    package let parameters: CurveParameterEncoding
    /// How the signature value is written.
    package var form: SignatureForm

    /// Joins a key and a scheme that fits it.
    package init(
        _ privateKey: PrivateKey, scheme: SignatureScheme, parameters: CurveParameterEncoding,
        form: SignatureForm = .regular
    ) {
        self.privateKey = privateKey
        self.scheme = scheme
        self.parameters = parameters
        self.form = form
    }

    /// The same key that signs in another way.
    package func signing(_ scheme: SignatureScheme, form: SignatureForm = .regular) -> SigningKey {
        SigningKey(privateKey, scheme: scheme, parameters: parameters, form: form)
    }

    /// Signs.
    ///
    /// - Throws: `CryptoError` where the scheme does not fit the key; ``PersonalisationError`` `invalidOption` where the form does
    ///   not fit the scheme.
    package func sign(_ message: [UInt8]) throws -> [UInt8] {
        switch (form, scheme, privateKey.publicKey) {
        case (.regular, _, _): return try privateKey.sign(message, scheme: scheme)
        case (.digestInfoWithoutNull, .rsaPKCS1(let digest), .rsa(let key)):
            // EMSA-PKCS1-v1_5 (RFC 8017, 9.2) with the other DigestInfo of its note 2.
            let info = DEREncoder.sequence(
                try AlgorithmEncoding.identifier(of: digest), DEREncoder.octetString(try digest.digest(message)))
            let padding = [UInt8](repeating: 0xFF, count: max(key.modulus.count - info.count - 3, 8))
            return try privateKey.signRaw([0x00, 0x01] + padding + [0x00] + info)
        case (.superfluousZeros, .ecdsa, .ec):
            guard let (r, s) = ECDSASignature.parse(der: try privateKey.sign(message, scheme: scheme)) else {
                throw PersonalisationError(.invalidOption, "an ECDSA signature that is no pair of numbers")
            }
            return DEREncoder.sequence(TLV.encode(0x02, [0, 0] + r), TLV.encode(0x02, [0, 0] + s))
        default:
            throw PersonalisationError(
                .invalidOption, "a DigestInfo without NULL goes with RSA PKCS#1, superfluous zeros with ECDSA")
        }
    }
}

/// How a signature value is written.
package enum SignatureForm: Sendable, Hashable {
    /// As the standard has it.
    case regular
    /// RSASSA-PKCS1-v1_5 with a DigestInfo whose hash has no parameters, where NULL belongs (RFC 8017, 9.2, note 2).
    case digestInfoWithoutNull
    /// ECDSA with two zeros too many in front of each number, which DER forbids (ISO/IEC 8825-1, 8.3.2).
    case superfluousZeros
}
