/// One BER-TLV data object (ISO/IEC 7816-4, 5.2.2; ISO/IEC 8825-1) inside a buffer, with definite length.
///
/// Nothing is copied or re-encoded: ``encoded`` and ``value`` are slices of the buffer as it came, so hashes over them are
/// hashes over the card's own bytes. Non-minimal length fields are accepted (real cards have them), indefinite lengths are
/// not. Lengths are bounded by the buffer; nesting is walked by the caller, one level at a time, so depth costs no stack.
public struct TLV: Sendable, Hashable {
    /// The tag.
    public let tag: Tag
    /// Tag, length and value as they came.
    public let encoded: ArraySlice<UInt8>
    /// The value field as it came.
    public let value: ArraySlice<UInt8>

    /// The most objects that ``parseAll(_:)`` and ``children()`` return for one buffer.
    public static let maximumCount = 4096

    /// Parses the object at the start of a buffer; bytes after it are left alone.
    ///
    /// - Throws: ``ISO7816Error`` `truncated`, `invalidTag` or `invalidLength`.
    public init(prefixOf bytes: ArraySlice<UInt8>) throws {
        let header = try TLVHeader(prefixOf: bytes)
        let start = bytes.startIndex + header.headerLength
        guard header.valueLength <= bytes.endIndex - start else {
            throw ISO7816Error(
                .truncated,
                "object \(header.tag) announces \(header.valueLength) bytes, \(bytes.endIndex - start) are there",
                offset: bytes.startIndex)
        }
        tag = header.tag
        encoded = bytes[bytes.startIndex..<(start + header.valueLength)]
        value = bytes[start..<(start + header.valueLength)]
    }

    /// Parses a buffer that holds exactly one object.
    ///
    /// - Throws: as ``init(prefixOf:)``, and `trailingBytes`.
    public init(exactly bytes: ArraySlice<UInt8>) throws {
        try self.init(prefixOf: bytes)
        guard encoded.endIndex == bytes.endIndex else {
            throw ISO7816Error(
                .trailingBytes, "\(bytes.endIndex - encoded.endIndex) bytes after object \(tag)",
                offset: encoded.endIndex)
        }
    }

    /// Parses a buffer that holds exactly one object.
    public init(exactly bytes: [UInt8]) throws { try self.init(exactly: bytes[...]) }

    /// Parses a buffer that is a sequence of objects with nothing between or after them.
    ///
    /// - Throws: as ``init(prefixOf:)``, and `limitExceeded` beyond ``maximumCount`` objects.
    public static func parseAll(_ bytes: ArraySlice<UInt8>) throws -> [TLV] {
        var out: [TLV] = []
        var rest = bytes
        while !rest.isEmpty {
            guard out.count < maximumCount else {
                throw ISO7816Error(.limitExceeded, "more than \(maximumCount) objects", offset: rest.startIndex)
            }
            let object = try TLV(prefixOf: rest)
            out.append(object)
            rest = rest[object.encoded.endIndex...]
        }
        return out
    }

    /// The objects in the value field.
    public func children() throws -> [TLV] { try TLV.parseAll(value) }

    /// The first child with a tag, or `nil`.
    public func firstChild(_ tag: Tag) throws -> TLV? { try children().first { $0.tag == tag } }

    /// The first child with a tag.
    ///
    /// - Throws: ``ISO7816Error`` `missingDataObject` where there is none.
    public func child(_ tag: Tag) throws -> TLV {
        guard let found = try firstChild(tag) else {
            throw ISO7816Error(
                .missingDataObject, "object \(tag) is missing in object \(self.tag)", offset: encoded.startIndex)
        }
        return found
    }
}

/// The tag and length fields at the start of a BER-TLV object, whose value need not have been read yet.
public struct TLVHeader: Sendable, Hashable {
    /// The tag.
    public let tag: Tag
    /// Bytes of the tag and length fields together, 2 to 8.
    public let headerLength: Int
    /// Bytes of the value field.
    public let valueLength: Int

    /// Bytes of the whole object.
    public var totalLength: Int { headerLength + valueLength }

    /// Parses tag and length.
    ///
    /// - Throws: ``ISO7816Error`` `truncated`, `invalidTag` (more than three bytes) or `invalidLength` (indefinite, or more
    ///   than four length bytes, or above 2^31 - 1).
    public init(prefixOf bytes: ArraySlice<UInt8>) throws {
        var index = bytes.startIndex
        func next() throws -> UInt8 {
            guard index < bytes.endIndex else {
                throw ISO7816Error(.truncated, "the header of an object is cut off", offset: bytes.startIndex)
            }
            defer { index += 1 }
            return bytes[index]
        }
        let first = try next()
        var tag = UInt32(first)
        if first & 0x1F == 0x1F {
            var last: UInt8
            repeat {
                last = try next()
                guard tag <= 0xFFFF else {
                    throw ISO7816Error(.invalidTag, "a tag of more than three bytes", offset: bytes.startIndex)
                }
                tag = tag << 8 | UInt32(last)
            } while last & 0x80 != 0
        }
        let lengthByte = try next()
        var length = 0
        switch lengthByte {
        case 0...0x7F: length = Int(lengthByte)
        case 0x81...0x84:
            for _ in 0..<(lengthByte & 0x7F) { length = length << 8 | Int(try next()) }
        case 0x80:
            throw ISO7816Error(.invalidLength, "object \(Tag(tag)) has an indefinite length", offset: bytes.startIndex)
        default:
            throw ISO7816Error(
                .invalidLength, "object \(Tag(tag)) has a length field of \(lengthByte & 0x7F) bytes",
                offset: bytes.startIndex)
        }
        guard length <= Int(Int32.max) else {
            throw ISO7816Error(.invalidLength, "object \(Tag(tag)) announces \(length) bytes", offset: bytes.startIndex)
        }
        self.tag = Tag(tag)
        headerLength = index - bytes.startIndex
        valueLength = length
    }
}
