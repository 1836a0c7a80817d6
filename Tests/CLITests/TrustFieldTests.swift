import EMRTDTestSupport
import Foundation
import Testing

/// The trust store of the command line on lists of the field, as a person would set it up.
@Suite("emrtd trust with lists of the field")
struct TrustFieldTests {
    private static let germany = "masterlists/gmrtd/DE_ML_2025-11-27-07-39-21.ml"

    @Test("a master list is refused without an anchor, which the refusal names, and taken with it")
    func masterLists() throws {
        guard let data = fieldData() else { return }
        let folder = try Folder()
        let options = ["--store", folder.file("store")]
        let list = data.appendingPathComponent(Self.germany).path
        let refused = try Emrtd.fails(30, ["trust", "import", list, "--json"] + options, says: "--anchor").json()
        let refusal = try #require(refused["items"]?.items.first?["refusal"])
        #expect(refusal["code"] == .string("notAnchored"))
        let anchor = try #require(refusal["advice"]?.text?.firstMatch(of: /[0-9A-Fa-f]{64}/)).output
        let taken = try Emrtd.run(["trust", "import", list, "--anchor", String(anchor), "--json"] + options).json()
        let item = try #require(taken["items"]?.items.first)
        #expect(item["added"] == .number(577) && item["source"]?["basis"] == .string("signed"))
        #expect(item["source"]?["anchorSHA256"]?.text == anchor.lowercased())
        #expect((item["source"]?["ageInDays"]?.number ?? -1) >= 0)

        // The others are vouched for by CSCAs of the first.
        let others = data.appendingPathComponent("masterlists").path
        let directory = data.appendingPathComponent("ldif/icaopkd-003-complete-000090.ldif").path
        let run = try Emrtd.run(["trust", "import", others, directory] + options)
        #expect(run.status == 0, "\(run.errors)")
        let certificates = try Emrtd.run(["trust", "list", "--json"] + options).json().items
        #expect(certificates.count == 731 + 502)
        #expect(certificates.allSatisfy { $0.names == TrustTests.members })
        #expect(certificates.count { $0["selfSigned"] == .bool(true) } == 486)
        #expect(!certificates.contains { $0["signature"] == .string("invalid") })
        let signers = try Emrtd.run(["trust", "list", "--json", "--kind", "signer"] + options).json().items
        #expect(signers.count >= 502 && signers.allSatisfy { $0["signature"] == .string("valid") })
        let vietnam = try Emrtd.run(["trust", "list", "--country", "VN"] + options)
        #expect(vietnam.output.contains("CSCA ePassport Vietnam"))
        #expect(try Emrtd.run(["trust", "check"] + options).status == 0)
    }

    @Test("a flipped bit is refused, also with --unverified")
    func damaged() throws {
        guard let data = fieldData() else { return }
        let folder = try Folder()
        let options = ["--store", folder.file("store")]
        var bytes = [UInt8](try Data(contentsOf: data.appendingPathComponent(Self.germany)))
        bytes[bytes.count / 2] ^= 0x04
        try folder.write(bytes, "list.ml")
        let anchor = "2084AED7A991B3158E63AD750D3DC38BC6C9DCF5958F28D1162F49884E91ADA8"
        for more in [["--anchor", anchor], ["--unverified"]] {
            let run = try Emrtd.run(["trust", "import", folder.file("list.ml")] + options + more)
            #expect(run.status == 30, "\(more)")
            #expect(run.output.contains("REFUSED"))
        }
    }

    @Test("what is unverified stays visible everywhere")
    func unverified() throws {
        guard let data = fieldData() else { return }
        let folder = try Folder()
        let options = ["--store", folder.file("store")]
        let list = data.appendingPathComponent(Self.germany).path
        let run = try Emrtd.run(["trust", "import", list, "--unverified"] + options)
        #expect(run.status == 0 && run.output.contains("UNVERIFIED"))
        let text = try Emrtd.run(["trust", "list", "--country", "VN"] + options)
        #expect(text.output.contains("[UNVERIFIED]") && text.output.contains("nobody vouches for it"))
        try Emrtd.fails(30, ["trust", "check"] + options)
        let shown = try Emrtd.run(["trust", "show", "6b5fa6fe"] + options)
        #expect(shown.output.contains("no, UNVERIFIED"))
        let bundle = try SavedDocument.citizen.get().unpack()
        let verified = try Emrtd.run([
            "verify", bundle.folder.path, "--trust", folder.file("store"), "--trust", bundle.trust, "--allow-test-pki",
        ])
        #expect(verified.output.contains("Trust store warning: 1 of its "))
        try Emrtd.fails(64, ["trust", "export", "--out", folder.file("all.pem")] + options)
        #expect(
            try Emrtd.run(["trust", "export", "--unverified", "--out", folder.file("all.pem")] + options).status == 0)
    }

    @Test("a certificate imported with --unverified stays marked in the report of a document")
    func unverifiedCertificate() throws {
        let folder = try Folder()
        let bundle = try SavedDocument.citizen.get().unpack()
        for (name, more, isMarked) in [("marked", ["--unverified"], true), ("named", [], false)] {
            let store = folder.file(name)
            #expect(try Emrtd.run(["trust", "import", bundle.trust, "--store", store] + more).status == 0)
            let verify = ["verify", bundle.folder.path, "--trust", store, "--allow-test-pki", "--json"]
            let report = try Emrtd.run(verify).json()
            #expect(report["verdict"] == .string("dataAuthentic"))
            #expect(report["unverifiedAnchor"] == .bool(isMarked))
            let strict = try Emrtd.run(verify + ["--trust-policy", "strict"]).output
            #expect(strict.contains("ds.anchorUnverified") == isMarked)
            let text = try Emrtd.run(verify.dropLast()).output
            #expect(text.contains("UNVERIFIED SOURCE") == isMarked)
            #expect(text.contains("anchorFromUnverifiedSource") == isMarked)
        }
    }
}
