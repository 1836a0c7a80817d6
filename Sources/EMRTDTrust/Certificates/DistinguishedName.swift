import Synchronization

/// A distinguished name of a certificate (RFC 5280, 4.1.2.4) with the bytes it came in.
public struct DistinguishedName: Sendable, Hashable, CustomStringConvertible {
    /// The encoded name as it came.
    public var encoded: [UInt8] { Array(bytes) }
    let bytes: ArraySlice<UInt8>
    private let derived = Derived()

    /// One attribute of a name, for example the country.
    struct Attribute {
        let type: ASN1OID
        let text: String
        /// The string type in which the value came.
        let stringType: ASN1Identifier
    }

    init(_ element: ASN1Element) throws(TrustError) {
        _ = try element.fields(.sequence)
        bytes = element.encoded
    }

    init(_ reader: inout ASN1Reader, _ field: StaticString) throws(TrustError) {
        bytes = try reader.encoded(constructed: .sequence, field)
    }

    /// Two names are equal when all their bytes are; see ``matches(_:)``.
    public static func == (a: DistinguishedName, b: DistinguishedName) -> Bool { a.bytes == b.bytes }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

    /// The attributes in the order they came in. A name that cannot be taken apart has none.
    var attributes: [Attribute] {
        var out: [Attribute] = []
        walk { type, value in
            out.append(Attribute(type: type, text: value.text, stringType: value.identifier))
            return true
        }
        return out
    }

    /// Visits types and values in the order they came in, for as long as `body` says so.
    private func walk(_ body: (ASN1OID, ASN1Element) -> Bool) {
        guard let element = try? ASN1Element(bytes, .ber, name: "Name"),
            var names = try? element.fields(.sequence)
        else { return }
        while let relative = names.next() {
            guard var set = try? relative.fields(.set) else { continue }
            while let pair = set.next() {
                // A type that no object identifier can be written as is still another type than all others.
                guard var fields = try? pair.fields(.sequence),
                    let type = try? fields.required("type").primitive(.objectIdentifier), let value = fields.next()
                else { continue }
                guard body(ASN1OID(contents: type), value) else { return }
            }
        }
    }

    /// The text of the first attribute of a type.
    private func first(_ type: ASN1OID) -> String? {
        var reader = ASN1Reader(bytes, name: "Name")
        if let found = try? reader.firstAttribute(type) { return found }
        // Absent, or after something that cannot be read.
        var found: String?
        walk { other, value in
            if other == type { found = value.text }
            return found == nil
        }
        return found
    }

    /// The country (C) in upper case: two letters in most certificates.
    public var country: String? {
        derived.country {
            guard let country = first(Self.countryName) else { return nil }
            return country.utf8.allSatisfy { (0x41...0x5A).contains($0) } ? country : country.uppercased()
        }
    }

    /// The common name (CN).
    public var commonName: String? { first(Self.commonName) }

    /// The name with the differences removed that eMRTD PKIs show between a subject and the issuer that repeats it:
    /// string type, letter case, and white space at the ends or repeated (RFC 5280, 7.1).
    /// Worked out once for all copies of the value.
    var normalised: String { derived.normalised(make: makeNormalised).text }

    /// ``KeyIndex/hash(_:)`` of the normalised name.
    var normalisedHash: UInt64 { derived.normalised(make: makeNormalised).hash }

    private func makeNormalised() -> String {
        var out = ""
        walk { type, value in
            if !out.isEmpty { out += "\u{1F}" }
            out += (Self.dotted[type] ?? type.description) + "="
            Self.appendFolded(value.text, to: &out)
            return true
        }
        return out
    }

    /// Appends a text in lower case, its words separated by single spaces.
    private static func appendFolded(_ text: String, to out: inout String) {
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
            out += text.lowercased().split { $0.isWhitespace }.joined(separator: " ")
            return
        }
        // The same for ASCII, without looking properties of characters up.
        var folded: [UInt8] = []
        folded.reserveCapacity(text.utf8.count)
        var isBetweenWords = false
        for byte in text.utf8 {
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                isBetweenWords = !folded.isEmpty
                continue
            }
            if isBetweenWords { folded.append(0x20) }
            isBetweenWords = false
            folded.append((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
        }
        out += String(decoding: folded, as: UTF8.self)
    }

    /// Whether two names are the same, by their bytes or normalised.
    public func matches(_ other: DistinguishedName) -> Bool {
        if bytes == other.bytes { return true }
        let name = normalised
        return !name.isEmpty && normalisedHash == other.normalisedHash && name == other.normalised
    }

    /// The readable name, such as `C=DE, O=Country, CN=CSCA`: on one line, control characters replaced, white space once, and at
    /// most 300 characters, since whoever makes a certificate chooses its names.
    public var description: String {
        let parts = attributes.prefix(32).map { attribute in
            let words = attribute.text.prefix(300).split { $0.isWhitespace }
            return (Self.shortNames[attribute.type] ?? attribute.type.description) + "="
                + words.joined(separator: " ").printable
        }
        let text = parts.joined(separator: ", ")
        return text.count <= 300 ? text : text.prefix(300) + "…"
    }

    static let countryName = ASN1OID(2, 5, 4, 6)
    private static let commonName = ASN1OID(2, 5, 4, 3)
    private static let shortNames: [ASN1OID: String] = [
        countryName: "C", commonName: "CN", ASN1OID(2, 5, 4, 10): "O", ASN1OID(2, 5, 4, 11): "OU",
        ASN1OID(2, 5, 4, 5): "SERIALNUMBER",
        ASN1OID(2, 5, 4, 7): "L", ASN1OID(2, 5, 4, 8): "ST", ASN1OID(2, 5, 4, 9): "STREET",
        ASN1OID(0, 9, 2342, 19_200_300, 100, 1, 25): "DC", ASN1OID(1, 2, 840, 113_549, 1, 9, 1): "E",
    ]

    /// The dotted forms of the types that nearly all names consist of.
    private static let dotted: [ASN1OID: String] = {
        var out: [ASN1OID: String] = [:]
        for type in shortNames.keys { out[type] = type.description }
        return out
    }()

    /// What a name's bytes say, once it has been asked for.
    private final class Derived: Sendable {
        private struct Known {
            var normalised: (text: String, hash: UInt64)?
            var country: String??
        }

        private let known = Mutex(Known())

        // Two threads may work the same out at the same time; they find the same.
        func normalised(make: () -> String) -> (text: String, hash: UInt64) {
            if let found = known.withLock({ $0.normalised }) { return found }
            let text = make()
            let made = (text, KeyIndex.hash(text.utf8))
            known.withLock { $0.normalised = made }
            return made
        }

        func country(make: () -> String?) -> String? {
            if let found = known.withLock({ $0.country }) { return found }
            let made = make()
            known.withLock { $0.country = .some(made) }
            return made
        }
    }
}

extension ASN1Reader {
    /// The text of the first attribute of a type in a Name (RFC 5280, 4.1.2.4).
    fileprivate mutating func firstAttribute(_ type: ASN1OID) throws(TrustError) -> String? {
        _ = try open(.sequence, "rdnSequence")
        while hasMore {
            let relative = try open(.set, "relativeDistinguishedName")
            while hasMore {
                let pair = try open(.sequence, "attributeTypeAndValue")
                if try oid("type") == type { return try element("value").text }
                _ = try encoded("value")
                try close(pair)
            }
            try close(relative)
        }
        return nil
    }
}
