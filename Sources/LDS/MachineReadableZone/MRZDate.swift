/// A date as a machine readable zone holds it: YYMMDD, where `<<` (in the field also `00`) stands for an unknown month or day
/// and `<<` for an unknown year (Doc 9303-3, 4.8). The century is not in the zone: the two resolvers below supply it.
public struct MRZDate: Sendable, Hashable {
    /// The six characters as they stand there.
    public let rawValue: String
    /// The year without century, 0 to 99; `nil` where unknown or not digits.
    public let yearOfCentury: Int?
    /// The month, 1 to 12; `nil` where unknown.
    public let month: Int?
    /// The day, 1 to 31; `nil` where unknown.
    public let day: Int?
    /// Whether every part is either unknown or possible by itself. Whether the day exists depends on the century.
    public let isWellFormed: Bool

    let characters: [UInt8]

    /// Six characters; a value of another length is never well formed.
    public init(_ text: String) { self.init(Array(text.utf8)[...]) }

    init(_ field: ArraySlice<UInt8>) {
        characters = Array(field)
        rawValue = String(decoding: field, as: UTF8.self)
        guard characters.count == 6 else {
            (yearOfCentury, month, day, isWellFormed) = (nil, nil, nil, false)
            return
        }
        let all = Array(field)
        let parts = [0..<2, 2..<4, 4..<6].map { all[$0] }
        let numbers = parts.map(MRZDate.number)
        let unknown = parts.map { $0.allSatisfy { $0 == filler } }
        yearOfCentury = numbers[0]
        month = numbers[1].flatMap { (1...12).contains($0) ? $0 : nil }
        day = numbers[2].flatMap { (1...31).contains($0) ? $0 : nil }
        isWellFormed =
            (yearOfCentury != nil || unknown[0]) && (month != nil || unknown[1] || numbers[1] == 0)
            && (day != nil || unknown[2] || numbers[2] == 0)
    }

    /// The date of birth in the latest century in which it does not lie after a reference date (usually today).
    ///
    /// - Returns: `nil` where the date is malformed or does not exist in that century (30 February, 29 February 1900).
    public func birth(notAfter reference: CalendarDate) -> PartialDate? {
        guard isWellFormed else { return nil }
        guard let yearOfCentury else { return PartialDate(year: nil, month: month, day: day) }
        var year = reference.year - reference.year % 100 + yearOfCentury
        let (month, day) = (month ?? 1, day ?? 1)
        if (year, month, day) > (reference.year, reference.month, reference.day) { year -= 100 }
        return PartialDate(year: year, month: self.month, day: self.day)
    }

    /// The date in a century that is known from elsewhere, given by its first year (such as 1900).
    ///
    /// - Returns: `nil` where the date is malformed or does not exist in that century.
    public func inCentury(_ firstYear: Int) -> PartialDate? {
        guard isWellFormed, (0...9900).contains(firstYear) else { return nil }
        return PartialDate(year: yearOfCentury.map { firstYear + $0 }, month: month, day: day)
    }

    /// The date of expiry of a document with a chip: the earliest year from 2000 on that lies at most 50 years before the
    /// reference date. Chips have been issued since about 2004, so none expired before 2000; expiries of older documents
    /// without chip would need another rule.
    ///
    /// - Returns: `nil` where the date is malformed or does not exist.
    public func expiry(seenFrom reference: CalendarDate) -> PartialDate? {
        guard isWellFormed else { return nil }
        guard let yearOfCentury else { return PartialDate(year: nil, month: month, day: day) }
        var year = 2000 + yearOfCentury
        while year < reference.year - 50 { year += 100 }
        return PartialDate(year: year, month: month, day: day)
    }

    /// The number that two digits make.
    static func number(_ part: ArraySlice<UInt8>) -> Int? {
        var number = 0
        for character in part {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) else { return nil }
            number = number * 10 + Int(character - UInt8(ascii: "0"))
        }
        return number
    }
}
