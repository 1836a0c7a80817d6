/// Carries command APDUs to one card and its responses back, one at a time, as bytes.
///
/// A channel knows nothing about documents, chaining or secure messaging. Implementations: PC/SC connections, the software
/// chip in process, test doubles. Errors are ``CardChannelError``; a status word is never an error here.
public protocol CardChannel: AnyObject, Sendable {
    /// What is known about the reader and the card before the first command.
    var properties: CardChannelProperties { get }

    /// Sends one command and returns the response including its status word.
    ///
    /// - Throws: ``CardChannelError``. After an error the state of the card is unknown: call ``reset()`` or ``close()``.
    func transmit(_ command: [UInt8]) async throws -> [UInt8]

    /// Resets the card, so that it forgets every session and selection.
    func reset() async throws

    /// Ends the use of the card: resets it and gives it back. Further commands throw `closed`. May be called twice.
    func close() async
}

/// What a ``CardChannel`` knows about its reader and card.
public struct CardChannelProperties: Sendable, Hashable {
    /// The reader's name, as the system gives it.
    public var readerName: String
    /// The answer to reset; empty where there is none.
    public var atr: [UInt8]
    /// The longest command APDU in bytes that the way to the card is known to carry, or `nil` if unknown.
    public var maximumCommandLength: Int?
    /// The longest response APDU in bytes that the way to the card is known to carry, or `nil` if unknown.
    public var maximumResponseLength: Int?
    /// Whether extended length APDUs pass; `nil` when only trying tells.
    public var supportsExtendedLength: Bool?

    /// Creates a description of a channel.
    public init(
        readerName: String, atr: [UInt8] = [], maximumCommandLength: Int? = nil, maximumResponseLength: Int? = nil,
        supportsExtendedLength: Bool? = nil
    ) {
        self.readerName = readerName
        self.atr = atr
        self.maximumCommandLength = maximumCommandLength
        self.maximumResponseLength = maximumResponseLength
        self.supportsExtendedLength = supportsExtendedLength
    }
}

/// Why a ``CardChannel`` could not carry a command: the environment failed, not the card's logic.
///
/// Errors compare by ``code`` alone.
public struct CardChannelError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of a ``CardChannelError``. New codes may be added in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the code.
        public let description: String

        init(_ name: String) { description = name }

        /// No smart-card reader is connected.
        public static let noReader = Code("noReader")
        /// No card is in the reader, or none came in the time given.
        public static let noCard = Code("noCard")
        /// The card was taken away.
        public static let cardRemoved = Code("cardRemoved")
        /// Another program or the reader reset the card.
        public static let cardReset = Code("cardReset")
        /// The card does not answer, or not in a protocol this reader speaks.
        public static let unresponsiveCard = Code("unresponsiveCard")
        /// The reader was unplugged.
        public static let readerRemoved = Code("readerRemoved")
        /// Another program holds the reader exclusively.
        public static let readerBusy = Code("readerBusy")
        /// The smart-card service does not run or cannot be reached.
        public static let serviceUnavailable = Code("serviceUnavailable")
        /// The smart-card service refused this user.
        public static let accessDenied = Code("accessDenied")
        /// The reader or its driver could not carry the command, for example because it is too long.
        public static let transmissionFailed = Code("transmissionFailed")
        /// The channel was closed, or its task cancelled.
        public static let closed = Code("closed")
        /// Something of the smart-card service that has no code of its own.
        public static let other = Code("other")
    }

    /// The kind of error.
    public let code: Code
    /// A sentence that says what happened, with the name of the failing call where there is one.
    public let reason: String

    /// Creates an error.
    public init(_ code: Code, _ reason: String = "") {
        self.code = code
        self.reason = reason
    }

    /// Two errors are equal when their codes are.
    public static func == (a: CardChannelError, b: CardChannelError) -> Bool { a.code == b.code }

    /// Hashes the code only, in step with `==`.
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }

    /// The code and the reason.
    public var description: String { reason.isEmpty ? code.description : "\(code): \(reason)" }
}
