import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// `03_active_authentication.json`: Doc 9303-11, 6.1 and Appendix F. The document prints no key, so whole verifications are
/// those of `10_synthetic.json`.
@Suite struct ActiveAuthenticationVectorTests {
    static let entries = VectorEntry.all("03_active_authentication.json")

    static let checks: [String: Check] = {
        var checks: [String: Check] = [
            "aa-f-message-representative": { try messageRepresentative($0) },
            "aa-f-signature": { try signature($0) },
            "aa-header-nibble": { try headers($0) },
            "aa-rules": { try await rules($0) },
        ]
        for trailer in ["BC", "33CC", "34CC", "35CC", "36CC", "38CC"] {
            checks["aa-trailer-\(trailer)"] = { try knownTrailer($0) }
        }
        for trailer in ["31CC", "32CC", "37CC", "39CC", "3ACC"] {
            checks["aa-trailer-\(trailer)"] = { try unknownTrailer($0) }
        }
        return checks
    }()

    /// Signs whatever block a test makes.
    static let key: PrivateKey? = try? PrivateKey.generateRSA(bits: 1024)

    @Test(arguments: entries)
    func entry(_ entry: VectorEntry) async throws {
        let check = try #require(Self.checks[entry.id], "an entry without a test")
        try await check(entry)
    }

    @Test func everyEntryIsHandled() {
        #expect(Set(Self.checks.keys) == Set(Self.entries.map(\.id)))
        #expect(Self.entries.count == 15 && Self.checks.count == 15)
    }

    // MARK: Appendix F

    static func messageRepresentative(_ entry: VectorEntry) throws {
        let (challenge, m1) = (try entry.inputs.bytes("RND_IFD"), try entry.inputs.bytes("M1"))
        var room = 0
        let length = try entry.inputs.number("k_bits") / 8
        let block = try ISO9796Signature.block(length: length, message: challenge, digest: .sha1) {
            room = $0
            return m1
        }
        #expect(block == (try entry.outputs.bytes("F")))
        #expect(room == m1.count)
        #expect(try entry.intermediate.number("LM1_bits") == room * 8)
        #expect(m1 + challenge == (try entry.intermediate.bytes("M")))
        #expect(try DigestAlgorithm.sha1.digest(m1 + challenge) == entry.outputs.bytes("H"))
        #expect(block.last.map { [$0] } == (try entry.intermediate.bytes("T")))
        let apdu = try #require(entry.apdus.first)
        let command = CommandAPDU(ins: 0x88, data: challenge, expectedLength: 256)
        #expect(try command.encoded() == apdu.bytes("command"))
        #expect(try ResponseAPDU(parsing: apdu.bytes("response")).data.count == length)
        // The block as printed verifies once a key has signed it.
        #expect(try verified(block, challenge) == .sha1)
    }

    /// No modulus is printed: the signature is one of 1024 bits, and of no other key.
    static func signature(_ entry: VectorEntry) throws {
        let other = try entries.named("aa-f-message-representative")
        let signature = try entry.outputs.bytes("S")
        #expect(try entry.inputs.bytes("F") == other.outputs.bytes("F"))
        #expect(try ResponseAPDU(parsing: #require(other.apdus.first).bytes("response")).data == signature)
        guard case .rsa(let rsa)? = key?.publicKey else {
            Issue.record("no RSA key")
            return
        }
        #expect(signature.count == rsa.modulus.count)
        #expect(try ISO9796Signature.verify(signature, message: other.inputs.bytes("RND_IFD"), key: rsa) == nil)
    }

    // MARK: Trailers and headers

    /// The hash that an entry names, where the library has it.
    private static func digest(_ entry: VectorEntry) throws -> DigestAlgorithm? {
        DigestAlgorithm(rawValue: try entry.outputs.text("hash").lowercased().replacing("-", with: ""))
    }

    /// What a signature over a block verifies as.
    private static func verified(_ block: [UInt8], _ message: [UInt8]) throws -> DigestAlgorithm? {
        let key = try #require(key)
        guard case .rsa(let rsa) = key.publicKey else { return nil }
        return try ISO9796Signature.verify(key.signRaw(block), message: message, key: rsa)?.digest
    }

    /// A block with any header and trailer, otherwise right for a hash.
    private static func block(
        header: [UInt8] = [0x6A], digest: DigestAlgorithm, trailer: [UInt8], message: [UInt8]
    ) throws -> [UInt8] {
        let m1 = [UInt8](repeating: 0x5A, count: 128 - header.count - digest.length - trailer.count)
        return header + m1 + (try digest.digest(m1 + message)) + trailer
    }

    private static let challenge: [UInt8] = Array(1...8)

    static func knownTrailer(_ entry: VectorEntry) throws {
        let trailer = try entry.inputs.bytes("trailer")
        let digest = try #require(try digest(entry))
        #expect(try verified(block(digest: digest, trailer: trailer, message: challenge), challenge) == digest)
        for other in DigestAlgorithm.allCases where other != digest {
            #expect(try verified(block(digest: other, trailer: trailer, message: challenge), challenge) == nil)
        }
        // What the library's own chip writes: one byte for SHA-1, two for any other.
        let own = try ISO9796Signature.block(length: 128, message: challenge, digest: digest) {
            [UInt8](repeating: 1, count: $0)
        }
        #expect(own.suffix(trailer.count) == trailer[...] || trailer == [0x33, 0xCC])
    }

    /// Hash functions that Doc 9303 does not allow for Active Authentication: refused whatever the hash is.
    static func unknownTrailer(_ entry: VectorEntry) throws {
        #expect(try digest(entry) == nil)
        let trailer = try entry.inputs.bytes("trailer")
        for digest in DigestAlgorithm.allCases {
            #expect(try verified(block(digest: digest, trailer: trailer, message: challenge), challenge) == nil)
        }
    }

    static func headers(_ entry: VectorEntry) throws {
        let partial = try entry.outputs.bytes("header_partial_recovery")
        let total = try entry.outputs.bytes("header_total_recovery")
        #expect(
            try verified(block(header: partial, digest: .sha1, trailer: [0xBC], message: challenge), challenge) == .sha1
        )
        #expect(
            try verified(block(header: total, digest: .sha1, trailer: [0xBC], message: challenge), challenge) == nil)
    }

    // MARK: Rules

    static func rules(_ entry: VectorEntry) async throws {
        // RND.IFD is of 8 bytes, and another one each time.
        let key = try SyntheticVectorTests.entries.named("aa-rsa1024-e65537-sha1-B6").outputs.bytes("DG15")
        let card = FixedResponse(ResponseAPDU(statusWord: .instructionNotSupported))
        for _ in 0..<2 {
            _ = try await ActiveAuthentication.run(
                card, key: DG15(parsing: key).publicKey, algorithm: nil, usesExtendedLength: false)
        }
        #expect(card.commands.map(\.data.count) == [8, 8])
        #expect(try entry.outputs.number("nonce_bytes") == 8)
        #expect(Set(card.commands.map(\.data)).count == 2)

        // M1 has c - 4 bits, where c = k - Lh - 8t - 4.
        for bits in [1024, 1280, 1536, 1848, 2048, 3072, 4096] {
            for digest in DigestAlgorithm.allCases {
                var room = 0
                _ = try ISO9796Signature.block(length: bits / 8, message: challenge, digest: digest) {
                    room = $0
                    return [UInt8](repeating: 1, count: $0)
                }
                let c = bits - digest.length * 8 - 8 * (digest == .sha1 ? 1 : 2) - 4
                #expect(room * 8 == c - 4)
            }
        }
        let hashes = try entry.outputs.texts("hashes_rsa").map { $0.lowercased().replacing("-", with: "") }
        #expect(Set(hashes) == Set(DigestAlgorithm.allCases.map(\.rawValue)))

        // What fits into a short response under secure messaging.
        for (cipher, bits) in [(BlockCipher.tripleDES, 1848), (.aes128, 1784)] {
            let context = try SecureMessagingContext(
                cipher, encryptionKey: SecretBytes(count: 16), macKey: SecretBytes(count: 16))
            let session = SecureMessaging(over: card, context: context)
            #expect(session.payloadCapacity(ofResponse: 256) * 8 == bits)
        }
    }
}
