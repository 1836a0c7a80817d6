import EMRTDTestSupport
import Foundation
import Testing

/// Signed lists in the command line, made with `openssl`.
@Suite("emrtd trust with signed lists")
struct TrustListTests {
    /// A CSCA with a list signer, and roots of two other states.
    private final class Lists {
        let folder: OpenSSLFolder
        var options: [String] { ["--store", file("store")] }

        init() throws {
            folder = try OpenSSLFolder()
            try root("csca", "C=UT,CN=CSCA")
            try root("first", "C=AA,CN=First")
            try root("second", "C=BB,CN=Second")
            try folder.write(
                "signer.ext",
                Array(
                    "keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,2.23.136.1.1.3,2.23.136.1.1.8\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
                        .utf8))
            try folder.write("crl.cnf", Array("[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=number\n".utf8))
            try folder.write("number", Array("01\n".utf8))
            try #require(
                try folder.openssl(
                    "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout signer.key -out signer.csr -subj /C=UT/CN=Signer"
                ) == 0)
            try #require(
                try folder.openssl(
                    "x509 -req -in signer.csr -CA csca.pem -CAkey csca.key -set_serial 4711 -days 90 -extfile signer.ext -out signer.pem"
                ) == 0)
        }

        func file(_ name: String) -> String { folder.url.appendingPathComponent(name).path }

        private func root(_ name: String, _ subject: String) throws {
            try #require(
                try folder.openssl(
                    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout \(name).key -out \(name).pem -days 900 -subj /\(subject.replacing(",", with: "/")) -addext keyUsage=critical,keyCertSign,cRLSign"
                ) == 0)
            try #require(try folder.openssl("x509 -in \(name).pem -outform DER -out \(name).cer") == 0)
        }

        private func der(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
            [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
        }

        /// A master list (Doc 9303-12, 9.2).
        func list(_ name: String, _ certificates: [String]) throws {
            let set = try certificates.map { try folder.read($0 + ".cer") }.sorted { $0.lexicographicallyPrecedes($1) }
            try sign(name, der(0x30, [2, 1, 0] + der(0x31, set.flatMap { $0 })), type: "2.23.136.1.1.2")
        }

        /// A deviation list without an entry (Doc 9303-12, 10.2).
        func deviationList(_ name: String) throws {
            let sha256: [UInt8] = [0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]
            try sign(name, der(0x30, [2, 1, 0] + sha256 + [0x31, 0]), type: "2.23.136.1.1.7")
        }

        private func sign(_ name: String, _ content: [UInt8], type: String) throws {
            try folder.write(name + ".content", content)
            try #require(
                try folder.openssl(
                    "cms -sign -binary -nodetach -nosmimecap -md sha256 -econtent_type \(type) -in \(name).content -signer signer.pem -inkey signer.key -outform DER -out \(name).ml"
                ) == 0)
        }

        /// A revocation list of the CSCA with the list signer on it.
        func revokeSigner() throws {
            try folder.write(
                "index.txt", Array("R\t300101000000Z\t250101000000Z\t1267\tunknown\t/C=UT/CN=Signer\n".utf8))
            try #require(
                try folder.openssl(
                    "ca -config crl.cnf -gencrl -crldays 30 -md sha256 -cert csca.pem -keyfile csca.key -out crl.pem")
                    == 0)
        }

        func sources() throws -> [String] {
            try Emrtd.run(["trust", "list", "--kind", "source", "--json"] + options).json().items
                .compactMap { $0["name"]?.text }
        }

        func findings() throws -> [JSONValue] {
            try Emrtd.run(["trust", "check", "--json"] + options).json()["findings"]?.items ?? []
        }
    }

    @Test("the older of two lists is named, and new roots are counted")
    func succession() throws {
        let lists = try Lists()
        try lists.list("old", ["csca", "first", "second"])
        // The signing time has whole seconds.
        usleep(1_100_000)
        try lists.list("new", ["csca", "first"])
        let first = try Emrtd.run(["trust", "import", lists.file("csca.cer"), lists.file("old.ml")] + lists.options)
        #expect(first.status == 0, "\(first.errors)\(first.output)")
        #expect(first.output.contains("2 new roots: AA 1, BB 1; the store had none of these states before"))

        let second = try Emrtd.run(["trust", "import", lists.file("new.ml"), "--json"] + lists.options).json()
        #expect(second["items"]?.items.first?["newRoots"] == .array([]))
        let found = try lists.findings().filter { $0["code"] == .string("supersededSource") }
        #expect(found.count == 1 && found.first?["reason"]?.text?.hasPrefix("old.ml") == true)
        let advice = try #require(found.first?["advice"]?.text)
        #expect(advice.contains("trust remove --source"))
        #expect(try Emrtd.run(["trust", "check"] + lists.options).output.contains(advice))

        let older = try Emrtd.run(["trust", "import", lists.file("old.ml")] + lists.options)
        #expect(older.status == 0 && older.output.contains("OLDER than new.ml"))
        let json = try Emrtd.run(["trust", "import", lists.file("old.ml"), "--json"] + lists.options).json()
        #expect(json["items"]?.items.first?["newer"]?["name"] == .string("new.ml"))
        // No list takes another one out of the store.
        #expect(try lists.sources() == ["csca.cer", "old.ml", "new.ml"])
        _ = try Emrtd.fails(
            64, ["trust", "import", lists.file("new.ml"), "--replace"] + lists.options, says: "replace")
    }

    @Test("a folder's revocation list refuses a list beside it, and --unverified marks a folder's certificates")
    func folders() throws {
        let lists = try Lists()
        try lists.list("list", ["csca", "first"])
        try lists.revokeSigner()
        let folder = lists.folder.url.appendingPathComponent("files")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, place) in [("csca.cer", "a.cer"), ("list.ml", "b.ml"), ("crl.pem", "c.crl")] {
            try Data(lists.folder.read(name)).write(to: folder.appendingPathComponent(place))
        }
        let refused = try Emrtd.fails(30, ["trust", "import", folder.path] + lists.options, says: "was revoked")
        #expect(refused.output.contains("REFUSED (signerRevoked)"))
        #expect(try lists.sources() == ["a.cer", "c.crl"])
        let store = lists.file("unverified-store")
        let json = try Emrtd.run(["trust", "import", folder.path, "--unverified", "--json", "--store", store]).json()
        let first = try #require(json["items"]?.items.first)
        #expect(first["source"]?["basis"] == .string("unverified") && first["source"]?["verified"] == .bool(false))
        #expect(json["revokedSources"] == .array([]))
        try Emrtd.fails(30, ["trust", "check", "--store", store], says: "a.cer")
    }

    @Test("a file without a certificate is no anchor")
    func anchorsWithoutCertificates() throws {
        let lists = try Lists()
        try lists.list("list", ["csca"])
        try lists.folder.write("empty", [])
        try lists.folder.write("text", Array("no certificate".utf8))
        for name in ["empty", "text", "list.ml", "missing"] {
            let arguments = ["trust", "import", lists.file("list.ml"), "--anchor", lists.file(name)] + lists.options
            _ = try Emrtd.fails(64, arguments, says: "the anchor")
        }
    }

    @Test("check names lists whose anchor was taken out, or whose signer was revoked")
    func support() throws {
        let lists = try Lists()
        try lists.list("list", ["csca", "first"])
        #expect(
            try Emrtd.run(["trust", "import", lists.file("csca.cer"), lists.file("list.ml")] + lists.options).status
                == 0)
        #expect(try Emrtd.run(["trust", "check"] + lists.options).status == 0)
        let source = try #require(
            try Emrtd.run(["trust", "list", "--kind", "source", "--json"] + lists.options).json().items.first)
        let removed = try Emrtd.run(
            ["trust", "remove", "--source", source["id"]?.text ?? "", "--json"] + lists.options
        ).json()
        #expect(removed["removed"] == .number(0) && removed["removedSources"] == .number(1))
        let run = try Emrtd.fails(
            30, ["trust", "check"] + lists.options, says: "else remove the list with emrtd trust remove")
        #expect(run.output.contains("SERIOUS") && run.output.contains("nothing in the store vouches for any more"))
        #expect(try lists.findings().contains { $0["code"] == .string("anchorMissing") })

        try lists.revokeSigner()
        let revoking = try Emrtd.run(
            ["trust", "import", lists.file("csca.cer"), lists.file("crl.pem")] + lists.options)
        #expect(revoking.status == 0 && revoking.output.contains("REVOKED: list.ml"), "\(revoking.output)")
        let revoked = try #require(try lists.findings().first { $0["severity"] == .string("serious") })
        #expect(revoked["code"] == .string("signerRevoked"))
        try Emrtd.fails(30, ["trust", "check"] + lists.options, says: "list.ml", "Remove the list with")
    }

    @Test("standard input is imported like a file, once, and up to a size")
    func standardInput() throws {
        let lists = try Lists()
        let store = lists.file("store")
        let run = try Emrtd.shell("\"$0\" trust import - --json --store '\(store)' < '\(lists.file("csca.cer"))'")
        #expect(run.status == 0, "\(run.errors)")
        #expect(try run.json()["items"]?.items.first?["file"] == .string("standard input"))
        let mixed = try Emrtd.shell(
            "cat '\(lists.file("first.pem"))' | \"$0\" trust import '\(lists.file("csca.cer"))' - --store '\(store)'")
        #expect(mixed.status == 0 && mixed.output.contains("standard input: certificate, 1 new"))
        #expect(try lists.sources() == ["csca.cer", "standard input"])
        try Emrtd.fails(64, ["trust", "import", "-", "-"] + lists.options, says: "only once")
        try Emrtd.fails(64, ["trust", "import", "-"] + lists.options, input: "", says: "empty")
        try Emrtd.fails(64, ["trust", "import", "-"] + lists.options, input: "no certificate")
        let large = try Emrtd.shell(
            "head -c 268435457 /dev/zero | \"$0\" trust import - '\(lists.file("second.cer"))' --store '\(store)'")
        #expect(large.status == 64 && large.errors.contains("more than 268435456 bytes"))
        #expect(try lists.sources().count == 2)
    }

    @Test("CV certificates and deviation lists are exported and imported again")
    func export() throws {
        let lists = try Lists()
        let terminal = lists.file("terminal")
        _ = try Emrtd.run([
            "simulate", "--profile", "passport-td3", "--ta", "--vpcd", "127.0.0.1:1", "--save-terminal", terminal,
        ])
        let cvca = terminal + "/cvca.cvcert"
        try lists.deviationList("deviations")
        let run = try Emrtd.run(
            ["trust", "import", cvca, lists.file("deviations.ml"), "--anchor", lists.file("csca.cer")] + lists.options)
        #expect(run.status == 0, "\(run.output)")
        let original = try folderBytes(cvca)
        let export = ["trust", "export"] + lists.options
        for format in ["pem", "der"] {
            let out = lists.file("out-" + format)
            let written = try Emrtd.run(export + ["--format", format, "--out", out])
            let words = "1 CV certificates, 1 deviation lists"
            #expect(written.status == 0 && written.errors.contains(words), "\(written.errors)")
            let other = ["--store", lists.file("other-" + format)]
            let anchor = ["--anchor", lists.file("csca.cer")]
            #expect(try Emrtd.run(["trust", "import", out] + anchor + other).status == 0)
            let deviations = try Emrtd.run(["trust", "list", "--kind", "deviationList", "--json"] + other).json().items
            #expect(deviations.count == 1 && deviations.first?["sources"]?.items.first?["basis"] == .string("signed"))
            let found = try Emrtd.run(["trust", "list", "--kind", "cvCertificate", "--json"] + other).json().items
            #expect(found.count == 1 && found.first?["size"] == .number(Double(original.count)))
            #expect(try Emrtd.run(["inspect", "--json", format == "pem" ? out : cvca]).status == 0)
        }
        let country = String(decoding: try #require(holder(original)).prefix(2), as: UTF8.self)
        #expect(try Emrtd.run(export + ["--country", country.lowercased(), "--out", "-"]).status == 0)
        try Emrtd.fails(64, export + ["--country", "QQ", "--out", "-"])
        try Emrtd.fails(64, export + ["--format", "ldif", "--out", "-"], says: "no place for CV certificates")
        #expect(try Emrtd.run(export + ["--country", "ut", "--out", "-"]).errors.contains("1 deviation lists"))
        // Beside certificates it is said that LDIF leaves them out.
        #expect(try Emrtd.run(["trust", "import", lists.file("csca.cer")] + lists.options).status == 0)
        let ldif = try Emrtd.run(export + ["--format", "ldif", "--out", "-"])
        #expect(ldif.status == 0 && ldif.errors.contains("2 CV certificates and deviation lists left out"))
        // What was marked as a test PKI stays behind unless asked for.
        #expect(try Emrtd.run(["trust", "import", cvca, "--test-pki"] + lists.options).status == 0)
        #expect(try !Emrtd.run(export + ["--out", "-"]).errors.contains("CV certificates"))
        #expect(try Emrtd.run(export + ["--test-pki", "--out", "-"]).errors.contains("1 CV certificates"))
    }

    private func folderBytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// The certificate holder reference, tag 5F20.
    private func holder(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
        bytes.indices.dropLast(3).first { bytes[$0] == 0x5F && bytes[$0 + 1] == 0x20 }.map {
            bytes[($0 + 3)...].prefix(Int(bytes[$0 + 2]))
        }
    }
}
