/// Why something typed or scanned is not what a Vietnamese document would hold. Errors compare by ``code`` alone and never
/// hold the text.
public struct VietnamIDError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of a ``VietnamIDError``. New codes may be added in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the code.
        public let description: String

        init(_ name: String) { description = name }

        /// A text has not the number of characters that it must have.
        public static let invalidLength = Code("invalidLength")
        /// A character that is not allowed.
        public static let invalidCharacter = Code("invalidCharacter")
    }

    /// The kind of error.
    public let code: Code
    /// A sentence that says what was wrong, without the text.
    public let reason: String
    /// Position of the character, where one is concerned.
    public let offset: Int?

    /// Creates an error.
    public init(_ code: Code, _ reason: String = "", offset: Int? = nil) {
        self.code = code
        self.reason = reason
        self.offset = offset
    }

    /// Two errors are equal when their codes are.
    public static func == (a: VietnamIDError, b: VietnamIDError) -> Bool { a.code == b.code }

    /// Hashes the code only, in step with `==`.
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }

    /// The code, the place and the reason, for a log.
    public var description: String {
        let place = offset.map { " at \($0)" } ?? ""
        return reason.isEmpty ? "\(code)\(place)" : "\(code)\(place): \(reason)"
    }
}
