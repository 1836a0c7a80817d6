public import ISO7816

/// An error that ended a reading: what happened, at which stage, and what the person at the desk can do about it.
///
/// Three families: the document cannot do it, the card broke the rules, the environment failed. A check that failed is not
/// an error but a result in the ``Inspection``. Errors compare by ``code`` alone; texts hold no personal data and no key.
public struct EMRTDError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of an ``EMRTDError``. New codes may be added in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the code.
        public let description: String

        init(_ name: String) { description = name }

        // The environment.

        /// No smart-card reader.
        public static let noReader = Code("noReader")
        /// No card in time.
        public static let noCard = Code("noCard")
        /// The card was taken away or reset in mid-read.
        public static let cardRemoved = Code("cardRemoved")
        /// The smart-card service refused this user.
        public static let accessDenied = Code("accessDenied")
        /// Another program holds the reader.
        public static let readerBusy = Code("readerBusy")
        /// The smart-card service does not run, or failed.
        public static let serviceFailed = Code("serviceFailed")
        /// A file or folder for the result cannot be written.
        public static let outputFailed = Code("outputFailed")
        /// The reading was cancelled.
        public static let cancelled = Code("cancelled")

        // The key.

        /// What was typed cannot be a key.
        public static let invalidAccessKey = Code("invalidAccessKey")
        /// The card did not accept the key.
        public static let wrongPassword = Code("wrongPassword")
        /// The card blocks the key.
        public static let passwordBlocked = Code("passwordBlocked")
        /// One try is left for the PIN or PUK, which is not used up without leave; a PIN is suspended until the CAN is given.
        public static let passwordSuspended = Code("passwordSuspended")
        /// The card wants a key and none was given.
        public static let accessKeyRequired = Code("accessKeyRequired")

        // The document.

        /// The card has no eMRTD application.
        public static let notAnEMRTD = Code("notAnEMRTD")
        /// The card offers no access protocol that this library and this key can run.
        public static let accessNotSupported = Code("accessNotSupported")
        /// The card can be opened only in a way that the access policy does not allow.
        public static let accessNotAllowed = Code("accessNotAllowed")

        // The card broke the rules.

        /// The card refused or failed an access protocol for a reason other than the password.
        public static let accessFailed = Code("accessFailed")
        /// The card broke a protocol in mid-read.
        public static let protocolViolation = Code("protocolViolation")
        /// A file that must be there cannot be read.
        public static let fileUnreadable = Code("fileUnreadable")

        // Us.

        /// Something that should not happen; please report it.
        public static let internalError = Code("internalError")
    }

    /// Where in the reading it happened.
    public enum Stage: String, Sendable, Hashable {
        /// Finding reader and card.
        case connect
        /// EF.CardAccess, PACE or BAC, selecting the application.
        case access
        /// Reading files.
        case read
        /// Chip and Active Authentication.
        case chip
        /// Verifying what was read.
        case verify
    }

    /// The kind of error.
    public let code: Code
    /// A sentence that says what happened.
    public let reason: String
    /// Where it happened.
    public let stage: Stage
    /// What can be done about it.
    public let remedy: Remedy
    /// The card's status word, where one caused it.
    public let statusWord: StatusWord?

    /// Creates an error.
    public init(_ code: Code, _ reason: String, stage: Stage, remedy: Remedy, statusWord: StatusWord? = nil) {
        self.code = code
        self.reason = reason
        self.stage = stage
        self.remedy = remedy
        self.statusWord = statusWord
    }

    /// Tries left for the key, where the card told (63Cx).
    public var retriesLeft: Int? { statusWord?.retriesLeft }

    /// Two errors are equal when their codes are.
    public static func == (a: EMRTDError, b: EMRTDError) -> Bool { a.code == b.code }

    /// Hashes the code only, in step with `==`.
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }

    /// Stage, code, reason and status word.
    public var description: String { "\(stage.rawValue): \(code): \(reason)" + (statusWord.map { " [\($0)]" } ?? "") }
}

/// What a person can do when a reading failed. Programs translate these; ``advice`` is the English text.
public enum Remedy: String, Sendable, Hashable, CaseIterable {
    /// Connect a reader.
    case connectReader
    /// Put the card on the reader.
    case presentCard
    /// Put the card back and hold it still.
    case holdCardStill
    /// Check the CAN or the MRZ that was typed.
    case checkPassword
    /// Type the MRZ instead of the CAN.
    case useMRZ
    /// Give the CAN or the MRZ.
    case giveAccessKey
    /// Be sure of the PIN or PUK, allow its last try, and give the CAN besides a PIN.
    case allowLastTry
    /// Unblock the PIN with the PUK.
    case unblockPIN
    /// Start or repair the smart-card service.
    case restartService
    /// Get the right to use the smart-card service.
    case grantAccess
    /// Close the other program that uses the reader.
    case closeOtherProgram
    /// Bring the trust store up to date.
    case updateTrustStore
    /// Use another document.
    case useAnotherDocument
    /// Try again.
    case tryAgain
    /// Report a bug.
    case reportBug

    /// One sentence in English.
    public var advice: String {
        switch self {
        case .connectReader: "Connect a smart-card reader and try again."
        case .presentCard: "Put the card on the reader and try again."
        case .holdCardStill: "Put the card back on the reader and leave it there until the reading ends."
        case .checkPassword:
            "Check what was typed against the card, then try once more: cards may block after wrong tries."
        case .useMRZ: "Use the machine readable zone on the back of the card instead of the CAN."
        case .giveAccessKey: "Give the card access number or the machine readable zone that the card shows."
        case .allowLastTry:
            "Ask the holder: one more wrong try blocks it. To go on, allow the last try, and with a PIN give the CAN as well."
        case .unblockPIN: "Unblock the PIN with its PUK in the issuer's program, or use the CAN or the MRZ."
        case .restartService: "Start the smart-card service (pcscd) and try again."
        case .grantAccess:
            "Allow this user to use the smart-card service (polkit action org.debian.pcsc-lite.access_pcsc and access_card)."
        case .closeOtherProgram:
            "Close the other program that uses the reader (often scdaemon, a browser or a signing tool) and try again."
        case .updateTrustStore: "Add the issuing country's CSCA certificate to the trust store."
        case .useAnotherDocument: "Ask for another document: this one cannot be read or verified by machine."
        case .tryAgain: "Try again with the card flat on the reader; if it fails again, ask for another document."
        case .reportBug: "This is a fault of the program: please report it with the text above."
        }
    }
}
