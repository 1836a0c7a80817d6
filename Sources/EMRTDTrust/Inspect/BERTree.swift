import ISO7816

/// Any BER as a tree of tags. Values are shown where a SEQUENCE or SET is outermost, as in PKI structures; what begins with
/// another tag may be a file with personal data, of which only tags and lengths are shown.
struct BERTree {
    let options: StructureOptions

    /// The most bytes of BER that is nothing known.
    private static let maximumSize = 1 << 22
    /// The most elements of a tree.
    private static let maximumNodes = 2000
    /// Bytes shown of one value, unless everything is asked for.
    private static let shownBytes = 64

    func tree(_ bytes: [UInt8]) throws(TrustError) -> StructureNode {
        guard bytes.count <= Self.maximumSize else {
            throw TrustError(
                .limitExceeded, "this is nothing known, and BER of more than \(Self.maximumSize) bytes is not shown")
        }
        do throws(TrustError) {
            return .object("BER", member: "ber", [try node(bytes[...])])
        } catch {
            // Several objects one after the other, or tags that the parser of ASN.1 does not take.
            guard bytes.first.map({ $0 & 0x1F != 0 }) == true, let objects = try? TLV.parseAll(bytes[...]),
                objects.count > 1 || bytes.first == 0x7F
            else { throw error }
            var left = Self.maximumNodes
            let shown = objects.prefix(options.maximumElements).map { tlv($0, depth: 0, &left) }
            return .object(
                "BER", member: "ber",
                [StructureNode("", "objects", .list(shown, omitted: objects.count - shown.count))])
        }
    }

    /// Whether an element begins as a private key does (PKCS #8, PKCS #1 or SEC 1): a version and then an octet string, or
    /// numbers alone.
    static func mayBePrivateKey(_ element: ASN1Element) -> Bool {
        guard var fields = try? element.fields(.sequence), let version = fields.next(),
            let number = try? version.smallInteger(), number <= 1
        else { return false }
        var count = 0
        while count < 9, let next = fields.next() {
            if next.identifier == .octetString { return true }
            guard next.identifier == .integer || next.identifier == .sequence else { return false }
            count += next.identifier == .integer ? 1 : 0
        }
        return count >= 8
    }

    /// The tree of exactly one element.
    func node(_ bytes: ArraySlice<UInt8>) throws(TrustError) -> StructureNode {
        let element = try ASN1Element(bytes, .ber, name: "BER", maximumSize: Self.maximumSize)
        var left = Self.maximumNodes
        let showsValues =
            (element.identifier == .sequence || element.identifier == .set) && !Self.mayBePrivateKey(element)
        return node(element, showsValues: showsValues, &left)
    }

    private func node(_ element: ASN1Element, showsValues: Bool, _ left: inout Int) -> StructureNode {
        left -= 1
        let name = element.berName
        switch element.parts {
        case .primitive(let bytes):
            let shown = showsValues ? value(element, bytes) : "\(bytes.count) bytes"
            return .object(
                name, member: "element", summary: shown,
                [
                    StructureNode("", "tag", .text(name)), StructureNode("", "length", .integer(bytes.count)),
                    StructureNode("", "value", .text(shown)),
                ].filter { showsValues || $0.member != "value" }, isLeafLine: true)
        case .constructed(let nodes):
            var children: [StructureNode] = []
            var count = 0
            for child in nodes {
                count += 1
                guard children.count < options.maximumElements, left > 0 else { continue }
                children.append(node(child, showsValues: showsValues, &left))
            }
            return .object(
                name, member: "element", summary: "\(element.encoded.count) bytes",
                [
                    StructureNode("", "tag", .text(name)), StructureNode("", "length", .integer(element.encoded.count)),
                    StructureNode("", "elements", .list(children, omitted: count - children.count)),
                ], isLeafLine: false)
        }
    }

    private func value(_ element: ASN1Element, _ bytes: ArraySlice<UInt8>) -> String {
        let shown = options.showsEverything ? bytes.count : Self.shownBytes
        let hexadecimal = bytes.prefix(shown).hexadecimal + (bytes.count > shown ? "... (\(bytes.count) bytes)" : "")
        guard element.identifier.tagClass == .universal else { return hexadecimal }
        switch element.identifier.tagNumber {
        case 1: return bytes.first == 0 ? "FALSE" : "TRUE"
        case 2 where bytes.count <= 7 && bytes.first.map({ $0 < 0x80 }) == true:
            return String(bytes.reduce(0) { $0 << 8 | Int($1) })
        case 5: return ""
        case 6:
            guard let oid = try? element.oid() else { return hexadecimal }
            return ObjectIdentifierNames.name(of: oid).map { "\($0) (\(oid))" } ?? oid.description
        case 12, 18, 19, 20, 22, 26, 28, 30:
            let text = element.text.printable
            return text.count <= 4 * shown || options.showsEverything ? text : text.prefix(4 * shown) + "..."
        case 23, 24: return element.time()?.description ?? hexadecimal
        default: return hexadecimal
        }
    }

    private func tlv(_ object: TLV, depth: Int, _ left: inout Int) -> StructureNode {
        left -= 1
        let name = "\(object.tag)"
        var children: [StructureNode] = []
        let isConstructed = object.tag.bytes.first.map { $0 & 0x20 != 0 } == true
        if isConstructed, depth < 16, let inner = try? object.children() {
            for child in inner where left > 0 && children.count < options.maximumElements {
                children.append(tlv(child, depth: depth + 1, &left))
            }
        }
        return .object(
            name, member: "element", summary: "\(object.value.count) bytes",
            [
                StructureNode("", "tag", .text(name)), StructureNode("", "length", .integer(object.value.count)),
            ] + (children.isEmpty ? [] : [StructureNode("", "elements", .list(children, omitted: 0))]),
            isLeafLine: children.isEmpty)
    }
}

extension ASN1Element {
    fileprivate var berName: String {
        switch identifier.tagClass {
        case .universal: universalTypeName
        case .contextSpecific: "[\(identifier.tagNumber)]"
        case .application: "[APPLICATION \(identifier.tagNumber)]"
        case .private: "[PRIVATE \(identifier.tagNumber)]"
        }
    }
}

extension StructureNode {
    /// An element of a generic tree: shown in one line where nothing is inside.
    fileprivate static func object(
        _ label: String, member: String, summary: String, _ fields: [StructureNode], isLeafLine: Bool
    ) -> StructureNode {
        StructureNode(label, member, .object(fields, summary: summary), isCollapsed: isLeafLine)
    }
}
