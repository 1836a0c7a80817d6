package import EMRTDCrypto
public import LDS

/// What a simulated document is to be like. Start from ``vietnamCitizen(today:)`` or ``passportTD3(today:)`` and change what
/// matters; every combination that the standards know is accepted.
public struct PersonalisationOptions: Sendable {
    /// Whose document it is, which also decides between the layouts.
    public enum Holder: Sendable, Hashable {
        /// A Vietnamese citizen card: TD1 with DG13.
        case vietnamese(VietnameseCitizen)
        /// A passport: TD3.
        case passport(PassportHolder)
        /// An identity card with the same data: TD1.
        case identityCard(PassportHolder)
    }

    /// A picture for DG2.
    public struct Portrait: Sendable, Hashable {
        /// The image file.
        public var image: [UInt8]
        /// Width in pixels.
        public var width: UInt16
        /// Height in pixels.
        public var height: UInt16
        /// Whether it is JPEG 2000 and not JPEG.
        public var isJPEG2000: Bool

        /// Creates a portrait from an image file of 1 to 60,000 bytes.
        public init(image: [UInt8], width: UInt16, height: UInt16, isJPEG2000: Bool = false) {
            self.image = image
            self.width = width
            self.height = height
            self.isJPEG2000 = isJPEG2000
        }
    }

    /// A key for Chip Authentication.
    package struct ChipAuthenticationOption: Sendable, Hashable {
        /// The group.
        package var domain: DomainParameters
        /// The ciphers offered with the key, one ChipAuthenticationInfo each.
        package var ciphers: [BlockCipher]
        /// The key id; needed where there are several keys.
        package var keyId: UInt?
        /// How the key names its group; where `nil`, as ``PersonalisationOptions/chipKeyParameters`` says, and prime fields in
        /// X9.42 form.
        package var form: DomainParameterForm?
        /// Whether ChipAuthenticationInfos announce the ciphers; without one a terminal is left with 3DES.
        package var hasInfo: Bool

        /// Creates an option with a curve.
        package init(_ curve: StandardCurve, _ ciphers: [BlockCipher], keyId: UInt? = nil) {
            self.init(.ecdh(curve), ciphers, keyId: keyId)
        }

        /// Creates an option.
        package init(
            _ domain: DomainParameters, _ ciphers: [BlockCipher], keyId: UInt? = nil, form: DomainParameterForm? = nil,
            hasInfo: Bool = true
        ) {
            self.domain = domain
            self.ciphers = ciphers
            self.keyId = keyId
            self.form = form
            self.hasInfo = hasInfo
        }
    }

    /// The key of Active Authentication.
    package enum ActiveAuthenticationOption: Sendable, Hashable {
        /// RSA with ISO/IEC 9796-2 signatures: trailer BC with SHA-1, xxCC with the others.
        case rsa(bits: Int, DigestAlgorithm = .sha256)
        /// ECDSA; the hash is announced in DG14.
        case ecdsa(StandardCurve, DigestAlgorithm)
    }

    /// Extended Access Control.
    package struct TerminalAuthenticationOption: Sendable, Hashable {
        /// Which version of Terminal Authentication.
        package enum Version: UInt, Sendable, Hashable {
            /// After Chip Authentication version 1; DG3 and DG4 lie behind it (TR-03110-1, 3.1).
            case one = 1
            /// After PACE and before Chip Authentication version 2; the whole application lies behind it (TR-03110-2, 2.4).
            case two = 2
        }

        /// The version.
        package var version: Version
        /// The certificates of the country verifying CA that the chip trusts, the current one first: one or two.
        package var trustPoints: [[UInt8]]

        /// Creates an option.
        package init(_ version: Version, trustPoints: [[UInt8]]) {
            self.version = version
            self.trustPoints = trustPoints
        }
    }

    /// The holder.
    public var holder: Holder
    /// The day on which the document is to be usable: certificates and the document are valid on it.
    public var today: CalendarDate
    /// The issue date; where `nil`, one is chosen for which the document is valid today.
    public var issueDate: CalendarDate?
    /// The card access number; `nil` for a document that has none. A Vietnamese card always has the last six digits of the
    /// number, and ignores this.
    public var cardAccessNumber: String?
    /// The holder's PIN for PACE, 4 to 16 digits; `nil` for a document without one.
    public var personalIdentificationNumber: String?
    /// The number that unblocks the PIN, 4 to 16 digits.
    public var pinUnblockingKey: String?
    /// Whether BAC opens the document.
    public var supportsBAC: Bool
    /// Whether the chip has no access control at all: everything is read in clear. Goes without PACE and BAC.
    public var isPlain: Bool
    /// Departures from the standard.
    public var quirks: Set<ChipQuirk>
    /// The portrait; the embedded drawing where `nil`.
    public var portrait: Portrait?
    /// Whether DG3 is there, which no reader without Terminal Authentication may read.
    public var includesFingerprints: Bool
    /// Whether DG4 is there, behind Terminal Authentication as well.
    public var includesIrises: Bool
    /// How DG13 of a Vietnamese card nests the parents.
    public var parentNesting: VietnameseDG13Builder.ParentNesting
    /// The PACE protocols offered, in the order of preference; empty for a document without PACE.
    package var pace: [PACEOffer]
    /// The keys of Chip Authentication; empty for a chip without it.
    package var chipAuthentication: [ChipAuthenticationOption]
    /// The key of Active Authentication, or none.
    package var activeAuthentication: ActiveAuthenticationOption?
    /// Extended Access Control, or none. Without it DG3 and DG4 open for nobody.
    package var terminalAuthentication: TerminalAuthenticationOption?
    /// How DG14 and DG15 name their curves.
    package var chipKeyParameters: CurveParameterEncoding
    /// The key of the CSCA.
    package var cscaKey: SigningKeyOptions
    /// The key of the document signer.
    package var documentSignerKey: SigningKeyOptions
    /// A PKI that exists, in place of one made with ``cscaKey`` and ``documentSignerKey``; a CSCA alone still certifies a
    /// document signer with ``documentSignerKey``.
    package var existingPKI: ExistingPKI?
    /// The form of EF.SOD; its signing time is set to the issue date unless it says otherwise.
    package var sod: SODBuilder
    /// The version of the LDS in EF.COM.
    package var ldsVersion: String

    /// A Vietnamese citizen card of the generation of 2021.
    public static func vietnamCitizen(
        today: CalendarDate, holder: VietnameseCitizen = .invented
    ) -> PersonalisationOptions {
        var options = PersonalisationOptions(.vietnamese(holder), today: today)
        options.includesFingerprints = true
        options.activeAuthentication = .rsa(bits: 2048)
        options.cscaKey = SigningKeyOptions(.ecdsa(.brainpoolP384r1, .explicit), .sha384)
        options.documentSignerKey = options.cscaKey
        return options
    }

    /// A passport of Utopia.
    public static func passportTD3(today: CalendarDate, holder: PassportHolder = .invented) -> PersonalisationOptions {
        var options = PersonalisationOptions(.passport(holder), today: today)
        options.cardAccessNumber = "123456"
        return options
    }

    /// An identity card of Utopia with PIN and PUK and without BAC: TD1.
    public static func identityCardTD1(
        today: CalendarDate, holder: PassportHolder = .invented
    ) -> PersonalisationOptions {
        var options = PersonalisationOptions(.identityCard(holder), today: today)
        options.cardAccessNumber = "123456"
        options.personalIdentificationNumber = "271828"
        options.pinUnblockingKey = "3141592653"
        options.supportsBAC = false
        return options
    }

    /// An identity card that guards its eMRTD application with Extended Access Control version 2: after PACE, Terminal
    /// Authentication version 2, then Chip Authentication version 2.
    package static func identityCardEAC2(
        today: CalendarDate, holder: PassportHolder = .invented, trustPoints: [[UInt8]]
    ) -> PersonalisationOptions {
        var options = identityCardTD1(today: today, holder: holder)
        options.includesFingerprints = true
        options.chipAuthentication = [ChipAuthenticationOption(.ecdh(.brainpoolP256r1), [.aes128], keyId: 41)]
        options.activeAuthentication = nil
        options.terminalAuthentication = TerminalAuthenticationOption(.two, trustPoints: trustPoints)
        return options
    }

    /// What the profiles have in common.
    private init(_ holder: Holder, today: CalendarDate) {
        self.holder = holder
        self.today = today
        supportsBAC = true
        isPlain = false
        quirks = []
        (includesFingerprints, includesIrises) = (false, false)
        parentNesting = .onePerParent
        pace = [PACEOffer(.generic, .ecdh, .aes128, parameterId: StandardCurve.brainpoolP256r1.rawValue)]
        chipAuthentication = [ChipAuthenticationOption(.brainpoolP256r1, [.aes128])]
        activeAuthentication = .ecdsa(.secp256r1, .sha256)
        chipKeyParameters = .explicit
        cscaKey = SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256)
        documentSignerKey = cscaKey
        sod = SODBuilder(version: .v0, groupDigest: .sha256)
        ldsVersion = "0107"
    }
}
