import Foundation
import LDS
import Testing

@Suite struct DateArithmeticTests {
    @Test func agreesWithFoundationsCalendar() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        // Foundation switches to the Julian calendar before 1582-10-15; documents do not go back that far.
        for days in stride(from: -100_000, through: 200_000, by: 373) {
            let date = try #require(CalendarDate(daysSinceEpoch: days))
            let parts = calendar.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(days) * 86_400))
            #expect(parts.year == date.year && parts.month == date.month && parts.day == date.day)
            #expect(date.daysSinceEpoch == days)
        }
    }

    @Test func addsDaysAndYears() throws {
        let date = try #require(CalendarDate("2004-02-29"))
        #expect(date.adding(years: 1).description == "2005-02-28")
        #expect(date.adding(years: 4).description == "2008-02-29")
        #expect(date.adding(years: -4).description == "2000-02-29")
        #expect(date.adding(years: -104).description == "1900-02-28")
        #expect(date.adding(days: 1).description == "2004-03-01")
        #expect(date.adding(days: -1).description == "2004-02-28")
    }

    @Test func countsFullYears() throws {
        let birth = try #require(CalendarDate("1990-07-05"))
        #expect(birth.fullYears(at: try #require(CalendarDate("2021-07-04"))) == 30)
        #expect(birth.fullYears(at: try #require(CalendarDate("2021-07-05"))) == 31)
        #expect(birth.fullYears(at: try #require(CalendarDate("1980-01-01"))) == 0)
    }

    @Test func staysWithinItsYears() {
        let epoch = CalendarDate(clampingDaysSinceEpoch: 0)
        #expect(CalendarDate(clampingDaysSinceEpoch: .max).description == "9999-12-31")
        #expect(CalendarDate(clampingDaysSinceEpoch: .min).description == "0001-01-01")
        #expect(CalendarDate(daysSinceEpoch: .max) == nil && CalendarDate(daysSinceEpoch: .min) == nil)
        #expect(CalendarDate(daysSinceEpoch: -719_163) == nil && CalendarDate(daysSinceEpoch: 2_932_897) == nil)
        #expect(epoch.adding(days: .max).description == "9999-12-31")
        #expect(epoch.adding(days: .min).description == "0001-01-01")
        #expect(epoch.adding(years: .min).description == "0001-01-01")
        #expect(epoch.adding(years: .max).description == "9999-01-01")
    }
}
