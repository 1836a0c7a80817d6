import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// `04_eac_ca_ta.json`: the worked example of BSI for Extended Access Control, in its ECDH and DH flavours, and public samples
/// of EF.CardAccess.
@Suite struct EACVectorTests {
    static let entries = VectorEntry.all("04_eac_ca_ta.json")

    static let checks: [String: Check] = {
        var checks: [String: Check] = [
            "eac-ecdh-pace-nonce": { try nonce($0) },
            "eac-ecdh-pace-mapping": { try mapping($0) },
            "eac-ecdh-pace-key-agreement-and-tokens": { try await agreement($0) },
            "eac-dh-pace": { try await dh($0) },
        ]
        for flavour in ["ecdh", "dh"] {
            checks["eac-\(flavour)-ef-cardaccess"] = { try EACFiles.cardAccess($0) }
            checks["eac-\(flavour)-ef-cardsecurity"] = { try EACFiles.cardSecurity($0) }
            checks["eac-\(flavour)-pace-sm-primitives"] = { try secureMessaging($0) }
            checks["eac-\(flavour)-ca-v1-derived"] = { try chipAuthenticationKeys($0) }
            for name in ["cvca", "dv", "terminal"] {
                checks["eac-\(flavour)-cvc-\(name)"] = { try EACCertificates.certificate($0) }
            }
            checks["eac-\(flavour)-ca-v2"] = { try await EACChipAuthentication.version2($0) }
            checks["eac-\(flavour)-ta-signature"] = { try EACCertificates.terminalSignature($0) }
        }
        for sample in ["old_testcard", "new_testcard", "dan", "slowenia", "ca3"] {
            checks["cardaccess-sample-\(sample)"] = { try EACFiles.cardAccess($0) }
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
        #expect(Self.entries.count == 27 && Self.checks.count == 27)
    }

    // MARK: PACE

    private static let pin: [UInt8] = Array("123456".utf8)

    /// What the flavour's EF.CardAccess offers.
    static func parameters(_ flavour: String) throws -> PACEParameters {
        let file = try entries.named("eac-\(flavour)-ef-cardaccess").outputs.bytes("EF_CardAccess")
        return try #require(try PACEParameters.choices(EFCardAccess(parsing: file).securityInfos).first)
    }

    static func nonce(_ entry: VectorEntry) throws {
        #expect(try entry.inputs.text("password") == "PIN 123456")
        let key = try PACEPassword(.pin, secret: SharedSecret(secret(pin))).key(.aes128)
        #expect(open(key) == (try entry.inputs.bytes("K_pi")))
        let z = try BlockCipher.aes128.encrypt(secret: secret(entry.inputs.bytes("s")), key: key)
        #expect(z == (try entry.outputs.bytes("z")))
    }

    static func mapping(_ entry: VectorEntry) throws {
        try checkGenericMapping(
            parameters("ecdh").domain.makeGroup(), nonce: entry.inputs.bytes("nonce"),
            terminal: entry.inputs.bytes("map_pcd_priv_key"), chip: entry.inputs.bytes("map_picc_priv_key"),
            terminalPublic: entry.intermediate.bytes("map_pcd_pub_key"),
            chipPublic: entry.intermediate.bytes("map_picc_pub_key"),
            shared: entry.intermediate.bytes("map_shared_secret_h"),
            generator: entry.outputs.bytes("mapped_generator"))
    }

    /// The steps, and the whole run of the ECDH flavour.
    static func agreement(_ entry: VectorEntry) async throws {
        let mapping = try entries.named("eac-ecdh-pace-mapping")
        try checkAgreement(
            parameters("ecdh"), generator: mapping.outputs.bytes("mapped_generator"),
            terminal: entry.inputs.bytes("pcd_priv_key"), chip: entry.inputs.bytes("picc_priv_key"),
            terminalPublic: entry.intermediate.bytes("pcd_pub_key"),
            chipPublic: entry.intermediate.bytes("picc_pub_key"), shared: entry.outputs.bytes("shared_secret_k"),
            encryptionKey: entry.outputs.bytes("k_enc"), macKey: entry.outputs.bytes("k_mac"))
        try await replay(
            "ecdh", mapping: mapping, agreement: entry,
            encryptedNonce: entries.named("eac-ecdh-pace-nonce").outputs.bytes("z"))
    }

    /// All of the DH flavour.
    static func dh(_ entry: VectorEntry) async throws {
        let (inputs, middle, outputs) = (entry.inputs, entry.intermediate, entry.outputs)
        #expect(try inputs.text("password") == "PIN 123456")
        let key = try PACEPassword(.pin, secret: SharedSecret(secret(pin))).key(.aes128)
        #expect(open(key) == (try inputs.bytes("K_pi")))
        #expect(
            try BlockCipher.aes128.encrypt(secret: secret(inputs.bytes("nonce")), key: key)
                == middle.bytes("nonce_enc"))
        try checkGenericMapping(
            parameters("dh").domain.makeGroup(), nonce: inputs.bytes("nonce"),
            terminal: inputs.bytes("map_pcd_priv_key"), chip: inputs.bytes("map_picc_priv_key"),
            terminalPublic: middle.bytes("map_pcd_pub_key"), chipPublic: middle.bytes("map_picc_pub_key"),
            shared: middle.bytes("map_shared_secret_h"), generator: middle.bytes("map_generator"))
        try checkAgreement(
            parameters("dh"), generator: middle.bytes("map_generator"), terminal: inputs.bytes("pcd_priv_key"),
            chip: inputs.bytes("picc_priv_key"), terminalPublic: terminalKey(entry, parameters("dh")),
            chipPublic: middle.bytes("picc_pub_key"), shared: outputs.bytes("shared_secret_k"),
            encryptionKey: outputs.bytes("k_enc"), macKey: outputs.bytes("k_mac"))
        try await replay("dh", mapping: entry, agreement: entry, encryptedNonce: middle.bytes("nonce_enc"))
    }

    /// The terminal's public key. The DH flavour prints it with a leading 00 that is not sent, as G.2 does.
    private static func terminalKey(_ entry: VectorEntry, _ parameters: PACEParameters) throws -> [UInt8] {
        let printed = try entry.intermediate.bytes("pcd_pub_key")
        let surplus = printed.count - parameters.domain.publicKeyLength
        #expect(
            surplus == (parameters.protocol.agreement == .dh ? 1 : 0) && printed.prefix(surplus) == [0].prefix(surplus))
        return Array(printed.dropFirst(surplus))
    }

    private static func replay(
        _ flavour: String, mapping: VectorEntry, agreement: VectorEntry, encryptedNonce: [UInt8]
    ) async throws {
        let parameters = try parameters(flavour)
        let exchanges = try PACEExample.exchanges(
            parameters, .pin, encryptedNonce: encryptedNonce,
            mapping: (
                mapping.intermediate.bytes("map_pcd_pub_key"), mapping.intermediate.bytes("map_picc_pub_key")
            ),
            agreement: (terminalKey(agreement, parameters), agreement.intermediate.bytes("picc_pub_key")),
            tokens: (
                agreement.outputs.bytes("authentication_token_pcd"),
                agreement.outputs.bytes("authentication_token_picc")
            ))
        try await PACEExample(
            parameters: parameters, reference: .pin, k: pin,
            nonce: mapping.inputs.bytes("nonce"), terminalMapping: mapping.inputs.bytes("map_pcd_priv_key"),
            chipMapping: mapping.inputs.bytes("map_picc_priv_key"),
            terminalAgreement: agreement.inputs.bytes("pcd_priv_key"),
            chipAgreement: agreement.inputs.bytes("picc_priv_key"), exchanges: exchanges,
            encryptionKey: agreement.outputs.bytes("k_enc"), macKey: agreement.outputs.bytes("k_mac")
        ).replay()
    }

    // MARK: Secure messaging and keys

    /// A data object encrypted under the counter 1, and the MAC of a response under the counter 2.
    static func secureMessaging(_ entry: VectorEntry) throws {
        let keys = SessionKeys(
            .aes128, encryption: try secret(entry.inputs.bytes("KSEnc")), mac: try secret(entry.inputs.bytes("KSMAC")))
        let context = try keys.makeContext()
        try context.step()
        #expect(context.sendSequenceCounter == (try entry.inputs.bytes("SSC1")))
        #expect(try context.encrypt(entry.inputs.bytes("data")) == entry.outputs.bytes("ciphertext_SSC1"))
        let iv = try BlockCipher.aes128.encrypt(entry.inputs.bytes("SSC1"), key: keys.encryption)
        #expect(iv == (try entry.intermediate.bytes("IV_SSC1")))
        // The command before it is the one that the terminal sends: MSE:Set DST with the name of a trust point.
        let data = try entry.inputs.bytes("data")
        let terminal = try keys.makeContext()
        let command = try SecureMessaging.protect(CommandAPDU(ins: 0x22, p1: 0x81, p2: 0xB6, data: data), terminal)
        let object = try #require(try TLV.parseAll(command.data[...]).first { $0.tag == 0x87 })
        #expect(Array(object.value.dropFirst()) == (try entry.outputs.bytes("ciphertext_SSC1")))
        let response = ResponseAPDU(
            data: try entry.inputs.bytes("mac_data") + TLV.encode(0x8E, entry.outputs.bytes("mac_SSC2")),
            statusWord: .success)
        #expect(try SecureMessaging.open(response, terminal) == ResponseAPDU(statusWord: .success))
        #expect(terminal.sendSequenceCounter == (try entry.inputs.bytes("SSC2")))
    }

    /// Chip Authentication version 1 derives its keys from the secret alone (Doc 9303-11, 9.7.1).
    static func chipAuthenticationKeys(_ entry: VectorEntry) throws {
        let flavour = entry.id.hasPrefix("eac-ecdh-") ? "ecdh" : "dh"
        let pair = try entries.named("eac-\(flavour)-ca-v2").inputs
        let domain = try parameters(flavour).domain
        let group = try domain.makeGroup()
        let shared = try group.sharedSecret(
            secret(pair.bytes("picc_priv_key")), publicKey: pair.bytes("pcd_pub_key"))
        #expect(open(shared) == (try entry.inputs.bytes("shared_secret_k")))
        for name in ["3DES", "AES128", "AES192", "AES256"] {
            let keys = try SessionKeys(cipher(name), secret: shared)
            #expect(open(keys.encryption) == (try entry.outputs.bytes("KSEnc_\(name)")))
            #expect(open(keys.mac) == (try entry.outputs.bytes("KSMAC_\(name)")))
        }
    }
}
