import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// What the chip must refuse, and what a terminal makes of a card that misbehaves.
@Suite("Terminal Authentication: refusals") struct TerminalAuthenticationChipTests {
    static func name(_ text: String) -> [UInt8] { TLV.encode(0x83, Array(text.utf8)) }

    static func data(_ holder: CVAuthority) -> [UInt8] {
        holder.certificate.body + TLV.encode(0x5F37, holder.certificate.signature)
    }

    /// A chip to which the document verifier's and the terminal's certificates have been presented.
    static func presented(_ pki: TerminalPKI) throws -> TerminalAuthenticationChip {
        var chip = TerminalAuthenticationChip(trustPoints: try pki.trustPoints())
        for (issuer, holder) in [(pki.root, pki.verifier), (pki.verifier, pki.terminal)] {
            #expect(chip.setDigitalSignatureTemplate(name(issuer.certificate.holderReference.description)) == .success)
            #expect(try chip.verifyCertificate(data(holder)) == .success)
        }
        return chip
    }

    @Test func order() throws {
        let pki = try TerminalPKI()
        let binding = try TerminalAuthenticationTests.binding()
        var fresh = TerminalAuthenticationChip(trustPoints: try pki.trustPoints())
        #expect(try fresh.verifyCertificate(Self.data(pki.verifier)) == .conditionsOfUseNotSatisfied)
        #expect(try fresh.getChallenge() == nil)
        #expect(try fresh.externalAuthenticate([1], binding: binding) == .conditionsOfUseNotSatisfied)
        #expect(fresh.setAuthenticationTemplate(Self.name("XXIS00001")) == .referencedDataNotFound)
        #expect(fresh.setDigitalSignatureTemplate(Self.name("XXDV00001")) == .referencedDataNotFound)

        var chip = try Self.presented(pki)
        // The choice of a key is for one certificate.
        #expect(try chip.verifyCertificate(Self.data(pki.terminal)) == .conditionsOfUseNotSatisfied)
        // The document verifier's key went with the terminal's import.
        #expect(chip.setDigitalSignatureTemplate(Self.name("XXDV00001")) == .referencedDataNotFound)
        #expect(try chip.getChallenge() == nil, "before MSE:Set AT")
        #expect(chip.setAuthenticationTemplate(Self.name("XXIS00001")) == .success)
        #expect(try chip.externalAuthenticate([1], binding: binding) == .conditionsOfUseNotSatisfied, "no challenge")
        let challenge = try #require(try chip.getChallenge())
        let signature = try pki.terminal.key.sign(
            binding.message(challenge: challenge), scheme: pki.terminal.algorithm.scheme)
        #expect(
            try chip.externalAuthenticate(signature, binding: nil) == .securityStatusNotSatisfied,
            "no Chip Authentication")
        #expect(try chip.externalAuthenticate(signature, binding: binding) == .success)
        #expect(chip.grantsDG3)
        // Once in a session.
        #expect(chip.setAuthenticationTemplate(Self.name("XXIS00001")) == .success)
        let second = try #require(try chip.getChallenge())
        let again = try pki.terminal.key.sign(binding.message(challenge: second), scheme: pki.terminal.algorithm.scheme)
        #expect(try chip.externalAuthenticate(again, binding: binding) == .securityStatusNotSatisfied)
        #expect(chip.grantsDG3, "a refused attempt takes nothing away")
        // A new session knows nothing.
        chip.reset()
        #expect(!chip.grantsDG3)
        #expect(chip.setAuthenticationTemplate(Self.name("XXIS00001")) == .referencedDataNotFound)
    }

    @Test func challengesServeOnce() throws {
        let pki = try TerminalPKI()
        let binding = try TerminalAuthenticationTests.binding()
        var chip = try Self.presented(pki)
        #expect(chip.setAuthenticationTemplate(Self.name("XXIS00001")) == .success)
        let first = try #require(try chip.getChallenge())
        let signature = try pki.terminal.key.sign(
            binding.message(challenge: first), scheme: pki.terminal.algorithm.scheme)
        #expect(try chip.externalAuthenticate(Array(signature.reversed()), binding: binding) == .authenticationFailed)
        #expect(try chip.externalAuthenticate(signature, binding: binding) == .conditionsOfUseNotSatisfied)
        let second = try #require(try chip.getChallenge())
        #expect(first != second)
        #expect(try chip.externalAuthenticate(signature, binding: binding) == .authenticationFailed, "a replay")
        // MSE:Set AT and a new certificate drop a challenge.
        let third = try #require(try chip.getChallenge())
        #expect(chip.setAuthenticationTemplate(Self.name("XXIS00001")) == .success)
        let late = try pki.terminal.key.sign(binding.message(challenge: third), scheme: pki.terminal.algorithm.scheme)
        #expect(try chip.externalAuthenticate(late, binding: binding) == .conditionsOfUseNotSatisfied)
    }

    @Test func certificatesThatAreNotAccepted() throws {
        let pki = try TerminalPKI()
        let foreign = try TerminalPKI()
        var chip = TerminalAuthenticationChip(trustPoints: try pki.trustPoints())
        for data in [[], [0x30, 0x00], pki.verifier.certificate.encoded, Self.data(pki.verifier).dropLast()]
            as [[UInt8]]
        {
            #expect(chip.setDigitalSignatureTemplate(Self.name("XXCVCA00001")) == .success)
            #expect(try chip.verifyCertificate(data) == .incorrectData)
        }
        for holder in [foreign.verifier, pki.terminal, foreign.next] {
            #expect(chip.setDigitalSignatureTemplate(Self.name("XXCVCA00001")) == .success)
            #expect(try chip.verifyCertificate(Self.data(holder)) == .authenticationFailed)
        }
        #expect(try chip.trustPoints == pki.trustPoints(), "nothing changed")
        // The chosen key is still there after a refusal.
        #expect(try chip.verifyCertificate(Self.data(pki.verifier)) == .success)
        // A document verifier does not authenticate, nor does a certification authority.
        #expect(chip.setAuthenticationTemplate(Self.name("XXDV00001")) == .incorrectData)
        #expect(chip.setAuthenticationTemplate(Self.name("XXCVCA00001")) == .incorrectData)
        #expect(try chip.getChallenge() == nil)
    }

    @Test func templates() throws {
        let pki = try TerminalPKI()
        var chip = try Self.presented(pki)
        let bad: [[UInt8]] = [
            [], [0x83], [0x83, 0x00], [0x84, 0x01, 0x41], Self.name("XXIS00001") + [0],
            Self.name(String(repeating: "X", count: 17)), Self.name("XXIS00001") + [0x80, 0x01, 0x00],
        ]
        for data in bad {
            #expect(chip.setAuthenticationTemplate(data) == .incorrectData)
            #expect(chip.setDigitalSignatureTemplate(data) == .incorrectData)
        }
        // A failed choice leaves no earlier one behind.
        #expect(chip.setAuthenticationTemplate(Self.name("XXIS00001")) == .success)
        #expect(chip.setAuthenticationTemplate([]) == .incorrectData)
        #expect(try chip.getChallenge() == nil)
    }

    @Test func commands() throws {
        let pki = try TerminalPKI()
        var chip = try Self.presented(pki)
        #expect(try chip.process(CommandAPDU(ins: 0xB0), binding: nil) == nil)
        #expect(try chip.process(CommandAPDU(ins: 0x22, p1: 0x41, p2: 0xA4), binding: nil) == nil)
        #expect(try chip.process(CommandAPDU(ins: 0x84, expectedLength: 256), binding: nil)?.statusWord == .wrongLength)
        #expect(
            try chip.process(CommandAPDU(ins: 0x84, expectedLength: 8), binding: nil)?.statusWord
                == .conditionsOfUseNotSatisfied)
        #expect(
            try chip.process(CommandAPDU(ins: 0x82, data: [1]), binding: nil)?.statusWord == .securityStatusNotSatisfied
        )
    }

    /// Each flipped bit of each command's data ends in a refusal, and the terminal names the step.
    @Test func alteredCommands() async throws {
        let pki = try TerminalPKI()
        let binding = try TerminalAuthenticationTests.binding()
        let steps = [
            0: "MSE:Set DST", 1: "PSO Verify Certificate", 2: "MSE:Set DST", 3: "PSO Verify Certificate",
            4: "MSE:Set AT",
            6: "EXTERNAL AUTHENTICATE",
        ]
        for (number, step) in steps {
            for offset in [0, 1, 2, 10] {
                let card = TerminalAuthenticationCard(try pki.trustPoints(), binding: binding)
                var count = 0
                card.alter = { command in
                    if count == number { command.data[command.data.count - 1 - offset] ^= 1 }
                    count += 1
                }
                let error = await protocolError { _ = try await TerminalAuthenticationTests.run(pki, card) }
                #expect(error?.code == .refused && error?.step == "Terminal Authentication: \(step)")
                #expect(error?.statusWord != nil && card.chip.grantedAuthorization == nil)
                #expect(card.commands.count == number + 1, "the terminal stops there")
            }
        }
    }

    @Test func cardsThatMisbehave() async throws {
        let pki = try TerminalPKI()
        let binding = try TerminalAuthenticationTests.binding()
        for length in [0, 7, 9, 16] {
            let card = TerminalAuthenticationCard(try pki.trustPoints(), binding: binding)
            card.alterAnswer = { command, answer in
                if command.ins == 0x84 {
                    answer = ResponseAPDU(data: [UInt8](repeating: 1, count: length), statusWord: .success)
                }
            }
            let error = await protocolError { _ = try await TerminalAuthenticationTests.run(pki, card) }
            #expect(error?.code == .malformedResponse && error?.step == "Terminal Authentication: GET CHALLENGE")
        }
        for (ins, status) in [(0x22, 0x6A88), (0x2A, 0x6300), (0x84, 0x6985), (0x82, 0x6982), (0x82, 0x6283)]
            as [(UInt8, UInt16)]
        {
            let card = TerminalAuthenticationCard(try pki.trustPoints(), binding: binding)
            card.alterAnswer = { command, answer in
                if command.ins == ins { answer = ResponseAPDU(data: [], statusWord: StatusWord(status)) }
            }
            let error = await protocolError { _ = try await TerminalAuthenticationTests.run(pki, card) }
            #expect(
                error?.code == .refused && error?.statusWord == StatusWord(status), "a warning is no success either")
        }
    }
}
