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

    /// A key for Chip Authentication version 1 with ECDH.
    package struct ChipAuthenticationOption: Sendable, Hashable {
        /// The curve.
        package var curve: StandardCurve
        /// The ciphers offered with the key, one ChipAuthenticationInfo each.
        package var ciphers: [BlockCipher]
        /// The key id; needed where there are several keys.
        package var keyId: UInt?

        /// Creates an option.
        package init(_ curve: StandardCurve, _ ciphers: [BlockCipher], keyId: UInt? = nil) {
            self.curve = curve
            self.ciphers = ciphers
            self.keyId = keyId
        }
    }

    /// The key of Active Authentication.
    package enum ActiveAuthenticationOption: Sendable, Hashable {
        /// RSA with ISO/IEC 9796-2 signatures.
        case rsa(bits: Int)
        /// ECDSA in plain format; the hash is announced in DG14.
        case ecdsa(StandardCurve, DigestAlgorithm)
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
    /// Whether BAC opens the document.
    public var supportsBAC: Bool
    /// The portrait; the embedded drawing where `nil`.
    public var portrait: Portrait?
    /// Whether DG3 is there, which no reader without Terminal Authentication may read.
    public var includesFingerprints: Bool
    /// How DG13 of a Vietnamese card nests the parents.
    public var parentNesting: VietnameseDG13Builder.ParentNesting
    /// The PACE protocols offered, in the order of preference; empty for a document without PACE.
    package var pace: [PACEOffer]
    /// The keys of Chip Authentication; empty for a chip without it.
    package var chipAuthentication: [ChipAuthenticationOption]
    /// The key of Active Authentication, or none.
    package var activeAuthentication: ActiveAuthenticationOption?
    /// How DG14 and DG15 name their curves.
    package var chipKeyParameters: CurveParameterEncoding
    /// The key of the CSCA.
    package var cscaKey: SigningKeyOptions
    /// The key of the document signer.
    package var documentSignerKey: SigningKeyOptions
    /// The form of EF.SOD; its signing time is set to the issue date.
    package var sod: SODBuilder
    /// The version of the LDS in EF.COM.
    package var ldsVersion: String

    /// A Vietnamese citizen card of the generation of 2021.
    public static func vietnamCitizen(
        today: CalendarDate, holder: VietnameseCitizen = .invented
    ) -> PersonalisationOptions {
        PersonalisationOptions(
            holder: .vietnamese(holder), today: today, issueDate: nil, cardAccessNumber: nil, supportsBAC: true,
            portrait: nil, includesFingerprints: true, parentNesting: .onePerParent,
            pace: [PACEOffer(.generic, .ecdh, .aes128, parameterId: StandardCurve.brainpoolP256r1.rawValue)],
            chipAuthentication: [ChipAuthenticationOption(.brainpoolP256r1, [.aes128])],
            activeAuthentication: .rsa(bits: 2048), chipKeyParameters: .explicit,
            cscaKey: SigningKeyOptions(.ecdsa(.brainpoolP384r1, .explicit), .sha384),
            documentSignerKey: SigningKeyOptions(.ecdsa(.brainpoolP384r1, .explicit), .sha384),
            sod: SODBuilder(version: .v0, groupDigest: .sha256), ldsVersion: "0107")
    }

    /// A passport of Utopia.
    public static func passportTD3(today: CalendarDate, holder: PassportHolder = .invented) -> PersonalisationOptions {
        PersonalisationOptions(
            holder: .passport(holder), today: today, issueDate: nil, cardAccessNumber: "123456", supportsBAC: true,
            portrait: nil, includesFingerprints: false, parentNesting: .onePerParent,
            pace: [PACEOffer(.generic, .ecdh, .aes128, parameterId: StandardCurve.brainpoolP256r1.rawValue)],
            chipAuthentication: [ChipAuthenticationOption(.brainpoolP256r1, [.aes128])],
            activeAuthentication: .ecdsa(.secp256r1, .sha256), chipKeyParameters: .explicit,
            cscaKey: SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256),
            documentSignerKey: SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256),
            sod: SODBuilder(version: .v0, groupDigest: .sha256), ldsVersion: "0107")
    }
}
