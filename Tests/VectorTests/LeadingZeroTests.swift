import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// Leading zeros in prime fields: numbers are sent without them (Doc 9303-11, 9.4.1), secrets keep them (9.7.1).
@Suite struct LeadingZeroTests {
    private static let group = DHGroup.modp1024q160
    private static let domain = DomainParameters.dh(group)
    private static let password: [UInt8] = Array("123456".utf8)

    private static func parameters(_ cipher: SessionCipher = .aes128) throws -> PACEParameters {
        let variant = try #require(PACEProtocol(mapping: .generic, agreement: .dh, cipher: cipher))
        return try #require(PACEParameters(PACEInfo(protocol: variant, parameterId: domain.parameterId)))
    }

    /// A scalar whose public key over a generator starts with a zero.
    private static func scalar(over generator: [UInt8]?) throws -> [UInt8] {
        let group = try domain.makeGroup()
        for _ in 0..<20_000 {
            let scalar = try group.randomScalar()
            if try group.publicKey(scalar, generator: generator).first == 0 { return open(scalar) }
        }
        throw NotFound()
    }

    private struct NotFound: Error {}

    /// Keys come with and without their leading zeros, never longer than the prime.
    @Test func bothForms() throws {
        let group = try Self.domain.makeGroup()
        let scalar = try Self.scalar(over: nil)
        let full = try group.publicKey(secret(scalar), generator: nil)
        let short = Self.domain.encode(publicKey: full)
        #expect(full.count == 128 && short.count < 128 && short.first != 0)
        #expect(try group.decodePublicKey(short) == full)
        #expect(try group.decodePublicKey(full) == full)
        #expect(try KeyAgreementPublicKey(domain: Self.domain, encoded: short).encoded == full)
        let other = try group.randomScalar()
        let shared = open(try group.sharedSecret(other, publicKey: short))
        #expect(shared == open(try group.sharedSecret(other, publicKey: full)) && shared.count == 128)
        for bad in [[0] + full, [], Array(short.dropFirst()), Array(short.dropLast())] {
            #expect(throws: CryptoError(.invalidPoint)) { _ = try group.decodePublicKey(bad) }
        }
        let point = try DomainParameters.ecdh(.secp256r1).makeGroup().publicKey(secret([5]), generator: nil)
        #expect(DomainParameters.ecdh(.secp256r1).encode(publicKey: point) == point)
    }

    /// All four public keys with a leading zero: both sides send the short form, and understand each other.
    @Test func runWithShortKeys() async throws {
        let group = try Self.domain.makeGroup()
        let nonce = [UInt8](repeating: 0x17, count: 16)
        let (terminalMapping, chipMapping) = (try Self.scalar(over: nil), try Self.scalar(over: nil))
        let chipPublic = try group.publicKey(secret(chipMapping), generator: nil)
        let generator = try group.mapGeneric(
            nonce: secret(nonce), scalar: secret(terminalMapping), publicKey: chipPublic)
        let (terminalAgreement, chipAgreement) = (
            try Self.scalar(over: generator), try Self.scalar(over: generator)
        )
        for cipher in SessionCipher.allCases {
            let chip = try PACEChip(
                Self.parameters(cipher), password: PACEPassword(.can, secret: SharedSecret(secret(Self.password))),
                group: group, nonce: secret(nonce), mapping: secret(chipMapping), agreement: secret(chipAgreement))
            let card = ChipSide(chip)
            let terminal = PACETerminal(
                try Self.parameters(cipher),
                password: PACEPassword(.can, secret: SharedSecret(try secret(Self.password))),
                group: try Self.domain.makeGroup(), mapping: try secret(terminalMapping),
                agreement: try secret(terminalAgreement))
            let success = try await terminal.run(card)
            #expect(card.lengths.count == 4 && card.lengths.allSatisfy { $0 < 128 })
            #expect(success.chipEphemeralKey.count < 128)
            #expect(card.encryptionKey == open(success.keys.encryption))
        }
    }

    /// The numbers of 9.4.1 in Chip Authentication: a chip takes both forms of the terminal's key.
    @Test func chipAuthentication() throws {
        let pair = try KeyAgreementKeyPair.generate(Self.domain)
        let terminal = try KeyAgreementKeyPair(domain: Self.domain, scalar: secret(Self.scalar(over: nil)))
        let full = terminal.publicKey.encoded
        let expected = try SessionKeys(
            .aes128,
            secret: Self.domain.makeGroup().sharedSecret(terminal.scalar.copy(), publicKey: pair.publicKey.encoded))
        for form in [full, Self.domain.encode(publicKey: full)] {
            guard let keys = try ChipAuthenticationChip.agree(.aes128, key: pair, terminalKey: form) else {
                Issue.record("a key of \(form.count) bytes is refused")
                continue
            }
            #expect(open(keys.encryption) == open(expected.encryption))
        }
    }
}

/// A chip that runs PACE alone, and notes how long the numbers of both sides are.
private final class ChipSide: APDUExchange {
    private let chip: PACEChip
    private(set) var lengths: [Int] = []
    private(set) var encryptionKey: [UInt8] = []

    init(_ chip: PACEChip) { self.chip = chip }

    func exchange(_ command: CommandAPDU) async throws -> ResponseAPDU {
        guard command.ins == 0x86 else { return ResponseAPDU(statusWord: .success) }
        try note(command.data, [0x81, 0x83])
        switch try chip.answer(command.data, isLast: command.cla == 0) {
        case .more(let data):
            try note(data, [0x82, 0x84])
            return ResponseAPDU(data: data, statusWord: .success)
        case .done(let data, let keys):
            encryptionKey = open(keys.encryption)
            return ResponseAPDU(data: data, statusWord: .success)
        case .refused(let status): return ResponseAPDU(statusWord: status)
        }
    }

    private func note(_ data: [UInt8], _ tags: [ISO7816.Tag]) throws {
        for object in try TLV(exactly: data).children() where tags.contains(object.tag) {
            lengths.append(object.value.count)
        }
    }

    func payloadCapacity(ofResponse length: Int) -> Int { length }
}
