package import EMRTDCrypto
package import ISO7816
import LDS

/// Chip Authentication version 1 with ECDH and AES, terminal side (Doc 9303-11, 6.2): MSE:Set AT, then GENERAL
/// AUTHENTICATE with an ephemeral public key, all under the present secure messaging.
///
/// The new keys prove nothing by themselves: the chip is authentic only once a response protected by them has been
/// accepted, and once passive authentication covers the key of DG14.
package struct ChipAuthenticationTerminal: ~Copyable {
    private let parameters: ChipAuthenticationParameters
    private let group: CurveGroup
    private let scalar: SecretBytes

    /// Starts with a fresh ephemeral key.
    package init(_ parameters: ChipAuthenticationParameters) throws {
        let group = try CurveGroup(parameters.publicKey.curve)
        let scalar = try group.randomScalar()
        self.init(parameters, group: group, scalar: scalar)
    }

    /// Starts with a given private scalar, for worked examples.
    package init(_ parameters: ChipAuthenticationParameters, group: CurveGroup, scalar: consuming SecretBytes) {
        self.parameters = parameters
        self.group = group
        self.scalar = scalar
    }

    /// Runs the protocol.
    ///
    /// - Throws: ``ProtocolError`` `refused`, `invalidPublicKey`, and what the session throws.
    package consuming func run(_ exchange: any APDUExchange) async throws -> SessionKeys {
        var template = TLV.encode(0x80, parameters.protocol.objectIdentifier.encoded)
        if let keyId = parameters.keyId { template += TLV.encode(0x84, keyId) }
        let set = try await exchange.exchange(CommandAPDU(ins: 0x22, p1: 0x41, p2: 0xA4, data: template))
        try expectSuccess(set, step: "Chip Authentication: MSE:Set AT")

        let ephemeral = try group.multiply(scalar)
        let response = try await exchange.exchange(
            CommandAPDU(ins: 0x86, data: TLV.encode(0x7C, TLV.encode(0x80, ephemeral)), expectedLength: 256))
        try expectSuccess(response, step: "Chip Authentication: GENERAL AUTHENTICATE")

        let secret = try group.sharedSecret(scalar, point: parameters.publicKey.point)
        return try SessionKeys(parameters.protocol.cipher.blockCipher, secret: secret)
    }

    private borrowing func expectSuccess(_ response: ResponseAPDU, step: String) throws {
        guard response.statusWord.isSuccess else {
            throw ProtocolError(.refused, "the card refused", step: step, statusWord: response.statusWord)
        }
    }
}
