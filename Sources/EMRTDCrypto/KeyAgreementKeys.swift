/// A static or ephemeral public key for key agreement over known domain parameters.
package struct KeyAgreementPublicKey: Sendable, Hashable {
    /// The group.
    package let domain: DomainParameters
    /// The key as protocols send it: an uncompressed point, or a number as long as the prime.
    package let encoded: [UInt8]

    /// Checks that the key belongs to the group (see ``KeyAgreementGroup/decodePublicKey(_:)``).
    ///
    /// - Throws: ``CryptoError`` `invalidPoint`.
    package init(domain: DomainParameters, encoded: [UInt8]) throws {
        self.domain = domain
        self.encoded = try domain.makeGroup().decodePublicKey(encoded)
    }
}

/// A key pair for key agreement: the static one of Chip Authentication in a chip.
package final class KeyAgreementKeyPair: Sendable {
    /// The public half.
    package let publicKey: KeyAgreementPublicKey
    /// The private scalar.
    package let scalar: SharedSecret

    /// The key pair with a given private scalar.
    ///
    /// - Throws: ``CryptoError`` `invalidPoint` for a scalar that is a multiple of the order.
    package init(domain: DomainParameters, scalar: consuming SecretBytes) throws {
        publicKey = try KeyAgreementPublicKey(
            domain: domain, encoded: domain.makeGroup().publicKey(scalar, generator: nil))
        self.scalar = SharedSecret(scalar)
    }

    /// A fresh key pair.
    package static func generate(_ domain: DomainParameters) throws -> KeyAgreementKeyPair {
        try KeyAgreementKeyPair(domain: domain, scalar: domain.makeGroup().randomScalar())
    }
}
