/// The text form of a directory (LDIF, RFC 2849) in which the ICAO PKD is downloaded: folded lines, base64 values, comments.
///
/// Nothing outside the text is ever read: values given by URL (`attribute:< file:...`) are problems. A text with problems is
/// still a value; each problem names its line.
public struct LDIF: Sendable {
    /// One attribute value of an entry.
    public struct Attribute: Sendable, Hashable {
        /// The name in lower case, without the option `;binary`.
        public let name: String
        /// The value's bytes, decoded where the text has base64.
        public let value: [UInt8]
        /// The line on which it starts, from 1.
        public let line: Int

        /// The value as text, where it is UTF-8.
        public var text: String? { String(validating: value, as: UTF8.self) }
    }

    /// One record.
    public struct Entry: Sendable, Hashable {
        /// The distinguished name as the text has it.
        public let dn: String
        /// The line on which the record starts, from 1.
        public let line: Int
        /// What a change record does (`add`, `delete`, `modify`, `modrdn`), or `nil` for a plain entry.
        public let changeType: String?
        /// The attributes in the order they came.
        public let attributes: [Attribute]

        /// Whether the record says that the entry exists, so that its values count: a plain entry, or one that is added.
        public var isContent: Bool { changeType == nil || changeType == "add" }
    }

    /// Something in the text that was not taken.
    public struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// The line, from 1.
        public let line: Int
        /// What was wrong.
        public let reason: String

        /// The line and the reason.
        public var description: String { "line \(line): \(reason)" }
    }

    /// A value that holds a certificate, a list or a revocation list.
    public struct Value: Sendable, Hashable {
        /// The entry's name.
        public let dn: String
        /// The line on which the value starts, from 1.
        public let line: Int
        /// The bytes.
        public let bytes: [UInt8]
    }

    /// The records in the order they came.
    public let entries: [Entry]
    /// What was not taken: at most ``maximumProblems``.
    public let problems: [Problem]
    /// How many problems there are, also beyond ``maximumProblems``.
    public let problemCount: Int

    /// The largest text accepted, in bytes. The document signers of the whole world make about 100 million.
    public static let maximumSize = 1 << 28
    /// The most records accepted.
    public static let maximumEntries = 1 << 20
    /// The most attribute values accepted in one record.
    public static let maximumAttributes = 4096
    /// The most problems listed.
    public static let maximumProblems = 1000

    /// Parses a text.
    ///
    /// - Throws: ``TrustError`` `limitExceeded`, or `malformed` where the text has no record at all.
    public init(_ text: [UInt8]) throws(TrustError) {
        guard text.count <= Self.maximumSize else {
            throw TrustError(
                .limitExceeded, "\(text.count) bytes, at most \(Self.maximumSize) are accepted", location: "LDIF")
        }
        var parser = LDIFParser()
        var lines = LDIFLines(text)
        while let line = lines.next() { try parser.take(line) }
        try parser.finishRecord()
        entries = parser.entries
        problems = parser.problems
        problemCount = parser.problemCount
        guard !entries.isEmpty else {
            throw TrustError(.malformed, "the text has no record that begins with dn:", location: "LDIF")
        }
    }

    /// Whether bytes look like LDIF: their first line that is neither empty nor a comment begins with `version:` or `dn:`.
    public static func isLikely(_ text: some Collection<UInt8>) -> Bool {
        var lines = LDIFLines(Array(text.prefix(1 << 16)))
        guard let line = lines.next(skippingEmpty: true) else { return false }
        let start = line.content.prefix(8).map { $0 | 0x20 }
        return start.starts(with: Array("version:".utf8)) || start.starts(with: Array("dn:".utf8))
    }

    /// The certificates: values of `userCertificate` and `cACertificate` (RFC 4523, 4).
    public var certificates: [Value] { values(["usercertificate", "cacertificate"]) }

    /// The CSCA master lists: values of `pkdMasterListContent` (schema of the ICAO PKD) and `CscaMasterListData`.
    public var masterLists: [Value] { values(["pkdmasterlistcontent", "cscamasterlistdata"]) }

    /// The revocation lists: values of `certificateRevocationList` and `authorityRevocationList` (RFC 4523, 4).
    public var revocationLists: [Value] { values(["certificaterevocationlist", "authorityrevocationlist"]) }

    private func values(_ names: Set<String>) -> [Value] {
        var out: [Value] = []
        for entry in entries where entry.isContent {
            for attribute in entry.attributes where names.contains(attribute.name) && !attribute.value.isEmpty {
                out.append(Value(dn: entry.dn, line: attribute.line, bytes: attribute.value))
            }
        }
        return out
    }
}
