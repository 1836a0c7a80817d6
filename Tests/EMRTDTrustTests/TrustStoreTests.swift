import EMRTDTestSupport
import Foundation
import Testing

@testable import EMRTDTrust

@Suite("Trust store")
struct TrustStoreTests {
    @Test func filesDirectoriesAndProblems() throws {
        let vectors = try SODVectors.load()
        let directory = try OpenSSL.Directory()
        let der = hex(try #require(vectors.attacks.certificates["csca"]))
        let marked = hex(try #require(vectors.attacks.certificates["markedCSCA"]))
        let signer = hex(try #require(vectors.attacks.certificates["ds"]))
        let cscaPath = try directory.write("csca.der", der)
        let markedPath = try directory.write("marked.der", marked)
        let pem = try OpenSSL.run(["x509", "-inform", "DER", "-in", cscaPath, "-text"]).output
        let markedPEM = try OpenSSL.run(["x509", "-inform", "DER", "-in", markedPath]).output
        // A bundle with text around, Windows line ends and a broken block.
        let broken = Array("-----BEGIN CERTIFICATE-----\nMIIB!!!!\n-----END CERTIFICATE-----\n".utf8)
        let windows = markedPEM.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
        _ = try directory.write("bundle.pem", pem + windows + broken)
        let sub = directory.url.appendingPathComponent("more/deeper")
        try FileManager.default.createDirectory(at: sub, withIntermediateDirectories: true)
        try Data(signer).write(to: sub.appendingPathComponent("signer.cer"))
        try Data(signer.dropLast()).write(to: sub.appendingPathComponent("cut.cer"))
        _ = try directory.write("empty.cer", [])
        _ = try directory.write("notes.txt", Array("no certificate".utf8))
        _ = try directory.write(".hidden", [1, 2, 3])
        _ = try directory.write("sod.bin", Array(try vectors.sod("honest").dropFirst(4)))
        _ = try directory.write("key.pem", Array("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".utf8))

        let store = try TrustStore(contentsOf: directory.url.path)
        #expect(store.certificates.count == 3)
        #expect(store.anchors == [try vectors.certificate("csca")])
        #expect(store.testAnchors == [try vectors.certificate("markedCSCA")])
        #expect(store.signers == [try vectors.certificate("ds")])
        let problems = Set(store.problems.map { URL(fileURLWithPath: $0.path).lastPathComponent })
        #expect(
            problems == ["bundle.pem", "cut.cer", "empty.cer", "notes.txt", "sod.bin", "key.pem"], "\(store.problems)")
        #expect(store.problems.contains { $0.reason.contains("signed message") })

        let single = try TrustStore(contentsOf: cscaPath)
        #expect(single.certificates.count == 1 && single.problems.isEmpty)
    }

    @Test func missingPathsAndLoopsEnd() throws {
        #expect(throws: TrustError(.unreadableFile)) { try TrustStore(contentsOf: "/nowhere/at/all") }
        let directory = try OpenSSL.Directory()
        try FileManager.default.createSymbolicLink(
            atPath: directory.url.appendingPathComponent("loop").path, withDestinationPath: directory.url.path)
        let store = try TrustStore(contentsOf: directory.url.path)
        #expect(store.certificates.isEmpty && !store.problems.isEmpty)
        #expect(throws: TrustError(.unreadableFile)) { try TrustStore(contentsOf: "/dev/null") }
        let file = try directory.write("large", [UInt8](repeating: 0x30, count: TrustStore.maximumFileSize + 1))
        #expect(throws: TrustError(.limitExceeded)) { try TrustStore(contentsOf: file) }
    }
}
