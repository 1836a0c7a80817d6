import EMRTDTestSupport
import ISO7816
import Testing

@Suite struct CommandAPDUTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var command: CommandAPDU
        var bytes: [UInt8]
    }

    static let cases: [Case] = [
        Case(testDescription: "1", command: CommandAPDU(cla: 0x80, ins: 0x84, p1: 1, p2: 2), bytes: hex("80840102")),
        Case(testDescription: "2S", command: CommandAPDU(ins: 0x84, expectedLength: 8), bytes: hex("0084000008")),
        Case(
            testDescription: "2S most", command: CommandAPDU(ins: 0xB0, expectedLength: 256), bytes: hex("00B0000000")),
        Case(testDescription: "2S 255", command: CommandAPDU(ins: 0xB0, expectedLength: 255), bytes: hex("00B00000FF")),
        Case(
            testDescription: "3S", command: CommandAPDU(ins: 0xA4, p1: 2, p2: 0x0C, data: [1, 0x1E]),
            bytes: hex("00A4020C02011E")),
        Case(
            testDescription: "3S most", command: CommandAPDU(ins: 0xD6, data: [UInt8](repeating: 9, count: 255)),
            bytes: hex("00D60000FF") + [UInt8](repeating: 9, count: 255)),
        Case(
            testDescription: "4S", command: CommandAPDU(ins: 0x82, data: [1, 2], expectedLength: 40),
            bytes: hex("0082000002010228")),
        Case(
            testDescription: "4S most", command: CommandAPDU(ins: 0x82, data: [1], expectedLength: 256),
            bytes: hex("00820000010100")),
        Case(
            testDescription: "2E", command: CommandAPDU(ins: 0xB0, expectedLength: 257), bytes: hex("00B00000000101")),
        Case(
            testDescription: "2E most", command: CommandAPDU(ins: 0xB0, expectedLength: 65536),
            bytes: hex("00B00000000000")),
        Case(
            testDescription: "2E forced",
            command: CommandAPDU(ins: 0xB0, expectedLength: 1, forcesExtendedLength: true),
            bytes: hex("00B00000000001")),
        Case(
            testDescription: "3E", command: CommandAPDU(ins: 0xD6, data: [UInt8](repeating: 9, count: 256)),
            bytes: hex("00D60000000100") + [UInt8](repeating: 9, count: 256)),
        Case(
            testDescription: "3E forced", command: CommandAPDU(ins: 0xD6, data: [7], forcesExtendedLength: true),
            bytes: hex("00D6000000000107")),
        Case(
            testDescription: "3E most", command: CommandAPDU(ins: 0xD6, data: [UInt8](repeating: 9, count: 65535)),
            bytes: hex("00D6000000FFFF") + [UInt8](repeating: 9, count: 65535)),
        Case(
            testDescription: "4E", command: CommandAPDU(ins: 0x86, data: [1, 2], expectedLength: 65536),
            bytes: hex("0086000000000201020000")),
        Case(
            testDescription: "4E long data",
            command: CommandAPDU(ins: 0x86, data: [UInt8](repeating: 3, count: 300), expectedLength: 1),
            bytes: hex("0086000000012C") + [UInt8](repeating: 3, count: 300) + [0, 1]),
    ]

    @Test(arguments: cases) func bothWays(_ vector: Case) throws {
        #expect(try vector.command.encoded() == vector.bytes)
        let parsed = try CommandAPDU(parsing: vector.bytes)
        #expect(try parsed.encoded() == vector.bytes)
        #expect(parsed.data == vector.command.data)
        #expect(parsed.expectedLength == vector.command.expectedLength)
        #expect(parsed.header == vector.command.header)
        #expect(parsed.isExtended == vector.command.isExtended)
    }

    @Test(
        arguments: [
            "", "00", "00A402",
            "00A4020C0201", "00A4020C02011E0000", "00A4020CFF01",  // short Lc
            "00A4020C0000", "00A4020C000000" + "00",  // extended, cut off or Lc 0
            "00A4020C00000201", "00A4020C000002011E00", "00A4020C000002011E000000",  // extended Lc
            "00A4020C000000011E", "00A4020C00FFFF0102",
        ])
    func lengthFieldsThatDoNotFit(_ text: String) {
        #expect(throws: ISO7816Error(.invalidAPDU)) { try CommandAPDU(parsing: hex(text)) }
    }

    @Test func everyLengthOfEveryCase() throws {
        // Whatever parses encodes to the same bytes: nothing is guessed.
        for vector in CommandAPDUTests.cases where vector.bytes.count < 1000 {
            for count in 0...(vector.bytes.count + 3) {
                let padding = [UInt8](repeating: 0, count: max(0, count - vector.bytes.count))
                let bytes = Array(vector.bytes.prefix(count)) + padding
                if let parsed = try? CommandAPDU(parsing: bytes) { #expect(try parsed.encoded() == bytes) }
            }
        }
    }

    @Test(arguments: [0, -1, 65537, Int.max, Int.min])
    func expectedLengthOutOfRange(_ length: Int) {
        #expect(throws: ISO7816Error(.invalidAPDU)) { try CommandAPDU(ins: 0xB0, expectedLength: length).encoded() }
    }

    @Test func tooMuchData() {
        let data = [UInt8](repeating: 0, count: 65536)
        #expect(throws: ISO7816Error(.invalidAPDU)) { try CommandAPDU(ins: 0xD6, data: data).encoded() }
    }

    @Test func commandsOfTheStandard() throws {
        // Doc 9303-10, 3.6.
        let aid = hex("A0000002471001")
        #expect(try CommandAPDU.select(application: aid).encoded() == hex("00A4040C07A0000002471001"))
        #expect(try CommandAPDU.select(file: 0x011C).encoded() == hex("00A4020C02011C"))
        #expect(try CommandAPDU.readBinary(offset: 0x1234, length: 256).encoded() == hex("00B0123400"))
        #expect(
            try CommandAPDU.readBinary(shortFileIdentifier: 0x1E, offset: 4, length: 16).encoded() == hex("00B09E0410"))
        #expect(try CommandAPDU.readBinaryOdd(offset: 0xFFFF, length: 256).encoded() == hex("00B10000045402FFFF00"))
        #expect(try CommandAPDU.readBinaryOdd(offset: 1, length: 256).encoded() == hex("00B100000354010100"))
        #expect(try CommandAPDU.readBinaryOdd(offset: 0, length: 256).encoded() == hex("00B100000354010000"))
        #expect(
            try CommandAPDU.readBinaryOdd(offset: 0x012345, length: 1).encoded()
                == hex(
                    "00B100000554030123 4501"
                        .replacing(" ", with: "")))
    }
}
