import EMRTDCrypto
import EMRTDProtocol
import EMRTDSimulator
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// Chip and Active Authentication in every form that a document can have.
@Suite("Proofs of the chip")
struct ChipProofTests {
    typealias Option = PersonalisationOptions.ChipAuthenticationOption

    /// Chip Authentication as the standard writes it, step by step, for any group and cipher.
    private func authenticate(
        _ terminal: TestTerminal, key: PersonalisedDocument.ChipAuthenticationKey, cipher: BlockCipher, usesKAT: Bool,
        keyId: [UInt8]? = nil
    ) async throws -> StatusWord {
        let domain = key.keyPair.publicKey.domain
        let group = try domain.makeGroup()
        let scalar = try group.randomScalar()
        let ephemeral = try group.publicKey(scalar, generator: nil)
        let reference = keyId.map { TLV.encode(0x84, $0) } ?? []
        let last: StatusWord
        if usesKAT {
            last = try await terminal.status(
                CommandAPDU(ins: 0x22, p1: 0x41, p2: 0xA6, data: TLV.encode(0x91, ephemeral) + reference))
        } else {
            let agreement: KeyAgreement = domain.agreement == .dh ? .dh : .ecdh
            let name = try #require(SessionCipher.allCases.first { $0.blockCipher == cipher })
            let identifier = ChipAuthenticationProtocol(agreement: agreement, cipher: name).objectIdentifier.encoded
            let set = try await terminal.status(
                CommandAPDU(ins: 0x22, p1: 0x41, p2: 0xA4, data: TLV.encode(0x80, identifier) + reference))
            guard set == .success else { return set }
            last = try await terminal.status(
                CommandAPDU(
                    ins: 0x86, data: TLV.encode(0x7C, TLV.encode(0x80, ephemeral)), expectedLength: 256))
        }
        guard last == .success else { return last }
        let secret = try group.sharedSecret(scalar, publicKey: key.keyPair.publicKey.encoded)
        terminal.begin(try SessionKeys(cipher, secret: secret).makeContext())
        return try await terminal.status(.readBinary(shortFileIdentifier: 0x1E, offset: 0, length: 4))
    }

    @Test(
        "each group, cipher and form of the key",
        arguments: [
            Option(.dh(.modp1024q160), [.tripleDES]), Option(.dh(.modp2048q224), [.aes128], form: .pkcs3),
            Option(.dh(.modp2048q256), [.tripleDES, .aes256], form: .standardized),
            Option(.dh(.modp2048q256), [.tripleDES], hasInfo: false),
            Option(.ecdh(.secp224r1), [.tripleDES], form: .named), Option(.ecdh(.secp521r1), [.aes256]),
            Option(.ecdh(.brainpoolP320r1), [.tripleDES, .aes128, .aes192, .aes256], keyId: 300, form: .standardized),
        ], [true, false])
    func chipAuthentication(_ option: Option, extended: Bool) async throws {
        var options = PersonalisationOptions.passportTD3(today: TestTerminal.today)
        options.chipAuthentication = [option]
        let document = try Personaliser(options).personalise()
        let key = try #require(document.chipAuthenticationKeys.first)
        let infos = try DG14(parsing: try #require(document.file(named: "DG14")).content).securityInfos
        #expect(infos.chipAuthenticationInfos.count == (option.hasInfo ? option.ciphers.count : 0))
        let info = try #require(infos.chipAuthenticationPublicKeyInfos.first)
        #expect(info.agreement == (option.domain.agreement == .dh ? .dh : .ecdh))
        #expect(info.keyId == option.keyId.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
        #expect(
            AlgorithmIdentifier.domain(of: info.publicKey) == option.domain,
            "the key names its group so that it is known")
        for cipher in option.ciphers {
            for usesKAT in cipher == .tripleDES ? [true, false] : [false] {
                let terminal = TestTerminal(try SimulatedChip(document, supportsExtendedLength: extended))
                try await terminal.pace()
                try await terminal.selectApplication()
                let keyId: [UInt8]? = option.keyId == nil ? nil : [0x01, 0x2C]
                #expect(
                    try await authenticate(terminal, key: key, cipher: cipher, usesKAT: usesKAT, keyId: keyId)
                        == .success)
            }
        }
    }

    @Test func severalKeys() async throws {
        let terminal = try TestTerminal.passport {
            $0.chipAuthentication = [
                Option(.ecdh(.secp256r1), [.aes128], keyId: 1), Option(.dh(.modp2048q256), [.tripleDES], keyId: 2),
                Option(.ecdh(.brainpoolP512r1), [.aes128, .aes256, .tripleDES], keyId: 3),
            ]
        }
        let keys = terminal.chip.document.chipAuthenticationKeys
        for (index, cipher, usesKAT) in [(0, .aes128, false), (1, .tripleDES, true), (2, .aes256, false)]
            as [(Int, BlockCipher, Bool)]
        {
            terminal.reset()
            try await terminal.pace()
            try await terminal.selectApplication()
            func run(_ keyId: [UInt8]?) async throws -> StatusWord {
                try await authenticate(terminal, key: keys[index], cipher: cipher, usesKAT: usesKAT, keyId: keyId)
            }
            #expect(try await run([9]) == .referencedDataNotFound)
            #expect(try await run([1, 2, 3, 4, 5]) == .incorrectData)
            if cipher != .aes256 { #expect(try await run(nil) == .referencedDataNotFound, "two keys have this cipher") }
            #expect(try await run([UInt8(index + 1)]) == .success)
        }
    }

    @Test func wrongChipAuthentication() async throws {
        let terminal = try TestTerminal.passport {
            $0.chipAuthentication = [Option(.dh(.modp1024q160), [.tripleDES])]
        }
        let long = String(repeating: "02", count: 128)
        #expect(terminal.send("002241A6" + "83" + "918180" + long) == "6982", "no session")
        try await terminal.pace()
        try await terminal.selectApplication()
        func kat(_ data: [UInt8]) async throws -> StatusWord {
            try await terminal.status(CommandAPDU(ins: 0x22, p1: 0x41, p2: 0xA6, data: data))
        }
        #expect(try await kat([]) == .incorrectData)
        #expect(try await kat(TLV.encode(0x84, [1])) == .incorrectData)
        for key in [[], [1], [UInt8](repeating: 0, count: 128), [UInt8](repeating: 0xFF, count: 128), hex(long)] {
            #expect(try await kat(TLV.encode(0x91, key)) == .authenticationFailed, "\(key.count)")
        }
        for identifier in ["04007F00070202030202", "04007F000702020302", "04007F00070202030109", ""] {
            let set = CommandAPDU(ins: 0x22, p1: 0x41, p2: 0xA4, data: TLV.encode(0x80, hex(identifier)))
            #expect(try await terminal.status(set) != .success, "\(identifier)")
        }
        let answer = CommandAPDU(ins: 0x86, data: hex("7C00"), expectedLength: 256)
        #expect(try await terminal.status(answer) == .conditionsOfUseNotSatisfied)
        #expect(try await terminal.status(.readBinary(shortFileIdentifier: 0x1E, offset: 0, length: 4)) == .success)
    }

    @Test(
        "Active Authentication with RSA", arguments: [1024, 1536, 2048, 4096],
        [DigestAlgorithm.sha1, .sha224, .sha256, .sha384, .sha512])
    func rsa(bits: Int, digest: DigestAlgorithm) async throws {
        // One key for each length is enough: the hash is the chip's choice.
        guard bits < 4096 || digest == .sha512 else { return }
        let terminal = try TestTerminal.passport { $0.activeAuthentication = .rsa(bits: bits, digest) }
        try await terminal.pace()
        let challenge = try randomBytes(8)
        let response = try await terminal.exchange(
            CommandAPDU(ins: 0x88, data: challenge, expectedLength: 0x10000, forcesExtendedLength: true))
        guard case .rsa(let key) = terminal.chip.document.activeAuthenticationKey?.publicKey else {
            Issue.record("no RSA key")
            return
        }
        #expect(response.data.count == bits / 8)
        #expect(try ISO9796Signature.verify(response.data, message: challenge, key: key)?.digest == digest)
        let infos = try DG14(parsing: try #require(terminal.chip.document.file(named: "DG14")).content).securityInfos
        #expect(infos.activeAuthenticationInfos.isEmpty, "the trailer names the hash")
    }

    @Test("Active Authentication with ECDSA", arguments: StandardCurve.allCases, DigestAlgorithm.allCases)
    func ecdsa(_ curve: StandardCurve, _ digest: DigestAlgorithm) async throws {
        guard digest.length * 8 <= curve.bitLength else {
            #expect(throws: PersonalisationError(.invalidOption, "")) {
                try TestTerminal.passport { $0.activeAuthentication = .ecdsa(curve, digest) }
            }
            return
        }
        let terminal = try TestTerminal.passport { $0.activeAuthentication = .ecdsa(curve, digest) }
        try await terminal.pace()
        let challenge = try randomBytes(8)
        let response = try await terminal.exchange(CommandAPDU(ins: 0x88, data: challenge, expectedLength: 256))
        let key = try #require(terminal.chip.document.activeAuthenticationKey?.publicKey)
        #expect(try key.isValid(signature: response.data, for: challenge, scheme: .ecdsaPlain(digest)))
        #expect(response.data.count == 2 * curve.orderLength)
    }

    @Test func plainChip() async throws {
        let terminal = try TestTerminal.passport { ($0.pace, $0.supportsBAC, $0.isPlain) = ([], false, true) }
        let document = terminal.chip.document
        #expect(terminal.send(TestTerminal.selectApplication) == "9000")
        #expect(terminal.send("0084000008") == "6985", "no BAC")
        for file in document.applicationFiles {
            #expect(try await terminal.read(file.name) == file.content, "\(file.name)")
        }
        let challenge = try randomBytes(8)
        let signed = try await terminal.exchange(CommandAPDU(ins: 0x88, data: challenge, expectedLength: 256))
        #expect(
            try document.activeAuthenticationKey?.publicKey.isValid(
                signature: signed.data, for: challenge, scheme: .ecdsaPlain(.sha256)) == true)
        let key = try #require(document.chipAuthenticationKeys.first)
        #expect(try await authenticate(terminal, key: key, cipher: .aes128, usesKAT: false) == .success)
        for change in [
            { $0.isPlain = true }, { ($0.pace, $0.isPlain) = ([], true) },
            { ($0.supportsBAC, $0.isPlain) = (false, true) },
            { ($0.pace, $0.supportsBAC) = ([], false) },
        ] as [(inout PersonalisationOptions) -> Void] {
            #expect(throws: PersonalisationError(.invalidOption, "")) { try TestTerminal.passport(change) }
        }
    }

    @Test func identityCard() throws {
        let terminal = try TestTerminal.identityCard { ($0.includesFingerprints, $0.includesIrises) = (true, true) }
        let document = terminal.chip.document
        #expect(document.profile == "identity-card-td1" && document.secrets.mrz.map(\.utf8.count) == [30, 30, 30])
        let mrz = try MRZ(text: document.secrets.mrz.joined(separator: "\n"))
        #expect(mrz.checks.allSatisfy(\.isCorrect) && mrz.documentNumber == "X0000417Q")
        #expect(try #require(document.file(named: "DG4")).content.first == 0x76)
        #expect(document.file(named: "DG4")?.access == .afterTerminalAuthentication)
        #expect(terminal.send(TestTerminal.selectApplication) == "9000" && terminal.send("0084000008") == "6985")
    }

    /// A chain in which each part is protected by itself, as ISO/IEC 7816-4, 5.3.3 has it; the other way is what
    /// `PlainExchange` does where extended length does not pass.
    @Test func chainOfProtectedParts() async throws {
        let terminal = try TestTerminal.passport { $0.activeAuthentication = .ecdsa(.secp256r1, .sha256) }
        try await terminal.pace()
        let first = CommandAPDU(cla: 0x10, ins: 0x88, data: [1, 2, 3, 4, 5])
        #expect(try await terminal.status(first) == .success)
        let signed = try await terminal.exchange(CommandAPDU(ins: 0x88, data: [6, 7, 8], expectedLength: 256))
        #expect(
            try terminal.chip.document.activeAuthenticationKey?.publicKey.isValid(
                signature: signed.data, for: [1, 2, 3, 4, 5, 6, 7, 8], scheme: .ecdsaPlain(.sha256)) == true)
        // A chain that another command interrupts is forgotten.
        #expect(try await terminal.status(first) == .success)
        #expect(try await terminal.status(.select(application: PersonalisedDocument.applicationIdentifier)) == .success)
        #expect(
            try await terminal.status(CommandAPDU(ins: 0x88, data: [6, 7, 8], expectedLength: 256)) == .wrongLength)
    }
}

extension AlgorithmIdentifier {
    /// The group of a key, by whichever way the key names it.
    static func domain(of key: SubjectPublicKeyInfo) -> DomainParameters? { key.algorithm.knownDomainParameters }
}
