/// One ASN.1 element with the bytes it came in. Nothing is re-encoded: what is hashed is ``encoded`` as it was read.
struct ASN1Element {
    /// Which encodings are accepted. BER accepts everything that DER does.
    enum Rules { case der, ber }

    let identifier: ASN1Identifier
    /// Tag, length and value as they came.
    let encoded: ArraySlice<UInt8>
    let isConstructed: Bool
    private let headerLength: UInt8
    /// 2 where an end-of-contents ends the value, else 0.
    private let trailerLength: UInt8
    // The parts of the name are joined only where an error needs them.
    private let root: String
    private let field: String

    /// Names the structure in errors: the outermost one, and the field in it that has a name.
    var name: String { field.isEmpty ? root : root + "." + field }

    /// The value, without the end-of-contents.
    var content: ArraySlice<UInt8> {
        encoded[(encoded.startIndex + Int(headerLength))..<(encoded.endIndex - Int(trailerLength))]
    }

    /// Parses a buffer that holds exactly one element. Size and depth (``ASN1Scan/maximumDepth``) are bounded.
    init(_ bytes: ArraySlice<UInt8>, _ rules: Rules, name: String, maximumSize: Int = 1 << 20) throws(TrustError) {
        var isDER = false
        try self.init(bytes, name: name, maximumSize: maximumSize, isDER: &isDER)
        guard isDER || rules == .ber else { throw TrustError(.malformed, "not valid DER", location: name) }
    }

    /// Parses a buffer that holds exactly one element in DER or BER, and says which.
    init(
        _ bytes: ArraySlice<UInt8>, name: String, maximumSize: Int = 1 << 20, isDER: inout Bool
    ) throws(TrustError) {
        guard bytes.count <= maximumSize else {
            throw TrustError(
                .limitExceeded, "\(bytes.count) bytes, at most \(maximumSize) are accepted", location: name)
        }
        guard let encoding = ASN1Scan.encoding(of: bytes), let element = ASN1Element(prefixOf: bytes, name, "") else {
            throw TrustError(.malformed, "not valid BER", location: name)
        }
        isDER = encoding == .der
        self = element
    }

    /// The element that a buffer is, which has been scanned.
    init(scanned bytes: ArraySlice<UInt8>, name: String, field: String) throws(TrustError) {
        guard let element = ASN1Element(prefixOf: bytes, name, field) else {
            throw TrustError(.malformed, "not valid BER", location: name)
        }
        self = element
    }

    /// The element at the start of a buffer that has been scanned.
    fileprivate init?(prefixOf bytes: ArraySlice<UInt8>, _ root: String, _ field: String) {
        guard let (header, size) = ASN1Scan.first(in: bytes) else { return nil }
        identifier = header.identifier
        isConstructed = header.isConstructed
        encoded = bytes[bytes.startIndex..<(bytes.startIndex + size)]
        headerLength = UInt8(truncatingIfNeeded: header.length)
        trailerLength = header.valueLength == nil ? 2 : 0
        self.root = root
        self.field = field
    }

    /// The elements inside, after checking this element's tag.
    func fields(_ identifier: ASN1Identifier) throws(TrustError) -> ASN1Fields {
        guard self.identifier == identifier, isConstructed else {
            throw TrustError(.malformed, "expected a constructed element \(identifier.short)", location: name)
        }
        return children
    }

    /// What an element consists of.
    enum Parts {
        case primitive(ArraySlice<UInt8>)
        case constructed(ASN1Fields)
    }

    /// The value or the elements inside, whatever the tag.
    var parts: Parts { isConstructed ? .constructed(children) : .primitive(content) }

    /// The elements inside, whatever the tag; none in a primitive element.
    var children: ASN1Fields { ASN1Fields(isConstructed ? content : content.prefix(0), root: root, field: field) }

    /// The value of a primitive element, after checking its tag.
    func primitive(_ identifier: ASN1Identifier) throws(TrustError) -> ArraySlice<UInt8> {
        guard self.identifier == identifier, !isConstructed else {
            throw TrustError(.malformed, "expected a primitive element \(identifier.short)", location: name)
        }
        return content
    }

    /// The value of an octet string, joined from its segments where BER cut it up (ISO/IEC 8825-1, 8.7).
    func octetString(_ identifier: ASN1Identifier = .octetString) throws(TrustError) -> [UInt8] {
        Array(try octets(identifier))
    }

    /// The value of an octet string, without a copy where it is in one piece.
    func octets(_ identifier: ASN1Identifier = .octetString) throws(TrustError) -> ArraySlice<UInt8> {
        guard self.identifier == identifier else {
            throw TrustError(.malformed, "expected an octet string", location: name)
        }
        guard isConstructed else { return content }
        var out: [UInt8] = []
        var segments = children
        while let segment = segments.next() { out += try segment.octets() }
        return out[...]
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
    func unsignedInteger() throws(TrustError) -> [UInt8] { Array(try unsignedDigits()) }

    /// A non-negative integer as ``unsignedInteger()`` gives it, without a copy.
    func unsignedDigits() throws(TrustError) -> ArraySlice<UInt8> {
        let bytes = try integer()
        guard (bytes.first ?? 0) & 0x80 == 0 else { throw TrustError(.malformed, "a negative integer", location: name) }
        return bytes.drop { $0 == 0 }
    }

    /// A small non-negative integer.
    func smallInteger() throws(TrustError) -> Int {
        let bytes = try unsignedDigits()
        guard bytes.count <= 4 else {
            throw TrustError(.malformed, "an integer of \(bytes.count) bytes", location: name)
        }
        return bytes.reduce(0) { $0 << 8 | Int($1) }
    }

    func oid() throws(TrustError) -> ASN1OID {
        let bytes = try primitive(.objectIdentifier)
        guard let oid = ASN1OID(validating: bytes) else {
            throw TrustError(
                .malformed, "an object identifier of \(bytes.count) bytes that is empty, too long, cut off or padded",
                location: name)
        }
        return oid
    }
}

/// The elements inside a constructed one, taken in order. The bytes have been scanned with the element around them.
struct ASN1Fields: Sequence, IteratorProtocol {
    private var rest: ArraySlice<UInt8>
    private let root: String
    private let field: String

    fileprivate init(_ content: ArraySlice<UInt8>, root: String, field: String) {
        rest = content
        self.root = root
        self.field = field
    }

    private var name: String { field.isEmpty ? root : root + "." + field }

    /// The next element without taking it.
    func peek() -> ASN1Element? { ASN1Element(prefixOf: rest, root, field) }

    /// The next element, or `nil` at the end.
    mutating func next() -> ASN1Element? { take(field) }

    private mutating func take(_ field: String) -> ASN1Element? {
        guard let element = ASN1Element(prefixOf: rest, root, field) else { return nil }
        rest = rest[element.encoded.endIndex...]
        return element
    }

    /// The next element, which must be there; `field` names it in errors.
    mutating func required(_ field: String) throws(TrustError) -> ASN1Element {
        guard let element = take(field) else {
            throw TrustError(.malformed, "the field \(field) is missing", location: name)
        }
        return element
    }

    /// The next element where it has the tag of an optional field.
    mutating func optional(_ identifier: ASN1Identifier, _ field: String) -> ASN1Element? {
        guard ASN1Scan.header(of: rest)?.identifier == identifier else { return nil }
        return take(field)
    }

    /// The one element inside an optional field with an explicit tag.
    mutating func optionalExplicit(_ number: UInt, _ field: String) throws(TrustError) -> ASN1Element? {
        guard let wrapper = optional(.context(number), field) else { return nil }
        var inner = try wrapper.fields(.context(number))
        let element = try inner.required(field)
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
    func finish() throws(TrustError) {
        guard rest.isEmpty else { throw TrustError(.malformed, "unexpected further elements", location: name) }
    }
}
