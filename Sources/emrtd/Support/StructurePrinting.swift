import EMRTD
import EMRTDTrust

/// Prints the tree of an inspected file, as text or JSON.
struct StructurePrinter {
    /// Whether fields that a reader seldom wants are shown in the text.
    let showsEverything: Bool

    /// The lines of a node and what is inside.
    func lines(_ node: StructureNode, indent: Int = 0) -> [String] {
        if node.isCollapsed, node.text == nil, !showsEverything { return [] }
        let margin = String(repeating: "  ", count: indent)
        var out: [String] = []
        if let text = node.text {
            guard !text.isEmpty || node.label.isEmpty else { return [] }
            out.append(margin + (node.label.isEmpty ? "" : "\(node.label): ") + SafeText.terminal(shortened(text)))
        } else if !node.label.isEmpty {
            guard !node.children.isEmpty else { return [] }
            out.append(margin + node.label + ":")
        }
        guard showsEverything || !node.isCollapsed else { return out }
        let inner = out.isEmpty ? indent : indent + 1
        switch node.content {
        case .object(let fields, _):
            // Fields without a label are for programs, except lists, whose elements then stand at this level.
            for field in fields where !field.label.isEmpty || field.isList { out += lines(field, indent: inner) }
        case .list(let elements, let omitted):
            for element in elements { out += lines(element, indent: inner) }
            if omitted > 0 {
                out.append(
                    String(repeating: "  ", count: inner)
                        + "... and \(omitted) more, which --limit \(elements.count + omitted) shows")
            }
        default: break
        }
        return out
    }

    private func shortened(_ text: String) -> String {
        guard !showsEverything, text.utf8.count > 400 else { return text }
        return String(text.prefix(400)) + "... (--full shows all)"
    }

    /// The JSON value of a node.
    static func json(_ node: StructureNode) -> JSON {
        switch node.content {
        case .integer(let value): return .integer(value)
        case .bool(let value): return .bool(value)
        case .time(let time): return .optional(time?.description)
        case .identifier(let dotted, let name): return .object([("oid", .string(dotted)), ("name", .optional(name))])
        case .object(let fields, _): return .object(members(fields))
        case .list(let elements, _): return .array(elements.map(json))
        case .text, .bytes, .fingerprint: return .string(node.text ?? "")
        }
    }

    /// The members of an object. A list that was cut is followed by a member that says how much is missing.
    private static func members(_ fields: [StructureNode]) -> [(String, JSON)] {
        var out: [(String, JSON)] = []
        var names: Set<String> = []
        for field in fields where !field.member.isEmpty && names.insert(field.member).inserted {
            out.append((field.member, json(field)))
            if case .list(_, let omitted) = field.content, omitted > 0 {
                out.append((field.member + "Omitted", .integer(omitted)))
            }
        }
        return out
    }
}

extension StructureNode {
    fileprivate var isList: Bool { if case .list = content { true } else { false } }
}
