import EMRTDCrypto
import EMRTDTestSupport
import Testing

@Suite struct DigestTests {
    static let entries = VectorEntry.all("05_kdf_mac_sm.json").filter { $0.id.hasPrefix("prim-sha") }

    @Test(arguments: DigestAlgorithm.allCases)
    func publishedDigest(_ algorithm: DigestAlgorithm) throws {
        let entry = try Self.entries.named("prim-\(algorithm.rawValue)-abc")
        let message = Array(try entry.inputs.text("message_ascii").utf8)
        #expect(try algorithm.digest(message) == entry.outputs.bytes("digest"))
        #expect(open(try algorithm.secretDigest(message)) == (try entry.outputs.bytes("digest")))
    }

    /// FIPS 180-4, digests of the empty message.
    @Test func emptyMessage() throws {
        #expect(try DigestAlgorithm.sha1.digest([]) == hex("DA39A3EE5E6B4B0D3255BFEF95601890AFD80709"))
        #expect(
            try DigestAlgorithm.sha256.digest([])
                == hex("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"))
    }

    @Test(arguments: DigestAlgorithm.allCases)
    func lengthOfDigest(_ algorithm: DigestAlgorithm) throws {
        #expect(try algorithm.digest([1]).count == algorithm.length)
        #expect(
            algorithm.length
                == ["sha1": 20, "sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64][algorithm.rawValue])
    }

    /// Slices and collections that are not contiguous give the same digest as an array.
    @Test func anyCollectionOfBytes() throws {
        let bytes = deterministicBytes(300)
        let expected = try DigestAlgorithm.sha256.digest(Array(bytes[10..<200]))
        #expect(try DigestAlgorithm.sha256.digest(bytes[10..<200]) == expected)
        #expect(try DigestAlgorithm.sha256.digest(bytes.lazy.map { $0 }.prefix(200).dropFirst(10)) == expected)
    }
}
