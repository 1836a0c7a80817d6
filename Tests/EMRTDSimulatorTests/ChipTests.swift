import EMRTDCrypto
import EMRTDProtocol
import EMRTDSimulator
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// The chip against commands written out by hand: it must answer as ISO/IEC 7816-4 and Doc 9303 say, not only as this
/// library's reader asks.
@Suite struct ChipTests {
    private static let document = Result {
        var options = PersonalisationOptions.vietnamCitizen(today: CalendarDate(clampingDaysSinceEpoch: 20_513))
        options.activeAuthentication = .ecdsa(.secp256r1, .sha256)
        return try Personaliser(options).personalise()
    }
    private static let passport = Result {
        var options = PersonalisationOptions.passportTD3(today: CalendarDate(clampingDaysSinceEpoch: 20_513))
        options.pace = [
            PACEOffer(.generic, .ecdh, .aes128, parameterId: 12), PACEOffer(.generic, .ecdh, .aes128, parameterId: 13),
        ]
        options.cardAccessNumber = nil
        return try Personaliser(options).personalise()
    }

    private static let selectApplication = "00A4040C07A0000002471001"

    private func send(_ chip: SimulatedChip, _ command: String) -> String { hex(chip.process(hex(command))) }

    /// Opens the chip with PACE and returns the session.
    private func open(_ chip: SimulatedChip) async throws -> SecureMessaging {
        let plain = PlainExchange(chip)
        let access = try #require(chip.document.file(named: "EF.CardAccess"))
        let parameters = try #require(PACEParameters.choices(SecurityInfos(parsing: access.content).paceInfos).first)
        let secret = try DigestAlgorithm.sha1.secretDigest(Array(chip.document.secrets.mrzInformation.utf8))
        let success = try await PACETerminal(parameters, password: PACEPassword(.mrz, secret: SharedSecret(secret)))
            .run(plain)
        let session = SecureMessaging(over: plain, context: try success.keys.makeContext())
        let selected = try await session.exchange(.select(application: PersonalisedDocument.applicationIdentifier))
        #expect(selected.statusWord == .success)
        return session
    }

    @Test func masterFileOfAVietnameseCard() throws {
        let document = try Self.document.get()
        let chip = try SimulatedChip(document)
        let access = hex(try #require(document.file(named: "EF.CardAccess")).content)
        #expect(send(chip, "00A4000C023F00") == "6D00" && send(chip, "00A4000C") == "6D00")
        #expect(send(chip, "00A4020C02011C") == "9000")
        #expect(send(chip, "00B0000000") == access + "9000")
        #expect(send(chip, "00B0000004") == access.prefix(8) + "9000")
        #expect(send(chip, "00B0000204") == access.dropFirst(4).prefix(8) + "9000")
        #expect(send(chip, "00B09C0000") == access + "9000", "by short identifier")
        #expect(send(chip, "00B09C02000000") == access.dropFirst(4) + "9000", "extended Le")
        #expect(send(chip, "00B0000060") == access + "6282", "more than there is")
        #expect(send(chip, "00B07FFF01") == "6B00")
        #expect(send(chip, "00B1000003540100" + "08") == "5306" + access.prefix(12) + "9000")
        #expect(send(chip, "00B10000025400" + "08") == "6A80" && send(chip, "00B1000003530100" + "08") == "6A80")
    }

    @Test func nothingOpensWithoutAKey() throws {
        let chip = try SimulatedChip(try Self.document.get())
        #expect(send(chip, "00B09E0004") == "6A82", "EF.COM is not in the MF")
        #expect(send(chip, Self.selectApplication) == "9000")
        for file in ["01", "02", "03", "0D", "0E", "0F", "1D", "1E", "0B"] {
            #expect(send(chip, "00A4020C0201" + file) == "6982", "\(file)")
            #expect(send(chip, "00B0" + hex([0x80 | hex(file)[0]]) + "0004") == "6982", "\(file)")
        }
        #expect(send(chip, "00B0000004") == "6986", "no current file")
        #expect(send(chip, "0088000008000102030405060700") == "6982")
        #expect(send(chip, "0022C1A40F800A04007F0007020204020283010184010D").count == 4)
        #expect(send(chip, "002241A40C800A04007F00070202030202") == "6982", "Chip Authentication without a session")
        #expect(send(chip, "0086000002" + "7C00" + "00") == "6985", "no PACE was begun")
        #expect(send(chip, "0082000028" + String(repeating: "00", count: 40) + "28") == "6985", "no challenge was got")
    }

    @Test func malformedCommands() throws {
        let chip = try SimulatedChip(try Self.document.get())
        #expect(send(chip, "") == "6700" && send(chip, "00A4") == "6700" && send(chip, "00A4040C08A0000002") == "6700")
        #expect(send(chip, "00FE0000") == "6D00" && send(chip, "80A4040C07A0000002471001") == "6E00")
        #expect(send(chip, "00A4040C07A0000002471002") == "6A82" && send(chip, "00A4050C07A0000002471001") == "6A86")
        #expect(send(chip, "00A4020C0101") == "6700", "half a file identifier")
        #expect(send(chip, "00C0000000") == "6985", "nothing is waiting")
        #expect(send(chip, "0CB0000004") == "6882", "secure messaging without a session")
        #expect(send(chip, "0022C1A4028001") == "6A80" && send(chip, "00220000028000") == "6A86")
        // Rubbish of every length, the same in every run.
        var state: UInt32 = 1
        func byte() -> UInt8 {
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        for _ in 0..<5000 {
            let command = (0..<Int(byte() % 40)).map { _ in byte() }
            let answer = chip.process(command)
            #expect(answer.count >= 2 && answer.count <= 65_538, "\(command)")
        }
    }

    @Test func selectGivesTheNameWhereAsked() throws {
        let chip = try SimulatedChip(try Self.document.get())
        #expect(send(chip, "00A4040007A000000247100100") == "6F098407A00000024710019000")
    }

    @Test func paceThatIsNotOffered() throws {
        let chip = try SimulatedChip(try Self.passport.get())
        let oid = "800A04007F00070202040202"
        #expect(send(chip, "0022C1A412" + oid + "83010184010D") == "9000")
        #expect(send(chip, "0022C1A40F" + oid + "830101") == "6A80", "ambiguous domain parameters")
        #expect(send(chip, "0022C1A412" + oid + "83010184010E") == "6A80", "parameters not offered")
        #expect(send(chip, "0022C1A412800A04007F00070202040204" + "83010184010D") == "6A80", "cipher not offered")
        #expect(send(chip, "0022C1A412" + oid + "83010284010D") == "6A88", "no CAN")
        #expect(send(chip, "0022C1A412" + oid + "83010384010D") == "6A88", "no PIN")
        // The steps in another order.
        #expect(send(chip, "0022C1A412" + oid + "83010184010D") == "9000")
        #expect(send(chip, "108600000C7C0A8508000000000000000000") == "6A80")
        #expect(send(chip, "10860000027C0000") == "6985", "the run is over")
        // A point off the curve.
        #expect(send(chip, "0022C1A412" + oid + "83010184010D") == "9000")
        #expect(send(chip, "10860000027C0000").hasSuffix("9000"))
        let point = "04" + String(repeating: "11", count: 64)
        #expect(send(chip, "10860000457C438141" + point + "00") == "6300")
    }

    @Test func accessConditionsAfterPACE() async throws {
        let document = try Self.document.get()
        let session = try await open(try SimulatedChip(document))
        for (file, expected) in [
            (0x0101, 0x9000), (0x0103, 0x6982), (0x010B, 0x6A82), (0x010C, 0x6A82), (0x011D, 0x9000),
        ] as [(UInt16, UInt16)] {
            let response = try await session.exchange(.select(file: file))
            #expect(response.statusWord.rawValue == expected, "\(file)")
        }
        let com = try #require(document.file(named: "EF.COM")).content
        let read = try await session.exchange(.readBinary(shortFileIdentifier: 0x1E, offset: 0, length: 256))
        #expect(read.data == com && read.statusWord == .success)
        let more = try await session.exchange(.readBinary(offset: 2, length: com.count))
        #expect(more.data == Array(com[2...]) && more.statusWord == .endOfFile)
        #expect(try await session.exchange(.readBinary(offset: com.count, length: 1)).statusWord == .wrongP1P2)
        #expect(
            try await session.exchange(CommandAPDU(ins: 0x84, expectedLength: 8)).statusWord == 0x6985,
            "no BAC after PACE")
        #expect(
            try await session.exchange(CommandAPDU(ins: 0x88, data: [1, 2, 3], expectedLength: 256)).statusWord
                == .wrongLength)
        let signed = try await session.exchange(
            CommandAPDU(ins: 0x88, data: [1, 2, 3, 4, 5, 6, 7, 8], expectedLength: 256))
        #expect(signed.statusWord == .success && signed.data.count == 64)
    }

    /// Doc 9303-11, 9.8.9: a wrong command ends the session and shuts the files.
    @Test func brokenSecureMessagingEndsTheSession() async throws {
        let document = try Self.document.get()
        for (command, status) in [
            ("0CB09E000D9701048E080000000000000000" + "00", "6988"), ("0CB09E00039701" + "0400", "6987"),
            ("0CB09E0004DEADBEEF00", "6988"), ("0CB09E000A8E08000000000000000000", "6988"),
        ] {
            let chip = try SimulatedChip(document)
            let session = try await open(chip)
            #expect(send(chip, command) == status)
            #expect(send(chip, command) == "6882", "the session is over")
            await #expect(throws: ProtocolError(.unprotectedStatus, "", step: "")) {
                try await session.exchange(.readBinary(shortFileIdentifier: 0x1E, offset: 0, length: 4))
            }
            #expect(send(chip, Self.selectApplication) == "9000" && send(chip, "00B09E0004") == "6982")
        }
        // A plain command ends it too, and nothing of it is carried out with the rights of the session.
        let chip = try SimulatedChip(document)
        _ = try await open(chip)
        #expect(send(chip, "00B09E0004") != "6016" + "5F01" + "9000")
        #expect(send(chip, Self.selectApplication) == "9000" && send(chip, "00B09E0004") == "6982")
    }

    @Test func longAnswersWaitForGetResponse() async throws {
        let document = try Self.document.get()
        let chip = try SimulatedChip(document, supportsExtendedLength: false)
        let session = try await open(chip)
        let dg2 = try #require(document.file(named: "DG2")).content
        let response = try await session.exchange(.readBinary(shortFileIdentifier: 2, offset: 0, length: 256))
        #expect(response.data == Array(dg2.prefix(256)), "256 bytes and their protection come in two parts")
        #expect(chip.process([0x00, 0xC0, 0x00, 0x00, 0x00]) == [0x69, 0x85])
    }

    @Test func resetForgetsEverything() async throws {
        let chip = try SimulatedChip(try Self.document.get())
        _ = try await open(chip)
        chip.powerOn()
        #expect(send(chip, "0CB09E000D9701048E080000000000000000" + "00") == "6882")
        #expect(send(chip, Self.selectApplication) == "9000" && send(chip, "00B09E0004") == "6982")
    }

    /// Quirk Q17 and Doc 9303-11, 4.3: a challenge serves once.
    @Test func challengesServeOnce() throws {
        let chip = try SimulatedChip(try Self.document.get())
        #expect(send(chip, "0084000008") == "6985", "BAC belongs to the application")
        #expect(send(chip, Self.selectApplication) == "9000")
        let first = send(chip, "0084000008")
        let second = send(chip, "0084000008")
        #expect(first.count == 20 && second.count == 20 && first != second)
        let wrong = "0082000028" + String(repeating: "AB", count: 40) + "28"
        #expect(send(chip, wrong) == "6300" && send(chip, wrong) == "6985")
    }
}
