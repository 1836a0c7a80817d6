import ISO7816

/// Where objects of a trust store came from: one imported file, or one signed list inside an LDIF file.
public struct TrustSource: Sendable, Hashable {
    /// What a source is.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A certificate, or a file of several.
        case certificate
        /// A master list (Doc 9303-12, 9).
        case masterList
        /// An LDIF file of a public key directory (RFC 2849).
        case ldif
        /// A certificate revocation list (RFC 5280, 5).
        case revocationList
        /// A card verifiable certificate of a CVCA (TR-03110-3, C.1).
        case cvCertificate
        /// A deviation list (Doc 9303-12, 10) or a defect list (TR-03129).
        case deviationList
    }

    /// Why the contents of a source may be trusted.
    public enum Basis: String, Sendable, Hashable, CaseIterable {
        /// Whoever keeps the store put this very certificate into it.
        case named
        /// The source's signature was verified up to an anchor that was trusted before, or named.
        case signed
        /// The source has no signature, and holds nothing that is trusted by itself: each object has to be verified.
        case unsigned
        /// Nothing vouches for the source; it was taken because that was asked for.
        case unverified

        /// Whether contents are trusted because the source has them.
        var vouches: Bool { self == .named || self == .signed }
    }

    /// The first 16 hexadecimal digits of ``sha256``: names the source in lists and commands.
    public var id: String { sha256.prefix(8).hexadecimal }
    /// What the source is.
    public let kind: Kind
    /// The name of the file, without its folder; for a list inside an LDIF file with its line.
    public let name: String
    /// The SHA-256 of the source's bytes, 32 bytes.
    public let sha256: [UInt8]
    /// When it was imported last.
    public let importedAt: Timestamp
    /// When it was signed or issued, where that is known: signing time of a list, thisUpdate of a revocation list.
    public let issuedAt: Timestamp?
    /// Why its contents may be trusted.
    public let basis: Basis
    /// Who signed it, readable.
    public let signer: String?
    /// The SHA-256 of the certificate that the signature was verified up to.
    public let anchorSHA256: [UInt8]?
    /// Whether its certificates were marked as those of a test PKI when they were imported.
    public let isTestPKI: Bool
    /// What was remarkable, for example a signer that has expired.
    public let notes: [String]
    /// The certificates, DER, that the signature of a list was verified with: the signer's first, the anchor last. Empty where
    /// nobody vouches for the source, and for other kinds than signed lists.
    public internal(set) var signerPath: [[UInt8]] = []
    /// Whether who keeps the store answers for the anchor: it was named in the import. Else other sources of the store have to.
    public internal(set) var isAnchorNamed = false

    /// The most notes kept of one source.
    static let maximumNotes = 100

    /// The first notes, and how many more there were.
    static func limited(_ notes: [String]) -> [String] {
        notes.count <= maximumNotes
            ? notes : notes.prefix(maximumNotes) + ["and \(notes.count - maximumNotes) more notes"]
    }

    /// The age of the contents at a moment, in whole days: since ``issuedAt``, or else since ``importedAt``; never negative.
    public func ageInDays(at date: Timestamp) -> Int {
        let start = (issuedAt ?? importedAt).secondsSince1970
        let (seconds, overflow) = date.secondsSince1970.subtractingReportingOverflow(start)
        return overflow ? 0 : Int(max(0, seconds) / 86_400)
    }
}
