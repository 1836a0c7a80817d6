import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

@Suite struct PACETests {
    static func parameters(_ cipher: SessionCipher, _ identifier: Int) throws -> PACEParameters {
        let variant = try #require(PACEProtocol(mapping: .generic, agreement: .ecdh, cipher: cipher))
        return try #require(PACEParameters(PACEInfo(protocol: variant, parameterId: identifier)))
    }

    static func password(_ can: String = "000123", _ reference: PACEPasswordReference = .can) throws -> PACEPassword {
        PACEPassword(reference, secret: SharedSecret(try SecretBytes(copying: Array(can.utf8))))
    }

    /// What the chip answers, and the keys it ends with.
    final class Chip {
        let card: AnsweringCard
        private let box: Box

        private final class Box { var keys: [[UInt8]] = [] }

        var keys: [[UInt8]] { box.keys }

        /// `change` may spoil the answer to GENERAL AUTHENTICATE number 0 to 3.
        init(
            _ parameters: PACEParameters, can: String = "000123", chipKey: KeyAgreementKeyPair? = nil,
            references: [[UInt8]] = [], padsNumbers: Bool = false,
            change: @escaping (Int, ResponseAPDU, CommandAPDU) throws -> ResponseAPDU = { _, response, _ in response }
        ) throws {
            let chip = try PACEChip(
                parameters, password: password(can), chipKey: chipKey, certificationAuthorityReferences: references,
                padsNumbers: padsNumbers)
            var step = 0
            let box = Box()
            self.box = box
            card = AnsweringCard { command in
                if command.ins == 0x22 { return try change(-1, ResponseAPDU(), command) }
                defer { step += 1 }
                let response: ResponseAPDU
                switch try chip.answer(command.data, isLast: command.cla == 0) {
                case .more(let data): response = ResponseAPDU(data: data)
                case .done(let data, let keys):
                    box.keys = [open(keys.encryption), open(keys.mac)]
                    response = ResponseAPDU(data: data)
                case .refused(let status): response = ResponseAPDU(statusWord: status)
                }
                return try change(step, response, command)
            }
        }
    }

    static func error(_ chip: Chip, _ parameters: PACEParameters, can: String = "000123") async -> ProtocolError? {
        await protocolError { _ = try await PACETerminal(parameters, password: password(can)).run(chip.card) }
    }

    @Test(arguments: SessionCipher.allCases, StandardCurve.allCases)
    func bothSidesAgree(_ cipher: SessionCipher, _ curve: StandardCurve) async throws {
        let parameters = try Self.parameters(cipher, Int(curve.rawValue))
        let chip = try Chip(parameters)
        let success = try await PACETerminal(parameters, password: Self.password()).run(chip.card)
        #expect([open(success.keys.encryption), open(success.keys.mac)] == chip.keys)
        #expect(chip.card.commands.map(\.ins) == [0x22, 0x86, 0x86, 0x86, 0x86])
        #expect(chip.card.commands.map(\.cla) == [0x00, 0x10, 0x10, 0x10, 0x00])
    }

    /// A wrong password is reported and not tried again, whether the chip says so or goes on.
    @Test(arguments: SessionCipher.allCases)
    func wrongPassword(_ cipher: SessionCipher) async throws {
        let parameters = try Self.parameters(cipher, 12)
        let refusing = try Chip(parameters, can: "000124")
        #expect(await Self.error(refusing, parameters)?.code == .wrongPassword)
        #expect(refusing.card.commands.count == 5 && refusing.keys.isEmpty)
        let lying = try Chip(parameters, can: "000124") { step, response, _ in
            step == 3 ? ResponseAPDU(data: hex("7C0A86080102030405060708")) : response
        }
        // A card that takes our token has judged the password; its own wrong token is another fault.
        #expect(await Self.error(lying, parameters)?.code == .authenticationFailed)
        let pretending = try Chip(parameters) { step, response, _ in
            step == 3 ? ResponseAPDU(data: hex("7C0A86080102030405060708")) : response
        }
        #expect(await Self.error(pretending, parameters)?.code == .authenticationFailed)
    }

    /// Every byte of every answer of the chip. None leads to a session.
    @Test func flippedAnswers() async throws {
        let parameters = try Self.parameters(.aes128, 12)
        for (step, length) in [20, 69, 69, 12].enumerated() {
            for index in 0..<length {
                let chip = try Chip(parameters) { now, response, _ in
                    guard now == step else { return response }
                    var spoilt = response
                    try #require(spoilt.data.count == length)
                    spoilt.data[index] ^= 0x01
                    return spoilt
                }
                #expect(await Self.error(chip, parameters) != nil, "answer \(step), byte \(index)")
            }
        }
    }

    /// Points off the curve, infinity, of other forms, and the terminal's own key sent back.
    @Test(arguments: [1, 2])
    func invalidPoints(_ step: Int) async throws {
        let parameters = try Self.parameters(.aes256, 13)
        let curve = StandardCurve.brainpoolP256r1
        let good = try curve.parameters().generator
        let points: [[UInt8]] = [
            [], [0], [4], [UInt8](repeating: 0, count: 65), [4] + [UInt8](repeating: 0, count: 64), good.dropLast(),
            good + [0], good.dropLast() + [good[64] ^ 1], [2] + good[1...32], [6] + good.dropFirst(),
            try StandardCurve.secp256r1.parameters().generator, [UInt8](repeating: 4, count: 60_000),
        ]
        let tag: ISO7816.Tag = step == 1 ? 0x82 : 0x84
        for point in points {
            let chip = try Chip(parameters) { now, response, _ in
                now == step ? ResponseAPDU(data: TLV.encode(0x7C, TLV.encode(tag, point))) : response
            }
            let error = await Self.error(chip, parameters)
            #expect(error?.code == .invalidPublicKey, "a point of \(point.count) bytes")
            #expect(chip.keys.isEmpty)
        }
        let reflecting = try Chip(parameters) { now, response, command in
            guard now == step else { return response }
            let own = try TLV(exactly: command.data).children()[0].value
            return ResponseAPDU(data: TLV.encode(0x7C, TLV.encode(tag, Array(own))))
        }
        #expect(await Self.error(reflecting, parameters)?.code == .invalidPublicKey)
    }

    @Test func malformedAnswers() async throws {
        let parameters = try Self.parameters(.aes128, 12)
        for step in 0...3 {
            for data in [
                "", "7C", "7C00", "7D00", "7C02", "7C0281", "7C028100", "30020500", "7C847FFFFFFF", "7C80", "FF",
            ] {
                let chip = try Chip(parameters) { now, response, _ in
                    now == step ? ResponseAPDU(data: hex(data)) : response
                }
                let code = await Self.error(chip, parameters)?.code
                #expect(code == .malformedResponse, "answer \(step): \(data)")
            }
        }
        for count in [0, 1, 8, 15, 17, 24, 80, 4096] {
            let chip = try Chip(parameters) { now, response, _ in
                let nonce = [UInt8](repeating: 1, count: count)
                return now == 0 ? ResponseAPDU(data: TLV.encode(0x7C, TLV.encode(0x80, nonce))) : response
            }
            #expect(await Self.error(chip, parameters)?.code == .malformedResponse, "a nonce of \(count) bytes")
        }
        // Tokens of other lengths, among them the right one cut short or with a byte more.
        for count in [0, 1, 4, 7, 9, 16] {
            let chip = try Chip(parameters) { now, response, _ in
                guard now == 3 else { return response }
                let token = Array(response.data.dropFirst(4))
                let other = Array(token.prefix(count)) + [UInt8](repeating: 0, count: max(0, count - 8))
                return ResponseAPDU(data: TLV.encode(0x7C, TLV.encode(0x86, other)))
            }
            #expect(await Self.error(chip, parameters) != nil, "a token of \(count) bytes")
        }
    }

    @Test(
        arguments: [
            (-1, 0x6A80, ProtocolError.Code.notSupported), (-1, 0x6A88, .notSupported), (-1, 0x63C0, .passwordBlocked),
            (-1, 0x6983, .passwordBlocked), (-1, 0x6984, .passwordBlocked), (-1, 0x6F00, .notSupported),
            (-1, 0x6985, .notSupported), (-1, 0x6700, .notSupported), (3, 0x6988, .refused), (3, 0x6A80, .refused),
            (0, 0x6982, .refused), (1, 0x6300, .refused),
            (2, 0x6A80, .refused), (3, 0x6300, .wrongPassword), (3, 0x63C2, .wrongPassword),
            (3, 0x63C0, .passwordBlocked),
            (3, 0x6F00, .refused), (3, 0x6283, .refused),
        ] as [(Int, UInt16, ProtocolError.Code)])
    func statusWords(_ step: Int, _ status: UInt16, _ code: ProtocolError.Code) async throws {
        let parameters = try Self.parameters(.aes128, 12)
        let chip = try Chip(parameters) { now, response, _ in
            now == step ? ResponseAPDU(statusWord: StatusWord(status)) : response
        }
        let error = await Self.error(chip, parameters)
        #expect(error?.code == code && error?.statusWord?.rawValue == status)
        // MSE:Set AT is tried without DO'84' after 6A80 and 6A88; nothing else is tried again.
        #expect(chip.card.commands.count == (step == -1 && [0x6A80, 0x6A88].contains(status) ? 2 : step + 2))
    }

    /// 63Cx after MSE:Set AT warns of wrong attempts before; the run goes on.
    @Test func retriesLeftIsNoRefusal() async throws {
        let parameters = try Self.parameters(.aes128, 12)
        let chip = try Chip(parameters) { now, response, _ in
            now == -1 ? ResponseAPDU(statusWord: StatusWord(0x63C1)) : response
        }
        #expect(await Self.error(chip, parameters) == nil)
    }

    /// The chip's side: commands out of order, spoilt or with other points end the run for good.
    @Test func chipRefusesDisorder() throws {
        let parameters = try Self.parameters(.aes128, 12)
        let point = try StandardCurve.secp256r1.parameters().generator
        func isRefused(_ commands: [(String, Bool)]) throws -> Bool {
            let chip = try PACEChip(parameters, password: Self.password())
            var refused = false
            for (data, isLast) in commands {
                if case .refused = try chip.answer(hex(data), isLast: isLast) {
                    refused = true
                } else if refused {
                    return false
                }
            }
            return refused
        }
        let mapping = "7C438141" + hex(point)
        #expect(try !isRefused([("7C00", false)]))
        #expect(try !isRefused([("7C00", false), (mapping, false)]))
        for commands in [
            [("", false)], [("7C", false)], [("7C00", true)], [("7D00", false)], [("7C028100", false)],
            [(mapping, false)],
            [("7C00", false), ("7C00", false)], [("7C00", false), (mapping, true)],
            [("7C00", false), ("7C0281 00", false)],
            [("7C00", false), ("7C438341" + hex(point), false)], [("7C00", false), ("7C0A85080102030405060708", true)],
            [("7C00", false), ("7C438141" + hex(point.dropLast() + [point[64] ^ 1]), false)],
            [("7C00", false), ("7C03810100", false)],
            [("7C00", false), (mapping, false), ("7C0A85080102030405060708", true)],
            [("7C00", false), (mapping, false), (mapping, false)],
            [("7C00", true), ("7C00", false), (mapping, false)],
        ] { #expect(try isRefused(commands), "\(commands.map(\.0.count))") }
    }

    /// What the parameters of EF.CardAccess are turned into, strongest first, and what is left out.
    @Test func choices() throws {
        func info(
            _ cipher: SessionCipher, _ identifier: Int?, version: Int = 2, mapping: PACEMapping = .generic,
            agreement: KeyAgreement = .ecdh
        ) throws -> PACEInfo {
            let variant = try #require(PACEProtocol(mapping: mapping, agreement: agreement, cipher: cipher))
            return PACEInfo(protocol: variant, version: version, parameterId: identifier)
        }
        let offered = try [
            info(.tripleDES, 18), info(.aes128, 12), info(.aes128, 13), info(.aes256, 12), info(.aes256, 17),
            info(.aes256, 12), info(.aes128, 7), info(.aes128, 19), info(.aes128, 300), info(.aes128, -1),
            info(.aes128, nil), info(.aes128, 12, version: 1),
        ]
        let choices = PACEParameters.choices(offered).map { "\($0.protocol.cipher.rawValue) \($0.parameterId)" }
        #expect(choices == ["AES-256 17", "AES-256 12", "AES-128 12", "AES-128 13", "3DES 18"])
        #expect(PACEParameters.choices([]).isEmpty)
    }

    /// A chip's answers of one run, its nonce and its keys included, are worth nothing in the next: our keys are fresh.
    @Test(arguments: [PACEMapping.generic, .integrated, .chipAuthentication], [SessionCipher.aes128, .aes256])
    func repeatedNoncesAndKeys(_ mapping: PACEMapping, _ cipher: SessionCipher) async throws {
        let variant = try #require(PACEProtocol(mapping: mapping, agreement: .ecdh, cipher: cipher))
        let parameters = try #require(PACEParameters(PACEInfo(protocol: variant, parameterId: 12)))
        var recorded: [ResponseAPDU] = []
        let genuine = try Chip(parameters, chipKey: .generate(parameters.domain)) { _, response, _ in
            recorded.append(response)
            return response
        }
        _ = try await PACETerminal(parameters, password: Self.password()).run(genuine.card)
        #expect(recorded.count == 5)
        var replayed = recorded[...]
        let copy = AnsweringCard { _ in replayed.popFirst() ?? ResponseAPDU(statusWord: .unknownError) }
        let error = await protocolError {
            _ = try await PACETerminal(parameters, password: Self.password()).run(copy)
        }
        #expect(error?.code == .authenticationFailed && copy.commands.count == 5)
        // No two runs of a chip send the same nonce, nor do two runs of ours send the same key.
        #expect(copy.commands[2].data != genuine.card.commands[2].data)
        let another = try Chip(parameters, chipKey: .generate(parameters.domain)) { step, response, _ in
            if step == 0 { #expect(response.data != recorded[1].data) }
            return response
        }
        _ = try await PACETerminal(parameters, password: Self.password()).run(another.card)
    }
}
