/// A small DER editor for tests: parses everything constructed and writes it again with other values in some places.
struct DERTree {
    indirect enum Node {
        case primitive([UInt8], [UInt8])
        case constructed([UInt8], [Node])
        /// Bytes that take the place of an element.
        case raw([UInt8])
    }
    var root: Node

    init(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        root = try DERTree.parse(&rest)
    }

    private struct Malformed: Error {}

    static func parse(_ rest: inout ArraySlice<UInt8>) throws -> Node {
        guard let tag = rest.popFirst(), var length = rest.popFirst().map(Int.init) else { throw Malformed() }
        if length > 0x80 {
            let count = length & 0x7F
            length = 0
            for _ in 0..<count { length = length << 8 | Int(rest.popFirst() ?? 0) }
        }
        guard rest.count >= length else { throw Malformed() }
        var value = rest.prefix(length)
        rest = rest.dropFirst(length)
        guard tag & 0x20 != 0 else { return .primitive([tag], Array(value)) }
        var children: [Node] = []
        while !value.isEmpty { children.append(try parse(&value)) }
        return .constructed([tag], children)
    }

    static func encode(_ node: Node) -> [UInt8] {
        if case .raw(let bytes) = node { return bytes }
        let (tag, value): ([UInt8], [UInt8]) =
            switch node {
            case .primitive(let tag, let value): (tag, value)
            case .constructed(let tag, let children): (tag, children.flatMap(encode))
            case .raw: ([], [])
            }
        let length: [UInt8] =
            switch value.count {
            case 0..<128: [UInt8(value.count)]
            case 128..<256: [0x81, UInt8(value.count)]
            default: [0x82, UInt8(value.count >> 8), UInt8(value.count & 0xFF)]
            }
        return tag + length + value
    }

    /// Applies a change at a path of child numbers; a negative number counts from the end.
    static func changing(_ node: Node, at path: ArraySlice<Int>, _ change: (Node) throws -> Node) rethrows -> Node {
        guard let index = path.first, case .constructed(let tag, var children) = node else { return try change(node) }
        let position = index < 0 ? children.count + index : index
        children[position] = try changing(children[position], at: path.dropFirst(), change)
        return .constructed(tag, children)
    }

    func changing(_ path: [Int], _ change: (Node) throws -> Node) rethrows -> [UInt8] {
        DERTree.encode(try DERTree.changing(root, at: path[...], change))
    }

    /// The path from tag 77 to the first SignerInfo.
    static let signerInfo = [0, 1, 0, -1, 0]

    func insertingZeroIntoSignature() throws -> [UInt8] {
        try changing(Self.signerInfo + [-1]) { node in
            guard case .primitive(let tag, let value) = node else { throw Malformed() }
            let inner = try DERTree(value).changing([0]) { integer in
                guard case .primitive(let tag, let number) = integer else { throw Malformed() }
                return .primitive(tag, [0] + number)
            }
            return .primitive(tag, inner)
        }
    }
}
