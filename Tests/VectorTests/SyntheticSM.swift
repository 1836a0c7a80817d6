import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import Testing

/// The computed examples of secure messaging, good and bad.
enum SyntheticSM {
    /// The cipher that ends an id.
    private static func cipher(_ entry: VectorEntry) throws -> BlockCipher {
        try VectorTests.cipher(#require(entry.id.split(separator: "-").last.map(String.init)))
    }

    /// A session of many kinds of commands, on both sides.
    static func session(_ entry: VectorEntry) async throws {
        let cipher = try cipher(entry)
        let terminal = try context(entry, cipher, counter: "SSC_start")
        let chip = SecureMessagingChip(context: try context(entry, cipher, counter: "SSC_start"))
        let exchanges = try entry.outputs.elements("exchanges")
        #expect(exchanges.count == 11)
        for exchange in exchanges {
            let response = try exchange.bytes("protected_response")
            #expect(response.suffix(2) == (try exchange.bytes("sw"))[...])
            try await replay(
                plain: exchange.bytes("plain"), protected: exchange.bytes("protected_command"), response: response,
                data: exchange.bytes("response_data"), terminal: terminal, chip: chip)
            // One step for the command, one for the response.
            #expect(try before(terminal.sendSequenceCounter) == exchange.bytes("SSC_command"))
        }
        #expect(terminal.sendSequenceCounter == (try entry.outputs.bytes("SSC_end")))
    }

    /// The counter may reach its last value; the next step begins at zero again, which no session of a card comes to.
    static func counterNearMaximum(_ entry: VectorEntry) throws {
        let cipher = try cipher(entry)
        let terminal = try context(entry, cipher)
        let command = try CommandAPDU(parsing: entry.inputs.bytes("plain"))
        let protected = try SecureMessaging.protect(command, terminal)
        #expect(try protected.encoded() == entry.outputs.bytes("protected_command"))
        #expect(terminal.sendSequenceCounter == (try entry.outputs.bytes("SSC_command")))
        let chip = SecureMessagingChip(context: try context(entry, cipher))
        #expect(try chip.open(protected) == command)
        try terminal.step()
        #expect(terminal.sendSequenceCounter == [UInt8](repeating: 0, count: cipher.blockLength))
    }

    /// The good response is accepted; each bad one ends the session with the error that fits, and nothing is sent after it.
    static func negative(_ entry: VectorEntry) async throws {
        let cipher = try cipher(entry)
        let good = try ResponseAPDU(parsing: entry.inputs.bytes("good_response"))
        let opened = try SecureMessaging.open(good, context(entry, cipher, counter: "SSC_before_response"))
        #expect(opened.statusWord == .success && !opened.data.isEmpty)

        var seen: Set<String> = []
        for bad in try entry.outputs.elements("responses") {
            let what = try bad.text("what")
            seen.insert(what)
            let card = FixedResponse(try ResponseAPDU(parsing: bad.bytes("protected_response")))
            // The counter stands where the command has been sent, and a session steps for its command first.
            let counter = try entry.inputs.bytes("SSC_before_response")
            let session = try session(
                entry, cipher, over: card, counter: what.hasPrefix("replayed") ? counter : before(counter))
            let code: ProtocolError.Code =
                what.hasPrefix("status word only") ? .unprotectedStatus : .secureMessagingFailed
            let command = CommandAPDU(ins: 0xB0, expectedLength: 4)
            await #expect(throws: ProtocolError(code, "", step: ""), "\(what)") { try await session.exchange(command) }
            #expect(!session.isActive && session.acceptedResponses == 0)
            await #expect(throws: ProtocolError(.sessionEnded, "", step: "")) { try await session.exchange(command) }
            #expect(card.commands.count == 1, "nothing is sent after \(what)")
        }
        #expect(seen.count == 8)
        // The same way takes the good response, so the bad ones are refused for what is wrong with them.
        let session = try session(
            entry, cipher, over: FixedResponse(good), counter: before(entry.inputs.bytes("SSC_before_response")))
        #expect(try await session.exchange(CommandAPDU(ins: 0xB0, expectedLength: 4)) == opened)
    }

    /// The counter one step earlier.
    private static func before(_ counter: [UInt8]) throws -> [UInt8] {
        var counter = counter
        let popped = counter.popLast()
        let last = try #require(popped)
        try #require(last > 0)
        return counter + [last - 1]
    }

    private static func session(
        _ entry: VectorEntry, _ cipher: BlockCipher, over card: FixedResponse, counter: [UInt8]
    ) throws -> SecureMessaging {
        SecureMessaging(
            over: card,
            context: try SecureMessagingContext(
                cipher, encryptionKey: secret(entry.inputs.bytes("KSEnc")),
                macKey: secret(entry.inputs.bytes("KSMAC")), sendSequenceCounter: counter))
    }
}

/// A card that gives one response to whatever comes.
final class FixedResponse: APDUExchange {
    private let response: ResponseAPDU
    private(set) var commands: [CommandAPDU] = []

    init(_ response: ResponseAPDU) { self.response = response }

    func exchange(_ command: CommandAPDU) async throws -> ResponseAPDU {
        commands.append(command)
        return response
    }

    func payloadCapacity(ofResponse length: Int) -> Int { length }
}
