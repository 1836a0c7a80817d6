extension ASN1Element {
    /// The moment of a UTCTime or GeneralizedTime, or `nil` where the text is no time.
    ///
    /// Beyond the forms of RFC 5280, 4.1.2.5, missing seconds, fractions of a second and offsets are read, since
    /// certificates in the field have them.
    func time() -> Timestamp? {
        guard !isConstructed else { return nil }
        switch identifier {
        case .utcTime: return ASN1Element.time(content, yearDigits: 2)
        case .generalizedTime: return ASN1Element.time(content, yearDigits: 4)
        default: return nil
        }
    }

    static func time(_ bytes: ArraySlice<UInt8>, yearDigits: Int) -> Timestamp? {
        var rest = bytes
        func number(_ digits: Int) -> Int? {
            let part = rest.prefix(digits)
            guard part.count == digits, part.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            rest = rest.dropFirst(digits)
            return part.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }
        guard var year = number(yearDigits), let month = number(2), let day = number(2), let hour = number(2),
            let minute = number(2)
        else { return nil }
        // RFC 5280, 4.1.2.5.1: two digits from 50 on are of the twentieth century.
        if yearDigits == 2 { year += year >= 50 ? 1900 : 2000 }
        let second = number(2) ?? 0
        if let mark = rest.first, mark == UInt8(ascii: ".") || mark == UInt8(ascii: ",") {
            rest = rest.dropFirst().drop { (0x30...0x39).contains($0) }
        }
        guard let moment = Timestamp(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        else {
            return nil
        }
        var offset = 0
        switch rest.first {
        case UInt8(ascii: "Z"): rest = rest.dropFirst()
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            let sign = rest.first == UInt8(ascii: "+") ? 1 : -1
            rest = rest.dropFirst()
            guard let hours = number(2), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
            offset = sign * (hours * 3600 + minutes * 60)
        default: return nil
        }
        return rest.isEmpty ? Timestamp(secondsSince1970: moment.secondsSince1970 - Int64(offset)) : nil
    }
}
