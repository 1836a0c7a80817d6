/// An error of the APDU and BER-TLV layer: what was wrong, and where.
///
/// Errors compare by ``code`` alone, so that a caller can write `error == .init(.truncated)` or switch over `code`.
/// The reason never holds data that came from a card, only lengths, offsets, tags and status words.
public struct ISO7816Error: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of an ``ISO7816Error``. New codes may be added in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the code.
        public let description: String

        init(_ name: String) { description = name }

        /// The bytes end before the structure does.
        public static let truncated = Code("truncated")
        /// Bytes follow where the structure should have ended.
        public static let trailingBytes = Code("trailingBytes")
        /// A tag field is malformed or longer than this library accepts (three bytes).
        public static let invalidTag = Code("invalidTag")
        /// A length field is malformed, indefinite, or beyond the accepted size.
        public static let invalidLength = Code("invalidLength")
        /// A data object that must be present is absent.
        public static let missingDataObject = Code("missingDataObject")
        /// A data object is present that must not be there.
        public static let unexpectedDataObject = Code("unexpectedDataObject")
        /// More elements, or deeper nesting, than this library accepts.
        public static let limitExceeded = Code("limitExceeded")
        /// A command or response APDU is malformed.
        public static let invalidAPDU = Code("invalidAPDU")
        /// The card answered with a status word that ends the operation.
        public static let unexpectedStatus = Code("unexpectedStatus")
        /// The card went on asking for the same thing (61xx, 6Cxx) beyond the bound.
        public static let endlessResponse = Code("endlessResponse")
        /// The card sent more than the command asked for.
        public static let responseTooLong = Code("responseTooLong")
    }

    /// The kind of error.
    public let code: Code
    /// A sentence that says what was wrong, without card data.
    public let reason: String
    /// Byte offset in the parsed buffer at which the problem was seen, where that makes sense.
    public let offset: Int?
    /// The card's status word, where one caused the error.
    public let statusWord: StatusWord?

    /// Creates an error.
    public init(_ code: Code, _ reason: String = "", offset: Int? = nil, statusWord: StatusWord? = nil) {
        self.code = code
        self.reason = reason
        self.offset = offset
        self.statusWord = statusWord
    }

    /// Two errors are equal when their codes are.
    public static func == (a: ISO7816Error, b: ISO7816Error) -> Bool { a.code == b.code }

    /// Hashes the code only, in step with `==`.
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }

    /// The code, the reason and the place, for a log.
    public var description: String {
        var text = code.description
        if !reason.isEmpty { text += ": " + reason }
        if let offset { text += " (at byte \(offset))" }
        if let statusWord { text += " [\(statusWord)]" }
        return text
    }
}
