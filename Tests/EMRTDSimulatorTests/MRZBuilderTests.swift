import EMRTDSimulator
import EMRTDTestSupport
import LDS
import Testing

@Suite struct MRZBuilderTests {
    private struct Samples: Decodable {
        let mrz: [String: [String]]
    }

    private func vietnamese(
        _ number: String, _ birth: (Int, Int, Int), _ sex: MRZSex, _ expiry: (Int, Int, Int)?,
        _ primary: String, _ secondary: String
    ) throws -> MRZBuilder {
        try MRZBuilder.vietnameseCitizenCard(
            number: number, dateOfBirth: try #require(CalendarDate(year: birth.0, month: birth.1, day: birth.2)),
            sex: sex,
            dateOfExpiry: try expiry.map { try #require(CalendarDate(year: $0.0, month: $0.1, day: $0.2)) },
            primaryIdentifier: primary, secondaryIdentifier: secondary)
    }

    @Test func vietnameseZonesEqualTheSamples() throws {
        let samples = try vectors("vietnam-card.json", as: Samples.self).mrz
        let normal = try vietnamese("003190000123", (1990, 7, 5), .female, (2030, 7, 5), "DANG", "THI UOC")
        #expect(try normal.td1() == samples["normal"])
        #expect(try normal.information() == "190000123090070573007055")
        let noExpiry = try vietnamese("003050000456", (1950, 1, 1), .male, nil, "NGUYEN", "VAN MAU")
        #expect(try noExpiry.td1() == samples["no_expiry"])
        #expect(try noExpiry.information() == "050000456450010139912315")
        let single = try vietnamese("003090000789", (1990, 1, 1), .male, (2030, 1, 1), "MAU", "")
        #expect(try single.td1() == samples["single_name"])
        let long = try vietnamese(
            "003190000321", (1990, 7, 5), .female, (2030, 7, 5), "CONG", "TANG TON NU NGUYEN HOANG")
        let lines = try long.td1()
        #expect(lines == samples["long_name_truncated"])
    }

    private func eriksson(_ code: String, _ number: String, _ expiry: CalendarDate, _ optional: String) throws
        -> MRZBuilder
    {
        MRZBuilder(
            documentCode: code, issuingState: "UTO", documentNumber: number, nationality: "UTO",
            dateOfBirth: try #require(CalendarDate(year: 1974, month: 8, day: 12)), sex: .female, dateOfExpiry: expiry,
            primaryIdentifier: "ERIKSSON", secondaryIdentifier: "ANNA MARIA", optionalData: optional)
    }

    @Test func specimensOfTheStandard() throws {
        let expiry = try #require(CalendarDate(year: 2012, month: 4, day: 15))
        // Doc 9303-5, appendix A and Doc 9303-4, appendix A (7th and 8th edition).
        #expect(
            try eriksson("I", "D23145890", expiry, "").td1() == [
                "I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
            ])
        #expect(
            try eriksson("P", "L898902C3", expiry, "ZE184226B").td3() == [
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
            ])
        #expect(
            try eriksson("PP", "L898902C3", try #require(CalendarDate(year: 2034, month: 4, day: 15)), "ZE184226B")
                .td3() == [
                    "PPUTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F3404159ZE184226B<<<<<16",
                ])
    }

    @Test func longDocumentNumber() throws {
        // Doc 9303-11, D.2, with the composite digit of the errata.
        let builder = MRZBuilder(
            documentCode: "I", issuingState: "UTO", documentNumber: "D23145890734", nationality: "UTO",
            dateOfBirth: try #require(CalendarDate(year: 1934, month: 7, day: 12)), sex: .male,
            dateOfExpiry: CalendarDate(year: 1995, month: 7, day: 12), primaryIdentifier: "STEVENSON",
            secondaryIdentifier: "PETER JOHN")
        #expect(
            try builder.td1() == [
                "I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", "STEVENSON<<PETER<JOHN<<<<<<<<<",
            ])
        #expect(try builder.information() == "D23145890734934071279507122")
        #expect(throws: PersonalisationError(.invalidLength, "")) { try builder.td3() }
        var full = builder
        full.documentNumber = "D231458907341234567890"
        #expect(try full.td1()[0].utf8.count == 30)
        full.optionalData = "A"
        #expect(throws: PersonalisationError(.invalidLength, "")) { try full.td1() }
        full.documentNumber += "1"
        #expect(throws: PersonalisationError(.invalidLength, "")) { try full.td1() }
    }

    @Test func truncatedNamesEndWithALetter() throws {
        let expiry = try #require(CalendarDate(year: 2030, month: 1, day: 1))
        var builder = try eriksson("I", "D23145890", expiry, "")
        builder.primaryIdentifier = "ABCDEFGHIJKLMNOPQRSTUVWXY"
        for secondary in ["ABC", "ABCD", "A B C D E", "AB CD EF GH", String(repeating: "Z", count: 60)] {
            builder.secondaryIdentifier = secondary
            let name = try builder.td1()[2]
            #expect(name.utf8.count == 30)
            let isWhole = 25 + 2 + secondary.utf8.count <= 30
            #expect(isWhole || name.utf8.last != UInt8(ascii: "<"))
        }
    }

    @Test func refusesBadCharacters() throws {
        let good = try eriksson("I", "D23145890", try #require(CalendarDate(year: 2030, month: 1, day: 1)), "")
        let fields: [WritableKeyPath<MRZBuilder, String>] = [
            \.documentCode, \.issuingState, \.documentNumber, \.nationality, \.primaryIdentifier, \.secondaryIdentifier,
            \.optionalData, \.secondOptionalData,
        ]
        for field in fields {
            for bad in ["a", "Đ", "-", "A B?", "É", "\n"] {
                var builder = good
                builder[keyPath: field] = bad
                let error = #expect(throws: PersonalisationError.self) { try builder.td1() }
                #expect(error?.code == .invalidCharacter || error?.code == .invalidLength)
                #expect(throws: PersonalisationError.self) { try builder.td3() }
            }
        }
    }

    @Test func refusesBadLengths() throws {
        let good = try eriksson("I", "D23145890", try #require(CalendarDate(year: 2030, month: 1, day: 1)), "")
        let changes: [(inout MRZBuilder) -> Void] = [
            { $0.documentCode = "" }, { $0.documentCode = "IDX" }, { $0.issuingState = "UTOP" },
            { $0.documentNumber = "" },
            { $0.nationality = "" }, { $0.primaryIdentifier = "" }, { $0.primaryIdentifier = "A  B" },
            { $0.primaryIdentifier = String(repeating: "A", count: 129) }, { $0.optionalData = "1234567890123456" },
            { $0.secondOptionalData = "123456789012" },
        ]
        for change in changes {
            var builder = good
            change(&builder)
            #expect(throws: PersonalisationError(.invalidLength, "")) { try builder.td1() }
        }
    }

    @Test(arguments: ["", "00319000012", "0031900001234", "00319000012A", "٠٠٣١٩٠٠٠٠١٢٣"])
    func refusesWhatIsNoVietnameseNumber(_ number: String) {
        #expect(throws: PersonalisationError.self) {
            try vietnamese(number, (1990, 7, 5), .female, nil, "DANG", "THI UOC")
        }
    }
}
