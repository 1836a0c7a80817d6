import EMRTDCrypto
import EMRTDTestSupport
import Foundation
import ISO7816
import Testing

@testable import EMRTDTrust

@Suite("Trust store on disk")
struct TrustStoreDirectoryTests {
    let folder: OpenSSLFolder
    let vectors: SODVectors
    let date = inspectionDay

    init() throws {
        folder = try OpenSSLFolder()
        vectors = try SODVectors.load()
    }

    private var directory: TrustStoreDirectory { TrustStoreDirectory(path: folder.url.path + "/a/store") }

    private func path(_ name: String) -> String { folder.url.appendingPathComponent(name).path }

    private func file(_ name: String) throws -> String {
        try folder.write(name, hex(try #require(vectors.attacks.certificates[name])))
        return path(name)
    }

    private func importing(_ names: [String], _ options: TrustImportOptions? = nil) throws -> TrustImportReport {
        try directory.importFiles(names.map(file), options: options ?? TrustImportOptions(date: date))
    }

    @Test func importsAndLoads() throws {
        #expect(!directory.exists)
        let report = try importing(["csca", "ds", "markedCSCA"])
        #expect(report.isComplete)
        #expect(report.items.map(\.outcome) == Array(repeating: .imported(added: 1, known: 0), count: 3))
        let store = try directory.load()
        #expect(store.problems.isEmpty && store.generation == 1 && store.updatedAt == date)
        #expect(
            store.certificates == [
                try vectors.certificate("csca"), try vectors.certificate("ds"),
                try vectors.certificate("markedCSCA"),
            ])
        #expect(store.anchors == [try vectors.certificate("csca")])
        #expect(store.testAnchors == [try vectors.certificate("markedCSCA")])
        #expect(store.sources.map(\.name) == ["csca", "ds", "markedCSCA"])
        #expect(store.sources.allSatisfy { $0.basis == .named && $0.importedAt == date })
        #expect(store.sources.map(\.id).allSatisfy { $0.count == 16 })
        #expect(
            store.sources[0].ageInDays(at: Timestamp(secondsSince1970: date.secondsSince1970 + 86_400 * 3 + 5)) == 3)
        #expect(store.identity.count == 32)

        let csca = try #require(store.standing(of: vectors.certificate("csca")))
        #expect(csca.isSelfSigned && csca.isAnchored && csca.isVerified && !csca.isTestPKI)
        let signer = try #require(store.standing(of: vectors.certificate("ds")))
        #expect(signer.signature == .valid(issuerSHA256: try vectors.certificate("csca").fingerprint))
        #expect(!signer.isSelfSigned && signer.isAnchored)
        #expect(try #require(store.standing(of: vectors.certificate("markedCSCA"))).isTestPKI)
        // The same file again changes the date of the source, and no object.
        let later = Timestamp(secondsSince1970: date.secondsSince1970 + 100)
        let again = try importing(["csca"], TrustImportOptions(date: later))
        #expect(again.items.map(\.outcome) == [.imported(added: 0, known: 1)])
        let second = try directory.load()
        #expect(second.generation == 2 && second.count == 3 && second.sources.count == 3)
        #expect(second.sources[0].importedAt == later && second.identity != store.identity)
    }

    @Test func aStoreGivesTheSameVerdictAsItsFiles() throws {
        _ = try importing(["csca"])
        let sod = try vectors.sod("honest")
        let stores = [
            try directory.load(), try TrustStore(contentsOf: directory.path), try TrustStore(contentsOf: path("csca")),
            TrustStore(certificates: [try vectors.certificate("csca")]),
        ]
        for store in stores {
            #expect(isGreen(PassiveAuthentication(store: store, date: date).verify(input(sod, vectors))))
        }
        // Together with another store and a file.
        let other = TrustStoreDirectory(path: path("other"))
        _ = try other.importFiles([file("markedCSCA")], options: TrustImportOptions(date: date))
        let merged = try TrustStore(contentsOf: [directory.path, other.path, file("ds")])
        #expect(merged.count == 3 && merged.sources.count == 3 && merged.problems.isEmpty)
        #expect(Set(stores.map(\.identity)).count == 3)
    }

    @Test func whatIsRefused() throws {
        try folder.write("garbage", Array("no certificate at all".utf8))
        try folder.write("empty", [])
        let csca = hex(try #require(vectors.attacks.certificates["csca"]))
        var flipped = csca
        flipped[flipped.count - 5] ^= 1
        try folder.write("flipped", flipped)
        try folder.write("sod", Array(try vectors.sod("honest").dropFirst(4)))
        let names = ["garbage", "empty", "flipped", "sod", "missing"]
        let report = try directory.importFiles(names.map(path), options: TrustImportOptions(date: date))
        var codes: [TrustImportRefusal.Code] = []
        for item in report.items {
            guard case .refused(let refusal) = item.outcome else { continue }
            codes.append(refusal.code)
            #expect(!refusal.reason.isEmpty)
        }
        #expect(codes == [.notRecognised, .notRecognised, .signatureWrong, .notRecognised, .unreadable])
        #expect(!report.isComplete && !directory.exists)
        #expect(throws: TrustError(.unreadableFile)) { try directory.load() }
        #expect(throws: TrustError(.unreadableFile)) { try directory.remove([.source(id: "00")]) }
        #expect(throws: TrustError(.unreadableFile)) {
            try directory.importFiles([], options: TrustImportOptions(anchors: [.file(path("missing"))]))
        }
        #expect(throws: TrustError(.notACertificate)) {
            try directory.importFiles([], options: TrustImportOptions(anchors: [.file(path("garbage"))]))
        }
        #expect(throws: TrustError(.unwritableFile)) {
            try TrustStoreDirectory(path: path("garbage") + "/below").importFiles([])
        }
        // What is good in one import is taken although something else is refused.
        let mixed = try directory.importFiles([path("garbage"), file("csca")], options: TrustImportOptions(date: date))
        #expect(!mixed.isComplete && mixed.items.map(\.path) == [path("garbage"), path("csca")])
        #expect(try directory.load().count == 1)
    }

    @Test func removes() throws {
        let report = try importing(["csca", "ds", "markedCSCA"])
        let csca = try vectors.certificate("csca").fingerprint
        #expect(try directory.remove([.object(sha256: csca)]) == 1)
        var store = try directory.load()
        #expect(store.count == 2 && store.sources.count == 2 && store.generation == 2)
        #expect(try #require(store.standing(of: vectors.certificate("ds"))).signature == .issuerUnknown)
        #expect(store.storedCertificate(sha256: csca) == nil)
        #expect(try directory.remove([.object(sha256: csca), .source(id: "0000000000000000")]) == 0)
        #expect(try directory.load().generation == 2)
        let source = try #require(report.items[2].source)
        #expect(try directory.remove([.source(id: source.id.uppercased())]) == 1)
        store = try directory.load()
        #expect(store.certificates == [try vectors.certificate("ds")])
    }

    @Test func anyChangeOutsideIsFound() throws {
        _ = try importing(["csca", "ds"])
        let place = directory.path + "/" + TrustStoreDirectory.fileName
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: place)))
        var found: [TrustError.Code: Int] = [:]
        for position in bytes.indices {
            var changed = bytes
            changed[position] ^= 0x10
            do {
                _ = try TrustStoreFile.decode(changed)
                Issue.record("a change at \(position) was not found")
            } catch {
                found[error.code, default: 0] += 1
            }
        }
        #expect(found[.storeVersion] == 2 && found[.storeChanged] == bytes.count - 2)
        for count in [0, 1, 17, 18, 19, 20, 51, 52, 60, bytes.count - 1] {
            #expect(throws: TrustError(.storeChanged)) { try TrustStoreFile.decode(Array(bytes.prefix(count))) }
        }
        #expect(throws: TrustError(.storeChanged)) { try TrustStoreFile.decode(bytes + [0]) }

        var changed = bytes
        changed[bytes.count / 2] ^= 1
        try Data(changed).write(to: URL(fileURLWithPath: place))
        #expect(throws: TrustError(.storeChanged)) { try directory.load() }
        #expect(throws: TrustError(.storeChanged)) { try TrustStore(contentsOf: directory.path) }
        // Nothing is written over a store that somebody changed.
        #expect(throws: TrustError(.storeChanged)) { try importing(["markedCSCA"]) }
        #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: place))) == changed)
    }

    @Test func filesOfOthersAndRightsAreReported() throws {
        _ = try importing(["csca"])
        try folder.write("a/store/evil.cer", hex(try #require(vectors.attacks.certificates["markedCSCA"])))
        let place = directory.path + "/" + TrustStoreDirectory.fileName
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: place)
        let store = try directory.load()
        #expect(store.count == 1)
        #expect(store.problems.count == 2, "\(store.problems)")
    }

    /// Records that point anywhere, under a right hash: an error, or a store that can be used without a crash.
    @Test func forgedRecordsDoNoHarm() throws {
        _ = try importing(["csca", "ds"])
        let place = directory.path + "/" + TrustStoreDirectory.fileName
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: place)))
        let head = TrustStoreFile.magic.count + 2
        let signer = try vectors.certificate("ds")
        var loaded = 0
        var refused = 0
        for position in bytes.indices.dropFirst(head + 32) {
            for value in [UInt8(0), 1, 0x7F, 0x80, 0xFF] where bytes[position] != value {
                var body = Array(bytes.dropFirst(head + 32))
                body[position - head - 32] = value
                let forged = Array(bytes.prefix(head)) + (try DigestAlgorithm.sha256.digest(body)) + body
                do {
                    let (parts, identity) = try TrustStoreFile.decode(forged)
                    let store = TrustStore(TrustStoreContents(parts, identity: identity), problems: [])
                    _ = store.storedCertificates.map(\.standing)
                    _ = store.possibleIssuers(of: signer)
                    _ = store.revocationLists(issuedBy: signer)
                    loaded += 1
                } catch {
                    refused += 1
                }
            }
        }
        print("forged store files: \(loaded) loaded, \(refused) refused")
        #expect(loaded > 0 && refused > 0)
    }

    @Test func manyWritersAtOnce() async throws {
        let names = ["csca", "ds", "markedCSCA"]
        let paths = try names.map(file)
        let directory = self.directory
        let date = self.date
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                for path in paths {
                    group.addTask {
                        do {
                            _ = try directory.importFiles([path], options: TrustImportOptions(date: date))
                        } catch {
                            Issue.record("\(error)")
                        }
                    }
                }
                group.addTask {
                    // A reader sees no half-written store.
                    do {
                        _ = try directory.load()
                    } catch let error as TrustError where error.code == .unreadableFile {
                    } catch {
                        Issue.record("\(error)")
                    }
                }
            }
        }
        let store = try directory.load()
        #expect(store.count == 3 && store.generation == 12)
    }

    @Test func defaultPlace() {
        typealias Directory = TrustStoreDirectory
        #expect(Directory.defaultPath(environment: ["XDG_DATA_HOME": "/d", "HOME": "/h"]) == "/d/emrtd/trust")
        #expect(Directory.defaultPath(environment: ["HOME": "/h"]) == "/h/.local/share/emrtd/trust")
        #expect(
            Directory.defaultPath(environment: ["XDG_DATA_HOME": "relative", "HOME": "/h"])
                == "/h/.local/share/emrtd/trust")
        #expect(Directory.defaultPath(environment: [:]) == nil)
        #expect(Directory.defaultPath(environment: ["HOME": ""]) == nil)
    }

    @Test func importedTestPKIs() throws {
        _ = try importing(["csca"], TrustImportOptions(marksTestPKI: true, date: date))
        _ = try importing(["ds"])
        var store = try directory.load()
        #expect(store.anchors.isEmpty && store.testAnchors.count == 1)
        #expect(try #require(store.standing(of: vectors.certificate("ds"))).isTestPKI, "its issuer is marked")
        // Imported without the mark as well, it keeps it.
        let copy = try #require(vectors.attacks.certificates["csca"])
        let pem = try OpenSSL.run(["x509", "-inform", "DER", "-in", path("csca")]).output
        #expect(!copy.isEmpty && !pem.isEmpty)
        try folder.write("csca.pem", pem)
        _ = try directory.importFiles([path("csca.pem")], options: TrustImportOptions(date: date))
        store = try directory.load()
        #expect(store.anchors.isEmpty && store.count == 2)
    }

    @Test func rootsOfLDIFFilesAreLeftOut() throws {
        func entry(_ name: String) throws -> String {
            let value = Data(hex(try #require(vectors.attacks.certificates[name]))).base64EncodedString()
            return "dn: cn=\(name),c=VN\nobjectClass: top\nuserCertificate;binary:: \(value)\n\n"
        }
        try folder.write("pkd.ldif", Array((try "version: 1\n\n" + entry("csca") + entry("ds")).utf8))
        let report = try directory.importFiles([path("pkd.ldif")], options: TrustImportOptions(date: date))
        #expect(report.items.map(\.outcome) == [.imported(added: 1, known: 0)])
        #expect(report.items[0].notes.contains { $0.contains("self-signed") })
        var store = try directory.load()
        #expect(store.anchors.isEmpty && store.sources.map(\.basis) == [.unsigned])
        let sod = try vectors.sod("honest")
        #expect(!isGreen(PassiveAuthentication(store: store, date: date).verify(input(sod, vectors))))
        // Asked for, they are taken, and stay marked.
        _ = try directory.importFiles(
            [path("pkd.ldif")], options: TrustImportOptions(allowsUnverified: true, date: date))
        store = try directory.load()
        let standing = try #require(store.standing(of: vectors.certificate("csca")))
        #expect(standing.isAnchored && !standing.isVerified && store.sources.map(\.basis) == [.unverified])
    }
}
