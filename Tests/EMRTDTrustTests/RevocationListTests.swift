import EMRTDSimulator
import EMRTDTestSupport
import ISO7816
import Testing

@testable import EMRTDTrust

private enum BigEndian {
    /// Four bytes.
    static func bytes(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
}

@Suite("Revocation lists")
struct RevocationListTests {
    static func reason(_ number: UInt8, critical: Bool = false) -> [UInt8] {
        BuiltPKI.Extensions.item("2.5.29.21", TLV.encode(0x0A, [number]), critical)
    }

    func list(_ change: (inout BuiltPKI.RevocationOptions) -> Void) throws -> CertificateRevocationList {
        var options = BuiltPKI.RevocationOptions()
        change(&options)
        return try CertificateRevocationList(encoded: BuiltPKI.encodedRevocationList(BuiltPKI.csca(), options))
    }

    @Test func fieldsOfAVersion2List() throws {
        let csca = try BuiltPKI.csca()
        var options = BuiltPKI.RevocationOptions()
        options.entries = [([0x40, 1], [Self.reason(1)]), ([0x00, 0x9A, 2], []), ([0x80], []), ([0x7F, 0xFF], [])]
        let bytes = try BuiltPKI.encodedRevocationList(csca, options)
        let list = try CertificateRevocationList(encoded: bytes)
        #expect(list.encoded == bytes && list.version == 2 && list.revokedCount == 4)
        #expect(list.issuer.encoded == csca.name && list.number == [7])
        #expect(list.authorityKeyIdentifier == csca.identifier && list.unknownCriticalExtensions.isEmpty)
        #expect(list.thisUpdate.description == "2026-01-01T00:00:00Z")
        #expect(list.nextUpdate?.description == "2026-04-01T00:00:00Z")
        let entry = try #require(list.entry(forSerialNumber: [0x40, 1]))
        #expect(entry.serialNumber == [0x40, 1] && entry.reason?.description == "keyCompromise")
        #expect(entry.date?.description == "2025-12-31T00:00:00Z")
        #expect(list.entry(forSerialNumber: [0x40, 2]) == nil && list.entry(forSerialNumber: []) == nil)
        #expect(
            try SignatureChecking.standard.check(
                csca.certificate.subjectKey.publicKey(), list.signature[...], list.toBeSigned,
                list.signatureAlgorithm.scheme()) != nil)
    }

    @Test func superfluousSignBytesMakeNoOtherNumber() throws {
        let list = try list { $0.entries = [([0x00, 0x00, 0x40, 1], []), ([0x9A, 2], []), ([0x00, 0x81], [])] }
        for serial: [UInt8] in [
            [0x40, 1], [0, 0x40, 1], [0x9A, 2], [0x00, 0x9A, 2], [0xFF, 0x9A, 2], [0x81], [0, 0x81],
        ] {
            #expect(list.entry(forSerialNumber: serial) != nil, "\(serial)")
        }
        for serial: [UInt8] in [[0x40], [0x40, 1, 0], [0x9A], [0], [1]] {
            #expect(list.entry(forSerialNumber: serial) == nil, "\(serial)")
        }
    }

    @Test func oldAndOddForms() throws {
        let version1 = try list {
            $0.isVersion2 = false
            $0.extensions = []
            $0.nextUpdate = nil
            $0.entries = nil
        }
        #expect(version1.version == 1 && version1.nextUpdate == nil && version1.revokedCount == 0)
        #expect(version1.number == nil && version1.authorityKeyIdentifier == nil)
        #expect(try list { $0.entries = [] }.revokedCount == 0)
        let late = try list { $0.nextUpdate = "20600101000000Z" }
        #expect(late.nextUpdate?.date.year == 2060)
        // UTCTime without seconds; a date of an entry that is none.
        let odd = try list {
            $0.thisUpdate = "2601010000Z"
            $0.entries = [([5], [])]
            $0.entryDate = "269901000000Z"
        }
        #expect(odd.thisUpdate.description == "2026-01-01T00:00:00Z")
        let entry = try #require(odd.entry(forSerialNumber: [5]))
        #expect(entry.date == nil && entry.reason == nil)
        // The first of two entries with one number counts.
        let twice = try list { $0.entries = [([5], [Self.reason(1)]), ([5], [Self.reason(8)])] }
        #expect(twice.entry(forSerialNumber: [5])?.reason?.number == 1 && twice.revokedCount == 2)
    }

    @Test func criticalExtensionsAreNamed() throws {
        let point = BuiltPKI.Extensions.item("2.5.29.28", DEREncoder.sequence(DEREncoder.implicit(1, [0xFF])), true)
        #expect(
            try list { $0.extensions = [point] }.unknownCriticalExtensions == ["2.5.29.28 (issuingDistributionPoint)"])
        let delta = BuiltPKI.Extensions.item("2.5.29.27", TLV.encode(0x02, [1]), true)
        let own = BuiltPKI.Extensions.item("1.2.3.4", [0x05, 0x00], true)
        #expect(
            try list { $0.extensions = [delta, own] }.unknownCriticalExtensions
                == ["2.5.29.27 (deltaCRLIndicator)", "1.2.3.4"])
        #expect(try list { $0.entries = [([1], [own]), ([2], [own])] }.unknownCriticalExtensions == ["1.2.3.4"])
        #expect(try list { $0.entries = [([1], [Self.reason(1, critical: true)])] }.unknownCriticalExtensions.isEmpty)
        let uncritical = BuiltPKI.Extensions.item("1.2.3.4", [0x05, 0x00])
        #expect(try list { $0.extensions = [uncritical] }.unknownCriticalExtensions.isEmpty)
    }

    @Test func indirectListsAreRefused() {
        let point = BuiltPKI.Extensions.item("2.5.29.28", DEREncoder.sequence(DEREncoder.implicit(4, [0xFF])), true)
        #expect(throws: TrustError(.wrongContent)) { try list { $0.extensions = [point] } }
        let issuer = BuiltPKI.Extensions.item("2.5.29.29", DEREncoder.sequence(), true)
        #expect(throws: TrustError(.wrongContent)) { try list { $0.entries = [([1], []), ([2], [issuer])] } }
    }

    @Test func aHundredThousandEntries() throws {
        let list = try list {
            $0.entries = (0..<100_000).map { number -> (serial: [UInt8], extensions: [[UInt8]]) in
                (BigEndian.bytes(0x1000_0000 + number), [])
            }
        }
        #expect(list.revokedCount == 100_000 && list.encoded.count > 2_000_000)
        #expect(list.entry(forSerialNumber: [0x10, 1, 0x86, 0x9F]) != nil)
        #expect(list.entry(forSerialNumber: [0x10, 1, 0x86, 0xA0]) == nil)
    }

    @Test func wrongForms() throws {
        let csca = try BuiltPKI.csca()
        #expect(throws: TrustError(.malformed)) { try list { $0.thisUpdate = "269901000000Z" } }
        #expect(throws: TrustError(.malformed)) { try list { $0.nextUpdate = "269901000000Z" } }
        #expect(throws: TrustError(.malformed)) { try list { $0.entries = [([], [])] } }
        let twice = BuiltPKI.Extensions.item("2.5.29.20", TLV.encode(0x02, [7]))
        #expect(throws: TrustError(.malformed)) { try list { $0.extensions = [twice, twice] } }
        // A certificate is no revocation list.
        #expect(throws: TrustError(.malformed)) { try CertificateRevocationList(encoded: csca.certificate.encoded) }
        #expect(throws: TrustError(.limitExceeded)) {
            try CertificateRevocationList(
                encoded: [UInt8](repeating: 0, count: CertificateRevocationList.maximumSize + 1))
        }
    }

    @Test func truncatedAndFlipped() throws {
        var options = BuiltPKI.RevocationOptions()
        options.entries = [([0x40, 1], [Self.reason(1)]), ([0x41], [])]
        let good = try BuiltPKI.encodedRevocationList(BuiltPKI.csca(), options)
        for length in 0..<good.count {
            #expect(throws: TrustError.self) { try CertificateRevocationList(encoded: good.prefix(length)) }
        }
        #expect(throws: TrustError(.malformed)) { try CertificateRevocationList(encoded: good + [0]) }
        for position in good.indices {
            for bit in 0..<8 {
                var bytes = good
                bytes[position] ^= 1 << UInt8(bit)
                guard let list = try? CertificateRevocationList(encoded: bytes) else { continue }
                _ = (list.entry(forSerialNumber: [0x41]), list.serialNumbers, list.description)
            }
        }
    }

    @Test func hostileBytes() {
        let deep = [UInt8](repeating: 0x30, count: 100_000)
        let indefinite: [UInt8] = (0..<200_000).map { $0 % 2 == 0 ? 0x30 : 0x80 }
        for bytes: [UInt8] in [
            [], [0x30], [0x30, 0x80], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], [0x30, 0x88, 1, 2, 3, 4, 5, 6, 7, 8],
            [0x30, 0x00], deep, indefinite, [UInt8](repeating: 0, count: 1000), [0x3F, 0xFF, 0xFF],
        ] {
            #expect(throws: TrustError.self) { try CertificateRevocationList(encoded: bytes) }
            #expect(throws: TrustError.self) { try MasterList(encoded: bytes) }
            #expect(throws: TrustError.self) { try DeviationList(encoded: bytes) }
        }
    }

    /// A list in BER with indefinite lengths is read; what is signed are the bytes as they came.
    @Test func indefiniteLengths() throws {
        let good = try BuiltPKI.encodedRevocationList(BuiltPKI.csca())
        let inner = try TLV(exactly: good).value
        let list = try CertificateRevocationList(encoded: [0x30, 0x80] + inner + [0, 0])
        #expect(list.toBeSigned == (try CertificateRevocationList(encoded: good)).toBeSigned)
    }
}
