import EMRTDTrust
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (1970, 1, 1, 0, "1970-01-01T00:00:00Z"), (1969, 12, 31, -86_400, "1969-12-31T00:00:00Z"),
        (2000, 2, 29, 951_782_400, "2000-02-29T00:00:00Z"), (1, 1, 1, -62_135_596_800, "0001-01-01T00:00:00Z"),
        (9999, 12, 31, 253_402_214_400, "9999-12-31T00:00:00Z"),
        // A GeneralizedTime can name the year 0, a leap year.
        (0, 1, 1, -62_167_219_200, "0000-01-01T00:00:00Z"), (0, 2, 29, -62_162_121_600, "0000-02-29T00:00:00Z"),
        (0, 12, 31, -62_135_683_200, "0000-12-31T00:00:00Z"),
    ])
    func countsSeconds(_ year: Int, _ month: Int, _ day: Int, _ seconds: Int64, _ text: String) throws {
        let moment = try #require(Timestamp(year: year, month: month, day: day))
        #expect(moment.secondsSince1970 == seconds)
        #expect(moment.date == (year, month, day))
        #expect(moment.description == text)
        #expect(Timestamp(date: text.prefix(10)) == moment)
        let last = Timestamp(secondsSince1970: seconds + 86_399)
        #expect(last.description == text.prefix(10) + "T23:59:59Z")
        #expect(Timestamp(year: year, month: month, day: day, hour: 23, minute: 59, second: 59) == last)
    }

    @Test(arguments: [
        (-1, 1, 1, 0, 0, 0), (10_000, 1, 1, 0, 0, 0), (1900, 2, 29, 0, 0, 0), (0, 2, 30, 0, 0, 0),
        (2024, 0, 1, 0, 0, 0),
        (2024, 13, 1, 0, 0, 0), (2024, 4, 31, 0, 0, 0), (2024, 1, 0, 0, 0, 0), (2024, 1, 1, 24, 0, 0),
        (2024, 1, 1, 0, 60, 0), (2024, 1, 1, 0, 0, 60), (2024, 1, 1, -1, 0, 0), (.max, .max, .max, .max, .max, .max),
    ])
    func refusesMomentsThatDoNotExist(
        _ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int, _ second: Int
    ) {
        #expect(Timestamp(year: year, month: month, day: day, hour: hour, minute: minute, second: second) == nil)
    }

    @Test(arguments: [
        "", "2024-02-30", "2024-1-01", "20240101", "2024/01/01", "2024-01-01 ", "+024-01-01", "2024-01--1",
    ])
    func refusesMalformedDays(_ text: String) { #expect(Timestamp(date: text) == nil) }

    @Test func holdsItsDateWithinTheYears() {
        #expect(Timestamp(secondsSince1970: .min).date == (0, 1, 1))
        #expect(Timestamp(secondsSince1970: .max).date == (9999, 12, 31))
    }
}
