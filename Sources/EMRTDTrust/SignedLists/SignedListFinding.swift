/// What became of the check of a signed list: whether somebody who is trusted vouches for it.
package enum SignedListFinding: Sendable {
    /// Every signature of the list is right, and its signer reaches an anchor.
    package struct Verified: Sendable {
        /// Whose key signed the list.
        package let signer: Certificate
        /// The certificates above the signer, its issuer first; empty where the signer itself is the anchor.
        package let path: [Certificate]
        /// The trusted certificate at the end.
        package let anchor: Certificate
        /// The leniencies taken.
        package let leniencies: Set<Leniency>
        /// What a reader of the import should know.
        package let remarks: [Remark]

        /// The remarks as sentences.
        package var notes: [String] { remarks.map(\.reason) }
    }

    /// Something that does not stop the list from being taken, with a stable code.
    package struct Remark: Sendable, Hashable {
        package let code: CheckCode
        package let reason: String
    }

    /// Verified up to an anchor.
    case verified(Verified)
    /// The signatures are right, but nobody who is trusted stands behind the signer. `wanted` is the CSCA that issued the
    /// signer, where the list holds it: whoever knows it to be genuine can name it.
    case anchorUnknown(signer: Certificate?, reason: String, wanted: Certificate?)
    /// The list cannot be taken, whoever stands behind it.
    case refused(TrustImportRefusal.Code, String)
}

extension TrustImportRefusal.Code {
    /// The list has no signer.
    public static let notSigned = TrustImportRefusal.Code("notSigned")
    /// An algorithm or key in the signature or the path is too weak.
    public static let tooWeak = TrustImportRefusal.Code("tooWeak")
    /// The signer's certificate was not valid when the list was signed.
    public static let signerNotValid = TrustImportRefusal.Code("signerNotValid")
    /// A revocation list of the trust store has the signer's certificate or one on its path.
    public static let signerRevoked = TrustImportRefusal.Code("signerRevoked")
    /// The signer's country is not that of the CSCA that issued it.
    public static let countryDiffers = TrustImportRefusal.Code("countryDiffers")
}

extension CheckCode {
    /// The signer of the list, valid when it signed, has expired since.
    public static let listSignerExpired = CheckCode(rawValue: "list.signerExpired")
    /// The CSCA that issued the signer of the list has expired since.
    public static let listIssuerExpired = CheckCode(rawValue: "list.issuerExpired")
    /// The list does not say when it was signed; its signer was judged on the present day.
    public static let listSigningTimeUnknown = CheckCode(rawValue: "list.signingTimeUnknown")
    /// The list says that it was signed after the present day.
    public static let listSignedInFuture = CheckCode(rawValue: "list.signedInFuture")
    /// The list was signed outside the period in which the signer's private key may sign.
    public static let listPrivateKeyPeriod = CheckCode(rawValue: "list.privateKeyPeriod")
    /// The list is signed by a CSCA itself and not by a list signer.
    public static let listSignedByCSCA = CheckCode(rawValue: "list.signedByCSCA")
    /// The extended key usage of the list signer is not marked critical.
    public static let listUsageNotCritical = CheckCode(rawValue: "list.usageNotCritical")
    /// The certificate of the list signer has no key usage.
    public static let listKeyUsageMissing = CheckCode(rawValue: "list.keyUsageMissing")
    /// The extended key usage of a defect list's signer is one whose meaning is not known here.
    public static let listUsageUnknown = CheckCode(rawValue: "list.usageUnknown")
    /// The country of the signer or of its CSCA is not given, so they were not compared.
    public static let listCountryUnknown = CheckCode(rawValue: "list.countryUnknown")
    /// The anchor is part of a test PKI.
    public static let listTestPKI = CheckCode(rawValue: "list.testPKI")
}
