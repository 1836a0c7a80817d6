package import EMRTDCrypto

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

    /// Joins a key and a scheme that fits it.
    package init(_ privateKey: PrivateKey, scheme: SignatureScheme, parameters: CurveParameterEncoding) {
        self.privateKey = privateKey
        self.scheme = scheme
        self.parameters = parameters
    }

    /// Signs.
    ///
    /// - Throws: `CryptoError` where the scheme does not fit the key.
    package func sign(_ message: [UInt8]) throws -> [UInt8] { try privateKey.sign(message, scheme: scheme) }
}
