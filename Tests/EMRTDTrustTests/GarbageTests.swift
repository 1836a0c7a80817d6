import EMRTDTestSupport
import EMRTDTrust
import LDS
import Testing

@Suite("Garbage")
struct GarbageTests {
    @Test func truncatedAndFlippedSODs() throws {
        let vectors = try SODVectors.load()
        for name in ["p256-sha256", "p256-indefinite", "rsa-pss-sha512"] {
            let entry = try #require(vectors.signatures.first { $0.name == name })
            let store = TrustStore(certificates: [try Certificate(encoded: hex(entry.csca))])
            let check = PassiveAuthentication(store: store, date: inspectionDay)
            let good = hex(entry.sod)
            for length in stride(from: 0, to: good.count, by: 3) {
                #expect(!isGreen(check.verify(input(Array(good.prefix(length)), vectors))), "\(name) cut at \(length)")
            }
            var accepted: [Int] = []
            for position in good.indices {
                var bytes = good
                bytes[position] ^= UInt8(1) << UInt8(position % 8)
                if isGreen(check.verify(input(bytes, vectors))) { accepted.append(position) }
            }
            // Unsigned fields (versions, the digest list, the signer's identifier, an algorithm's absent parameters) may
            // change without harm; the certificates, the content, the attributes and the signature may not.
            #expect(accepted.count < 150, "\(name): \(accepted)")
        }
    }

    @Test func flippedBitsInTheSignedPartsAreNeverGreen() throws {
        let vectors = try SODVectors.load()
        let check = PassiveAuthentication(
            store: TrustStore(certificates: [try vectors.certificate("csca")]), date: inspectionDay)
        let tree = try DERTree(try vectors.sod("honest"))
        // Content, certificate, signed attributes, signature.
        for path in [[0, 1, 0, 2, 1, 0], [0, 1, 0, 3, 0], DERTree.signerInfo + [3], DERTree.signerInfo + [-1]] {
            var part: [UInt8] = []
            _ = tree.changing(path) { node in
                part = DERTree.encode(node)
                return node
            }
            for position in part.indices {
                var damaged = part
                damaged[position] ^= UInt8(1) << UInt8(position % 8)
                let sod = tree.changing(path) { _ in .raw(damaged) }
                let report = check.verify(input(sod, vectors))
                #expect(!isGreen(report), "\(path) \(position): \(report.checks)")
            }
        }
    }

    @Test func truncatedAndFlippedCertificates() throws {
        let vectors = try SODVectors.load()
        for name in ["csca", "markedDS", "documentTypesDS"] {
            let good = hex(try #require(vectors.attacks.certificates[name]))
            for length in 0..<good.count {
                #expect(throws: TrustError.self) { try Certificate(encoded: good.prefix(length)) }
            }
            for position in good.indices {
                for bit in 0..<8 {
                    var bytes = good
                    bytes[position] ^= UInt8(1) << UInt8(bit)
                    guard let certificate = try? Certificate(encoded: bytes) else { continue }
                    _ = (certificate.description, certificate.keyDescription, certificate.signatureAlgorithmDescription)
                    _ = (certificate.country, certificate.isSelfIssued, certificate.notAfter?.description)
                }
            }
        }
    }

    @Test func hostileStructures() throws {
        let deep: [UInt8] = (0..<200_000).map { $0 % 2 == 0 ? 0x30 : 0x80 }
        let hostile: [[UInt8]] = [
            [], [0x77], [0x77, 0x00], [0x77, 0x80], [0x77, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], [0x77, 0x80, 0x00, 0x00],
            [0x30, 0x80, 0x00, 0x00], deep, [0x77, 0x82, 0xFF, 0xFF] + deep.prefix(0xFFFF),
            [UInt8](repeating: 0, count: 1 << 17), [UInt8](repeating: 0x30, count: 40_000),
            [0x77, 0x82, 0x9C, 0x40] + (0..<40_000).map { $0 % 2 == 0 ? 0x30 : 0x00 },
        ]
        let vectors = try SODVectors.load()
        for bytes in hostile {
            let report = PassiveAuthentication(store: .empty, date: inspectionDay).verify(input(bytes, vectors))
            #expect(report[.sodSignature]?.code == .sodMalformed)
            #expect(report.checks.allSatisfy { $0.result != .successful })
            #expect(throws: TrustError.self) { try Certificate(encoded: bytes) }
            #expect(throws: TrustError.self) { try LDSSecurityObject(encoded: bytes) }
        }
    }
}
