import EMRTDCrypto
import EMRTDProtocol
import EMRTDSimulator
import EMRTDTestSupport
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// DG3 and DG4 of the chip behind Terminal Authentication version 1: they open for those who may read them, and for nobody else.
@Suite("Terminal Authentication in the chip")
struct TerminalAuthenticationTests {
    private static let today = TestTerminal.today

    private func terminal(
        _ pki: TerminalPKI, _ change: (inout PersonalisationOptions) -> Void = { _ in }
    ) throws -> TestTerminal {
        try TestTerminal.passport {
            ($0.includesFingerprints, $0.includesIrises) = (true, true)
            $0.terminalAuthentication = .init(.one, trustPoints: [pki.certificationAuthority])
            change(&$0)
        }
    }

    private func credentials(_ pki: TerminalPKI) throws -> TerminalCredentials {
        var key = try pki.encodedTerminalKey()
        return try TerminalCredentials(
            certificates: [pki.documentVerifier, pki.inspectionSystem], key: SoftwareTerminalKey(clearing: &key))
    }

    /// Chip Authentication, and what the terminal's signature is bound to after it.
    private func authenticateChip(
        _ terminal: TestTerminal, _ chip: TerminalAuthenticationBinding.ChipIdentifier
    ) async throws -> TerminalAuthenticationBinding {
        let infos = try DG14(parsing: try #require(terminal.chip.document.file(named: "DG14")).content).securityInfos
        let parameters = try #require(ChipAuthenticationParameters.choices(infos).first)
        let success = try await ChipAuthenticationTerminal(parameters).run(try #require(terminal.session))
        terminal.begin(try success.keys.makeContext())
        return try TerminalAuthenticationBinding(
            chip: chip, terminalKey: success.ephemeralPublicKey, domain: parameters.publicKey.domain)
    }

    /// PACE with the CAN, and what it identifies the chip by.
    private func open(_ terminal: TestTerminal) async throws -> TerminalAuthenticationBinding.ChipIdentifier {
        let offer = try #require(try terminal.offers().first)
        let success = try await PACETerminal(offer, password: terminal.password(.can)).run(terminal.plain)
        let chipKey = success.chipEphemeralKey
        terminal.begin(try success.keys.makeContext())
        try await terminal.selectApplication()
        return .pace(chipKey: chipKey, domain: offer.domain)
    }

    private func run(
        _ terminal: TestTerminal, _ pki: TerminalPKI, _ binding: TerminalAuthenticationBinding
    ) async throws {
        let names = try await terminal.read("EF.CVCA").dropFirst(2).prefix(15)
        let protocolRun = try TerminalAuthenticationTerminal(credentials(pki), trustPointNames: [Array(names)])
        _ = try await protocolRun.run(try #require(terminal.session), binding: binding)
    }

    private func status(_ terminal: TestTerminal) async throws -> [StatusWord] {
        [try await terminal.status(.select(file: 0x0103)), try await terminal.status(.select(file: 0x0104))]
    }

    @Test(
        "rights decide what opens",
        arguments: [
            ([], false, false), (.fingerprints, true, false), (.irises, false, true),
            ([.fingerprints, .irises], true, true),
        ] as [(TerminalPKI.Rights, Bool, Bool)])
    func rights(_ rights: TerminalPKI.Rights, _ dg3: Bool, _ dg4: Bool) async throws {
        let pki = try TerminalPKI(country: "UT", today: Self.today, rights: rights)
        let terminal = try terminal(pki)
        let binding = try await authenticateChip(terminal, open(terminal))
        #expect(try await status(terminal) == [.securityStatusNotSatisfied, .securityStatusNotSatisfied])
        try await run(terminal, pki, binding)
        #expect(
            try await status(terminal) == [dg3, dg4].map { $0 ? .success : .securityStatusNotSatisfied })
        if dg3 {
            #expect(try await terminal.read("DG3", block: 200) == terminal.chip.document.file(named: "DG3")?.content)
        }
        // A reset, a new session, and a plain command each end the rights.
        terminal.reset()
        _ = try await open(terminal)
        #expect(try await status(terminal) == [.securityStatusNotSatisfied, .securityStatusNotSatisfied])
    }

    @Test func afterBAC() async throws {
        let pki = try TerminalPKI(country: "UT", today: Self.today)
        let terminal = try terminal(pki)
        try await terminal.bac()
        let information = Array(terminal.chip.document.secrets.mrzInformation.utf8)
        let binding = try await authenticateChip(terminal, try #require(.bac(mrzInformation: information)))
        try await run(terminal, pki, binding)
        #expect(try await status(terminal) == [.success, .success])
        _ = terminal.send("00B0000001")
        terminal.abandon()
        #expect(terminal.send(TestTerminal.selectApplication) == "9000" && terminal.send("00A4020C020103") == "6982")
    }

    @Test func refused() async throws {
        let pki = try TerminalPKI(country: "UT", today: Self.today)
        let foreign = try TerminalPKI(country: "UT", today: Self.today)
        let terminal = try terminal(pki)
        // Before Chip Authentication there is nothing to bind to.
        let chip = try await open(terminal)
        let group = try DomainParameters.ecdh(.brainpoolP256r1).makeGroup()
        let stray = try TerminalAuthenticationBinding(
            chip: chip, terminalKey: group.publicKey(group.randomScalar(), generator: nil), domain: group.domain)
        await #expect(throws: ProtocolError.self) { try await self.run(terminal, pki, stray) }
        #expect(try await status(terminal)[0] == .securityStatusNotSatisfied)
        // With another session's key, and with certificates of another authority of the same name.
        let binding = try await authenticateChip(terminal, chip)
        await #expect(throws: ProtocolError.self) { try await self.run(terminal, pki, stray) }
        await #expect(throws: ProtocolError.self) { try await self.run(terminal, foreign, binding) }
        #expect(try await status(terminal)[0] == .securityStatusNotSatisfied)
        try await run(terminal, pki, binding)
        #expect(try await status(terminal)[0] == .success, "none of that spoilt the session")

        let without = try TestTerminal.passport { $0.includesFingerprints = true }
        _ = try await open(without)
        let unknown = CommandAPDU(ins: 0x22, p1: 0x81, p2: 0xB6, data: TLV.encode(0x83, Array("UTTESTCVCA00001".utf8)))
        #expect(try await without.status(unknown) == .incorrectP1P2)
        #expect(try await without.status(CommandAPDU(ins: 0x2A, p2: 0xBE, data: [0x7F])) == .instructionNotSupported)
    }

    /// Chip Authentication Mapping authenticates the chip in PACE: nothing has to come between.
    @Test func afterMapping() async throws {
        let pki = try TerminalPKI(country: "UT", today: Self.today)
        let terminal = try terminal(pki) { $0.pace = [PACEOffer(.chipAuthentication, .ecdh, .aes128, parameterId: 12)] }
        _ = try await open(terminal)
        let set = CommandAPDU(ins: 0x22, p1: 0x81, p2: 0xB6, data: TLV.encode(0x83, Array("UTTESTCVCA00001".utf8)))
        #expect(try await terminal.status(set) == .success)
        let wrong = CommandAPDU(ins: 0x22, p1: 0x81, p2: 0xB6, data: TLV.encode(0x83, Array("UTTESTCVCA00002".utf8)))
        #expect(try await terminal.status(wrong) == .referencedDataNotFound)
        #expect(try await terminal.status(CommandAPDU(ins: 0x84, expectedLength: 8)) == .conditionsOfUseNotSatisfied)
        #expect(
            try await terminal.status(CommandAPDU(ins: 0x82, data: [1, 2, 3])) == .conditionsOfUseNotSatisfied,
            "bound already, but without a challenge")
    }
}
