/// Something out of the ordinary in a certificate that parsing tolerates. New ones may be added in any release.
public struct CertificateOddity: Sendable, Hashable, CustomStringConvertible {
    /// The stable name.
    public let description: String

    init(_ name: String) { description = name }

    /// The encoding is BER, not DER.
    public static let notDER = CertificateOddity("notDER")
    /// The certificate is not version 3.
    public static let notVersion3 = CertificateOddity("notVersion3")
    /// The serial number is negative.
    public static let negativeSerialNumber = CertificateOddity("negativeSerialNumber")
    /// The serial number is zero.
    public static let zeroSerialNumber = CertificateOddity("zeroSerialNumber")
    /// The signature algorithms inside and outside the signed part differ. Such a signature counts as wrong (RFC 5280, 4.1.1.2).
    public static let signatureAlgorithmsDiffer = CertificateOddity("signatureAlgorithmsDiffer")
    /// A validity date is no time.
    public static let unreadableValidity = CertificateOddity("unreadableValidity")
    /// An extension that this library reads is malformed.
    public static let malformedExtension = CertificateOddity("malformedExtension")
    /// An extension appears more than once.
    public static let duplicatedExtension = CertificateOddity("duplicatedExtension")

    /// BasicConstraints or KeyUsage is not marked critical (Doc 9303-12, Table 4).
    public static let uncriticalConstraint = CertificateOddity("uncriticalConstraint")
    /// A critical extension that this library does not process.
    public static let unknownCriticalExtension = CertificateOddity("unknownCriticalExtension")
    /// The document types are a bare string or set in place of the sequence of Doc 9303-12, 7.1.1.
    public static let bareDocumentTypeList = CertificateOddity("bareDocumentTypeList")
    /// The serial number has more than 20 bytes (RFC 5280, 4.1.2.2).
    public static let longSerialNumber = CertificateOddity("longSerialNumber")
    /// The certificate of a CA does not say so: BasicConstraints is absent or cA is false, while key usage or names say that it is.
    public static let notMarkedAsCA = CertificateOddity("notMarkedAsCA")
    /// The certificate of a CA has BasicConstraints without pathLenConstraint (Doc 9303-12, Table 4, wants 0).
    public static let noPathLength = CertificateOddity("noPathLength")
    /// There is no KeyUsage.
    public static let noKeyUsage = CertificateOddity("noKeyUsage")
    /// There is no authority key identifier, and the certificate is not self-issued.
    public static let noAuthorityKeyIdentifier = CertificateOddity("noAuthorityKeyIdentifier")
    /// There is no subject key identifier on the certificate of a CA.
    public static let noSubjectKeyIdentifier = CertificateOddity("noSubjectKeyIdentifier")

    /// The key spells its curve out, as Doc 9303-12, 4.4.1, asks; OpenSSL alone refuses such keys in paths.
    public static let explicitCurveParameters = CertificateOddity("explicitCurveParameters")
    /// The public exponent of the RSA key is 3.
    public static let rsaExponent3 = CertificateOddity("rsaExponent3")
    /// An RSA key under 2048 bits.
    public static let shortRSAKey = CertificateOddity("shortRSAKey")
    /// An elliptic curve under 224 bits.
    public static let shortECKey = CertificateOddity("shortECKey")
    /// The key cannot be used; the reason is the key's description.
    public static let unusableKey = CertificateOddity("unusableKey")
    /// The signature uses SHA-1.
    public static let sha1Signature = CertificateOddity("sha1Signature")
    /// The parameters of the PSS signature leave the hash function out, which means SHA-1.
    public static let pssDefaultHash = CertificateOddity("pssDefaultHash")
    /// The parameters of the PSS signature leave the salt out, which means 20 bytes.
    public static let pssDefaultSalt = CertificateOddity("pssDefaultSalt")
    /// The signature algorithm is not known, or not usable.
    public static let unsupportedSignatureAlgorithm = CertificateOddity("unsupportedSignatureAlgorithm")

    /// A name holds a TeletexString.
    public static let teletexString = CertificateOddity("teletexString")
    /// A name holds a BMPString.
    public static let bmpString = CertificateOddity("bmpString")
    /// A name holds a UniversalString.
    public static let universalString = CertificateOddity("universalString")
    /// A name has no country (Doc 9303-12, Table 4, requires one).
    public static let noCountry = CertificateOddity("noCountry")
    /// A country is not in upper case (Doc 9303-12, Table 4).
    public static let countryNotUpperCase = CertificateOddity("countryNotUpperCase")

    /// A date is a GeneralizedTime although it lies before 2050 (RFC 5280, 4.1.2.5).
    public static let generalizedTimeBefore2050 = CertificateOddity("generalizedTimeBefore2050")
    /// notAfter is a UTCTime from 1950 on and lies before notBefore: a year past 2049 was probably meant.
    public static let utcTimePast2049 = CertificateOddity("utcTimePast2049")
    /// A date has no seconds.
    public static let timeWithoutSeconds = CertificateOddity("timeWithoutSeconds")
    /// A date has fractions of a second or an offset in place of Z.
    public static let unusualTimeForm = CertificateOddity("unusualTimeForm")
    /// The period of validity ends before it begins.
    public static let validityReversed = CertificateOddity("validityReversed")
}
