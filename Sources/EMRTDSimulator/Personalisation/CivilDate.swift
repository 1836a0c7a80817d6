/// A day of the Gregorian calendar, without a time or a zone: what certificates and documents of the simulator are dated with.
public struct CivilDate: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The year, 1 to 9999.
    public let year: Int
    /// The month, 1 to 12.
    public let month: Int
    /// The day of the month, 1 to 31.
    public let day: Int

    /// Creates a date.
    ///
    /// - Throws: ``PersonalisationError`` `invalidDate` where the calendar has no such day.
    public init(year: Int, month: Int, day: Int) throws {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= CivilDate.days(inMonth: month, of: year)
        else {
            throw PersonalisationError(.invalidDate, "the calendar has no such day (years 1 to 9999)")
        }
        self.init(uncheckedYear: year, month: month, day: day)
    }

    /// Creates the date `days` after 1970-01-01, held within the years 1 to 9999.
    public init(daysSince1970 days: Int) {
        // The civil-from-days algorithm on a calendar whose years begin on 1 March, in 400-year eras of 146,097 days.
        let shifted = min(max(days, -719_162), 2_932_896) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.init(
            uncheckedYear: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private init(uncheckedYear year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// Days after 1970-01-01; negative before.
    public var daysSince1970: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The date `days` later (earlier where negative), held within the years 1 to 9999.
    public func adding(days: Int) -> CivilDate {
        CivilDate(daysSince1970: daysSince1970 + min(max(days, -10_000_000), 10_000_000))
    }

    /// The same day `years` later, held within the years 1 to 9999; 29 February becomes 28 February in a common year.
    public func adding(years: Int) -> CivilDate {
        let newYear = min(max(year + min(max(years, -10_000), 10_000), 1), 9999)
        return CivilDate(
            uncheckedYear: newYear, month: month, day: min(day, CivilDate.days(inMonth: month, of: newYear)))
    }

    /// Full years from this date to a later one: the age at `date` of someone born on this date. Zero where it is earlier.
    public func fullYears(at date: CivilDate) -> Int {
        let years = date.year - year - ((date.month, date.day) < (month, day) ? 1 : 0)
        return max(years, 0)
    }

    /// The date as YYMMDD (Doc 9303-3, 4.8).
    package var mrz: String { digits(year % 100, 2) + digits(month, 2) + digits(day, 2) }

    /// The date as dd/MM/yyyy, as Vietnamese documents print it.
    package var vietnamese: String { digits(day, 2) + "/" + digits(month, 2) + "/" + digits(year, 4) }

    /// The date as YYYYMMDD.
    package var compact: String { digits(year, 4) + digits(month, 2) + digits(day, 2) }

    /// The date as YYYY-MM-DD.
    public var description: String { digits(year, 4) + "-" + digits(month, 2) + "-" + digits(day, 2) }

    /// Orders by time.
    public static func < (a: CivilDate, b: CivilDate) -> Bool { (a.year, a.month, a.day) < (b.year, b.month, b.day) }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        default: 31
        }
    }

    private func digits(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(width - text.utf8.count, 0)) + text
    }
}
