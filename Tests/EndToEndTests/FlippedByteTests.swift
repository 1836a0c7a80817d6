import EMRTD
import EMRTDCrypto
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS
import Testing

@testable import EMRTDProtocol

/// Attack 18, exhaustively: a flip of any byte of any protected response ends the session.
@Suite(.leavesNoSecrets) struct FlippedByteTests {
    /// Keys of both sides of one session.
    private func session(_ cipher: BlockCipher, _ channel: any CardChannel) throws -> (
        SecureMessaging, SecureMessagingChip
    ) {
        func keys() throws -> SessionKeys {
            let secret = try SecretBytes(copying: (0..<32).map { UInt8($0) })
            return try SessionKeys(cipher, secret: secret)
        }
        return (
            SecureMessaging(over: PlainExchange(channel), context: try keys().makeContext()),
            SecureMessagingChip(context: try keys().makeContext())
        )
    }

    /// Every byte position of responses of every shape, in every cipher: the session is over, and stays over.
    @Test(arguments: BlockCipher.allCases)
    func everyByteOfEveryShape(_ cipher: BlockCipher) async throws {
        let shapes: [(UInt8, ResponseAPDU)] = [
            (0xB0, ResponseAPDU()), (0xB0, ResponseAPDU(statusWord: 0x6A82)),
            (0xB0, ResponseAPDU(data: [0x61])), (0xB0, ResponseAPDU(data: (0..<15).map { UInt8($0) })),
            (0xB0, ResponseAPDU(data: (0..<16).map { UInt8($0) })),
            (0xB0, ResponseAPDU(data: [UInt8](repeating: 0xA5, count: 223))),
            (0xB0, ResponseAPDU(data: [UInt8](repeating: 0x5A, count: 300), statusWord: 0x6282)),
            (0xB1, ResponseAPDU(data: [0x53, 0x02, 0x01, 0x02])),
        ]
        var positions = 0
        for (ins, plain) in shapes {
            let length = Shared(1)
            var position = 0
            while position < length.current {
                let place = position
                for mask: UInt8 in [0x01, 0x80, 0xFF] {
                    let channel = SessionChannel { _ in ResponseAPDU() }
                    let (terminal, chip) = try session(cipher, channel)
                    channel.answer { command in
                        let opened = try chip.open(command)
                        #expect(opened.ins == ins)
                        var bytes = try chip.protect(plain, ins: ins).encoded
                        length.update { $0 = bytes.count }
                        bytes[place] ^= mask
                        return try ResponseAPDU(parsing: bytes)
                    }
                    let command = CommandAPDU(ins: ins, expectedLength: 1024)
                    // A flip may make 61xx or 6Cxx of the status word, so that the layer below asks in vain.
                    await #expect {
                        try await terminal.exchange(command)
                    } throws: { error in
                        error is ProtocolError || error is ISO7816Error || error is SecureMessagingChip.Refusal
                    }
                    #expect(!terminal.isActive && terminal.acceptedResponses == 0)
                    await #expect(throws: ProtocolError(.sessionEnded, "", step: "")) {
                        try await terminal.exchange(command)
                    }
                }
                position += 1
                positions += 1
            }
        }
        print("flipped bytes: \(cipher): \(positions) positions")
    }

    /// The same in whole readings: no verdict at all, or none that is green. BAC makes the runs cheap enough for every byte.
    @Test func everyByteOfAReading() async throws {
        let document = try TestDocuments.passport { options in
            options.pace = []
            options.cardAccessNumber = nil
            options.chipAuthentication = []
            options.activeAuthentication = nil
        }
        try await flipEverything(document, with: document.mrzKey, stride: 1)
    }

    /// PACE, Chip Authentication and Active Authentication: the responses of those besides. Long ones in steps.
    @Test func bytesOfTheProofs() async throws {
        let document = try TestDocuments.passportTD3()
        try await flipEverything(document, with: document.can, stride: 29)
    }

    private func flipEverything(_ document: PersonalisedDocument, with key: AccessKey, stride step: Int) async throws {
        let whole = TamperedChannel(try SimulatedChip(document))
        let plan = ReadPlan.groups([])
        #expect(try await Reading.inspect(document, through: whole, with: key, reading: plan).isGreen)
        var runs = 0
        for number in whole.sent.indices where whole.sent[number][0] & 0x0C == 0x0C {
            let count = whole.received[number].count
            for place in Set(stride(from: 0, to: count, by: step)).union([0, 1, 2, 3, count - 12, count - 3, count - 1])
            where (0..<count).contains(place) {
                runs += 1
                let channel = TamperedChannel(try SimulatedChip(document)) { index, _ in
                    index == number ? .change { flipping($0, bit: place * 8 + place % 8) } : .pass
                }
                do {
                    let inspection = try await Reading.inspect(document, through: channel, with: key, reading: plan)
                    #expect(!inspection.isGreen, "byte \(place) of response \(number): \(inspection.summary)")
                } catch is EMRTDError {
                    #expect(channel.sent.count == number + 1, "byte \(place) of response \(number): nothing follows")
                }
            }
        }
        print("flipped bytes: \(runs) readings")
    }
}

/// A channel whose answers a test makes of the parsed command.
private final class SessionChannel: CardChannel, @unchecked Sendable {
    let properties = CardChannelProperties(readerName: "session")
    private var body: (CommandAPDU) throws -> ResponseAPDU

    init(_ body: @escaping (CommandAPDU) throws -> ResponseAPDU) { self.body = body }

    func answer(_ body: @escaping (CommandAPDU) throws -> ResponseAPDU) { self.body = body }
    func transmit(_ command: [UInt8]) async throws -> [UInt8] { try body(CommandAPDU(parsing: command)).encoded }
    func reset() async throws {}
    func close() async {}
}
