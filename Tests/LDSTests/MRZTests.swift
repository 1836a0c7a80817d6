import EMRTDTestSupport
import LDS
import Testing

@Suite struct MRZTests {
    @Test(arguments: Vector.mrz.filter { $0.id.hasPrefix("specimen") && $0.id != "specimen-td3-ivanova-8th" })
    func publishedSpecimens(_ vector: Vector) throws {
        let lines = try #require(vector.inputs?.mrz)
        let fields = try #require(vector.outputs?.fields?.values)
        for text in [lines.joined(), lines.joined(separator: "\n"), lines.joined(separator: " \r\n") + "\r\n\n"] {
            let mrz = try MRZ(text: text)
            #expect(mrz.format.rawValue == vector.inputs?.format)
            #expect(mrz.lines == lines)
            #expect(mrz.allChecksAreCorrect, "\(mrz.checks)")
            #expect(mrz.documentCode == trim(fields["document_code"]))
            #expect(mrz.issuingState == trim(fields["issuing_state"]))
            #expect(mrz.documentNumber == trim(fields["document_number"]))
            #expect(mrz.nationality == trim(fields["nationality"]))
            #expect(mrz.dateOfBirth.rawValue == fields["date_of_birth"])
            #expect(mrz.dateOfExpiry.rawValue == fields["date_of_expiry"] ?? fields["valid_until"])
            #expect(String(mrz.sex) == fields["sex"])
            #expect(mrz.optionalData == trim(fields["optional_data"] ?? fields["optional_data_1"]))
            #expect(mrz.optionalData2 == trim(fields["optional_data_2"] ?? ""))
        }
    }

    @Test func lineOfWrongLength() throws {
        let lines = try #require(Vector.named("specimen-td3-ivanova-8th")?.inputs?.mrz)
        #expect(throws: LDSError(.invalidLength)) { try MRZ(text: lines.joined(separator: "\n")) }
    }

    @Test(arguments: Vector.mrz.filter { $0.id.hasPrefix("long-document-number") })
    func longDocumentNumbers(_ vector: Vector) throws {
        let mrz = try MRZ(text: try #require(vector.inputs?.mrz).joined(separator: "\n"))
        #expect(mrz.documentNumber == vector.outputs?.documentNumber)
        #expect(mrz.allChecksAreCorrect)
        #expect(mrz.optionalData.isEmpty)
        // Doc 9303-11, Appendix D.2.
        #expect(mrz.information == Array("D23145890734934071279507122".utf8))
    }

    @Test func longNumberThatFillsTheOptionalData() throws {
        let number = "ABCDEFGHI" + "0123456789012"
        let check = try #require(MRZCheckDigit.compute(over: number.utf8))
        let line1 = "I<UTOABCDEFGHI<0123456789012" + String(Character(Unicode.Scalar(check))) + "<"
        let mrz = try MRZ(text: line1 + "3407127M9507122UTO<<<<<<<<<<<2" + "STEVENSON<<PETER<JOHN<<<<<<<<<")
        #expect(mrz.documentNumber == number)
        #expect(mrz.checks.first?.isCorrect == true)
    }

    @Test func numberWithFillerCheckDigitAndNothingAfterItIsNotLong() throws {
        let mrz = try MRZ(
            text: "I<UTOD23145890<<<<<<<<<<<<<<<<" + "3407127M9507122UTO<<<<<<<<<<<2" + "STEVENSON<<PETER<JOHN<<<<<<<<<"
        )
        #expect(mrz.documentNumber == "D23145890")
        #expect(mrz.checks.first?.isCorrect == false)
        #expect(mrz.checks.first?.expected == "7" && mrz.checks.first?.found == "<")
    }

    @Test(arguments: Vector.mrz.filter { $0.id.hasPrefix("name-") && $0.outputs?.line != nil })
    func publishedNames(_ vector: Vector) throws {
        let format = try #require(vector.inputs?.format.flatMap { MRZFormat(rawValue: $0) })
        let name = try #require(vector.outputs?.line)
        guard name.utf8.count == format.lineLength else { return }
        let rest = String(repeating: "<", count: format.characterCount - format.lineLength)
        let text = format == .td1 ? "ID" + rest.dropFirst(2) + name : name + rest
        let mrz = try MRZ(text: text)
        let field = format == .td1 ? name[...] : name.dropFirst(5)
        #expect(mrz.nameIsTruncated == (field.last != "<"))
        let parts = field.split(separator: "<").joined(separator: " ")
        #expect(
            [mrz.primaryIdentifier, mrz.secondaryIdentifier].filter { !$0.isEmpty }.joined(separator: " ") == parts)
        guard vector.outputs?.truncated == false, let viz = vector.inputs?.viz else { return }
        #expect(!mrz.nameIsTruncated || field.allSatisfy { $0 != "<" } || field.last != "<")
        let printed = viz.replacing("\u{2019}", with: "").replacing("-", with: " ").split(separator: ",")
        #expect(mrz.primaryIdentifier == printed[0])
        #expect(mrz.secondaryIdentifier == (printed.count > 1 ? printed[1].drop { $0 == " " } : ""))
    }

    @Test func checkDigitExamples() throws {
        for vector in Vector.mrz where vector.inputs?.data != nil {
            let data = try #require(vector.inputs?.data)
            let digit = MRZCheckDigit.compute(over: data.utf8)
            #expect(digit == vector.outputs?.checkDigit?.utf8.first)
        }
        #expect(MRZCheckDigit.compute(over: "abc".utf8) == nil)
        #expect(MRZCheckDigit.compute(over: "".utf8) == UInt8(ascii: "0"))
    }

    @Test func compositeExamples() throws {
        let name = "NAME" + String(repeating: "<", count: 35)
        let td3 = try #require(Vector.named("check-digit-example-3-TD3"))
        let three = try MRZ(text: "P<YTO" + name + (try #require(td3.inputs?.line2)) + "8")
        #expect(three.allChecksAreCorrect)
        let td1 = try #require(Vector.named("check-digit-example-4-TD1")?.inputs)
        let one = try MRZ(text: (td1.line1 ?? "") + (td1.line2 ?? "") + "2" + name.prefix(30))
        #expect(one.allChecksAreCorrect)
        let td2 = try #require(Vector.named("check-digit-example-5-TD2")?.inputs)
        let two = try MRZ(text: "I<YTO" + name.prefix(31) + (td2.line2 ?? "") + "8")
        #expect(two.allChecksAreCorrect)
    }

    @Test func eachWrongDigitIsReportedAlone() throws {
        let good = Array(
            "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10".utf8)
        for (position, field) in [(53, MRZCheck.Field.documentNumber), (63, .dateOfBirth), (71, .dateOfExpiry)] {
            var bad = good
            bad[position] = bad[position] == 0x30 ? 0x31 : 0x30
            let wrong = try MRZ(characters: bad).checks.filter { !$0.isCorrect }.map(\.field)
            #expect(wrong.contains(field))
            #expect(Set(wrong).isSubset(of: [field, .composite]))
        }
        var bad = good
        bad[86] = UInt8(ascii: "<")
        #expect(try MRZ(characters: bad).checks.filter { !$0.isCorrect }.map(\.field).contains(.optionalData))
    }

    @Test(arguments: ["0", "<"])
    func emptyOptionalDataTakesZeroOrFiller(_ check: String) throws {
        let line2 = "HA672242<6YTO5802254M9601086<<<<<<<<<<<<<<" + check + "8"
        let mrz = try MRZ(text: "P<YTONAME" + String(repeating: "<", count: 35) + line2)
        #expect(mrz.allChecksAreCorrect)
    }

    @Test(arguments: [0, 1, 30, 60, 71, 73, 87, 89, 91, 180, 2000])
    func wrongCharacterCounts(_ count: Int) {
        #expect(throws: LDSError(.invalidLength)) { try MRZ(text: String(repeating: "<", count: count)) }
    }

    @Test(arguments: ["a", " ", "-", "é", "\u{0}", "\u{202E}", "*"])
    func wrongCharacterGivesItsPosition(_ character: String) {
        let text =
            "P<UTOERIK" + character + "SON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"
        let error = #expect(throws: LDSError.self) { try MRZ(text: text) }
        #expect(error?.code == .invalidCharacter)
        #expect(error?.offset == 9)
    }

    @Test func linesBrokenInTheWrongPlace() {
        let text = "I<UTOD231458907<<<<<<<<<<<<<<<7\n408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
        #expect(throws: LDSError(.invalidLength)) { try MRZ(text: text) }
    }

    @Test func descriptionShowsNoPersonalData() throws {
        let mrz = try MRZ(
            text: "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
        #expect("\(mrz)" == "TD1 zone" && String(reflecting: mrz) == "TD1 zone")
    }

    private func trim(_ text: String?) -> String? {
        text.map { text in String(text.reversed().drop { $0 == "<" }.reversed()) }
    }
}
