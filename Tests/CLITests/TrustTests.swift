import EMRTDTestSupport
import Foundation
import Testing

@Suite("emrtd trust")
struct TrustTests {
    static let members: Set<String> = [
        "sha256", "subject", "issuer", "serial", "country", "key", "signatureAlgorithm", "notBefore", "notAfter",
        "selfSigned", "issuerSHA256", "signature", "oddities", "sources", "testPKI",
    ]

    /// A folder with the CSCA of a simulated document, and the arguments that name a store in it.
    private struct Setup {
        let folder: Folder
        var csca: String { folder.file("csca.der") }
        var store: String { folder.file("store") }
        var options: [String] { ["--store", store] }

        init() throws {
            folder = try Folder()
            try folder.write(try SavedDocument.citizen.get().trust, "csca.der")
        }

        func imported() throws -> Setup {
            let run = try Emrtd.run(["trust", "import", csca] + options)
            #expect(run.status == 0, "\(run.errors)")
            return self
        }

        func list(_ arguments: [String] = []) throws -> [JSONValue] {
            try Emrtd.run(["trust", "list", "--json"] + arguments + options).json().items
        }
    }

    @Test("a certificate is imported, listed, shown and removed")
    func certificate() throws {
        let setup = try Setup()
        let run = try Emrtd.run(["trust", "import", setup.csca] + setup.options)
        #expect(run.status == 0 && run.errors.isEmpty)
        #expect(run.output.contains("1 new, 0 known") && run.output.contains("since you named it"))
        let again = try Emrtd.run(["trust", "import", setup.csca, "--json"] + setup.options).json()
        #expect(again["complete"] == .bool(true))
        #expect(again["items"]?.items.first?["known"] == .number(1))

        let certificate = try #require(try setup.list().first)
        #expect(certificate.names == Self.members)
        #expect(certificate["country"] == .string("VN"))
        #expect(certificate["signature"] == .string("valid") && certificate["selfSigned"] == .bool(true))
        #expect(certificate["issuerSHA256"] == certificate["sha256"])
        #expect(certificate["testPKI"] == .bool(true))
        let source = try #require(certificate["sources"]?.items.first)
        #expect(source["name"] == .string("csca.der") && source["basis"] == .string("named"))
        #expect(source["ageInDays"] == .number(0) && source["verified"] == .bool(true))

        let text = try Emrtd.run(["trust", "list"] + setup.options)
        #expect(text.output.contains("[TEST PKI]") && text.output.contains("0 days old"))
        let sha256 = try #require(certificate["sha256"]?.text)
        let shown = try Emrtd.run(["trust", "show", String(sha256.prefix(8))] + setup.options)
        #expect(shown.status == 0)
        for word in ["Certificate: ", "reaches a root of the store: yes", "path: ", "Sources:", sha256] {
            #expect(shown.output.contains(word), "\(word)")
        }
        let object = try Emrtd.run(["trust", "show", sha256.uppercased(), "--json"] + setup.options).json()
        #expect(object["certificate"]?.names == Self.members)
        #expect(object["anchored"] == .bool(true) && object["path"]?.items.count == 1)

        let removed = try Emrtd.run(["trust", "remove", String(sha256.prefix(12)), "--json"] + setup.options).json()
        #expect(removed["removed"] == .number(1) && removed["certificateCount"] == .number(0))
        #expect(try setup.list().isEmpty)
    }

    @Test("filters")
    func filters() throws {
        let setup = try Setup().imported()
        #expect(try setup.list(["--country", "vn"]).count == 1)
        #expect(try setup.list(["--country", "DE"]).isEmpty)
        #expect(try setup.list(["--kind", "csca"]).count == 1)
        #expect(try setup.list(["--kind", "signer"]).isEmpty)
        #expect(try setup.list(["--test-pki"]).count == 1)
        for filter in ["--issuer-unknown", "--invalid", "--expired", "--unverified"] {
            #expect(try setup.list([filter]).isEmpty, "\(filter)")
        }
        #expect(try setup.list(["--kind", "source"]).first?["kind"] == .string("certificate"))
        #expect(try setup.list(["--kind", "revocationList"]).isEmpty)
        try Emrtd.fails(64, ["trust", "list", "--kind", "source", "--expired"] + setup.options)
        try Emrtd.fails(64, ["trust", "list", "--kind", "x"] + setup.options)
    }

    @Test("a source is removed with what only it brought")
    func sources() throws {
        let setup = try Setup().imported()
        let source = try #require(try setup.list(["--kind", "source"]).first?["id"]?.text)
        #expect(try Emrtd.run(["trust", "show", source] + setup.options).status == 0)
        let run = try Emrtd.run(["trust", "remove", "--source", source] + setup.options)
        #expect(run.status == 0 && run.output.contains("1 objects removed"))
        #expect(try setup.list().isEmpty)
    }

    @Test("what cannot be used is refused with a reason, and the rest is taken")
    func refusals() throws {
        let setup = try Setup()
        let text = try setup.folder.write("hello", "note.txt")
        let run = try Emrtd.fails(64, ["trust", "import", text, setup.csca] + setup.options)
        #expect(run.output.contains("REFUSED (notRecognised)") && run.output.contains("1 new"))
        try Emrtd.fails(64, ["trust", "import", setup.folder.file("absent")] + setup.options)
        var damaged = try SavedDocument.citizen.get().trust
        damaged[damaged.count - 5] ^= 1
        try setup.folder.write(damaged, "damaged.der")
        let report = try Emrtd.fails(
            30, ["trust", "import", setup.folder.file("damaged.der"), "--json"] + setup.options
        ).json()
        #expect(report["complete"] == .bool(false))
        #expect(report["items"]?.items.first?["refusal"]?["code"] == .string("signatureWrong"))
        try Emrtd.fails(64, ["trust", "import", setup.csca, "--anchor", "12"] + setup.options, says: "SHA-256")
        try Emrtd.fails(64, ["trust", "import"] + setup.options)
    }

    @Test("a folder is imported with its subfolders")
    func folders() throws {
        let setup = try Setup()
        let inner = setup.folder.url("in/deeper")
        try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
        try Data(try SavedDocument.passport.get().trust).write(to: inner.appendingPathComponent("other.cer"))
        try Data(try SavedDocument.citizen.get().trust).write(to: setup.folder.url("in/first.cer"))
        #expect(try Emrtd.run(["trust", "import", setup.folder.file("in")] + setup.options).status == 0)
        #expect(try setup.list().count == 2)
    }

    @Test("only a root is trusted because it was named")
    func named() throws {
        struct Vectors: Decodable {
            struct Attacks: Decodable { let certificates: [String: String] }
            let attacks: Attacks
        }
        let certificates = try vectors("sods.json", as: Vectors.self).attacks.certificates
        let pem = try ["ds", "csca"].map { name in
            let base = Data(hex(try #require(certificates[name]))).base64EncodedString(options: .lineLength64Characters)
            return "-----BEGIN CERTIFICATE-----\n\(base)\n-----END CERTIFICATE-----\n"
        }
        let setup = try Setup()
        let signer = try setup.folder.write(pem[0], "ds.pem")
        let alone = try Emrtd.run(["trust", "import", signer] + setup.options)
        #expect(alone.status == 0 && !alone.output.contains("since you named it"))
        #expect(alone.output.contains("a signer counts only where a trusted CSCA signed it"))
        let both = try setup.folder.write(pem.joined(), "both.pem")
        let run = try Emrtd.run(["trust", "import", both] + setup.options)
        #expect(run.output.contains("1 csca: trusted, since you named it"))
        #expect(run.output.contains("1 signer: no CSCA: a signer counts only where a trusted CSCA signed it"))
    }

    @Test("an anchor that nobody vouches for is named by every output")
    func unverifiedAnchor() throws {
        let setup = try Setup()
        let base = Data(try SavedDocument.citizen.get().trust).base64EncodedString()
        let list = try setup.folder.write("dn: c=VN\nc: VN\nuserCertificate;binary:: \(base)\n", "pkd.ldif")
        #expect(try Emrtd.run(["trust", "import", list, "--unverified"] + setup.options).status == 0)
        let bundle = try SavedDocument.citizen.get().unpack()
        let verify = ["verify", bundle.folder.path, "--allow-test-pki", "--json", "--trust"]
        let report = try Emrtd.run(verify + [setup.store]).json()
        #expect(report["verdict"] == .string("dataAuthentic") && report["unverifiedAnchor"] == .bool(true))
        // Named as well, somebody vouches for it; without the mark of a test PKI being allowed nothing is accepted at all.
        #expect(
            try Emrtd.run(["verify", bundle.folder.path, "--json", "--trust", setup.store]).json()["unverifiedAnchor"]
                == .bool(false))
        #expect(try Emrtd.run(["trust", "import", setup.csca] + setup.options).status == 0)
        #expect(try Emrtd.run(verify + [setup.store]).json()["unverifiedAnchor"] == .bool(false))
        #expect(try Emrtd.run(verify + [bundle.trust]).json()["unverifiedAnchor"] == .bool(false))
    }

    @Test("marked as a test PKI, a certificate counts only where that is allowed")
    func testPKI() throws {
        let setup = try Setup()
        let run = try Emrtd.run(["trust", "import", setup.csca, "--test-pki"] + setup.options)
        #expect(run.status == 0 && run.output.contains("TEST PKI"))
        let bundle = try SavedDocument.citizen.get().unpack()
        try Emrtd.fails(31, ["verify", bundle.folder.path, "--trust", setup.store], says: "--allow-test-pki")
        let allowed = try Emrtd.run(["verify", bundle.folder.path, "--trust", setup.store, "--allow-test-pki"])
        #expect(allowed.status == 0 && allowed.output.hasPrefix(DemoTests.notice))
    }

    @Test("reports name the store's version, and a changed store is not used")
    func changed() throws {
        let setup = try Setup().imported()
        let bundle = try SavedDocument.citizen.get().unpack()
        let verify = ["verify", bundle.folder.path, "--trust", setup.store, "--allow-test-pki"]
        let text = try Emrtd.run(verify)
        #expect(text.status == 0)
        #expect(text.output.contains("Trust store: version ") && text.output.contains("policy field"))
        let report = try Emrtd.run(verify + ["--json"]).json()
        let identity = try #require(report["trustStore"]?["identity"]?.text)
        #expect(text.output.contains(identity.prefix(16)))
        #expect(report["trustStore"]?["certificateCount"] == .number(1))

        var bytes = try setup.folder.bytes("store/trust.store")
        bytes[bytes.count / 2] ^= 0x10
        try setup.folder.write(bytes, "store/trust.store")
        for arguments in [verify] + ["list", "check"].map({ ["trust", $0] + setup.options }) {
            let run = try Emrtd.fails(40, arguments, says: "Do not rely on it")
            #expect(run.output.isEmpty)
        }
        let error = try Emrtd.fails(40, verify + ["--json"]).json()
        #expect(error["error"]?["code"] == .string("storeChanged"))
        try Emrtd.fails(40, ["trust", "import", setup.csca] + setup.options)
    }

    @Test("the strict policy is named and asks for more")
    func strict() throws {
        let setup = try Setup().imported()
        let bundle = try SavedDocument.citizen.get().unpack()
        let run = try Emrtd.run([
            "verify", bundle.folder.path, "--trust", setup.store, "--allow-test-pki", "--trust-policy", "strict",
            "--json",
        ])
        #expect(run.status == 31)
        #expect(try run.json()["trustStore"]?["policy"] == .string("strict"))
        #expect(try run.json().check("ds.revocation")?["required"] == .bool(true))
        try Emrtd.fails(64, ["verify", bundle.folder.path, "--trust-policy", "lax"])
    }

    @Test("check finds what needs care")
    func check() throws {
        let setup = try Setup().imported()
        let run = try Emrtd.run(["trust", "check"] + setup.options)
        #expect(run.status == 0)
        #expect(run.output.contains("certificates of a test PKI") && run.output.contains("without a revocation list"))
        #expect(run.output.contains("Sources:") && run.output.contains("days old"))
        try Emrtd.fails(30, ["trust", "check", "--strict"] + setup.options)
        let later = try Emrtd.run(["trust", "check", "--at", "2100-01-01", "--json"] + setup.options).json()
        let codes = later["findings"]?.items.compactMap { $0["code"]?.text } ?? []
        #expect(codes.contains("expired") && codes.contains("testPKI"))
        let soon = try Emrtd.run(["trust", "check", "--expiring", "100000", "--json"] + setup.options).json()
        #expect(soon["findings"]?.items.contains { $0["code"] == .string("expiring") } == true)
        // A file that somebody else put there is serious.
        try setup.folder.write(Array("x".utf8), "store/extra.cer")
        try Emrtd.fails(30, ["trust", "check"] + setup.options, says: "extra.cer")
        try Emrtd.fails(64, ["trust", "check", "--expiring", "-1"] + setup.options)
    }

    @Test("export is whole or not at all, and gives back what was imported")
    func export() throws {
        let setup = try Setup().imported()
        let pem = setup.folder.file("out.pem")
        let export = ["trust", "export", "--test-pki"] + setup.options
        #expect(try Emrtd.run(export + ["--out", pem]).status == 0)
        try Emrtd.fails(64, export + ["--out", pem], says: "is there already")
        #expect(try Emrtd.run(export + ["--out", pem, "--force"]).status == 0)
        let der = setup.folder.file("out")
        #expect(try Emrtd.run(export + ["--format", "der", "--out", der]).status == 0)
        let sha256 = try #require(try setup.list().first?["sha256"]?.text)
        #expect(try setup.folder.bytes("out/\(sha256).cer") == (try SavedDocument.citizen.get().trust))
        try Emrtd.fails(64, export + ["--format", "der", "--out", der])
        let ldif = try Emrtd.run(export + ["--format", "ldif", "--out", "-"])
        #expect(ldif.status == 0)
        let inspected = try Emrtd.run(["inspect", "-", "--json"], input: ldif.output).json()
        #expect(inspected["items"]?.items.first?["content"]?["certificateCount"] == .number(1))
        for path in [pem, der] {
            let other = ["--store", setup.folder.file("other-" + String(path.suffix(3)))]
            #expect(try Emrtd.run(["trust", "import", path] + other).status == 0)
            #expect(
                try Emrtd.run(["trust", "list", "--json"] + other).json().items.first?["sha256"] == .string(sha256))
        }
        // Without --test-pki there is nothing to export.
        try Emrtd.fails(64, ["trust", "export", "--out", setup.folder.file("none.pem")] + setup.options)
        #expect(!setup.folder.names.contains { $0.hasPrefix("none.pem") || $0.contains(".new-") })
    }

    @Test("the store lies in the XDG data directory where none is named")
    func defaultStore() throws {
        let setup = try Setup()
        let environment = ["XDG_DATA_HOME": setup.folder.file("data")]
        let run = try Emrtd.run(["trust", "import", setup.csca], environment: environment)
        #expect(run.status == 0)
        #expect(FileManager.default.fileExists(atPath: setup.folder.file("data/emrtd/trust/trust.store")))
        #expect(try Emrtd.run(["trust", "list", "--json"], environment: environment).json().items.count == 1)
        // Without a home there is no default.
        try Emrtd.fails(64, ["trust", "list"], says: "--store")
    }

    @Test("what is not there is said")
    func absent() throws {
        let setup = try Setup()
        for command in [["list"], ["check"], ["show", "1234"], ["remove", "1234"], ["export", "--out", "-"]] {
            try Emrtd.fails(40, ["trust"] + command + setup.options, says: "trust import")
        }
        _ = try setup.imported()
        try Emrtd.fails(64, ["trust", "show", "0000000000000000"] + setup.options)
        try Emrtd.fails(64, ["trust", "show", "xyz"] + setup.options)
        try Emrtd.fails(64, ["trust", "remove"] + setup.options)
        try Emrtd.fails(64, ["trust", "remove", "--source", "0000"] + setup.options)
    }
}
