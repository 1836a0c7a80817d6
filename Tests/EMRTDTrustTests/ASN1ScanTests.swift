import EMRTDTestSupport
import Foundation
import SwiftASN1
import Testing

@testable import EMRTDTrust

/// The scan and the walk against swift-asn1, which shares nothing with them.
@Suite("ASN.1 against swift-asn1")
struct ASN1ScanTests {
    /// What swift-asn1 says of a buffer.
    private func judge(_ bytes: [UInt8]) -> ASN1Scan.Encoding? {
        if (try? DER.parse(bytes)) != nil { return .der }
        return (try? BER.parse(bytes)) != nil ? .ber : nil
    }

    /// Whether a tag number takes more than four bytes, the one deliberate difference: swift-asn1 reads up to 64 bits.
    private func hasHugeTag(_ bytes: [UInt8]) -> Bool {
        func search(_ node: ASN1Node) -> Bool {
            if node.identifier.tagNumber > EMRTDTrust.ASN1Identifier.maximumTagNumber { return true }
            if case .constructed(let nodes) = node.content { return nodes.contains(where: search) }
            return false
        }
        return (try? BER.parse(bytes)).map(search) ?? false
    }

    /// Compares both trees, element by element.
    private func expectSameTree(_ bytes: [UInt8], _ what: String) throws {
        func compare(_ ours: ASN1Element, _ theirs: ASN1Node) -> Int {
            var count = 1
            let sameTag =
                ours.identifier.tagNumber == theirs.identifier.tagNumber
                && "\(ours.identifier.tagClass)" == "\(theirs.identifier.tagClass)"
            #expect(sameTag && ours.encoded == theirs.encodedBytes, "\(what)")
            switch theirs.content {
            case .primitive(let value): #expect(!ours.isConstructed && ours.content == value, "\(what)")
            case .constructed(let nodes):
                #expect(ours.isConstructed, "\(what)")
                var children = ours.children
                for node in nodes {
                    guard let child = children.next() else {
                        Issue.record("an element is missing: \(what)")
                        return count
                    }
                    count += compare(child, node)
                }
                #expect(children.peek() == nil, "\(what)")
                #expect(throws: Never.self) { try children.finish() }
            }
            return count
        }
        let count = compare(try ASN1Element(bytes[...], .ber, name: what, maximumSize: .max), try BER.parse(bytes))
        #expect(count >= 1)
    }

    @Test(
        arguments: [
            ("30 00", "der"), ("05 00", "der"), ("04 81 80" + String(repeating: " 41", count: 128), "der"),
            ("04 81 01 41", "ber"), ("04 82 00 01 41", "ber"), ("04 88 00 00 00 00 00 00 00 01 41", "ber"),
            ("30 80 00 00", "ber"), ("30 80 05 00 00 00", "ber"), ("30 80 30 80 00 00 00 00", "ber"),
            ("7F 1F 00", "der"), ("7F 81 00 00", "der"), ("5F FF FF FF 7F 00", "der"),
            ("", nil), ("30", nil), ("30 01", nil), ("30 01 00", nil), ("30 02 00 00", nil), ("00 00", nil),
            ("20 00", nil), ("30 80", nil), ("30 80 00", nil), ("30 80 05", nil), ("04 80 41 00 00", nil),
            ("30 80 05 00", nil), ("05 00 00", nil), ("05 00 05 00", nil), ("7F 80 01 00", nil), ("7F 1E 00", nil),
            ("7F", nil), ("7F 81", nil), ("5F 81", nil), ("04 85 00 00 00 00", nil),
            ("04 89 00 00 00 00 00 00 00 00 01 41", nil), ("04 FF", nil), ("04 88 FF FF FF FF FF FF FF FF", nil),
            ("04 88 7F FF FF FF FF FF FF FF", nil), ("04 84 FF FF FF FF", nil), ("30 03 04 02 41", nil),
        ] as [(String, String?)])
    func edges(_ text: String, _ expected: String?) throws {
        let bytes = hex(text)
        let found = ASN1Scan.encoding(of: bytes[...])
        #expect(found.map { "\($0)" } == expected)
        #expect(found == judge(bytes), "swift-asn1 says \(String(describing: judge(bytes)))")
        #expect(readThrough(bytes) == found)
        if found != nil { try expectSameTree(bytes, text) }
    }

    /// The deliberate difference: tag numbers of more than four bytes.
    @Test func hugeTagNumbersAreRefused() {
        for text in ["5F 81 80 80 80 00 00", "5F FF FF FF FF 7F 00"] {
            #expect(ASN1Scan.encoding(of: hex(text)[...]) == nil)
            #expect(judge(hex(text)) == .der)
        }
    }

    @Test func depth() {
        func nested(_ depth: Int, indefinite: Bool) -> [UInt8] {
            var bytes: [UInt8] = [0x05, 0x00]
            for _ in 1..<depth {
                if indefinite {
                    bytes = [0x30, 0x80] + bytes + [0, 0]
                } else {
                    bytes = [0x30] + (bytes.count < 128 ? [] : [0x81]) + [UInt8(bytes.count)] + bytes
                }
            }
            return bytes
        }
        for indefinite in [false, true] {
            #expect(ASN1Scan.encoding(of: nested(50, indefinite: indefinite)[...]) != nil)
            #expect(ASN1Scan.encoding(of: nested(51, indefinite: indefinite)[...]) == nil)
            #expect(judge(nested(50, indefinite: indefinite)) != nil)
            #expect(judge(nested(51, indefinite: indefinite)) == nil)
        }
        let endless = [UInt8](repeating: 0x30, count: 1) + [UInt8](repeating: 0x80, count: 1)
        #expect(ASN1Scan.encoding(of: [[UInt8]](repeating: endless, count: 100_000).flatMap { $0 }[...]) == nil)
    }

    /// A slice that does not begin at 0 is read as well.
    @Test func slices() throws {
        let bytes = hex("FF FF 30 80 02 01 05 04 01 41 00 00 FF")
        var fields = try ASN1Element(bytes[2..<12], .ber, name: "slice").fields(.sequence)
        #expect(try fields.required("number").smallInteger() == 5)
        #expect(try fields.required("text").octetString() == [0x41])
        try fields.finish()
    }

    private func vectors() throws -> [[UInt8]] {
        let vectors = try SODVectors.load()
        return vectors.signatures.flatMap { [hex($0.sod), hex($0.csca)] }
            + vectors.attacks.certificates.values.map { hex($0) }.sorted { $0.lexicographicallyPrecedes($1) }
    }

    private func field() throws -> [[UInt8]] {
        guard let root = fieldData(),
            let list = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        else { return [] }
        var out: [[UInt8]] = []
        for case let file as URL in list {
            let isBinary = ["ml", "der", "cer", "crt", "crl", "bin", "dat"].contains(file.pathExtension)
            if isBinary, let data = try? Data(contentsOf: file) { out.append(Array(data)) }
            guard file.pathExtension == "ml", let data = try? Data(contentsOf: file) else { continue }
            out += try MasterList(encoded: Array(data)).certificates.map(\.encoded)
        }
        return out
    }

    @Test func vectorsAndFieldData() throws {
        var counts: [String: Int] = [:]
        for bytes in try vectors() + field() {
            let found = ASN1Scan.encoding(of: bytes[...])
            #expect(found == judge(bytes), "\(bytes.prefix(16))")
            counts[found.map { "\($0)" } ?? "refused", default: 0] += 1
            if found != nil { try expectSameTree(bytes, "\(bytes.count) bytes") }
        }
        #expect(counts["der", default: 0] > 20 && counts["ber", default: 0] > 0, "\(counts)")
        print("ASN.1, whole files and certificates: \(counts)")
    }

    @Test func mutations() throws {
        var generator = Numbers(state: 0x690)
        var counts: [String: Int] = [:]
        let sources = try (vectors() + field()).filter { $0.count < 4096 }
        for round in 0..<10_000 {
            guard var bytes = sources.randomElement(using: &generator), !bytes.isEmpty else { continue }
            // Where the structure is: in the first bytes of elements, found by walking, or anywhere.
            for _ in 0...Int.random(in: 0...2, using: &generator) {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                switch round % 6 {
                case 0: bytes[position] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &generator)
                case 1: bytes[position] = [0x00, 0x80, 0x81, 0x82, 0x1F, 0x30].randomElement(using: &generator) ?? 0
                case 2: bytes.remove(at: position)
                case 3: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: position)
                case 4:
                    if let header = headers(bytes).randomElement(using: &generator) {
                        bytes[header] =
                            [0x80, 0x81, 0x84, 0xFF, bytes[header] &+ 1].randomElement(using: &generator) ?? 0
                    }
                default:
                    // A constructed element turned to indefinite length; with its end-of-contents the whole stays BER only
                    // where the lengths around it are indefinite as well.
                    bytes = Self.indefinite(bytes) ?? bytes
                    if round % 2 == 0 { bytes[position] ^= 0x80 }
                }
                if bytes.isEmpty { break }
            }
            let found = ASN1Scan.encoding(of: bytes[...])
            if found != judge(bytes) { #expect(found == nil && hasHugeTag(bytes), "round \(round)") }
            #expect(readThrough(bytes) == found, "round \(round)")
            expectWholeStructures(bytes, found, "round \(round)")
            counts[found.map { "\($0)" } ?? "refused", default: 0] += 1
            if found != nil, round % 5 == 0 { try expectSameTree(bytes, "round \(round)") }
        }
        #expect(["der", "ber", "refused"].allSatisfy { counts[$0, default: 0] > 1000 }, "\(counts)")
        print("ASN.1, mutations: \(counts)")
    }

    /// What the reader finds that goes into everything, where it gets to the end.
    private func readThrough(_ bytes: [UInt8]) -> ASN1Scan.Encoding? {
        var reader = ASN1Reader(bytes[...], name: "test")
        func pass(depth: Int) throws(TrustError) {
            guard depth <= ASN1Scan.maximumDepth, let identifier = reader.nextIdentifier else {
                throw TrustError(.malformed)
            }
            if let mark = try? reader.open(identifier, "constructed") {
                while reader.hasMore { try pass(depth: depth + 1) }
                try reader.close(mark)
            } else {
                _ = try reader.primitive(identifier, "primitive")
            }
        }
        guard (try? pass(depth: 1)) != nil else { return nil }
        return reader.hasMore ? nil : reader.isDER ? .der : .ber
    }

    /// A structure that could be read is well formed throughout, though nobody scanned it before, and its reader knows how it
    /// is encoded.
    private func expectWholeStructures(_ bytes: [UInt8], _ found: ASN1Scan.Encoding?, _ what: String) {
        if let certificate = try? Certificate(encoded: bytes) {
            #expect(found != nil && certificate.isDER == (found == .der), "\(what): certificate")
        }
        if let file = try? DocumentSecurityObject(encoded: bytes) {
            let size = ASN1Scan.first(in: bytes[...])?.size ?? 0
            let encoding = ASN1Scan.encoding(of: bytes.prefix(size))
            #expect(encoding != nil && file.leniencies.contains(.sodNotDER) == (encoding == .ber), "\(what): EF.SOD")
        }
    }

    /// The positions of the length bytes of all elements.
    private func headers(_ bytes: [UInt8]) -> [Int] {
        var out: [Int] = []
        func walk(_ element: ASN1Element) {
            out.append(element.encoded.startIndex + 1)
            var children = element.children
            while let child = children.next() { walk(child) }
        }
        if let root = try? ASN1Element(bytes[...], .ber, name: "root") { walk(root) }
        return out.filter { $0 < bytes.count }
    }

    /// The same with indefinite lengths in every constructed element.
    private static func indefinite(_ bytes: [UInt8]) -> [UInt8]? {
        func rewrite(_ element: ASN1Element) -> [UInt8] {
            guard element.isConstructed, let first = element.encoded.first, first & 0x1F != 0x1F else {
                return Array(element.encoded)
            }
            var out = [first, 0x80]
            var children = element.children
            while let child = children.next() { out += rewrite(child) }
            return out + [0, 0]
        }
        return (try? ASN1Element(bytes[...], .ber, name: "root")).map(rewrite)
    }
}

@Suite("Reading in place")
struct ASN1ReaderTests {
    @Test func depthCountsFromTheRoot() throws {
        func skips(_ opened: Int, of depth: Int) throws -> Bool {
            var bytes: [UInt8] = []
            for _ in 0..<depth { bytes = [0x30, UInt8(bytes.count)] + bytes }
            var reader = ASN1Reader(bytes[...], name: "test")
            for _ in 0..<opened { _ = try reader.open(.sequence, "inside") }
            return (try? reader.encoded("rest")) != nil
        }
        for opened in [0, 1, 10, 30] {
            #expect(try skips(opened, of: 50) && !skips(opened, of: 51), "\(opened)")
        }
    }

    @Test func whatIsLeftOverIsRefused() throws {
        let bytes: [UInt8] = [0x30, 0x06, 0x02, 0x01, 0x07, 0x02, 0x01, 0x08, 0x05, 0x00]
        var reader = ASN1Reader(bytes[...], name: "test")
        let mark = try reader.open(.sequence, "outer")
        #expect(try reader.smallInteger("first") == 7)
        #expect(throws: TrustError(.malformed)) { try reader.close(mark) }
        #expect(try reader.smallInteger("second") == 8)
        #expect(throws: TrustError(.malformed)) { try reader.smallInteger("third") }
        try reader.close(mark)
        #expect(throws: TrustError(.malformed)) { try reader.finish() }
        #expect(throws: TrustError(.malformed)) { try reader.open(.sequence, "null") }
        #expect(try reader.encoded("null") == [0x05, 0x00])
        try reader.finish()
    }

    /// A Name with the tag of a SEQUENCE and no elements in it, but bytes.
    @Test(arguments: ["10 02 FF FF", "10 00", "31 00", "30 02 FF FF", "30 01 31", "05 00", ""])
    func names(_ text: String) throws {
        var reader = ASN1Reader(hex(text)[...], name: "test")
        #expect(throws: TrustError(.malformed)) { try DistinguishedName(&reader, "name") }
    }

    /// A type that is written with a padded arc is another type, and is seen.
    @Test func paddedTypesInNames() throws {
        func name(_ type: String) throws -> DistinguishedName {
            var reader = ASN1Reader(hex("30 0B 31 09 30 07 06 03 \(type) 0C 00")[...], name: "test")
            return try DistinguishedName(&reader, "name")
        }
        let (right, padded) = (try name("55 04 03"), try name("55 80 03"))
        #expect(right.attributes.count == 1 && padded.attributes.count == 1)
        #expect(!right.matches(padded) && right.normalised != padded.normalised)
    }
}

/// SplitMix64: the same numbers in every run.
private struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
