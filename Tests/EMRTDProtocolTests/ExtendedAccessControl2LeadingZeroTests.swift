import EMRTDCrypto
import EMRTDProtocol
import ISO7816
import LDS
import Testing

/// Ephemeral numbers of prime fields that begin with 00: one in 256, and no two ways of writing them may count as two keys.
@Suite struct ExtendedAccessControl2LeadingZeroTests {
    private let parameters: ChipAuthentication2Parameters
    private let scalar: [UInt8]
    /// The public key as long as the prime.
    private let padded: [UInt8]
    private let pair: KeyAgreementKeyPair

    init() throws {
        parameters = try #require(
            ChipAuthentication2Parameters(
                protocol: ChipAuthenticationProtocol(agreement: .dh, cipher: .aes128), domain: .dh(.modp1024q160)))
        let group = try parameters.domain.makeGroup()
        var found: (scalar: [UInt8], key: [UInt8])?
        for _ in 0..<8192 where found == nil {
            let scalar = try group.randomScalar()
            let key = try group.publicKey(scalar, generator: nil)
            if key.first == 0 { found = (open(scalar), key) }
        }
        (scalar, padded) = try #require(found)
        pair = try KeyAgreementKeyPair.generate(parameters.domain)
    }

    private func makeTerminal() throws -> ChipAuthentication2Terminal {
        try ChipAuthentication2Terminal(
            parameters, group: parameters.domain.makeGroup(), scalar: SecretBytes(copying: scalar))
    }

    private func makeChip() throws -> ChipAuthentication2Chip {
        var chip = ChipAuthentication2Chip([try #require(ChipAuthentication2Chip.Key(parameters, pair))])
        let status = chip.setAuthenticationTemplate(TLV.encode(0x80, parameters.protocol.objectIdentifier.encoded))
        #expect(status == .success)
        return chip
    }

    /// The terminal sends as few bytes as the number needs (Doc 9303-11, 9.4.1; TR-03110-3, D.2.1.1), and both sides agree.
    @Test func shortestFormIsSent() async throws {
        let terminal = try makeTerminal()
        let (sent, compressed) = (terminal.ephemeralPublicKey, terminal.compressedKey)
        #expect(sent == Array(padded.drop { $0 == 0 }))
        #expect(compressed == (try DigestAlgorithm.sha1.digest(sent)))
        var chip = try makeChip()
        var chipKeys: [[UInt8]] = []
        let card = AnsweringCard { command in
            guard command.ins == 0x86 else { return ResponseAPDU(statusWord: .success) }
            let answer = try chip.generalAuthenticate(command.data, announced: compressed)
            switch consume answer {
            case .refused(let status): return ResponseAPDU(statusWord: status)
            case .done(let data, let keys):
                chipKeys = [open(keys.encryption), open(keys.mac)]
                return ResponseAPDU(data: data, statusWord: .success)
            }
        }
        let success = try await terminal.run(card, chipKey: pair.publicKey)
        let keys = [open(success.keys.encryption), open(success.keys.mac)]
        #expect(keys == chipKeys)
        #expect(card.commands.last?.data == TLV.encode(0x7C, TLV.encode(0x80, sent)))
    }

    /// A terminal that sends leading zeros is answered with a token over what it sent.
    @Test func paddedFormIsTaken() throws {
        let terminal = try makeTerminal()
        var chip = try makeChip()
        let answer = try chip.generalAuthenticate(
            TLV.encode(0x7C, TLV.encode(0x80, padded)), announced: terminal.compressedKey)
        switch consume answer {
        case .refused(let status): Issue.record("refused with \(status)")
        case .done(let data, let keys):
            let token = try ChipAuthentication2Steps.token(parameters, keys: keys, terminalKey: padded)
            #expect(data.suffix(8) == token[...])
        }
    }

    /// More zeros than the prime has bytes make it no key of the group.
    @Test func overlongFormIsRefused() throws {
        let terminal = try makeTerminal()
        var chip = try makeChip()
        let answer = try chip.generalAuthenticate(
            TLV.encode(0x7C, TLV.encode(0x80, [0] + padded)), announced: terminal.compressedKey)
        switch consume answer {
        case .done: Issue.record("taken")
        case .refused(let status): #expect(status == 0x6A80)
        }
    }

    /// Keys that the terminal makes itself are written in one way only.
    @Test func freshKeysHaveNone() throws {
        for _ in 0..<64 {
            #expect(try ChipAuthentication2Terminal(parameters).ephemeralPublicKey.count == padded.count)
        }
    }
}
