/// An error made while a document is personalised: an input that no document can carry.
///
/// Errors compare by ``code`` alone. The reason names fields, lengths and offsets, never the holder's data.
public struct PersonalisationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of a ``PersonalisationError``. New codes may be added in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the code.
        public let description: String

        init(_ name: String) { description = name }

        /// A field holds a character that its place does not allow.
        public static let invalidCharacter = Code("invalidCharacter")
        /// A field is too long, too short or empty.
        public static let invalidLength = Code("invalidLength")
        /// A date does not exist, or lies in the wrong order.
        public static let invalidDate = Code("invalidDate")
        /// An object identifier is malformed.
        public static let invalidObjectIdentifier = Code("invalidObjectIdentifier")
        /// Two options contradict each other, or name something that does not exist.
        public static let invalidOption = Code("invalidOption")
        /// A private key does not belong to its certificate.
        public static let keyMismatch = Code("keyMismatch")
        /// The embedded portrait does not decode; the build is damaged.
        public static let damagedResource = Code("damagedResource")
    }

    /// The kind of error.
    public let code: Code
    /// A sentence that says what was wrong and what is accepted.
    public let reason: String

    /// Creates an error.
    public init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    /// Two errors are equal when their codes are.
    public static func == (a: PersonalisationError, b: PersonalisationError) -> Bool { a.code == b.code }

    /// Hashes the code only, in step with `==`.
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }

    /// The code and the reason, for a log.
    public var description: String { "\(code): \(reason)" }
}
