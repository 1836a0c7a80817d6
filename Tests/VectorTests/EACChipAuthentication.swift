import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// Chip Authentication version 2 of the worked example of BSI, on both sides.
enum EACChipAuthentication {
    /// What the flavour's EF.CardAccess offers.
    static func parameters(_ flavour: String) throws -> ChipAuthentication2Parameters {
        let file = try EACVectorTests.entries.named("eac-\(flavour)-ef-cardaccess").outputs.bytes("EF_CardAccess")
        return try #require(try ChipAuthentication2Parameters.choices(EFCardAccess(parsing: file).securityInfos).first)
    }

    static func version2(_ entry: VectorEntry) async throws {
        let parameters = try parameters(entry.id.hasPrefix("eac-ecdh-") ? "ecdh" : "dh")
        let group = try parameters.domain.makeGroup()
        let pair = try KeyAgreementKeyPair(
            domain: parameters.domain, scalar: secret(entry.inputs.bytes("picc_priv_key")))
        #expect(pair.publicKey.encoded == (try entry.inputs.bytes("picc_pub_key")))
        let terminalKey = try entry.inputs.bytes("pcd_pub_key")
        let shared = try group.sharedSecret(pair.scalar.copy(), publicKey: terminalKey)
        #expect(open(shared) == (try entry.outputs.bytes("shared_secret_k")))
        let (nonce, token) = (try entry.inputs.bytes("nonce"), try entry.outputs.bytes("picc_token"))
        let mac = try MessageAuthenticator(.aes128, key: secret(entry.outputs.bytes("k_mac")))
        #expect(try mac.mac(entry.intermediate.bytes("token_input"), padded: false) == token)

        let template =
            TLV.encode(0x80, parameters.protocol.objectIdentifier.encoded)
            + (parameters.keyId.map { TLV.encode(0x84, $0) } ?? [])
        let request = TLV.encode(0x7C, TLV.encode(0x80, terminalKey))
        func answer(_ token: [UInt8]) -> [UInt8] {
            TLV.encode(0x7C, children: [TLV.encode(0x81, nonce), TLV.encode(0x82, token)])
        }

        // The terminal, against what is printed and against another token.
        for (token, isRight) in [(token, true), (token.map { $0 ^ 1 }, false)] {
            // The DH flavour prints the number with a sign byte, one longer than the prime.
            let scalar = Array(try entry.inputs.bytes("pcd_priv_key").drop { $0 == 0 })
            let terminal = try ChipAuthentication2Terminal(parameters, group: group, scalar: secret(scalar))
            #expect(terminal.ephemeralPublicKey == terminalKey)
            let card = PrintedConversation([
                (try CommandAPDU(ins: 0x22, p1: 0x41, p2: 0xA4, data: template).encoded(), [0x90, 0]),
                (
                    try CommandAPDU(ins: 0x86, data: request, expectedLength: 256).encoded(), answer(token) + [0x90, 0]
                ),
            ])
            do {
                let success = try await terminal.run(card, chipKey: pair.publicKey)
                #expect(isRight)
                #expect(open(success.keys.encryption) == (try entry.outputs.bytes("k_enc")))
                #expect(open(success.keys.mac) == (try entry.outputs.bytes("k_mac")))
            } catch let error as ProtocolError {
                #expect(!isRight && error.code == .authenticationFailed)
            }
            #expect(card.isOver)
        }

        // The chip, with the printed nonce.
        let key = try #require(ChipAuthentication2Chip.Key(parameters, pair))
        let announced = try parameters.domain.compressed(publicKey: terminalKey)
        var chip = ChipAuthentication2Chip([key])
        #expect(chip.setAuthenticationTemplate(template) == .success)
        switch try chip.generalAuthenticate(request, announced: announced, nonce: nonce) {
        case .done(let data, let keys):
            #expect(data == answer(token))
            #expect(open(keys.encryption) == (try entry.outputs.bytes("k_enc")))
            #expect(open(keys.mac) == (try entry.outputs.bytes("k_mac")))
        case .refused(let status): Issue.record("the chip refuses with \(status)")
        }
    }

    /// What the terminal signs: both keys compressed, the chip's challenge, no auxiliary data (TR-03110-2, 3.3).
    static func signedMessage(_ flavour: String, challenge: [UInt8]) throws -> [UInt8] {
        let pace = try EACVectorTests.entries.named(
            flavour == "ecdh" ? "eac-ecdh-pace-key-agreement-and-tokens" : "eac-dh-pace")
        let agreement = try EACVectorTests.entries.named("eac-\(flavour)-ca-v2")
        let domain = try EACVectorTests.parameters(flavour).domain
        let binding = TerminalAuthenticationBinding(
            chipIdentifier: try domain.compressed(publicKey: pace.intermediate.bytes("picc_pub_key")),
            announced: try parameters(flavour).domain.compressed(publicKey: agreement.inputs.bytes("pcd_pub_key")),
            auxiliaryData: [])
        return binding.message(challenge: challenge)
    }
}
