import EMRTDCrypto

/// What a file of the eMRTD world holds, as a tree of its fields: certificates, signed objects of chips, master lists,
/// revocation lists, card verifiable certificates, LDIF.
///
/// The kind is found by the content, never by a name. Nothing is verified but for self-issued certificates, whose own
/// signature is tried. Of data groups that hold personal data only the lengths are shown.
public struct FileStructure: Sendable {
    /// What an item is. New ones may be added in any release.
    public struct Kind: Sendable, Hashable, CustomStringConvertible {
        /// The stable name.
        public let description: String

        init(_ name: String) { description = name }

        /// An X.509 certificate.
        public static let certificate = Kind("certificate")
        /// A certificate revocation list.
        public static let revocationList = Kind("revocationList")
        /// An EF.SOD.
        public static let documentSecurityObject = Kind("documentSecurityObject")
        /// An EF.CardSecurity.
        public static let cardSecurity = Kind("cardSecurity")
        /// A CSCA master list.
        public static let masterList = Kind("masterList")
        /// A deviation list of Doc 9303-12 or a defect list of TR-03129.
        public static let deviationList = Kind("deviationList")
        /// A CMS SignedData with another content.
        public static let signedData = Kind("signedData")
        /// A card verifiable certificate.
        public static let cvCertificate = Kind("cvCertificate")
        /// The text form of a directory.
        public static let ldif = Kind("ldif")
        /// A file of a chip that holds no personal data: EF.COM, EF.CardAccess, EF.CVCA, DG14 or DG15.
        public static let elementaryFile = Kind("elementaryFile")
        /// A data group that may hold personal data, of which only lengths are shown.
        public static let dataGroup = Kind("dataGroup")
        /// BER that is nothing of the above.
        public static let ber = Kind("ber")
    }

    /// How the file is written.
    public enum Encoding: String, Sendable, Hashable {
        case binary, pem, hexadecimal, base64, ldif
    }

    /// One object of the file.
    public struct Item: Sendable {
        /// What it is.
        public let kind: Kind
        /// Its fields.
        public let content: StructureNode
        /// What is worth knowing about how it stands in the file, or why it was not taken for what it looks like.
        public let notes: [String]
    }

    /// The file's length in bytes.
    public let size: Int
    /// The SHA-256 of the file: 32 bytes, or none where hashing fails.
    public let sha256: [UInt8]
    /// How the file is written.
    public let encoding: Encoding
    /// The objects, in the order they came.
    public let items: [Item]
    /// What else is to be said about the file.
    public let notes: [String]

    /// The largest file accepted, in bytes.
    public static let maximumSize = 1 << 28
    /// The most objects of one file. The rest is counted in ``notes``.
    public static let maximumItems = 10_000

    /// Finds out what bytes are.
    ///
    /// - Throws: ``TrustError`` `malformed` where they are nothing that is known, nor BER; `limitExceeded`.
    public init(
        of bytes: some Collection<UInt8>, options: StructureOptions = StructureOptions()
    ) throws(TrustError) {
        guard bytes.count <= Self.maximumSize else {
            throw TrustError(.limitExceeded, "\(bytes.count) bytes, at most \(Self.maximumSize) are accepted")
        }
        let copy = Array(bytes)
        guard !copy.isEmpty else { throw TrustError(.malformed, "the file is empty") }
        size = copy.count
        sha256 = (try? DigestAlgorithm.sha256.digest(copy)) ?? []
        var reader = FileStructureReader(options: options)
        encoding = try reader.read(copy)
        items = reader.items
        notes = reader.notes
    }
}
