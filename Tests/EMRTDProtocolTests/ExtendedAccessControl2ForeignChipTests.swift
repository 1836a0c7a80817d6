import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// Our terminal's side of Extended Access Control version 2 with a chip that nobody here wrote (OpenPACE): PACE with an
/// authorization template, Terminal Authentication and Chip Authentication, then a file that only this opens.
@Suite struct ExtendedAccessControl2ForeignChipTests {
    private typealias Rights = CertificateHolderAuthorization

    private static let can = "003201"
    private static let dg3: [UInt8] = [0x63, 0x01, 0x03]

    /// A chip with the trust point of a PKI, and the session that PACE opened with it.
    private final class Session {
        let pki: TerminalPKI
        let key: KeyAgreementKeyPair
        let chip: ForeignChip
        let parameters: ChipAuthentication2Parameters
        let pace: PACEParameters
        let messaging: SecureMessaging
        let chipEphemeralKey: [UInt8]
        let trustPointNames: [[UInt8]]

        init(
            _ algorithm: TerminalSignatureAlgorithm = .ecdsaSHA256, cipher: SessionCipher = .aes128,
            domain: DomainParameters = .ecdh(.brainpoolP256r1), keyId: UInt8 = 0x41, fault: String? = nil,
            rights: Rights? = nil
        ) async throws {
            pki = try TerminalPKI(algorithm)
            key = try KeyAgreementKeyPair.generate(domain)
            let name =
                switch cipher {
                case .tripleDES: "3DES"
                case .aes128: "AES-128"
                case .aes192: "AES-192"
                case .aes256: "AES-256"
                }
            chip = try ForeignChip(
                [
                    "--can", can, "--trust", hex(pki.root.certificate.encoded), "--private",
                    hex(open(key.scalar.copy())), "--public", hex(key.publicKey.encoded), "--cipher", name,
                    "--parameter-id", String(domain.parameterId), "--key-id", String(keyId),
                ] + (fault.map { ["--fault", $0] } ?? []))
            let selected = try await chip.exchange(.select(file: 0x011C)).statusWord
            #expect(selected == .success)
            let file = try await chip.exchange(CommandAPDU(ins: 0xB0, expectedLength: 256)).data
            let infos = try EFCardAccess(parsing: file).securityInfos
            pace = try #require(PACEParameters.choices(infos).first)
            parameters = try #require(ChipAuthentication2Parameters.choices(infos).first)
            #expect(parameters.keyId == [keyId] && parameters.domain == domain)
            #expect(parameters.protocol == ChipAuthenticationProtocol(agreement: .ecdh, cipher: cipher))
            let success = try await PACETerminal(
                pace, password: PACEPassword(.can, secret: SharedSecret(try SecretBytes(copying: Array(can.utf8)))),
                authorization: (rights ?? pki.terminal.certificate.authorization).templateContent
            ).run(chip)
            chipEphemeralKey = success.chipEphemeralKey
            trustPointNames = success.certificationAuthorityReferences
            messaging = SecureMessaging(over: chip, context: try success.keys.makeContext())
        }

        func makeTerminal() throws -> ChipAuthentication2Terminal { try ChipAuthentication2Terminal(parameters) }

        @discardableResult
        func authenticateTerminal(
            _ announced: [UInt8], credentials: TerminalCredentials? = nil, chipKey: [UInt8]? = nil,
            auxiliaryData: AuthenticatedAuxiliaryData? = nil
        ) async throws -> TerminalAuthenticationTerminal.Success {
            try await TerminalAuthentication2Terminal(
                credentials ?? pki.credentials(), trustPointNames: trustPointNames
            ).run(
                messaging, chipKey: chipKey ?? chipEphemeralKey, domain: pace.domain, announced: announced,
                auxiliaryData: auxiliaryData)
        }

        /// What Chip Authentication fails with; `nil` where it succeeds.
        func chipAuthenticationError(
            _ terminal: consuming ChipAuthentication2Terminal, chipKey: KeyAgreementPublicKey? = nil
        ) async throws -> ProtocolError? {
            do {
                _ = try await terminal.run(messaging, chipKey: chipKey ?? key.publicKey)
                return nil
            } catch let error as ProtocolError {
                return error
            }
        }

        /// DG3, or the status word that refuses it.
        func readDG3(_ messaging: SecureMessaging? = nil) async throws -> ResponseAPDU {
            let messaging = messaging ?? self.messaging
            let selected = try await messaging.exchange(
                .select(application: [0xA0, 0, 0, 2, 0x47, 0x10, 0x01])
            ).statusWord
            #expect(selected == .success)
            return try await messaging.exchange(CommandAPDU(ins: 0xB0, p1: 0x83, expectedLength: 256))
        }
    }

    @Test(arguments: [
        (TerminalSignatureAlgorithm.ecdsaSHA256, SessionCipher.aes128, DomainParameters.ecdh(.brainpoolP256r1)),
        (.ecdsaSHA512, .aes256, .ecdh(.brainpoolP512r1)), (.ecdsaSHA384, .aes192, .ecdh(.secp384r1)),
        (.ecdsaSHA1, .aes128, .ecdh(.secp521r1)), (.rsaPSSSHA256, .tripleDES, .ecdh(.secp256r1)),
        (.rsaPKCS1SHA256, .aes256, .ecdh(.secp256r1)), (.rsaPKCS1SHA1, .tripleDES, .ecdh(.brainpoolP256r1)),
    ])
    func wholeProcedure(
        _ algorithm: TerminalSignatureAlgorithm, _ cipher: SessionCipher, _ domain: DomainParameters
    ) async throws {
        let session = try await Session(algorithm, cipher: cipher, domain: domain)
        #expect(session.trustPointNames == [session.pki.root.certificate.holderReference.bytes])
        #expect(try await session.readDG3().statusWord == 0x6982)
        let terminal = try session.makeTerminal()
        try await session.authenticateTerminal(terminal.compressedKey)
        // Terminal Authentication alone opens nothing.
        #expect(try await session.readDG3().statusWord == 0x6982)
        let success = try await terminal.run(session.messaging, chipKey: session.key.publicKey)
        let next = SecureMessaging(over: session.chip, context: try success.keys.makeContext())
        let answer = try await session.readDG3(next)
        #expect(answer == ResponseAPDU(data: Self.dg3, statusWord: .success))
    }

    @Test func auxiliaryDataIsSigned() async throws {
        let session = try await Session()
        // A date of birth to compare with: id-DateOfBirth (TR-03110-3, A.6.5.1).
        let identifier = try #require(OID("0.4.0.127.0.7.3.1.4.1"))
        let data = try #require(AuthenticatedAuxiliaryData([.init(identifier, Array("20080101".utf8))]))
        let terminal = try session.makeTerminal()
        try await session.authenticateTerminal(terminal.compressedKey, auxiliaryData: data)
        let success = try await terminal.run(session.messaging, chipKey: session.key.publicKey)
        let next = SecureMessaging(over: session.chip, context: try success.keys.makeContext())
        #expect(try await session.readDG3(next).statusWord == .success)
    }

    /// The authorization template of PACE restricts what the certificates give.
    @Test func templateRestrictsRights() async throws {
        let session = try await Session(rights: .inspectionSystem(readsDG3: false, readsDG4: false))
        let terminal = try session.makeTerminal()
        try await session.authenticateTerminal(terminal.compressedKey)
        let success = try await terminal.run(session.messaging, chipKey: session.key.publicKey)
        let next = SecureMessaging(over: session.chip, context: try success.keys.makeContext())
        #expect(try await session.readDG3(next).statusWord == 0x6982)
    }

    // MARK: Cards that cheat

    /// A chip without the private key of the signed file.
    @Test func copies() async throws {
        let session = try await Session()
        let signed = try KeyAgreementKeyPair.generate(session.parameters.domain).publicKey
        let terminal = try session.makeTerminal()
        try await session.authenticateTerminal(terminal.compressedKey)
        let error = try await session.chipAuthenticationError(terminal, chipKey: signed)
        #expect(error?.code == .authenticationFailed)
    }

    @Test(arguments: ["nonce", "token"]) func spoiltAnswers(_ fault: String) async throws {
        let session = try await Session(fault: fault)
        let terminal = try session.makeTerminal()
        try await session.authenticateTerminal(terminal.compressedKey)
        let error = try await session.chipAuthenticationError(terminal)
        #expect(error?.code == .authenticationFailed)
    }

    // MARK: What the chip must refuse

    @Test func anotherKeyThanTheAnnouncedOne() async throws {
        let session = try await Session()
        try await session.authenticateTerminal(session.makeTerminal().compressedKey)
        let error = try await session.chipAuthenticationError(session.makeTerminal())
        #expect(error?.code == .refused && error?.statusWord == 0x6300)
    }

    @Test func chipAuthenticationWithoutTerminalAuthentication() async throws {
        let session = try await Session()
        let terminal = try session.makeTerminal()
        let error = try await session.chipAuthenticationError(terminal)
        #expect(error?.code == .refused && error?.statusWord == 0x6982)
    }

    /// A signature for the chip of another session.
    @Test func signaturesForAnotherChip() async throws {
        let session = try await Session()
        let other = try KeyAgreementKeyPair.generate(session.pace.domain).publicKey.encoded
        let compressed = try session.makeTerminal().compressedKey
        let error = await protocolError { try await session.authenticateTerminal(compressed, chipKey: other) }
        #expect(error?.statusWord == 0x6300 && error?.step == "Terminal Authentication: EXTERNAL AUTHENTICATE")
    }

    /// A key that signs something else than it was asked to.
    private struct SpoilingKey: TerminalKey {
        let key: SoftwareTerminalKey

        func sign(_ message: [UInt8], algorithm: TerminalSignatureAlgorithm) async throws -> [UInt8] {
            try await key.sign(message + [0], algorithm: algorithm)
        }
    }

    @Test(arguments: [TerminalSignatureAlgorithm.ecdsaSHA256, .rsaPSSSHA256])
    func wrongSignatures(_ algorithm: TerminalSignatureAlgorithm) async throws {
        let session = try await Session(algorithm)
        let pki = session.pki
        let credentials = try TerminalCredentials(
            certificates: [pki.verifier, pki.terminal].map(\.certificate.encoded), key: SpoilingKey(key: pki.key))
        let compressed = try session.makeTerminal().compressedKey
        let error = await protocolError { try await session.authenticateTerminal(compressed, credentials: credentials) }
        #expect(error?.statusWord == 0x6300 && error?.step == "Terminal Authentication: EXTERNAL AUTHENTICATE")
    }

    /// Certificates of an authority with the same name and another key.
    @Test func certificatesOfAnotherAuthority() async throws {
        let session = try await Session()
        let compressed = try session.makeTerminal().compressedKey
        let error = await protocolError {
            try await session.authenticateTerminal(compressed, credentials: TerminalPKI().credentials())
        }
        #expect(error?.statusWord == 0x6300 && error?.step == "Terminal Authentication: PSO Verify Certificate")
    }
}
