package import EMRTDCrypto
public import LDS

/// Everything a simulated chip is made of: its files, its keys, and what its holder and issuer know.
public struct PersonalisedDocument: Sendable {
    /// What a reader must have done before a file opens (Doc 9303-10, clause 3.6 and TR-03110-1, table 1).
    public enum FileAccess: Sendable, Hashable {
        /// Nothing.
        case always
        /// BAC or PACE.
        case afterAccessControl
        /// Chip Authentication and Terminal Authentication.
        case afterTerminalAuthentication
    }

    /// One elementary file.
    public struct File: Sendable, Hashable {
        /// The name, such as `EF.COM` or `DG1`.
        public let name: String
        /// The file identifier.
        public let identifier: UInt16
        /// The short identifier, 1 to 30.
        public let shortIdentifier: UInt8
        /// What it holds.
        public let content: [UInt8]
        /// What opens it for reading.
        public let access: FileAccess
    }

    /// What a reader learns from the card's surface. Of invented persons; it is a secret all the same, for the logs.
    public struct AccessSecrets: Sendable, Hashable {
        /// The card access number, if there is one.
        public let cardAccessNumber: String?
        /// The MRZ's lines.
        public let mrz: [String]
        /// Document number, date of birth and date of expiry with their check digits (Doc 9303-11, 4.3.2).
        public let mrzInformation: String
    }

    /// What the chip does beyond its files.
    public struct Behaviour: Sendable, Hashable {
        /// The answer to reset; of a contactless card as a PC/SC reader makes it up.
        public var atr: [UInt8]
        /// Whether BAC opens the document.
        public var supportsBAC: Bool
        /// The status word with which SELECT of the MF is refused, where it is.
        public var selectMasterFileStatus: UInt16?
    }

    /// A key of Chip Authentication.
    package struct ChipAuthenticationKey: Sendable {
        /// The key id of DG14, if it has one.
        package let keyId: UInt?
        /// The curve.
        package let curve: StandardCurve
        /// The ciphers that DG14 offers with the key.
        package let ciphers: [BlockCipher]
        /// The private key; `withScalar` gives the scalar.
        package let privateKey: PrivateKey
    }

    /// The name of the profile, such as `vietnam-citizen`.
    public let profile: String
    /// The files of the MF.
    public let masterFiles: [File]
    /// The files of the eMRTD application, EF.COM first.
    public let applicationFiles: [File]
    /// What the card's surface says.
    public let secrets: AccessSecrets
    /// What the chip does beyond its files.
    public var behaviour: Behaviour
    /// The trust anchor: the CSCA certificate of this document's test PKI, DER.
    public let cscaCertificate: [UInt8]
    /// The document signer certificate, DER.
    public let documentSignerCertificate: [UInt8]
    /// The issue date.
    public let issueDate: CalendarDate
    /// The date of expiry, or `nil` where the document has none.
    public let dateOfExpiry: CalendarDate?
    /// The PACE protocols of EF.CardAccess.
    package let pace: [PACEOffer]
    /// The keys of Chip Authentication.
    package let chipAuthenticationKeys: [ChipAuthenticationKey]
    /// The key of Active Authentication.
    package let activeAuthenticationKey: PrivateKey?
    /// How the key of Active Authentication signs, for ECDSA.
    package let activeAuthenticationDigest: DigestAlgorithm?

    /// The file with a name, in the application or the MF, or `nil`.
    public func file(named name: String) -> File? {
        (applicationFiles + masterFiles).first { $0.name == name }
    }

    /// The application identifier of the eMRTD application (Doc 9303-10, 4.3).
    public static let applicationIdentifier: [UInt8] = [0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01]
}
