import EMRTDCrypto
import EMRTDTestSupport
import Testing

/// The cryptography below the data objects: padding, IV, counter and MAC, against printed cryptograms.
@Suite struct SecureMessagingContextTests {
    static let entries = VectorEntry.all("05_kdf_mac_sm.json")

    static func context(_ entry: VectorEntry, _ cipher: BlockCipher, ssc: String = "SSC_before") throws
        -> SecureMessagingContext
    {
        try SecureMessagingContext(
            cipher, encryptionKey: SecretBytes(copying: entry.inputs.bytes("KSEnc")),
            macKey: SecretBytes(copying: entry.inputs.bytes("KSMAC")), sendSequenceCounter: entry.inputs.bytes(ssc))
    }

    /// 00222030 with Lc, data and Le in the short form: cryptogram, DO'97' and MAC as AusweisApp prints them.
    @Test func ausweisAppCommand() throws {
        let entry = try Self.entries.named("sm-aes128-ausweisapp-6")
        let printed = try entry.outputs.bytes("protected_command")
        let context = try Self.context(entry, .aes128)
        try context.step()
        let cryptogram = try context.encrypt(hex("D0D1D2D3"))
        #expect(cryptogram == Array(printed[8..<24]))
        let body = [0x87, 0x11, 0x01] + cryptogram + hex("970100")
        #expect(try context.mac(header: hex("0C222030"), body: body) == Array(printed[29..<37]))
        #expect(try context.decrypt(cryptogram) == hex("D0D1D2D3"))
    }

    @Test func exchangesWithPACEKeys() throws {
        let entry = try Self.entries.named("sm-aes128-pace-g1-keys")
        let context = try Self.context(entry, .aes128)
        try context.step()
        let select = try context.encrypt(hex("011E"))
        #expect(select == (try entry.intermediate.bytes("select_ciphertext")))
        let header = hex("0CA4020C")
        #expect(
            try context.mac(header: header, body: [0x87, 0x11, 0x01] + select) == entry.intermediate.bytes("select_CC"))
        try context.step()
        try context.step()
        #expect(
            try context.mac(header: hex("0CB00000"), body: hex("970104")) == entry.intermediate.bytes("read_CC"))
        try context.step()
        #expect(context.sendSequenceCounter == (try entry.outputs.bytes("SSC_after")))
    }

    /// IV = E(KSenc, SSC), and one block of padding more for whole blocks.
    @Test func ivAndPadding() throws {
        let entry = try Self.entries.named("sm-aes256-persosim")
        let key = try SecretBytes(copying: entry.inputs.bytes("KSEnc"))
        let iv = try entry.intermediate.bytes("IV")
        #expect(try BlockCipher.aes256.encrypt(entry.inputs.bytes("SSC"), key: key) == iv)
        let context = try SecureMessagingContext(
            .aes256, encryptionKey: key, macKey: SecretBytes(copying: entry.inputs.bytes("KSMAC")),
            sendSequenceCounter: hex("00000000000000000000000000000002"))
        try context.step()
        for count in 0...33 {
            let plain = deterministicBytes(count)
            let padded = try BlockCipher.aes256.decrypt(context.encrypt(plain), key: key, iv: iv)
            #expect(padded == plain + [0x80] + [UInt8](repeating: 0, count: 15 - count % 16))
        }
    }

    /// 3DES: the IV is zero whatever the counter says.
    @Test func tripleDESHasNoIV() throws {
        let key = try secret("979EC13B1CBFE9DCD01AB0FED307EAE5")
        let context = try SecureMessagingContext(
            .tripleDES, encryptionKey: key, macKey: key, sendSequenceCounter: hex("887022120C06C226"))
        try context.step()
        #expect(try context.encrypt(hex("011E")) == hex("6375432908C044F6"))
        try context.step()
        #expect(try context.encrypt(hex("011E")) == hex("6375432908C044F6"))
    }

    @Test(arguments: BlockCipher.allCases)
    func roundTrip(_ cipher: BlockCipher) throws {
        let key = try SecretBytes(copying: deterministicBytes(cipher.keyLength))
        let a = try SecureMessagingContext(cipher, encryptionKey: key, macKey: key)
        let b = try SecureMessagingContext(cipher, encryptionKey: key, macKey: key)
        for count in [0, 1, 7, 8, 15, 16, 17, 223, 1023, 1024, 40_000] {
            try a.step()
            try b.step()
            let plain = deterministicBytes(count, seed: UInt32(count))
            let cryptogram = try a.encrypt(plain)
            #expect(cryptogram.count == (count / cipher.blockLength + 1) * cipher.blockLength)
            #expect(try b.decrypt(cryptogram) == plain)
            #expect(try a.mac(header: [1], body: cryptogram) == b.mac(header: [1], body: cryptogram))
            #expect(try a.mac(header: [1], body: cryptogram) != a.mac(body: cryptogram))
        }
        #expect(a.sendSequenceCounter == b.sendSequenceCounter)
    }

    @Test(arguments: BlockCipher.allCases)
    func counterCarriesAndWraps(_ cipher: BlockCipher) throws {
        let key = try SecretBytes(count: cipher.keyLength)
        let block = cipher.blockLength
        for ones in 0...block {
            let start = [UInt8](repeating: 0, count: block - ones) + [UInt8](repeating: 0xFF, count: ones)
            let context = try SecureMessagingContext(
                cipher, encryptionKey: key, macKey: key, sendSequenceCounter: start)
            try context.step()
            var next = [UInt8](repeating: 0, count: block)
            if ones < block { next[block - ones - 1] = 1 }
            #expect(context.sendSequenceCounter == next)
        }
    }

    @Test(arguments: BlockCipher.allCases)
    func badPadding(_ cipher: BlockCipher) throws {
        let key = try SecretBytes(count: cipher.keyLength)
        let context = try SecureMessagingContext(cipher, encryptionKey: key, macKey: key)
        let block = cipher.blockLength  // the counter has not moved: the IV is zero
        let zeros = [UInt8](repeating: 0, count: block)
        let paddings: [[UInt8]] = [
            zeros, zeros.dropLast() + [1], zeros.dropLast() + [0x81], [0x40] + zeros.dropFirst(),
            [UInt8](repeating: 0xFF, count: block), [0x80] + zeros.dropFirst(2) + [1],
        ]
        for last in paddings {
            for plain in [last, [UInt8](repeating: 0x80, count: block) + last] {
                let cryptogram = try cipher.encrypt(plain, key: key)
                #expect(cryptoErrorCode { _ = try context.decrypt(cryptogram) } == .invalidPadding)
            }
        }
        // Only padding in the last block is right, and nothing but padding too.
        #expect(try context.decrypt(cipher.encrypt([0x80] + zeros.dropFirst(), key: key)) == [])
        #expect(try context.decrypt(cipher.encrypt(zeros + [0x80] + zeros.dropFirst(), key: key)) == zeros)
        for count in [0, 1, block - 1, block + 1] {
            let cryptogram = [UInt8](repeating: 0, count: count)
            #expect(cryptoErrorCode { _ = try context.decrypt(cryptogram) } == .invalidLength)
        }
    }

    @Test(arguments: BlockCipher.allCases)
    func wrongKeysAndCounters(_ cipher: BlockCipher) throws {
        let right = try SecretBytes(count: cipher.keyLength)
        let wrong = try SecretBytes(count: cipher.keyLength - 1)
        #expect(
            cryptoErrorCode { _ = try SecureMessagingContext(cipher, encryptionKey: wrong, macKey: right) }
                == .invalidLength)
        #expect(
            cryptoErrorCode { _ = try SecureMessagingContext(cipher, encryptionKey: right, macKey: wrong) }
                == .invalidLength)
        for count in [0, 7, 9, 15, 17, 32] {
            let ssc = [UInt8](repeating: 0, count: count)
            #expect(
                cryptoErrorCode {
                    _ = try SecureMessagingContext(
                        cipher, encryptionKey: right, macKey: right, sendSequenceCounter: ssc)
                } == .invalidLength)
        }
    }
}
