import EMRTDCrypto
import EMRTDTestSupport
import Foundation
import Testing

/// AES-CMAC (NIST SP 800-38B).
@Suite struct CMACTests {
    static let entries = VectorEntry.all("05_kdf_mac_sm.json").filter { $0.id.hasPrefix("cmac-aes") }

    static func cipher(keyLength: Int) -> BlockCipher? {
        [BlockCipher.aes128, .aes192, .aes256].first { $0.keyLength == keyLength }
    }

    @Test(arguments: entries)
    func publishedMAC(_ entry: VectorEntry) throws {
        let key = try entry.inputs.bytes("key")
        let cipher = try #require(Self.cipher(keyLength: key.count))
        let mac = try MessageAuthenticator(cipher, key: SecretBytes(copying: key))
        let message = try entry.inputs.bytes("message")
        let tag = try entry.outputs.bytes("tag")
        #expect(try mac.mac(message, padded: false, length: 16) == tag)
        for length in 0...16 {
            #expect(try mac.mac(message, padded: false, length: length) == Array(tag.prefix(length)))
        }
        #expect(try mac.mac(message, padded: false).count == 8, "eight bytes are the default")
    }

    @Test func fifteenEntries() { #expect(Self.entries.count == 15) }

    /// Against the definition with subkeys computed here (SP 800-38B, 6.1 and 6.2), for every length around the blocks.
    @Test(arguments: [BlockCipher.aes128, .aes192, .aes256])
    func everyLength(_ cipher: BlockCipher) throws {
        func doubled(_ block: [UInt8]) -> [UInt8] {
            var out = block.indices.map { block[$0] << 1 | ($0 + 1 < block.count ? block[$0 + 1] >> 7 : 0) }
            if block[0] & 0x80 != 0 { out[15] ^= 0x87 }
            return out
        }
        for seed: UInt32 in 1...4 {  // several keys, so that both carries occur
            let key = try SecretBytes(copying: deterministicBytes(cipher.keyLength, seed: seed))
            let k1 = doubled(try cipher.encrypt([UInt8](repeating: 0, count: 16), key: key))
            let k2 = doubled(k1)
            let mac = try MessageAuthenticator(cipher, key: key)
            for count in Array(0...49) + [1023, 1024, 1025, 1040, 4096, 5000] {
                let message = deterministicBytes(count, seed: seed)
                let whole = count > 0 && count % 16 == 0
                var blocks = message
                if !whole { blocks.append(0x80) }
                while blocks.count % 16 != 0 { blocks.append(0) }
                for index in 0..<16 { blocks[blocks.count - 16 + index] ^= whole ? k1[index] : k2[index] }
                let expected = Array(try cipher.encrypt(blocks, key: key).suffix(16))
                #expect(try mac.mac(message, padded: false, length: 16) == expected, "\(count) bytes")
            }
        }
    }

    /// Padding method 2 before CMAC, as secure messaging has it, always adds a byte.
    @Test func paddedIsTheMACOfThePaddedMessage() throws {
        let mac = try MessageAuthenticator(.aes128, key: SecretBytes(copying: deterministicBytes(16)))
        for count in 0...33 {
            var message = deterministicBytes(count)
            let padded = try mac.mac(message, padded: true, length: 16)
            #expect(padded != (try mac.mac(message, padded: false, length: 16)))
            message.append(0x80)
            while message.count % 16 != 0 { message.append(0) }
            #expect(try mac.mac(message, padded: false, length: 16) == padded)
        }
    }

    @Test(arguments: [BlockCipher.aes128, .aes192, .aes256], [0, 1, 15, 17, 33])
    func wrongKeyLength(_ cipher: BlockCipher, _ count: Int) {
        #expect(
            cryptoErrorCode { _ = try MessageAuthenticator(cipher, key: SecretBytes(count: count)) } == .invalidLength)
    }

    @Test(arguments: [-1, 17, 64, Int.max])
    func wrongMACLength(_ length: Int) throws {
        let mac = try MessageAuthenticator(.aes256, key: SecretBytes(count: 32))
        #expect(cryptoErrorCode { _ = try mac.mac([1], padded: false, length: length) } == .invalidLength)
    }

    struct MACFile: Decodable {
        struct Group: Decodable {
            let keySize: Int
            let tagSize: Int
            let tests: [Test]
        }
        struct Test: Decodable {
            let tcId: Int
            let key: String
            let msg: String
            let tag: String
            let result: String
        }
        let testGroups: [Group]
        let numberOfTests: Int
    }

    @Test func wycheproof() throws {
        guard let file: MACFile = try EMRTDCryptoTests.wycheproof("aes_cmac_test.json") else { return }
        var (right, wrong, refused) = (0, 0, 0)
        for group in file.testGroups {
            for test in group.tests {
                guard let cipher = Self.cipher(keyLength: hex(test.key).count) else {
                    #expect(test.result == "invalid", "test \(test.tcId): a key of \(group.keySize) bits")
                    for cipher in BlockCipher.allCases where cipher != .tripleDES {
                        #expect(cryptoErrorCode { _ = try MessageAuthenticator(cipher, key: secret(test.key)) } != nil)
                    }
                    refused += 1
                    continue
                }
                let mac = try MessageAuthenticator(cipher, key: try secret(test.key))
                let tag = try mac.mac(hex(test.msg), padded: false, length: group.tagSize / 8)
                #expect(constantTimeEqual(tag, hex(test.tag)) == (test.result == "valid"), "test \(test.tcId)")
                if test.result == "valid" { right += 1 } else { wrong += 1 }
            }
        }
        #expect(right + wrong + refused == file.numberOfTests)
        print("Wycheproof aes_cmac_test.json: \(right) right, \(wrong) wrong, \(refused) keys refused")
    }
}
