import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import Testing

@Suite struct BACTests {
    static func keys(_ seed: UInt8 = 0x23) throws -> BACKeys {
        try BACKeys(seed: SecretBytes(copying: [UInt8](repeating: seed, count: 16)))
    }

    /// A chip with the keys of `seed` that answers both commands; `change` may spoil the second answer.
    static func card(
        seed: UInt8 = 0x23, challenge: ResponseAPDU? = nil,
        change: @escaping ([UInt8]) throws -> ResponseAPDU = { ResponseAPDU(data: $0) }
    ) -> AnsweringCard {
        let rndIC = hex("4608F91988702212")
        return AnsweringCard { command in
            switch command.ins {
            case 0x84: return challenge ?? ResponseAPDU(data: rndIC)
            case 0x82:
                let chip = try BACChip(rndIC: rndIC, kIC: SecretBytes(copying: [UInt8](repeating: 0x0B, count: 16)))
                guard let success = try chip.authenticate(command.data, keys: keys(seed)) else {
                    return ResponseAPDU(statusWord: StatusWord(0x6300))
                }
                return try change(success.response)
            default: return ResponseAPDU(statusWord: StatusWord(0x6D00))
            }
        }
    }

    static func code(_ card: AnsweringCard, seed: UInt8 = 0x23) async throws -> ProtocolError.Code? {
        let terminal = try BACTerminal(keys: keys(seed))
        do {
            _ = try await terminal.run(card)
            return nil
        } catch let error as ProtocolError { return error.code }
    }

    @Test func bothSidesAgree() async throws {
        let rndIC = hex("0102030405060708")
        nonisolated(unsafe) var chipKeys: [[UInt8]] = []
        let card = AnsweringCard { command in
            if command.ins == 0x84 { return ResponseAPDU(data: rndIC) }
            let chip = try BACChip(rndIC: rndIC, kIC: randomSecret(16))
            guard let success = try chip.authenticate(command.data, keys: Self.keys()) else {
                return ResponseAPDU(statusWord: StatusWord(0x6300))
            }
            chipKeys = [open(success.keys.encryption), open(success.keys.mac), success.keys.sendSequenceCounter ?? []]
            return ResponseAPDU(data: success.response)
        }
        let session = try await BACTerminal(keys: Self.keys()).run(card)
        let terminalKeys = [open(session.encryption), open(session.mac), session.sendSequenceCounter ?? []]
        #expect(terminalKeys == chipKeys && terminalKeys[2].prefix(4) == rndIC.suffix(4))
        #expect(card.commands.map(\.ins) == [0x84, 0x82])
    }

    /// A wrong key is reported, and tried once only.
    @Test func wrongKey() async throws {
        let card = Self.card(seed: 0x24)
        #expect(try await Self.code(card) == .wrongPassword)
        #expect(card.commands.count == 2)
    }

    @Test(arguments: [0, 1, 7, 9, 16, 200])
    func challengeOfTheWrongLength(_ count: Int) async throws {
        let card = Self.card(challenge: ResponseAPDU(data: [UInt8](repeating: 1, count: count)))
        #expect(try await Self.code(card) == .malformedResponse)
        #expect(card.commands.count == 1)
    }

    @Test(arguments: [0x6D00, 0x6982, 0x6985, 0x6A81, 0x6F00, 0x63C3] as [UInt16])
    func refusedChallenge(_ status: UInt16) async throws {
        let card = Self.card(challenge: ResponseAPDU(statusWord: StatusWord(status)))
        #expect(try await Self.code(card) == .notSupported)
    }

    @Test(
        arguments: [
            (0x6300, ProtocolError.Code.wrongPassword), (0x63C2, .wrongPassword), (0x6982, .wrongPassword),
            (0x6988, .wrongPassword), (0x63C0, .passwordBlocked), (0x6983, .passwordBlocked), (0x6985, .refused),
            (0x6F00, .refused), (0x6700, .refused), (0x61FF, .refused),
        ] as [(UInt16, ProtocolError.Code)])
    func refusedAuthentication(_ status: UInt16, _ code: ProtocolError.Code) async throws {
        let card = Self.card { _ in ResponseAPDU(statusWord: StatusWord(status)) }
        #expect(try await Self.code(card) == code)
    }

    /// The chip's answer with any byte changed.
    @Test func flippedResponse() async throws {
        for index in 0..<40 {
            let card = Self.card { response in
                var spoilt = response
                spoilt[index] ^= 0x40
                return ResponseAPDU(data: spoilt)
            }
            #expect(try await Self.code(card) == .authenticationFailed, "byte \(index)")
        }
    }

    @Test func responsesOfTheWrongLength() async throws {
        for count in Array(0..<40) + [41, 48, 80, 256] {
            let card = Self.card { response in
                ResponseAPDU(data: Array(response.prefix(count)) + [UInt8](repeating: 0, count: max(0, count - 40)))
            }
            #expect(try await Self.code(card) == .authenticationFailed, "\(count) bytes")
        }
    }

    /// A chip that has the keys and returns other nonces: under a right MAC, and still wrong.
    @Test func wrongNonces() async throws {
        for spoilt in [0, 7, 8, 15] {
            let terminal = try BACTerminal(
                keys: Self.keys(), rndIFD: hex("781723860C06C226"), kIFD: SecretBytes(count: 16))
            let rndIC = hex("4608F91988702212")
            var plain = rndIC + hex("781723860C06C226") + [UInt8](repeating: 1, count: 16)
            func sealed() throws -> [UInt8] {
                let keys = try Self.keys()
                let cryptogram = try BlockCipher.tripleDES.encrypt(plain, key: keys.encryption)
                return cryptogram + (try MessageAuthenticator(.tripleDES, key: keys.mac).mac(cryptogram, padded: true))
            }
            _ = try terminal.sessionKeys(rndIC: rndIC, response: sealed())
            plain[spoilt] ^= 1
            var code: ProtocolError.Code?
            do { _ = try terminal.sessionKeys(rndIC: rndIC, response: sealed()) } catch let error as ProtocolError {
                code = error.code
            }
            #expect(code == .authenticationFailed, "byte \(spoilt)")
        }
    }

    /// The chip's own command sent back to the terminal is no answer: the nonces stand in the other order.
    @Test func reflectedCommand() async throws {
        let rndIC = hex("4608F91988702212")
        let card = AnsweringCard { $0.ins == 0x84 ? ResponseAPDU(data: rndIC) : ResponseAPDU(data: $0.data) }
        #expect(try await Self.code(card) == .authenticationFailed)
    }

    @Test func chipRefusesSpoiltCommands() throws {
        let rndIC = hex("4608F91988702212")
        func accepts(_ data: [UInt8], rndIC: [UInt8] = hex("4608F91988702212")) throws -> Bool {
            let chip = try BACChip(rndIC: rndIC, kIC: SecretBytes(count: 16))
            switch try chip.authenticate(data, keys: Self.keys()) {
            case .some: return true
            case .none: return false
            }
        }
        let good = try BACTerminal(keys: Self.keys()).authenticationData(rndIC: rndIC)
        #expect(try accepts(good))
        for index in good.indices {
            var spoilt = good
            spoilt[index] ^= 1
            #expect(try !accepts(spoilt), "byte \(index)")
        }
        for count in 0..<40 { #expect(try !accepts(Array(good.prefix(count)))) }
        #expect(try !accepts(good + [0]))
        #expect(try !accepts(good, rndIC: hex("4608F91988702213")), "another challenge")
    }

    @Test(arguments: [0, 7, 9])
    func wrongNonceLengths(_ count: Int) throws {
        let nonce = [UInt8](repeating: 0, count: count)
        #expect(throws: CryptoError(.invalidLength)) {
            _ = try BACTerminal(keys: Self.keys(), rndIFD: nonce, kIFD: SecretBytes(count: 16))
        }
        #expect(throws: CryptoError(.invalidLength)) { _ = try BACChip(rndIC: nonce, kIC: SecretBytes(count: 16)) }
        #expect(throws: CryptoError(.invalidLength)) {
            _ = try BACTerminal(
                keys: Self.keys(), rndIFD: [UInt8](repeating: 0, count: 8), kIFD: SecretBytes(count: count))
        }
    }

    @Test(arguments: [0, 8, 15])
    func seedOfTheWrongLength(_ count: Int) {
        #expect(throws: CryptoError(.invalidLength)) { _ = try BACKeys(mrzHash: SecretBytes(count: count)) }
    }
}
