import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// `02_pace.json`: Doc 9303-11, Appendices G, H and I, step by step and as a whole.
@Suite struct PACEVectorTests {
    static let entries = VectorEntry.all("02_pace.json")

    /// What a step of an appendix is checked with; `g1` and so on say which appendices have it.
    private static let steps: [(step: String, appendices: [PACEAppendix], check: Check)] = [
        ("paceinfo", [.g1, .g2, .i1], { try info($0) }),
        ("mse-set-at", [.g1, .g2, .i1], { try await setAuthenticationTemplate($0) }),
        ("nonce", PACEAppendix.allCases, { try nonce($0) }),
        ("mapping", [.g1, .g2, .i1], { try genericMapping($0) }),
        ("mapping", [.h1, .h2], { try integratedMapping($0) }),
        ("key-agreement", PACEAppendix.allCases, { try keyAgreement($0) }),
        ("mutual-authentication", PACEAppendix.allCases, { try await mutualAuthentication($0) }),
    ]

    static let checks: [String: Check] = {
        var checks: [String: Check] = [
            "pace-g-password": { try mrzPassword($0) },
            "pace-i-password": { try mrzPassword($0) },
            "pace-h1-ecdh-im-aes128-password": { try canPassword($0) },
            "pace-g2-dh-gm-aes128-domain": { try domain($0) },
            "pace-g2-dh-gm-aes128-private-key-forms": { try privateKeyForms($0) },
            "pace-h1-ecdh-im-aes128-apdus": { _ in try await PACEAppendix.h1.example().replay() },
            "pace-i1-cam-chip-authentication-data": { try chipAuthenticationData($0) },
            "pace-i1-cam-capubkeyinfo": { try chipAuthenticationKey($0) },
            "pace-i1-cam-static-private-key": { try staticPrivateKey($0) },
            "pace-i1-cam-read-cardsecurity-sm": { try await readCardSecurity($0) },
            "transcript-g1": { _ in try await PACEAppendix.g1.example().replay() },
            "transcript-g2": { _ in try await PACEAppendix.g2.example().replay() },
            "transcript-i1": { _ in try await PACEAppendix.i1.example().replay() },
        ]
        for (step, appendices, check) in steps {
            for appendix in appendices { checks[appendix.rawValue + step] = check }
        }
        return checks
    }()

    @Test(arguments: entries)
    func entry(_ entry: VectorEntry) async throws {
        let check = try #require(Self.checks[entry.id], "an entry without a test")
        try await check(entry)
    }

    @Test func everyEntryIsHandled() {
        #expect(Set(Self.checks.keys) == Set(Self.entries.map(\.id)))
        #expect(Self.entries.count == 39 && Self.checks.count == 39)
    }

    // MARK: Passwords and domain parameters

    /// Table 14 leaves out the check digits; G and I show that they are part of the password, and that K is the whole hash.
    static func mrzPassword(_ entry: VectorEntry) throws {
        let fields = try ["document_number_with_cd", "date_of_birth_with_cd", "date_of_expiry_with_cd"].map {
            try entry.inputs.text($0)
        }
        let information = try MRZ.mrzInformation(
            documentNumber: String(fields[0].dropLast()), dateOfBirth: String(fields[1].dropLast()),
            dateOfExpiry: String(fields[2].dropLast()))
        #expect(information == Array(fields.joined().utf8))
        #expect(information == Array(try entry.intermediate.text("K_input_ascii").utf8))
        let k = try DigestAlgorithm.sha1.secretDigest(information)
        #expect(open(k) == (try entry.outputs.bytes("K")))
        let password = PACEPassword(.mrz, secret: SharedSecret(k))
        for name in ["3DES", "AES128", "AES192", "AES256"] {
            #expect(open(try password.key(cipher(name))) == (try entry.outputs.bytes("K_pi_\(name)")), "\(name)")
        }
    }

    static func canPassword(_ entry: VectorEntry) throws {
        let password = PACEPassword(.can, secret: SharedSecret(try secret(Array("123456".utf8))))
        #expect(open(try password.key(.aes128)) == (try entry.outputs.bytes("K_pi")))
    }

    static func domain(_ entry: VectorEntry) throws {
        let group = try #require(DHGroup(rawValue: UInt8(entry.inputs.number("parameterId"))))
        let (p, g, q) = (
            try entry.outputs.bytes("p"), try entry.outputs.bytes("g"), try entry.outputs.bytes("q")
        )
        let values = try FiniteFieldGroup(group).parameters()
        #expect(values.prime == p && values.generator == g && values.order == q)
        #expect(DHGroup.matching(prime: p, generator: g, order: q) == group)
        #expect(DHGroup.matching(prime: p, generator: g, order: Array(q.dropLast()) + [q[19] ^ 1]) == nil)
    }

    /// G.2 prints the private keys of H.2 reduced modulo the order: both give the same public keys.
    static func privateKeyForms(_ entry: VectorEntry) throws {
        let group = try FiniteFieldGroup(.modp1024q160)
        for name in ["map_pcd", "map_picc", "pcd", "picc"] {
            let long = try entry.inputs.bytes("tc_dh_\(name)_priv_key")
            let short = try entry.outputs.bytes("tc_dh_\(name)_priv_key_mod_q")
            #expect(long.count == 128 && short.count == group.group.orderLength)
            #expect(
                try group.publicKey(secret(long), generator: nil) == group.publicKey(secret(short), generator: nil))
        }
        let g2 = try PACEAppendix.g2.entry("mapping").inputs
        #expect(try g2.bytes("terminal_private") == entry.outputs.bytes("tc_dh_map_pcd_priv_key_mod_q"))
        #expect(try g2.bytes("chip_private") == entry.outputs.bytes("tc_dh_map_picc_priv_key_mod_q"))
    }

    static func info(_ entry: VectorEntry) throws {
        let bytes = try entry.outputs.bytes("EF_CardAccess_derived")
        let file = try EFCardAccess(parsing: bytes)
        let info = try #require(file.securityInfos.paceInfos.first)
        #expect(TLV.encode(0x31, try entry.inputs.bytes("der")) == file.rawBytes)
        #expect(info.version == (try entry.outputs.number("version")))
        #expect(info.parameterId == (try entry.outputs.number("parameterId")))
        #expect(info.protocol.objectIdentifier.encoded == (try entry.outputs.bytes("protocol")))
        #expect(try PACEParameters.only(in: bytes) == PACEAppendix.of(entry).parameters())
    }

    // MARK: Steps

    /// The first command only: the conversation ends after it.
    static func setAuthenticationTemplate(_ entry: VectorEntry) async throws {
        let command = try entry.inputs.bytes("command")
        let card = PrintedConversation([(command, try entry.outputs.bytes("response"))])
        await #expect(throws: PrintedConversation.Deviation.self) {
            _ = try await PACEAppendix.of(entry).example().terminal().run(card)
        }
        #expect(card.count == 1)
        let objects = try TLV.parseAll(CommandAPDU(parsing: command).data[...])
        #expect(objects.map(\.tag) == [0x80, 0x83])
        guard entry.outputs.has("DO80") else { return }
        #expect(Array(objects[0].value) == (try entry.outputs.bytes("DO80")))
        #expect(Array(objects[1].value) == (try entry.outputs.bytes("DO83")))
    }

    static func nonce(_ entry: VectorEntry) throws {
        let appendix = try PACEAppendix.of(entry)
        let password = PACEPassword(appendix.reference, secret: SharedSecret(try secret(appendix.k())))
        let key = try password.key(.aes128)
        #expect(open(key) == (try entry.inputs.bytes("K_pi")))
        let z = try entry.outputs.bytes("z")
        #expect(try BlockCipher.aes128.encrypt(secret: secret(entry.inputs.bytes("s")), key: key) == z)
        #expect(open(try BlockCipher.aes128.decryptSecret(z, key: key)) == (try entry.inputs.bytes("s")))
        guard let apdu = entry.apdus.first else { return }
        #expect(
            try apdu.bytes("command")
                == CommandAPDU(cla: 0x10, ins: 0x86, data: [0x7C, 0], expectedLength: 256).encoded())
        #expect(try apdu.bytes("response") == TLV.encode(0x7C, TLV.encode(0x80, z)) + [0x90, 0x00])
    }

    static func genericMapping(_ entry: VectorEntry) throws {
        try checkGenericMapping(
            PACEAppendix.of(entry).parameters().domain.makeGroup(), nonce: entry.inputs.bytes("s"),
            terminal: entry.inputs.bytes("terminal_private"), chip: entry.inputs.bytes("chip_private"),
            terminalPublic: entry.intermediate.bytes("terminal_public"),
            chipPublic: entry.intermediate.bytes("chip_public"), shared: entry.intermediate.bytes("H"),
            generator: entry.outputs.bytes("mapped_generator"))
    }

    static func integratedMapping(_ entry: VectorEntry) throws {
        try checkIntegratedMapping(
            PACEAppendix.of(entry).parameters(), nonce: entry.inputs.bytes("s"),
            terminalNonce: entry.inputs.bytes("t"), values: entry.intermediate,
            generator: entry.outputs.bytes("mapped_generator"))
    }

    /// On the mapped generator as printed, however it was mapped.
    static func keyAgreement(_ entry: VectorEntry) throws {
        let appendix = try PACEAppendix.of(entry)
        let generator =
            entry.inputs.has("mapped_generator")
            ? try entry.inputs.bytes("mapped_generator")
            : try appendix.entry("mapping").outputs.bytes("mapped_generator")
        try checkAgreement(
            appendix.parameters(), generator: generator, terminal: entry.inputs.bytes("terminal_private"),
            chip: entry.inputs.bytes("chip_private"), terminalPublic: entry.intermediate.bytes("terminal_public"),
            chipPublic: entry.intermediate.bytes("chip_public"),
            shared: entry.outputs.bytes(entry.outputs.has("shared_secret") ? "shared_secret" : "shared_secret_x"),
            encryptionKey: entry.outputs.bytes("KSEnc"), macKey: entry.outputs.bytes("KSMAC"))
    }

    /// Both tokens, and the whole run that they end.
    static func mutualAuthentication(_ entry: VectorEntry) async throws {
        let appendix = try PACEAppendix.of(entry)
        let keys = try appendix.entry("key-agreement").intermediate
        try checkTokens(
            appendix.parameters(), macKey: entry.inputs.bytes("KSMAC"),
            terminalPublic: keys.bytes("terminal_public"), chipPublic: keys.bytes("chip_public"),
            inputs: entry.intermediate, tokens: entry.outputs)
        if entry.inputs.has("oid") {
            #expect(try appendix.parameters().protocol.objectIdentifier.encoded == entry.inputs.bytes("oid"))
            #expect(try keys.bytes("terminal_public") == entry.inputs.bytes("terminal_public"))
            #expect(try keys.bytes("chip_public") == entry.inputs.bytes("chip_public"))
        }
        try await appendix.example().replay()
    }
}
