import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// A run of PACE of which every secret is known, for both sides.
struct PACEExample {
    let parameters: PACEParameters
    let reference: PACEPasswordReference
    /// K: the hash of the MRZ information, or the characters of the password.
    let k: [UInt8]
    let nonce: [UInt8]
    /// The private mapping key of the terminal; the nonce t with Integrated Mapping.
    let terminalMapping: [UInt8]
    /// `nil` with Integrated Mapping.
    let chipMapping: [UInt8]?
    let terminalAgreement: [UInt8]
    let chipAgreement: [UInt8]
    /// SK_IC of Chip Authentication Mapping.
    var chipStatic: [UInt8]?
    /// The names of trust points that the chip sends.
    var certificationAuthorityReferences: [[UInt8]] = []
    /// Whether MSE:Set AT has DO'84'.
    var namesParameters = false
    /// MSE:Set AT and the four GENERAL AUTHENTICATE commands.
    let exchanges: [(command: [UInt8], response: [UInt8])]
    let encryptionKey: [UInt8]
    let macKey: [UInt8]

    /// The commands and responses that printed values make up (4.4.4), without DO'84'; of each pair the terminal's is first.
    static func exchanges(
        _ parameters: PACEParameters, _ reference: PACEPasswordReference, encryptedNonce: [UInt8],
        mapping: ([UInt8], [UInt8]), agreement: ([UInt8], [UInt8]), tokens: ([UInt8], [UInt8])
    ) throws -> [(command: [UInt8], response: [UInt8])] {
        func exchange(_ cla: UInt8, _ request: [UInt8], _ response: [UInt8]) throws -> ([UInt8], [UInt8]) {
            (
                try CommandAPDU(cla: cla, ins: 0x86, data: TLV.encode(0x7C, request), expectedLength: 256).encoded(),
                TLV.encode(0x7C, response) + [0x90, 0]
            )
        }
        let template =
            TLV.encode(0x80, parameters.protocol.objectIdentifier.encoded) + TLV.encode(0x83, [reference.rawValue])
        return [
            (try CommandAPDU(ins: 0x22, p1: 0xC1, p2: 0xA4, data: template).encoded(), [0x90, 0]),
            try exchange(0x10, [], TLV.encode(0x80, encryptedNonce)),
            try exchange(0x10, TLV.encode(0x81, mapping.0), TLV.encode(0x82, mapping.1)),
            try exchange(0x10, TLV.encode(0x83, agreement.0), TLV.encode(0x84, agreement.1)),
            try exchange(0, TLV.encode(0x85, tokens.0), TLV.encode(0x86, tokens.1)),
        ]
    }

    func password() throws -> PACEPassword { PACEPassword(reference, secret: SharedSecret(try secret(k))) }

    func chipKey() throws -> KeyAgreementKeyPair? {
        try chipStatic.map { try KeyAgreementKeyPair(domain: parameters.domain, scalar: secret($0)) }
    }

    func terminal(namesParameters: Bool? = nil) throws -> PACETerminal {
        PACETerminal(
            parameters, password: try password(), group: try parameters.domain.makeGroup(),
            mapping: try secret(terminalMapping), agreement: try secret(terminalAgreement),
            namesParameters: namesParameters ?? self.namesParameters)
    }

    func chip() throws -> PACEChip {
        try PACEChip(
            parameters, password: password(), group: parameters.domain.makeGroup(), nonce: secret(nonce),
            mapping: secret(chipMapping ?? chipAgreement), agreement: secret(chipAgreement), chipKey: chipKey(),
            certificationAuthorityReferences: certificationAuthorityReferences)
    }

    /// Both sides must send what is printed and end with the printed keys; an altered token ends either side.
    func replay() async throws {
        #expect(exchanges.count == 5)
        try await replayTerminal()
        try replayChip()
        try await refuseAlteredTokens()
    }

    private func replayTerminal() async throws {
        let card = PrintedConversation(exchanges)
        let success = try await terminal().run(card)
        #expect(card.isOver && card.count == 5)
        #expect(open(success.keys.encryption) == encryptionKey)
        #expect(open(success.keys.mac) == macKey)
        let (counter, omitted, names, proof) = (
            success.keys.sendSequenceCounter, success.omittedParameterId, success.certificationAuthorityReferences,
            success.chipAuthenticationMapping
        )
        #expect(counter == nil, "the counter starts at zero after PACE")
        #expect(!omitted)
        #expect(names == certificationAuthorityReferences)
        #expect((proof != nil) == (parameters.protocol.mapping == .chipAuthentication))
        guard let proof, let key = try chipKey() else { return }
        #expect(try proof.isAuthentic(for: key.publicKey))
        let other = try KeyAgreementKeyPair.generate(parameters.domain)
        #expect(try !proof.isAuthentic(for: other.publicKey), "another static key")
    }

    private func replayChip() throws {
        let chip = try chip()
        for (index, exchange) in exchanges.dropFirst().enumerated() {
            let command = try CommandAPDU(parsing: exchange.command)
            let response = try ResponseAPDU(parsing: exchange.response)
            switch try chip.answer(command.data, isLast: command.cla == 0) {
            case .more(let data): #expect(data == response.data && index < 3, "answer \(index)")
            case .done(let data, let keys):
                #expect(data == response.data && index == 3)
                #expect(open(keys.encryption) == encryptionKey)
                #expect(open(keys.mac) == macKey)
            case .refused(let status): Issue.record("the chip refuses command \(index) with \(status)")
            }
        }
    }

    private func refuseAlteredTokens() async throws {
        var altered = exchanges
        let token = try TLV(exactly: ResponseAPDU(parsing: exchanges[4].response).data).child(0x86)
        altered[4].response[token.value.endIndex - 1] ^= 1
        await #expect(throws: ProtocolError(.authenticationFailed, "", step: "")) {
            _ = try await terminal().run(PrintedConversation(altered))
        }

        let chip = try chip()
        for (index, exchange) in exchanges.dropFirst().enumerated() {
            var command = try CommandAPDU(parsing: exchange.command)
            if index == 3 { command.data[command.data.endIndex - 1] ^= 1 }
            switch try chip.answer(command.data, isLast: command.cla == 0) {
            case .more: #expect(index < 3)
            case .done: Issue.record("the chip takes a wrong token")
            case .refused(let status): #expect(index == 3 && status == .authenticationFailed)
            }
        }
    }
}

extension PACEParameters {
    /// The one offer of an EF.CardAccess, which the terminal must choose.
    static func only(in cardAccess: [UInt8]) throws -> PACEParameters {
        let file = try EFCardAccess(parsing: cardAccess)
        #expect(file.securityInfos.infos.count == 1 && file.leniencies.isEmpty)
        let choices = PACEParameters.choices(file.securityInfos)
        #expect(choices.count == 1)
        return try #require(choices.first)
    }
}

/// What scalar and public key share before it is mapped or hashed: a point with both coordinates, or a number.
func sharedElement(_ group: any KeyAgreementGroup, _ scalar: [UInt8], _ publicKey: [UInt8]) throws -> [UInt8] {
    if let curve = group as? CurveGroup { return open(try curve.sharedPoint(secret(scalar), point: publicKey)) }
    return open(try group.sharedSecret(secret(scalar), publicKey: publicKey))
}

/// Checks one Generic Mapping on both sides.
func checkGenericMapping(
    _ group: any KeyAgreementGroup, nonce: [UInt8], terminal: [UInt8], chip: [UInt8], terminalPublic: [UInt8],
    chipPublic: [UInt8], shared: [UInt8], generator: [UInt8]
) throws {
    #expect(try group.publicKey(secret(terminal), generator: nil) == terminalPublic)
    #expect(try group.publicKey(secret(chip), generator: nil) == chipPublic)
    #expect(try sharedElement(group, terminal, chipPublic) == shared)
    #expect(try sharedElement(group, chip, terminalPublic) == shared)
    let own = try PACEKeyPair(group, scalar: secret(terminal))
    let other = try PACEKeyPair(group, scalar: secret(chip))
    #expect(try PACESteps.mapGenerator(group, nonce: secret(nonce), own: own, other: chipPublic) == generator)
    #expect(try PACESteps.mapGenerator(group, nonce: secret(nonce), own: other, other: terminalPublic) == generator)
}

/// Checks one Integrated Mapping: the stretched number R, R modulo the prime, and the generator.
func checkIntegratedMapping(
    _ parameters: PACEParameters, nonce: [UInt8], terminalNonce: [UInt8], values: JSONValue, generator: [UInt8]
) throws {
    let group = try parameters.domain.makeGroup()
    let number = try IntegratedMapping.number(
        nonce: secret(nonce), terminalNonce: secret(terminalNonce), cipher: parameters.cipher,
        domain: parameters.domain)
    let r = try values.bytes("R")
    #expect(open(number) == r)
    let steps = try values.field("prf_steps")
    let rounds = r.count / IntegratedMapping.nonceLength(parameters.cipher)
    #expect(try (1...rounds).flatMap { try steps.bytes("x\($0)") } == r)
    #expect(try group.mapIntegrated(secret(values.bytes("Rp"))) == generator, "R is reduced modulo p")
    let mapped = try IntegratedMapping.generator(
        group, nonce: secret(nonce), terminalNonce: secret(terminalNonce), cipher: parameters.cipher)
    #expect(mapped == generator)
}

/// Checks the key agreement over a mapped generator on both sides.
func checkAgreement(
    _ parameters: PACEParameters, generator: [UInt8], terminal: [UInt8], chip: [UInt8], terminalPublic: [UInt8],
    chipPublic: [UInt8], shared: [UInt8], encryptionKey: [UInt8], macKey: [UInt8]
) throws {
    let group = try parameters.domain.makeGroup()
    for (own, ownPublic, other) in [(terminal, terminalPublic, chipPublic), (chip, chipPublic, terminalPublic)] {
        let pair = try PACEKeyPair(group, scalar: secret(own), generator: generator)
        let publicKey = pair.publicKey
        #expect(publicKey == ownPublic)
        #expect(open(try group.sharedSecret(secret(own), publicKey: other)) == shared)
        let keys = try PACESteps.agree(group, parameters, own: pair, other: other)
        #expect(open(keys.encryption) == encryptionKey)
        #expect(open(keys.mac) == macKey)
    }
}

/// Checks both tokens: the terminal's is over the chip's key, the chip's over the terminal's.
func checkTokens(
    _ parameters: PACEParameters, macKey: [UInt8], terminalPublic: [UInt8], chipPublic: [UInt8], inputs: JSONValue,
    tokens: JSONValue
) throws {
    let keys = SessionKeys(
        parameters.cipher, encryption: try SecretBytes(count: macKey.count), mac: try secret(macKey))
    for (side, publicKey) in [("T_IFD", chipPublic), ("T_IC", terminalPublic)] {
        #expect(PACESteps.tokenInput(parameters, publicKey: publicKey) == (try inputs.bytes("input_\(side)")))
        #expect(try PACESteps.token(parameters, keys: keys, publicKey: publicKey) == tokens.bytes(side))
    }
}
