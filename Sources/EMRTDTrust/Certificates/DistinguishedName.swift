/// A distinguished name of a certificate (RFC 5280, 4.1.2.4) with the bytes it came in.
public struct DistinguishedName: Sendable, Hashable, CustomStringConvertible {
    /// The encoded name as it came.
    public let encoded: [UInt8]

    /// One attribute of a name, for example the country.
    struct Attribute {
        let type: ASN1OID
        let text: String
        /// The string type in which the value came.
        let stringType: ASN1Identifier
    }

    init(_ element: ASN1Element) throws(TrustError) {
        _ = try element.fields(.sequence)
        encoded = Array(element.encoded)
    }

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
        guard let element = try? ASN1Element(encoded[...], .ber, name: "Name"),
            var names = try? element.fields(.sequence)
        else { return }
        while let relative = names.next() {
            guard var set = try? relative.fields(.set) else { continue }
            while let pair = set.next() {
                guard var fields = try? pair.fields(.sequence), let type = try? fields.required("type").oid(),
                    let value = fields.next()
                else { continue }
                guard body(type, value) else { return }
            }
        }
    }

    /// The text of the first attribute of a type.
    private func first(_ type: ASN1OID) -> String? {
        var found: String?
        walk { other, value in
            if other == type { found = value.text }
            return found == nil
        }
        return found
    }

    /// The country (C) in upper case: two letters in most certificates.
    public var country: String? { first(Self.countryName)?.uppercased() }

    /// The common name (CN).
    public var commonName: String? { first(Self.commonName) }

    /// The name with the differences removed that eMRTD PKIs show between a subject and the issuer that repeats it:
    /// string type, letter case, and white space at the ends or repeated (RFC 5280, 7.1).
    var normalised: String {
        attributes.map { attribute in
            let words = attribute.text.lowercased().split { $0.isWhitespace }
            return attribute.type.description + "=" + words.joined(separator: " ")
        }.joined(separator: "\u{1F}")
    }

    /// Whether two names are the same, by their bytes or normalised.
    public func matches(_ other: DistinguishedName) -> Bool {
        if encoded == other.encoded { return true }
        let name = normalised
        return !name.isEmpty && name == other.normalised
    }

    /// The readable name, such as `C=DE, O=Country, CN=CSCA`. Control characters are replaced.
    public var description: String {
        attributes.map { (Self.shortNames[$0.type] ?? $0.type.description) + "=" + $0.text.printable }.joined(
            separator: ", ")
    }

    static let countryName = ASN1OID(2, 5, 4, 6)
    private static let commonName = ASN1OID(2, 5, 4, 3)
    private static let shortNames: [ASN1OID: String] = [
        countryName: "C", commonName: "CN", ASN1OID(2, 5, 4, 10): "O", ASN1OID(2, 5, 4, 11): "OU",
        ASN1OID(2, 5, 4, 5): "SERIALNUMBER",
        ASN1OID(2, 5, 4, 7): "L", ASN1OID(2, 5, 4, 8): "ST", ASN1OID(2, 5, 4, 9): "STREET",
        ASN1OID(0, 9, 2342, 19_200_300, 100, 1, 25): "DC", ASN1OID(1, 2, 840, 113_549, 1, 9, 1): "E",
    ]
}
