import EMRTDTestSupport
import Foundation
import Testing

@Suite("emrtd inspect")
struct InspectTests {
    private func bundle() throws -> (folder: Folder, csca: String, sod: String) {
        let document = try SavedDocument.citizen.get()
        let folder = try Folder()
        try folder.write(document.trust, "anything.txt")
        try folder.write(try #require(document.files["EF.SOD.bin"]), "picture.jpg")
        return (folder, folder.file("anything.txt"), folder.file("picture.jpg"))
    }

    @Test("a certificate, whatever its file is called")
    func certificate() throws {
        let files = try bundle()
        let run = try Emrtd.run(["inspect", files.csca])
        #expect(run.status == 0 && run.errors.isEmpty)
        for word in [
            "Certificate: ", "serialNumber: ", "notAfter: ", "subjectPublicKeyInfo: ",
            "basicConstraints (critical): cA yes",
            "signature by its own key: valid", "test PKI: yes",
        ] {
            #expect(run.output.contains(word), "\(word)")
        }
        let report = try Emrtd.run(["inspect", files.csca, "--json"]).json()
        #expect(
            report.names == ["schemaVersion", "file", "size", "sha256", "encoding", "items", "notes"])
        #expect(report["encoding"] == .string("binary") && report["sha256"]?.text?.count == 64)
        let item = try #require(report["items"]?.items.first)
        #expect(item.names == ["kind", "notes", "content"])
        #expect(item["kind"] == .string("certificate"))
        let content = try #require(item["content"])
        for name in ["sha256", "serial", "subject", "issuer", "key", "signatureAlgorithm", "notBefore", "notAfter"] {
            #expect(content[name]?.text?.isEmpty == false, "\(name)")
        }
        #expect(content["testPKI"] == .bool(true) && content["ownSignature"] == .string("valid"))
        #expect(content["subjectPublicKeyInfo"]?["explicitParameters"]?.bool != nil)
        for item in content["extensions"]?.items ?? [] {
            #expect(item["extnID"]?["oid"]?.text?.isEmpty == false && item["critical"]?.bool != nil)
        }
    }

    @Test("an EF.SOD with its hashes, certificate and signer")
    func securityObject() throws {
        let files = try bundle()
        let run = try Emrtd.run(["inspect", files.sod])
        #expect(run.status == 0)
        for word in [
            "EF.SOD:", "hashAlgorithm: id-sha256", "  DG1: ", "signerInfo: ", "signingTime: ", "signedAttrs:",
        ] {
            #expect(run.output.contains(word), "\(word)")
        }
        let content = try #require(
            try Emrtd.run(["inspect", files.sod, "--json"]).json()["items"]?.items.first?["content"])
        let hashes = content["ldsSecurityObject"]?["dataGroupHashValues"]?.items ?? []
        #expect(hashes.first?["dataGroupNumber"] == .number(1))
        #expect(content["signedData"]?["signerInfos"]?.items.count == 1)
        #expect(content["signedData"]?["certificates"]?.items.count == 1)
    }

    @Test("standard input, hexadecimal and PEM")
    func inputs() throws {
        let document = try SavedDocument.citizen.get()
        let text = document.trust.map { String(format: "%02x", $0) }.joined()
        let run = try Emrtd.run(["inspect", "-"], input: text + "\n")
        #expect(run.status == 0)
        #expect(run.output.hasPrefix("standard input: ") && run.output.contains("hexadecimal"))
        let pem =
            "-----BEGIN CERTIFICATE-----\n" + Data(document.trust).base64EncodedString()
            + "\n-----END CERTIFICATE-----\n"
        let both = try Emrtd.run(["inspect", "-", "--json"], input: pem + pem)
        #expect(try both.json()["items"]?.items.count == 2)
    }

    @Test("data groups are named, and nothing of them is shown")
    func dataGroups() throws {
        let document = try SavedDocument.citizen.get()
        let folder = try Folder()
        for (name, bytes) in document.files where name.hasPrefix("DG") { try folder.write(bytes, name) }
        for options in [[], ["--full"], ["--json"], ["--json", "--full"]] {
            let run = try Emrtd.run(["inspect"] + folder.names.map(folder.file) + options)
            #expect(run.status == 0)
            TestPersons.expectNone(in: run.output, "inspect \(options)")
            #expect(run.output.contains("only its length is shown"))
        }
    }

    @Test("what is nothing known ends with 64, and the other files are shown all the same")
    func unknown() throws {
        let files = try bundle()
        let text = try files.folder.write("hello, world", "text.der")
        let run = try Emrtd.fails(64, ["inspect", text, files.csca], says: "text.der")
        #expect(run.output.contains("Certificate: "))
        let report = try Emrtd.fails(64, ["inspect", text, "--json"]).json()
        #expect(report["error"]?["code"] == .string("notRecognised"))
        try Emrtd.fails(64, ["inspect", files.folder.file("absent")], says: "absent")
        try Emrtd.fails(64, ["inspect", files.folder.path])
        let cut = Array(try SavedDocument.citizen.get().trust.prefix(200))
        try files.folder.write(cut, "cut.cer")
        try Emrtd.fails(64, ["inspect", files.folder.file("cut.cer")], says: "cut off")
    }

    @Test("text that steers terminals is made harmless")
    func terminals() throws {
        let folder = try Folder()
        // SEQUENCE of a UTF8String with an escape sequence.
        let text = Array("\u{1B}[31mred\u{202E}".utf8)
        try folder.write([0x30, UInt8(text.count + 2), 0x0C, UInt8(text.count)] + text, "x.der")
        let run = try Emrtd.run(["inspect", folder.file("x.der")])
        #expect(run.status == 0)
        #expect(run.output.contains("red") && !run.output.contains("\u{202E}"))
    }

    @Test("files of the field")
    func field() throws {
        guard let data = fieldData() else { return }
        let files: [(String, [String])] = [
            ("masterlists/gmrtd/DE_ML_2025-11-27-07-39-21.ml", ["certificates in certList: 577", "... and 567 more"]),
            ("port_certs_crls/crl_de_fp_e421c6cf21.crl", ["thisUpdate: 2021-02-23", "cRLNumber: 11"]),
            ("cvc_ausweisapp/cvca-DECVCAeID00102.hex", ["DECVCAeID00102", "brainpoolP256r1, explicit parameters"]),
            ("cvc_ausweisapp/efCardSecurity.hex", ["EF.CardSecurity:", "PACEInfo: id-PACE-ECDH-GM"]),
            ("ldif/icaopkd-003-complete-000090.ldif", ["certificates: 502", "line 23: certificate "]),
            ("csca_certs/vn/VN_CSCA_ePassport_2022.der", ["brainpoolP512r1", "explicit parameters"]),
        ]
        for (name, words) in files {
            let path = data.appendingPathComponent(name).path
            let run = try Emrtd.run(["inspect", path, "--limit", "10"])
            #expect(run.status == 0)
            for word in words { #expect(run.output.contains(word), "\(name): \(word)") }
            #expect(try Emrtd.run(["inspect", path, "--json"]).json()["items"]?.items.count == 1)
        }
    }
}
