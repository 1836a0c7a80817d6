import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// The computed examples of Chip Authentication version 1, under the secure messaging of the access protocol before it.
enum SyntheticCA {
    static func run(_ entry: VectorEntry) async throws {
        let identifier = try #require(entry.oid.flatMap { OID($0) })
        let variant = try #require(ChipAuthenticationProtocol(objectIdentifier: identifier))
        let domain = try #require(DomainParameters(parameterId: entry.inputs.number("parameterId")))
        let pair = try KeyAgreementKeyPair(domain: domain, scalar: secret(entry.inputs.bytes("chip_static_private")))
        #expect(pair.publicKey.encoded == (try entry.inputs.bytes("chip_static_public")))
        var keyId: [UInt8]?
        if case .number(let number) = try entry.inputs.field("keyId") { keyId = [UInt8(number)] }

        let keys = try await terminal(
            entry, ChipAuthenticationParameters(protocol: variant, keyId: keyId, publicKey: pair.publicKey))
        try chip(entry, pair, variant.cipher.blockCipher)
        #expect(open(keys.encryption) == (try entry.outputs.bytes("KSEnc")))
        #expect(open(keys.mac) == (try entry.outputs.bytes("KSMAC")))

        // The session under the new keys: the terminal's command and the chip's answer as printed.
        let first = try entry.outputs.field("first_new_command")
        let chip = SecureMessagingChip(context: try keys.makeContext())
        let context = try keys.makeContext()
        #expect(context.sendSequenceCounter == (try entry.outputs.bytes("SSC_start")))
        try await replay(
            plain: first.bytes("plain"), protected: first.bytes("protected_command"),
            response: first.bytes("protected_response"), data: [], terminal: context, chip: chip)
    }

    private static func oldContext(_ entry: VectorEntry) throws -> SecureMessagingContext {
        let session = try entry.inputs.field("old_session")
        return try SecureMessagingContext(
            cipher(session.text("alg")), encryptionKey: secret(session.bytes("KSEnc")),
            macKey: secret(session.bytes("KSMAC")), sendSequenceCounter: session.bytes("SSC"))
    }

    private static func terminal(
        _ entry: VectorEntry, _ parameters: ChipAuthenticationParameters
    ) async throws -> SessionKeys {
        let exchanges = try entry.outputs.elements("exchanges_old_keys").map {
            (try $0.bytes("protected_command"), try $0.bytes("protected_response"))
        }
        let card = PrintedConversation(exchanges)
        let terminal = ChipAuthenticationTerminal(
            parameters, group: try parameters.publicKey.domain.makeGroup(),
            scalar: try secret(entry.inputs.bytes("terminal_ephemeral_private")))
        let success = try await terminal.run(SecureMessaging(over: card, context: oldContext(entry)))
        #expect(card.isOver)
        #expect(success.ephemeralPublicKey == (try entry.intermediate.bytes("terminal_ephemeral_public")))
        return SessionKeys(
            parameters.protocol.cipher.blockCipher, encryption: try success.keys.encryption.copy(),
            mac: try success.keys.mac.copy())
    }

    /// The chip opens the same commands, answers the same bytes and agrees on the same keys; a key that is none gives none.
    private static func chip(_ entry: VectorEntry, _ pair: KeyAgreementKeyPair, _ cipher: BlockCipher) throws {
        let session = SecureMessagingChip(context: try oldContext(entry))
        for exchange in try entry.outputs.elements("exchanges_old_keys") {
            let command = try CommandAPDU(parsing: exchange.bytes("plain"))
            let opened = try session.open(CommandAPDU(parsing: exchange.bytes("protected_command")))
            #expect(try opened.encoded() == exchange.bytes("plain"))
            let answer = ResponseAPDU(data: try exchange.bytes("response_data"), statusWord: .success)
            #expect(
                try session.protect(answer, ins: command.ins).encoded == exchange.bytes("protected_response"))
        }
        let other = try entry.intermediate.bytes("terminal_ephemeral_public")
        let shared = try pair.publicKey.domain.makeGroup().sharedSecret(pair.scalar.copy(), publicKey: other)
        #expect(open(shared) == (try entry.outputs.bytes("K")))
        guard let keys = try ChipAuthenticationChip.agree(cipher, key: pair, terminalKey: other) else {
            Issue.record("the chip refuses the terminal's key")
            return
        }
        #expect(open(keys.encryption) == (try entry.outputs.bytes("KSEnc")))
        #expect(open(keys.mac) == (try entry.outputs.bytes("KSMAC")))
        let none: [[UInt8]] = [[], [0], other.dropLast(), other + [0], [UInt8](repeating: 0, count: other.count)]
        for bad in none {
            switch try ChipAuthenticationChip.agree(cipher, key: pair, terminalKey: bad) {
            case .some: Issue.record("the chip takes a key of \(bad.count) bytes that is none")
            case .none: break
            }
        }
    }
}
