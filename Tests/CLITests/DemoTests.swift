import Testing

@Suite("emrtd demo")
struct DemoTests {
    static let notice = "TEST PKI: the trust anchor is one for tests. This says nothing about a real document."

    @Test("shows a genuine card, by a test PKI")
    func text() throws {
        let run = try Emrtd.run(["demo"])
        #expect(run.status == 0)
        #expect(run.errors.isEmpty)
        for text in [
            "GENUINE (by a TEST PKI)", "Đặng Thị Ước", "003190000123", "PACE GM ECDH AES-128", "commands", " ms",
        ] {
            #expect(run.output.contains(text))
        }
        for check in ["access", "sod.signature", "ds.chain", "dg.1", "dg.2", "dg.13", "chip.aa", "chip.ca", "mrz"] {
            #expect(run.output.contains("  ok   \(check) "), "\(check)")
        }
        // Who sees the beginning or the end alone sees the notice.
        let lines = run.output.split(separator: "\n")
        #expect(lines.count { $0 == Self.notice } == 2)
        #expect(lines.last == Self.notice[...])
        let verdict = try #require(lines.firstIndex { $0.hasPrefix("GENUINE") })
        #expect(try #require(lines.firstIndex(of: Self.notice[...])) < verdict)
    }

    @Test("--json says the same")
    func json() throws {
        let run = try Emrtd.run(["demo", "--json"])
        #expect(run.status == 0)
        #expect(run.errors.isEmpty)
        let report = try run.json()
        #expect(report["verdict"] == .string("genuine"))
        #expect(report["testPKI"] == .bool(true))
        #expect(report["document"]?["vietnam"]?["fullName"] == .string("Đặng Thị Ước"))
        #expect(report["document"]?["vietnam"]?["authenticated"] == .bool(true))
        #expect(report["document"]?["documentNumber"] == .string("190000123"))
        #expect(report["document"]?["dateOfBirth"] == .string("1990-07-05"))
        #expect(report["access"]?["protocol"] == .string("PACE"))
        #expect(report["access"]?["password"] == .string("CAN"))
        #expect(report.check("ds.chain")?["reason"]?.text?.contains("TEST PKI") == true)
        for id in ["chip.aa", "chip.ca", "sod.signature", "dg.1"] { #expect(report.result(id) == "successful") }
    }

    @Test("every card is another one: nothing is replayed")
    func fresh() throws {
        let serials = try (0..<2).map { _ in
            try Emrtd.run(["demo", "--json"]).json().check("ds.chain")?["evidence"]?["signer.sha256"]
        }
        #expect(serials[0] != nil && serials[0] != serials[1])
    }

    @Test("--mask leaves no personal data", arguments: [false, true])
    func mask(json: Bool) throws {
        let run = try Emrtd.run(["demo", "--mask"] + (json ? ["--json"] : []))
        #expect(run.status == 0)
        TestPersons.expectNone(in: run.output, "masked output")
        // Neither in the letters of the zone nor in any spelling of the dates and places.
        // Hexadecimal digits of fingerprints are random and may hold any number.
        let words = run.output.split { !$0.isLetter && !$0.isNumber && $0 != "/" && $0 != "-" }
        let plain = words.filter { $0.count < 16 || !$0.allSatisfy(\.isHexDigit) }.joined(separator: " ")
        for text in ["UOC", "IDVNM", "2030", "1990", "Kinh", "Nữ", "Mẫu", "10/08/2021", "2021-08-10"] {
            #expect(!plain.contains(text), "\(text) in the masked output")
        }
        #expect(run.output.contains("****"))
        #expect(run.output.contains(json ? "\"verdict\": \"genuine\"" : "GENUINE (by a TEST PKI)"))
    }
}
