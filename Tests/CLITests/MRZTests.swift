import EMRTDTestSupport
import Foundation
import Testing

@Suite("emrtd mrz")
struct MRZTests {
    /// Specimens of Doc 9303 and the zone of an invented Vietnamese citizen, with the field that the last line's digit 6 of
    /// the birth date belongs to.
    static let zones: [(format: String, text: String, number: String, name: String)] = [
        (
            "TD1", "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<\n",
            "D23145890", "ERIKSSON"
        ),
        (
            "TD1", "IDVNM1900001230003190000123<<3\n9007057F3007055VNM<<<<<<<<<<<4\nDANG<<THI<UOC<<<<<<<<<<<<<<<<<\n",
            "190000123", "DANG"
        ),
        (
            "TD2", "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\r\nD231458907UTO7408122F1204159<<<<<<<6\r\n", "D23145890",
            "ERIKSSON"
        ),
        (
            "TD2", "I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<\nD23145890<UTO3407127M95071227349<<<8", "D23145890734",
            "STEVENSON"
        ),
        (
            "TD3", "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10\n",
            "L898902C3", "ERIKSSON"
        ),
    ]

    @Test("good zones, from standard input and from a file", arguments: zones.indices)
    func good(_ index: Int) throws {
        let zone = Self.zones[index]
        let folder = try Folder()
        let file = try folder.write(zone.text, "zone")
        let runs = [
            try Emrtd.run(["mrz"], input: zone.text), try Emrtd.run(["mrz", "-"], input: zone.text),
            try Emrtd.run(["mrz", file]),
        ]
        for run in runs {
            #expect(run.status == 0)
            #expect(run.errors.isEmpty)
            #expect(run.output == runs[0].output)
            #expect(run.output.hasPrefix("format               \(zone.format)\n"))
            #expect(run.output.contains("documentNumber       \(zone.number)\n"))
            #expect(!run.output.contains("WRONG"))
        }
        let json = try Emrtd.run(["mrz", "--json"], input: zone.text).json()
        #expect(json["schemaVersion"] == .number(1))
        #expect(json["format"] == .string(zone.format))
        #expect(json["documentNumber"] == .string(zone.number))
        #expect(json["primaryIdentifier"] == .string(zone.name))
        #expect(json["checks"]?.items.allSatisfy { $0["correct"] == .bool(true) } == true)
        #expect(
            json.names == [
                "schemaVersion", "format", "documentCode", "issuingState", "documentNumber", "primaryIdentifier",
                "secondaryIdentifier", "nationality", "dateOfBirth", "sex", "dateOfExpiry", "optionalData",
                "optionalData2", "nameIsTruncated", "checks",
            ])
    }

    @Test("a digit that was mistaken is found", arguments: zones.indices)
    func wrongDigit(_ index: Int) throws {
        // The last digit of the birth date: 740812 becomes 740813.
        let (from, to) = [
            ("7408122", "7408132"), ("9007057", "9007067"), ("7408122", "7408132"), ("3407127", "3407137"),
            ("7408122", "7408132"),
        ][index]
        let text = Self.zones[index].text.replacing(from, with: to)
        let run = try Emrtd.fails(30, ["mrz"], input: text, says: "2 of ", "check digits are wrong")
        #expect(run.output.contains("check digit dateOfBirth: WRONG"))
        #expect(run.output.contains("check digit composite: WRONG"))
        #expect(run.output.contains("check digit documentNumber: right"))
        let json = try Emrtd.run(["mrz", "--json"], input: text)
        #expect(json.status == 30)
        let wrong = try json.json()["checks"]?.items.filter { $0["correct"] == .bool(false) } ?? []
        #expect(wrong.compactMap { $0["field"]?.text } == ["dateOfBirth", "composite"])
        #expect(wrong.allSatisfy { $0["expected"]?.text?.count == 1 && $0["found"]?.text?.count == 1 })
    }

    static let malformed = [
        "", "\n", "hello", "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n",
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10\n",
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<1\u{1B}\n",
        "p<utoeriksson<<anna<maria<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10\n",
        "P<UTOERIKSSÖN<<ANNA<MARIA<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10\n",
        "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\n", String(repeating: "<", count: 5000),
    ]

    @Test("what is no zone is refused, and not repeated", arguments: malformed.indices)
    func refused(_ index: Int) throws {
        let run = try Emrtd.fails(64, ["mrz"], input: Self.malformed[index])
        #expect(run.output.isEmpty)
        let json = try Emrtd.fails(64, ["mrz", "--json"], input: Self.malformed[index])
        #expect(try json.json()["error"]?["exitCode"] == .number(64))
        TestPersons.expectNone(in: json.output, "the error")
    }

    @Test("a file that is not there, or a zone in place of its name")
    func noFile() throws {
        try Emrtd.fails(64, ["mrz", "/nonexistent"], says: "cannot be opened")
        try Emrtd.fails(64, ["mrz", "IDVNM1900001230003190000123<<3"], says: "cannot be opened")
    }

    @Test("--mask leaves no personal data, also where a digit is wrong", arguments: [false, true])
    func mask(json: Bool) throws {
        for zone in Self.zones {
            for text in [zone.text, zone.text.replacing("7F3007", with: "8F3007")] {
                let run = try Emrtd.run(["mrz", "--mask"] + (json ? ["--json"] : []), input: text)
                TestPersons.expectNone(in: run.output, "masked output")
                #expect(!run.output.contains("740812") && !run.output.contains("STEVENSON"))
            }
        }
    }
}
