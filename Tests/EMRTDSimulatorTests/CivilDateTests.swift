import EMRTDSimulator
import Foundation
import Testing

@Suite struct CivilDateTests {
    @Test func agreesWithFoundationsCalendar() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        // Foundation switches to the Julian calendar before 1582-10-15; documents do not go back that far.
        for days in stride(from: -100_000, through: 200_000, by: 373) {
            let date = CivilDate(daysSince1970: days)
            let parts = calendar.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(days) * 86_400))
            #expect(parts.year == date.year && parts.month == date.month && parts.day == date.day)
            #expect(date.daysSince1970 == days)
        }
    }

    @Test(arguments: [
        (2023, 2, 29), (1900, 2, 29), (2024, 4, 31), (2024, 0, 1), (2024, 13, 1), (0, 1, 1), (10_000, 1, 1),
    ])
    func refusesDaysThatDoNotExist(_ year: Int, _ month: Int, _ day: Int) {
        #expect(throws: PersonalisationError(.invalidDate, "")) { try CivilDate(year: year, month: month, day: day) }
    }

    @Test func writesItsForms() throws {
        let date = try CivilDate(year: 2004, month: 2, day: 29)
        #expect(date.mrz == "040229")
        #expect(date.vietnamese == "29/02/2004")
        #expect(date.compact == "20040229")
        #expect(date.description == "2004-02-29")
        #expect(date.adding(years: 1).description == "2005-02-28")
        #expect(date.adding(years: 4).description == "2008-02-29")
        #expect(date.adding(days: 1).description == "2004-03-01")
    }

    @Test func countsFullYears() throws {
        let birth = try CivilDate(year: 1990, month: 7, day: 5)
        #expect(birth.fullYears(at: try CivilDate(year: 2021, month: 7, day: 4)) == 30)
        #expect(birth.fullYears(at: try CivilDate(year: 2021, month: 7, day: 5)) == 31)
        #expect(birth.fullYears(at: try CivilDate(year: 1980, month: 1, day: 1)) == 0)
    }

    @Test func staysWithinItsYears() {
        #expect(CivilDate(daysSince1970: .max).description == "9999-12-31")
        #expect(CivilDate(daysSince1970: .min).description == "0001-01-01")
        #expect(CivilDate(daysSince1970: 0).adding(days: .max).description == "9999-12-31")
        #expect(CivilDate(daysSince1970: 0).adding(years: .min).description == "0001-01-01")
        #expect(CivilDate(daysSince1970: 0).adding(years: .max).description == "9999-01-01")
    }
}
