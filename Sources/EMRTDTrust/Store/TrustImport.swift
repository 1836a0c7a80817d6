/// What to accept when files are imported into a trust store.
public struct TrustImportOptions: Sendable {
    /// Who may vouch for a signed list besides the CSCAs that the store trusts already.
    public enum Anchor: Sendable, Hashable {
        /// The certificates of a file (DER or PEM).
        case file(String)
        /// The certificate with this SHA-256, 32 bytes, which may stand in the list itself.
        case sha256([UInt8])
    }

    /// Who may vouch for signed lists.
    public var anchors: [Anchor]
    /// Whether lists and certificates that nothing vouches for are taken too. They stay marked as unverified.
    public var allowsUnverified: Bool
    /// Whether to mark everything as belonging to a test PKI.
    public var marksTestPKI: Bool
    /// The moment of the import.
    public var date: Timestamp

    /// Creates options.
    public init(
        anchors: [Anchor] = [], allowsUnverified: Bool = false, marksTestPKI: Bool = false, date: Timestamp = .now()
    ) {
        self.anchors = anchors
        self.allowsUnverified = allowsUnverified
        self.marksTestPKI = marksTestPKI
        self.date = date
    }
}

/// What became of the files of an import.
public struct TrustImportReport: Sendable {
    /// One file, or one object inside a file.
    public struct Item: Sendable, Hashable {
        /// What became of it.
        public enum Outcome: Sendable, Hashable {
            /// Taken: so many objects were new to the store, so many were there already.
            case imported(added: Int, known: Int)
            /// Not taken, and why.
            case refused(TrustImportRefusal)
        }

        /// The path as it was given; for objects inside a file with their place.
        public let path: String
        /// What it is, where that could be recognised.
        public let kind: TrustSource.Kind?
        /// What became of it.
        public let outcome: Outcome
        /// The source in the store, where it was taken.
        public let source: TrustSource?
        /// What was remarkable: parts that were left out, a signer that has expired.
        public let notes: [String]
    }

    /// The items, in the order of the files.
    public let items: [Item]

    /// Whether everything was taken.
    public var isComplete: Bool {
        items.allSatisfy { if case .refused = $0.outcome { false } else { true } }
    }
}

/// Why something was not imported.
public struct TrustImportRefusal: Sendable, Hashable, CustomStringConvertible {
    /// The kind of a refusal. New ones may be added in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name.
        public let description: String

        init(_ name: String) { description = name }

        /// The file cannot be read.
        public static let unreadable = Code("unreadable")
        /// The file holds nothing that a trust store takes.
        public static let notRecognised = Code("notRecognised")
        /// A signature is wrong: the file was changed or damaged.
        public static let signatureWrong = Code("signatureWrong")
        /// Nobody who is trusted vouches for it.
        public static let notAnchored = Code("notAnchored")
        /// The signer may not sign such a list.
        public static let signerNotAllowed = Code("signerNotAllowed")
        /// A signature that this library cannot verify.
        public static let unsupported = Code("unsupported")
    }

    /// The kind.
    public let code: Code
    /// A sentence that says why.
    public let reason: String
    /// What to do about it.
    public let advice: String

    init(_ code: Code, _ reason: String, advice: String = "") {
        self.code = code
        self.reason = reason
        self.advice = advice
    }

    /// The code, the reason and the advice.
    public var description: String { "\(code): \(reason)" + (advice.isEmpty ? "" : " " + advice) }
}
