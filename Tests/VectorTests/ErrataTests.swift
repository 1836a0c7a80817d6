import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// The errors of the published text that `vectors/README.md` lists, one test for each.
@Suite struct ErrataTests {
    private func bac(_ id: String) throws -> VectorEntry { try BACVectorTests.entries.named(id) }
    private func pace(_ id: String) throws -> VectorEntry { try PACEVectorTests.entries.named(id) }

    /// D.2: the short TD2 example prints 8 and the short TD1 example 1, both are 2.
    @Test func compositeDigitsOfD2() throws {
        for (id, printed) in [("bac-d2-td2-short", "8"), ("bac-d2-td1-short", "1")] {
            let mrz = try MRZ(text: bac(id).inputs.texts("MRZ").joined(separator: "\n"))
            let composite = try #require(mrz.checks.first { $0.field == .composite })
            #expect(String(composite.found) == printed && composite.expected == "2" && !composite.isCorrect)
            #expect(mrz.checks.filter { !$0.isCorrect }.count == 1)
        }
    }

    /// D.4, step 3: K is printed up to 99029000, without the 80 that fills the block.
    @Test func paddingOfD4Step3() throws {
        let entry = try bac("bac-d4-sm-3")
        let k = try entry.intermediate.bytes("K")
        let printed = k.dropLast()
        #expect(k.last == 0x80 && printed.suffix(4) == hex("99029000") && k.count % 8 == 0)
        let mac = try MessageAuthenticator(.tripleDES, key: secret(entry.inputs.bytes("KSMAC")))
        #expect(try mac.mac(printed, padded: true) == entry.intermediate.bytes("CC_response"))
        #expect(throws: CryptoError(.invalidLength)) { try mac.mac(printed, padded: false) }
    }

    /// Table 14 leaves out the check digits of the MRZ password; the printed K_pi has them, and comes from all 20 bytes.
    @Test(arguments: ["pace-g-password", "pace-i-password"])
    func mrzPasswordHasCheckDigitsAndTwentyBytes(_ id: String) throws {
        let entry = try pace(id)
        let fields = try ["document_number_with_cd", "date_of_birth_with_cd", "date_of_expiry_with_cd"].map {
            try entry.inputs.text($0)
        }
        func kPi(_ information: String, bytes: Int) throws -> [UInt8] {
            let hash = try DigestAlgorithm.sha1.secretDigest(information.utf8).prefix(bytes)
            return open(try PACEPassword(.mrz, secret: SharedSecret(hash)).key(.aes128))
        }
        let printed = try entry.outputs.bytes("K_pi_AES128")
        #expect(try kPi(fields.joined(), bytes: 20) == printed)
        #expect(try kPi(fields.joined(), bytes: 16) != printed, "the sixteen bytes of BAC")
        #expect(try kPi(fields.map { String($0.dropLast()) }.joined(), bytes: 20) != printed, "without check digits")
    }

    /// G.2 prints the terminal's public key with a leading 00; what is sent and what the token covers has 128 bytes.
    @Test func publicKeyOfG2HasFixedWidth() throws {
        let entry = try pace("pace-g2-dh-gm-aes128-key-agreement")
        let key = try entry.intermediate.bytes("terminal_public")
        #expect(try entry.intermediate.bytes("terminal_public_as_printed") == [0] + key)
        #expect(key.count == 128)
        let sent = try TLV(exactly: CommandAPDU(parsing: entry.apdus[0].bytes("command")).data).child(0x83)
        #expect(Array(sent.value) == key)
        let token = try pace("pace-g2-dh-gm-aes128-mutual-authentication")
        let covered = try TLV(exactly: token.intermediate.bytes("input_T_IC")).child(0x84)
        #expect(Array(covered.value) == key)
    }

    /// Appendix H says that K is that of the MRZ of the example before; K_pi comes from the CAN 123456.
    @Test func passwordOfAppendixHIsTheCAN() throws {
        let entry = try pace("pace-h1-ecdh-im-aes128-password")
        func kPi(_ k: [UInt8]) throws -> [UInt8] {
            open(try PACEPassword(.can, secret: SharedSecret(secret(k))).key(.aes128))
        }
        #expect(try kPi(Array("123456".utf8)) == entry.outputs.bytes("K_pi"))
        #expect(try kPi(pace("pace-g-password").outputs.bytes("K")) != entry.outputs.bytes("K_pi"))
        for nonce in ["pace-h1-ecdh-im-aes128-nonce", "pace-h2-dh-im-aes128-nonce"] {
            #expect(try pace(nonce).inputs.bytes("K_pi") == entry.outputs.bytes("K_pi"))
        }
    }

    /// The examples send no DO'84'. A terminal of ours that names the parameters differs from them in that object alone.
    @Test func setATWithoutParameterId() async throws {
        let printed = try pace("pace-g1-ecdh-gm-aes128-mse-set-at").inputs.bytes("command")
        var command = try CommandAPDU(parsing: printed)
        command.data += hex("84010D")
        let card = PrintedConversation([(try command.encoded(), hex("9000"))])
        await #expect(throws: PrintedConversation.Deviation.self) {
            _ = try await PACEAppendix.g1.example().terminal(namesParameters: true).run(card)
        }
        #expect(card.count == 1)
        // A card that refuses the object is asked again as the examples do.
        let strict = PrintedConversation([(try command.encoded(), hex("6A80")), (printed, hex("9000"))])
        await #expect(throws: PrintedConversation.Deviation.self) {
            _ = try await PACEAppendix.g1.example().terminal(namesParameters: true).run(strict)
        }
        #expect(strict.count == 2)
    }

    /// The terminal's token is over the chip's key; swapped tokens are wrong.
    @Test func tokensAreOverTheOtherSidesKey() throws {
        let entry = try pace("pace-g1-ecdh-gm-aes128-mutual-authentication")
        let keys = SessionKeys(
            .aes128, encryption: try SecretBytes(count: 16), mac: try secret(entry.inputs.bytes("KSMAC")))
        let parameters = try PACEAppendix.g1.parameters()
        let overTerminal = try PACESteps.token(parameters, keys: keys, publicKey: entry.inputs.bytes("terminal_public"))
        let overChip = try PACESteps.token(parameters, keys: keys, publicKey: entry.inputs.bytes("chip_public"))
        #expect(overTerminal == (try entry.outputs.bytes("T_IC")))
        #expect(overChip == (try entry.outputs.bytes("T_IFD")))
        #expect(overTerminal != overChip)
    }

    /// After PACE the counter starts at zero; with BAC's rule for it the printed exchange does not come out.
    @Test func counterStartsAtZeroAfterPACE() throws {
        let entry = try PrimitiveVectorTests.entries.named("sm-aes128-pace-g1-keys")
        #expect(try entry.inputs.bytes("SSC_before") == [UInt8](repeating: 0, count: 16))
        let keys = SessionKeys(
            .aes128, encryption: try secret(entry.inputs.bytes("KSEnc")), mac: try secret(entry.inputs.bytes("KSMAC")))
        let exchange = try #require(try entry.outputs.elements("exchanges").first)
        let command = try CommandAPDU(parsing: exchange.bytes("plain"))
        let protected = try SecureMessaging.protect(command, keys.makeContext())
        #expect(try protected.encoded() == exchange.bytes("protected_command"))
    }

    /// The public EF.CardAccess samples with bytes behind them are parsed by the outer length, and the bytes are reported.
    @Test func trailingBytesAfterCardAccess() throws {
        let file = try pace("pace-g1-ecdh-gm-aes128-paceinfo").outputs.bytes("EF_CardAccess_derived")
        let parsed = try EFCardAccess(parsing: file + hex("6282"))
        #expect(parsed.securityInfos.paceInfos.count == 1 && parsed.leniencies.map(\.code) == [.trailingBytes])
    }

    /// Some prints of ISO/IEC 9797-1:1999 give CA3BEF96.
    @Test func retailMACMisprint() throws {
        let entry = try PrimitiveVectorTests.entries.named("retail-mac-iso9797-annexB-all-pad2")
        #expect(try entry.outputs.bytes("MAC").suffix(4) == hex("CA3BE796"))
        try PrimitiveVectorTests.retailMAC(entry)
    }

    /// 6.1 gives 1848 bits with 3DES and 1792 with AES as what fits into a short response; with AES it is one block less.
    @Test func extendedLengthOfActiveAuthentication() throws {
        for (cipher, fits, exceeds) in [(BlockCipher.tripleDES, 1848, 1856), (.aes128, 1784, 1792)] {
            func length(_ bits: Int) throws -> Int {
                let context = try SecureMessagingContext(
                    cipher, encryptionKey: SecretBytes(count: 16), macKey: SecretBytes(count: 16))
                let signature = ResponseAPDU(data: [UInt8](repeating: 1, count: bits / 8), statusWord: .success)
                return try SecureMessagingChip(context: context).protect(signature, ins: 0x88).data.count
            }
            #expect(try length(fits) <= 256 && length(exceeds) > 256)
        }
    }

    /// The root of BSI's worked example is one of inspection systems, and its terminals are authentication terminals.
    @Test(arguments: ["ecdh", "dh"])
    func terminalTypesOfTheWorkedExample(_ flavour: String) throws { try EACCertificates.chainOfTwoTypes(flavour) }
}
