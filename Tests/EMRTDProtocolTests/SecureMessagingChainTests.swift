import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import Testing

/// Long commands where extended length does not pass: a chain of which each part is protected by itself.
@Suite struct SecureMessagingChainTests {
    private func command(_ count: Int, ins: UInt8 = 0x86, expected: Int? = 256) -> CommandAPDU {
        CommandAPDU(ins: ins, data: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }, expectedLength: expected)
    }

    @Test(arguments: BlockCipher.allCases, [0x86, 0x2B] as [UInt8])
    func everyLength(_ cipher: BlockCipher, _ ins: UInt8) async throws {
        for count in Array(200...260) + [447, 448, 463, 464, 700, 2000] {
            for expected in [nil, 256, count > 255 ? 0x10000 : 200] {
                let sent = command(count, ins: ins, expected: expected)
                var received: CommandAPDU?
                let (terminal, chip) = try ProtectedCard.pair(cipher, maximumCommandData: 255) {
                    received = $0
                    return (ResponseAPDU(data: [1, 2, 3]), nil)
                }
                let response = try await terminal.exchange(sent)
                #expect(response == ResponseAPDU(data: [1, 2, 3]))
                #expect(received?.data == sent.data && received?.header == sent.header)
                #expect(received?.expectedLength == expected.map { min($0, 256) } || chip.opened.count == 1)
                for part in chip.card.commands {
                    #expect(part.data.count <= 255 && !part.isExtended, "\(part.data.count) bytes of \(count)")
                }
                let classes = chip.card.commands.map(\.cla)
                #expect(classes == [UInt8](repeating: 0x1C, count: classes.count - 1) + [0x0C])
                // No more parts than are needed: a command that fits goes out whole, and all parts but the last are full.
                let room = terminal.payloadCapacity(ofResponse: 255)
                #expect(classes.count <= (count + room - 1) / room)
                #expect(terminal.acceptedResponses == classes.count)
            }
        }
    }

    /// Where extended length passes nothing is split.
    @Test(arguments: BlockCipher.allCases) func notWithoutNeed(_ cipher: BlockCipher) async throws {
        for count in [231, 232, 255, 256, 5000] {
            let (terminal, chip) = try ProtectedCard.pair(cipher) { _ in (ResponseAPDU(), nil) }
            _ = try await terminal.exchange(command(count))
            #expect(chip.card.commands.map(\.cla) == [0x0C] && chip.opened.first?.data.count == count)
        }
    }

    /// A part that the card refuses under secure messaging ends the chain, and not the session.
    @Test func refusedPart() async throws {
        let (terminal, chip) = try ProtectedCard.pair(.aes128, maximumCommandData: 255) { _ in (ResponseAPDU(), nil) }
        let session = SecureMessagingChip(context: try sessionKeys(.aes128).makeContext())
        chip.session = nil
        let refusing = AnsweringCard { command in
            _ = try session.open(command)
            return try session.protect(ResponseAPDU(statusWord: StatusWord(0x6884)), ins: command.ins)
        }
        refusing.maximumCommandData = 255
        let other = SecureMessaging(over: refusing, context: try sessionKeys(.aes128).makeContext())
        let response = try await other.exchange(command(600))
        #expect(response.statusWord == StatusWord(0x6884) && refusing.commands.count == 1 && other.isActive)
        // In clear it ends the session.
        let error = await protocolError { _ = try await terminal.exchange(command(600)) }
        #expect(error?.code == .unprotectedStatus && !terminal.isActive && chip.card.commands.count == 1)
    }

    /// Parts that are left out, swapped or repeated are refused: each has its own counter.
    @Test(arguments: BlockCipher.allCases) func partsHaveAnOrder(_ cipher: BlockCipher) async throws {
        var parts: [CommandAPDU] = []
        let recorder = SecureMessagingChip(context: try sessionKeys(cipher).makeContext())
        let card = AnsweringCard { command in
            parts.append(command)
            _ = try recorder.open(command)
            return try recorder.protect(ResponseAPDU(), ins: command.ins)
        }
        card.maximumCommandData = 255
        let terminal = SecureMessaging(over: card, context: try sessionKeys(cipher).makeContext())
        _ = try await terminal.exchange(command(600))
        try #require(parts.count == 3)
        for order in [[1], [2], [0, 2], [0, 0], [0, 1, 1], [0, 1, 0]] {
            let chip = SecureMessagingChip(context: try sessionKeys(cipher).makeContext())
            for (position, index) in order.enumerated() {
                if position == order.count - 1 {
                    #expect(throws: SecureMessagingChip.Refusal.self) { try chip.open(parts[index]) }
                } else {
                    let opened = try chip.open(parts[index])
                    _ = try chip.protect(ResponseAPDU(), ins: opened.ins)
                }
            }
        }
        // The chaining bit is under the MAC.
        var last = parts[0]
        last.cla = 0x0C
        let chip = SecureMessagingChip(context: try sessionKeys(cipher).makeContext())
        #expect(throws: SecureMessagingChip.Refusal.self) { try chip.open(last) }
    }
}
