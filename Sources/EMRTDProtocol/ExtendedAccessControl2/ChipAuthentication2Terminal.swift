package import EMRTDCrypto
package import ISO7816
import LDS

/// Chip Authentication version 2, terminal side (TR-03110-2, 3.4; TR-03110-3, B.11): runs under the secure messaging of PACE,
/// after Terminal Authentication version 2, which announced the ephemeral key that is sent here.
///
/// A right token proves that the chip has the private key of the public key that it was checked with. The chip is authentic
/// only where passive authentication covers that key, in EF.CardSecurity.
package struct ChipAuthentication2Terminal: ~Copyable {
    /// The terminal's ephemeral public key as it is sent.
    package let ephemeralPublicKey: [UInt8]
    /// What Terminal Authentication version 2 announces and signs: Comp(PK_PCD).
    package let compressedKey: [UInt8]

    private let parameters: ChipAuthentication2Parameters
    private let group: any KeyAgreementGroup
    private let scalar: SecretBytes

    /// What a run yields.
    package struct Success: ~Copyable {
        /// The keys of the session that begins with the next command; its counter starts at zero.
        package let keys: SessionKeys
    }

    /// Makes a fresh ephemeral key, before Terminal Authentication.
    package init(_ parameters: ChipAuthentication2Parameters) throws {
        let group = try parameters.domain.makeGroup()
        let scalar = try group.randomScalar(generator: nil)
        try self.init(parameters, group: group, scalar: scalar)
    }

    /// Starts with a given private scalar, for worked examples.
    package init(
        _ parameters: ChipAuthentication2Parameters, group: any KeyAgreementGroup, scalar: consuming SecretBytes
    ) throws {
        let publicKey = try group.publicKey(scalar, generator: nil)
        compressedKey = try parameters.domain.compressed(publicKey: publicKey)
        ephemeralPublicKey = parameters.domain.encode(publicKey: publicKey)
        self.parameters = parameters
        self.group = group
        self.scalar = scalar
    }

    /// Runs the protocol.
    ///
    /// - Parameter chipKey: the chip's static key, as passive authentication covers it (see
    ///   ``ChipAuthentication2Parameters/publicKey(in:)``).
    /// - Throws: ``ProtocolError`` with the step's name: `invalidPublicKey` where the key is not of the group or yields no
    ///   secret, `refused`, `malformedResponse`, and `authenticationFailed` where the chip does not have the private key.
    package consuming func run(
        _ exchange: any APDUExchange, chipKey: KeyAgreementPublicKey
    ) async throws -> Success {
        let agreement = "Chip Authentication: key agreement"
        guard chipKey.domain == parameters.domain else {
            throw ProtocolError(
                .invalidPublicKey, "the chip's key is not of the group that it announced", step: agreement)
        }
        let secret: SecretBytes
        do { secret = try group.sharedSecret(scalar, publicKey: chipKey.encoded) } catch {
            guard let error = error as? CryptoError, !error.saysNothing else { throw error }
            throw ProtocolError(.invalidPublicKey, error.reason, step: agreement)
        }
        let identifier = TLV.encode(0x80, parameters.protocol.objectIdentifier.encoded)
        let keyId = parameters.keyId.map { TLV.encode(0x84, $0) } ?? []
        try await send(
            CommandAPDU(ins: 0x22, p1: 0x41, p2: 0xA4, data: identifier + keyId), exchange,
            step: "Chip Authentication: MSE:Set AT")

        let step = "Chip Authentication: GENERAL AUTHENTICATE"
        let template = TLV.encode(0x7C, TLV.encode(0x80, ephemeralPublicKey))
        // Ne as large as the length form of the command allows.
        let answer = try await send(
            CommandAPDU(ins: 0x86, data: template, expectedLength: template.count > 255 ? 0x10000 : 256), exchange,
            step: step)
        let (nonce, token) = try Self.parse(answer, step: step)
        let keys = try ChipAuthentication2Steps.keys(parameters, secret: secret, nonce: nonce)
        let expected = try ChipAuthentication2Steps.token(parameters, keys: keys, terminalKey: ephemeralPublicKey)
        guard constantTimeEqual(expected, token) else {
            throw ProtocolError(
                .authenticationFailed, "the chip's token is wrong: it does not have the private key", step: step)
        }
        return Success(keys: keys)
    }

    /// DO'7C' with the nonce (81) and the token (82), each once and nothing else.
    private static func parse(_ data: [UInt8], step: String) throws -> (nonce: [UInt8], token: [UInt8]) {
        let objects: [TLV]
        do {
            let template = try TLV(exactly: data)
            guard template.tag == 0x7C else {
                throw ISO7816Error(.unexpectedDataObject, "object \(template.tag) where 7C belongs")
            }
            objects = try template.children()
        } catch let error as ISO7816Error {
            throw ProtocolError(.malformedResponse, error.description, step: step)
        }
        guard objects.count == 2, let nonce = objects.first(where: { $0.tag == 0x81 }),
            let token = objects.first(where: { $0.tag == 0x82 }),
            nonce.value.count == ChipAuthentication2Steps.nonceLength,
            token.value.count == ChipAuthentication2Steps.tokenLength
        else {
            throw ProtocolError(
                .malformedResponse, "not a nonce (81) and a token (82) of 8 bytes each, in \(data.count) bytes",
                step: step)
        }
        return (Array(nonce.value), Array(token.value))
    }

    @discardableResult
    private borrowing func send(_ command: CommandAPDU, _ exchange: any APDUExchange, step: String) async throws
        -> [UInt8]
    {
        let response = try await exchange.exchange(command)
        guard response.statusWord.isSuccess else {
            throw ProtocolError(.refused, "the card refused", step: step, statusWord: response.statusWord)
        }
        return response.data
    }
}
