import LDS
import Testing

@Suite struct DateTests {
    @Test(
        arguments: [
            (1970, 1, 1, 0), (1969, 12, 31, -1), (2000, 2, 29, 11016), (2000, 3, 1, 11017), (1900, 3, 1, -25508),
            (2026, 11, 21, 20778), (1, 1, 1, -719_162), (9999, 12, 31, 2_932_896), (1600, 2, 29, -135_081),
        ])
    func knownDays(_ year: Int, _ month: Int, _ day: Int, _ count: Int) throws {
        let date = try #require(CalendarDate(year: year, month: month, day: day))
        #expect(date.daysSinceEpoch == count)
        #expect(CalendarDate(daysSinceEpoch: count) == date)
        #expect(CalendarDate(date.description) == date)
    }

    @Test func everyDayOfFourCenturies() throws {
        var previous = try #require(CalendarDate(daysSinceEpoch: -30_000))
        for count in -29_999...120_000 {
            let date = try #require(CalendarDate(daysSinceEpoch: count))
            #expect(date > previous)
            #expect(date.daysSinceEpoch == count)
            previous = date
        }
    }

    @Test(
        arguments: [
            (2023, 2, 29), (1900, 2, 29), (2100, 2, 29), (2024, 2, 30), (2024, 4, 31), (2024, 0, 1), (2024, 13, 1),
            (2024, 1, 0), (0, 1, 1), (10000, 1, 1), (-1, 1, 1), (Int.max, 1, 1), (2024, Int.min, 1),
        ])
    func daysThatDoNotExist(_ year: Int, _ month: Int, _ day: Int) {
        #expect(CalendarDate(year: year, month: month, day: day) == nil)
    }

    @Test(arguments: [
        "", "2024-1-01", "2024/01/01", "2024-02-30", "20240101", "+024-01-01", "2024-01-01 ", "２024-01-0",
    ])
    func malformedText(_ text: String) { #expect(CalendarDate(text) == nil) }

    @Test func secondsToDays() {
        #expect(CalendarDate(secondsSinceEpoch: -1)?.description == "1969-12-31")
        #expect(CalendarDate(secondsSinceEpoch: 86_399)?.description == "1970-01-01")
        #expect(CalendarDate(secondsSinceEpoch: -86_400)?.description == "1969-12-31")
        #expect(CalendarDate(secondsSinceEpoch: -86_401)?.description == "1969-12-30")
        #expect(CalendarDate(secondsSinceEpoch: .max) == nil && CalendarDate(secondsSinceEpoch: .min) == nil)
    }

    @Test(
        arguments: [
            // Birth, reference, result: century, leap days, unknown parts.
            ("900705", "2026-11-21", "1990-07-05"), ("261121", "2026-11-21", "2026-11-21"),
            ("261122", "2026-11-21", "1926-11-22"), ("000101", "2026-11-21", "2000-01-01"),
            ("000229", "2026-11-21", "2000-02-29"), ("040229", "2026-11-21", "2004-02-29"),
            ("280229", "2026-11-21", "1928-02-29"), ("740812", "2026-11-21", "1974-08-12"),
            ("74<<<<", "2026-11-21", "1974-XX-XX"), ("7408<<", "2026-11-21", "1974-08-XX"),
            ("740000", "2026-11-21", "1974-XX-XX"), ("<<<<<<", "2026-11-21", "XXXX-XX-XX"),
            ("<<0812", "2026-11-21", "XXXX-08-12"), ("26<<<<", "2026-11-21", "2026-XX-XX"),
            ("27<<<<", "2026-11-21", "1927-XX-XX"), ("991231", "1999-12-31", "1999-12-31"),
            ("991231", "1999-12-30", "1899-12-31"),
        ])
    func birth(_ text: String, _ reference: String, _ expected: String) throws {
        let today = try #require(CalendarDate(reference))
        #expect(MRZDate(text).birth(notAfter: today)?.description == expected)
    }

    @Test(arguments: ["230229", "000230", "901301", "900732", "9007AB", "9<0705", "", "90070", "9007055", "260431"])
    func birthThatCannotBe(_ text: String) throws {
        let today = try #require(CalendarDate("2026-11-21"))
        #expect(MRZDate(text).birth(notAfter: today) == nil)
    }

    @Test func leapDayOfAYearThatHasNone() throws {
        // Before 2000-02-29 the zone 000229 can only mean 1900, which had no leap day.
        #expect(MRZDate("000229").birth(notAfter: try #require(CalendarDate("2000-02-28"))) == nil)
        #expect(MRZDate("000229").inCentury(1900) == nil)
        #expect(MRZDate("000229").inCentury(2000)?.description == "2000-02-29")
    }

    @Test(
        arguments: [
            ("340415", "2026-11-21", "2034-04-15"), ("991231", "2021-01-01", "2099-12-31"),
            ("991231", "2026-11-21", "2099-12-31"), ("231031", "2014-06-01", "2023-10-31"),
            ("000101", "2026-11-21", "2000-01-01"), ("240101", "2080-01-01", "2124-01-01"),
            ("280229", "2026-11-21", "2028-02-29"), ("3404<<", "2026-11-21", "2034-04-XX"),
        ])
    func expiry(_ text: String, _ reference: String, _ expected: String) throws {
        let today = try #require(CalendarDate(reference))
        #expect(MRZDate(text).expiry(seenFrom: today)?.description == expected)
    }

    @Test(arguments: ["300229", "301301", "3<0101", "ABCDEF", "3401"])
    func expiryThatCannotBe(_ text: String) throws {
        #expect(MRZDate(text).expiry(seenFrom: try #require(CalendarDate("2026-11-21"))) == nil)
    }

    @Test func lastDayOfAPartialDate() {
        #expect(PartialDate(year: 2024, month: 2, day: nil)?.latest?.description == "2024-02-29")
        #expect(PartialDate(year: 2024, month: nil, day: nil)?.latest?.description == "2024-12-31")
        #expect(PartialDate(year: nil, month: 2, day: 29)?.latest == nil)
        #expect(PartialDate(year: nil, month: 2, day: 30) == nil)
        #expect(PartialDate(year: 2023, month: 2, day: 29) == nil)
    }

    @Test(
        arguments: [
            ("L898902C", "690806", "940623", "L898902C<369080619406236"),
            ("L898902C<", "690806", "940623", "L898902C<369080619406236"),
            ("D23145890734", "340712", "950712", "D23145890734934071279507122"),
            ("L898902C", "6908<<", "940623", "L898902C<36908<<09406236"),
        ])
    func information(_ number: String, _ birth: String, _ expiry: String, _ expected: String) throws {
        let bytes = try MRZ.mrzInformation(documentNumber: number, dateOfBirth: birth, dateOfExpiry: expiry)
        guard !birth.contains("<") else {
            #expect(bytes.count == expected.utf8.count)
            return
        }
        #expect(bytes == Array(expected.utf8))
    }

    @Test(
        arguments: [
            ("", "690806", "940623", LDSError.Code.invalidLength), ("<<<", "690806", "940623", .invalidLength),
            ("12345678901234567890123", "690806", "940623", .invalidLength),
            ("l898902c", "690806", "940623", .invalidCharacter), ("L898 902", "690806", "940623", .invalidCharacter),
            ("L898902C", "69080", "940623", .invalidLength), ("L898902C", "6908A6", "940623", .invalidCharacter),
            ("L898902C", "691306", "940623", .invalidValue), ("L898902C", "690806", "940632", .invalidValue),
            ("L898902C", "690806", "1994-06", .invalidCharacter), ("L898902C", "690806", "", .invalidLength),
        ])
    func informationThatCannotBe(_ number: String, _ birth: String, _ expiry: String, _ code: LDSError.Code) {
        let error = #expect(throws: LDSError.self) {
            try MRZ.mrzInformation(documentNumber: number, dateOfBirth: birth, dateOfExpiry: expiry)
        }
        #expect(error?.code == code)
    }
}
