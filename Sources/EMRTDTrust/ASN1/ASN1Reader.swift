/// Takes the elements of a buffer one after another, in DER or BER, and makes nothing of those that nobody asks for: for the
/// structures that every document brings.
///
/// An element that is opened must be read to its end before it is closed, so that nothing in it is overlooked. Nothing needs to
/// have been scanned before, and what is skipped is scanned then: whoever reads to the end of the buffer has seen that all of
/// it is well formed. Depth is bounded by ``ASN1Scan/maximumDepth``.
struct ASN1Reader {
    /// The buffer. Slices handed out are slices of it.
    let bytes: ArraySlice<UInt8>
    /// Whether all lengths seen so far are as DER demands (ISO/IEC 8825-1, 10.1).
    var isDER = true
    private var index: Int
    private var end: Int
    /// How many elements are open.
    private var depth = 0
    private let name: StaticString
    private var field: StaticString = ""

    /// - Parameters:
    ///   - bytes: elements, one after another.
    ///   - name: the structure in errors.
    init(_ bytes: ArraySlice<UInt8>, name: StaticString) {
        self.bytes = bytes
        self.name = name
        index = bytes.startIndex
        end = bytes.endIndex
    }

    /// What is needed to go on after an element that was opened.
    struct Mark {
        fileprivate let next: Int
        fileprivate let end: Int
    }

    /// Whether the open element, or the buffer, has more.
    var hasMore: Bool { index < end }

    /// Where in the buffer the next element begins.
    var position: Int { index }

    /// The bytes from a position of before up to the present one.
    func bytes(from start: Int) -> ArraySlice<UInt8> { bytes[start..<index] }

    /// An error at the field that was read last.
    func malformed(_ reason: String) -> TrustError { error(.malformed, reason) }

    private func error(_ code: TrustError.Code, _ reason: String) -> TrustError {
        TrustError(code, reason, location: field.utf8CodeUnitCount == 0 ? "\(name)" : "\(name).\(field)")
    }

    private func header() -> ASN1Scan.Header? {
        bytes.withUnsafeBufferPointer {
            ASN1Scan.header($0, index - bytes.startIndex, end - bytes.startIndex)
        }
    }

    /// The header of the next element, which must be there.
    private mutating func header(_ field: StaticString) throws(TrustError) -> ASN1Scan.Header {
        self.field = field
        guard let header = header() else {
            throw malformed(hasMore ? "not valid BER" : "the field \(field) is missing")
        }
        if !header.isDER { isDER = false }
        return header
    }

    /// The index after the next element, all of which is looked at.
    private mutating func scan() throws(TrustError) -> Int {
        let next = bytes.withUnsafeBufferPointer {
            ASN1Scan.end($0, index - bytes.startIndex, end - bytes.startIndex, depth: depth + 1, &isDER)
        }
        guard let next else { throw malformed("not valid BER") }
        return bytes.startIndex + next
    }

    /// The next element, as far as its own length tells: `nil` where that is indefinite or does not fit.
    var nextBytes: ArraySlice<UInt8>? {
        guard let header = header(), let length = header.valueLength else { return nil }
        return bytes[index..<(index + header.length + length)]
    }

    /// Passes the next element, which is known to be well formed.
    mutating func pass(_ next: ArraySlice<UInt8>, isDER known: Bool) {
        index = next.endIndex
        if !known { isDER = false }
    }

    /// The tag of the next element, or `nil` where there is none.
    var nextIdentifier: ASN1Identifier? { header()?.identifier }

    /// Goes into a constructed element.
    mutating func open(_ identifier: ASN1Identifier, _ field: StaticString) throws(TrustError) -> Mark {
        let header = try header(field)
        guard header.identifier == identifier, header.isConstructed else {
            throw malformed("expected a constructed element \(identifier.short)")
        }
        let mark: Mark
        let start = index + header.length
        if let length = header.valueLength {
            mark = Mark(next: start + length, end: end)
            end = start + length
        } else {
            mark = Mark(next: try scan(), end: end)
            end = mark.next - 2
        }
        index = start
        depth += 1
        return mark
    }

    /// Goes into a constructed element where the next one has this tag.
    mutating func openOptional(_ identifier: ASN1Identifier, _ field: StaticString) throws(TrustError) -> Mark? {
        guard hasMore, nextIdentifier == identifier else { return nil }
        return try open(identifier, field)
    }

    /// Leaves an element that was opened.
    ///
    /// - Throws: ``TrustError`` `malformed` where something in it was not read.
    mutating func close(_ mark: Mark) throws(TrustError) {
        guard !hasMore else { throw malformed("unexpected further elements") }
        index = mark.next
        end = mark.end
        depth -= 1
    }

    /// Checks that the buffer has been read to its end.
    func finish() throws(TrustError) {
        guard !hasMore else { throw malformed("bytes after the last element") }
    }

    /// Counts one more element of a list.
    ///
    /// - Throws: ``TrustError`` `limitExceeded` beyond the limit.
    func count(_ count: inout Int, limit: Int) throws(TrustError) {
        guard count < limit else { throw error(.limitExceeded, "more than \(limit) elements") }
        count += 1
    }

    /// The value of a primitive element.
    mutating func primitive(_ identifier: ASN1Identifier, _ field: StaticString) throws(TrustError) -> ArraySlice<UInt8>
    {
        let header = try header(field)
        guard header.identifier == identifier, !header.isConstructed, let length = header.valueLength else {
            throw malformed("expected a primitive element \(identifier.short)")
        }
        let start = index + header.length
        index = start + length
        return bytes[start..<index]
    }

    /// The next element as it came, which must be a constructed one with this tag, and all of which is looked at.
    mutating func encoded(
        constructed identifier: ASN1Identifier, _ field: StaticString
    ) throws(TrustError) -> ArraySlice<UInt8> {
        let header = try header(field)
        guard header.identifier == identifier, header.isConstructed else {
            throw malformed("expected a constructed element \(identifier.short)")
        }
        return try encoded(field)
    }

    /// The next element as it came, all of which is looked at.
    mutating func encoded(_ field: StaticString) throws(TrustError) -> ArraySlice<UInt8> {
        _ = try header(field)
        let start = index
        index = try scan()
        return bytes[start..<index]
    }

    /// Passes the next element where it has this tag.
    mutating func skipOptional(_ identifier: ASN1Identifier, _ field: StaticString) throws(TrustError) {
        if hasMore, nextIdentifier == identifier { _ = try encoded(field) }
    }

    /// The next element.
    mutating func element(_ field: StaticString) throws(TrustError) -> ASN1Element {
        try ASN1Element(scanned: encoded(field), name: "\(name)", field: "\(field)")
    }

    /// The value of an octet string, joined from its segments where BER cut it up (ISO/IEC 8825-1, 8.7).
    mutating func octets(_ identifier: ASN1Identifier = .octetString, _ field: StaticString) throws(TrustError)
        -> ArraySlice<UInt8>
    {
        let header = try header(field)
        guard header.identifier == identifier else { throw malformed("expected an octet string \(identifier.short)") }
        guard !header.isConstructed, let length = header.valueLength else {
            return try element(field).octets(identifier)
        }
        let start = index + header.length
        index = start + length
        return bytes[start..<index]
    }

    /// The value bytes of an integer, two's complement, as they came.
    mutating func integer(_ field: StaticString) throws(TrustError) -> ArraySlice<UInt8> {
        let value = try primitive(.integer, field)
        guard !value.isEmpty else { throw malformed("an empty integer") }
        return value
    }

    /// A non-negative integer, big endian, without leading zeros (empty for zero).
    mutating func unsignedDigits(_ field: StaticString) throws(TrustError) -> ArraySlice<UInt8> {
        let value = try integer(field)
        guard value.first.map({ $0 < 0x80 }) ?? false else { throw malformed("a negative integer") }
        return value.drop { $0 == 0 }
    }

    /// A small non-negative integer.
    mutating func smallInteger(_ field: StaticString) throws(TrustError) -> Int {
        let digits = try unsignedDigits(field)
        guard digits.count <= 4 else { throw malformed("an integer of \(digits.count) bytes") }
        return digits.reduce(0) { $0 << 8 | Int($1) }
    }

    /// An object identifier.
    mutating func oid(_ field: StaticString) throws(TrustError) -> ASN1OID {
        let value = try primitive(.objectIdentifier, field)
        guard let oid = ASN1OID(validating: value) else {
            throw malformed("an object identifier of \(value.count) bytes that is empty, too long, cut off or padded")
        }
        return oid
    }

    /// A BOOLEAN: one byte (ISO/IEC 8825-1, 8.2.1), anything but zero being true.
    mutating func boolean(_ field: StaticString) throws(TrustError) -> Bool {
        let value = try primitive(.boolean, field)
        guard value.count == 1 else { throw malformed("a BOOLEAN of \(value.count) bytes") }
        return value.first != 0
    }

    /// The bits of a bit string whose bits fill whole bytes (keys and signatures).
    mutating func bitStringBytes(_ field: StaticString) throws(TrustError) -> ArraySlice<UInt8> {
        let value = try primitive(.bitString, field)
        guard value.first == 0 else { throw malformed("a bit string that is not whole bytes") }
        return value.dropFirst()
    }

    /// Passes the next element and gives the moment that it is; `nil` where it is no readable time.
    mutating func time(_ field: StaticString) throws(TrustError) -> Timestamp? { try writtenTime(field).moment }

    /// Passes the next element and gives it as a time, whatever it is.
    mutating func writtenTime(_ field: StaticString) throws(TrustError) -> WrittenTime {
        guard let header = header(), !header.isConstructed, let yearDigits = header.identifier.yearDigits else {
            _ = try encoded(field)
            return WrittenTime(text: nil, yearDigits: 4, moment: nil)
        }
        let text = try primitive(header.identifier, field)
        return WrittenTime(
            text: text, yearDigits: yearDigits, moment: ASN1Element.time(text, yearDigits: yearDigits))
    }
}

/// A time as it is written.
struct WrittenTime: Sendable {
    /// The characters, or `nil` where the element is of another type.
    let text: ArraySlice<UInt8>?
    /// 2 in a UTCTime, 4 in a GeneralizedTime.
    let yearDigits: Int
    /// The moment, or `nil` where the text is no time.
    let moment: Timestamp?
}
