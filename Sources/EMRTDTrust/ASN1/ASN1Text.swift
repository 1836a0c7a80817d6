import ISO7816

extension ASN1Element {
    /// The text of any string type; a value that is no string appears as `#` and its bytes in hexadecimal.
    var text: String {
        guard !isConstructed, identifier.tagClass == .universal else { return "#" + encoded.hexadecimal }
        let bytes = content
        switch identifier.tagNumber {
        case 12, 18, 19, 20, 22, 26:
            // UTF8String, NumericString, PrintableString, TeletexString, IA5String, VisibleString. Issuers put UTF-8 and
            // Latin-1 into all of them; nobody uses the escapes of T.61.
            return String(validating: bytes, as: UTF8.self) ?? latin1(bytes)
        case 28:  // UniversalString
            return utf32(bytes)
        case 30:  // BMPString
            var units: [UInt16] = []
            var rest = bytes
            while let high = rest.popFirst(), let low = rest.popFirst() {
                units.append(UInt16(high) << 8 | UInt16(low))
            }
            return String(decoding: units, as: UTF16.self)
        default: return "#" + encoded.hexadecimal
        }
    }

    private func latin1(_ bytes: ArraySlice<UInt8>) -> String {
        var out = String.UnicodeScalarView()
        for byte in bytes { out.append(Unicode.Scalar(byte)) }
        return String(out)
    }

    private func utf32(_ bytes: ArraySlice<UInt8>) -> String {
        var out = String.UnicodeScalarView()
        var rest = bytes
        while rest.count >= 4 {
            let value = rest.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            out.append(Unicode.Scalar(value) ?? "\u{FFFD}")
            rest = rest.dropFirst(4)
        }
        return String(out)
    }
}

extension String {
    /// The text without characters that could steer a terminal or reorder a line: controls and formatting marks.
    var printable: String {
        if utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return self }
        var out = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                out.append("\u{FFFD}")
            default: out.append(scalar)
            }
        }
        return String(out)
    }
}
