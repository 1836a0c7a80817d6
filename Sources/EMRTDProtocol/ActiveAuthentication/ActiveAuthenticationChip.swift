package import EMRTDCrypto

/// Active Authentication, chip side (Doc 9303-11, 6.1.2): signs a challenge with the chip's private key.
package struct ActiveAuthenticationChip: Sendable {
    /// How an ECDSA signature is encoded, and which of two RSA signatures is given.
    package enum Form: Sendable, Hashable {
        /// ECDSA as r || s; RSA as it comes (ISO/IEC 9796-2, B.6).
        case standard
        /// ECDSA as DER; RSA as the smaller of s and n - s (ISO/IEC 9796-2, B.4).
        case alternative
    }

    /// The key.
    package let key: PrivateKey
    /// The hash.
    package let digest: DigestAlgorithm
    /// The form of the signature.
    package let form: Form

    /// Creates the chip's side.
    package init(key: PrivateKey, digest: DigestAlgorithm, form: Form = .standard) {
        self.key = key
        self.digest = digest
        self.form = form
    }

    /// The signature over a challenge of 8 bytes, with fresh random bytes of the chip where the scheme has any.
    ///
    /// - Throws: ``CryptoError`` `invalidLength` where the hash does not fit the modulus.
    package func sign(_ challenge: [UInt8]) throws -> [UInt8] {
        switch key.publicKey {
        case .rsa(let rsa):
            let block = try ISO9796Signature.block(
                length: rsa.modulus.count, message: challenge, digest: digest, randomM1: randomBytes)
            let signature = try key.signRaw(block)
            return form == .standard
                ? signature : ISO9796Signature.alternative(signature, modulus: rsa.modulus)
        case .ec:
            return try key.sign(challenge, scheme: form == .standard ? .ecdsaPlain(digest) : .ecdsa(digest))
        }
    }
}
