import ISO7816
import LDS
package import EMRTDCrypto

/// An ephemeral key pair of PACE over a generator: the standard one while mapping, the mapped one for key agreement.
package struct PACEKeyPair: ~Copyable {
    package let scalar: SecretBytes
    package let point: [UInt8]

    package init(_ group: CurveGroup, scalar: consuming SecretBytes, generator: [UInt8]? = nil) throws {
        let point = try group.multiply(scalar, base: generator)
        self.scalar = scalar
        self.point = point
    }
}

/// The steps of PACE that both sides share (Doc 9303-11, 4.4.2 and 4.4.3).
package enum PACESteps {
    /// Generic Mapping (4.4.3.3.1): G' = s * G + H, where H is the shared point of the mapping keys.
    package static func mapGenerator(
        _ group: CurveGroup, nonce: borrowing SecretBytes, own: borrowing PACEKeyPair, other: [UInt8]
    ) throws -> [UInt8] {
        let shared = try group.sharedPoint(own.scalar, point: other)
        return try group.mapGeneric(nonce: nonce, sharedPoint: shared)
    }

    /// The session keys from the shared secret over the mapped generator.
    package static func agree(
        _ group: CurveGroup, _ parameters: PACEParameters, own: borrowing PACEKeyPair, other: [UInt8]
    ) throws -> SessionKeys {
        let secret = try group.sharedSecret(own.scalar, point: other)
        return try SessionKeys(parameters.cipher, secret: secret)
    }

    /// The authentication token over the other side's ephemeral public key (4.4.3.4): MAC of
    /// `7F49 { 06 protocol, 86 point }`, padded for the retail MAC, not padded for CMAC.
    package static func token(
        _ parameters: PACEParameters, keys: borrowing SessionKeys, publicKey: [UInt8]
    ) throws -> [UInt8] {
        try MessageAuthenticator(parameters.cipher, key: keys.mac).mac(
            tokenInput(parameters, publicKey: publicKey), padded: parameters.cipher == .tripleDES)
    }

    /// The public key data object that the token covers (9.4.5).
    package static func tokenInput(_ parameters: PACEParameters, publicKey: [UInt8]) -> [UInt8] {
        TLV.encode(
            0x7F49,
            children: [
                TLV.encode(0x06, parameters.protocol.objectIdentifier.encoded), TLV.encode(0x86, publicKey),
            ])
    }
}
