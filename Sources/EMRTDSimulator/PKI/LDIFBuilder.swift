import EMRTDTrust

/// Writes the text form of a directory (RFC 2849) as the ICAO PKD is downloaded: names, attributes in base64, folded lines.
package struct LDIFBuilder: Sendable {
    /// The value of an attribute.
    package enum Value: Sendable, Hashable {
        /// Text that is written as it is.
        case text(String)
        /// Bytes, which are written in base64.
        case bytes([UInt8])
    }

    /// An entry of the directory.
    package struct Entry: Sendable, Hashable {
        /// The distinguished name.
        package var name: String
        /// The attributes in their order.
        package var attributes: [Attribute]

        /// An entry.
        package init(name: String, attributes: [Attribute]) { (self.name, self.attributes) = (name, attributes) }
    }

    /// An attribute of an entry.
    package struct Attribute: Sendable, Hashable {
        /// The name with its options, such as `userCertificate;binary`.
        package var name: String
        /// The value.
        package var value: Value

        /// An attribute.
        package init(_ name: String, _ value: Value) { (self.name, self.value) = (name, value) }
    }

    /// The entries.
    package var entries: [Entry]
    /// The most columns of a line (RFC 2849, 2, note 2); 0 for lines that are not folded.
    package var width = 78
    /// What ends a line.
    package var lineEnd = "\n"
    /// Whether certificates and revocation lists have the option `;binary` in their attribute's name.
    package var usesBinaryOption = true

    /// A text of entries.
    package init(_ entries: [Entry] = []) { self.entries = entries }

    private static let root = "dc=data,dc=download,dc=pkd,dc=icao,dc=int"

    /// Adds a document signer's certificate.
    package mutating func addDocumentSigner(_ certificate: [UInt8], country: String, serial: String) {
        add("dsc", "userCertificate", certificate, country: country, serial: serial, isBinary: true)
    }

    /// Adds a CSCA's certificate.
    package mutating func addCSCA(_ certificate: [UInt8], country: String, serial: String) {
        add("csca", "cACertificate", certificate, country: country, serial: serial, isBinary: true)
    }

    /// Adds a revocation list.
    package mutating func addRevocationList(_ list: [UInt8], country: String, serial: String = "1") {
        add("crl", "certificateRevocationList", list, country: country, serial: serial, isBinary: true)
    }

    /// Adds a master list.
    ///
    /// - Parameter attribute: `pkdMasterListContent` of today's PKD, or `CscaMasterListData` of older texts.
    package mutating func addMasterList(
        _ list: [UInt8], country: String, serial: String = "1", attribute: String = "pkdMasterListContent"
    ) {
        add("ml", attribute, list, country: country, serial: serial, isBinary: false)
    }

    private mutating func add(
        _ unit: String, _ attribute: String, _ value: [UInt8], country: String, serial: String, isBinary: Bool
    ) {
        entries.append(
            Entry(
                name: "cn=O\\=swift-emrtd test PKI\\,C\\=\(country)+sn=\(serial),o=\(unit),c=\(country),\(Self.root)",
                attributes: [
                    Attribute("objectClass", .text("top")),
                    Attribute(attribute + (isBinary && usesBinaryOption ? ";binary" : ""), .bytes(value)),
                    Attribute("sn", .text(serial)), Attribute("pkdVersion", .text("1")),
                ]))
    }

    /// The text.
    package func encoded() -> [UInt8] {
        var out: [UInt8] = []
        line("version: 1", into: &out)
        for entry in entries {
            line("", into: &out)
            line("dn: " + entry.name, into: &out)
            for attribute in entry.attributes {
                switch attribute.value {
                case .text(let text): line(attribute.name + ": " + text, into: &out)
                case .bytes(let bytes): line(attribute.name + ":: " + Base64.encode(bytes), into: &out)
                }
            }
        }
        return out
    }

    /// Appends a line, folded: each further part begins with a space.
    private func line(_ text: String, into out: inout [UInt8]) {
        var rest = Array(text.utf8)[...]
        let limit = width > 1 ? width : rest.count + 1
        out += rest.prefix(limit)
        rest = rest.dropFirst(limit)
        while !rest.isEmpty {
            out += Array(lineEnd.utf8) + [0x20] + rest.prefix(limit - 1)
            rest = rest.dropFirst(limit - 1)
        }
        out += Array(lineEnd.utf8)
    }
}
