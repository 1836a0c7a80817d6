import EMRTDCrypto
import EMRTDTestSupport
import Testing

/// ISO/IEC 9797-1, MAC algorithm 3 with DES.
@Suite struct RetailMACTests {
    static let entries = VectorEntry.all("05_kdf_mac_sm.json").filter { $0.id.hasPrefix("retail-mac") }

    /// The message padded with method 0 (none), 1, 2 or 3 of ISO/IEC 9797-1, 6.3. Method 2 is left to the library.
    static func padded(_ message: [UInt8], method: Int) throws -> [UInt8] {
        let fill = [UInt8](repeating: 0, count: (8 - message.count % 8) % 8)
        switch method {
        case 0, 2: return message
        case 1: return message + fill
        case 3:
            let bits = UInt64(message.count * 8)
            return stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: bits >> $0) } + message + fill
        default: throw MissingField(key: "padding_method")
        }
    }

    static func key(_ entry: VectorEntry) throws -> SecretBytes {
        let rest = entry.inputs.has("K_prime") ? try entry.inputs.bytes("K_prime") : []
        return try SecretBytes(copying: try entry.inputs.bytes("K") + rest)
    }

    @Test(arguments: entries)
    func publishedMAC(_ entry: VectorEntry) throws {
        let method = try entry.inputs.number("padding_method")
        let message =
            entry.inputs.has("message")
            ? try entry.inputs.bytes("message") : Array(try entry.inputs.text("message_ascii").utf8)
        let mac = try MessageAuthenticator(.tripleDES, key: try Self.key(entry))
        let input = try Self.padded(message, method: method)
        #expect(try mac.mac(input, padded: method == 2) == entry.outputs.bytes("MAC"))
        // The same object again: nothing is left over from the first message.
        #expect(try mac.mac(input, padded: method == 2) == entry.outputs.bytes("MAC"))
        #expect(try mac.mac(input, padded: method == 2, length: 4) == Array(entry.outputs.bytes("MAC").prefix(4)))
    }

    @Test func nineEntries() { #expect(Self.entries.count == 9) }

    /// Some prints of ISO/IEC 9797-1:1999 give CA3BEF96 as the last half.
    @Test func retailMACMisprint() throws {
        let entry = try Self.entries.named("retail-mac-iso9797-annexB-all-pad2")
        let mac = try MessageAuthenticator(.tripleDES, key: try Self.key(entry))
        let result = try mac.mac(try entry.inputs.bytes("message"), padded: true)
        #expect(result.suffix(4) == hex("CA3BE796") && result.suffix(4) != hex("CA3BEF96"))
    }

    /// Against the definition, block by block, for every length up to five blocks and some beyond the internal buffers.
    @Test func everyLength() throws {
        let (k, k2) = (hex("0123456789ABCDEF"), hex("FEDCBA9876543210"))
        let single = try SecretBytes(copying: k + k)
        let double = try SecretBytes(copying: k + k2)
        let mac = try MessageAuthenticator(.tripleDES, key: double)
        for count in Array(0...40) + [1016, 1023, 1024, 1025, 2048, 3001] {
            let message = deterministicBytes(count)
            var blocks = message + [0x80]
            while blocks.count % 8 != 0 { blocks.append(0) }
            let chain = try BlockCipher.tripleDES.encrypt(blocks.dropLast(8), key: single)
            let before = chain.isEmpty ? [UInt8](repeating: 0, count: 8) : Array(chain.suffix(8))
            let last = zip(before, blocks.suffix(8)).map { $0 ^ $1 }
            let expected = try BlockCipher.tripleDES.encrypt(last, key: double)
            #expect(try mac.mac(message, padded: true) == expected, "\(count) bytes")
        }
    }

    @Test func unpaddedPartialBlocksAreRefused() throws {
        let mac = try MessageAuthenticator(.tripleDES, key: try secret("0123456789ABCDEFFEDCBA9876543210"))
        for count in [0, 1, 7, 9, 15, 1025] {
            #expect(
                cryptoErrorCode { _ = try mac.mac(deterministicBytes(count), padded: false) } == .invalidLength,
                "\(count) bytes")
        }
        // And the object still works.
        #expect(try mac.mac(Array("Now is the time for all ".utf8), padded: true) == hex("E9086230CA3BE796"))
    }

    @Test(arguments: [0, 8, 15, 17, 24, 32])
    func wrongKeyLength(_ count: Int) {
        #expect(
            cryptoErrorCode { _ = try MessageAuthenticator(.tripleDES, key: SecretBytes(count: count)) }
                == .invalidLength)
    }

    @Test(arguments: [-1, 9, 16, Int.max, Int.min])
    func wrongMACLength(_ length: Int) throws {
        let mac = try MessageAuthenticator(.tripleDES, key: SecretBytes(count: 16))
        #expect(cryptoErrorCode { _ = try mac.mac([1], padded: true, length: length) } == .invalidLength)
    }
}
