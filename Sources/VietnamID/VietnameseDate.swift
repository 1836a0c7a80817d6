public import LDS

/// A date of DG13 as text and, where it can be read, as a date.
public struct VietnameseDate: Sendable, Hashable {
    /// The text as it came.
    public let text: VietnameseText
    /// The date of `dd/MM/yyyy` (zeros for unknown parts) or `yyyy`; `nil` for anything else.
    public let date: PartialDate?

    /// Reads a text.
    public init(_ text: VietnameseText) {
        self.text = text
        date = VietnameseDate.parse(text.rawBytes)
    }

    private static func parse(_ bytes: [UInt8]) -> PartialDate? {
        let slash = UInt8(ascii: "/")
        let parts = bytes.split(separator: slash, omittingEmptySubsequences: false).map(number)
        switch (parts.count, bytes.count) {
        case (1, 4):
            return parts[0].flatMap { PartialDate(year: $0, month: nil, day: nil) }
        case (3, 8...10):
            guard let day = parts[0], let month = parts[1], let year = parts[2], year >= 1000 else { return nil }
            return PartialDate(year: year, month: month == 0 ? nil : month, day: day == 0 ? nil : day)
        default: return nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...4).contains(digits.count) else { return nil }
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number
    }
}

/// Until when a card is valid.
public enum CardExpiry: Sendable, Hashable {
    /// Until a date.
    case date(PartialDate)
    /// Without limit: "Không thời hạn" in DG13, 991231 in the machine readable zone.
    case unlimited
    /// What stands there is neither.
    case unreadable

    /// Reads field 12 of DG13.
    public init(_ text: VietnameseText) {
        let words = text.string.split { $0 == " " || $0 == "\u{A0}" }.joined(separator: " ").lowercased()
        if words == "không thời hạn" {
            self = .unlimited
        } else if let date = VietnameseDate(text).date {
            self = .date(date)
        } else {
            self = .unreadable
        }
    }
}
