public import ISO7816

/// An error of an access or chip protocol: what failed, at which step, with the card's status word where it gave one.
///
/// Errors compare by ``code`` alone. No error text holds a key, a password or personal data.
public struct ProtocolError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of a ``ProtocolError``. New codes may be added in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the code.
        public let description: String

        init(_ name: String) { description = name }

        /// The password (MRZ, CAN, PIN or PUK) is not the card's.
        public static let wrongPassword = Code("wrongPassword")
        /// The password is blocked or deactivated.
        public static let passwordBlocked = Code("passwordBlocked")
        /// One try is left for the PIN: the card wants PACE with the CAN before it (TR-03110-2, 3.3.2).
        public static let passwordSuspended = Code("passwordSuspended")
        /// The card does not offer the protocol, or not with parameters known here.
        public static let notSupported = Code("notSupported")
        /// The card refused a step with a status word.
        public static let refused = Code("refused")
        /// An answer of the card is not built as the protocol says.
        public static let malformedResponse = Code("malformedResponse")
        /// The card's proof (token, nonce, key) is wrong although the password need not be.
        public static let authenticationFailed = Code("authenticationFailed")
        /// A public key of the card is not acceptable: off the curve, infinity, or our own.
        public static let invalidPublicKey = Code("invalidPublicKey")
        /// A protected response is wrong: MAC, order of objects, status. The session has ended.
        public static let secureMessagingFailed = Code("secureMessagingFailed")
        /// The card answered without secure messaging, which ends the session (Doc 9303-11, 9.8.9).
        public static let unprotectedStatus = Code("unprotectedStatus")
        /// The session has ended before; open a new one.
        public static let sessionEnded = Code("sessionEnded")
    }

    /// The kind of error.
    public let code: Code
    /// A sentence that says what happened.
    public let reason: String
    /// The step of the protocol, named after the standard, for example `PACE: map nonce`.
    public let step: String
    /// The card's status word, where one caused the error.
    public let statusWord: StatusWord?

    /// Creates an error.
    public init(_ code: Code, _ reason: String, step: String, statusWord: StatusWord? = nil) {
        self.code = code
        self.reason = reason
        self.step = step
        self.statusWord = statusWord
    }

    /// Tries left where the card told (63Cx).
    public var retriesLeft: Int? { statusWord?.retriesLeft }

    /// Two errors are equal when their codes are.
    public static func == (a: ProtocolError, b: ProtocolError) -> Bool { a.code == b.code }

    /// Hashes the code only, in step with `==`.
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }

    /// Step, code, reason and status word.
    public var description: String {
        "\(step): \(code): \(reason)" + (statusWord.map { " [\($0)]" } ?? "")
    }
}
