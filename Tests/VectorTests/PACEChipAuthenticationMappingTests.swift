import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// What Appendix I prints about the chip's proof and the file that holds its key.
extension PACEVectorTests {
    /// CA_IC is encrypted under KSenc with IV = E(KSenc, -1), and CA_IC * PK_IC is the chip's mapping key (4.4.3.3.3).
    static func chipAuthenticationData(_ entry: VectorEntry) throws {
        let parameters = try PACEAppendix.i1.parameters()
        let key = try secret(entry.inputs.bytes("KSEnc"))
        let mappingKey = try entry.intermediate.bytes("PK_Map_IC_expected")
        let encrypted = try entry.inputs.bytes("A_IC")
        let proof = try ChipAuthenticationMappingData(
            mappingKey: mappingKey, encrypted: encrypted, parameters: parameters, encryptionKey: key)
        let data = try entry.outputs.bytes("CA_IC")
        #expect(proof.chipAuthenticationData == data)
        let publicKey = try KeyAgreementPublicKey(domain: parameters.domain, encoded: entry.inputs.bytes("PK_IC"))
        #expect(try proof.isAuthentic(for: publicKey))
        let verified = try CurveGroup(.brainpoolP256r1).multiply(secret(data), base: publicKey.encoded)
        #expect(verified == (try entry.outputs.bytes("verified_point")) && verified == mappingKey)

        let iv = try BlockCipher.aes128.encrypt([UInt8](repeating: 0xFF, count: 16), key: key)
        #expect(iv == (try entry.intermediate.bytes("IV")))
        let padded = try BlockCipher.aes128.decrypt(encrypted, key: key, iv: iv)
        #expect(padded == (try entry.intermediate.bytes("CA_IC_padded")))

        // The chip's side makes the same bytes.
        let mappingScalar = try secret(PACEAppendix.i1.entry("mapping").inputs.bytes("chip_private"))
        let chipKey = try #require(try PACEAppendix.i1.example().chipKey())
        #expect(
            try ChipAuthenticationMapping.encryptedData(
                parameters, mappingScalar: mappingScalar, chipKey: chipKey, encryptionKey: key) == encrypted)
        for index in encrypted.indices {
            var altered = encrypted
            altered[index] ^= 1
            let wrong = try ChipAuthenticationMappingData(
                mappingKey: mappingKey, encrypted: altered, parameters: parameters, encryptionKey: key)
            #expect(try !wrong.isAuthentic(for: publicKey), "byte \(index)")
        }
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

    /// SK_Map = CA_IC * SK_IC modulo the order.
    static func staticPrivateKey(_ entry: VectorEntry) throws {
        let pair = try KeyAgreementKeyPair(
            domain: .ecdh(.brainpoolP256r1), scalar: secret(entry.outputs.bytes("SK_IC")))
        let other = try entries.named("pace-i1-cam-chip-authentication-data")
        #expect(pair.publicKey.encoded == (try other.inputs.bytes("PK_IC")))
        let group = try CurveGroup(.brainpoolP256r1)
        let quotient = try group.quotient(secret(entry.inputs.bytes("SK_Map_IC")), by: pair.scalar.copy())
        #expect(open(quotient) == (try entry.inputs.bytes("CA_IC")))
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
}
