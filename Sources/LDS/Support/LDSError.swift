import ISO7816

/// Why a file, a data group or a machine readable zone could not be parsed: what was wrong, in which file and field, where.
///
/// Errors compare by ``code`` alone. The reason never holds data of the document, only lengths, offsets, tags and names.
public struct LDSError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of an ``LDSError``. New codes may be added in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the code.
        public let description: String

        init(_ name: String) { description = name }

        /// The bytes or characters end before the structure does.
        public static let truncated = Code("truncated")
        /// Bytes follow where the structure should have ended.
        public static let trailingBytes = Code("trailingBytes")
        /// The outer tag is not the one of the file that was asked for.
        public static let wrongTag = Code("wrongTag")
        /// A tag or length field is malformed.
        public static let malformedTLV = Code("malformedTLV")
        /// A field that must be present is absent.
        public static let missingField = Code("missingField")
        /// A field is present that must not be there, or twice.
        public static let unexpectedField = Code("unexpectedField")
        /// A field has a length that its format does not allow.
        public static let invalidLength = Code("invalidLength")
        /// A field has a value that its format does not allow.
        public static let invalidValue = Code("invalidValue")
        /// A character outside the set that the field allows.
        public static let invalidCharacter = Code("invalidCharacter")
        /// More elements than this library accepts.
        public static let limitExceeded = Code("limitExceeded")
        /// A format that this library does not read; the raw bytes are available.
        public static let unsupportedFormat = Code("unsupportedFormat")
    }

    /// The kind of error.
    public let code: Code
    /// A sentence that says what was wrong, without data of the document.
    public let reason: String
    /// The file it was found in, where known.
    public internal(set) var file: ElementaryFile?
    /// The name of the field in the standard's words, where one is concerned.
    public let field: String?
    /// Byte (or, in text, character) offset from the start of what was parsed, where that makes sense.
    public let offset: Int?

    /// Creates an error.
    public init(
        _ code: Code, _ reason: String = "", file: ElementaryFile? = nil, field: String? = nil, offset: Int? = nil
    ) {
        self.code = code
        self.reason = reason
        self.file = file
        self.field = field
        self.offset = offset
    }

    /// Two errors are equal when their codes are.
    public static func == (a: LDSError, b: LDSError) -> Bool { a.code == b.code }

    /// Hashes the code only, in step with `==`.
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }

    /// The code, the place and the reason, for a log.
    public var description: String {
        var out = code.description
        if let file { out += " in \(file.name)" }
        if let field { out += ", \(field)" }
        if let offset { out += " at \(offset)" }
        return reason.isEmpty ? out : out + ": " + reason
    }
}

extension LDSError {
    /// The same finding in terms of this module.
    init(_ error: ISO7816Error, file: ElementaryFile? = nil) {
        let code: Code
        switch error.code {
        case .truncated: code = .truncated
        case .trailingBytes: code = .trailingBytes
        case .missingDataObject: code = .missingField
        case .unexpectedDataObject: code = .unexpectedField
        case .limitExceeded: code = .limitExceeded
        default: code = .malformedTLV
        }
        self.init(code, error.reason, file: file, offset: error.offset)
    }
}

/// Runs a parser so that every error leaves as an ``LDSError`` that names the file.
func parsing<T>(_ file: ElementaryFile?, _ body: () throws -> T) throws -> T {
    do {
        return try body()
    } catch var error as LDSError {
        if error.file == nil { error.file = file }
        throw error
    } catch let error as ISO7816Error {
        throw LDSError(error, file: file)
    }
}
