import Foundation
import Testing

@Suite("emrtd verify")
struct VerifyTests {
    @Test("without a trust anchor the verdict is undetermined")
    func noTrust() throws {
        let bundle = try SavedDocument.citizen.get().unpack()
        let run = try Emrtd.fails(31, ["verify", bundle.folder.path], says: "undetermined", "--trust")
        #expect(run.output.hasPrefix("UNDETERMINED: "))
        #expect(run.output.contains("NOT VERIFIED"))
        #expect(!run.output.contains("GENUINE") && !run.output.contains("DATA AUTHENTIC"))
        let report = try Emrtd.run(["verify", bundle.folder.path, "--json"]).json()
        #expect(report["verdict"] == .string("undetermined"))
        #expect(report["testPKI"] == .bool(false))
        #expect(report["document"]?["authenticated"] == .bool(false))
        #expect(report.result("ds.chain") == "undetermined")
        #expect(report.check("ds.chain")?["code"] == .string("ds.issuerUnknown"))
    }

    @Test("a test PKI does not count unless it is allowed")
    func testPKI() throws {
        let bundle = try SavedDocument.citizen.get().unpack()
        let arguments = ["verify", bundle.folder.path, "--trust", bundle.trust]
        let run = try Emrtd.fails(31, arguments, says: "--allow-test-pki")
        #expect(run.output.hasPrefix("UNDETERMINED: "))
        #expect(!run.output.contains("GENUINE") && !run.output.contains("DATA AUTHENTIC"))
        let report = try Emrtd.run(arguments + ["--json"]).json()
        #expect(report.check("ds.chain")?["code"] == .string("ds.testPKI"))
        #expect(report["document"]?["authenticated"] == .bool(false))
    }

    @Test("where it is allowed the data is authentic, and every output says that it is a test")
    func allowed() throws {
        for document in [SavedDocument.citizen, SavedDocument.passport] {
            let bundle = try document.get().unpack()
            let run = try Emrtd.run(bundle.verified)
            #expect(run.status == 0)
            #expect(run.errors.isEmpty)
            #expect(run.output.hasPrefix(DemoTests.notice + "\n"))
            #expect(run.output.hasSuffix(DemoTests.notice + "\n"))
            #expect(run.output.contains("DATA AUTHENTIC (by a TEST PKI)"))
            #expect(!run.output.contains("GENUINE"))
            let report = try Emrtd.run(bundle.verified + ["--json"]).json()
            #expect(report["verdict"] == .string("dataAuthentic"))
            #expect(report["testPKI"] == .bool(true))
            #expect(report["access"] == .null)
            for id in ["chip.aa", "chip.ca", "chip.cam", "access", "downgrade"] {
                #expect(report.result(id) == "undetermined", "\(id)")
                #expect(report.check(id)?["code"] == .string("chip.notPresent"), "\(id)")
            }
        }
    }

    @Test("a trust store may be a folder, PEM, and given several times")
    func stores() throws {
        let bundle = try SavedDocument.citizen.get().unpack()
        let base = Data(try SavedDocument.citizen.get().trust).base64EncodedString(options: .lineLength64Characters)
        let pem = try bundle.trustFolder.write(
            "-----BEGIN CERTIFICATE-----\n\(base)\n-----END CERTIFICATE-----\n", "csca.pem")
        let other = try Folder()
        try other.write(try SavedDocument.passport.get().trust, "other.cer")
        let verify = ["verify", bundle.folder.path, "--allow-test-pki"]
        #expect(try Emrtd.run(verify + ["--trust", bundle.trustFolder.path]).status == 0)
        #expect(try Emrtd.run(verify + ["--trust", pem]).status == 0)
        #expect(try Emrtd.run(verify + ["--trust", other.path, "--trust", pem]).status == 0)
        let foreign = try Emrtd.run(verify + ["--trust", other.path])
        #expect(foreign.status == 31 || foreign.status == 30)
        // A file that is no certificate is named and does not spoil the others.
        _ = try bundle.trustFolder.write("hello", "readme.txt")
        let mixed = try Emrtd.run(verify + ["--trust", bundle.trustFolder.path])
        #expect(mixed.status == 0)
        #expect(mixed.errors.contains("not trusted: ") && mixed.errors.contains("readme.txt"))
    }

    @Test("a trust store that cannot be used ends with 40")
    func unusableStores() throws {
        let bundle = try SavedDocument.citizen.get().unpack()
        let empty = try Folder()
        let text = try bundle.trustFolder.write("no certificate", "text.pem")
        try bundle.trustFolder.write([], "empty.der")
        try bundle.trustFolder.write(Array(try SavedDocument.citizen.get().trust.dropLast(9)), "cut.der")
        for path in [
            "/nonexistent", empty.path, text, bundle.trustFolder.file("empty.der"),
            bundle.trustFolder.file("cut.der"), bundle.folder.file("EF.SOD.bin"), "/dev/null",
        ] {
            let run = try Emrtd.fails(40, ["verify", bundle.folder.path, "--trust", path])
            #expect(run.output.isEmpty)
            let json = try Emrtd.fails(40, ["verify", bundle.folder.path, "--json", "--trust", path]).json()
            #expect(json["error"]?["code"] == .string("trustStore"))
            #expect(json["verdict"] == .null)
        }
        // One path that is not there spoils all: who names it counts on it.
        try Emrtd.fails(40, bundle.verified + ["--trust", "/nonexistent"])
    }

    @Test("--at judges as of another day")
    func at() throws {
        let bundle = try SavedDocument.citizen.get().unpack()
        func report(_ day: String) throws -> (Emrtd.Run, JSONValue) {
            let run = try Emrtd.run(bundle.verified + ["--at", day, "--json"])
            return (run, try run.json())
        }
        let (late, after) = try report("2050-06-01")
        #expect(late.status == 30)
        #expect(after["date"]?.text?.hasPrefix("2050-06-01T") == true)
        for id in ["ds.validity", "csca.validity", "expiry"] { #expect(after.result(id) == "failed", "\(id)") }
        #expect(late.errors.contains("in date"))
        let (early, before) = try report("2010-01-01")
        #expect(early.status == 30)
        #expect(before.check("ds.validity")?["code"] == .string("ds.notYetValid"))
        for day in ["1970-01-01", "2099-01-01"] {
            let (run, clock) = try report(day)
            #expect(run.status == 31 || run.status == 30)
            #expect(clock.check("ds.validity")?["code"] == .string("clock.implausible"))
            #expect(clock.result("ds.validity") == "undetermined")
        }
    }

    @Test("files are recognised whatever they are called, and others are listed")
    func names() throws {
        let bundle = try SavedDocument.citizen.get().unpack()
        for (index, name) in bundle.folder.names.enumerated() { try bundle.folder.rename(name, "file \(index)") }
        _ = try bundle.folder.write("{\"verdict\": \"genuine\"}", "inspection.json")
        _ = try bundle.folder.write("about a document", "aaa.txt")
        try bundle.folder.write([], "empty")
        _ = try bundle.folder.write("x", ".hidden")
        try FileManager.default.createDirectory(at: bundle.folder.url("sub"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: bundle.folder.file("link"), withDestinationPath: "/nonexistent")
        let run = try Emrtd.run(bundle.verified)
        #expect(run.status == 0)
        for name in ["inspection.json", "aaa.txt", "empty", "link", "sub"] {
            #expect(run.output.contains("Not recognised: \(name)\n"))
        }
        let json = try Emrtd.run(bundle.verified + ["--json"]).json()
        #expect(
            json["unrecognised"]?.items.compactMap(\.text) == ["aaa.txt", "empty", "inspection.json", "link", "sub"])
        #expect(json["files"]?.items.count == 9)
    }

    @Test("EF.DIR, which has the tag of DG1, is not taken for it")
    func directoryFile() throws {
        let bundle = try SavedDocument.passport.get().unpack()
        let report = try Emrtd.run(bundle.verified + ["--json"])
        #expect(report.status == 0)
        #expect(try report.json()["unrecognised"] == .array([.string("EF.DIR.bin")]))
    }

    @Test("a name with escape sequences is made harmless")
    func hostileNames() throws {
        let bundle = try SavedDocument.citizen.get().unpack()
        _ = try bundle.folder.write("x", "a\u{1B}[31m\u{202E}b\n")
        let run = try Emrtd.run(bundle.verified)
        #expect(run.status == 0)
        #expect(!run.output.contains("\u{202E}"))
        #expect(run.output.contains("Not recognised: a\u{FFFD}[31m\u{FFFD}b\u{FFFD}\n"))
        let json = try Emrtd.run(bundle.verified + ["--json"])
        #expect(!json.output.contains("\u{202E}"))
        #expect(try json.json()["unrecognised"]?.items.first?.text == "a\u{1B}[31m\u{202E}b\n")
    }

    @Test("two files of one kind are refused: nothing may be mixed")
    func duplicates() throws {
        let bundle = try SavedDocument.citizen.get().unpack()
        try bundle.folder.write(try bundle.folder.bytes("DG1.bin"), "copy.bin")
        let run = try Emrtd.fails(64, bundle.verified, says: "DG1.bin", "copy.bin", "keep one")
        #expect(run.output.isEmpty)
        let citizen = try SavedDocument.citizen.get().unpack()
        try citizen.folder.write(try SavedDocument.passport.get().files["EF.SOD.bin"] ?? [], "other.bin")
        try Emrtd.fails(64, citizen.verified, says: "EF.SOD.bin", "other.bin")
    }

    @Test("no folder, an empty one, one without a document")
    func noFolder() throws {
        let folder = try Folder()
        try Emrtd.fails(64, ["verify", folder.path], says: "no file of a document")
        try Emrtd.fails(64, ["verify", folder.file("none")], says: "cannot be opened", "Name a folder")
        let file = try folder.write("hello", "file")
        try Emrtd.fails(64, ["verify", file], says: "cannot be opened")
        try Emrtd.fails(64, ["verify", folder.path], says: "1 others")
        let json = try Emrtd.fails(64, ["verify", folder.path, "--json"]).json()
        #expect(json["error"]?["code"] == .string("usage"))
    }

    @Test("files of two documents do not go together")
    func mixed() throws {
        let bundle = try SavedDocument.citizen.get().unpack()
        try bundle.folder.write(try SavedDocument.passport.get().files["DG1.bin"] ?? [], "DG1.bin")
        let run = try Emrtd.fails(30, bundle.verified, says: "Do not rely on this document")
        #expect(run.output.contains("REJECTED: "))
        let json = try Emrtd.run(bundle.verified + ["--json"]).json()
        #expect(json.check("dg.1")?["code"] == .string("dg.hashWrong"))
        #expect(json["document"]?["authenticated"] == .bool(false))
    }

    @Test("--mask leaves no personal data, verified or not", arguments: [false, true])
    func mask(json: Bool) throws {
        for document in [SavedDocument.citizen, SavedDocument.passport] {
            let bundle = try document.get().unpack()
            for trust in [[], ["--trust", bundle.trust, "--allow-test-pki"]] {
                let run = try Emrtd.run(
                    ["verify", bundle.folder.path, "--mask"] + trust + (json ? ["--json"] : []))
                TestPersons.expectNone(in: run.output, "masked output")
                #expect(run.output.contains("****"))
            }
        }
    }
}
