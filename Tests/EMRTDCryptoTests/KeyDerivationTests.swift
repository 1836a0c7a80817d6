import EMRTDCrypto
import EMRTDTestSupport
import Testing

@Suite struct KeyDerivationTests {
    /// Doc 9303-11, D.1.
    @Test func keysOfAppendixD() throws {
        let seed = try secret("239AB9CB282DAF66231DC5A4DF6BFBAE")
        #expect(
            open(try BlockCipher.tripleDES.deriveKey(seed, counter: .encryption))
                == hex("AB94FDECF2674FDFB9B391F85D7F76F2"))
        #expect(
            open(try BlockCipher.tripleDES.deriveKey(seed, counter: .mac)) == hex("7962D9ECE03D1ACD4C76089DCE131543"))
    }

    @Test(arguments: BlockCipher.allCases)
    func keyHasTheCiphersLength(_ cipher: BlockCipher) throws {
        let key = try cipher.deriveKey(try secret("00"), counter: .password)
        #expect(key.count == cipher.keyLength)
    }

    /// Every byte of a 3DES key has an odd number of ones (Doc 9303-11, 9.7.1.1).
    @Test func parityIsOdd() throws {
        for index: UInt8 in 0...40 {
            let key = open(try BlockCipher.tripleDES.deriveKey(SecretBytes(copying: [index]), counter: .mac))
            #expect(key.allSatisfy { $0.nonzeroBitCount % 2 == 1 })
        }
    }

    /// A leading zero of a shared secret belongs to the hash input: without it another key comes out.
    @Test(arguments: BlockCipher.allCases)
    func leadingZeroCounts(_ cipher: BlockCipher) throws {
        let with = open(try cipher.deriveKey(try secret("00112233"), counter: .encryption))
        let without = open(try cipher.deriveKey(try secret("112233"), counter: .encryption))
        #expect(with != without)
    }

    @Test(arguments: BlockCipher.allCases)
    func countersGiveDifferentKeys(_ cipher: BlockCipher) throws {
        let k = try secret("7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD")
        let keys = try [KDFCounter.encryption, .mac, .password].map { open(try cipher.deriveKey(k, counter: $0)) }
        #expect(Set(keys).count == 3)
    }

    /// An empty secret is hashed as such, and does not read beyond its memory.
    @Test func emptySecret() throws {
        let key = open(try BlockCipher.aes128.deriveKey(SecretBytes(count: 0), counter: .encryption))
        #expect(key == Array(try DigestAlgorithm.sha1.digest([0, 0, 0, 1]).prefix(16)))
    }
}
