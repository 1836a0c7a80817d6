import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// A chip that knows Terminal Authentication version 2 alone, in a session with a given template.
private final class Card: APDUExchange {
    var chip: TerminalAuthentication2Chip
    var alter: (inout CommandAPDU) -> Void = { _ in }
    var alterAnswer: (CommandAPDU, inout ResponseAPDU) -> Void = { _, _ in }
    private(set) var commands: [CommandAPDU] = []

    init(
        _ trustPoints: [CVTrustPoints], chipKey: [UInt8],
        _ authorization: CertificateHolderAuthorization = .inspectionSystem(readsDG3: true, readsDG4: true)
    ) throws {
        chip = TerminalAuthentication2Chip(trustPoints: trustPoints)
        chip.begin(
            authorization, chipIdentifier: try TerminalAuthentication2Tests.domain.compressed(publicKey: chipKey))
    }

    func exchange(_ command: CommandAPDU) async throws -> ResponseAPDU {
        var command = command
        alter(&command)
        commands.append(command)
        var answer = try chip.process(command) ?? ResponseAPDU(statusWord: .instructionNotSupported)
        alterAnswer(command, &answer)
        return answer
    }

    func payloadCapacity(ofResponse length: Int) -> Int { length }
}

/// Terminal Authentication version 2: both sides against each other, against the worked example of BSI, and against cheats.
@Suite struct TerminalAuthentication2Tests {
    static let domain = DomainParameters.ecdh(.brainpoolP256r1)
    private let pki: TerminalPKI
    private let chipKey: [UInt8]
    private let announced: [UInt8]

    init() throws {
        pki = try TerminalPKI()
        chipKey = try KeyAgreementKeyPair.generate(Self.domain).publicKey.encoded
        announced = try Self.domain.compressed(publicKey: KeyAgreementKeyPair.generate(Self.domain).publicKey.encoded)
    }

    private func run(
        _ card: Card, _ pki: TerminalPKI? = nil, _ auxiliaryData: AuthenticatedAuxiliaryData? = nil
    ) async throws -> TerminalAuthenticationTerminal.Success {
        let names = card.chip.references(for: .inspectionSystem).map(\.bytes)
        return try await TerminalAuthentication2Terminal((pki ?? self.pki).credentials(), trustPointNames: names)
            .run(
                card, chipKey: chipKey, domain: Self.domain, announced: announced, auxiliaryData: auxiliaryData)
    }

    private func makeCard(
        _ authorization: CertificateHolderAuthorization = .inspectionSystem(readsDG3: true, readsDG4: true)
    ) throws -> Card {
        try Card([pki.trustPoints()], chipKey: chipKey, authorization)
    }

    private static func auxiliaryData() throws -> AuthenticatedAuxiliaryData {
        // id-DateOfExpiry.
        let identifier = try #require(OID("0.4.0.127.0.7.3.1.4.2"))
        return try #require(AuthenticatedAuxiliaryData([.init(identifier, Array("20201231".utf8))]))
    }

    // MARK: Runs

    @Test(arguments: TerminalSignatureAlgorithm.allCases)
    func everyAlgorithm(_ algorithm: TerminalSignatureAlgorithm) async throws {
        let pki = try TerminalPKI(algorithm)
        let card = try Card([pki.trustPoints()], chipKey: chipKey)
        let success = try await run(card, pki)
        #expect(success.chain.terminal == pki.terminal.certificate)
        let granted = try #require(card.chip.grantedAuthorization)
        #expect(granted.readsDG3 && !granted.readsDG4)
        #expect(card.chip.announcedKey == announced && card.chip.auxiliaryData == nil)
        let setting = try #require(card.commands.first { $0.p1 == 0x81 && $0.p2 == 0xA4 })
        #expect(
            setting.data
                == TLV.encode(0x80, algorithm.objectIdentifier.encoded)
                + TLV.encode(0x83, pki.terminal.certificate.holderReference.bytes) + TLV.encode(0x91, announced))
    }

    @Test func auxiliaryDataIsSigned() async throws {
        let auxiliary = try Self.auxiliaryData()
        let card = try makeCard()
        _ = try await run(card, nil, auxiliary)
        #expect(card.chip.auxiliaryData == auxiliary)
        // A chip that got other data than was signed refuses.
        let cheated = try makeCard()
        cheated.alter = { command in
            let sent = auxiliary.encoded
            guard let start = command.data.indices.first(where: { command.data[$0...].starts(with: sent) }) else {
                return
            }
            command.data[start + sent.count - 1] ^= 1
        }
        let error = await protocolError { _ = try await run(cheated, nil, auxiliary) }
        #expect(error?.code == .refused && error?.statusWord == 0x6300 && cheated.chip.grantedAuthorization == nil)
    }

    /// The template of PACE restricts what the certificates give.
    @Test func theTemplateOfPACERestricts() async throws {
        let card = try makeCard(.inspectionSystem(readsDG3: false, readsDG4: true))
        _ = try await run(card)
        let granted = try #require(card.chip.grantedAuthorization)
        #expect(!granted.readsDG3 && !granted.readsDG4)
    }

    /// Trust points are kept by terminal type; links stay after the session.
    @Test func linksStay() async throws {
        let card = try makeCard()
        let credentials = try pki.credentials([pki.next, pki.nextVerifier, pki.nextTerminal])
        _ = try await TerminalAuthentication2Terminal(
            credentials, trustPointNames: [pki.root.certificate.holderReference.bytes]
        ).run(card, chipKey: chipKey, domain: Self.domain, announced: announced)
        #expect(card.chip.grantedAuthorization != nil)
        card.chip.reset()
        #expect(card.chip.grantedAuthorization == nil && card.chip.announcedKey == nil)
        let references = card.chip.references(for: .inspectionSystem)
        #expect(references == [pki.next.certificate.holderReference, pki.root.certificate.holderReference])
        #expect(card.chip.trustPoints.map(\.references) == [references])
        #expect(card.chip.references(for: .authenticationTerminal).isEmpty)
    }

    // MARK: The worked example

    private static let example = VectorEntry.all("04_eac_ca_ta.json")

    @Test(arguments: ["ecdh", "dh"]) func workedExample(_ flavour: String) async throws {
        let entry = try Self.example.named("eac-\(flavour)-ta-signature")
        let printed = try TerminalAuthenticationBinding(
            chipIdentifier: entry.inputs.bytes("ID_PICC"), announced: entry.inputs.bytes("Comp_PK_PCD"),
            auxiliaryData: entry.inputs.bytes("auxiliary_data"))
        let challenge = try entry.inputs.bytes("r_PICC")
        let message = printed.message(challenge: challenge)
        #expect(message == (try entry.intermediate.bytes("signed_message")))

        var file = try entry.inputs.bytes("ta_private_key_pkcs8")
        let key = try SoftwareTerminalKey(clearing: &file)
        let certificates = try ["dv", "terminal"].map {
            try Self.example.named("eac-\(flavour)-cvc-\($0)").inputs.bytes("certificate")
        }
        let credentials = try TerminalCredentials(certificates: certificates, key: key)
        let algorithm = try #require(credentials.terminalCertificates.first?.algorithm)
        let signature = try entry.outputs.bytes("signature")
        #expect(try key.publicKey.isValid(signature: signature, for: message, scheme: algorithm.scheme))

        // The whole run, with a chip that gives the printed challenge and takes everything.
        var sent: [UInt8] = []
        let card = AnsweringCard { command in
            if command.ins == 0x82 { sent = command.data }
            return ResponseAPDU(data: command.ins == 0x84 ? challenge : [], statusWord: .success)
        }
        let parameters = try #require(
            PACEParameters.choices(
                EFCardAccess(
                    parsing: Self.example.named("eac-\(flavour)-ef-cardaccess").outputs.bytes("EF_CardAccess")
                ).securityInfos
            ).first)
        let pace = try Self.example.named(
            flavour == "dh" ? "eac-dh-pace" : "eac-ecdh-pace-key-agreement-and-tokens")
        let root = try CVCertificate(
            parsing: Self.example.named("eac-\(flavour)-cvc-cvca").inputs.bytes("certificate"))
        _ = try await TerminalAuthentication2Terminal(
            credentials, trustPointNames: [root.holderReference.bytes]
        ).run(
            card, chipKey: pace.intermediate.bytes("picc_pub_key"), domain: parameters.domain,
            announced: entry.inputs.bytes("Comp_PK_PCD"))
        #expect(try key.publicKey.isValid(signature: sent, for: message, scheme: algorithm.scheme))
        // RSA with PKCS #1 v1.5 gives one signature.
        if algorithm.isRSA { #expect(sent == signature) }
        #expect(card.commands.map(\.ins) == [0x22, 0x2A, 0x22, 0x2A, 0x22, 0x84, 0x82])
        // A bit less or more of any part is another message.
        for index in message.indices {
            var other = message
            other[index] ^= 1
            #expect(
                try !key.publicKey.isValid(signature: signature, for: other, scheme: algorithm.scheme), "byte \(index)")
        }
    }

    // MARK: Terminals that cheat

    private func refusal(
        _ authorization: CertificateHolderAuthorization = .inspectionSystem(readsDG3: true, readsDG4: true),
        _ alter: @escaping (inout CommandAPDU) -> Void
    ) async throws -> ProtocolError? {
        let card = try makeCard(authorization)
        card.alter = alter
        let error = await protocolError { _ = try await run(card) }
        #expect(card.chip.grantedAuthorization == nil && card.chip.announcedKey == nil)
        return error
    }

    @Test func anotherKeyThanTheSignedOne() async throws {
        let error = try await refusal { command in
            if command.p1 == 0x81, command.p2 == 0xA4 { command.data[command.data.count - 1] ^= 1 }
        }
        #expect(error?.statusWord == 0x6300 && error?.step == "Terminal Authentication: EXTERNAL AUTHENTICATE")
    }

    @Test func wrongSignatures() async throws {
        for alter: @Sendable (inout [UInt8]) -> Void in [
            { $0[0] ^= 1 }, { $0[$0.count - 1] ^= 1 }, { $0.removeLast() }, { $0.append(0) }, { $0 = [] },
            { $0 = [UInt8](repeating: 0, count: 64) }, { $0 = [UInt8](repeating: 0xFF, count: 64) },
        ] {
            let error = try await refusal { command in if command.ins == 0x82 { alter(&command.data) } }
            #expect(error?.statusWord == 0x6300)
        }
    }

    /// The signature is for the chip of another session, or made for version 1.
    @Test func signaturesForAnotherChip() async throws {
        let card = try Card([pki.trustPoints()], chipKey: KeyAgreementKeyPair.generate(Self.domain).publicKey.encoded)
        let error = await protocolError { _ = try await run(card) }
        #expect(error?.statusWord == 0x6300 && card.chip.grantedAuthorization == nil)
    }

    @Test func malformedTemplates() async throws {
        let own = TerminalSignatureAlgorithm.ecdsaSHA256
        let algorithm = TLV.encode(0x80, own.objectIdentifier.encoded)
        let name = TLV.encode(0x83, pki.terminal.certificate.holderReference.bytes)
        let key = TLV.encode(0x91, announced)
        let auxiliary = try Self.auxiliaryData().encoded
        let templates: [([UInt8], StatusWord)] = [
            ([], 0x6A80), (name, 0x6A80), (algorithm + name, 0x6A80), (name + key, 0x6A80), (algorithm + key, 0x6A80),
            (algorithm + name + TLV.encode(0x91, []), 0x6A80), (algorithm + name + key + key, 0x6A80),
            (algorithm + name + key + [0x84, 0x01, 0x01], 0x6A80), (algorithm + name + key + [0x67, 0x00], 0x6A80),
            (algorithm + name + key + [0x00], 0x6A80), (Array((algorithm + name + key).dropLast()), 0x6A80),
            (TLV.encode(0x80, TerminalSignatureAlgorithm.ecdsaSHA1.objectIdentifier.encoded) + name + key, 0x6A80),
            (TLV.encode(0x80, TerminalSignatureAlgorithm.rsaPKCS1SHA256.objectIdentifier.encoded) + name + key, 0x6A80),
            (algorithm + TLV.encode(0x83, []) + key, 0x6A80),
            (algorithm + TLV.encode(0x83, Array("XXIS99999".utf8)) + key, 0x6A88),
            (algorithm + TLV.encode(0x83, pki.root.certificate.holderReference.bytes) + key, 0x6A80),
            (algorithm + name + TLV.encode(0x91, [UInt8](repeating: 1, count: 257)), 0x6A80),
        ]
        for (template, status) in templates {
            let error = try await refusal { command in
                if command.p1 == 0x81, command.p2 == 0xA4 { command.data = template }
            }
            #expect(error?.statusWord == status && error?.step == "Terminal Authentication: MSE:Set AT")
        }
        // Any order of objects will do.
        let card = try makeCard()
        card.alter = { command in if command.p1 == 0x81, command.p2 == 0xA4 { command.data = key + name + algorithm } }
        _ = try await run(card)
        let other = try makeCard()
        other.alter = { command in
            if command.p1 == 0x81, command.p2 == 0xA4 { command.data = algorithm + auxiliary + name + key }
        }
        // Auxiliary data that nobody signed.
        #expect(await protocolError { _ = try await run(other) }?.statusWord == 0x6300)
    }

    @Test func commandsInTheWrongOrder() async throws {
        let card = try makeCard()
        func send(_ ins: UInt8, _ p1: UInt8 = 0, _ p2: UInt8 = 0, _ data: [UInt8] = [], ne: Int? = nil) async throws
            -> StatusWord
        {
            try await card.exchange(CommandAPDU(ins: ins, p1: p1, p2: p2, data: data, expectedLength: ne)).statusWord
        }
        #expect(try await send(0x84, ne: 8) == 0x6985)
        #expect(try await send(0x82, 0, 0, [1, 2, 3]) == 0x6985)
        #expect(try await send(0x2A, 0x00, 0xBE, [0x7F, 0x4E, 0x00]) == 0x6985)
        #expect(try await send(0x22, 0x81, 0xB6, TLV.encode(0x83, Array("nobody".utf8))) == 0x6A88)
        #expect(try await send(0x22, 0x41, 0xA4) == 0x6D00)
        _ = try await run(card)
        // Once a terminal is authenticated, no other may take its place in the session.
        #expect(
            try await send(0x22, 0x81, 0xB6, TLV.encode(0x83, pki.root.certificate.holderReference.bytes)) == 0x6982)
        #expect(try await send(0x84, ne: 8) == 0x6982)
        #expect(card.chip.announcedKey == announced)
        card.chip.reset()
        #expect(try await send(0x84, ne: 8) == 0x6982, "outside a session")
    }

    @Test func signaturesCountOnce() async throws {
        let card = try makeCard()
        var signature: [UInt8] = []
        card.alter = { command in
            guard command.ins == 0x82 else { return }
            signature = command.data
            command.data[0] ^= 1
        }
        #expect(await protocolError { _ = try await run(card) }?.statusWord == 0x6300)
        // The challenge is used up: the right signature comes too late.
        card.alter = { _ in }
        let late = try await card.exchange(CommandAPDU(ins: 0x82, data: signature)).statusWord
        #expect(late == 0x6985 && card.chip.grantedAuthorization == nil)
    }

    @Test func terminalsOfAnotherType() async throws {
        let rights = try #require(CertificateHolderAuthorization(.authenticationTerminal, bits: [0, 0, 0, 0, 1]))
        let card = try makeCard(rights)
        let terminal = try TerminalAuthentication2Terminal(
            pki.credentials(), trustPointNames: [pki.root.certificate.holderReference.bytes])
        let error = await protocolError {
            _ = try await terminal.run(card, chipKey: chipKey, domain: Self.domain, announced: announced)
        }
        #expect(error?.statusWord == 0x6982)
    }

    @Test func terminalsWithoutAPath() throws {
        for names: [[UInt8]] in [[], [[]], [Array("XXCVCA00009".utf8)], [[UInt8](repeating: 0x41, count: 17)]] {
            #expect(throws: ProtocolError(.noCertificatePath, "", step: "")) {
                try TerminalAuthentication2Terminal(pki.credentials(), trustPointNames: names)
            }
        }
    }

    // MARK: Cards that cheat

    @Test func challengesOfTheWrongLength() async throws {
        for count in [0, 7, 9, 16] {
            let card = try makeCard()
            card.alterAnswer = { command, answer in
                if command.ins == 0x84 { answer.data = [UInt8](repeating: 1, count: count) }
            }
            #expect(await protocolError { _ = try await run(card) }?.code == .malformedResponse)
        }
    }

    @Test func keysOfAnotherGroup() async throws {
        let card = try makeCard()
        let terminal = try TerminalAuthentication2Terminal(
            pki.credentials(), trustPointNames: [pki.root.certificate.holderReference.bytes])
        let error = await protocolError {
            _ = try await terminal.run(card, chipKey: [4, 1, 2], domain: Self.domain, announced: announced)
        }
        #expect(error?.code == .invalidPublicKey && card.commands.isEmpty)
    }

    // MARK: Auxiliary data

    @Test func auxiliaryDataObjects() throws {
        let good = try Self.auxiliaryData()
        #expect(AuthenticatedAuxiliaryData(try TLV(exactly: good.encoded)) == good)
        #expect(AuthenticatedAuxiliaryData([]) == nil)
        let template = try #require(good.templates.first)
        #expect(
            AuthenticatedAuxiliaryData([AuthenticatedAuxiliaryData.Template](repeating: template, count: 17)) == nil)
        let identifier = TLV.encode(0x06, template.objectIdentifier.encoded)
        let wrong: [[UInt8]] = [
            TLV.encode(0x68, good.encoded.dropFirst(2)), [0x67, 0x00], TLV.encode(0x67, [0x73, 0x00]),
            TLV.encode(0x67, TLV.encode(0x73, identifier)), TLV.encode(0x67, identifier),
            TLV.encode(0x67, TLV.encode(0x73, [0x53, 0x01, 0x00] + identifier)),
            TLV.encode(0x67, TLV.encode(0x73, [0x06, 0x01, 0x80, 0x53, 0x01, 0x00])),
            TLV.encode(0x67, TLV.encode(0x73, identifier + [0x53, 0x01, 0x00, 0x53, 0x01, 0x00])),
            TLV.encode(0x67, [0x73, 0x05, 0x06]),
        ]
        for bytes in wrong { #expect(AuthenticatedAuxiliaryData(try TLV(exactly: bytes)) == nil) }
    }
}
