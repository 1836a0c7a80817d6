import EMRTDTestSupport
import ISO7816
import Testing

@testable import EMRTDPCSC

/// What drivers and the service say, parsed; needs no pcscd.
@Suite struct ReaderParsingTests {
    private func multiString(_ names: String...) -> [UInt8] { names.flatMap { Array($0.utf8) + [0] } + [0] }

    @Test func multiStrings() {
        #expect(ReaderName.parse(multiString: multiString("A", "B c")).map(\.text) == ["A", "B c"])
        #expect(ReaderName.parse(multiString: []).isEmpty)
        #expect(ReaderName.parse(multiString: [0]).isEmpty)
        #expect(ReaderName.parse(multiString: [0, 0, 0x41, 0]).isEmpty)
        #expect(ReaderName.parse(multiString: Array("no end".utf8)).isEmpty)
        #expect(ReaderName.parse(multiString: Array("A\0no end".utf8)).map(\.text) == ["A"])
        let many = (0..<1000).flatMap { Array("reader \($0)\0".utf8) }
        #expect(ReaderName.parse(multiString: many).count == ReaderName.maximumCount)
        // Latin-1 from an old driver: the bytes are kept.
        let name = ReaderName.parse(multiString: [0xAE, 0x41, 0, 0])
        #expect(name.map(\.bytes) == [[0xAE, 0x41]] && name[0].text == "\u{FFFD}A")
    }

    @Test(arguments: [
        ("ACS ACR1252 Dual Reader [ACR1252 Dual Reader SAM] 01 00", true),
        ("ACS ACR1252 Dual Reader [ACR1252 Dual Reader PICC] 00 00", false),
        ("ACS ACR1281 1S Dual Reader(SAM) 00 02", true),
        ("SAMSUNG Reader 00 00", false),
        ("Sam's reader", false),
    ])
    func secureAccessModuleSlots(name: String, isSlot: Bool) {
        #expect(ReaderName(bytes: Array(name.utf8)).isSecureAccessModuleSlot == isSlot)
    }

    @Test func namesMatchAsAWholeOrInPart() {
        let name = ReaderName(bytes: Array("ACS ACR1252 Reader 00 00".utf8))
        #expect(name.matches("ACS ACR1252 Reader 00 00") && name.matches("acr1252"))
        #expect(!name.matches("ACR122") && !name.matches("ACS ACR1252 Reader 00 00 "))
    }

    @Test func featureRequest() {
        let answer = hex("12 04 42330012" + "06 04 42330006")
        #expect(ReaderFeatures.controlCode(of: 0x12, in: answer) == 0x4233_0012)
        #expect(ReaderFeatures.controlCode(of: 0x06, in: answer) == 0x4233_0006)
        #expect(ReaderFeatures.controlCode(of: 0x07, in: answer) == nil)
        for bad in ["", "12", "1204", "1204423300", "1203423300", "120542330012FF"] {
            #expect(ReaderFeatures.controlCode(of: 0x12, in: hex(bad)) == nil)
        }
    }

    /// The property list of a CCID driver: `wLcdLayout`, `dwMaxAPDUDataSize`, `wIdVendor`, `wIdProduct`, `sFirmwareID`.
    private func properties(maximumDataSize: String) -> ReaderFeatures {
        ReaderFeatures(properties: hex("01020000" + "0A04" + maximumDataSize + "0B022F07" + "0C023A22" + "0803312E30"))
    }

    @Test func shortLengthOnly() {
        let features = properties(maximumDataSize: "00000000")
        #expect(features.supportsExtendedLength == false)
        #expect(features.maximumCommandLength == 261 && features.maximumResponseLength == 258)
        #expect(features.vendorIdentifier == 0x072F && features.productIdentifier == 0x223A)
        #expect(features.firmware == "1.0")
    }

    @Test func extendedLengthUpToALimit() {
        let features = properties(maximumDataSize: "00080000")
        #expect(features.supportsExtendedLength == true)
        #expect(features.maximumCommandLength == 2048 + 9 && features.maximumResponseLength == 2048 + 2)
    }

    @Test func aGuessIsNoLimit() {
        for size in ["00000100", "FFFFFFFF"] {
            let features = properties(maximumDataSize: size)
            #expect(features.supportsExtendedLength == true)
            #expect(features.maximumCommandLength == nil && features.maximumResponseLength == nil)
        }
    }

    @Test func unusableProperties() {
        for bad in ["", "0A", "0A04", "0A0400", "0A00", "0A050000000000", "0A04FF000000"] {
            let features = ReaderFeatures(properties: hex(bad))
            #expect(features.supportsExtendedLength == nil)
            #expect(features.maximumCommandLength == nil && features.maximumResponseLength == nil)
        }
    }

    @Test func versions() {
        #expect(PCSCReaderDetails.version([0x0A, 0x00, 0x10, 0x01]) == "1.16.10")
        #expect(PCSCReaderDetails.version([1, 2, 3]) == nil)
        #expect(PCSCReaderDetails.text([]) == nil && PCSCReaderDetails.text([0]) == nil)
        #expect(PCSCReaderDetails.text(Array("ACS\0".utf8)) == "ACS")
    }

    @Test func commandsOverT0() throws {
        #expect(try T0Command.prepare(hex("00A40000")) == hex("00A4000000"))
        #expect(try T0Command.prepare(hex("00B0000010")) == hex("00B0000010"))
        #expect(try T0Command.prepare(hex("00A4040C02A000")) == hex("00A4040C02A000"))
        #expect(try T0Command.prepare(hex("00A4040C02A00000")) == hex("00A4040C02A000"))
        for bad in ["", "00A400", "00A4040C03A0", "00B00000000000", "00D6000000000101"] {
            #expect(throws: CardChannelError(.transmissionFailed)) { try T0Command.prepare(hex(bad)) }
        }
    }

    @Test(
        arguments: [
            (0x8010_002E, .noReader), (0x8010_0009, .noReader), (0x8010_000C, .noCard), (0x8010_0069, .cardRemoved),
            (0x8010_0068, .cardReset), (0x8010_0066, .unresponsiveCard), (0x8010_0067, .unresponsiveCard),
            (0x8010_000F, .unresponsiveCard), (0x8010_0017, .readerRemoved), (0x8010_0003, .readerRemoved),
            (0x8010_000B, .readerBusy), (0x8010_001D, .serviceUnavailable), (0x8010_0013, .serviceUnavailable),
            (0x8010_006A, .accessDenied), (0x8010_0027, .accessDenied), (0x8010_0016, .transmissionFailed),
            (0x8010_002F, .transmissionFailed), (0x8010_0002, .closed), (0x8010_001F, .other), (0x1234, .other),
        ] as [(UInt32, CardChannelError.Code)])
    func statusCodes(code: UInt32, expected: CardChannelError.Code) {
        let error = PCSCFailure(function: .transmit, status: PCSCStatus(code: code)).channelError
        #expect(error.code == expected)
        #expect(error.reason.contains("SCardTransmit"))
        #expect(error.reason.contains("0x") && !error.reason.hasPrefix("["))
    }

    @Test func accessDeniedNamesThePolkitAction() {
        let error = PCSCFailure(function: .establishContext, status: .securityViolation).channelError
        #expect(error.reason.contains("access_pcsc"))
    }

    @Test func durationsInMilliseconds() {
        #expect(Duration.zero.wholeMilliseconds == 0)
        #expect(Duration.seconds(-5).wholeMilliseconds == 0)
        #expect(Duration.nanoseconds(1).wholeMilliseconds == 1)
        #expect(Duration.milliseconds(1500).wholeMilliseconds == 1500)
        #expect(Duration.seconds(Int64.max).wholeMilliseconds == 2_147_483_647)
    }
}
