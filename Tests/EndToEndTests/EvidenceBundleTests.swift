import EMRTD
import EMRTDSimulator
import EMRTDTestSupport
import EMRTDTrust
import Foundation
import ISO7816
import LDS
import Testing

/// Files kept from a reading and verified again without the chip.
@Suite(.leavesNoSecrets) struct EvidenceBundleTests {
    private func withDirectory<R>(_ body: (URL) async throws -> R) async throws -> R {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("emrtd-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: url) }
        return try await body(url)
    }

    private func permissions(_ url: URL) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int
    }

    @Test func writtenReadAndVerified() async throws {
        let document = try TestDocuments.vietnamCitizen()
        let inspection = try await Reading.inspect(document)
        try await withDirectory { base in
            let folder = base.appendingPathComponent("bundle")
            try EvidenceBundle.write(inspection, report: inspection.json(), to: folder.path)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(
                Set(names) == [
                    "EF.CardAccess.bin", "EF.COM.bin", "EF.SOD.bin", "DG1.bin", "DG2.bin", "DG13.bin", "DG14.bin",
                    "DG15.bin",
                    "inspection.json",
                ])
            #expect(try permissions(folder) == 0o700)
            for name in names { #expect(try permissions(folder.appendingPathComponent(name)) == 0o600) }

            let bundle = try EvidenceBundle(contentsOf: folder.path)
            #expect(bundle.files == inspection.document.files && bundle.unrecognised == ["inspection.json"])
            let reader = try Reading.reader(for: document)
            let second = reader.verify(bundle.files, at: TestDocuments.date)
            #expect(second.verdict == .dataAuthentic, "\(second.summary)")
            for id: CheckID in [.chipAA, .chipCA, .chipCAM, .downgrade, .access] {
                #expect(second.outcome(id) == "undetermined chip.notPresent")
            }
            #expect(second.access == nil && second.usesTestPKI && second.timing.commands == 0)
            #expect(second.outcome(.dataGroup(.dg3)) == "undetermined dg.notRead")
            #expect(DocumentReader(trust: .empty).verify(bundle.files, at: TestDocuments.date).verdict == .undetermined)
            #expect(
                try Reading.reader(for: document, allowsTestPKI: false).verify(bundle.files, at: TestDocuments.date)
                    .verdict
                    == .undetermined)

            // A folder that holds something is not written to.
            #expect(throws: EMRTDError.self) { try EvidenceBundle.write(inspection, report: "", to: folder.path) }
            #expect(throws: EMRTDError.self) { try EvidenceBundle.write(inspection, report: "", to: "/dev/null/x") }
            #expect(throws: EMRTDError.self) { try EvidenceBundle.write(inspection, report: "", to: "/dev/null") }
            do { try EvidenceBundle.write(inspection, report: "", to: folder.path) } catch let error as EMRTDError {
                #expect(error.code == .outputFailed)
            }
        }
    }

    @Test func filesAreKnownByTheirContent() async throws {
        let document = try TestDocuments.vietnamCitizen()
        let files = try readable(document)
        try await withDirectory { folder in
            for (index, file) in files.values.enumerated() {
                try Data(file).write(to: folder.appendingPathComponent("photo \(index).txt"))
            }
            let others: [String: [UInt8]] = [
                "empty": [], "text.txt": Array("a text that begins with the tag of DG1".utf8),
                "key.der": [0x30, 0x03, 2, 1, 0],
                "set": [0x31, 0x02, 0x05, 0x00], "zero": [UInt8](repeating: 0, count: 300), "tag": [0x61],
                "u.md": Array("units\n".utf8),
                "w.txt": Array("words of another kind, long enough to fit the length by chance, or not".utf8),
            ]
            for (name, bytes) in others { try Data(bytes).write(to: folder.appendingPathComponent(name)) }
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent("folder"), withIntermediateDirectories: false)
            let bundle = try EvidenceBundle(contentsOf: folder.path)
            #expect(bundle.files == files)
            #expect(Set(bundle.unrecognised) == Set(others.keys).union(["folder"]))
        }
    }

    @Test func duplicatesAreRefused() async throws {
        let document = try TestDocuments.passportTD3()
        try await withDirectory { folder in
            for name in ["a", "b"] { try Data(document.content("DG1")).write(to: folder.appendingPathComponent(name)) }
            let error = #expect(throws: EMRTDError.self) { try EvidenceBundle(contentsOf: folder.path) }
            #expect(error?.code == .fileUnreadable && error?.reason.contains("DG1") == true)
        }
        #expect(throws: TrustError.self) { try EvidenceBundle(contentsOf: "/nonexistent/folder") }
    }

    @Test func emptyFolderDecidesNothing() throws {
        let inspection = DocumentReader(trust: .empty).verify([:])
        #expect(inspection.verdict == .undetermined && inspection.checks.allSatisfy { $0.result != .successful })
    }

    @Test func damagedFilesAreRejected() async throws {
        let document = try TestDocuments.vietnamCitizen()
        let reader = try Reading.reader(for: document)
        let files = try readable(document)
        for (file, bytes) in files where ![.com, .cardAccess].contains(file) {
            var changed = files
            changed[file] = flipping(bytes, bit: bytes.count * 4)
            #expect(!reader.verify(changed, at: TestDocuments.date).isGreen, "\(file)")
            changed[file] = Array(bytes.dropLast())
            #expect(reader.verify(changed, at: TestDocuments.date).verdict == .rejected, "\(file)")
            changed[file] = nil
            let without = reader.verify(changed, at: TestDocuments.date)
            #expect(without.isGreen == ![.sod, .dataGroup(.dg1)].contains(file), "\(file): \(without.summary)")
        }
    }
}

/// The specimen of BSI TR-03105-5 (chip data of a German test passport of 2013).
@Suite(.leavesNoSecrets) struct SpecimenTests {
    private static let names: [ElementaryFile: String] = [
        .com: "EF_COM", .sod: "EF_SOD", .dataGroup(.dg1): "Datagroup1", .dataGroup(.dg2): "Datagroup2",
        .dataGroup(.dg3): "Datagroup3", .dataGroup(.dg4): "Datagroup4", .dataGroup(.dg14): "Datagroup14",
        .dataGroup(.dg15): "Datagroup15",
    ]

    private func files(withDG15: Bool) throws -> [ElementaryFile: [UInt8]]? {
        guard let folder = fieldData()?.appendingPathComponent("lds_bsi_tr03105_5_refdata_v2") else { return nil }
        return try Self.names.filter { withDG15 || $0.key != .dataGroup(.dg15) }
            .mapValues { Array(try Data(contentsOf: folder.appendingPathComponent($0 + ".bin"))) }
    }

    @Test func whenItWasValid() throws {
        guard let files = try files(withDG15: false) else { return }
        let inspection = DocumentReader(trust: .empty).verify(files, at: Timestamp(date: "2014-06-01"))
        for group: DataGroupNumber in [.dg1, .dg2, .dg3, .dg4, .dg14] {
            #expect(inspection.outcome(.dataGroup(group)) == "successful ok")
        }
        #expect(
            inspection.outcome(.sodSignature) == "successful ok" && inspection.outcome(.dsValidity) == "successful ok")
        #expect(inspection.outcome(.dsChain) == "undetermined ds.issuerUnknown")
        #expect(inspection.outcome(.expiry) == "successful ok")
        #expect(inspection.verdict == .undetermined, "\(inspection.summary)")
        #expect(!inspection.isDataAuthenticated, "without an anchor anybody could have signed")
    }

    @Test func withAGroupThatIsNotInTheSOD() throws {
        guard let files = try files(withDG15: true) else { return }
        let inspection = DocumentReader(trust: .empty).verify(files, at: Timestamp(date: "2014-06-01"))
        #expect(inspection.outcome(.dataGroup(.dg15)) == "failed dg.notInSOD" && inspection.verdict == .rejected)
    }

    @Test func longAfter() throws {
        guard let files = try files(withDG15: false) else { return }
        for date in [Timestamp.now(), try #require(Timestamp(date: "2024-01-01"))] {
            let inspection = DocumentReader(trust: .empty).verify(files, at: date)
            #expect(inspection.outcome(.dsValidity) == "failed ds.expired")
            #expect(inspection.outcome(.expiry) == "failed expiry.expired" && inspection.verdict == .rejected)
        }
    }

    @Test func theFolderAsItIs() throws {
        guard let folder = fieldData()?.appendingPathComponent("lds_bsi_tr03105_5_refdata_v2") else { return }
        let bundle = try EvidenceBundle(contentsOf: folder.path)
        #expect(try bundle.files == files(withDG15: true))
        #expect(Set(bundle.unrecognised) == ["DG14_pk.bin", "DG14_sk.pkcs8", "DG15_pk.bin", "DG15_sk.pkcs8"])
    }
}
