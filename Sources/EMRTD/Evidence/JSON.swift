/// A JSON value, for reports (RFC 8259). Objects keep the order of their members.
package indirect enum JSON: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    /// A number with three decimals, for milliseconds.
    case milliseconds(Duration)
    case string(String)
    case array([JSON])
    case object([(String, JSON)])

    /// A string, or null.
    package static func optional(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }
    /// An integer, or null.
    package static func optional(_ value: Int?) -> JSON { value.map { .integer($0) } ?? .null }

    /// The text, indented by two spaces.
    package func encoded() -> String {
        var out = ""
        write(to: &out, indent: 0)
        return out
    }

    private func write(to out: inout String, indent: Int) {
        func list<T>(_ items: [T], _ open: String, _ close: String, _ body: (T, inout String) -> Void) {
            guard !items.isEmpty else { return out += open + close }
            out += open
            for (index, item) in items.enumerated() {
                out += (index > 0 ? ",\n" : "\n") + String(repeating: "  ", count: indent + 1)
                body(item, &out)
            }
            out += "\n" + String(repeating: "  ", count: indent) + close
        }
        switch self {
        case .null: out += "null"
        case .bool(let value): out += value ? "true" : "false"
        case .integer(let value): out += String(value)
        case .milliseconds(let value): out += Self.decimal(value)
        case .string(let value): Self.quote(value, to: &out)
        case .array(let values): list(values, "[", "]") { $0.write(to: &$1, indent: indent + 1) }
        case .object(let members):
            list(members, "{", "}") { member, out in
                Self.quote(member.0, to: &out)
                out += ": "
                member.1.write(to: &out, indent: indent + 1)
            }
        }
    }

    private static func decimal(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let micro = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        let fraction = String(abs(micro % 1000))
        return String(micro / 1000) + "." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }

    private static func quote(_ text: String, to out: inout String) {
        out += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where SafeText.isUnsafe(scalar):
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }
}

/// Text from a document made harmless for a terminal: it may hold escape sequences or turn the direction of what follows.
package enum SafeText {
    /// Controls, marks that turn the direction of text (Unicode Standard Annex 9), and invisible characters. All of them
    /// are in the basic multilingual plane.
    package static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF: true
        default: false
        }
    }

    /// The text with every such character replaced by U+FFFD.
    package static func terminal(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { out.append(isUnsafe(scalar) ? "\u{FFFD}" : scalar) }
        return String(out)
    }
}
