import EMRTDSimulator
import EMRTDTestSupport
import EMRTDTrust
import Foundation
import LDS
import Testing

/// The trees of files: what they show, what they must not show, and that no damage stops the program.
@Suite("Trees of files")
struct FileStructureTests {
    private static let documents = Result { () throws -> [PersonalisedDocument] in
        let today = try #require(CalendarDate(year: 2026, month: 3, day: 1))
        return try [.vietnamCitizen(today: today), .passportTD3(today: today), .identityCardTD1(today: today)].map {
            try Personaliser($0).personalise()
        }
    }

    /// Lists of a test PKI.
    private static let lists = Result { () throws -> [(kind: FileStructure.Kind, name: String, bytes: [UInt8])] in
        let key = RevocationListBuilderTests.key
        let csca = try CertifiedKey.selfSigned(CertificateRequest(.csca, key: key, validity: TestPKITests.validity))
        let signer = try csca.issue(CertificateRequest(.masterListSigner, key: key, validity: TestPKITests.validity))
        let today = RevocationListBuilderTests.issued
        let revoked = try RevocationListBuilder(
            issuer: csca, thisUpdate: today, nextUpdate: today.adding(days: 90),
            entries: [.init([0x01, 0x02], date: today.adding(days: -1), reason: 1)]
        ).signed(by: csca.key)
        let list = try MasterListBuilder([csca.certificate], issuer: csca, signingTime: today).encoded(signer: signer)
        var text = LDIFBuilder()
        text.addCSCA(csca.certificate, country: "UT", serial: "1")
        text.addRevocationList(revoked, country: "UT")
        text.addMasterList(list, country: "UT")
        return [
            (.revocationList, "list.crl", revoked), (.masterList, "list.ml", list),
            (.ldif, "list.ldif", text.encoded()),
        ]
    }

    @Test("lists show their signers, entries and certificates")
    func lists() throws {
        let trees = try Self.lists.get().map { try #require(try FileStructure(of: $0.bytes).items.first?.content) }
        #expect(trees[0]["revokedCount"]?.text == "1")
        #expect(trees[0]["revokedCertificates"]?.children.first?["reason"]?.text == "keyCompromise")
        #expect(trees[0]["nextUpdate"]?.text?.hasPrefix("2026-02-") == true)
        #expect(trees[1]["certificateCount"]?.text == "1")
        #expect(trees[1]["certList"]?.children.first?["country"]?.text == "UT")
        #expect(trees[1]["signedData"]?["signerInfos"]?.children.count == 1)
        #expect(
            trees[2]["values"]?.children.compactMap { $0["kind"]?.text }.sorted() == [
                "certificate", "masterList", "revocationList",
            ])
    }

    /// Files of simulated documents, by what they are taken for.
    private func samples() throws -> [(kind: FileStructure.Kind, name: String, bytes: [UInt8])] {
        var out: [(FileStructure.Kind, String, [UInt8])] = try Self.lists.get()
        for document in try Self.documents.get() {
            out.append((.certificate, "CSCA", document.cscaCertificate))
            for file in document.masterFiles + document.applicationFiles {
                switch file.name {
                case "EF.SOD": out.append((.documentSecurityObject, file.name, file.content))
                case "EF.CardSecurity": out.append((.cardSecurity, file.name, file.content))
                case "EF.COM", "EF.CardAccess", "EF.CVCA", "DG14", "DG15":
                    out.append((.elementaryFile, file.name, file.content))
                case "EF.DIR", "EF.ATR/INFO": continue
                default: out.append((.dataGroup, file.name, file.content))
                }
            }
        }
        return out
    }

    /// Field data, where it is there: one file of each kind that the simulator does not make.
    private func fieldSamples() throws -> [(kind: FileStructure.Kind, name: String, bytes: [UInt8])] {
        guard let folder = fieldData() else { return [] }
        let files: [(FileStructure.Kind, String)] = [
            (.masterList, "masterlists/gmrtd/NL_ML_2025-12-20.ml"),
            (.revocationList, "port_certs_crls/crl_us_fp_ec0ddb2ee9.crl"),
            (.cvCertificate, "cvc_ausweisapp/cvca-DECVCAeID00102.hex"),
            (.cardSecurity, "cvc_ausweisapp/efCardSecurity.hex"),
            (.ldif, "ldif/icaopkd-003-complete-000090.ldif"),
            (.certificate, "csca_certs/vn/VN_CSCA_ePassport_2022.der"),
        ]
        return try files.map { ($0, $1, [UInt8](try Data(contentsOf: folder.appendingPathComponent($1)))) }
    }

    private func count(_ node: StructureNode) -> Int { node.children.reduce(1) { $0 + count($1) } }

    private func texts(_ node: StructureNode) -> String {
        (node.text ?? "") + "\n" + node.children.map(texts).joined()
    }

    @Test("each kind is recognised by its content")
    func kinds() throws {
        for sample in try samples() + fieldSamples() {
            let structure = try FileStructure(of: sample.bytes)
            #expect(structure.items.map(\.kind) == [sample.kind], "\(sample.name)")
            #expect(structure.size == sample.bytes.count && structure.sha256.count == 32)
        }
    }

    @Test("data groups show no personal data, and no file more than its standard has")
    func personalData() throws {
        for sample in try samples() {
            let shown = try FileStructure(
                of: sample.bytes, options: StructureOptions(showsEverything: true)
            ).items.map { texts($0.content) + $0.notes.joined() }.joined()
            for word in ["Đặng", "DANG", "003190000123", "MUSTERSSON", "X0000417Q", "1990-07-05", "900705", "ANNA"] {
                #expect(!shown.contains(word), "\(sample.name)")
            }
            if sample.kind == .dataGroup {
                #expect(shown.utf8.count < 300, "\(sample.name)")
            }
        }
    }

    @Test("a private key is not shown")
    func privateKeys() throws {
        let key: [UInt8] = [
            0x30, 0x11, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2A, 0x03, 0x04, 0x04, 0x05, 0xDE, 0xAD, 0xBE, 0xEF,
            0x77,
        ]
        let structure = try FileStructure(of: key)
        #expect(structure.items.first?.notes.joined().contains("private key") == true)
        #expect(!texts(try #require(structure.items.first).content).contains("DEADBEEF"))
        let pem = "-----BEGIN PRIVATE KEY-----\n\(Data(key).base64EncodedString())\n-----END PRIVATE KEY-----\n"
        #expect(throws: TrustError.self) { try FileStructure(of: Array(pem.utf8)) }
    }

    @Test("PEM, base64 and hexadecimal are the same as DER")
    func encodings() throws {
        let der = try Self.documents.get()[0].cscaCertificate
        let base64 = Data(der).base64EncodedString(options: .lineLength64Characters)
        let pem = "subject\n-----BEGIN CERTIFICATE-----\n\(base64)\n-----END CERTIFICATE-----\n"
        let forms: [(String, FileStructure.Encoding)] = [
            (pem, .pem), (pem.replacing("\n", with: "\r\n"), .pem), (base64, .base64), (hex(der), .hexadecimal),
            (hex(der).lowercased() + "\n", .hexadecimal),
        ]
        let expected = try #require(try FileStructure(of: der).items.first).content
        for (text, encoding) in forms {
            let structure = try FileStructure(of: Array(text.utf8))
            #expect(structure.encoding == encoding)
            #expect(structure.items.map(\.content) == [expected])
        }
        let several = try FileStructure(of: Array((pem + pem + pem).utf8))
        #expect(several.items.count == 3)
        #expect(try FileStructure(of: der + der).items.count == 2)
        let padded = try FileStructure(of: der + [0, 0, 0])
        #expect(padded.items.count == 1 && padded.items[0].notes.joined().contains("3 bytes after"))
    }

    @Test("what is nothing known is an error, or BER as such")
    func unknown() throws {
        for bytes: [UInt8] in [[], Array("hello, world".utf8), [0x00], Array("GIF89a".utf8), [0xFF, 0xD8, 0xFF, 0xE0]] {
            #expect(throws: TrustError.self) { try FileStructure(of: bytes) }
        }
        let ber = try FileStructure(of: [0x30, 0x06, 0x02, 0x01, 0x05, 0x0C, 0x01, 0x41])
        #expect(ber.items.map(\.kind) == [.ber])
        #expect(texts(ber.items[0].content).contains("A\n"))
        // Deep nesting ends in an error and not in a crash.
        let deep = (0..<20_000).flatMap { _ -> [UInt8] in [0x30, 0x80] }
        #expect(throws: TrustError.self) { try FileStructure(of: deep) }
        let cut = Array(try Self.documents.get()[0].cscaCertificate.prefix(100))
        #expect {
            try FileStructure(of: cut)
        } throws: {
            ($0 as? TrustError)?.reason.contains("cut off") == true
        }
    }

    @Test("lists are cut where that is asked for, and say by how much")
    func limits() throws {
        let certificate = try Self.documents.get()[0].cscaCertificate
        let structure = try FileStructure(of: certificate, options: StructureOptions(maximumElements: 1))
        let extensions = try #require(structure.items.first?.content["extensions"])
        #expect(!extensions.children.isEmpty)
        guard let folder = fieldData() else { return }
        let list = [UInt8](
            try Data(contentsOf: folder.appendingPathComponent("masterlists/gmrtd/NL_ML_2025-12-20.ml")))
        let tree = try #require(
            try FileStructure(of: list, options: StructureOptions(maximumElements: 5)).items.first?.content)
        #expect(tree["certList"]?.children.count == 5)
        guard case .list(_, let omitted)? = tree["certList"]?.content else {
            Issue.record("no list")
            return
        }
        #expect(omitted == 390)
        #expect(tree["certificateCount"]?.text == "395")
    }

    @Test("truncated files of each kind are trees or errors")
    func truncated() throws {
        for sample in try samples() + fieldSamples() {
            let lengths = Set(
                Array(0..<24)
                    + stride(
                        from: 24, to: sample.bytes.count,
                        by: max(1, sample.bytes.count / (sample.bytes.count > 100_000 ? 6 : 40))))
            for length in lengths where length < sample.bytes.count {
                do throws(TrustError) {
                    let structure = try FileStructure(of: sample.bytes.prefix(length))
                    #expect(structure.items.reduce(0) { $0 + count($1.content) } < 50_000)
                } catch {
                    #expect(!error.reason.isEmpty)
                }
            }
        }
    }

    @Test("flipped bits in each kind are trees or errors")
    func flipped() throws {
        var state: UInt64 = 0x2545_F491_4F6C_DD1D
        func random(_ limit: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(max(1, limit)))
        }
        for sample in try samples() + fieldSamples() {
            // The headers are where damage matters most; large files take longer.
            for round in 0..<(sample.bytes.count > 100_000 ? 6 : 60) {
                var bytes = sample.bytes
                for _ in 0...(round % 3) {
                    let place = round.isMultiple(of: 2) ? random(min(64, bytes.count)) : random(bytes.count)
                    bytes[place] ^= UInt8(1 << random(8))
                }
                do throws(TrustError) {
                    let structure = try FileStructure(of: bytes)
                    #expect(structure.items.reduce(0) { $0 + count($1.content) } < 50_000)
                } catch {
                    #expect(!error.reason.isEmpty)
                }
            }
        }
    }
}
