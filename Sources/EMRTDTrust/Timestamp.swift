import LDS

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A moment in seconds since 1970-01-01T00:00:00Z, without leap seconds.
public struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Seconds since 1970-01-01T00:00:00Z; negative before.
    public let secondsSince1970: Int64

    /// Creates a moment from seconds since 1970-01-01T00:00:00Z.
    public init(secondsSince1970: Int64) { self.secondsSince1970 = secondsSince1970 }

    /// Creates a moment of the proleptic Gregorian calendar in UTC, or `nil` where no such moment exists.
    ///
    /// - Parameters:
    ///   - year: 0 to 9999.
    ///   - month: 1 to 12.
    ///   - day: 1 to the length of the month.
    ///   - hour: 0 to 23.
    ///   - minute: 0 to 59.
    ///   - second: 0 to 59.
    public init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        guard (0...9999).contains(year),
            let date = CalendarDate(year: year == 0 ? Timestamp.cycle.years : year, month: month, day: day),
            (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second)
        else { return nil }
        let days = date.daysSinceEpoch - (year == 0 ? Timestamp.cycle.days : 0)
        secondsSince1970 = Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
    }

    /// Creates the first moment of a day written `YYYY-MM-DD`, in UTC, or `nil` for any other text.
    public init?(date text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2 else {
            return nil
        }
        let numbers = parts.compactMap { part in part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(part) : nil }
        guard numbers.count == 3 else { return nil }
        self.init(year: numbers[0], month: numbers[1], day: numbers[2])
    }

    /// The system clock's present moment.
    public static func now() -> Timestamp {
        var value = timespec()
        guard clock_gettime(CLOCK_REALTIME, &value) == 0 else { return Timestamp(secondsSince1970: 0) }
        return Timestamp(secondsSince1970: Int64(value.tv_sec))
    }

    /// Orders by time.
    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.secondsSince1970 < b.secondsSince1970 }

    /// Year, month and day in UTC.
    public var date: (year: Int, month: Int, day: Int) {
        let limited = min(max(secondsSince1970, -62_167_219_200), 253_402_300_799)
        let seconds = Int(limited)
        let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        if let date = CalendarDate(daysSinceEpoch: days) { return (date.year, date.month, date.day) }
        let date = CalendarDate(clampingDaysSinceEpoch: days + Timestamp.cycle.days)
        return (date.year - Timestamp.cycle.years, date.month, date.day)
    }

    /// The moment as `YYYY-MM-DDThh:mm:ssZ`.
    public var description: String {
        let (year, month, day) = date
        let second = Int(((secondsSince1970 % 86_400) + 86_400) % 86_400)
        func padded(_ value: Int, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) + "T" + padded(second / 3600, 2) + ":"
            + padded(second / 60 % 60, 2) + ":" + padded(second % 60, 2) + "Z"
    }

    /// The Gregorian calendar repeats itself. A GeneralizedTime can name the year 0, which `CalendarDate` does not have: it
    /// is counted one cycle later.
    private static let cycle = (years: 400, days: 146_097)
}
