import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import Testing

/// The chip's side: commands in every shape come back as they were sent, spoilt ones are refused.
@Suite struct SecureMessagingCommandTests {
    static let commands: [CommandAPDU] = [
        CommandAPDU(ins: 0x22), CommandAPDU(ins: 0xA4, p1: 2, p2: 0x0C, data: [0x01, 0x1E]),
        CommandAPDU(ins: 0xB0, expectedLength: 1), CommandAPDU(ins: 0xB0, expectedLength: 256),
        CommandAPDU(ins: 0x88, data: [UInt8](repeating: 9, count: 8), expectedLength: 256),
        CommandAPDU(ins: 0xB1, data: hex("54020100"), expectedLength: 256),
        CommandAPDU(ins: 0xB0, expectedLength: 0x10000, forcesExtendedLength: true),
        CommandAPDU(ins: 0xB0, expectedLength: 1000, forcesExtendedLength: true),
        CommandAPDU(
            ins: 0x86, data: [UInt8](repeating: 3, count: 300), expectedLength: 0x10000, forcesExtendedLength: true),
        CommandAPDU(cla: 0x10, ins: 0x86, data: [0x7C, 0], expectedLength: 256),
    ]

    private func refusal(_ chip: SecureMessagingChip, _ command: CommandAPDU) -> UInt16? {
        do {
            _ = try chip.open(command)
            return nil
        } catch let refusal as SecureMessagingChip.Refusal {
            return refusal.statusWord.rawValue
        } catch {
            Issue.record("another kind of error: \(error)")
            return nil
        }
    }

    @Test(arguments: BlockCipher.allCases, commands)
    func roundTrip(_ cipher: BlockCipher, _ command: CommandAPDU) throws {
        let terminal = try sessionKeys(cipher).makeContext()
        let chip = SecureMessagingChip(context: try sessionKeys(cipher).makeContext())
        let protected = try CommandAPDU(parsing: SecureMessaging.protect(command, terminal).encoded())
        #expect(protected.cla & 0x0C == 0x0C)
        let opened = try chip.open(protected)
        #expect(opened.header == command.header && opened.data == command.data)
        #expect(opened.expectedLength == command.expectedLength)
        let response = ResponseAPDU(data: [1, 2, 3, 4])
        #expect(try SecureMessaging.open(chip.protect(response, ins: opened.ins), terminal) == response)
    }

    /// Every byte of the data field and of the header, in every shape of command.
    @Test(arguments: BlockCipher.allCases, commands)
    func flippedByte(_ cipher: BlockCipher, _ command: CommandAPDU) throws {
        let protected = try SecureMessaging.protect(command, sessionKeys(cipher).makeContext())
        for index in protected.data.indices {
            for mask: UInt8 in [0x01, 0x80] {
                var spoilt = protected
                spoilt.data[index] ^= mask
                let chip = SecureMessagingChip(context: try sessionKeys(cipher).makeContext())
                let status = refusal(chip, spoilt)
                #expect(status == 0x6987 || status == 0x6988, "byte \(index) xor \(mask)")
            }
        }
        for path in [\CommandAPDU.cla, \CommandAPDU.ins, \CommandAPDU.p1, \CommandAPDU.p2] {
            var spoilt = protected
            spoilt[keyPath: path] ^= 0x01
            let chip = SecureMessagingChip(context: try sessionKeys(cipher).makeContext())
            #expect(refusal(chip, spoilt) == 0x6988)
        }
        for count in 1...protected.data.count {
            var spoilt = protected
            spoilt.data.removeLast(count)
            let chip = SecureMessagingChip(context: try sessionKeys(cipher).makeContext())
            let status = refusal(chip, spoilt)
            #expect(status == 0x6987 || status == 0x6988, "\(count) bytes fewer")
        }
    }

    @Test(arguments: BlockCipher.allCases)
    func replayedCommand(_ cipher: BlockCipher) throws {
        let protected = try SecureMessaging.protect(Self.commands[1], sessionKeys(cipher).makeContext())
        let chip = SecureMessagingChip(context: try sessionKeys(cipher).makeContext())
        #expect(refusal(chip, protected) == nil)
        _ = try chip.protect(ResponseAPDU(), ins: 0xA4)
        #expect(refusal(chip, protected) == 0x6988)
    }

    @Test(arguments: BlockCipher.allCases)
    func wrongObjects(_ cipher: BlockCipher) throws {
        typealias Body = (SecureMessagingContext) throws -> [UInt8]
        func data(_ context: SecureMessagingContext) throws -> [UInt8] {
            TLV.encode(0x87, [1] + (try context.encrypt([1, 2])))
        }
        let cases: [(String, UInt16, Body)] = [
            ("DO'87' twice", 0x6988, { try data($0) + data($0) }),
            ("DO'97' twice", 0x6988, { _ in hex("970104970104") }),
            ("unknown object", 0x6988, { _ in hex("810101") }),
            ("DO'85' with an even instruction", 0x6988, { TLV.encode(0x85, try $0.encrypt([1])) }),
            ("indicator 02", 0x6988, { TLV.encode(0x87, [2] + (try $0.encrypt([1]))) }),
            ("empty DO'87'", 0x6988, { _ in hex("8700") }),
            ("partial block", 0x6988, { _ in hex("8703010203") }),
            ("empty DO'97'", 0x6988, { _ in hex("9700") }),
            ("DO'97' of three bytes", 0x6988, { _ in hex("9703000000") }),
            ("DO'99' in a command", 0x6988, { _ in hex("99029000") }),
        ]
        for (name, expected, body) in cases {
            let terminal = try sessionKeys(cipher).makeContext()
            try terminal.step()
            var command = CommandAPDU(cla: 0x0C, ins: 0xA4)
            let objects = try body(terminal)
            command.data = objects + TLV.encode(0x8E, try terminal.mac(header: command.header, body: objects))
            let chip = SecureMessagingChip(context: try sessionKeys(cipher).makeContext())
            #expect(refusal(chip, command) == expected, "\(name)")
        }
        let chip = SecureMessagingChip(context: try sessionKeys(cipher).makeContext())
        #expect(refusal(chip, CommandAPDU(cla: 0x0C, ins: 0xA4)) == 0x6987, "nothing at all")
        #expect(refusal(chip, CommandAPDU(cla: 0x0C, ins: 0xA4, data: hex("970104"))) == 0x6987, "no MAC")
        #expect(refusal(chip, CommandAPDU(cla: 0x0C, ins: 0xA4, data: hex("8E0401020304"))) == 0x6988, "short MAC")
    }

    /// What fits into a response of a given length really fits, and one byte more does not.
    @Test(arguments: BlockCipher.allCases)
    func payloadCapacity(_ cipher: BlockCipher) throws {
        let terminal = SecureMessaging(
            over: AnsweringCard { _ in ResponseAPDU() }, context: try sessionKeys(cipher).makeContext())
        for length in Array(0...300) + [1000, 0xFFFF, 0x10000] {
            let capacity = terminal.payloadCapacity(ofResponse: length)
            #expect(capacity >= 0)
            let chip = SecureMessagingChip(context: try sessionKeys(cipher).makeContext())
            func protectedLength(_ count: Int) throws -> Int {
                try chip.protect(ResponseAPDU(data: [UInt8](repeating: 0, count: count)), ins: 0xB0).data.count
            }
            if capacity > 0 { #expect(try protectedLength(capacity) <= length, "\(length)") }
            #expect(try protectedLength(capacity + 1) > length, "\(length)")
        }
    }
}
