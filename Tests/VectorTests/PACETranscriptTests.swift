import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// Appendix G.1 as a whole, through the terminal and the chip with the printed private keys.
extension PACEVectorTests {
    /// ECDH with Generic Mapping, AES-128, id 13.
    static func parameters() throws -> PACEParameters {
        let variant = try #require(PACEProtocol(mapping: .generic, agreement: .ecdh, cipher: .aes128))
        return try #require(PACEParameters(PACEInfo(protocol: variant, parameterId: 13)))
    }

    static func password() throws -> PACEPassword {
        PACEPassword(.mrz, secret: SharedSecret(try secret(entries.named("pace-g-password").outputs.bytes("K"))))
    }

    /// A private key of G.1.
    static func key(_ step: String, _ side: String) throws -> SecretBytes {
        try secret(entries.named(g1 + step).inputs.bytes("\(side)_private"))
    }

    static func terminal(namesParameters: Bool = false) throws -> PACETerminal {
        PACETerminal(
            try parameters(), password: try password(), group: try CurveGroup(.brainpoolP256r1),
            mapping: try key("mapping", "terminal"), agreement: try key("key-agreement", "terminal"),
            namesParameters: namesParameters)
    }

    static func chip() throws -> PACEChip {
        try PACEChip(
            parameters(), password: password(), group: CurveGroup(.brainpoolP256r1),
            nonce: secret(entries.named(g1 + "nonce").inputs.bytes("s")), mapping: key("mapping", "chip"),
            agreement: key("key-agreement", "chip"))
    }

    /// The first command only: the conversation ends after it.
    static func setAuthenticationTemplate(_ entry: VectorEntry) async throws {
        let command = try entry.inputs.bytes("command")
        let card = PrintedConversation([(command, try entry.outputs.bytes("response"))])
        await #expect(throws: PrintedConversation.Deviation.self) { _ = try await Self.terminal().run(card) }
        #expect(card.count == 1)
        let objects = try TLV.parseAll(CommandAPDU(parsing: command).data[...])
        #expect(objects.map(\.tag) == [0x80, 0x83])
        #expect(Array(objects[0].value) == (try entry.outputs.bytes("DO80")))
        #expect(Array(objects[1].value) == (try entry.outputs.bytes("DO83")))
    }

    static func transcript(_ entry: VectorEntry) async throws {
        let exchanges = try entry.outputs.elements("exchanges")
        let printed = try entries.named(g1 + "key-agreement").outputs

        let card = try PrintedConversation(exchanges)
        let success = try await terminal().run(card)
        #expect(card.isOver && card.count == 5)
        #expect(open(success.keys.encryption) == (try printed.bytes("KSEnc")))
        #expect(open(success.keys.mac) == (try printed.bytes("KSMAC")))
        let (counter, omitted) = (success.keys.sendSequenceCounter, success.omittedParameterId)
        #expect(counter == nil && !omitted)

        let chip = try chip()
        for (index, exchange) in exchanges.dropFirst().enumerated() {
            let command = try CommandAPDU(parsing: exchange.bytes("command"))
            let response = try ResponseAPDU(parsing: exchange.bytes("response"))
            switch try chip.answer(command.data, isLast: command.cla == 0) {
            case .more(let data): #expect(data == response.data && index < 3, "answer \(index)")
            case .done(let data, let keys):
                #expect(data == response.data && index == 3)
                #expect(open(keys.encryption) == (try printed.bytes("KSEnc")))
                #expect(open(keys.mac) == (try printed.bytes("KSMAC")))
            case .refused(let status): Issue.record("the chip refuses command \(index) with \(status)")
            }
        }
    }
}
