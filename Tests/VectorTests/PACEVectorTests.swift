import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// `02_pace.json`: Doc 9303-11, Appendices G, H and I.
@Suite struct PACEVectorTests {
    static let entries = VectorEntry.all("02_pace.json")
    static let g1 = "pace-g1-ecdh-gm-aes128-"

    /// Entries that are reproduced in whole by the code of the protocol.
    static let whole: [String: Check] = [
        "pace-g-password": { try mrzPassword($0) },
        "pace-i-password": { try mrzPassword($0) },
        "pace-h1-ecdh-im-aes128-password": { try canPassword($0) },
        g1 + "paceinfo": { try info($0) },
        "pace-g2-dh-gm-aes128-paceinfo": { try info($0) },
        "pace-i1-ecdh-cam-aes128-paceinfo": { try info($0) },
        g1 + "mse-set-at": { try await setAuthenticationTemplate($0) },
        g1 + "nonce": { try nonce($0) },
        "pace-g2-dh-gm-aes128-nonce": { try nonce($0) },
        "pace-h1-ecdh-im-aes128-nonce": { try nonce($0) },
        "pace-h2-dh-im-aes128-nonce": { try nonce($0) },
        "pace-i1-ecdh-cam-aes128-nonce": { try nonce($0) },
        g1 + "mapping": { try mapping($0) },
        "pace-i1-ecdh-cam-aes128-mapping": { try mapping($0) },
        g1 + "key-agreement": { try keyAgreement($0) },
        "pace-h1-ecdh-im-aes128-key-agreement": { try keyAgreement($0) },
        "pace-i1-ecdh-cam-aes128-key-agreement": { try keyAgreement($0) },
        g1 + "mutual-authentication": { try tokens($0) },
        "pace-i1-cam-capubkeyinfo": { try chipAuthenticationKey($0) },
        "pace-i1-cam-read-cardsecurity-sm": { try await readCardSecurity($0) },
        "transcript-g1": { try await transcript($0) },
    ]

    /// Entries of protocols that are not there yet, of which the primitives are checked: ciphers, MACs, scalar products.
    static let primitives: [String: Check] = [
        "pace-g2-dh-gm-aes128-key-agreement": { try keysOfPrintedSecret($0) },
        "pace-h2-dh-im-aes128-key-agreement": { try keysOfPrintedSecret($0) },
        "pace-g2-dh-gm-aes128-mutual-authentication": { try macOfPrintedInput($0) },
        "pace-h1-ecdh-im-aes128-mutual-authentication": { try macOfPrintedInput($0) },
        "pace-h2-dh-im-aes128-mutual-authentication": { try macOfPrintedInput($0) },
        "pace-i1-ecdh-cam-aes128-mutual-authentication": { try macOfPrintedInput($0) },
        "pace-i1-cam-chip-authentication-data": { try chipAuthenticationData($0) },
        "pace-i1-cam-static-private-key": { try staticPrivateKey($0) },
    ]

    /// Entries for which nothing is there yet: PACE over DH, Integrated Mapping, Chip Authentication Mapping.
    static let notYet: Set<String> = [
        "pace-g2-dh-gm-aes128-domain", "pace-g2-dh-gm-aes128-mse-set-at", "pace-g2-dh-gm-aes128-mapping",
        "pace-g2-dh-gm-aes128-private-key-forms", "transcript-g2",
        "pace-h1-ecdh-im-aes128-mapping", "pace-h1-ecdh-im-aes128-apdus", "pace-h2-dh-im-aes128-mapping",
        "pace-i1-ecdh-cam-aes128-mse-set-at", "transcript-i1",
    ]

    @Test(arguments: entries.filter { !notYet.contains($0.id) })
    func entry(_ entry: VectorEntry) async throws {
        let check = try #require(Self.whole[entry.id] ?? Self.primitives[entry.id], "an entry without a test")
        try await check(entry)
    }

    /// An entry in no list, or in two, fails.
    @Test func everyEntryIsInOneList() {
        let listed = Array(Self.whole.keys) + Array(Self.primitives.keys) + Array(Self.notYet)
        #expect(Set(listed).count == listed.count)
        #expect(Set(listed) == Set(Self.entries.map(\.id)))
        #expect(Self.entries.count == listed.count)
    }

    // MARK: The checks

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

    static func info(_ entry: VectorEntry) throws {
        let file = try EFCardAccess(parsing: entry.outputs.bytes("EF_CardAccess_derived"))
        let info = try #require(file.securityInfos.paceInfos.first)
        #expect(file.securityInfos.infos.count == 1 && file.leniencies.isEmpty)
        #expect(TLV.encode(0x31, try entry.inputs.bytes("der")) == file.rawBytes)
        #expect(info.version == (try entry.outputs.number("version")))
        #expect(info.parameterId == (try entry.outputs.number("parameterId")))
        #expect(info.protocol.objectIdentifier.encoded == (try entry.outputs.bytes("protocol")))
        guard info.protocol.agreement == .ecdh, info.protocol.mapping == .generic else { return }
        let parameters = try #require(PACEParameters(info))
        #expect(parameters.domain == .ecdh(.brainpoolP256r1) && parameters.cipher == .aes128)
        #expect(PACEParameters.choices(file.securityInfos) == [parameters])
    }

    static func nonce(_ entry: VectorEntry) throws {
        let key = try secret(entry.inputs.bytes("K_pi"))
        let z = try entry.outputs.bytes("z")
        #expect(try BlockCipher.aes128.encrypt(secret: secret(entry.inputs.bytes("s")), key: key) == z)
        #expect(open(try BlockCipher.aes128.decryptSecret(z, key: key)) == (try entry.inputs.bytes("s")))
        guard let apdu = entry.apdus.first else { return }
        #expect(
            try apdu.bytes("command")
                == CommandAPDU(cla: 0x10, ins: 0x86, data: [0x7C, 0], expectedLength: 256).encoded())
        #expect(try apdu.bytes("response") == TLV.encode(0x7C, TLV.encode(0x80, z)) + [0x90, 0x00])
    }

    static func mapping(_ entry: VectorEntry) throws {
        let group = try CurveGroup(.brainpoolP256r1)
        let s = try secret(entry.inputs.bytes("s"))
        let terminal = try PACEKeyPair(group, scalar: secret(entry.inputs.bytes("terminal_private")))
        let chip = try PACEKeyPair(group, scalar: secret(entry.inputs.bytes("chip_private")))
        let (terminalPoint, chipPoint) = (terminal.publicKey, chip.publicKey)
        #expect(terminalPoint == (try entry.intermediate.bytes("terminal_public")))
        #expect(chipPoint == (try entry.intermediate.bytes("chip_public")))
        let h = try entry.intermediate.bytes("H")
        #expect(open(try group.sharedPoint(terminal.scalar, point: chipPoint)) == h)
        #expect(open(try group.sharedPoint(chip.scalar, point: terminalPoint)) == h)
        let mapped = try entry.outputs.bytes("mapped_generator")
        #expect(try PACESteps.mapGenerator(group, nonce: s, own: terminal, other: chipPoint) == mapped)
        #expect(try PACESteps.mapGenerator(group, nonce: s, own: chip, other: terminalPoint) == mapped)
    }

    /// On the mapped generator as printed, however it was mapped.
    static func keyAgreement(_ entry: VectorEntry) throws {
        let group = try CurveGroup(.brainpoolP256r1)
        let generator =
            entry.inputs.has("mapped_generator")
            ? try entry.inputs.bytes("mapped_generator")
            : try PACEVectorTests.entries.named("pace-h1-ecdh-im-aes128-mapping").outputs.bytes("mapped_generator")
        let terminal = try PACEKeyPair(
            group, scalar: secret(entry.inputs.bytes("terminal_private")), generator: generator)
        let chip = try PACEKeyPair(group, scalar: secret(entry.inputs.bytes("chip_private")), generator: generator)
        let (terminalPoint, chipPoint) = (terminal.publicKey, chip.publicKey)
        #expect(terminalPoint == (try entry.intermediate.bytes("terminal_public")))
        #expect(chipPoint == (try entry.intermediate.bytes("chip_public")))
        let x = try entry.outputs.bytes("shared_secret_x")
        #expect(open(try group.sharedSecret(terminal.scalar, point: chipPoint)) == x)
        #expect(open(try group.sharedSecret(chip.scalar, point: terminalPoint)) == x)
        let keys = try PACESteps.agree(group, parameters(), own: terminal, other: chipPoint)
        #expect(open(keys.encryption) == (try entry.outputs.bytes("KSEnc")))
        #expect(open(keys.mac) == (try entry.outputs.bytes("KSMAC")))
        let counter = keys.sendSequenceCounter
        #expect(counter == nil, "the counter starts at zero after PACE")
    }

    /// The terminal's token is over the chip's key, the chip's over the terminal's.
    static func tokens(_ entry: VectorEntry) throws {
        let keys = SessionKeys(
            .aes128, encryption: try SecretBytes(count: 16), mac: try secret(entry.inputs.bytes("KSMAC")))
        for (side, key) in [("T_IFD", "chip_public"), ("T_IC", "terminal_public")] {
            let point = try entry.inputs.bytes(key)
            #expect(
                PACESteps.tokenInput(try parameters(), publicKey: point)
                    == (try entry.intermediate.bytes("input_\(side)")))
            #expect(try PACESteps.token(parameters(), keys: keys, publicKey: point) == entry.outputs.bytes(side))
        }
        try macOfPrintedInput(entry)
        #expect(try parameters().protocol.objectIdentifier.encoded == entry.inputs.bytes("oid"))
    }

    static func chipAuthenticationKey(_ entry: VectorEntry) throws {
        let infos = try SecurityInfos(parsing: TLV.encode(0x31, entry.inputs.bytes("der")))
        let info = try #require(infos.chipAuthenticationPublicKeyInfos.first)
        #expect(info.agreement == .ecdh)
        #expect(info.keyId == [UInt8(try entry.outputs.number("keyId"))])
        guard case .standardized(let identifier, let bits) = info.publicKey.key else {
            Issue.record("not a key over standardised parameters")
            return
        }
        #expect(identifier == (try entry.outputs.number("standardizedDomainParameters")))
        #expect(bits == (try entry.outputs.bytes("publicKey")))
        #expect(try info.publicKey.knownKey() == .ec(ECPublicKey(curve: .brainpoolP256r1, point: bits)))
    }

    static func readCardSecurity(_ entry: VectorEntry) async throws {
        let terminal = try context(entry, .aes128, counter: "SSC_start")
        let chip = SecureMessagingChip(context: try context(entry, .aes128, counter: "SSC_start"))
        for step in try entry.outputs.elements("exchanges") {
            let data = try step.bytes("plain_data")
            var command = try CommandAPDU(parsing: step.bytes("plain_command_header"))
            command.cla = 0
            command.data = data
            if case .string(let le) = try step.field("Le") { command.expectedLength = Int(hex(le)[0]) }
            try await replay(
                plain: command.encoded(), protected: step.bytes("command"), response: step.bytes("response"),
                data: step.bytes("response_data"), terminal: terminal, chip: chip)
        }
        #expect(terminal.sendSequenceCounter == (try entry.outputs.bytes("SSC_end")))
    }

    // MARK: Primitives of later protocols

    static func keysOfPrintedSecret(_ entry: VectorEntry) throws {
        let keys = try SessionKeys(.aes128, secret: secret(entry.outputs.bytes("shared_secret")))
        #expect(open(keys.encryption) == (try entry.outputs.bytes("KSEnc")))
        #expect(open(keys.mac) == (try entry.outputs.bytes("KSMAC")))
    }

    static func macOfPrintedInput(_ entry: VectorEntry) throws {
        let mac = try MessageAuthenticator(.aes128, key: secret(entry.inputs.bytes("KSMAC")))
        for side in ["T_IFD", "T_IC"] {
            #expect(try mac.mac(entry.intermediate.bytes("input_\(side)"), padded: false) == entry.outputs.bytes(side))
            #expect(
                try mac.mac(entry.intermediate.bytes("input_\(side)"), padded: true) != entry.outputs.bytes(side),
                "the input of the token is not padded")
        }
    }

    /// CA_IC is encrypted under KSenc with IV = E(KSenc, -1), and CA_IC * PK_IC is the chip's mapping key (4.4.3.3.3).
    static func chipAuthenticationData(_ entry: VectorEntry) throws {
        let key = try secret(entry.inputs.bytes("KSEnc"))
        let iv = try BlockCipher.aes128.encrypt([UInt8](repeating: 0xFF, count: 16), key: key)
        #expect(iv == (try entry.intermediate.bytes("IV")))
        let padded = try BlockCipher.aes128.decrypt(entry.inputs.bytes("A_IC"), key: key, iv: iv)
        #expect(padded == (try entry.intermediate.bytes("CA_IC_padded")))
        let data = try entry.outputs.bytes("CA_IC")
        #expect(padded == data + [0x80] + [UInt8](repeating: 0, count: 15))
        let group = try CurveGroup(.brainpoolP256r1)
        let point = try group.multiply(secret(data), base: entry.inputs.bytes("PK_IC"))
        #expect(point == (try entry.outputs.bytes("verified_point")))
        #expect(point == (try entry.intermediate.bytes("PK_Map_IC_expected")))
    }

    static func staticPrivateKey(_ entry: VectorEntry) throws {
        let group = try CurveGroup(.brainpoolP256r1)
        let key = try group.multiply(secret(entry.outputs.bytes("SK_IC")))
        let other = try PACEVectorTests.entries.named("pace-i1-cam-chip-authentication-data")
        #expect(key == (try other.inputs.bytes("PK_IC")))
        // SK_Map = CA_IC * SK_IC mod n, as points.
        #expect(
            try group.multiply(secret(entry.inputs.bytes("CA_IC")), base: key)
                == group.multiply(secret(entry.inputs.bytes("SK_Map_IC"))))
    }
}
