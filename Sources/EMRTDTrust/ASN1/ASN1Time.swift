extension ASN1Element {
    /// The moment of a UTCTime or GeneralizedTime, or `nil` where the text is no time.
    ///
    /// Beyond the forms of RFC 5280, 4.1.2.5, missing seconds, fractions of a second and offsets are read, since
    /// certificates in the field have them.
    func time() -> Timestamp? {
        guard !isConstructed, let yearDigits = identifier.yearDigits else { return nil }
        return ASN1Element.time(content, yearDigits: yearDigits)
    }

    static func time(_ bytes: ArraySlice<UInt8>, yearDigits: Int) -> Timestamp? {
        bytes.withUnsafeBufferPointer { time($0, yearDigits: yearDigits) }
    }

    private static func time(_ bytes: UnsafeBufferPointer<UInt8>, yearDigits: Int) -> Timestamp? {
        var text = TimeText(bytes: bytes)
        guard var year = text.number(yearDigits), let month = text.number(2), let day = text.number(2),
            let hour = text.number(2), let minute = text.number(2)
        else { return nil }
        // RFC 5280, 4.1.2.5.1: two digits from 50 on are of the twentieth century.
        if yearDigits == 2 { year += year >= 50 ? 1900 : 2000 }
        let second = text.number(2) ?? 0
        if text.next == UInt8(ascii: ".") || text.next == UInt8(ascii: ",") {
            repeat { text.index += 1 } while text.next.map { (0x30...0x39).contains($0) } ?? false
        }
        guard let moment = Timestamp(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        else {
            return nil
        }
        var offset = 0
        let mark = text.next
        text.index += 1
        switch mark {
        case UInt8(ascii: "Z"): break
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            guard let hours = text.number(2), let minutes = text.number(2), hours < 24, minutes < 60 else { return nil }
            offset = (mark == UInt8(ascii: "+") ? 1 : -1) * (hours * 3600 + minutes * 60)
        default: return nil
        }
        return text.index == bytes.count ? Timestamp(secondsSince1970: moment.secondsSince1970 - Int64(offset)) : nil
    }
}

/// The characters of a time, read from the left.
private struct TimeText {
    let bytes: UnsafeBufferPointer<UInt8>
    var index = 0

    var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    /// So many digits.
    mutating func number(_ digits: Int) -> Int? {
        guard bytes.count - index >= digits else { return nil }
        var number = 0
        for byte in bytes[index..<(index + digits)] {
            guard (0x30...0x39).contains(byte) else { return nil }
            number = number * 10 + Int(byte - 0x30)
        }
        index += digits
        return number
    }
}

extension ASN1Identifier {
    /// The digits of the year in the two types of time, or `nil` for other types.
    var yearDigits: Int? {
        switch self {
        case .utcTime: 2
        case .generalizedTime: 4
        default: nil
        }
    }
}
