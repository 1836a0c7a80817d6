import EMRTDCrypto
import EMRTDProtocol
import EMRTDSimulator
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// Each quirk as the raw answer that it is about (`docs/quirks.md`), beside the answer of a chip without it.
@Suite("Quirks of the chip: selecting and access")
struct ChipQuirkTests {
    private static let oid = "800A04007F00070202040202"

    private func passport(
        _ quirks: Set<ChipQuirk>, _ change: (inout PersonalisationOptions) -> Void = { _ in }
    ) throws -> TestTerminal {
        try TestTerminal.passport {
            $0.quirks = quirks
            change(&$0)
        }
    }

    @Test(arguments: [
        (ChipQuirk.selectMF6982, "6982"), (.selectMF6A81, "6A81"), (.selectMF6A86, "6A86"), (.selectMF6A87, "6A87"),
        (.selectMF6D00, "6D00"),
    ])
    func masterFileRefused(_ quirk: ChipQuirk, _ status: String) throws {
        let terminal = try passport([quirk])
        #expect(terminal.send("00A4000C023F00") == status && terminal.send("00A4000C") == status)
        #expect(terminal.send("00A4020C02011C") == "9000", "the MF is current all the same")
        #expect(terminal.send(TestTerminal.selectApplication) == "9000")
        #expect(terminal.send("00A4000C023F00") == status && terminal.send("00A4020C02011C") != "9000")
    }

    @Test func masterFileByOneFormAlone() throws {
        for (quirk, works, fails, status) in [
            (.selectMFEmptyIgnored, "00A4000C023F00", "00A4000C", "9000"),
            (.selectMFNeedsEmptyData, "00A4000C", "00A4000C023F00", "6A86"),
        ] as [(ChipQuirk, String, String, String)] {
            let terminal = try passport([quirk])
            #expect(terminal.send(TestTerminal.selectApplication) == "9000")
            #expect(
                terminal.send(fails) == status && terminal.send("00B09C0004") != "310F9000", "the MF is not current")
            #expect(terminal.send(works) == "9000" && terminal.send("00A4020C02011C") == "9000")
        }
    }

    @Test func cardAccessInItsOwnWay() throws {
        let selectOnly = try passport([.cardAccessSelectOnly])
        #expect(selectOnly.send("00B09C0004") == "6982")
        #expect(selectOnly.send("00A4020C02011C") == "9000" && selectOnly.send("00B0000001") == "319000")
        let needs02 = try passport([.cardAccessNeedsP102])
        #expect(needs02.send("00A4000C02011C") == "6A86" && needs02.send("00B09C0004") == "6A86")
        #expect(needs02.send("00A4020C02011C") == "9000" && needs02.send("00B0000001") == "319000")
        let inside = try passport([.cardAccessInApplication])
        #expect(inside.send("00A4020C02011C") == "6A82" && inside.send("00B09C0004") == "6A82")
        #expect(inside.send(TestTerminal.selectApplication) == "9000")
        #expect(inside.send("00A4020C02011C") == "9000" && inside.send("00B0000001") == "319000")
        let warns = try passport([.cardAccess6283])
        #expect(warns.send("00A4020C02011C") == "6283" && warns.send("00B0000001") == "319000")
    }

    @Test func otherApplicationFirst() throws {
        let terminal = try passport([.otherApplicationFirst])
        #expect(terminal.send("00A4020C02011C") == "6A82" && terminal.send("00B09C0004") == "6A82")
        #expect(terminal.send("00A4000C023F00") == "9000" && terminal.send("00A4020C02011C") == "9000")
        let directory = try #require(terminal.chip.document.file(named: "EF.DIR"))
        #expect(hex(directory.content) == "610C4F0AA000000018524F50010161094F07A0000002471001")
        #expect(terminal.send("00A4040C0AA000000018524F500101") == "9000" && terminal.send("00B09E0004") == "6A82")
        terminal.chip.reset()
        #expect(terminal.send("00B09C0004") == "6A82", "current again after a reset")
        #expect(terminal.send(TestTerminal.selectApplication) == "9000")
    }

    @Test func noLe() async throws {
        let terminal = try passport([.noLeInSelectAndMSE])
        #expect(terminal.send("00A4040C07A000000247100100") == "6700")
        #expect(terminal.send("0022C1A40F" + Self.oid + "83010100") == "6700")
        try await terminal.pace()
        try await terminal.selectApplication()
        let select = CommandAPDU(
            ins: 0xA4, p1: 0x04, p2: 0x0C, data: PersonalisedDocument.applicationIdentifier, expectedLength: 256)
        #expect(try await terminal.status(select) == .wrongLength, "under secure messaging as well, protected")
        #expect(try await terminal.read("EF.COM").first == 0x60)
    }

    @Test func applicationRefusedOnce() throws {
        let terminal = try passport([.selectApplication6999Once])
        for _ in 0..<2 {
            #expect(terminal.send(TestTerminal.selectApplication) == "6999")
            #expect(terminal.send(TestTerminal.selectApplication) == "9000")
            terminal.chip.reset()
        }
    }

    @Test func directoryClosed() async throws {
        let terminal = try passport([.directory6982])
        #expect(terminal.send("00A4020C022F00") == "6982" && terminal.send("00B09E0004") == "6982")
        try await terminal.pace()
        #expect(try await terminal.status(.select(file: 0x2F00)) == .success)
    }

    @Test func cardSecurityByShortIdentifier() async throws {
        let terminal = try passport([.cardSecuritySelect6A80]) {
            $0.pace = [PACEOffer(.chipAuthentication, .ecdh, .aes128, parameterId: 13)]
        }
        try await terminal.pace()
        #expect(try await terminal.status(.select(file: 0x011D)) == .incorrectData)
        #expect(try await terminal.read("EF.CardSecurity").first == 0x30)
    }

    @Test func paceParameterId() throws {
        for (quirk, status) in [(ChipQuirk.paceParameterId6A80, "6A80"), (.paceParameterId6A87, "6A87")] {
            let terminal = try passport([quirk])
            #expect(terminal.send("0022C1A412" + Self.oid + "83010184010D") == status)
            #expect(terminal.send("0022C1A40F" + Self.oid + "830101") == "9000")
        }
        let terminal = try passport([.paceNeedsParameterId])
        #expect(terminal.send("0022C1A412" + Self.oid + "83010184010D") == "9000")
        #expect(terminal.send("0022C1A40F" + Self.oid + "830101") == "", "no answer at all")
    }

    @Test func paceNeedsParameterIdDropsTheLink() async throws {
        let terminal = try passport([.paceNeedsParameterId])
        await #expect(throws: CardChannelError(.transmissionFailed)) {
            try await terminal.chip.transmit(hex("0022C1A40F" + Self.oid + "830101"))
        }
    }

    @Test func basicAccessControlRefused() throws {
        let authenticate = "0082000028" + String(repeating: "AB", count: 40) + "28"
        for (quirk, challenge, status) in [
            (.bac6A88, nil, "6A88"), (.bac6985, "6985", "6985"), (.bac6982, "6982", "6982"),
        ] as [(ChipQuirk, String?, String)] {
            let terminal = try passport([quirk])
            #expect(!terminal.chip.document.behaviour.supportsBAC)
            #expect(terminal.send(TestTerminal.selectApplication) == "9000")
            let answer = terminal.send("0084000008")
            if let challenge { #expect(answer == challenge) } else { #expect(answer.count == 20) }
            #expect(terminal.send(authenticate) == status)
        }
    }

    @Test func afterFailedPACE() async throws {
        let terminal = try passport([.chainAfterFailedPACE6883])
        await #expect(throws: ProtocolError(.wrongPassword, "", step: "")) { try await terminal.pace(.can, "000000") }
        #expect(terminal.send(TestTerminal.selectApplication) == "6883" && terminal.send("0084000008") == "6883")
        terminal.reset()
        try await terminal.bac()
        try await terminal.pace(.can)
    }

    @Test func paceThatFails() async throws {
        let terminal = try passport([.paceFails])
        let error = await #expect(throws: ProtocolError.self) { try await terminal.pace() }
        #expect(error?.code == .refused && error?.statusWord == .unknownError)
        try await terminal.bac()
        let both = try passport([.paceFails, .chainAfterFailedPACE6883])
        await #expect(throws: ProtocolError.self) { try await both.pace() }
        #expect(both.send(TestTerminal.selectApplication) == "6883")
    }

    @Test func slowPACE() async throws {
        var options = PersonalisationOptions.passportTD3(today: TestTerminal.today)
        options.quirks = [.slowPACE]
        var document = try Personaliser(options).personalise()
        #expect(document.behaviour.paceStepMilliseconds * 4 == 6600)
        document.behaviour.paceStepMilliseconds = 20
        let terminal = TestTerminal(try SimulatedChip(document))
        let clock = ContinuousClock()
        let start = clock.now
        try await terminal.pace()
        #expect(clock.now - start >= .milliseconds(80), "four steps")
        let second = clock.now
        #expect(terminal.send("0022C1A412" + Self.oid + "83010184010D") == "9000")
        #expect(terminal.send("10860000027C0000").hasSuffix("9000"))
        #expect(clock.now - second >= .milliseconds(20), "behind a virtual reader as well")
    }

    @Test func wrongKey() async throws {
        let terminal = try passport([.wrongKey63C2])
        let pace = await #expect(throws: ProtocolError.self) { try await terminal.pace(.can, "000000") }
        let bac = await #expect(throws: ProtocolError.self) { try await terminal.bac("X0000417Q0900101092512316") }
        #expect(pace?.statusWord == 0x63C2 && bac?.statusWord == 0x63C2)
        for _ in 0..<5 { await #expect(throws: ProtocolError.self) { try await terminal.pace(.can, "000000") } }
        try await terminal.pace(.can)
    }

    @Test func firstReadAfterBAC() async throws {
        let terminal = try passport([.firstRead6988])
        let read = CommandAPDU.readBinary(shortFileIdentifier: 0x1E, offset: 0, length: 4)
        try await terminal.bac()
        await #expect(throws: ProtocolError(.unprotectedStatus, "", step: "")) { try await terminal.exchange(read) }
        #expect(terminal.send("0CB09E000D9701048E080000000000000000" + "00") == "6882", "the session is over")
        try await terminal.bac()
        #expect(try await terminal.status(read) == .success)
        terminal.reset()
        try await terminal.bac()
        #expect(try await terminal.status(read) == .success)
        let pace = try passport([.firstRead6988])
        try await pace.pace()
        try await pace.selectApplication()
        #expect(try await pace.status(read) == .success, "it belongs to BAC")
    }

    @Test func leadingZeros() async throws {
        let terminal = try passport([.leadingZeros]) {
            $0.pace = [
                PACEOffer(.generic, .ecdh, .aes128, parameterId: 12), PACEOffer(.generic, .dh, .aes128, parameterId: 0),
            ]
        }
        let key = try #require(terminal.chip.document.chipAuthenticationKeys.first).keyPair.publicKey.encoded
        #expect(key.starts(with: [0x04, 0x00]))
        for offer in try terminal.offers() {
            terminal.reset()
            try await terminal.pace(.can, offer: offer)
            try await terminal.selectApplication()
        }
        terminal.reset()
        let group = try DomainParameters.dh(.modp1024q160).makeGroup()
        let own = try group.publicKey(group.randomScalar(), generator: nil)
        #expect(terminal.send("0022C1A412800A04007F0007020204010283010284" + "0100") == "9000")
        #expect(terminal.send("10860000027C0000").hasSuffix("9000"))
        let mapped = terminal.send("1086000086" + "7C8183" + "818180" + hex(own) + "00")
        #expect(mapped.hasPrefix("7C8181827F"), "the number is a byte shorter than the prime (Doc 9303-11, 9.4.1)")
    }
}
