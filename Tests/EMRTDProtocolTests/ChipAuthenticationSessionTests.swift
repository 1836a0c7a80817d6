import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// Chip Authentication inside a session, and the session that it begins.
@Suite struct ChipAuthenticationSessionTests {
    /// What the chip does with the agreed keys.
    enum Behaviour: Sendable { case genuine, copy, keepsOldKeys }

    struct Case: Sendable, CustomTestStringConvertible {
        let agreement: ChipAuthenticationProtocol
        let domain: DomainParameters
        let maximumCommandData: Int

        var testDescription: String { "\(agreement.agreement) \(agreement.cipher) \(domain) \(maximumCommandData)" }
    }

    static let cases: [Case] = [
        (KeyAgreement.dh, SessionCipher.tripleDES, DomainParameters.dh(.modp1024q160)),
        (.dh, .tripleDES, .dh(.modp2048q224)), (.dh, .aes128, .dh(.modp2048q256)), (.dh, .aes256, .dh(.modp2048q224)),
        (.ecdh, .tripleDES, .ecdh(.secp224r1)), (.ecdh, .aes192, .ecdh(.brainpoolP384r1)),
        (.ecdh, .aes256, .ecdh(.secp521r1)), (.ecdh, .aes128, .ecdh(.secp256r1)),
    ].flatMap { agreement, cipher, domain in
        [255, 0xFFFF].map {
            Case(
                agreement: ChipAuthenticationProtocol(agreement: agreement, cipher: cipher), domain: domain,
                maximumCommandData: $0)
        }
    }

    /// A terminal and a card in a session under other keys.
    private func start(
        _ variant: Case, old: BlockCipher = .tripleDES, _ behaviour: Behaviour = .genuine
    ) throws -> (SecureMessaging, ProtectedCard, ChipAuthenticationParameters) {
        let key = try KeyAgreementKeyPair.generate(variant.domain)
        let own = behaviour == .copy ? try KeyAgreementKeyPair.generate(variant.domain) : key
        let cipher = variant.agreement.cipher.blockCipher
        let (terminal, card) = try ProtectedCard.pair(old, maximumCommandData: variant.maximumCommandData) { command in
            let ephemeral: [UInt8]
            switch (command.ins, command.p1, command.p2) {
            case (0x22, 0x41, 0xA6):
                ephemeral = try TLV.parseAll(command.data[...]).first { $0.tag == 0x91 }.map { Array($0.value) } ?? []
            case (0x22, 0x41, 0xA4): return (ResponseAPDU(), nil)
            case (0x86, 0, 0): ephemeral = Array(try TLV(exactly: command.data).child(0x80).value)
            case (0xB0, 0, 0): return (ResponseAPDU(data: [0x60, 0x14]), nil)
            default: return (ResponseAPDU(statusWord: .instructionNotSupported), nil)
            }
            let answer = ResponseAPDU(data: command.ins == 0x86 ? [0x7C, 0x00] : [])
            switch try ChipAuthenticationChip.agree(cipher, key: own, terminalKey: ephemeral) {
            case .none: return (ResponseAPDU(statusWord: .authenticationFailed), nil)
            case .some(let keys):
                if behaviour == .keepsOldKeys { return (answer, nil) }
                return (answer, SecureMessagingChip(context: try keys.makeContext()))
            }
        }
        let parameters = ChipAuthenticationParameters(
            protocol: variant.agreement, keyId: nil, publicKey: key.publicKey)
        return (terminal, card, parameters)
    }

    private func session(_ success: consuming ChipAuthenticationTerminal.Success, _ card: ProtectedCard) throws
        -> SecureMessaging
    {
        SecureMessaging(over: card.card, context: try success.keys.makeContext())
    }

    private let read = CommandAPDU(ins: 0xB0, expectedLength: 4)

    @Test(arguments: cases) func newSessionFollows(_ variant: Case) async throws {
        for old in [BlockCipher.tripleDES, .aes256] {
            let (terminal, card, parameters) = try start(variant, old: old)
            let success = try await ChipAuthenticationTerminal(parameters).run(terminal)
            for command in card.card.commands { #expect(command.data.count <= variant.maximumCommandData) }
            if variant.domain.publicKeyLength == 256, variant.maximumCommandData == 255 {
                #expect(card.card.commands.filter { $0.cla == 0x1C }.count == 1, "the key needs a chain of two")
            } else {
                #expect(!card.card.commands.contains { $0.cla == 0x1C })
            }
            let next = try session(success, card)
            let response = try await next.exchange(read)
            #expect(response == ResponseAPDU(data: [0x60, 0x14]))
            #expect(next.acceptedResponses == 1)
            // The old keys are over: the chip ends the session.
            let error = await protocolError { _ = try await terminal.exchange(read) }
            #expect(error?.code == .unprotectedStatus && error?.statusWord == .secureMessagingObjectsIncorrect)
        }
    }

    /// A copy has another private key: the first command under the new keys shows it.
    @Test(arguments: cases) func aCopyIsFound(_ variant: Case) async throws {
        let (terminal, card, parameters) = try start(variant, .copy)
        let next = try session(try await ChipAuthenticationTerminal(parameters).run(terminal), card)
        let error = await protocolError { _ = try await next.exchange(read) }
        #expect(error?.code == .unprotectedStatus && error?.statusWord == .secureMessagingObjectsIncorrect)
        #expect(next.acceptedResponses == 0 && !next.isActive)
    }

    /// A chip that answers on under the keys of PACE or BAC, and one that answers in clear, has proved nothing.
    @Test func answersUnderOtherKeys() async throws {
        for variant in Self.cases where variant.maximumCommandData == 0xFFFF {
            let (terminal, card, parameters) = try start(variant, .keepsOldKeys)
            let next = try session(try await ChipAuthenticationTerminal(parameters).run(terminal), card)
            let error = await protocolError { _ = try await next.exchange(read) }
            #expect(error?.code == .unprotectedStatus && next.acceptedResponses == 0)

            let (before, other, again) = try start(variant)
            let success = try await ChipAuthenticationTerminal(again).run(before)
            let sameKeys = SecureMessagingChip(context: try sessionKeys(.tripleDES).makeContext())
            let echo = AnsweringCard { _ in try sameKeys.protect(ResponseAPDU(data: [0x60, 0x14]), ins: 0xB0) }
            let deceived = SecureMessaging(over: echo, context: try success.keys.makeContext())
            let wrong = await protocolError { _ = try await deceived.exchange(read) }
            #expect(wrong?.code == .secureMessagingFailed && deceived.acceptedResponses == 0)
            _ = other
            let clear = AnsweringCard { _ in ResponseAPDU(data: [0x60, 0x14]) }
            let open = SecureMessaging(over: clear, context: try sessionKeys(.aes128).makeContext())
            let unprotected = await protocolError { _ = try await open.exchange(read) }
            #expect(unprotected?.code == .secureMessagingFailed)
        }
    }

    /// Each byte of each answer, flipped: no keys come out, and the session is over.
    @Test func flippedAnswers() async throws {
        let variant = Case(
            agreement: ChipAuthenticationProtocol(agreement: .ecdh, cipher: .aes128), domain: .ecdh(.secp256r1),
            maximumCommandData: 0xFFFF)
        for number in 0..<2 {
            var index = 0
            var length = 1
            while index < length {
                let (_, card, parameters) = try start(variant)
                var count = 0
                let spoiling = AnsweringCard { command in
                    defer { count += 1 }
                    let response = try card.card.answer(to: command)
                    guard count == number else { return response }
                    length = response.data.count
                    var data = response.data
                    data[index] ^= 0x40
                    return ResponseAPDU(data: data, statusWord: response.statusWord)
                }
                let terminal = SecureMessaging(over: spoiling, context: try sessionKeys(.tripleDES).makeContext())
                let error = await protocolError { _ = try await ChipAuthenticationTerminal(parameters).run(terminal) }
                #expect(error?.code == .secureMessagingFailed, "answer \(number), byte \(index)")
                #expect(!terminal.isActive)
                index += 1
            }
            #expect(index > 10)
        }
    }
}
