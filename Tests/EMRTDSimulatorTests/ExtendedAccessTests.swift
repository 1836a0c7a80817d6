import EMRTDCrypto
import EMRTDProtocol
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// The identity card behind Extended Access Control version 2, read by those who may.
@Suite("Extended Access Control version 2 in the chip")
struct ExtendedAccessTests {
    typealias Authorization = CertificateHolderAuthorization

    private static func pki(_ rights: TerminalPKI.Rights = [.fingerprints, .irises]) throws -> TerminalPKI {
        try TerminalPKI(country: "UT", today: TestTerminal.today, rights: rights)
    }

    @Test("each step opens its part, and a reset closes everything")
    func steps() async throws {
        let pki = try Self.pki()
        let steps = try ExtendedAccessSteps(pki)
        let no = StatusWord.securityStatusNotSatisfied
        let opened = try await steps.pace()
        #expect(opened.trustPointNames == [Array("UTTESTCVCA00001".utf8)])
        #expect(try await steps.status() == [no, no, no, no], "after PACE")
        #expect(try await steps.terminal.status(CommandAPDU(ins: 0xA4, p2: 0x0C)) == .success)
        let chip = try steps.chipTerminal()
        try await steps.authenticateTerminal(.init(pki), opened, announcing: chip.compressedKey)
        #expect(try await steps.status() == [.success, no, no, no], "after Terminal Authentication")
        #expect(try await steps.terminal.status(CommandAPDU(ins: 0xA4, p2: 0x0C)) == .success)
        try await steps.authenticateChip(chip)
        #expect(try await steps.status() == [.success, .success, .success, .success])
        for name in steps.terminal.chip.document.applicationFiles.map(\.name) {
            #expect(
                try await steps.terminal.read(name, block: 200)
                    == steps.terminal.chip.document.file(named: name)?.content, "\(name)")
        }
        steps.terminal.reset()
        _ = try await steps.pace()
        #expect(try await steps.status() == [no, no, no, no], "after a reset")
    }

    @Test(
        "what opens is what both the certificates and the authorization of PACE allow",
        arguments: [
            ([], 3, false, false), (.fingerprints, 3, true, false), (.irises, 3, false, true),
            ([.fingerprints, .irises], 3, true, true), ([.fingerprints, .irises], 0, false, false),
            ([.fingerprints, .irises], 1, true, false), (.fingerprints, 2, false, false), (.irises, 2, false, true),
        ] as [(TerminalPKI.Rights, UInt8, Bool, Bool)])
    func rights(_ rights: TerminalPKI.Rights, _ named: UInt8, _ dg3: Bool, _ dg4: Bool) async throws {
        let pki = try Self.pki(rights)
        let steps = try ExtendedAccessSteps(pki)
        try await steps.open(.init(pki), try #require(Authorization(.inspectionSystem, bits: [named])))
        let words = [dg3, dg4].map { $0 ? StatusWord.success : .securityStatusNotSatisfied }
        #expect(try await steps.status() == [.success, .success] + words)
    }

    /// Keys of Chip Authentication of other groups than PACE's, ciphers, key ids and passwords.
    @Test(arguments: [
        ("ECDH-AES-256:17@1", "ECDH-GM-AES-256:16", PACEPasswordReference.mrz),
        ("DH-AES-128:2", "ECDH-IM-AES-128:12", .can),
        ("ECDH-3DES+AES-192:13@4660", "DH-GM-3DES:0", .pin), ("DH-3DES:0@41", "DH-IM-AES-128:1", .can),
        ("ECDH-AES-128:18@256", "ECDH-CAM-AES-128:12", .can),
    ])
    func variants(_ chip: String, _ pace: String, _ reference: PACEPasswordReference) async throws {
        let pki = try Self.pki()
        let (key, offers) = try (
            PersonalisationOptions.ChipAuthenticationOption(text: chip), PACEOffer.list(text: pace)
        )
        let steps = try ExtendedAccessSteps(pki) { ($0.chipAuthentication, $0.pace) = ([key], offers) }
        try await steps.open(.init(pki), ExtendedAccessSteps.everything, reference)
        #expect(try await steps.status() == [.success, .success, .success, .success])
    }

    @Test("a PIN in the session of the CAN: the second PACE is the one that counts")
    func resumed() async throws {
        let pki = try Self.pki()
        let steps = try ExtendedAccessSteps(pki)
        let first = try await steps.pace()
        let second = try await steps.pace(ExtendedAccessSteps.everything, .pin)
        let chip = try steps.chipTerminal()
        let stale = try await refusal {
            try await steps.authenticateTerminal(.init(pki), first, announcing: chip.compressedKey)
        }
        #expect(stale?.code == .refused && stale?.statusWord == .authenticationFailed)
        try await steps.authenticateTerminal(.init(pki), second, announcing: chip.compressedKey)
        try await steps.authenticateChip(chip)
        #expect(try await steps.status() == [.success, .success, .success, .success])
    }

    @Test("auxiliary data is signed with the rest")
    func auxiliaryData() async throws {
        let pki = try Self.pki()
        let steps = try ExtendedAccessSteps(pki)
        let opened = try await steps.pace()
        let chip = try steps.chipTerminal()
        let date = try AuthenticatedAuxiliaryData.Template(
            #require(OID("0.4.0.127.0.7.3.1.4.2")), Array("20260301".utf8))
        try await steps.authenticateTerminal(
            .init(pki), opened, announcing: chip.compressedKey, auxiliaryData: AuthenticatedAuxiliaryData([date]))
        try await steps.authenticateChip(chip)
        #expect(try await steps.status()[1] == .success)
    }

    @Test("a link certificate changes the trust point for good")
    func trustPointsPersist() async throws {
        let validity = TestTerminal.today.adding(days: -10)...TestTerminal.today.adding(days: 20)
        let later = TestTerminal.today.adding(days: -1)...TestTerminal.today.adding(days: 30)
        func reference(_ name: String) throws -> CVReference { try #require(CVReference(name)) }
        func key() throws -> PrivateKey { try CVAuthority.makeKey(for: .ecdsaSHA256) }
        let top = Authorization.inspectionSystem(.certificationAuthority, readsDG3: true, readsDG4: true)
        let middle = Authorization.inspectionSystem(.domesticDocumentVerifier, readsDG3: true, readsDG4: true)
        let root = try CVAuthority(
            root: reference("UTCVCA00001"), key: key(), algorithm: .ecdsaSHA256, authorization: top, validity: validity)
        let link = try root.issue(reference("UTCVCA00002"), key: key(), authorization: top, validity: later) {
            $0.includesDomainParameters = true
        }
        let verifier = try link.issue(reference("UTDV00001"), key: key(), authorization: middle, validity: later)
        let leaf = try verifier.issue(
            reference("UTIS00001"), key: key(), authorization: ExtendedAccessSteps.everything, validity: later)
        let steps = try ExtendedAccessSteps(trustPoint: root.certificate.encoded)
        try await steps.open(.init(link, verifier, leaf))
        #expect(try await steps.status()[1] == .success)
        steps.terminal.reset()
        #expect(
            try await steps.pace().trustPointNames == ["UTCVCA00002", "UTCVCA00001"].map { Array($0.utf8) })
        steps.terminal.reset()
        // The link is no longer needed.
        try await steps.open(.init(verifier, leaf))
        #expect(try await steps.status()[1] == .success)
    }
}
