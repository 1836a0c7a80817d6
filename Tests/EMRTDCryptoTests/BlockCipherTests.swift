import EMRTDCrypto
import EMRTDTestSupport
import Testing

@Suite struct BlockCipherTests {
    static let entries = VectorEntry.all("05_kdf_mac_sm.json")

    /// NIST SP 800-38A, F.2.
    @Test(arguments: [("128", BlockCipher.aes128), ("192", .aes192), ("256", .aes256)])
    func publishedCBC(_ bits: String, _ cipher: BlockCipher) throws {
        let entry = try Self.entries.named("prim-aes\(bits)-cbc-sp800-38a")
        let key = try SecretBytes(copying: entry.inputs.bytes("key"))
        let iv = try entry.inputs.bytes("iv")
        #expect(
            try cipher.encrypt(entry.inputs.bytes("plaintext"), key: key, iv: iv) == entry.outputs.bytes("ciphertext"))
        #expect(
            try cipher.decrypt(entry.outputs.bytes("ciphertext"), key: key, iv: iv) == entry.inputs.bytes("plaintext"))
    }

    @Test(arguments: BlockCipher.allCases)
    func decryptionUndoesEncryption(_ cipher: BlockCipher) throws {
        let key = try SecretBytes(copying: deterministicBytes(cipher.keyLength))
        let iv = deterministicBytes(cipher.blockLength, seed: 7)
        for blocks in [0, 1, 2, 3, 64, 300] {
            let plain = deterministicBytes(blocks * cipher.blockLength, seed: 9)
            let cryptogram = try cipher.encrypt(plain, key: key, iv: iv)
            #expect(cryptogram.count == plain.count)
            #expect(try cipher.decrypt(cryptogram, key: key, iv: iv) == plain)
            let zero = try cipher.encrypt(plain, key: key)
            #expect(zero == (try cipher.encrypt(plain, key: key, iv: [UInt8](repeating: 0, count: cipher.blockLength))))
            #expect(open(try cipher.decryptSecret(zero, key: key)) == plain)
            #expect(try cipher.encrypt(secret: SecretBytes(copying: plain), key: key) == zero)
        }
    }

    @Test(arguments: BlockCipher.allCases)
    func partialBlocksAreRefused(_ cipher: BlockCipher) throws {
        let key = try SecretBytes(count: cipher.keyLength)
        for count in [1, cipher.blockLength - 1, cipher.blockLength + 1, 3 * cipher.blockLength - 1] {
            let bytes = deterministicBytes(count)
            #expect(cryptoErrorCode { _ = try cipher.encrypt(bytes, key: key) } == .invalidLength)
            #expect(cryptoErrorCode { _ = try cipher.decrypt(bytes, key: key) } == .invalidLength)
            #expect(cryptoErrorCode { _ = try cipher.decryptSecret(bytes, key: key) } == .invalidLength)
            #expect(
                cryptoErrorCode { _ = try cipher.encrypt(secret: SecretBytes(count: count), key: key) }
                    == .invalidLength)
        }
    }

    @Test(arguments: BlockCipher.allCases)
    func wrongKeysAndIVsAreRefused(_ cipher: BlockCipher) throws {
        let block = [UInt8](repeating: 1, count: cipher.blockLength)
        for count in [0, 8, cipher.keyLength - 1, cipher.keyLength + 1, 64] {
            #expect(cryptoErrorCode { _ = try cipher.encrypt(block, key: SecretBytes(count: count)) } == .invalidLength)
            #expect(cryptoErrorCode { _ = try cipher.decrypt(block, key: SecretBytes(count: count)) } == .invalidLength)
        }
        for count in [0, 1, cipher.blockLength - 1, cipher.blockLength + 1] {
            let iv = [UInt8](repeating: 0, count: count)
            #expect(
                cryptoErrorCode { _ = try cipher.encrypt(block, key: SecretBytes(count: cipher.keyLength), iv: iv) }
                    == .invalidLength)
        }
    }

    @Test func errorsHoldNoBytes() throws {
        let key = try secret("DEADBEEFDEADBEEFDEADBEEFDEADBEEF")
        do {
            _ = try BlockCipher.aes128.encrypt([0xCA, 0xFE, 0xBA], key: key)
            Issue.record("three bytes were encrypted")
        } catch {
            let text = "\(error)".uppercased()
            #expect(!text.contains("DEAD") && !text.contains("CAFE") && text.contains("3 BYTES"))
        }
    }
}
