import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// Chip Authentication version 1 on both sides.
@Suite struct ChipAuthenticationTests {
    static let all: [(ChipAuthenticationProtocol, DomainParameters)] = ChipAuthenticationProtocol.all.flatMap {
        variant in
        DomainParameters.all.compactMap { domain in
            switch (variant.agreement, domain) {
            case (.dh, .dh), (.ecdh, .ecdh): (variant, domain)
            default: nil
            }
        }
    }

    /// A chip with one key: it knows both ways of Chip Authentication and no secure messaging.
    final class Chip {
        let card: AnsweringCard
        private let box: Box

        private final class Box { var keys: [[UInt8]]? }

        var keys: [[UInt8]]? { box.keys }

        init(_ cipher: BlockCipher, _ key: KeyAgreementKeyPair, emptyAnswer: Bool = false) {
            let box = Box()
            self.box = box
            card = AnsweringCard { command in
                let ephemeral: [UInt8]
                let answer: [UInt8]
                switch (command.ins, command.p1, command.p2) {
                case (0x22, 0x41, 0xA6):
                    ephemeral =
                        try TLV.parseAll(command.data[...]).first { $0.tag == 0x91 }.map { Array($0.value) } ?? []
                    answer = []
                case (0x22, 0x41, 0xA4): return ResponseAPDU()
                case (0x86, 0, 0):
                    ephemeral = Array(try TLV(exactly: command.data).child(0x80).value)
                    answer = emptyAnswer ? [] : [0x7C, 0x00]
                default: return ResponseAPDU(statusWord: .instructionNotSupported)
                }
                switch try ChipAuthenticationChip.agree(cipher, key: key, terminalKey: ephemeral) {
                case .some(let keys): box.keys = [open(keys.encryption), open(keys.mac)]
                case .none: return ResponseAPDU(statusWord: .authenticationFailed)
                }
                return ResponseAPDU(data: answer)
            }
        }
    }

    @Test func everyCombinationIsTested() { #expect(Self.all.count == 4 * 3 + 4 * 11) }

    @Test(arguments: all) func bothSidesAgree(_ variant: ChipAuthenticationProtocol, _ domain: DomainParameters)
        async throws
    {
        let key = try KeyAgreementKeyPair.generate(domain)
        let commands: [ChipAuthenticationParameters.Command?] =
            variant.cipher == .tripleDES ? [nil, .generalAuthenticate] : [nil]
        for command in commands {
            for keyId in [nil, [0x0D] as [UInt8]] {
                let chip = Chip(variant.cipher.blockCipher, key, emptyAnswer: keyId == nil)
                let parameters = ChipAuthenticationParameters(
                    protocol: variant, keyId: keyId, publicKey: key.publicKey, command: command)
                let success = try await ChipAuthenticationTerminal(parameters).run(chip.card)
                #expect([open(success.keys.encryption), open(success.keys.mac)] == chip.keys)
                let counter = success.keys.sendSequenceCounter
                #expect(counter == nil)
                let inserted = chip.card.commands.map { [$0.ins, $0.p1, $0.p2] }
                #expect(
                    inserted
                        == (parameters.command == .setKeyAgreementTemplate
                            ? [[0x22, 0x41, 0xA6]] : [[0x22, 0x41, 0xA4], [0x86, 0, 0]]))
                let ephemeral = success.ephemeralPublicKey
                #expect(ephemeral.count == domain.publicKeyLength)
            }
        }
    }

    /// A chip with another private key has other session keys: nothing but its silence under the new ones shows it.
    @Test func aCopyHasOtherKeys() async throws {
        for domain in [DomainParameters.ecdh(.brainpoolP256r1), .dh(.modp2048q256)] {
            let genuine = try KeyAgreementKeyPair.generate(domain)
            let copy = Chip(.aes128, try KeyAgreementKeyPair.generate(domain))
            let agreement: KeyAgreement = if case .dh = domain { .dh } else { .ecdh }
            let parameters = ChipAuthenticationParameters(
                protocol: ChipAuthenticationProtocol(agreement: agreement, cipher: .aes128), keyId: nil,
                publicKey: genuine.publicKey)
            let success = try await ChipAuthenticationTerminal(parameters).run(copy.card)
            #expect([open(success.keys.encryption), open(success.keys.mac)] != copy.keys)
        }
    }

    @Test(arguments: [0x6300, 0x6982, 0x6985, 0x6A80, 0x6A88, 0x6D00, 0x6F00, 0x6283] as [UInt16])
    func refusals(_ status: UInt16) async throws {
        let key = try KeyAgreementKeyPair.generate(.ecdh(.secp256r1))
        for (cipher, refused) in [(SessionCipher.tripleDES, 0), (.aes128, 0), (.aes128, 1)] {
            var count = 0
            let card = AnsweringCard { _ in
                defer { count += 1 }
                return count == refused ? ResponseAPDU(statusWord: StatusWord(status)) : ResponseAPDU()
            }
            let parameters = ChipAuthenticationParameters(
                protocol: ChipAuthenticationProtocol(agreement: .ecdh, cipher: cipher), keyId: nil,
                publicKey: key.publicKey)
            let error = await protocolError { _ = try await ChipAuthenticationTerminal(parameters).run(card) }
            #expect(error?.code == .refused && error?.statusWord?.rawValue == status)
            #expect(card.commands.count == refused + 1)
        }
    }

    /// What is no public key of the group gets no keys.
    @Test func chipRefusesOtherKeys() throws {
        let curve = try KeyAgreementKeyPair.generate(.ecdh(.brainpoolP256r1))
        let field = try KeyAgreementKeyPair.generate(.dh(.modp1024q160))
        let other = try StandardCurve.secp256r1.parameters().generator
        let good = try StandardCurve.brainpoolP256r1.parameters().generator
        let points: [[UInt8]] = [
            [], [0], other, good + [0], Array(good.dropLast()), [2] + good[1...32],
            good.dropLast() + [good[64] ^ 1],
        ]
        for bytes in points {
            guard case .none = try ChipAuthenticationChip.agree(.aes128, key: curve, terminalKey: bytes) else {
                Issue.record("a point of \(bytes.count) bytes was accepted")
                continue
            }
        }
        let width = 128
        for number: [UInt8] in [
            [], [2], [UInt8](repeating: 0, count: width), [UInt8](repeating: 0, count: width - 1) + [1],
            [UInt8](repeating: 0, count: width - 1) + [2], [UInt8](repeating: 0xFF, count: width),
        ] {
            guard case .none = try ChipAuthenticationChip.agree(.tripleDES, key: field, terminalKey: number) else {
                Issue.record("a number of \(number.count) bytes was accepted")
                continue
            }
        }
    }
}
