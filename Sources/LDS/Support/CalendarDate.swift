/// A day of the Gregorian calendar that exists, in the years 1 to 9999.
public struct CalendarDate: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The year, 1 to 9999.
    public let year: Int
    /// The month, 1 to 12.
    public let month: Int
    /// The day, from 1.
    public let day: Int

    /// A day, or `nil` where there is none such.
    public init?(year: Int, month: Int, day: Int) {
        guard let count = CalendarDate.daysInMonth(month, year: year), (1...count).contains(day) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day that lies a number of days after 1970-01-01 (before, if negative), or `nil` outside the years 1 to 9999.
    public init?(daysSinceEpoch days: Int) {
        guard CalendarDate.days.contains(days) else { return nil }
        self.init(clampingDaysSinceEpoch: days)
    }

    /// The day that lies a number of days after 1970-01-01 (before, if negative), held within the years 1 to 9999.
    public init(clampingDaysSinceEpoch days: Int) {
        // Civil-from-days over eras of 400 years, counted from 0000-03-01.
        let shifted = min(max(days, CalendarDate.days.lowerBound), CalendarDate.days.upperBound) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        self.month = month
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    }

    /// The UTC day of a time in seconds since 1970-01-01T00:00:00Z, or `nil` outside the years 1 to 9999.
    public init?(secondsSinceEpoch seconds: Int64) {
        let days = seconds >= 0 ? seconds / 86400 : -((-(seconds + 1)) / 86400) - 1
        self.init(daysSinceEpoch: Int(days))
    }

    /// Reads `YYYY-MM-DD`; `nil` for anything else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = MRZDate.number(bytes[0..<4]), let month = MRZDate.number(bytes[5..<7]),
            let day = MRZDate.number(bytes[8..<10])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// Days after 1970-01-01, negative before.
    public var daysSinceEpoch: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The day `days` later (earlier where negative), held within the years 1 to 9999.
    public func adding(days: Int) -> CalendarDate {
        CalendarDate(clampingDaysSinceEpoch: daysSinceEpoch + min(max(days, -10_000_000), 10_000_000))
    }

    /// The same day `years` later (earlier where negative), held within the years 1 to 9999; 29 February becomes
    /// 28 February in a common year.
    public func adding(years: Int) -> CalendarDate {
        let year = min(max(self.year + min(max(years, -10_000), 10_000), 1), 9999)
        // Only 29 February can be missing from another year.
        return CalendarDate(year: year, month: month, day: day) ?? CalendarDate(year: year, month: month, day: 28)
            ?? self
    }

    /// Full years from this day to a later one: the age on `date` of someone born on this day. Zero where it is earlier.
    public func fullYears(at date: CalendarDate) -> Int {
        max(date.year - year - ((date.month, date.day) < (month, day) ? 1 : 0), 0)
    }

    /// 0001-01-01 to 9999-12-31 in days after 1970-01-01.
    private static let days = -719_162...2_932_896

    /// The number of days of a month, or `nil` where there is no such month.
    public static func daysInMonth(_ month: Int, year: Int) -> Int? {
        guard (1...9999).contains(year) else { return nil }
        switch month {
        case 1, 3, 5, 7, 8, 10, 12: return 31
        case 4, 6, 9, 11: return 30
        case 2: return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        default: return nil
        }
    }

    /// Orders by time.
    public static func < (a: CalendarDate, b: CalendarDate) -> Bool {
        (a.year, a.month, a.day) < (b.year, b.month, b.day)
    }

    /// `YYYY-MM-DD`.
    public var description: String { PartialDate.text(year: year, month: month, day: day) }
}

/// A date of which parts may be unknown. The parts that are known do not contradict each other.
public struct PartialDate: Sendable, Hashable, CustomStringConvertible {
    /// The year, 1 to 9999; `nil` where unknown.
    public let year: Int?
    /// The month, 1 to 12; `nil` where unknown.
    public let month: Int?
    /// The day; `nil` where unknown.
    public let day: Int?

    /// A date, or `nil` where the known parts cannot belong to any day (31 April, 29 February 1900).
    public init?(year: Int?, month: Int?, day: Int?) {
        // Year 4 has a 29 February and month 1 has 31 days: the most that the unknown parts allow.
        guard CalendarDate(year: year ?? 4, month: month ?? 1, day: day ?? 1) != nil else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day, where all parts are known.
    public var calendarDate: CalendarDate? {
        guard let year, let month, let day else { return nil }
        return CalendarDate(year: year, month: month, day: day)
    }

    /// The last day that the known parts allow; `nil` where the year is unknown.
    public var latest: CalendarDate? {
        guard let year else { return nil }
        let month = month ?? 12
        return CalendarDate.daysInMonth(month, year: year).flatMap {
            CalendarDate(year: year, month: month, day: day ?? $0)
        }
    }

    /// `YYYY-MM-DD` with `XX` or `XXXX` for unknown parts (ISO 8601-2, 8).
    public var description: String { PartialDate.text(year: year, month: month, day: day) }

    static func text(year: Int?, month: Int?, day: Int?) -> String {
        func digits(_ number: Int?, _ width: Int) -> String {
            let text = number.map(String.init) ?? String(repeating: "X", count: width)
            return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
        }
        return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))"
    }
}
