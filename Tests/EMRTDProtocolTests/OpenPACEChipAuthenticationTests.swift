import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// Chip Authentication version 2 with OpenPACE on the other side, and the secure messaging after it.
@Suite struct OpenPACEChipAuthenticationTests {
    private let judge: OpenPACEJudge

    init() throws { judge = try OpenPACEJudge() }

    /// Every group with AES-128, every cipher with one group of each kind.
    private static let variants: [(SessionCipher, DomainParameters)] =
        DomainParameters.all.map { (.aes128, $0) }
        + SessionCipher.allCases.filter { $0 != .aes128 }.flatMap {
            [($0, DomainParameters.ecdh(.brainpoolP256r1)), ($0, .dh(.modp2048q256))]
        }

    private static func parameters(_ cipher: SessionCipher, _ domain: DomainParameters) throws
        -> ChipAuthentication2Parameters
    {
        let agreement: KeyAgreement = if case .dh = domain { .dh } else { .ecdh }
        return try #require(
            ChipAuthentication2Parameters(
                protocol: ChipAuthenticationProtocol(agreement: agreement, cipher: cipher), domain: domain))
    }

    /// Whether a run would meet a fault of OpenPACE: it drops the leading zeros of a shared number of DH, and of the x
    /// coordinate that a point is compressed to; about one run in 256.
    private static func meetsFault(chip: KeyAgreementKeyPair, terminal: [UInt8]) throws -> Bool {
        let domain = chip.publicKey.domain
        guard case .dh = domain else { return try domain.compressed(publicKey: terminal).first == 0 }
        let group = try domain.makeGroup()
        return open(try group.sharedSecret(chip.scalar.copy(), publicKey: group.decodePublicKey(terminal))).first == 0
    }

    private static let read = CommandAPDU(ins: 0xB0, p1: 0x81, expectedLength: 256)

    @Test(arguments: variants) func openPACEIsTheChip(_ cipher: SessionCipher, _ domain: DomainParameters) async throws
    {
        let parameters = try Self.parameters(cipher, domain)
        let pair = try KeyAgreementKeyPair.generate(domain)
        let scalar = open(try pair.scalar.copy())
        var own = try KeyAgreementKeyPair.generate(domain)
        while try Self.meetsFault(chip: pair, terminal: own.publicKey.encoded) {
            own = try KeyAgreementKeyPair.generate(domain)
        }
        let terminal = try ChipAuthentication2Terminal(
            parameters, group: domain.makeGroup(), scalar: own.scalar.copy())
        let announced = terminal.compressedKey
        let judge = judge
        let card = AnsweringCard { command in
            guard command.ins == 0x86 else { return ResponseAPDU(statusWord: .success) }
            let key = try TLV(exactly: command.data).child(0x80).value
            let answer = try judge.ask(
                "ca-chip", .name(cipher.rawValue), .number(domain.parameterId), .bytes(scalar),
                .bytes(pair.publicKey.encoded), .bytes(Array(key)), .bytes(announced))
            let values = try judge.values(answer)
            return ResponseAPDU(
                data: TLV.encode(0x7C, TLV.encode(0x81, values[0]) + TLV.encode(0x82, values[1])), statusWord: .success)
        }
        let success = try await terminal.run(card, chipKey: pair.publicKey)
        let content: [UInt8] = [0x61, 0x02, 0x5F, 0x1F]
        let behind = AnsweringCard { command in
            let answer = try judge.ask("ca-command", .bytes(command.encoded()), .bytes(content + [0x90, 0x00]))
            return try ResponseAPDU(parsing: #require(try judge.values(answer).first))
        }
        let session = SecureMessaging(over: behind, context: try success.keys.makeContext())
        #expect(try await session.exchange(Self.read) == ResponseAPDU(data: content, statusWord: .success))
    }

    /// OpenPACE compares the key with the announced one as well.
    @Test func openPACERefusesAnotherKey() throws {
        let domain = DomainParameters.ecdh(.brainpoolP256r1)
        let pair = try KeyAgreementKeyPair.generate(domain)
        let keys = try (0..<2).map { _ in try KeyAgreementKeyPair.generate(domain).publicKey.encoded }
        let answer = try judge.ask(
            "ca-chip", .name("AES-128"), .number(13), .bytes(open(pair.scalar.copy())), .bytes(pair.publicKey.encoded),
            .bytes(keys[0]), .bytes(domain.compressed(publicKey: keys[1])))
        #expect(answer == ["no"])
    }

    @Test(arguments: variants) func openPACEIsTheTerminal(_ cipher: SessionCipher, _ domain: DomainParameters) throws {
        let parameters = try Self.parameters(cipher, domain)
        let pair = try KeyAgreementKeyPair.generate(domain)
        var values: [[UInt8]]
        repeat {
            values = try judge.values(
                judge.ask("ca-terminal", .name(cipher.rawValue), .number(domain.parameterId)))
        } while try Self.meetsFault(chip: pair, terminal: values[0])
        #expect(try domain.compressed(publicKey: values[0]) == values[1])

        var chip = ChipAuthentication2Chip([try #require(ChipAuthentication2Chip.Key(parameters, pair))])
        #expect(
            chip.setAuthenticationTemplate(TLV.encode(0x80, parameters.protocol.objectIdentifier.encoded)) == .success)
        let answer = try chip.generalAuthenticate(TLV.encode(0x7C, TLV.encode(0x80, values[0])), announced: values[1])
        guard case .done(let data, let keys) = consume answer else {
            Issue.record("refused")
            return
        }
        let template = try TLV(exactly: data)
        let (nonce, token) = (Array(try template.child(0x81).value), Array(try template.child(0x82).value))
        var wrong = token
        wrong[7] ^= 1
        func verify(_ token: [UInt8]) throws -> Bool {
            try judge.agrees(
                "ca-verify",
                judge.ask("ca-verify", .bytes(pair.publicKey.encoded), .bytes(nonce), .bytes(token)))
        }
        #expect(try !verify(wrong))
        #expect(try verify(token))
        let session = SecureMessagingChip(context: try keys.makeContext())
        let wrapped = try #require(try judge.values(judge.ask("ca-wrap", .bytes(Self.read.encoded()))).first)
        var opened = try session.open(CommandAPDU(parsing: wrapped))
        opened.forcesExtendedLength = false
        #expect(opened == Self.read)
    }
}
