import ISO7816

/// One field of an inspected file: the standard's name of the field, the name of its JSON member, and what stands there.
///
/// A tree of these is what `emrtd inspect` prints. Nothing in it is judged: that a field can be read says nothing about
/// whether it is true.
public struct StructureNode: Sendable, Hashable {
    /// What stands in a field.
    public enum Content: Sendable, Hashable {
        /// Text, as it came: it may hold control characters. A program that prints it has to make it harmless.
        case text(String)
        case integer(Int)
        case bool(Bool)
        /// Bytes, for example of an identifier, a hash or a signature.
        case bytes([UInt8])
        /// A SHA-256 fingerprint.
        case fingerprint([UInt8])
        /// A moment, or `nil` where the field holds no readable one.
        case time(Timestamp?)
        /// An object identifier, dotted, with its name where it is known.
        case identifier(String, name: String?)
        /// Fields by name. `summary` says the same in one line where it can be said so.
        case object([StructureNode], summary: String?)
        /// Elements of one kind. `omitted` counts those that were left out to keep the tree small.
        case list([StructureNode], omitted: Int)
    }

    /// The field's name in the standard.
    public let label: String
    /// The stable name of the JSON member.
    public let member: String
    /// What stands in the field.
    public let content: Content
    /// Whether the summary is enough for a reader, so that the fields inside are shown on demand only.
    public let isCollapsed: Bool

    /// Creates a node.
    public init(_ label: String, _ member: String, _ content: Content, isCollapsed: Bool = false) {
        self.label = label
        self.member = member
        self.content = content
        self.isCollapsed = isCollapsed
    }

    /// Creates a node whose member has the name of the label.
    public init(_ label: String, _ content: Content, isCollapsed: Bool = false) {
        self.init(label, label, content, isCollapsed: isCollapsed)
    }

    /// The fields or elements inside; none in a simple value.
    public var children: [StructureNode] {
        switch content {
        case .object(let fields, _): fields
        case .list(let elements, _): elements
        default: []
        }
    }

    /// The first field inside with a member name.
    public subscript(member: String) -> StructureNode? { children.first { $0.member == member } }

    /// The value in one line, or `nil` where the node only has others inside. Fingerprints are in lower case as `sha256sum`
    /// prints them, other bytes in upper case.
    public var text: String? {
        switch content {
        case .text(let text): text
        case .integer(let value): String(value)
        case .bool(let value): value ? "yes" : "no"
        case .bytes(let bytes): bytes.hexadecimal
        case .fingerprint(let bytes): bytes.hexadecimal.lowercased()
        case .time(let time): time?.description ?? "not readable"
        case .identifier(let dotted, let name): name.map { "\($0) (\(dotted))" } ?? dotted
        case .object(_, let summary): summary
        case .list: nil
        }
    }
}

extension StructureNode {
    static func oid(_ label: String, member: String? = nil, _ value: ASN1OID) -> StructureNode {
        StructureNode(
            label, member ?? label, .identifier(value.description, name: ObjectIdentifierNames.name(of: value)))
    }

    static func object(
        _ label: String, member: String? = nil, summary: String? = nil, isCollapsed: Bool = false,
        _ fields: [StructureNode]
    ) -> StructureNode {
        StructureNode(label, member ?? label, .object(fields, summary: summary), isCollapsed: isCollapsed)
    }

    /// A list with no more elements than `options` allow.
    static func list<Elements: Collection>(
        _ label: String, member: String? = nil, _ elements: Elements, _ options: StructureOptions,
        _ body: (Elements.Element) -> StructureNode
    ) -> StructureNode {
        let shown = elements.prefix(options.maximumElements)
        return StructureNode(label, member ?? label, .list(shown.map(body), omitted: elements.count - shown.count))
    }

    /// A list of short texts.
    static func texts(_ label: String, member: String? = nil, _ texts: some Sequence<String>) -> StructureNode {
        StructureNode(label, member ?? label, .list(texts.map { StructureNode("", "", .text($0)) }, omitted: 0))
    }
}

/// How much of a file is shown.
public struct StructureOptions: Sendable, Hashable {
    /// The most elements shown of any one list, 1 or more.
    public var maximumElements: Int
    /// Whether certificates inside a list are shown with all their fields, and not in brief.
    public var showsEverything: Bool

    /// Creates options; 1,000 elements a list, and certificates of lists in brief, where nothing else is said.
    public init(maximumElements: Int = 1000, showsEverything: Bool = false) {
        self.maximumElements = max(1, maximumElements)
        self.showsEverything = showsEverything
    }
}
