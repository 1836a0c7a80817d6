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
        anchors: [Anchor] = [], allowsUnverified: Bool = false, marksTestPKI: Bool = false,
        date: Timestamp = .now()
    ) {
        self.anchors = anchors
        self.allowsUnverified = allowsUnverified
        self.marksTestPKI = marksTestPKI
        self.date = date
    }
}

/// What to import.
public enum TrustImportInput: Sendable, Hashable {
    /// The file at a path.
    case file(String)
    /// Bytes that were read already, and what to call them.
    case bytes([UInt8], name: String)

    var name: String {
        switch self {
        case .file(let path): path
        case .bytes(_, let name): name
        }
    }

    /// The bytes, at most ``TrustStore/maximumImportSize``.
    func read() throws(TrustError) -> [UInt8] {
        switch self {
        case .file(let path): return try FileReading.bytes(of: path, limit: TrustStore.maximumImportSize)
        case .bytes(let bytes, let name):
            guard bytes.count <= TrustStore.maximumImportSize else {
                throw TrustError(.limitExceeded, "more than \(TrustStore.maximumImportSize) bytes", location: name)
            }
            return bytes
        }
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
        public internal(set) var source: TrustSource?
        /// What was remarkable: parts that were left out, a signer that has expired.
        public internal(set) var notes: [String]
        /// The roots among what was new, by state.
        public internal(set) var newRoots: [NewRoots] = []
        /// The newer list of the same kind and CSCA that the store has, where this one is older.
        public internal(set) var newer: TrustSource?
    }

    /// Self-signed certificates of one state that came into the store.
    public struct NewRoots: Sendable, Hashable {
        /// The country in the certificates, in upper case; `nil` where they have none.
        public let country: String?
        /// How many.
        public let count: Int
        /// Whether the store had no root of this state before.
        public let isNewState: Bool
    }

    /// The items, in the order of the files.
    public let items: [Item]
    /// The lists that the store had before and whose signer is now revoked by what came in. They stay until they are removed.
    public internal(set) var revokedSources: [TrustSource] = []

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
