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
        /// Chip Authentication and Terminal Authentication, with the right to read this file.
        case afterTerminalAuthentication
        /// PACE (Doc 9303-10, 3.11.4).
        case afterPACE
        /// PACE, then Terminal Authentication version 2 (TR-03110-3, A.1.2).
        case afterTerminalAuthenticationVersion2
        /// PACE, Terminal Authentication and Chip Authentication version 2 (TR-03110-2, 2.4).
        case afterExtendedAccessControl
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
        /// The holder's PIN, if there is one.
        public let personalIdentificationNumber: String?
        /// The number that unblocks the PIN.
        public let pinUnblockingKey: String?
    }

    /// What the chip does beyond its files.
    public struct Behaviour: Sendable, Hashable {
        /// The answer to reset; of a contactless card as a PC/SC reader makes it up.
        public var atr: [UInt8]
        /// Whether BAC opens the document.
        public var supportsBAC: Bool
        /// Whether nothing has to be opened.
        public var isPlain = false
        /// The status word with which SELECT of the MF is refused, where it is.
        public var selectMasterFileStatus: UInt16?
        /// Departures from the standard.
        public var quirks: Set<ChipQuirk> = []
        /// How long each of the four steps of PACE takes with ``ChipQuirk/slowPACE``.
        public var paceStepMilliseconds = 1650
    }

    /// A key of Chip Authentication.
    package struct ChipAuthenticationKey: Sendable {
        /// The key id of DG14 or EF.CardSecurity, if it has one.
        package var keyId: UInt?
        /// The ciphers that the chip offers with the key.
        package var ciphers: [BlockCipher]
        /// The key.
        package var keyPair: KeyAgreementKeyPair

        /// Joins a key with its name and its use.
        package init(keyId: UInt?, ciphers: [BlockCipher], keyPair: KeyAgreementKeyPair) {
            self.keyId = keyId
            self.ciphers = ciphers
            self.keyPair = keyPair
        }
    }

    /// The name of the profile, such as `vietnam-citizen`.
    public package(set) var profile: String
    /// The files of the MF.
    public package(set) var masterFiles: [File]
    /// The files of the eMRTD application, EF.COM first.
    public package(set) var applicationFiles: [File]
    /// What the card's surface says.
    public package(set) var secrets: AccessSecrets
    /// What the chip does beyond its files.
    public var behaviour: Behaviour
    /// The trust anchor: the CSCA certificate of this document's test PKI, DER.
    public package(set) var cscaCertificate: [UInt8]
    /// The document signer certificate, DER.
    public package(set) var documentSignerCertificate: [UInt8]
    /// The issue date.
    public package(set) var issueDate: CalendarDate
    /// The date of expiry, or `nil` where the document has none.
    public package(set) var dateOfExpiry: CalendarDate?
    /// The PACE protocols of EF.CardAccess.
    package var pace: [PACEOffer]
    /// The keys of Chip Authentication.
    package var chipAuthenticationKeys: [ChipAuthenticationKey]
    /// The key of Active Authentication.
    package var activeAuthenticationKey: PrivateKey?
    /// The hash with which the key of Active Authentication signs.
    package var activeAuthenticationDigest: DigestAlgorithm?
    /// The keys of Chip Authentication Mapping; the key id is the parameter id of the offer.
    package var chipAuthenticationMappingKeys: [ChipAuthenticationKey]
    /// The certificates that Terminal Authentication starts from, and its version.
    package var terminalAuthentication: PersonalisationOptions.TerminalAuthenticationOption?
    /// The day for which the document was made: the chip's first approximation of the date.
    package var today: CalendarDate

    /// The file with a name, in the application or the MF, or `nil`.
    public func file(named name: String) -> File? {
        (applicationFiles + masterFiles).first { $0.name == name }
    }

    /// The application identifier of the eMRTD application (Doc 9303-10, 4.3).
    public static let applicationIdentifier: [UInt8] = [0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01]
}
