/// One ASN.1 element of which only tag and length were read.
///
/// Lists with a hundred thousand entries are walked this way: parsing them whole would build a node for every value in them.
struct ShallowElement {
    /// Tag, length and value as they came, with the end-of-contents where the length is indefinite.
    let encoded: ArraySlice<UInt8>
    /// The value, without the end-of-contents.
    let content: ArraySlice<UInt8>

    /// The identifier byte.
    var tag: UInt8 { encoded.first ?? 0 }

    /// The whole tree of this element.
    func parsed(name: String) throws(TrustError) -> ASN1Element { try ASN1Element(encoded, .ber, name: name) }
}

/// The elements at one level, read one after the other in DER or BER.
struct ShallowElements {
    private var rest: ArraySlice<UInt8>
    /// Names the structure in errors.
    let name: String

    /// The deepest nesting followed to find the end of an indefinite length.
    static let maximumDepth = 32

    init(_ bytes: ArraySlice<UInt8>, name: String) {
        rest = bytes
        self.name = name
    }

    /// The elements inside an element.
    init(_ element: ShallowElement, name: String) { self.init(element.content, name: name) }

    /// The one element that fills a buffer.
    ///
    /// - Throws: ``TrustError`` `malformed`, or `limitExceeded` where the buffer is larger than `maximumSize`.
    static func only(
        _ bytes: ArraySlice<UInt8>, tag: UInt8, name: String, maximumSize: Int
    ) throws(TrustError) -> ShallowElement {
        guard bytes.count <= maximumSize else {
            throw TrustError(
                .limitExceeded, "\(bytes.count) bytes, at most \(maximumSize) are accepted", location: name)
        }
        var elements = ShallowElements(bytes, name: name)
        let element = try elements.required(tag, "value")
        try elements.finish()
        return element
    }

    /// Whether nothing is left.
    var isAtEnd: Bool { rest.isEmpty }

    /// The identifier byte of the next element, without taking it.
    var nextTag: UInt8? { rest.first }

    /// The next element, or `nil` at the end.
    mutating func next() throws(TrustError) -> ShallowElement? {
        guard !rest.isEmpty else { return nil }
        let (element, end) = try Self.element(rest, depth: 0, name)
        rest = rest[end...]
        return element
    }

    /// The next element, which must have this identifier byte; `field` names it in errors.
    mutating func required(_ tag: UInt8, _ field: String) throws(TrustError) -> ShallowElement {
        guard let element = try next(), element.tag == tag else {
            throw TrustError(.malformed, "the field \(field) is missing or of another type", location: name)
        }
        return element
    }

    /// The next element where it has this identifier byte.
    mutating func optional(_ tag: UInt8) throws(TrustError) -> ShallowElement? {
        nextTag == tag ? try next() : nil
    }

    /// Checks that nothing is left.
    func finish() throws(TrustError) {
        guard rest.isEmpty else { throw TrustError(.malformed, "unexpected further elements", location: name) }
    }

    /// The element at the start of a buffer, and the index after it.
    private static func element(
        _ bytes: ArraySlice<UInt8>, depth: Int, _ name: String
    ) throws(TrustError) -> (ShallowElement, end: Int) {
        var index = bytes.startIndex
        let end = bytes.endIndex
        func truncated() -> TrustError { TrustError(.malformed, "the bytes end inside an element", location: name) }
        guard index < end else { throw truncated() }
        let tag = bytes[index]
        // Tags beyond 30 do not occur in any of these structures.
        guard tag & 0x1F != 0x1F, tag != 0 else {
            throw TrustError(.malformed, "the identifier byte \(tag) is not one of these structures", location: name)
        }
        index += 1
        guard index < end else { throw truncated() }
        let first = bytes[index]
        index += 1
        if first == 0x80 { return try indefinite(bytes, contentStart: index, depth: depth, name) }
        var length = Int(first)
        if first > 0x80 {
            let count = Int(first & 0x7F)
            guard count <= 4 else { throw TrustError(.malformed, "a length field of \(count) bytes", location: name) }
            guard count <= end - index else { throw truncated() }
            length = 0
            for _ in 0..<count {
                length = length << 8 | Int(bytes[index])
                index += 1
            }
        }
        guard length <= end - index else { throw truncated() }
        let after = index + length
        return (ShallowElement(encoded: bytes[bytes.startIndex..<after], content: bytes[index..<after]), after)
    }

    private static func indefinite(
        _ bytes: ArraySlice<UInt8>, contentStart: Int, depth: Int, _ name: String
    ) throws(TrustError) -> (ShallowElement, end: Int) {
        guard depth < maximumDepth, let tag = bytes.first, tag & 0x20 != 0 else {
            throw TrustError(.malformed, "an indefinite length where there can be none", location: name)
        }
        var index = contentStart
        while !bytes[index...].starts(with: [0, 0]) { index = try element(bytes[index...], depth: depth + 1, name).end }
        let content = bytes[contentStart..<index]
        return (ShallowElement(encoded: bytes[bytes.startIndex..<index + 2], content: content), index + 2)
    }
}
