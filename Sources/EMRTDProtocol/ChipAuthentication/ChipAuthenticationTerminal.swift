package import EMRTDCrypto
package import ISO7816
import LDS

/// Chip Authentication version 1, terminal side (Doc 9303-11, 6.2): an ephemeral public key goes to the chip under the present
/// secure messaging, in MSE:Set KAT or in GENERAL AUTHENTICATE after MSE:Set AT.
///
/// The new keys prove nothing by themselves: the chip is authentic only once a response protected by them has been
/// accepted, and once passive authentication covers the key of DG14.
package struct ChipAuthenticationTerminal: ~Copyable {
    private let parameters: ChipAuthenticationParameters
    private let group: any KeyAgreementGroup
    private let scalar: SecretBytes

    /// What a run yields.
    package struct Success: ~Copyable {
        /// The keys of the session that begins with the next command; its counter starts at zero.
        package let keys: SessionKeys
        /// The terminal's ephemeral public key as it was sent: Terminal Authentication signs over it.
        package let ephemeralPublicKey: [UInt8]
    }

    /// Starts with a fresh ephemeral key.
    package init(_ parameters: ChipAuthenticationParameters) throws {
        let group = try parameters.publicKey.domain.makeGroup()
        let scalar = try group.randomScalar(generator: nil)
        self.init(parameters, group: group, scalar: scalar)
    }

    /// Starts with a given private scalar, for worked examples.
    package init(
        _ parameters: ChipAuthenticationParameters, group: any KeyAgreementGroup, scalar: consuming SecretBytes
    ) {
        self.parameters = parameters
        self.group = group
        self.scalar = scalar
    }

    /// Runs the protocol.
    ///
    /// - Throws: ``ProtocolError`` `refused` where the chip does not do it with these parameters, `invalidPublicKey` where the
    ///   chip's key yields no secret, and what the session throws.
    package consuming func run(_ exchange: any APDUExchange) async throws -> Success {
        let ephemeral = parameters.publicKey.domain.encode(publicKey: try group.publicKey(scalar, generator: nil))
        let secret: SecretBytes
        do { secret = try group.sharedSecret(scalar, publicKey: parameters.publicKey.encoded) } catch {
            guard let error = error as? CryptoError, !error.saysNothing else { throw error }
            throw ProtocolError(.invalidPublicKey, error.reason, step: "Chip Authentication: key agreement")
        }
        let keyId = parameters.keyId.map { TLV.encode(0x84, $0) } ?? []
        switch parameters.command {
        case .setKeyAgreementTemplate:
            try await send(
                CommandAPDU(ins: 0x22, p1: 0x41, p2: 0xA6, data: TLV.encode(0x91, ephemeral) + keyId), exchange,
                step: "Chip Authentication: MSE:Set KAT")
        case .generalAuthenticate:
            let identifier = TLV.encode(0x80, parameters.protocol.objectIdentifier.encoded)
            try await send(
                CommandAPDU(ins: 0x22, p1: 0x41, p2: 0xA4, data: identifier + keyId), exchange,
                step: "Chip Authentication: MSE:Set AT")
            // The answer is DO'7C' without content, or nothing at all; neither says anything.
            let template = TLV.encode(0x7C, TLV.encode(0x80, ephemeral))
            // Ne as large as the length form of the command allows.
            try await send(
                CommandAPDU(ins: 0x86, data: template, expectedLength: template.count > 255 ? 0x10000 : 256), exchange,
                step: "Chip Authentication: GENERAL AUTHENTICATE")
        }
        return Success(
            keys: try SessionKeys(parameters.protocol.cipher.blockCipher, secret: secret), ephemeralPublicKey: ephemeral
        )
    }

    private borrowing func send(_ command: CommandAPDU, _ exchange: any APDUExchange, step: String) async throws {
        let status = try await exchange.exchange(command).statusWord
        guard status.isSuccess else {
            throw ProtocolError(.refused, "the card refused", step: step, statusWord: status)
        }
    }
}
