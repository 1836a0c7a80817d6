import ISO7816

/// Makes records of the lines of an LDIF text (RFC 2849, formal syntax).
struct LDIFParser {
    private(set) var entries: [LDIF.Entry] = []
    private(set) var problems: [LDIF.Problem] = []
    private(set) var problemCount = 0

    private struct Record {
        let dn: String
        let line: Int
        var changeType: String?
        var attributes: [LDIF.Attribute] = []
    }
    private var record: Record?
    /// Lines are skipped until the next empty one, after a record that does not begin with `dn:`.
    private var isSkipping = false

    init() {}

    mutating func take(_ line: LDIFLines.Line) throws(TrustError) {
        guard !line.content.isEmpty else {
            try finishRecord()
            isSkipping = false
            return
        }
        guard !isSkipping else { return }
        // "-" ends one change of a modify record.
        if line.content.elementsEqual([UInt8(ascii: "-")]), record?.changeType == "modify" { return }
        guard let colon = line.content.firstIndex(of: UInt8(ascii: ":")),
            let name = Self.name(line.content[..<colon])
        else {
            problem(line.number, "a line without the name of an attribute")
            return
        }
        let value: [UInt8]
        do throws(TrustError) {
            value = try Self.value(line.content[(colon + 1)...])
        } catch {
            problem(line.number, error.reason)
            // A record whose name cannot be read has no attributes that could be placed.
            if record == nil, name == "dn" { isSkipping = true }
            return
        }
        try take(name, value, line.number)
    }

    private mutating func take(_ name: String, _ value: [UInt8], _ line: Int) throws(TrustError) {
        guard var current = record else {
            switch name {
            case "version":
                if value != [UInt8(ascii: "1")] { problem(line, "a version that is not 1") }
            case "dn": record = Record(dn: String(decoding: value, as: UTF8.self).printable, line: line)
            default:
                problem(line, "a record that does not begin with dn:")
                isSkipping = true
            }
            return
        }
        // Changing the record in place: a second reference would copy its attributes for each line.
        record = nil
        defer { record = current }
        switch name {
        case "dn": problem(line, "a second dn: in one record; an empty line is missing")
        case "changetype" where current.attributes.isEmpty:
            current.changeType = String(decoding: value.prefix(32), as: UTF8.self).printable.lowercased()
        case "control" where current.changeType == nil: problem(line, "a control, which is ignored")
        default:
            guard current.attributes.count < LDIF.maximumAttributes else {
                throw TrustError(
                    .limitExceeded, "more than \(LDIF.maximumAttributes) values in one record",
                    location: "LDIF line \(line)")
            }
            current.attributes.append(LDIF.Attribute(name: name, value: value, line: line))
        }
    }

    /// Ends the record at an empty line or at the end of the text.
    mutating func finishRecord() throws(TrustError) {
        guard let current = record else { return }
        record = nil
        guard entries.count < LDIF.maximumEntries else {
            throw TrustError(.limitExceeded, "more than \(LDIF.maximumEntries) records", location: "LDIF")
        }
        if let type = current.changeType, type != "add" {
            problem(current.line, "a change record (\(type)) is not applied")
        }
        entries.append(
            LDIF.Entry(
                dn: current.dn, line: current.line, changeType: current.changeType, attributes: current.attributes))
    }

    private mutating func problem(_ line: Int, _ reason: String) {
        problemCount += 1
        if problems.count < LDIF.maximumProblems { problems.append(LDIF.Problem(line: line, reason: reason)) }
    }

    /// The name of an attribute in lower case without the option that says how its value is encoded, or `nil` where this is none.
    private static func name(_ bytes: ArraySlice<UInt8>) -> String? {
        guard let first = bytes.first, bytes.count <= 128 else { return nil }
        let isLetter = (0x41...0x5A).contains(first) || (0x61...0x7A).contains(first)
        let isDigit = (0x30...0x39).contains(first)
        let isName = bytes.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ";"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isLetter || isDigit, isName else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).lowercased().split(separator: ";")
        return parts.filter { $0 != "binary" }.joined(separator: ";")
    }

    /// The value after the first colon: text, `: base64`, or a URL, which is refused.
    private static func value(_ bytes: ArraySlice<UInt8>) throws(TrustError) -> [UInt8] {
        switch bytes.first {
        case UInt8(ascii: ":"):
            let text = bytes.dropFirst().filter { $0 != 0x20 && $0 != 0x09 }
            guard let decoded = Base64.decode(text) else { throw TrustError(.malformed, "a value is not base64") }
            return decoded
        case UInt8(ascii: "<"):
            throw TrustError(.malformed, "a value is given by URL, and nothing outside the text is read")
        default:
            return Array(bytes.drop { $0 == 0x20 })
        }
    }
}
