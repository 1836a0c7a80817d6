import EMRTDCrypto
import EMRTDProtocol
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// A chip with PACE, Terminal and Chip Authentication version 2, one after the other under secure messaging.
private final class Card: APDUExchange {
    let cardAccess: SecurityInfos
    let chipAuthenticationKey: KeyAgreementKeyPair
    private(set) var terminalAuthentication: TerminalAuthentication2Chip
    private var chipAuthentication: ChipAuthentication2Chip
    private let pace: PACEParameters
    private var paceChip: PACEChip?
    private var authorization: CertificateHolderAuthorization?
    private var session: SecureMessagingChip?
    private var next: SecureMessagingChip?
    /// Whether both authentications have run, so that rights count.
    private(set) var isOpen = false
    static let can = Array("123456".utf8)

    init(
        _ trustPoints: CVTrustPoints, pace: PACEParameters, chipAuthentication: ChipAuthentication2Parameters,
        cardAccess: SecurityInfos
    ) throws {
        terminalAuthentication = TerminalAuthentication2Chip(trustPoints: [trustPoints])
        chipAuthenticationKey = try KeyAgreementKeyPair.generate(chipAuthentication.domain)
        self.chipAuthentication = ChipAuthentication2Chip([
            try #require(ChipAuthentication2Chip.Key(chipAuthentication, chipAuthenticationKey))
        ])
        self.pace = pace
        self.cardAccess = cardAccess
    }

    func exchange(_ command: CommandAPDU) async throws -> ResponseAPDU {
        guard let session else { return try answer(command) }
        let plain = try session.open(command)
        let response = try session.protect(answer(plain), ins: plain.ins)
        startNext()
        return response
    }

    func payloadCapacity(ofResponse length: Int) -> Int { length }

    private func startNext() {
        if let next { session = next }
        next = nil
    }

    private func answer(_ command: CommandAPDU) throws -> ResponseAPDU {
        switch (command.ins, command.p1, command.p2) {
        case (0x22, 0xC1, 0xA4):
            let template = try #require(try TLV.parseAll(command.data[...]).first { $0.tag == 0x7F4C })
            let rights = try CertificateHolderAuthorization(template: template)
            authorization = rights
            paceChip = try PACEChip(
                pace, password: PACEPassword(.can, secret: SharedSecret(SecretBytes(copying: Self.can))),
                certificationAuthorityReferences: terminalAuthentication.references(for: rights.terminalType)
                    .map(\.bytes))
            return ResponseAPDU(statusWord: .success)
        case (0x86, 0, 0):
            guard let run = paceChip else { return try agree(command) }
            return try continuePACE(run, command)
        case (0x22, 0x41, 0xA4):
            return ResponseAPDU(statusWord: chipAuthentication.setAuthenticationTemplate(command.data))
        case (0xB0, _, _):
            return isOpen && terminalAuthentication.grantedAuthorization?.readsDG3 == true
                ? ResponseAPDU(data: [0x63, 0x00], statusWord: .success)
                : ResponseAPDU(statusWord: .securityStatusNotSatisfied)
        default:
            return try terminalAuthentication.process(command)
                ?? ResponseAPDU(statusWord: .instructionNotSupported)
        }
    }

    private func continuePACE(_ run: PACEChip, _ command: CommandAPDU) throws -> ResponseAPDU {
        let answer = try run.answer(command.data, isLast: command.cla & 0x10 == 0)
        switch consume answer {
        case .more(let data): return ResponseAPDU(data: data, statusWord: .success)
        case .refused(let status): return ResponseAPDU(statusWord: status)
        case .done(let data, let keys):
            // The last answer of PACE is in clear, as nothing came before it.
            session = SecureMessagingChip(context: try keys.makeContext())
            terminalAuthentication.begin(
                try #require(authorization),
                chipIdentifier: try pace.domain.compressed(publicKey: #require(run.ephemeralKey)))
            paceChip = nil
            return ResponseAPDU(data: data, statusWord: .success)
        }
    }

    private func agree(_ command: CommandAPDU) throws -> ResponseAPDU {
        let answer = try chipAuthentication.generalAuthenticate(
            command.data, announced: terminalAuthentication.announcedKey)
        switch consume answer {
        case .refused(let status): return ResponseAPDU(statusWord: status)
        case .done(let data, let keys):
            next = SecureMessagingChip(context: try keys.makeContext())
            isOpen = true
            return ResponseAPDU(data: data, statusWord: .success)
        }
    }
}

/// The General Authentication Procedure (TR-03110-2, 2.3 and 3.1): PACE, Terminal and Chip Authentication version 2, then data.
@Suite struct ExtendedAccessControl2Tests {
    private static func infos(_ pace: PACEProtocol, _ chip: ChipAuthenticationProtocol, _ parameterId: UInt8) throws
        -> SecurityInfos
    {
        func oid(_ identifier: OID) -> [UInt8] { TLV.encode(0x06, identifier.encoded) }
        let domain = TLV.encode(
            0x30, oid(SecurityObjectIdentifier.standardizedDomainParameters) + [0x02, 0x01, parameterId])
        let family = SecurityObjectIdentifier.chipAuthentication.appending(chip.agreement == .dh ? 1 : 2)
        return try SecurityInfos(
            parsing: TLV.encode(
                0x31,
                children: [
                    TLV.encode(0x30, oid(pace.objectIdentifier) + [0x02, 0x01, 0x02, 0x02, 0x01, parameterId]),
                    TLV.encode(0x30, oid(chip.objectIdentifier) + [0x02, 0x01, 0x02]),
                    TLV.encode(0x30, oid(family) + domain),
                    TLV.encode(0x30, oid(SecurityObjectIdentifier.terminalAuthentication) + [0x02, 0x01, 0x02]),
                ]))
    }

    @Test(arguments: [
        (KeyAgreement.ecdh, SessionCipher.aes128, UInt8(13)), (.ecdh, .aes256, 17), (.ecdh, .aes192, 15),
        (.dh, .aes128, 2), (.ecdh, .tripleDES, 12), (.dh, .tripleDES, 0),
    ])
    func wholeProcedure(_ agreement: KeyAgreement, _ cipher: SessionCipher, _ parameterId: UInt8) async throws {
        let variant = try #require(PACEProtocol(mapping: .generic, agreement: agreement, cipher: cipher))
        let infos = try Self.infos(
            variant, ChipAuthenticationProtocol(agreement: agreement, cipher: cipher), parameterId)
        let paceParameters = try #require(PACEParameters.choices(infos).first)
        let parameters = try #require(ChipAuthentication2Parameters.choices(infos).first)
        let pki = try TerminalPKI()
        let card = try Card(
            pki.trustPoints(), pace: paceParameters, chipAuthentication: parameters, cardAccess: infos)

        let rights = pki.terminal.certificate.authorization
        let password = PACEPassword(.can, secret: SharedSecret(try SecretBytes(copying: Card.can)))
        let pace = try await PACETerminal(
            paceParameters, password: password, authorization: rights.templateContent
        ).run(card)
        let first = SecureMessaging(over: card, context: try pace.keys.makeContext())
        let read = CommandAPDU(ins: 0xB0, expectedLength: 256)
        let early = try await first.exchange(read).statusWord
        #expect(early == 0x6982)

        let chipAuthentication = try ChipAuthentication2Terminal(parameters)
        let proof = try await TerminalAuthentication2Terminal(
            pki.credentials(), trustPointNames: pace.certificationAuthorityReferences
        ).run(
            first, chipKey: pace.chipEphemeralKey, domain: paceParameters.domain,
            announced: chipAuthentication.compressedKey)
        #expect(proof.requestedAuthorization.readsDG3)
        // Terminal Authentication alone opens nothing.
        #expect(try await first.exchange(read).statusWord == 0x6982)

        let success = try await chipAuthentication.run(first, chipKey: card.chipAuthenticationKey.publicKey)
        let second = SecureMessaging(over: card, context: try success.keys.makeContext())
        let answer = try await second.exchange(read)
        #expect(answer == ResponseAPDU(data: [0x63, 0x00], statusWord: .success))
    }

    /// The chip's key in the files is not the one it has.
    @Test func copies() async throws {
        let variant = try #require(PACEProtocol(mapping: .generic, agreement: .ecdh, cipher: .aes128))
        let infos = try Self.infos(variant, ChipAuthenticationProtocol(agreement: .ecdh, cipher: .aes128), 13)
        let paceParameters = try #require(PACEParameters.choices(infos).first)
        let parameters = try #require(ChipAuthentication2Parameters.choices(infos).first)
        let pki = try TerminalPKI()
        let card = try Card(
            pki.trustPoints(), pace: paceParameters, chipAuthentication: parameters, cardAccess: infos)
        let password = PACEPassword(.can, secret: SharedSecret(try SecretBytes(copying: Card.can)))
        let pace = try await PACETerminal(
            paceParameters, password: password,
            authorization: pki.terminal.certificate.authorization.templateContent
        ).run(card)
        let session = SecureMessaging(over: card, context: try pace.keys.makeContext())
        let chipAuthentication = try ChipAuthentication2Terminal(parameters)
        _ = try await TerminalAuthentication2Terminal(
            pki.credentials(), trustPointNames: pace.certificationAuthorityReferences
        ).run(
            session, chipKey: pace.chipEphemeralKey, domain: paceParameters.domain,
            announced: chipAuthentication.compressedKey)
        let signed = try KeyAgreementKeyPair.generate(parameters.domain).publicKey
        do {
            _ = try await chipAuthentication.run(session, chipKey: signed)
            Issue.record("a copy passed")
        } catch let error as ProtocolError {
            #expect(error.code == .authenticationFailed)
        }
    }

    /// A terminal that authenticates one ephemeral key and sends another.
    @Test func anotherKeyThanTheAnnouncedOne() async throws {
        let variant = try #require(PACEProtocol(mapping: .generic, agreement: .ecdh, cipher: .aes128))
        let infos = try Self.infos(variant, ChipAuthenticationProtocol(agreement: .ecdh, cipher: .aes128), 13)
        let paceParameters = try #require(PACEParameters.choices(infos).first)
        let parameters = try #require(ChipAuthentication2Parameters.choices(infos).first)
        let pki = try TerminalPKI()
        let card = try Card(
            pki.trustPoints(), pace: paceParameters, chipAuthentication: parameters, cardAccess: infos)
        let password = PACEPassword(.can, secret: SharedSecret(try SecretBytes(copying: Card.can)))
        let pace = try await PACETerminal(
            paceParameters, password: password,
            authorization: pki.terminal.certificate.authorization.templateContent
        ).run(card)
        let session = SecureMessaging(over: card, context: try pace.keys.makeContext())
        _ = try await TerminalAuthentication2Terminal(
            pki.credentials(), trustPointNames: pace.certificationAuthorityReferences
        ).run(
            session, chipKey: pace.chipEphemeralKey, domain: paceParameters.domain,
            announced: ChipAuthentication2Terminal(parameters).compressedKey)
        let other = try ChipAuthentication2Terminal(parameters)
        do {
            _ = try await other.run(session, chipKey: card.chipAuthenticationKey.publicKey)
            Issue.record("another key was taken")
        } catch let error as ProtocolError {
            #expect(error.code == .refused && error.statusWord == 0x6300)
        }
        #expect(!card.isOpen)
    }
}
