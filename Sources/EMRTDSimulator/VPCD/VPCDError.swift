/// An error of the connection between a software card and the virtual reader.
///
/// Errors compare by ``code`` alone. The reason names the address and says what to do; it never holds card data.
public struct VPCDError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of a ``VPCDError``. New codes may be added in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the code.
        public let description: String

        init(_ name: String) { description = name }

        /// The host has no address, or the port is not between 1 and 65535.
        public static let invalidAddress = Code("invalidAddress")
        /// Nobody listens at the address.
        public static let connectionRefused = Code("connectionRefused")
        /// The address did not answer in time.
        public static let connectionTimedOut = Code("connectionTimedOut")
        /// The connection broke in the middle of a message.
        public static let connectionLost = Code("connectionLost")
        /// The peer sent something that is no vpcd message.
        public static let protocolViolation = Code("protocolViolation")
        /// The card's answer does not fit into a message.
        public static let responseTooLong = Code("responseTooLong")
        /// The client runs already, or was stopped before.
        public static let notAvailable = Code("notAvailable")
        /// The operating system refused a socket call.
        public static let system = Code("system")
    }

    /// The kind of error.
    public let code: Code
    /// A sentence that says what was wrong and what to do.
    public let reason: String
    /// The operating system's error number, where one caused the error.
    public let errorNumber: Int32?

    /// Creates an error.
    public init(_ code: Code, _ reason: String, errorNumber: Int32? = nil) {
        self.code = code
        self.reason = reason
        self.errorNumber = errorNumber
    }

    /// Two errors are equal when their codes are.
    public static func == (a: VPCDError, b: VPCDError) -> Bool { a.code == b.code }

    /// Hashes the code only, in step with `==`.
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }

    /// The code, the reason and the error number, for a log.
    public var description: String { "\(code): \(reason)" + (errorNumber.map { " (errno \($0))" } ?? "") }
}
