import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// Chip Authentication version 2: both sides against each other, against the worked example of BSI, and against cheats.
@Suite struct ChipAuthentication2Tests {
    private static let protocols: [(ChipAuthenticationProtocol, DomainParameters)] =
        SessionCipher.allCases.flatMap { cipher in
            [
                (ChipAuthenticationProtocol(agreement: .ecdh, cipher: cipher), .ecdh(.brainpoolP256r1)),
                (ChipAuthenticationProtocol(agreement: .dh, cipher: cipher), .dh(.modp1024q160)),
            ]
        } + [
            (ChipAuthenticationProtocol(agreement: .ecdh, cipher: .aes256), .ecdh(.secp521r1)),
            (ChipAuthenticationProtocol(agreement: .ecdh, cipher: .aes128), .ecdh(.secp224r1)),
            (ChipAuthenticationProtocol(agreement: .dh, cipher: .aes192), .dh(.modp2048q256)),
        ]

    /// A chip with one key.
    private final class Card {
        let parameters: ChipAuthentication2Parameters
        let pair: KeyAgreementKeyPair
        var chip: ChipAuthentication2Chip
        var announced: [UInt8]?
        var nonce: [UInt8]?
        /// What the chip's session keys encrypt and protect, for comparison.
        var keys: (encryption: [UInt8], mac: [UInt8])?
        var spoil: ([UInt8]) -> [UInt8] = { $0 }

        init(_ parameters: ChipAuthentication2Parameters, pair: KeyAgreementKeyPair? = nil) throws {
            self.parameters = parameters
            self.pair = try pair ?? KeyAgreementKeyPair.generate(parameters.domain)
            chip = ChipAuthentication2Chip([try #require(ChipAuthentication2Chip.Key(parameters, self.pair))])
        }

        func exchange() -> AnsweringCard {
            AnsweringCard { [self] command in
                switch (command.ins, command.p1, command.p2) {
                case (0x22, 0x41, 0xA4):
                    return ResponseAPDU(statusWord: chip.setAuthenticationTemplate(command.data))
                case (0x86, 0, 0):
                    let answer = try chip.generalAuthenticate(command.data, announced: announced, nonce: nonce)
                    switch consume answer {
                    case .refused(let status): return ResponseAPDU(statusWord: status)
                    case .done(let data, let session):
                        keys = (open(session.encryption), open(session.mac))
                        return ResponseAPDU(data: spoil(data), statusWord: .success)
                    }
                default: return ResponseAPDU(statusWord: .instructionNotSupported)
                }
            }
        }
    }

    private static func parameters(_ cipher: SessionCipher = .aes128) throws -> ChipAuthentication2Parameters {
        try #require(
            ChipAuthentication2Parameters(
                protocol: ChipAuthenticationProtocol(agreement: .ecdh, cipher: cipher), keyId: [0x41],
                domain: .ecdh(.brainpoolP256r1)))
    }

    @Test(arguments: protocols)
    func bothSides(_ variant: ChipAuthenticationProtocol, _ domain: DomainParameters) async throws {
        let parameters = try #require(ChipAuthentication2Parameters(protocol: variant, domain: domain))
        let card = try Card(parameters)
        let terminal = try ChipAuthentication2Terminal(parameters)
        card.announced = terminal.compressedKey
        #expect(terminal.compressedKey.count == (variant.agreement == .dh ? 20 : domain.secretLength))
        let exchange = card.exchange()
        let success = try await terminal.run(exchange, chipKey: card.pair.publicKey)
        let found = (open(success.keys.encryption), open(success.keys.mac))
        let expected = try #require(card.keys)
        #expect(found == expected)
        #expect(success.keys.sendSequenceCounter == nil)
        // Without a key id there is one object; the answer may be long.
        #expect(exchange.commands[0].data == TLV.encode(0x80, variant.objectIdentifier.encoded))
        #expect(exchange.commands[1].isExtended == (domain.publicKeyLength > 240))
    }

    // MARK: The worked example

    private static let example = VectorEntry.all("04_eac_ca_ta.json")

    @Test(arguments: ["ecdh", "dh"]) func workedExample(_ flavour: String) async throws {
        let infos = try CardFile(Self.example.named("eac-\(flavour)-ef-cardaccess")).infos
        let parameters = try #require(ChipAuthentication2Parameters.choices(infos).first)
        #expect(parameters.domain == (flavour == "dh" ? .dh(.modp1024q160) : .ecdh(.brainpoolP256r1)))
        #expect(parameters.cipher == .aes128)
        let entry = try Self.example.named("eac-\(flavour)-ca-v2")
        let (inputs, outputs) = (entry.inputs, entry.outputs)
        let pair = try KeyAgreementKeyPair(
            domain: parameters.domain, scalar: SecretBytes(copying: inputs.bytes("picc_priv_key")))
        #expect(pair.publicKey.encoded == (try inputs.bytes("picc_pub_key")))

        // The key that the signed file has is this one.
        let signed = try Self.example.named("eac-\(flavour)-ef-cardsecurity").outputs.bytes("eContent")
        let key = try #require(parameters.publicKey(in: SecurityInfos(parsing: signed)))
        #expect(key == pair.publicKey)

        let card = try Card(parameters, pair: pair)
        card.nonce = try inputs.bytes("nonce")
        let terminal = try ChipAuthentication2Terminal(
            parameters, group: parameters.domain.makeGroup(),
            scalar: SecretBytes(copying: number(inputs, "pcd_priv_key")))
        #expect(terminal.ephemeralPublicKey == (try inputs.bytes("pcd_pub_key")))
        let compressed = try Self.example.named("eac-\(flavour)-ta-signature").inputs.bytes("Comp_PK_PCD")
        #expect(terminal.compressedKey == compressed)
        card.announced = compressed
        let exchange = card.exchange()
        let success = try await terminal.run(exchange, chipKey: key)
        let found = (open(success.keys.encryption), open(success.keys.mac))
        #expect(found == (try outputs.bytes("k_enc"), try outputs.bytes("k_mac")))
        let answer = TLV.encode(
            0x7C,
            children: [
                TLV.encode(0x81, try inputs.bytes("nonce")), TLV.encode(0x82, try outputs.bytes("picc_token")),
            ])
        card.spoil = { data in
            #expect(data == answer)
            return data
        }
        let again = try ChipAuthentication2Terminal(
            parameters, group: parameters.domain.makeGroup(),
            scalar: SecretBytes(copying: number(inputs, "pcd_priv_key")))
        _ = try await again.run(card.exchange(), chipKey: key)
    }

    /// A private number; some are printed with a leading zero.
    private func number(_ inputs: JSONValue, _ name: String) throws -> [UInt8] {
        Array(try inputs.bytes(name).drop { $0 == 0 })
    }

    private struct CardFile {
        let infos: SecurityInfos

        init(_ entry: VectorEntry) throws {
            infos = try EFCardAccess(parsing: entry.outputs.bytes("EF_CardAccess")).securityInfos
        }
    }

    // MARK: Choices

    @Test func publicSamples() throws {
        let entries = Self.example.filter { $0.id.hasPrefix("cardaccess-sample-") }
        let found = try Dictionary(
            uniqueKeysWithValues: entries.map { entry in
                (entry.id, ChipAuthentication2Parameters.choices(try CardFile(entry).infos))
            })
        func keyIds(_ name: String) throws -> [[UInt8]?] {
            try #require(found["cardaccess-sample-\(name)"]).map(\.keyId)
        }
        #expect(try keyIds("new_testcard") == [[0x41]])
        #expect(try keyIds("dan") == [[0x41], [0x45]])
        // One of the infos is for version 3.
        #expect(try keyIds("ca3") == [[0x48]])
        // Version 1 only; and a group that no standard names.
        #expect(try keyIds("slowenia").isEmpty && keyIds("old_testcard").isEmpty)
        #expect(found.values.flatMap { $0 }.allSatisfy { $0.domain == .ecdh(.brainpoolP256r1) && $0.cipher == .aes128 })
    }

    private static func infos(_ elements: [[UInt8]]) throws -> SecurityInfos {
        try SecurityInfos(parsing: TLV.encode(0x31, children: elements))
    }

    /// ChipAuthenticationInfo of version 2.
    private static func info(_ cipher: SessionCipher, keyId: UInt8?, version: UInt8 = 2) -> [UInt8] {
        let identifier = ChipAuthenticationProtocol(agreement: .ecdh, cipher: cipher).objectIdentifier
        return TLV.encode(
            0x30,
            children: [TLV.encode(0x06, identifier.encoded), [0x02, 0x01, version]]
                + (keyId.map { [[0x02, 0x01, $0]] } ?? []))
    }

    /// ChipAuthenticationDomainParameterInfo with a standardised id.
    private static func group(_ parameterId: UInt8, keyId: UInt8?) -> [UInt8] {
        let domain = TLV.encode(
            0x30,
            TLV.encode(0x06, SecurityObjectIdentifier.standardizedDomainParameters.encoded) + [0x02, 0x01, parameterId])
        let identifier = SecurityObjectIdentifier.chipAuthentication.appending(2)
        return TLV.encode(
            0x30, children: [TLV.encode(0x06, identifier.encoded), domain] + (keyId.map { [[0x02, 0x01, $0]] } ?? []))
    }

    /// ChipAuthenticationPublicKeyInfo with a standardised id.
    private static func key(_ key: KeyAgreementPublicKey, keyId: UInt8?) -> [UInt8] {
        let algorithm = TLV.encode(
            0x30,
            TLV.encode(0x06, SecurityObjectIdentifier.standardizedDomainParameters.encoded)
                + [0x02, 0x01, UInt8(key.domain.parameterId)])
        let info = TLV.encode(0x30, algorithm + TLV.encode(0x03, [0] + key.encoded))
        return TLV.encode(
            0x30,
            children: [TLV.encode(0x06, SecurityObjectIdentifier.publicKeyECDH.encoded), info]
                + (keyId.map { [[0x02, 0x01, $0]] } ?? []))
    }

    @Test func strongestFirst() throws {
        let found = ChipAuthentication2Parameters.choices(
            try Self.infos([
                Self.info(.tripleDES, keyId: 1), Self.info(.aes128, keyId: 1), Self.info(.aes256, keyId: 2),
                Self.group(13, keyId: 1), Self.group(17, keyId: 2), Self.group(99, keyId: 3),
            ]))
        #expect(found.map(\.keyId) == [[2], [1], [1]])
        #expect(found.map(\.cipher) == [.aes256, .aes128, .tripleDES])
        #expect(found.map(\.parameterId) == [17, 13, 13])
        #expect(found.map(\.strength) == [256, 128, 80])
    }

    @Test func infosWithoutTheirGroup() throws {
        // Another key id, where there are two groups; no group at all; version 1; a malformed group.
        #expect(
            ChipAuthentication2Parameters.choices(
                try Self.infos([Self.info(.aes128, keyId: 9), Self.group(13, keyId: 1), Self.group(12, keyId: 2)])
            ).isEmpty)
        #expect(ChipAuthentication2Parameters.choices(try Self.infos([Self.info(.aes128, keyId: 1)])).isEmpty)
        #expect(
            ChipAuthentication2Parameters.choices(
                try Self.infos([Self.info(.aes128, keyId: 1, version: 1), Self.group(13, keyId: 1)])
            ).isEmpty)
        var broken = Self.group(13, keyId: 1)
        broken[2] = 0x04
        #expect(ChipAuthentication2Parameters.choices(try Self.infos([Self.info(.aes128, keyId: 1), broken])).isEmpty)
        let extra = TLV.encode(0x30, Array(Self.group(13, keyId: 1).dropFirst(2)) + [0x05, 0x00])
        #expect(ChipAuthentication2Parameters.choices(try Self.infos([Self.info(.aes128, keyId: 1), extra])).isEmpty)
        // One group is the group of every info.
        let one = ChipAuthentication2Parameters.choices(
            try Self.infos([Self.info(.aes128, keyId: nil), Self.group(13, keyId: 1)]))
        #expect(one.map(\.keyId) == [[1]])
    }

    @Test func keysOfTheSignedFile() throws {
        let own = try KeyAgreementKeyPair.generate(.ecdh(.brainpoolP256r1)).publicKey
        let other = try KeyAgreementKeyPair.generate(.ecdh(.brainpoolP256r1)).publicKey
        let foreign = try KeyAgreementKeyPair.generate(.ecdh(.secp256r1)).publicKey
        let parameters = try Self.parameters()
        func found(_ elements: [[UInt8]]) throws -> KeyAgreementPublicKey? {
            parameters.publicKey(in: try Self.infos(elements))
        }
        #expect(try found([Self.key(own, keyId: 0x41), Self.key(other, keyId: 0x42)]) == own)
        #expect(try found([Self.key(own, keyId: nil)]) == own)
        #expect(try found([Self.key(own, keyId: 0x41), Self.key(own, keyId: 0x41)]) == own)
        #expect(try found([]) == nil)
        #expect(try found([Self.key(other, keyId: 0x42), Self.key(own, keyId: 0x43)]) == nil)
        #expect(try found([Self.key(own, keyId: 0x41), Self.key(other, keyId: 0x41)]) == nil)
        #expect(try found([Self.key(foreign, keyId: 0x41)]) == nil)
        // The group may come with the key.
        let choices = ChipAuthentication2Parameters.choices(
            try Self.infos([Self.info(.aes128, keyId: 0x41), Self.key(own, keyId: 0x41)]))
        #expect(choices == [parameters])
    }

    @Test func protocolAndGroupOfDifferentKinds() {
        let dh = ChipAuthenticationProtocol(agreement: .dh, cipher: .aes128)
        #expect(ChipAuthentication2Parameters(protocol: dh, domain: .ecdh(.secp256r1)) == nil)
        let ecdh = ChipAuthenticationProtocol(agreement: .ecdh, cipher: .aes128)
        #expect(ChipAuthentication2Parameters(protocol: ecdh, domain: .dh(.modp1024q160)) == nil)
    }

    // MARK: Cards that cheat

    private func error(
        _ location: SourceLocation = #_sourceLocation, key: KeyAgreementPublicKey? = nil,
        _ prepare: (Card) -> Void
    ) async throws -> ProtocolError? {
        let card = try Card(try Self.parameters())
        let terminal = try ChipAuthentication2Terminal(card.parameters)
        card.announced = terminal.compressedKey
        prepare(card)
        let exchange = card.exchange()
        let chipKey = key ?? card.pair.publicKey
        do { _ = try await terminal.run(exchange, chipKey: chipKey) } catch let error as ProtocolError { return error }
        return nil
    }

    /// A copy of the card's files without its private key.
    @Test func copies() async throws {
        let signed = try KeyAgreementKeyPair.generate(.ecdh(.brainpoolP256r1)).publicKey
        #expect(try await error(key: signed) { _ in }?.code == .authenticationFailed)
    }

    @Test func everyAlteredBitOfNonceAndToken() async throws {
        for index in 0..<20 {
            let found = try await error { $0.spoil = { data in flipped(data, at: index + 2) } }
            // Tags and lengths make it malformed; values make the token wrong.
            let isStructure = [0, 1, 10, 11].contains(index)
            #expect(found?.code == (isStructure ? .malformedResponse : .authenticationFailed), "byte \(index)")
        }
    }

    private func flipped(_ data: [UInt8], at index: Int) -> [UInt8] {
        var data = data
        data[index] ^= 0x40
        return data
    }

    @Test func malformedAnswers() async throws {
        let value = [UInt8](repeating: 7, count: 8)
        let (nonce, token) = (TLV.encode(0x81, value), TLV.encode(0x82, value))
        let answers: [[UInt8]] = [
            [], [0x7C], [0x7C, 0x00], TLV.encode(0x7C, nonce), TLV.encode(0x7C, token), nonce + token,
            TLV.encode(0x7D, nonce + token), TLV.encode(0x7C, nonce + nonce), TLV.encode(0x7C, nonce + token + token),
            TLV.encode(0x7C, nonce + token) + [0], TLV.encode(0x7C, TLV.encode(0x81, value + [0]) + token),
            TLV.encode(0x7C, nonce + TLV.encode(0x82, value.dropLast())),
            TLV.encode(0x7C, nonce + TLV.encode(0x82, [])),
            [0x7C, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], [0x7C, 0x80] + nonce + token + [0, 0],
        ]
        for answer in answers {
            let found = try await error { $0.spoil = { _ in answer } }
            #expect(found?.code == .malformedResponse && found?.step.contains("GENERAL AUTHENTICATE") == true)
        }
    }

    @Test func keysOfAnotherGroup() async throws {
        let foreign = try KeyAgreementKeyPair.generate(.ecdh(.secp256r1)).publicKey
        #expect(try await error(key: foreign) { _ in }?.code == .invalidPublicKey)
    }

    @Test func refusals() async throws {
        let noTerminalAuthentication = try await error { $0.announced = nil }
        #expect(noTerminalAuthentication?.code == .refused && noTerminalAuthentication?.statusWord == 0x6982)
        let otherKey = try await error { $0.announced = [UInt8](repeating: 1, count: 32) }
        #expect(otherKey?.code == .refused && otherKey?.statusWord == 0x6300)
        let noKey = try await error { $0.chip = ChipAuthentication2Chip([]) }
        #expect(noKey?.statusWord == 0x6A88 && noKey?.step == "Chip Authentication: MSE:Set AT")
    }

    // MARK: Terminals that cheat

    @Test func commandsInTheWrongOrder() throws {
        let card = try Card(try Self.parameters())
        let key = try KeyAgreementKeyPair.generate(card.parameters.domain).publicKey.encoded
        let announced = try card.parameters.domain.compressed(publicKey: key)
        func authenticate(_ data: [UInt8], announced: [UInt8]?) throws -> StatusWord {
            let answer = try card.chip.generalAuthenticate(data, announced: announced)
            switch consume answer {
            case .done: return .success
            case .refused(let status): return status
            }
        }
        let command = TLV.encode(0x7C, TLV.encode(0x80, key))
        let selection = TLV.encode(0x80, card.parameters.protocol.objectIdentifier.encoded) + [0x84, 0x01, 0x41]
        #expect(try authenticate(command, announced: announced) == 0x6985)
        #expect(card.chip.setAuthenticationTemplate(selection) == .success)
        #expect(try authenticate(command, announced: nil) == 0x6982)
        // The choice is used up.
        #expect(try authenticate(command, announced: announced) == 0x6985)
        #expect(card.chip.setAuthenticationTemplate(selection) == .success)
        card.chip.reset()
        #expect(try authenticate(command, announced: announced) == 0x6985)
        #expect(card.chip.setAuthenticationTemplate(selection) == .success)
        #expect(try authenticate(command, announced: announced) == .success)
        #expect(try authenticate(command, announced: announced) == 0x6985)
    }

    @Test func selectionsOfNoKey() throws {
        let card = try Card(try Self.parameters())
        let identifier = TLV.encode(0x80, card.parameters.protocol.objectIdentifier.encoded)
        for good in [identifier, identifier + [0x84, 0x01, 0x41], identifier + [0x84, 0x02, 0x00, 0x41]] {
            #expect(card.chip.setAuthenticationTemplate(good) == .success && card.chip.isMeant(by: good))
        }
        let malformed: [[UInt8]] = [
            [], [0x80], [0x84, 0x01, 0x41], [0x84, 0x01, 0x41] + identifier, identifier + [0x84, 0x00],
            identifier + [0x84, 0x01, 0x41, 0x84, 0x01, 0x41], identifier + [0x83, 0x01, 0x41], identifier + [0x00],
        ]
        for data in malformed {
            #expect(card.chip.setAuthenticationTemplate(data) == 0x6A80 && !card.chip.isMeant(by: data))
        }
        let other = ChipAuthenticationProtocol(agreement: .ecdh, cipher: .aes256).objectIdentifier.encoded
        for data in [identifier + [0x84, 0x01, 0x42], TLV.encode(0x80, other), TLV.encode(0x80, [])] {
            #expect(card.chip.setAuthenticationTemplate(data) == 0x6A88 && !card.chip.isMeant(by: data))
        }
    }

    @Test func keysThatAreNone() throws {
        let card = try Card(try Self.parameters())
        let key = try KeyAgreementKeyPair.generate(card.parameters.domain).publicKey.encoded
        let announced = try card.parameters.domain.compressed(publicKey: key)
        var offCurve = key
        offCurve[64] ^= 1
        let object = TLV.encode(0x80, key)
        let commands: [[UInt8]] = [
            [], object, TLV.encode(0x7C, []), TLV.encode(0x7C, TLV.encode(0x80, [])),
            TLV.encode(0x7C, TLV.encode(0x80, offCurve)), TLV.encode(0x7C, TLV.encode(0x80, [0])),
            TLV.encode(0x7C, TLV.encode(0x80, key.dropLast())), TLV.encode(0x7C, TLV.encode(0x80, key + [0])),
            TLV.encode(0x7C, TLV.encode(0x80, [0x02] + key[1..<33])), TLV.encode(0x7C, TLV.encode(0x81, key)),
            TLV.encode(0x7C, object + object), TLV.encode(0x7D, object),
        ]
        for command in commands {
            let identifier = TLV.encode(0x80, card.parameters.protocol.objectIdentifier.encoded)
            #expect(card.chip.setAuthenticationTemplate(identifier) == .success)
            let answer = try card.chip.generalAuthenticate(command, announced: announced)
            switch consume answer {
            case .done: Issue.record("a key that is none was taken: \(command.count) bytes")
            case .refused(let status): #expect(status == 0x6A80)
            }
        }
    }
}
