import SwiftASN1

/// One ASN.1 element with the bytes it came in. Nothing is re-encoded: what is hashed is ``encoded`` as it was read.
struct ASN1Element {
    /// Which encodings are accepted. BER accepts everything that DER does.
    enum Rules { case der, ber }

    let node: ASN1Node
    /// Names the structure in errors.
    let name: String

    var identifier: ASN1Identifier { node.identifier }
    /// Tag, length and value as they came.
    var encoded: ArraySlice<UInt8> { node.encodedBytes }
    var isConstructed: Bool {
        if case .constructed = node.content { return true }
        return false
    }

    private init(_ node: ASN1Node, name: String) {
        self.node = node
        self.name = name
    }

    /// Parses a buffer that holds exactly one element. The parser of swift-asn1 stops at 50 levels; the size is bounded here.
    init(_ bytes: ArraySlice<UInt8>, _ rules: Rules, name: String, maximumSize: Int = 1 << 20) throws(TrustError) {
        guard bytes.count <= maximumSize else {
            throw TrustError(
                .limitExceeded, "\(bytes.count) bytes, at most \(maximumSize) are accepted", location: name)
        }
        do {
            self.init(try rules == .der ? DER.parse(bytes) : BER.parse(bytes), name: name)
        } catch {
            throw TrustError(.malformed, "not valid \(rules == .der ? "DER" : "BER")", location: name)
        }
    }

    /// The elements inside, after checking this element's tag.
    func fields(_ identifier: ASN1Identifier) throws(TrustError) -> ASN1Fields {
        guard self.identifier == identifier, case .constructed(let nodes) = node.content else {
            throw TrustError(.malformed, "expected a constructed element \(identifier.short)", location: name)
        }
        return ASN1Fields(iterator: nodes.makeIterator(), name: name)
    }

    /// The value of a primitive element, after checking its tag.
    func primitive(_ identifier: ASN1Identifier) throws(TrustError) -> ArraySlice<UInt8> {
        guard self.identifier == identifier, case .primitive(let bytes) = node.content else {
            throw TrustError(.malformed, "expected a primitive element \(identifier.short)", location: name)
        }
        return bytes
    }

    /// The value of an octet string, joined from its segments where BER cut it up (ISO/IEC 8825-1, 8.7).
    func octetString(_ identifier: ASN1Identifier = .octetString) throws(TrustError) -> [UInt8] {
        guard self.identifier == identifier else {
            throw TrustError(.malformed, "expected an octet string", location: name)
        }
        switch node.content {
        case .primitive(let bytes): return Array(bytes)
        case .constructed(let segments):
            var out: [UInt8] = []
            for segment in segments { out += try ASN1Element(segment, name: name).octetString() }
            return out
        }
    }

    /// The bits of a bit string whose bits fill whole bytes (keys and signatures).
    func bitStringBytes() throws(TrustError) -> ArraySlice<UInt8> {
        let bytes = try primitive(.bitString)
        guard bytes.first == 0 else {
            throw TrustError(.malformed, "a bit string that is not whole bytes", location: name)
        }
        return bytes.dropFirst()
    }

    /// The value bytes of an integer, two's complement, as they came.
    func integer() throws(TrustError) -> ArraySlice<UInt8> {
        let bytes = try primitive(.integer)
        guard !bytes.isEmpty else { throw TrustError(.malformed, "an empty integer", location: name) }
        return bytes
    }

    /// A non-negative integer, big endian, without leading zeros (empty for zero).
    func unsignedInteger() throws(TrustError) -> [UInt8] {
        let bytes = try integer()
        guard (bytes.first ?? 0) & 0x80 == 0 else { throw TrustError(.malformed, "a negative integer", location: name) }
        return Array(bytes.drop { $0 == 0 })
    }

    /// A small non-negative integer.
    func smallInteger() throws(TrustError) -> Int {
        let bytes = try unsignedInteger()
        guard bytes.count <= 4 else {
            throw TrustError(.malformed, "an integer of \(bytes.count) bytes", location: name)
        }
        return bytes.reduce(0) { $0 << 8 | Int($1) }
    }

    func oid() throws(TrustError) -> ASN1OID {
        let bytes = try primitive(.objectIdentifier)
        guard let last = bytes.last, last & 0x80 == 0, bytes.count <= 64 else {
            throw TrustError(.malformed, "an object identifier of \(bytes.count) bytes", location: name)
        }
        return ASN1OID(contents: bytes)
    }

    fileprivate static func wrap(_ node: ASN1Node, name: String) -> ASN1Element { ASN1Element(node, name: name) }

    /// An element found inside another.
    static func child(_ node: ASN1Node, of parent: ASN1Element) -> ASN1Element { ASN1Element(node, name: parent.name) }
}

/// The elements inside a constructed one, taken in order.
struct ASN1Fields {
    private var iterator: ASN1NodeCollection.Iterator
    private var pending: ASN1Element?
    private let name: String

    fileprivate init(iterator: ASN1NodeCollection.Iterator, name: String) {
        self.iterator = iterator
        self.name = name
    }

    /// The next element without taking it.
    mutating func peek() -> ASN1Element? {
        if pending == nil { pending = iterator.next().map { ASN1Element.wrap($0, name: name) } }
        return pending
    }

    /// The next element, or `nil` at the end.
    mutating func next() -> ASN1Element? {
        defer { pending = nil }
        return peek()
    }

    /// The next element, which must be there; `field` names it in errors.
    mutating func required(_ field: String) throws(TrustError) -> ASN1Element {
        guard let element = next() else {
            throw TrustError(.malformed, "the field \(field) is missing", location: name)
        }
        return .wrap(element.node, name: name + "." + field)
    }

    /// The next element where it has the tag of an optional field.
    mutating func optional(_ identifier: ASN1Identifier, _ field: String) -> ASN1Element? {
        guard let element = peek(), element.identifier == identifier else { return nil }
        pending = nil
        return .wrap(element.node, name: name + "." + field)
    }

    /// The one element inside an optional field with an explicit tag.
    mutating func optionalExplicit(_ number: UInt, _ field: String) throws(TrustError) -> ASN1Element? {
        guard let wrapper = optional(.context(number), field) else { return nil }
        var inner = try wrapper.fields(.context(number))
        let element = try inner.required("value")
        try inner.finish()
        return element
    }

    /// All remaining elements, at most `limit`.
    mutating func all(limit: Int) throws(TrustError) -> [ASN1Element] {
        var out: [ASN1Element] = []
        while let element = next() {
            guard out.count < limit else {
                throw TrustError(.limitExceeded, "more than \(limit) elements", location: name)
            }
            out.append(element)
        }
        return out
    }

    /// Checks that nothing is left.
    mutating func finish() throws(TrustError) {
        guard peek() == nil else { throw TrustError(.malformed, "unexpected further elements", location: name) }
    }
}

extension ASN1Identifier {
    /// `[number]`, context specific.
    static func context(_ number: UInt) -> ASN1Identifier {
        ASN1Identifier(tagWithNumber: number, tagClass: .contextSpecific)
    }

    /// A short text for errors.
    var short: String { "\(tagClass) \(tagNumber)" }
}
