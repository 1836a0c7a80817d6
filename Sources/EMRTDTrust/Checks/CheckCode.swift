/// The stable code of a check's outcome, such as `sod.signatureWrong`. Codes do not change; new ones may be added in any
/// release. Other modules add their own.
public struct CheckCode: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The code.
    public let rawValue: String

    /// Creates a code from its text.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The code.
    public var description: String { rawValue }
}

extension CheckCode {
    /// What is checked holds.
    public static let ok = CheckCode(rawValue: "ok")
    /// An error ended the check before it was decided.
    public static let aborted = CheckCode(rawValue: "aborted")
    /// The inspection date cannot be right, so no validity period can be judged.
    public static let clockImplausible = CheckCode(rawValue: "clock.implausible")
}

extension CheckCode {
    /// There is no EF.SOD to check.
    public static let sodNotRead = CheckCode(rawValue: "sod.notRead")
    /// The EF.SOD is not the structure that it should be.
    public static let sodMalformed = CheckCode(rawValue: "sod.malformed")
    /// The EF.SOD has no signer.
    public static let sodNoSigner = CheckCode(rawValue: "sod.noSigner")
    /// The signature does not fit the content and the signer's certificate.
    public static let sodSignatureWrong = CheckCode(rawValue: "sod.signatureWrong")
    /// The certificate of the signer is not there.
    public static let sodSignerUnknown = CheckCode(rawValue: "sod.signerUnknown")
    /// The signature's algorithm or key is not supported.
    public static let sodAlgorithmUnsupported = CheckCode(rawValue: "sod.algorithmUnsupported")
    /// The signature is made with a broken algorithm.
    public static let sodAlgorithmForbidden = CheckCode(rawValue: "sod.algorithmForbidden")
    /// The signature is right, but its algorithm or key is too weak by policy.
    public static let sodAlgorithmWeak = CheckCode(rawValue: "sod.algorithmWeak")
    /// The signer's key is not on a known curve or otherwise not usable.
    public static let sodKeyUnusable = CheckCode(rawValue: "sod.keyUnusable")
    /// The EF.SOD departs from the standard in a way that the policy does not allow.
    public static let sodLeniencyRefused = CheckCode(rawValue: "sod.leniencyRefused")
    /// The contentType attribute is absent or differs from the content's type.
    public static let sodContentTypeWrong = CheckCode(rawValue: "sod.contentTypeWrong")
    /// The messageDigest attribute is absent or differs from the content's hash.
    public static let sodMessageDigestWrong = CheckCode(rawValue: "sod.messageDigestWrong")
    /// The CMSAlgorithmProtection attribute names other algorithms than the signer, or cannot be read.
    public static let sodAlgorithmProtectionWrong = CheckCode(rawValue: "sod.algorithmProtectionWrong")
    /// A signed attribute appears twice or has several values.
    public static let sodAttributesDuplicated = CheckCode(rawValue: "sod.attributesDuplicated")
    /// There are no signed attributes and the policy wants them.
    public static let sodAttributesMissing = CheckCode(rawValue: "sod.attributesMissing")
    /// EF.COM lists data groups that EF.SOD does not.
    public static let comListsMore = CheckCode(rawValue: "sod.comListsMore")
    /// EF.COM does not list data groups that EF.SOD does.
    public static let comHidesGroups = CheckCode(rawValue: "sod.comHidesGroups")
    /// There is no EF.COM to compare.
    public static let comNotRead = CheckCode(rawValue: "sod.comNotRead")
}

extension CheckCode {
    /// No certificate verified the signature, so there is none to check.
    public static let dsUnknown = CheckCode(rawValue: "ds.unknown")
    /// No CSCA of the trust store can have issued the document signer.
    public static let dsIssuerUnknown = CheckCode(rawValue: "ds.issuerUnknown")
    /// The CSCA that the document signer names did not sign it.
    public static let dsSignatureWrong = CheckCode(rawValue: "ds.signatureWrong")
    /// The trust store knows the CSCA's name, but with another key.
    public static let dsIssuerKeyDiffers = CheckCode(rawValue: "ds.issuerKeyDiffers")
    /// The signer's certificate is one of a CA.
    public static let dsIsCA = CheckCode(rawValue: "ds.isCA")
    /// The key usage of the signer's certificate does not allow signing documents.
    public static let dsKeyUsageWrong = CheckCode(rawValue: "ds.keyUsageWrong")
    /// The signer's certificate is one for another purpose than signing documents, such as lists or visible digital seals.
    public static let dsExtendedKeyUsageWrong = CheckCode(rawValue: "ds.extendedKeyUsageWrong")
    /// The certificate has a critical extension that is not known.
    public static let dsCriticalExtensionUnknown = CheckCode(rawValue: "ds.criticalExtensionUnknown")
    /// The certificate has malformed or repeated extensions.
    public static let dsExtensionMalformed = CheckCode(rawValue: "ds.extensionMalformed")
    /// The signature on the certificate cannot be checked with the algorithms supported.
    public static let dsAlgorithmUnsupported = CheckCode(rawValue: "ds.algorithmUnsupported")
    /// The signature on the certificate is made with a broken algorithm.
    public static let dsAlgorithmForbidden = CheckCode(rawValue: "ds.algorithmForbidden")
    /// The path is right, but an algorithm or key in it is too weak by policy.
    public static let dsAlgorithmWeak = CheckCode(rawValue: "ds.algorithmWeak")
    /// The certificate departs from the standard in a way that the policy does not allow.
    public static let dsLeniencyRefused = CheckCode(rawValue: "ds.leniencyRefused")
    /// The issuer is a link certificate whose own issuer is not in the trust store.
    public static let dsLinkCertificateAlone = CheckCode(rawValue: "ds.linkCertificateAlone")
    /// The CSCA came into the trust store from a source that nothing vouches for, and the policy does not allow that.
    public static let dsAnchorUnverified = CheckCode(rawValue: "ds.anchorUnverified")
    /// Only master lists older than the policy allows vouch for the CSCA.
    public static let dsAnchorOutdated = CheckCode(rawValue: "ds.anchorOutdated")
    /// The path ends in a test PKI, which does not count.
    public static let dsTestPKI = CheckCode(rawValue: "ds.testPKI")
    /// The certificate was no longer valid on the inspection date.
    public static let dsExpired = CheckCode(rawValue: "ds.expired")
    /// The certificate was not yet valid on the inspection date.
    public static let dsNotYetValid = CheckCode(rawValue: "ds.notYetValid")
    /// The certificate's validity period cannot be read.
    public static let dsValidityUnreadable = CheckCode(rawValue: "ds.validityUnreadable")
    /// The signer does not say when it signed.
    public static let dsSigningTimeUnknown = CheckCode(rawValue: "ds.signingTimeUnknown")
    /// The signer states a signing time after the inspection date.
    public static let dsSignedInFuture = CheckCode(rawValue: "ds.signedInFuture")
    /// The document signer had expired when the document was signed.
    public static let dsExpiredAtSigning = CheckCode(rawValue: "ds.expiredAtSigning")
    /// The document signer was not yet valid when the document was signed.
    public static let dsNotYetValidAtSigning = CheckCode(rawValue: "ds.notYetValidAtSigning")
    /// The certificates name no period in which a private key may sign.
    public static let dsPrivateKeyUsageAbsent = CheckCode(rawValue: "ds.privateKeyUsageAbsent")
    /// A period in which a private key may sign cannot be read.
    public static let dsPrivateKeyUsageUnreadable = CheckCode(rawValue: "ds.privateKeyUsageUnreadable")
    /// The document was signed before the period in which the document signer's private key may sign.
    public static let dsPrivateKeyUsageEarly = CheckCode(rawValue: "ds.privateKeyUsageEarly")
    /// The document was signed after the period in which the document signer's private key may sign.
    public static let dsPrivateKeyUsageOver = CheckCode(rawValue: "ds.privateKeyUsageOver")
    /// The document signer does not list what document types it may sign.
    public static let dsDocumentTypeListAbsent = CheckCode(rawValue: "ds.documentTypeListAbsent")
    /// The document signer's list of document types cannot be read.
    public static let dsDocumentTypeListUnreadable = CheckCode(rawValue: "ds.documentTypeListUnreadable")
    /// The document's type is not known, so the signer's list was not compared.
    public static let dsDocumentTypeUnknown = CheckCode(rawValue: "ds.documentTypeUnknown")
    /// The document signer may not sign documents of this type.
    public static let dsDocumentTypeWrong = CheckCode(rawValue: "ds.documentTypeWrong")
    /// There is no revocation list of the issuer.
    public static let dsRevocationUnknown = CheckCode(rawValue: "ds.revocationUnknown")
    /// The document signer was revoked.
    public static let dsRevoked = CheckCode(rawValue: "ds.revoked")
    /// The newest usable revocation list is too old to show that the document signer is not revoked.
    public static let dsCRLStale = CheckCode(rawValue: "ds.crlStale")
    /// The revocation list is dated after the inspection date.
    public static let dsCRLNotYetValid = CheckCode(rawValue: "ds.crlNotYetValid")
    /// The algorithm or key of the revocation list's signature is too weak by policy to show that the document signer is not revoked.
    public static let dsCRLWeak = CheckCode(rawValue: "ds.crlWeak")
    /// The revocation list has a critical extension that is not known, or is about a part of the certificates only, so it
    /// shows nothing.
    public static let dsCRLUnsupported = CheckCode(rawValue: "ds.crlUnsupported")
    /// There are revocation lists in the issuer's name, but none that a key of its own signed: they were ignored.
    public static let dsCRLIgnored = CheckCode(rawValue: "ds.crlIgnored")
}

extension CheckCode {
    /// No CSCA was found, so there is none to check.
    public static let cscaUnknown = CheckCode(rawValue: "csca.unknown")
    /// The issuer's certificate does not allow it to sign certificates.
    public static let cscaNotCA = CheckCode(rawValue: "csca.notCA")
    /// The CSCA is one for other purposes than travel documents, such as health proofs.
    public static let cscaExtendedKeyUsageWrong = CheckCode(rawValue: "csca.extendedKeyUsageWrong")
    /// The CSCA has a critical extension that is not known.
    public static let cscaCriticalExtensionUnknown = CheckCode(rawValue: "csca.criticalExtensionUnknown")
    /// The CSCA's own signature is wrong: the certificate in the trust store is damaged.
    public static let cscaSignatureWrong = CheckCode(rawValue: "csca.signatureWrong")
    /// The CSCA's own signature cannot be checked with the algorithms supported.
    public static let cscaSignatureUnsupported = CheckCode(rawValue: "csca.signatureUnsupported")
    /// A link certificate of the path was revoked.
    public static let cscaRevoked = CheckCode(rawValue: "csca.revoked")
    /// The CSCA was no longer valid on the inspection date.
    public static let cscaExpired = CheckCode(rawValue: "csca.expired")
    /// The CSCA was not yet valid on the inspection date.
    public static let cscaNotYetValid = CheckCode(rawValue: "csca.notYetValid")
    /// The CSCA's validity period cannot be read.
    public static let cscaValidityUnreadable = CheckCode(rawValue: "csca.validityUnreadable")
    /// The CSCA had expired when the document was signed.
    public static let cscaExpiredAtSigning = CheckCode(rawValue: "csca.expiredAtSigning")
    /// The CSCA was not yet valid when the document was signed.
    public static let cscaNotYetValidAtSigning = CheckCode(rawValue: "csca.notYetValidAtSigning")
    /// The document signer was issued before the period in which the CSCA's private key may sign.
    public static let cscaPrivateKeyUsageEarly = CheckCode(rawValue: "csca.privateKeyUsageEarly")
    /// The document signer was issued after the period in which the CSCA's private key may sign.
    public static let cscaPrivateKeyUsageOver = CheckCode(rawValue: "csca.privateKeyUsageOver")
}

extension CheckCode {
    /// The data group's hash differs from the one in the EF.SOD.
    public static let dgHashWrong = CheckCode(rawValue: "dg.hashWrong")
    /// The data group is not in the SOD.
    public static let dgNotInSOD = CheckCode(rawValue: "dg.notInSOD")
    /// The data group was not asked for, so its hash was not checked.
    public static let dgNotRead = CheckCode(rawValue: "dg.notRead")
    /// The chip refused access to the data group, so its hash was not checked.
    public static let dgAccessDenied = CheckCode(rawValue: "dg.accessDenied")
    /// The EF.SOD lists a data group that the chip does not have.
    public static let dgMissing = CheckCode(rawValue: "dg.missing")
    /// EF.COM lists the data group; it is neither in the EF.SOD nor was it read.
    public static let dgListedByCOMOnly = CheckCode(rawValue: "dg.listedByCOMOnly")
    /// The hash function of the EF.SOD is not supported or broken.
    public static let dgHashUnsupported = CheckCode(rawValue: "dg.hashUnsupported")
    /// The hash fits, but its function is too weak by policy.
    public static let dgHashWeak = CheckCode(rawValue: "dg.hashWeak")
    /// The hash fits an EF.SOD whose signature was not successful, which proves nothing.
    public static let dgNotAuthenticated = CheckCode(rawValue: "dg.notAuthenticated")
}

extension CheckCode {
    /// The issuing state of the document or of the certificates is not known.
    public static let issuingStateUnknown = CheckCode(rawValue: "issuingState.unknown")
    /// The issuing state of the document and the country of a certificate differ.
    public static let issuingStateDiffers = CheckCode(rawValue: "issuingState.differs")
    /// The signer's country fits, but no trusted CSCA stands behind it.
    public static let issuingStateNotAnchored = CheckCode(rawValue: "issuingState.notAnchored")
}

extension CheckCode {
    /// There is no EF.CardSecurity to check.
    public static let cardSecurityNotRead = CheckCode(rawValue: "cardSecurity.notRead")
    /// EF.CardSecurity is not the structure that it should be.
    public static let cardSecurityMalformed = CheckCode(rawValue: "cardSecurity.malformed")
    /// A check of the EF.CardSecurity's signer had another outcome than success; the reason says which.
    public static let cardSecurityNotAuthenticated = CheckCode(rawValue: "cardSecurity.notAuthenticated")
}
