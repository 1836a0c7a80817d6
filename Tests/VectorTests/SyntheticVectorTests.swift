import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// `10_synthetic.json`: what no document prints, made by an independent program.
@Suite struct SyntheticVectorTests {
    static let entries = VectorEntry.all("10_synthetic.json")

    /// Entries with a prefix in common, and how many there must be.
    struct Family: Sendable {
        let prefix: String
        let count: Int
        let check: Check
    }

    static let families: [Family] = [
        Family(prefix: "aa-rsa1024-negative-", count: 2) { try SyntheticAA.refused($0) },
        Family(prefix: "aa-rsa", count: 9) { try SyntheticAA.rsa($0) },
        Family(prefix: "aa-ecdsa-", count: 8) { try SyntheticAA.ecdsa($0) },
        Family(prefix: "pace-ECDH-GM-", count: 9) { try await pace($0) },
        Family(prefix: "pace-DH-GM-", count: 3) { try await pace($0) },
        Family(prefix: "pace-ECDH-IM-", count: 4) { try await pace($0) },
        Family(prefix: "pace-DH-IM-", count: 3) { try await pace($0) },
        Family(prefix: "pace-ECDH-CAM-", count: 3) { try await pace($0) },
        Family(prefix: "ca-", count: 6) { try await SyntheticCA.run($0) },
        Family(prefix: "sm-session-", count: 4) { try await SyntheticSM.session($0) },
        Family(prefix: "sm-ssc-near-max-", count: 4) { try SyntheticSM.counterNearMaximum($0) },
        Family(prefix: "sm-negative-", count: 4) { try await SyntheticSM.negative($0) },
        Family(prefix: "neg-ec-points", count: 1) { try SyntheticKeys.points($0) },
        Family(prefix: "neg-dh-values", count: 1) { try SyntheticKeys.values($0) },
        Family(prefix: "ecdh-shared-secret-leading-zero", count: 1) { try SyntheticKeys.leadingZero($0) },
        Family(prefix: "dh-shared-secret-leading-zero", count: 1) { try SyntheticKeys.leadingZero($0) },
    ]

    /// The family of an entry: the one with the longest prefix.
    static func family(_ entry: VectorEntry) -> Family? {
        families.filter { entry.id.hasPrefix($0.prefix) }.max { $0.prefix.count < $1.prefix.count }
    }

    @Test(arguments: entries)
    func entry(_ entry: VectorEntry) async throws {
        let family = try #require(Self.family(entry), "an entry without a test")
        try await family.check(entry)
    }

    @Test func everyEntryIsHandled() {
        for family in Self.families {
            let count = Self.entries.filter { Self.family($0)?.prefix == family.prefix }.count
            #expect(count == family.count, "\(family.prefix)")
        }
        #expect(Self.entries.count == Self.families.reduce(0) { $0 + $1.count })
        #expect(Set(Self.entries.map(\.id)).count == 63)
    }

    // MARK: PACE

    /// Password, nonce, mapping, agreement and tokens step by step, then the whole run on both sides.
    static func pace(_ entry: VectorEntry) async throws {
        let (inputs, middle, outputs) = (entry.inputs, entry.intermediate, entry.outputs)
        let parameters = try PACEParameters.only(in: outputs.bytes("EF_CardAccess"))
        #expect(parameters.parameterId == (try inputs.number("parameterId")))
        #expect(parameters.protocol.objectIdentifier.description == entry.oid)

        let example = try paceExample(entry, parameters)
        let password = try example.password()
        #expect(open(try password.key(parameters.cipher)) == (try inputs.bytes("K_pi")))
        if parameters.protocol.mapping == .integrated {
            try checkIntegratedMapping(
                parameters, nonce: example.nonce, terminalNonce: example.terminalMapping, values: middle,
                generator: outputs.bytes("mapped_generator"))
        } else {
            try checkGenericMapping(
                parameters.domain.makeGroup(), nonce: example.nonce, terminal: example.terminalMapping,
                chip: inputs.bytes("map_chip_private"), terminalPublic: middle.bytes("map_terminal_public"),
                chipPublic: middle.bytes("map_chip_public"), shared: middle.bytes("H"),
                generator: outputs.bytes("mapped_generator"))
        }
        try checkAgreement(
            parameters, generator: outputs.bytes("mapped_generator"), terminal: example.terminalAgreement,
            chip: example.chipAgreement, terminalPublic: outputs.bytes("terminal_public"),
            chipPublic: outputs.bytes("chip_public"), shared: outputs.bytes("shared_secret"),
            encryptionKey: example.encryptionKey, macKey: example.macKey)
        try checkTokens(
            parameters, macKey: example.macKey, terminalPublic: outputs.bytes("terminal_public"),
            chipPublic: outputs.bytes("chip_public"), inputs: middle, tokens: outputs)
        if parameters.protocol.mapping == .chipAuthentication { try chipAuthenticationData(entry, example) }
        try await example.replay()
    }

    private static func paceExample(_ entry: VectorEntry, _ parameters: PACEParameters) throws -> PACEExample {
        let inputs = entry.inputs
        let isIntegrated = parameters.protocol.mapping == .integrated
        let text = try inputs.text("password")
        let reference: PACEPasswordReference = try inputs.text("password_type") == "CAN" ? .can : .mrz
        let k: [UInt8]
        if reference == .mrz {
            // Document number, date of birth and date of expiry, each with its check digit.
            let characters = Array(text)
            let information = try MRZ.mrzInformation(
                documentNumber: String(characters[0..<9]), dateOfBirth: String(characters[10..<16]),
                dateOfExpiry: String(characters[17..<23]))
            #expect(information == Array(text.utf8))
            k = open(try DigestAlgorithm.sha1.secretDigest(information))
        } else {
            k = Array(text.utf8)
        }
        #expect(k == (try inputs.bytes("K")))
        return PACEExample(
            parameters: parameters, reference: reference, k: k, nonce: try inputs.bytes("s"),
            terminalMapping: isIntegrated
                ? try entry.intermediate.bytes("t") : try inputs.bytes("map_terminal_private"),
            chipMapping: isIntegrated ? nil : try inputs.bytes("map_chip_private"),
            terminalAgreement: try inputs.bytes("terminal_private"), chipAgreement: try inputs.bytes("chip_private"),
            chipStatic: entry.outputs.has("SK_IC") ? try entry.outputs.bytes("SK_IC") : nil, namesParameters: true,
            exchanges: try entry.apdus.map { (try $0.bytes("command"), try $0.bytes("response")) },
            encryptionKey: try entry.outputs.bytes("KSEnc"), macKey: try entry.outputs.bytes("KSMAC"))
    }

    /// A_IC on both sides, and the static key as EF.CardSecurity gives it.
    private static func chipAuthenticationData(_ entry: VectorEntry, _ example: PACEExample) throws {
        let outputs = entry.outputs
        let parameters = example.parameters
        let key = try secret(example.encryptionKey)
        let chipKey = try #require(try example.chipKey())
        #expect(chipKey.publicKey.encoded == (try outputs.bytes("PK_IC")))
        let iv = [UInt8](repeating: 0xFF, count: 16)
        #expect(try parameters.cipher.encrypt(iv, key: key) == outputs.bytes("IV_CA"))
        let encrypted = try ChipAuthenticationMapping.encryptedData(
            parameters, mappingScalar: secret(entry.inputs.bytes("map_chip_private")), chipKey: chipKey,
            encryptionKey: key)
        #expect(encrypted == (try outputs.bytes("A_IC")))
        let proof = try ChipAuthenticationMappingData(
            mappingKey: entry.intermediate.bytes("map_chip_public"), encrypted: encrypted, parameters: parameters,
            encryptionKey: key)
        #expect(proof.chipAuthenticationData == (try outputs.bytes("CA_IC")))
        let infos = try SecurityInfos(parsing: TLV.encode(0x31, outputs.bytes("ChipAuthenticationPublicKeyInfo")))
        let info = try #require(infos.chipAuthenticationPublicKeyInfos.first)
        guard case .ec(let point) = try info.publicKey.knownKey() else {
            Issue.record("not a key on a curve")
            return
        }
        let publicKey = try KeyAgreementPublicKey(domain: .ecdh(point.curve), encoded: point.point)
        #expect(try proof.isAuthentic(for: publicKey))
    }
}
