package import EMRTDCrypto
import LDS

/// An ephemeral key pair of PACE over a generator: the standard one while mapping, the mapped one for key agreement.
package struct PACEKeyPair: ~Copyable {
    package let scalar: SecretBytes
    package let publicKey: [UInt8]

    package init(_ group: any KeyAgreementGroup, scalar: consuming SecretBytes, generator: [UInt8]? = nil) throws {
        let publicKey = try group.publicKey(scalar, generator: generator)
        self.scalar = scalar
        self.publicKey = publicKey
    }
}

/// The steps of PACE that both sides share (Doc 9303-11, 4.4.2 and 4.4.3).
package enum PACESteps {
    /// Generic Mapping (4.4.3.3.1), and the mapping of the nonce with Chip Authentication Mapping (4.4.3.3.3), which is the
    /// same.
    package static func mapGenerator(
        _ group: any KeyAgreementGroup, nonce: borrowing SecretBytes, own: borrowing PACEKeyPair, other: [UInt8]
    ) throws -> [UInt8] {
        try group.mapGeneric(nonce: nonce, scalar: own.scalar, publicKey: other)
    }

    /// The session keys from the shared secret over the mapped generator.
    package static func agree(
        _ group: any KeyAgreementGroup, _ parameters: PACEParameters, own: borrowing PACEKeyPair, other: [UInt8]
    ) throws -> SessionKeys {
        let secret = try group.sharedSecret(own.scalar, publicKey: other)
        return try SessionKeys(parameters.cipher, secret: secret)
    }

    /// The authentication token over the other side's ephemeral public key (4.4.3.4): MAC of `7F49 { 06 protocol, 86 point }`
    /// (84 and the number for prime fields), padded for the retail MAC, not padded for CMAC.
    package static func token(
        _ parameters: PACEParameters, keys: borrowing SessionKeys, publicKey: [UInt8]
    ) throws -> [UInt8] {
        try KeyAgreementToken.token(
            parameters.protocol.objectIdentifier, parameters.protocol.agreement, keys: keys, publicKey: publicKey)
    }

    /// The public key data object that the token covers (9.4.1 to 9.4.5).
    package static func tokenInput(_ parameters: PACEParameters, publicKey: [UInt8]) -> [UInt8] {
        KeyAgreementToken.input(
            parameters.protocol.objectIdentifier, parameters.protocol.agreement, publicKey: publicKey)
    }
}
