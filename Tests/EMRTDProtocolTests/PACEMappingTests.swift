import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// Every mapping over every group, and what each of them refuses.
@Suite struct PACEMappingTests {
    /// Every combination that the standard knows and the mapping can use.
    static let all: [PACEParameters] = PACEProtocol.all.flatMap { variant in
        DomainParameters.all.compactMap { PACEParameters(PACEInfo(protocol: variant, parameterId: $0.parameterId)) }
    }

    static func parameters(
        _ mapping: PACEMapping, _ agreement: KeyAgreement, _ cipher: SessionCipher, _ identifier: Int
    )
        throws -> PACEParameters
    {
        let variant = try #require(PACEProtocol(mapping: mapping, agreement: agreement, cipher: cipher))
        return try #require(PACEParameters(PACEInfo(protocol: variant, parameterId: identifier)))
    }

    /// GM: 4 ciphers with 11 curves and 3 prime fields; IM: without secp224r1; CAM: 3 ciphers with 11 curves.
    @Test func everyValidCombinationIsKnown() {
        #expect(Self.all.count == 4 * 14 + 4 * 13 + 3 * 11)
    }

    @Test(arguments: all) func bothSidesAgree(_ parameters: PACEParameters) async throws {
        let key = try KeyAgreementKeyPair.generate(parameters.domain)
        let chip = try PACETests.Chip(parameters, chipKey: key)
        let success = try await PACETerminal(parameters, password: PACETests.password()).run(chip.card)
        #expect([open(success.keys.encryption), open(success.keys.mac)] == chip.keys)
        #expect(chip.card.commands.map(\.ins) == [0x22, 0x86, 0x86, 0x86, 0x86])
        #expect(success.chipEphemeralKey.count <= parameters.domain.publicKeyLength)
        let tolerances = success.tolerances
        #expect(tolerances.isEmpty)
        if let proof = success.chipAuthenticationMapping {
            #expect(parameters.protocol.mapping == .chipAuthentication)
            #expect(try proof.isAuthentic(for: key.publicKey))
            let other = try KeyAgreementKeyPair.generate(parameters.domain)
            #expect(try !proof.isAuthentic(for: other.publicKey))
        } else {
            #expect(parameters.protocol.mapping != .chipAuthentication)
        }
    }

    @Test(arguments: [PACEMapping.generic, .integrated], [0, 1, 2]) func wrongPasswordOverPrimeFields(
        _ mapping: PACEMapping, _ identifier: Int
    ) async throws {
        let parameters = try Self.parameters(mapping, .dh, .aes128, identifier)
        let chip = try PACETests.Chip(parameters, can: "000124")
        #expect(await PACETests.error(chip, parameters)?.code == .wrongPassword)
        #expect(chip.keys.isEmpty)
    }

    /// Zero, one, p - 1, p and numbers outside the subgroup, of other widths, and the terminal's own key sent back.
    @Test(arguments: [1, 2]) func invalidNumbers(_ step: Int) async throws {
        let parameters = try Self.parameters(.generic, .dh, .aes128, 1)
        let prime = try FiniteFieldGroup(.modp2048q224).parameters().prime
        let zero = [UInt8](repeating: 0, count: 256)
        let tag: ISO7816.Tag = step == 1 ? 0x82 : 0x84
        let bad: [[UInt8]] = [
            [], zero, zero.dropLast() + [1], zero.dropLast() + [2], prime, prime.dropLast() + [(prime.last ?? 0) &- 1],
            [UInt8](repeating: 0xFF, count: 256), [2], [UInt8](repeating: 3, count: 60_000),
        ]
        for number in bad {
            let chip = try PACETests.Chip(parameters) { now, response, _ in
                now == step ? ResponseAPDU(data: TLV.encode(0x7C, TLV.encode(tag, number))) : response
            }
            #expect(await PACETests.error(chip, parameters)?.code == .invalidPublicKey, "\(number.count) bytes")
            #expect(chip.keys.isEmpty)
        }
        let reflecting = try PACETests.Chip(parameters) { now, response, command in
            guard now == step else { return response }
            let own = try TLV(exactly: command.data).children()[0].value
            return ResponseAPDU(data: TLV.encode(0x7C, TLV.encode(tag, Array(own))))
        }
        #expect(await PACETests.error(reflecting, parameters)?.code == .invalidPublicKey)
    }

    /// Integrated Mapping knows no mapping data of the card; absent and empty mean the same.
    @Test func mappingDataOfIntegratedMapping() async throws {
        let parameters = try Self.parameters(.integrated, .ecdh, .aes256, 12)
        for (data, code) in [("7C00", nil), ("7C028200", nil), ("7C03820100", ProtocolError.Code.malformedResponse)] {
            let chip = try PACETests.Chip(parameters) { now, response, _ in
                now == 1 ? ResponseAPDU(data: hex(data)) : response
            }
            #expect(await PACETests.error(chip, parameters)?.code == code, "\(data)")
        }
    }

    /// The nonce of Integrated Mapping has one length per cipher, the terminal's nonce that of a key.
    @Test(arguments: SessionCipher.allCases) func noncesOfIntegratedMapping(_ cipher: SessionCipher) async throws {
        let parameters = try Self.parameters(.integrated, .ecdh, cipher, 13)
        let right = IntegratedMapping.nonceLength(parameters.cipher)
        for count in [0, 8, 16, 24, 32, 48, 64] where count != right {
            let chip = try PACETests.Chip(parameters) { now, response, _ in
                let nonce = [UInt8](repeating: 1, count: count)
                return now == 0 ? ResponseAPDU(data: TLV.encode(0x7C, TLV.encode(0x80, nonce))) : response
            }
            #expect(await PACETests.error(chip, parameters)?.code == .malformedResponse, "\(count) bytes")
        }
        for count in [0, 8, 15, 17, 33, 255] where count != parameters.cipher.keyLength {
            let chip = try PACEChip(parameters, password: PACETests.password())
            _ = try chip.answer([0x7C, 0], isLast: false)
            let data = TLV.encode(0x7C, TLV.encode(0x81, [UInt8](repeating: 1, count: count)))
            guard case .refused = try chip.answer(data, isLast: false) else {
                Issue.record("a terminal nonce of \(count) bytes was accepted")
                continue
            }
        }
    }

    /// What is wrong with the proof of the chip never becomes right, and never ends PACE either: it is judged later.
    @Test(arguments: [12, 13, 18]) func spoiltChipAuthenticationData(_ identifier: Int) async throws {
        let parameters = try Self.parameters(.chipAuthentication, .ecdh, .aes128, identifier)
        let key = try KeyAgreementKeyPair.generate(parameters.domain)
        func proof(_ change: @escaping ([UInt8]) -> [UInt8]?) async throws -> ChipAuthenticationMappingData? {
            let chip = try PACETests.Chip(parameters, chipKey: key) { now, response, _ in
                guard now == 3 else { return response }
                let objects = try TLV(exactly: response.data).children()
                let changed = objects.compactMap { object -> [UInt8]? in
                    guard object.tag == 0x8A else { return Array(object.encoded) }
                    return change(Array(object.value)).map { TLV.encode(0x8A, $0) }
                }
                return ResponseAPDU(data: TLV.encode(0x7C, children: changed))
            }
            let success = try await PACETerminal(parameters, password: PACETests.password()).run(chip.card)
            return success.chipAuthenticationMapping
        }
        #expect(try await #require(proof { $0 }).isAuthentic(for: key.publicKey))
        let length = parameters.domain.scalarLength / 16 * 16 + 16
        for index in 0..<length {
            let spoilt = try await #require(
                proof { data in
                    var data = data
                    if index < data.count { data[index] ^= 0x80 }
                    return data
                })
            #expect(try !spoilt.isAuthentic(for: key.publicKey), "byte \(index)")
        }
        for change: @Sendable ([UInt8]) -> [UInt8]? in [
            { _ in nil }, { _ in [] }, { Array($0.dropLast()) }, { Array($0.dropLast(16)) }, { $0 + $0 },
            { $0 + [UInt8](repeating: 0, count: 16) }, { _ in [UInt8](repeating: 0, count: 16) },
            { _ in [UInt8](repeating: 0, count: 4096) },
        ] {
            let spoilt = try await #require(proof(change))
            #expect(try !spoilt.isAuthentic(for: key.publicKey))
        }
    }

    /// CA_IC of zero, of the order, and one that would make the mapping key the chip's own static key.
    @Test func trivialProofs() throws {
        let curve = StandardCurve.brainpoolP256r1
        let key = try KeyAgreementKeyPair.generate(.ecdh(curve))
        let values = try curve.parameters()
        func isAuthentic(_ data: [UInt8]?, mapping: [UInt8], domain: DomainParameters = .ecdh(curve)) throws -> Bool {
            try ChipAuthenticationMappingData(mappingKey: mapping, chipAuthenticationData: data, domain: domain)
                .isAuthentic(for: key.publicKey)
        }
        let zero = [UInt8](repeating: 0, count: 32)
        #expect(try !isAuthentic(nil, mapping: values.generator))
        #expect(try !isAuthentic(zero, mapping: [0]))
        #expect(try !isAuthentic(zero, mapping: values.generator))
        #expect(try !isAuthentic(values.order, mapping: key.publicKey.encoded))
        #expect(try !isAuthentic(zero.dropLast() + [2], mapping: key.publicKey.encoded))
        #expect(try !isAuthentic([1], mapping: key.publicKey.encoded, domain: .ecdh(.secp256r1)))
        #expect(try !isAuthentic([1], mapping: key.publicKey.encoded, domain: .dh(.modp2048q256)))
    }

    @Test func chipNeedsAKeyInTheGroup() throws {
        let parameters = try Self.parameters(.chipAuthentication, .ecdh, .aes128, 12)
        for key in [nil, try KeyAgreementKeyPair.generate(.ecdh(.brainpoolP256r1))] {
            #expect(throws: CryptoError(.invalidKey)) {
                _ = try PACEChip(parameters, password: PACETests.password(), chipKey: key)
            }
        }
    }

    /// Names of trust points come with the last answer, whether they were asked for or not.
    @Test func certificationAuthorityReferences() async throws {
        let parameters = try Self.parameters(.generic, .ecdh, .aes128, 13)
        let names = [Array("XXTESTCVCA00001".utf8), Array("XXTESTCVCA00002".utf8)]
        for count in 0...2 {
            let chip = try PACETests.Chip(parameters, references: Array(names.prefix(count)))
            let success = try await PACETerminal(parameters, password: PACETests.password()).run(chip.card)
            let received = success.certificationAuthorityReferences
            #expect(received == Array(names.prefix(count)))
        }
    }

    /// The states of a PIN (TR-03110-3, B.11.1): tries left, suspended, blocked, deactivated.
    @Test(
        arguments: [
            (0x9000, nil, nil), (0x63C2, nil, 2), (0x63C1, ProtocolError.Code.passwordSuspended, 1),
            (0x63C0, .passwordBlocked, 0), (0x6983, .passwordBlocked, nil), (0x6283, .passwordBlocked, nil),
        ] as [(UInt16, ProtocolError.Code?, Int?)])
    func statesOfThePIN(_ status: UInt16, _ code: ProtocolError.Code?, _ retries: Int?) async throws {
        let parameters = try Self.parameters(.generic, .ecdh, .aes128, 13)
        func makeChip() throws -> PACETests.Chip {
            try PACETests.Chip(parameters) { now, response, _ in
                now == -1 ? ResponseAPDU(statusWord: StatusWord(status)) : response
            }
        }
        let chip = try makeChip()
        do {
            let success = try await PACETerminal(parameters, password: PACETests.password("000123", .pin))
                .run(chip.card)
            let left = success.retriesLeft
            #expect(code == nil && left == retries)
        } catch let error as ProtocolError {
            #expect(error.code == code && error.retriesLeft == retries)
            #expect(chip.card.commands.count == 1, "no try is used")
        }
        guard status == 0x63C1 else { return }
        let resumed = try makeChip()
        let success = try await PACETerminal(parameters, password: PACETests.password("000123", .pin))
            .run(resumed.card, resumesSuspended: true)
        let left = success.retriesLeft
        #expect(left == 1)
    }

    @Test func theCommandNamesPasswordAndAuthorization() async throws {
        let parameters = try Self.parameters(.generic, .ecdh, .aes128, 13)
        for reference in PACEPasswordReference.allCases {
            let chip = try PACETests.Chip(parameters)
            let terminal = try PACETerminal(
                parameters, password: PACETests.password("000123", reference), authorization: [0x06, 0x01, 0x2A])
            _ = try await terminal.run(chip.card)
            let objects = try TLV.parseAll(try #require(chip.card.commands.first).data[...])
            #expect(objects.map(\.tag) == [0x80, 0x83, 0x84, 0x7F4C])
            #expect(Array(objects[1].value) == [reference.rawValue])
        }
    }

    /// Numbers of prime fields: chips write them in as few bytes as they need (9.4.1), some with leading zeros. Runs until each
    /// kind of chip has had a key with a leading zero in the key agreement.
    @Test(arguments: [false, true]) func leadingZerosOfNumbers(_ padsNumbers: Bool) async throws {
        let parameters = try Self.parameters(.generic, .dh, .aes128, 0)
        var shortKeys = 0
        for _ in 0..<3000 where shortKeys == 0 {
            let chip = try PACETests.Chip(parameters, padsNumbers: padsNumbers)
            let success = try await PACETerminal(parameters, password: PACETests.password()).run(chip.card)
            #expect([open(success.keys.encryption), open(success.keys.mac)] == chip.keys)
            let key = success.chipEphemeralKey
            if padsNumbers ? key.first == 0 : key.count < 128 { shortKeys += 1 }
            let tolerances = success.tolerances
            #expect(key.first != 0 || tolerances == [.paddedKey])
            // Our own keys never need a decision.
            for (index, tag) in [(2, 0x81), (3, 0x83)] as [(Int, ISO7816.Tag)] {
                let sent = try TLV(exactly: chip.card.commands[index].data).child(tag).value
                #expect(sent.count == 128 && sent.first != 0)
            }
        }
        #expect(shortKeys > 0)
    }

    /// Our own number sent back with or without leading zeros is still our own.
    @Test func reflectionInAnotherForm() async throws {
        let parameters = try Self.parameters(.generic, .dh, .aes128, 0)
        let group = try FiniteFieldGroup(.modp1024q160)
        var scalar = try group.randomScalar()
        for _ in 0..<5000 where try group.publicKey(scalar, generator: nil).first != 0 {
            scalar = try group.randomScalar()
        }
        let padded = try group.publicKey(scalar, generator: nil)
        try #require(padded.first == 0)
        for form in [padded, Array(padded.drop { $0 == 0 })] {
            let card = AnsweringCard { command in
                guard command.ins == 0x86, command.data.count > 2 else {
                    return ResponseAPDU(
                        data: command.ins == 0x22 ? [] : [0x7C, 18, 0x80, 16] + [UInt8](repeating: 1, count: 16))
                }
                return ResponseAPDU(data: TLV.encode(0x7C, TLV.encode(0x82, form)))
            }
            let secret = SharedSecret(try scalar.copy())
            let error = await protocolError {
                _ = try await PACETerminal(
                    parameters, password: PACETests.password(), group: group, mapping: secret.copy(),
                    agreement: group.randomScalar()
                ).run(card)
            }
            #expect(error?.code == .invalidPublicKey && card.commands.count == 3)
        }
    }

    /// An object that appears twice decides nothing, whichever is the right one.
    @Test func repeatedObjectsInTheLastAnswer() async throws {
        let parameters = try Self.parameters(.chipAuthentication, .ecdh, .aes128, 12)
        let key = try KeyAgreementKeyPair.generate(parameters.domain)
        for tag: UInt8 in [0x86, 0x87, 0x8A] {
            let chip = try PACETests.Chip(parameters, chipKey: key, references: [[0x41]]) { now, response, _ in
                guard now == 3 else { return response }
                let inner = Array(try TLV(exactly: response.data).value)
                return ResponseAPDU(data: TLV.encode(0x7C, inner + [tag, 0x01, 0x42]))
            }
            let error = await protocolError {
                _ = try await PACETerminal(parameters, password: PACETests.password()).run(chip.card)
            }
            #expect(error?.code == .malformedResponse)
        }
    }

    /// Names that are empty or longer than 16 bytes are none (TR-03110-3, table 27).
    @Test func impossibleReferences() async throws {
        let parameters = try Self.parameters(.generic, .ecdh, .aes128, 13)
        let chip = try PACETests.Chip(parameters, references: [[], [UInt8](repeating: 0x41, count: 5000)])
        let success = try await PACETerminal(parameters, password: PACETests.password()).run(chip.card)
        let received = success.certificationAuthorityReferences
        #expect(received.isEmpty)
    }

    /// What GENERAL AUTHENTICATE says of a PIN, step by step (TR-03110-3, B.14.2).
    @Test(
        arguments: [
            (0, 0x63C1, .passwordSuspended), (0, 0x6982, .passwordBlocked), (1, 0x6984, .passwordBlocked),
            (2, 0x6983, .passwordBlocked), (3, 0x6982, .passwordBlocked), (3, 0x63C0, .passwordBlocked),
            (3, 0x63C2, .wrongPassword), (3, 0x63C1, .wrongPassword), (3, 0x6300, .wrongPassword),
            (1, 0x6A80, .refused),
        ] as [(Int, UInt16, ProtocolError.Code)])
    func refusalsOfAPIN(_ step: Int, _ status: UInt16, _ code: ProtocolError.Code) async throws {
        let parameters = try Self.parameters(.generic, .ecdh, .aes128, 13)
        let chip = try PACETests.Chip(parameters) { now, response, _ in
            now == step ? ResponseAPDU(statusWord: StatusWord(status)) : response
        }
        let error = await protocolError {
            _ = try await PACETerminal(parameters, password: PACETests.password("000123", .pin)).run(chip.card)
        }
        #expect(error?.code == code && error?.statusWord?.rawValue == status)
    }

    /// Where the card offers several sets of parameters, DO'84' is mandatory and is not left out.
    @Test func parametersAreNamedWhereTheyAreAmbiguous() async throws {
        let parameters = try Self.parameters(.generic, .ecdh, .aes128, 13)
        let chip = try PACETests.Chip(parameters) { now, response, _ in
            now == -1 ? ResponseAPDU(statusWord: .incorrectData) : response
        }
        let error = await protocolError {
            _ = try await PACETerminal(parameters, password: PACETests.password(), mayOmitParameters: false)
                .run(chip.card)
        }
        #expect(error?.code == .notSupported && chip.card.commands.count == 1)
    }
}
