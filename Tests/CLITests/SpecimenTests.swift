import EMRTDTestSupport
import Foundation
import Testing

/// The specimen of BSI TR-03105-5: its document signer was valid in 2014, the document until 2023-10-31.
@Suite("The specimen of the BSI")
struct SpecimenTests {
    /// A copy of the specimen's folder without some files, or `nil` where there is no field data.
    private func specimen(without names: Set<String>) throws -> Folder? {
        guard let data = fieldData() else { return nil }
        let source = data.appendingPathComponent("lds_bsi_tr03105_5_refdata_v2")
        let folder = try Folder()
        for name in try FileManager.default.contentsOfDirectory(atPath: source.path) where !names.contains(name) {
            try FileManager.default.copyItem(at: source.appendingPathComponent(name), to: folder.url(name))
        }
        return folder
    }

    private let keys = ["DG14_pk.bin", "DG14_sk.pkcs8", "DG15_pk.bin", "DG15_sk.pkcs8"]

    @Test("as of 2014: all hashes and the signature hold, the issuer is unknown")
    func asOf2014() throws {
        guard let folder = try specimen(without: ["Datagroup15.bin"]) else { return }
        let run = try Emrtd.fails(31, ["verify", folder.path, "--at", "2014-06-01", "--json"], says: "--trust")
        let report = try run.json()
        #expect(report["verdict"] == .string("undetermined"))
        for id in [
            "dg.1", "dg.2", "dg.3", "dg.4", "dg.14", "sod.signature", "sod.attributes", "ds.validity", "expiry", "mrz",
        ] {
            #expect(report.result(id) == "successful", "\(id)")
        }
        #expect(report.result("ds.chain") == "undetermined")
        #expect(report.check("ds.chain")?["code"] == .string("ds.issuerUnknown"))
        #expect(report.check("dg.15") == nil || report.result("dg.15") != "failed")
        #expect(report["checks"]?.items.contains { $0["result"]?.text == "failed" } == false)
        #expect(report["unrecognised"]?.items.compactMap(\.text) == keys)
    }

    @Test("with the DG15 file, which the SOD does not list: rejected")
    func withDG15() throws {
        guard let folder = try specimen(without: []) else { return }
        let run = try Emrtd.fails(30, ["verify", folder.path, "--at", "2014-06-01", "--json"])
        let report = try run.json()
        #expect(report["verdict"] == .string("rejected"))
        #expect(report.result("dg.15") == "failed")
        #expect(report.check("dg.15")?["code"] == .string("dg.notInSOD"))
        let failed = report["checks"]?.items.filter { $0["result"]?.text == "failed" }.compactMap { $0["id"]?.text }
        #expect(failed == ["dg.15"])
        #expect(report["unrecognised"]?.items.compactMap(\.text) == keys)
        let text = try Emrtd.run(["verify", folder.path, "--at", "2014-06-01"])
        for key in keys { #expect(text.output.contains("Not recognised: \(key)\n")) }
    }

    @Test("as of now: the signer and the document are out of date")
    func asOfNow() throws {
        for names: Set<String> in [["Datagroup15.bin"], []] {
            guard let folder = try specimen(without: names) else { return }
            let run = try Emrtd.fails(30, ["verify", folder.path, "--json"])
            let report = try run.json()
            #expect(report.result("ds.validity") == "failed")
            #expect(report.check("ds.validity")?["code"] == .string("ds.expired"))
            #expect(report.result("expiry") == "failed")
            #expect(report.check("expiry")?["code"] == .string("expiry.expired"))
            #expect(report.result("sod.signature") == "successful")
        }
    }
}
