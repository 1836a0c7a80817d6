import ISO7816
package import LDS

/// Encodes the ASN.1 types that certificates, CMS and SecurityInfos are made of, in DER (ISO/IEC 8825-1, clauses 8 to 11).
///
/// It shares nothing with the decoder that verifies these structures, so that a mistake in one does not hide in the other.
package enum DEREncoder {
    /// A SEQUENCE of encoded elements.
    package static func sequence(_ elements: [UInt8]...) -> [UInt8] { sequence(elements) }

    /// A SEQUENCE of encoded elements.
    package static func sequence(_ elements: [[UInt8]]) -> [UInt8] { TLV.encode(0x30, children: elements) }

    /// A SET OF of encoded elements, in ascending order of their encodings (11.6).
    package static func set(_ elements: [[UInt8]]) -> [UInt8] {
        TLV.encode(0x31, children: elements.sorted { $0.lexicographicallyPrecedes($1) })
    }

    /// The element inside an EXPLICIT context-specific tag; `number` is below 31.
    package static func explicit(_ number: UInt8, _ element: [UInt8]) -> [UInt8] {
        TLV.encode(Tag(0xA0 | UInt32(number & 0x1F)), element)
    }

    /// A primitive value under an IMPLICIT context-specific tag; `number` is below 31.
    package static func implicit(_ number: UInt8, _ value: [UInt8]) -> [UInt8] {
        TLV.encode(Tag(0x80 | UInt32(number & 0x1F)), value)
    }

    /// A non-negative INTEGER.
    package static func integer(_ value: UInt) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest > 0 {
            bytes.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        }
        return integer(magnitude: bytes)
    }

    /// A non-negative INTEGER from its big-endian magnitude; leading zeros are dropped, an empty magnitude is zero (8.3).
    package static func integer(magnitude: some Collection<UInt8>) -> [UInt8] {
        var value = Array(magnitude.drop { $0 == 0 })
        if (value.first ?? 0x80) & 0x80 != 0 { value.insert(0, at: 0) }
        return TLV.encode(0x02, value)
    }

    /// A BOOLEAN (11.1).
    package static func boolean(_ value: Bool) -> [UInt8] { TLV.encode(0x01, [value ? 0xFF : 0x00]) }

    /// NULL.
    package static let null: [UInt8] = [0x05, 0x00]

    /// An OCTET STRING.
    package static func octetString(_ value: [UInt8]) -> [UInt8] { TLV.encode(0x04, value) }

    /// A BIT STRING of whole bytes.
    package static func bitString(_ value: [UInt8]) -> [UInt8] { TLV.encode(0x03, [0] + value) }

    /// A BIT STRING with named bits, numbered from 0 to 15; trailing zero bits are dropped (11.2.2).
    package static func namedBits(_ bits: [Int]) -> [UInt8] {
        var flags: UInt16 = 0
        for bit in bits where (0..<16).contains(bit) { flags |= 0x8000 >> UInt16(bit) }
        guard flags != 0 else { return TLV.encode(0x03, [0]) }
        let unused = flags.trailingZeroBitCount
        let both = [UInt8(flags >> 8), UInt8(flags & 0xFF)]
        return TLV.encode(0x03, [UInt8(unused % 8)] + (unused >= 8 ? both.prefix(1) : both.prefix(2)))
    }

    /// A UTF8String.
    package static func utf8String(_ text: String) -> [UInt8] { TLV.encode(0x0C, Array(text.utf8)) }

    /// A PrintableString.
    ///
    /// - Throws: ``PersonalisationError`` `invalidCharacter` outside the set of ITU-T X.680, 41.4.
    package static func printableString(_ text: String) throws -> [UInt8] {
        let marks = Array(" '()+,-./:=?".utf8)
        let allowed = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: marks.contains(byte)
            }
        }
        guard allowed else {
            throw PersonalisationError(
                .invalidCharacter, "a PrintableString holds letters, digits, space and '()+,-./:=? only")
        }
        return TLV.encode(0x13, Array(text.utf8))
    }

    /// A Time of X.509 at a moment of a day: UTCTime from 1950 to 2049, else GeneralizedTime (RFC 5280, 4.1.2.5).
    package static func time(_ date: CalendarDate, endOfDay: Bool = false) -> [UInt8] {
        let clock = endOfDay ? "235959Z" : "000000Z"
        return (1950...2049).contains(date.year)
            ? TLV.encode(0x17, Array((date.mrz + clock).utf8)) : TLV.encode(0x18, Array((date.compact + clock).utf8))
    }

    /// The value of a GeneralizedTime, without its tag.
    package static func generalizedTimeValue(_ date: CalendarDate, endOfDay: Bool = false) -> [UInt8] {
        Array((date.compact + (endOfDay ? "235959Z" : "000000Z")).utf8)
    }

    /// An OBJECT IDENTIFIER from dotted decimal text; arcs may have any number of digits up to 40, as those below 2.25 do.
    ///
    /// - Throws: ``PersonalisationError`` `invalidObjectIdentifier`.
    package static func objectIdentifier(_ dotted: String) throws -> [UInt8] {
        let arcs = dotted.split(separator: ".", omittingEmptySubsequences: false)
        let malformed = PersonalisationError(
            .invalidObjectIdentifier, "an object identifier is two to 32 decimal arcs joined by dots")
        guard (2...32).contains(arcs.count), let first = UInt8(arcs[0]), first <= 2 else { throw malformed }
        var body: [UInt8] = []
        for (index, arc) in arcs.enumerated().dropFirst() {
            guard !arc.isEmpty, arc.utf8.count <= 40, arc.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                arc == "0" || arc.utf8.first != 0x30
            else { throw malformed }
            var digits = arc.utf8.map { $0 - 0x30 }
            if index == 1 {
                guard first == 2 || (UInt8(arc) ?? 255) < 40 else { throw malformed }
                digits = add(40 * first, to: digits)
            }
            body += base128(digits)
        }
        return TLV.encode(0x06, body)
    }

    /// Adds a small number to a decimal number of digit values.
    private static func add(_ value: UInt8, to digits: [UInt8]) -> [UInt8] {
        var carry = Int(value)
        var out: [UInt8] = []
        for digit in digits.reversed() {
            let sum = Int(digit) + carry
            out.append(UInt8(sum % 10))
            carry = sum / 10
        }
        while carry > 0 {
            out.append(UInt8(carry % 10))
            carry /= 10
        }
        return out.reversed()
    }

    /// The base-128 form (8.19.2) of a decimal number of digit values, by repeated division.
    private static func base128(_ decimal: [UInt8]) -> [UInt8] {
        var digits = decimal
        var out: [UInt8] = []
        repeat {
            var remainder = 0
            var quotient: [UInt8] = []
            for digit in digits {
                let value = remainder * 10 + Int(digit)
                let part = UInt8(value / 128)
                if part != 0 || !quotient.isEmpty { quotient.append(part) }
                remainder = value % 128
            }
            out.insert(UInt8(remainder) | (out.isEmpty ? 0 : 0x80), at: 0)
            digits = quotient
        } while !digits.isEmpty
        return out
    }
}
