/// A named exception that lets a real document or certificate pass although it departs from the standard. A policy says which
/// are allowed, and each one taken is in the report.
public struct Leniency: Sendable, Hashable, CustomStringConvertible {
    /// The stable name.
    public let name: String
    /// What departs from the standard, and why it can be tolerated.
    public let reason: String

    init(_ name: String, _ reason: String) {
        self.name = name
        self.reason = reason
    }

    /// Two leniencies are the same when their names are.
    public static func == (a: Leniency, b: Leniency) -> Bool { a.name == b.name }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// The name.
    public var description: String { name }

    /// Bytes follow the object in EF.SOD or EF.CardSecurity.
    public static let sodTrailingBytes = Leniency(
        "sodTrailingBytes", "Bytes follow the signed object in its file; they are ignored.")
    /// The EF.SOD lacks its outer tag 77.
    public static let sodWithoutTag77 = Leniency(
        "sodWithoutTag77", "EF.SOD lacks its outer tag 77; the signed structure inside is complete.")
    /// EF.SOD, EF.CardSecurity or a list is BER, for example with indefinite lengths.
    public static let sodNotDER = Leniency(
        "sodNotDER", "The signed file is encoded in BER; the signature is over the bytes as they came.")
    /// The content type is one that issuers used before ICAO's own.
    public static let oldContentType = Leniency(
        "oldContentType", "The content type is an old name of the LDS security object; the content is that object.")
    /// The LDS security object lists numbers beyond 1 to 16.
    public static let dataGroupNumberOutOfRange = Leniency(
        "dataGroupNumberOutOfRange", "The LDS security object lists data groups beyond 1 to 16; they are ignored.")
    /// The signer has no signed attributes.
    public static let noSignedAttributes = Leniency(
        "noSignedAttributes", "The signature is over the content itself, without signed attributes.")
    /// The signed attributes are not DER; the signature is over their DER form.
    public static let signedAttributesNotDER = Leniency(
        "signedAttributesNotDER",
        "The signed attributes came in BER; the signature is over their DER form (RFC 5652, 5.4).")
    /// The signer is named differently from its certificate.
    public static let signerIdentifierMismatch = Leniency(
        "signerIdentifierMismatch",
        "The signer's identifier does not name the certificate exactly; the certificate was found by verifying with its key."
    )
    /// The list of hash functions lacks the signer's.
    public static let digestAlgorithmNotListed = Leniency(
        "digestAlgorithmNotListed",
        "The digestAlgorithms of EF.SOD, which only announce, lack the hash function that the signer names.")
    /// The hash of the signature is not the one that its algorithm names.
    public static let signatureDigestFromDigestAlgorithm = Leniency(
        "signatureDigestFromDigestAlgorithm",
        "The signature was made with the hash of digestAlgorithm and not with the one that signatureAlgorithm names.")
    /// The signature was made with another hash than the content was hashed with.
    public static let signatureDigestDiffers = Leniency(
        "signatureDigestDiffers",
        "The signature was made with the hash that signatureAlgorithm names, which is not that of digestAlgorithm (RFC 5652, 5.4)."
    )
    /// The integers of an ECDSA signature have superfluous zeros.
    public static let ecdsaSuperfluousZeros = Leniency(
        "ecdsaSuperfluousZeros", "The integers of the ECDSA signature have superfluous leading zeros or lengths.")
    /// The DigestInfo of an RSA PKCS#1 signature lacks the NULL of its parameters.
    public static let pkcs1WithoutNull = Leniency(
        "pkcs1WithoutNull",
        "The hash inside the RSA signature is named without the NULL that RFC 8017 demands; all its other bytes are exact."
    )
    /// The document signer has no key usage.
    public static let dsWithoutKeyUsage = Leniency(
        "dsWithoutKeyUsage", "The document signer's certificate has no key usage; the extension is mandatory.")
    /// The CSCA does not say that it is a CA, but is self-signed and in the trust store.
    public static let cscaNotMarkedAsCA = Leniency(
        "cscaNotMarkedAsCA",
        "The CSCA's extensions do not say that it is a CA; it is self-signed and was put into the trust store as an anchor."
    )
    /// A link certificate is the only anchor.
    public static let linkCertificateAlone = Leniency(
        "linkCertificateAlone",
        "A link certificate is the anchor although the CSCA that signed it is not in the trust store.")
    /// The CSCA came from a source that nothing vouches for.
    public static let anchorFromUnverifiedSource = Leniency(
        "anchorFromUnverifiedSource",
        "The CSCA came into the trust store from a source that nothing vouches for, such as a list imported unverified."
    )
    /// The issuer's name is written differently from the subject's.
    public static let issuerNameDiffers = Leniency(
        "issuerNameDiffers",
        "The issuer's name is not written as the CSCA's subject is; the CSCA's key made the signature.")
    /// The revocation list is signed with another key of the same CSCA.
    public static let revocationListOfOtherKey = Leniency(
        "revocationListOfOtherKey",
        "Another key of the same CSCA, anchored in the trust store, signed the revocation list: CSCAs sign theirs with the newest."
    )
    /// A signing time or date of issue lies less than a day outside the period it should lie in.
    public static let periodMissedByADay = Leniency(
        "periodMissedByADay",
        "A signing time or date of issue lies less than a day outside the certificate's period: local time written as UTC."
    )
    /// The signing time that the signer states lies up to three months outside a period of its certificate. No named policy allows
    /// it: for issuers that are known to do so.
    public static let signingTimeOutsidePeriod = Leniency(
        "signingTimeOutsidePeriod",
        "The signing time that the signer states lies up to 92 days outside a period of its certificate: its clock was off, or its certificate was made later."
    )
    /// A link certificate above the CSCA begins outside the period of the one that signed it.
    public static let linkOutsidePeriod = Leniency(
        "linkOutsidePeriod",
        "A certificate begins outside the period of the CSCA above it that signed it, or one of these dates cannot be read."
    )
    /// The CSCA is vouched for by old master lists alone.
    public static let oldMasterList = Leniency(
        "oldMasterList",
        "Only master lists that are older than the policy allows vouch for the CSCA: import the present one.")
    /// EF.COM lists data groups that the EF.SOD does not.
    public static let comListsMoreThanSOD = Leniency(
        "comListsMoreThanSOD",
        "EF.COM, which is not signed, lists data groups that EF.SOD does not; the EF.SOD's list decides.")
    /// A weak algorithm or key size is accepted by policy.
    public static let weakAlgorithm = Leniency(
        "weakAlgorithm", "A weak algorithm or key size was accepted by policy.")

    /// The hash or format of an ECDSA signature of Active Authentication was found by trying.
    public static let aaSignatureInferred = Leniency(
        "aaSignatureInferred",
        "DG14 names no hash for Active Authentication with ECDSA, or another one than verifies; it was found by trying."
    )
    /// The ECDSA signature of Active Authentication is DER and not plain.
    public static let aaSignatureDER = Leniency(
        "aaSignatureDER", "The ECDSA signature of Active Authentication is encoded in DER and not as r || s.")
    /// The RSA signature of Active Authentication lost its leading zeros.
    public static let aaSignatureShort = Leniency(
        "aaSignatureShort", "The RSA signature of Active Authentication came without its leading zeros.")
    /// The trailer of Active Authentication names SHA-1 in two bytes.
    public static let aaTrailerSHA1 = Leniency(
        "aaTrailerSHA1", "The signature of Active Authentication names SHA-1 with the trailer 33CC instead of BC.")
    /// The protocol of Chip Authentication was assumed.
    public static let caInferred = Leniency(
        "caInferred", "DG14 has no ChipAuthenticationInfo for the chip's key; Chip Authentication ran with 3DES.")
}
