import ISO7816

/// Walks the children of a constructed object in order, as an ASN.1 SEQUENCE is read.
struct DERSequence {
    private let name: String
    private var rest: ArraySlice<TLV>
    private let offset: Int

    /// Opens a SEQUENCE (30).
    init(_ object: TLV, _ name: String) throws {
        guard object.tag == .sequence else {
            throw LDSError(
                .unexpectedField, "tag \(object.tag) where a SEQUENCE was expected", field: name,
                offset: object.encoded.startIndex)
        }
        self.name = name
        rest = try object.children()[...]
        offset = object.encoded.startIndex
    }

    /// The next element, which must be there and have the tag.
    mutating func next(_ tag: Tag, _ field: String) throws -> TLV {
        let object = try next(field)
        guard object.tag == tag else {
            throw LDSError(
                .unexpectedField, "tag \(object.tag) where \(tag) was expected", field: field,
                offset: object.encoded.startIndex)
        }
        return object
    }

    /// The next element, which must be there.
    mutating func next(_ field: String) throws -> TLV {
        guard let object = rest.popFirst() else {
            throw LDSError(.missingField, "\(name) ends too early", field: field, offset: offset)
        }
        return object
    }

    /// The next element if it has the tag.
    mutating func nextIfPresent(_ tag: Tag) -> TLV? {
        guard let first = rest.first, first.tag == tag else { return nil }
        return rest.popFirst()
    }

    /// The next element, whatever it is, or `nil` at the end.
    mutating func nextIfPresent() -> TLV? { rest.popFirst() }

    /// Refuses further elements.
    func finish() throws {
        guard let extra = rest.first else { return }
        throw LDSError(
            .unexpectedField, "object \(extra.tag) after the end of \(name)", field: name,
            offset: extra.encoded.startIndex)
    }
}

extension Tag {
    static let integer: Tag = 0x02
    static let bitString: Tag = 0x03
    static let octetString: Tag = 0x04
    static let null: Tag = 0x05
    static let objectIdentifier: Tag = 0x06
    static let sequence: Tag = 0x30
    static let set: Tag = 0x31
}

extension TLV {
    /// The magnitude of an INTEGER that must not be negative: big endian, without leading zeros, `[0]` for zero.
    func unsignedInteger(_ field: String) throws -> [UInt8] {
        guard tag == .integer else {
            throw LDSError(
                .unexpectedField, "tag \(tag) where an INTEGER was expected", field: field, offset: encoded.startIndex)
        }
        guard let first = value.first else {
            throw LDSError(.invalidLength, "an INTEGER without bytes", field: field, offset: encoded.startIndex)
        }
        guard first & 0x80 == 0 else {
            throw LDSError(.invalidValue, "a negative INTEGER", field: field, offset: encoded.startIndex)
        }
        let magnitude = value.drop { $0 == 0 }
        return magnitude.isEmpty ? [0] : Array(magnitude)
    }

    /// An INTEGER from 0 to 2^31 - 1.
    func smallInteger(_ field: String) throws -> Int {
        let magnitude = try unsignedInteger(field)
        let number = magnitude.count <= 4 ? magnitude.reduce(0) { $0 << 8 | Int($1) } : Int.max
        guard number <= Int(Int32.max) else {
            throw LDSError(.invalidValue, "an INTEGER that is too large", field: field, offset: encoded.startIndex)
        }
        return number
    }

    /// An OBJECT IDENTIFIER.
    func objectIdentifier(_ field: String) throws -> OID {
        guard tag == .objectIdentifier else {
            throw LDSError(
                .unexpectedField, "tag \(tag) where an OBJECT IDENTIFIER was expected", field: field,
                offset: encoded.startIndex)
        }
        return try OID(encoded: value)
    }

    /// The bytes of a BIT STRING of whole bytes.
    func bitStringBytes(_ field: String) throws -> [UInt8] {
        guard let unused = value.first else {
            throw LDSError(.invalidLength, "a BIT STRING without bytes", field: field, offset: encoded.startIndex)
        }
        guard unused == 0 else {
            throw LDSError(.invalidValue, "a BIT STRING with unused bits", field: field, offset: encoded.startIndex)
        }
        return Array(value.dropFirst())
    }
}
