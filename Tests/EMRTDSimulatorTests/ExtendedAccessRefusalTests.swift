import EMRTDCrypto
import EMRTDProtocol
import EMRTDSimulator
import EMRTDTestSupport
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// What a chip behind Extended Access Control version 2 refuses, and what it forgets.
@Suite("Extended Access Control version 2 refused by the chip")
struct ExtendedAccessRefusalTests {
    typealias Authorization = CertificateHolderAuthorization

    private let pki: TerminalPKI
    private let steps: ExtendedAccessSteps
    private let no = StatusWord.securityStatusNotSatisfied
    private var closed: [StatusWord] { [no, no, no, no] }
    private let setDST = CommandAPDU(
        ins: 0x22, p1: 0x81, p2: 0xB6, data: TLV.encode(0x83, Array("UTTESTCVCA00001".utf8)))
    private let challenge = CommandAPDU(ins: 0x84, expectedLength: 8)
    private let signature = CommandAPDU(ins: 0x82, data: [UInt8](repeating: 1, count: 64))
    private let masterFile = CommandAPDU(ins: 0xA4, p2: 0x0C)

    init() throws {
        pki = try TerminalPKI(country: "UT", today: TestTerminal.today)
        steps = try ExtendedAccessSteps(pki)
    }

    private func status(_ command: CommandAPDU) async throws -> StatusWord { try await steps.terminal.status(command) }

    /// The chip's static key as its maker knows it: for terminals that may not read EF.CardSecurity.
    private func chipKey() throws -> KeyAgreementPublicKey {
        try #require(steps.terminal.chip.document.chipAuthenticationKeys.first).keyPair.publicKey
    }

    /// What Chip Authentication ends with; `nil` where it goes well.
    private func chipRefusal(
        _ run: consuming ChipAuthentication2Terminal, key: KeyAgreementPublicKey? = nil
    ) async throws -> ProtocolError? {
        let chipKey = try key ?? chipKey()
        let session = try #require(steps.terminal.session)
        do { _ = try await run.run(session, chipKey: chipKey) } catch let error as ProtocolError { return error }
        return nil
    }

    @Test("without secure messaging, or without an authorization in PACE, there is no Terminal Authentication")
    func withoutAuthorization() async throws {
        for command in [setDST, challenge, signature, CommandAPDU(ins: 0x2A, p2: 0xBE, data: [0x7F, 0x4E, 0x00])] {
            #expect(try await status(command) == no, "in clear")
        }
        let opened = try await steps.pace(nil)
        #expect(opened.trustPointNames.isEmpty)
        for command in [setDST, challenge, signature] { #expect(try await status(command) == no) }
        let chip = try steps.chipTerminal()
        let chipStatus = try await chipRefusal(chip)?.statusWord
        #expect(chipStatus == no)
        #expect(try await steps.status() == closed)
    }

    @Test("an authorization of another type of terminal learns no trust point and gets no further")
    func anotherTerminalType() async throws {
        let authorization = try #require(Authorization(.authenticationTerminal, bits: [0, 0, 0, 1, 0xFF]))
        #expect(try await steps.pace(authorization).trustPointNames.isEmpty)
        #expect(try await status(setDST) == no)
        #expect(try await steps.status() == closed)
    }

    @Test("an authentication terminal passes both protocols and does not open the application")
    func authenticationTerminal() async throws {
        let validity = TestTerminal.today.adding(days: -10)...TestTerminal.today.adding(days: 20)
        func rights(_ first: UInt8) throws -> Authorization {
            try #require(Authorization(.authenticationTerminal, bits: [first, 0xFF, 0xFF, 0xFF, 0xFF]))
        }
        func key() throws -> PrivateKey { try CVAuthority.makeKey(for: .ecdsaSHA256) }
        let root = try CVAuthority(
            root: #require(CVReference("UTATCVCA00001")), key: key(), algorithm: .ecdsaSHA256,
            authorization: rights(0xFF), validity: validity)
        let verifier = try root.issue(
            #require(CVReference("UTATDV00001")), key: key(), authorization: rights(0xBF), validity: validity)
        let leaf = try verifier.issue(
            #require(CVReference("UTAT00001")), key: key(), authorization: rights(0x3F), validity: validity)
        let other = try ExtendedAccessSteps(trustPoint: root.certificate.encoded)
        try await other.open(.init(verifier, leaf), rights(0x3F))
        #expect(try await other.status() == [.success, no, no, no])
    }

    @Test(
        "an authorization that is none is refused before PACE",
        arguments: [
            "7F4C00", "7F4C0E060904007F000703010204530103", "7F4C0F060904007F00070301020153020003",
            "7F4C0E060904007F0007030102015301",
            "7F4C0B060904007F000703010201", "7F4C0E060904007F000703010201530103 7F4C0E060904007F000703010201530103",
        ])
    func badAuthorization(_ template: String) async throws {
        let offer = try #require(try steps.terminal.offers().first)
        let data =
            TLV.encode(0x80, offer.protocol.objectIdentifier.encoded) + TLV.encode(0x83, [2])
            + hex(template.filter { $0 != " " })
        let set = CommandAPDU(ins: 0x22, p1: 0xC1, p2: 0xA4, data: data)
        #expect(try await status(set) == .incorrectData)
        #expect(
            try await status(CommandAPDU(cla: 0x10, ins: 0x86, data: [0x7C, 0x00], expectedLength: 256))
                == .conditionsOfUseNotSatisfied)
    }

    @Test("the order of Terminal Authentication")
    func order() async throws {
        let opened = try await steps.pace()
        #expect(try await status(challenge) == .conditionsOfUseNotSatisfied)
        #expect(try await status(signature) == .conditionsOfUseNotSatisfied)
        let verify = CommandAPDU(ins: 0x2A, p2: 0xBE, data: Array(pki.documentVerifier.dropFirst(4)))
        #expect(try await status(verify) == .conditionsOfUseNotSatisfied, "no key was chosen")
        #expect(try await status(setDST) == .success)
        let unknown = CommandAPDU(ins: 0x22, p1: 0x81, p2: 0xB6, data: TLV.encode(0x83, Array("UTNOBODY00001".utf8)))
        #expect(try await status(unknown) == .referencedDataNotFound)
        // MSE:Set AT in the form of version 1, and of version 2 with a name that no certificate brought.
        let name = TLV.encode(0x83, Array("UTTESTIS00001".utf8))
        #expect(try await status(CommandAPDU(ins: 0x22, p1: 0x81, p2: 0xA4, data: name)) == .incorrectData)
        let algorithm = TLV.encode(0x80, TerminalSignatureAlgorithm.ecdsaSHA256.objectIdentifier.encoded)
        let full = algorithm + name + TLV.encode(0x91, [UInt8](repeating: 1, count: 32))
        #expect(try await status(CommandAPDU(ins: 0x22, p1: 0x81, p2: 0xA4, data: full)) == .referencedDataNotFound)
        #expect(try await steps.status() == closed)

        // None of that spoilt the session; once it is over, nothing of it can be had again.
        #expect(try await status(masterFile) == .success)
        let chip = try steps.chipTerminal()
        let announced = chip.compressedKey
        try await steps.authenticateTerminal(.init(pki), opened, announcing: announced)
        for command in [setDST, challenge, signature] { #expect(try await status(command) == no, "a second time") }
        try await steps.authenticateChip(chip)
        #expect(try await status(setDST) == no)
        #expect(try await steps.status()[1] == .success)
    }

    @Test("Chip Authentication before Terminal Authentication, and version 1 at any time")
    func chipAuthenticationOutOfOrder() async throws {
        let parameters = try steps.parameters()
        let set = CommandAPDU(
            ins: 0x22, p1: 0x41, p2: 0xA4,
            data: TLV.encode(0x80, parameters.protocol.objectIdentifier.encoded) + TLV.encode(0x84, [41]))
        #expect(try await status(set) == no, "in clear")
        let opened = try await steps.pace()
        let early = try steps.chipTerminal()
        let earlyStatus = try await chipRefusal(early)?.statusWord
        #expect(earlyStatus == no)
        let chip = try steps.chipTerminal()
        let template = TLV.encode(0x7C, TLV.encode(0x80, chip.ephemeralPublicKey))
        let general = CommandAPDU(ins: 0x86, data: template, expectedLength: 256)
        try await steps.authenticateTerminal(.init(pki), opened, announcing: chip.compressedKey)
        #expect(try await status(general) == .conditionsOfUseNotSatisfied, "no key was chosen")
        for (data, word) in [
            ([], .incorrectData), (TLV.encode(0x84, [41]), .incorrectData),
            (
                TLV.encode(0x80, parameters.protocol.objectIdentifier.encoded) + TLV.encode(0x84, [42]),
                .referencedDataNotFound
            ),
            (TLV.encode(0x80, hex("04007F00070202030204")), .referencedDataNotFound),
        ] as [([UInt8], StatusWord)] {
            #expect(try await status(CommandAPDU(ins: 0x22, p1: 0x41, p2: 0xA4, data: data)) == word)
            #expect(try await status(general) == .conditionsOfUseNotSatisfied)
        }
        let keyAgreement = CommandAPDU(
            ins: 0x22, p1: 0x41, p2: 0xA6, data: TLV.encode(0x91, chip.ephemeralPublicKey) + TLV.encode(0x84, [41]))
        #expect(try await status(keyAgreement) == .incorrectP1P2)
        #expect(try await status(set) == .success)
        #expect(try await status(CommandAPDU(ins: 0x86, data: [0x7C, 0x00], expectedLength: 256)) == .incorrectData)
        #expect(try await status(set) == .success)
        var broken = template
        broken[broken.count - 1] ^= 1
        #expect(
            try await status(CommandAPDU(ins: 0x86, data: broken, expectedLength: 256)) == .incorrectData,
            "a point off the curve")
        #expect(try await steps.status() == [.success, no, no, no])
    }

    @Test("another key than Terminal Authentication announced")
    func anotherKey() async throws {
        let opened = try await steps.pace()
        let chip = try steps.chipTerminal()
        let other = try steps.chipTerminal()
        try await steps.authenticateTerminal(.init(pki), opened, announcing: chip.compressedKey)
        let refused = try await chipRefusal(other)
        #expect(refused?.code == .refused && refused?.statusWord == .authenticationFailed)
        #expect(try await steps.status() == [.success, no, no, no])
        #expect(try await status(masterFile) == .success)
        try await steps.authenticateChip(chip)
        #expect(try await steps.status()[1] == .success, "the right one still goes")
    }

    @Test("certificates of another authority of the same name, altered and expired ones")
    func badCertificates() async throws {
        let foreign = try TerminalPKI(country: "UT", today: TestTerminal.today)
        let old = try TerminalPKI(country: "UT", today: TestTerminal.today.adding(days: -60))
        let opened = try await steps.pace()
        let chip = try steps.chipTerminal()
        let announced = chip.compressedKey
        let refused = try await refusal {
            try await steps.authenticateTerminal(.init(foreign), opened, announcing: announced)
        }
        #expect(refused?.code == .refused && refused?.statusWord == .authenticationFailed)
        for index in [20, 120, pki.documentVerifier.count - 5] {
            var bytes = pki.documentVerifier
            bytes[index] ^= 1
            #expect(try await status(setDST) == .success)
            let word = try await status(CommandAPDU(ins: 0x2A, p2: 0xBE, data: Array(bytes.dropFirst(4))))
            #expect(word == .authenticationFailed || word == .incorrectData, "byte \(index)")
        }
        #expect(try await steps.status() == closed)

        let expired = try ExtendedAccessSteps(trustPoint: old.certificationAuthority)
        #expect(try await refusal { try await expired.open(.init(old)) }?.statusWord == .authenticationFailed)
        #expect(try await expired.status() == closed)
    }

    @Test("a signature for another key, another session or without its auxiliary data")
    func badSignatures() async throws {
        let other = try await steps.pace()
        steps.terminal.reset()
        let opened = try await steps.pace()
        let credentials = try TerminalCredentials(pki)
        let chip = try steps.chipTerminal()
        let announced = chip.compressedKey
        let stale = try await refusal {
            try await steps.authenticateTerminal(credentials, other, announcing: announced)
        }
        #expect(stale?.code == .refused && stale?.statusWord == .authenticationFailed, "signed for another session")

        let chain = try credentials.path(from: opened.trustPointNames.compactMap { CVReference($0) })
        let session = try #require(steps.terminal.session)
        let identifierOfDate = try #require(OID("0.4.0.127.0.7.3.1.4.2"))
        let auxiliary = try #require(
            AuthenticatedAuxiliaryData([.init(identifierOfDate, Array("20260301".utf8))]))
        let key = credentials.key
        let identifier = try opened.domain.compressed(publicKey: opened.chipKey)
        let objects = [
            TLV.encode(0x80, chain.terminal.algorithm.objectIdentifier.encoded),
            TLV.encode(0x83, chain.terminal.holderReference.bytes), auxiliary.encoded, TLV.encode(0x91, announced),
        ]
        let set = CommandAPDU(ins: 0x22, p1: 0x81, p2: 0xA4, data: objects.flatMap { $0 })
        for (signed, data) in [
            (announced, []), ([UInt8](repeating: 7, count: announced.count), auxiliary.encoded), ([], []),
        ] as [([UInt8], [UInt8])] {
            #expect(try await status(set) == .success)
            let binding = TerminalAuthenticationBinding(
                chipIdentifier: identifier, announced: signed, auxiliaryData: data)
            let refused = try await refusal {
                try await TerminalAuthenticationSteps.answerChallenge(
                    session, binding: binding, key: key, algorithm: chain.terminal.algorithm)
            }
            #expect(refused?.statusWord == .authenticationFailed)
            // A challenge is for one signature.
            #expect(try await status(signature) == .conditionsOfUseNotSatisfied)
        }
        #expect(try await steps.status() == closed)
        let chipStatus = try await chipRefusal(chip)?.statusWord
        #expect(chipStatus == no)
    }

    @Test("a terminal without the chip's key of EF.CardSecurity notices; the chip then speaks with keys of its own")
    func wrongChipKey() async throws {
        let opened = try await steps.pace()
        let chip = try steps.chipTerminal()
        try await steps.authenticateTerminal(.init(pki), opened, announcing: chip.compressedKey)
        let key = try KeyAgreementKeyPair.generate(try steps.parameters().domain).publicKey
        let failed = try await chipRefusal(chip, key: key)
        #expect(failed?.code == .authenticationFailed)
        // The old session is over on the chip's side: its next command is not understood, and ends all.
        await #expect(throws: (any Error).self) { try await self.steps.terminal.selectApplication() }
        steps.terminal.abandon()
        #expect(try await steps.status() == closed)
    }

    @Test("a plain command, a wrong MAC and a new PACE end the rights, also of a file that was selected")
    func forgotten() async throws {
        let credentials = try TerminalCredentials(pki)
        let read = CommandAPDU.readBinary(offset: 0, length: 4)
        func open() async throws {
            steps.terminal.reset()
            try await steps.open(credentials)
            #expect(try await steps.status() == [.success, .success, .success, .success])
            #expect(try await status(.select(file: 0x0103)) == .success)
            #expect(try await status(read) == .success)
        }
        try await open()
        #expect(steps.terminal.send("00B0000004") == "6986", "in clear")
        steps.terminal.abandon()
        #expect(try await steps.status() == closed)

        try await open()
        #expect(steps.terminal.send("0CB000000D9701048E08000000000000000000") == "6988", "a wrong MAC")
        steps.terminal.abandon()
        #expect(try await steps.status() == closed)

        for authorization in [nil, ExtendedAccessSteps.everything] {
            try await open()
            _ = try await steps.pace(authorization)
            #expect(try await status(read) == no, "selected before PACE")
            #expect(try await status(.readBinaryOdd(offset: 0, length: 8)) == no)
            #expect(try await steps.status() == closed)
        }
    }

    @Test("quirks of Chip Authentication")
    func quirks() async throws {
        let steps = try ExtendedAccessSteps(pki) { $0.quirks = [.ca6F00] }
        #expect(try await refusal { try await steps.open(.init(pki)) }?.statusWord == .unknownError)
        #expect(try await steps.status() == [.success, no, no, no])
        let zeros = try ExtendedAccessSteps(pki) { $0.quirks = [.leadingZeros] }
        try await zeros.open(.init(pki))
        #expect(try await zeros.status() == [.success, .success, .success, .success])
        #expect(throws: PersonalisationError(.invalidOption, "")) {
            try ExtendedAccessSteps(pki) { $0.quirks = [.caInfoMissing] }
        }
    }

    @Test("INTERNAL AUTHENTICATE is part of the application")
    func activeAuthentication() async throws {
        let steps = try ExtendedAccessSteps(pki) { $0.activeAuthentication = .ecdsa(.secp256r1, .sha256) }
        let command = CommandAPDU(ins: 0x88, data: [UInt8](repeating: 1, count: 8), expectedLength: 256)
        _ = try await steps.pace()
        #expect(try await steps.terminal.status(command) == no)
        steps.terminal.reset()
        try await steps.open(.init(pki))
        try await steps.terminal.selectApplication()
        #expect(try await steps.terminal.status(command) == .success)
    }
}
