import EMRTDCrypto
import EMRTDProtocol
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// The steps of Extended Access Control version 2 that a terminal takes with a simulated identity card, one at a time.
struct ExtendedAccessSteps {
    typealias Authorization = CertificateHolderAuthorization

    let terminal: TestTerminal
    static let everything = Authorization.inspectionSystem(readsDG3: true, readsDG4: true)

    /// What PACE gave.
    struct Opened {
        let chipKey: [UInt8]
        let domain: DomainParameters
        let trustPointNames: [[UInt8]]
    }

    /// A card behind version 2 with DG3 and DG4.
    init(trustPoint: [UInt8], _ change: (inout PersonalisationOptions) -> Void = { _ in }) throws {
        var options = PersonalisationOptions.identityCardEAC2(today: TestTerminal.today, trustPoints: [trustPoint])
        options.includesIrises = true
        change(&options)
        terminal = TestTerminal(try SimulatedChip(try Personaliser(options).personalise()))
    }

    init(_ pki: TerminalPKI, _ change: (inout PersonalisationOptions) -> Void = { _ in }) throws {
        try self.init(trustPoint: pki.certificationAuthority, change)
    }

    /// PACE with a password; without an authorization as ICAO knows it.
    func pace(
        _ authorization: Authorization? = everything, _ reference: PACEPasswordReference = .can
    ) async throws -> Opened {
        let offer = try #require(try terminal.offers().first)
        let success = try await PACETerminal(
            offer, password: terminal.password(reference), authorization: authorization?.templateContent
        ).run(terminal.session ?? terminal.plain as any APDUExchange)
        let opened = Opened(
            chipKey: success.chipEphemeralKey, domain: offer.domain,
            trustPointNames: success.certificationAuthorityReferences)
        terminal.begin(try success.keys.makeContext())
        return opened
    }

    /// What EF.CardAccess offers, with a fresh ephemeral key.
    func chipTerminal() throws -> ChipAuthentication2Terminal {
        try ChipAuthentication2Terminal(try parameters())
    }

    func parameters() throws -> ChipAuthentication2Parameters {
        try #require(ChipAuthentication2Parameters.choices(terminal.infos("EF.CardAccess")).first)
    }

    func authenticateTerminal(
        _ credentials: TerminalCredentials, _ opened: Opened, announcing key: [UInt8],
        auxiliaryData: AuthenticatedAuxiliaryData? = nil
    ) async throws {
        _ = try await TerminalAuthentication2Terminal(credentials, trustPointNames: opened.trustPointNames).run(
            try #require(terminal.session), chipKey: opened.chipKey, domain: opened.domain, announced: key,
            auxiliaryData: auxiliaryData)
    }

    /// Chip Authentication with the key of EF.CardSecurity as the chip gives it, and the session after it.
    func authenticateChip(_ run: consuming ChipAuthentication2Terminal) async throws {
        let file = try CardSecurity(encoded: try await terminal.read("EF.CardSecurity", block: 200))
        let key = try #require(try parameters().publicKey(in: file.securityInfos))
        let success = try await run.run(try #require(terminal.session), chipKey: key)
        terminal.begin(try success.keys.makeContext())
    }

    /// All of it.
    func open(
        _ credentials: TerminalCredentials, _ authorization: Authorization = everything,
        _ reference: PACEPasswordReference = .can
    ) async throws {
        let opened = try await pace(authorization, reference)
        let chip = try chipTerminal()
        try await authenticateTerminal(credentials, opened, announcing: chip.compressedKey)
        try await authenticateChip(chip)
    }

    /// The status words of SELECT for EF.CardSecurity in the MF, and for DG1, DG3 and DG4 in the application.
    func status() async throws -> [StatusWord] {
        var words: [StatusWord] = []
        #expect(try await terminal.status(CommandAPDU(ins: 0xA4, p2: 0x0C, data: [0x3F, 0x00])) == .success)
        words.append(try await terminal.status(.select(file: 0x011D)))
        try await terminal.selectApplication()
        for file in [0x0101, 0x0103, 0x0104] as [UInt16] {
            words.append(try await terminal.status(.select(file: file)))
        }
        return words
    }
}

/// The code and the status word of the `ProtocolError` that a step ends with; `nil` where it goes well.
func refusal(_ step: () async throws -> Void) async throws -> (code: ProtocolError.Code, statusWord: StatusWord?)? {
    do { try await step() } catch let error as ProtocolError { return (error.code, error.statusWord) }
    return nil
}

extension TerminalCredentials {
    /// Those of a test PKI.
    init(_ pki: TerminalPKI) throws {
        var key = try pki.encodedTerminalKey()
        try self.init(
            certificates: [pki.documentVerifier, pki.inspectionSystem], key: SoftwareTerminalKey(clearing: &key))
    }

    /// Those of certificates from the top to the terminal.
    init(_ path: CVAuthority...) throws {
        try self.init(
            certificates: path.map(\.certificate.encoded), key: SoftwareTerminalKey(try #require(path.last).key))
    }
}
