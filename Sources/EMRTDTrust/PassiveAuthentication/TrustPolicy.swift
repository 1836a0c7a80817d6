/// What passive authentication requires, which exceptions it allows, and how strong algorithms must be.
///
/// Algorithms built on MD2, MD4 or MD5 and RSA keys under 1024 bits fail under every policy.
public struct TrustPolicy: Sendable, Hashable {
    /// What to do with something weak or missing.
    public enum Rule: String, Sendable, Hashable {
        /// Accept it and list it as a leniency.
        case accept
        /// Do not decide: the check is undetermined.
        case undetermined
        /// The check fails.
        case fail
    }

    /// The policy's name, for reports.
    public var name: String
    /// The exceptions that are allowed.
    public var leniencies: Set<Leniency>
    /// Whether certificates of a test PKI may be anchors. Every report that rests on one says so.
    public var allowsTestPKI: Bool
    /// Whether the verdict needs to know that the document signer is not revoked.
    public var requiresRevocation: Bool
    /// Whether the verdict needs EF.COM to be there and to agree with the EF.SOD.
    public var requiresCOM: Bool
    /// How strong algorithms must be, by the moment of signing: the signing time that the signer states, or the first day of
    /// its certificate where that is later; for the signature on the document signer its first day. In any order.
    public var algorithms: [AlgorithmRequirement]
    /// Signatures made with SHA-1, on the EF.SOD or on the document signer, where ``algorithms`` says nothing else.
    public var sha1Signatures: Rule
    /// Hashes of data groups made with SHA-1, where ``algorithms`` says nothing else. Forging one needs a second preimage; but
    /// whoever brings the portrait to the issuer may bring one half of a collision.
    public var sha1Hashes: Rule
    /// Keys shorter than ``algorithms`` asks for.
    public var shortKeys: Rule
    /// The oldest revocation list that shows that a certificate is not revoked, in days since its thisUpdate, even where it
    /// names a later nextUpdate; `nil` for no limit. Doc 9303-12 has CSCAs issue one every 90 days at least.
    public var maximumRevocationListAge: Int?
    /// The oldest master list that vouches for a CSCA without being mentioned, in days since it was signed; `nil` for no limit.
    public var maximumMasterListAge: Int?
    /// A document signer whose issuer's name the store knows with another key only, and that names no key or certificate of the
    /// store as its issuer's: a trust store that is out of date, or a forgery.
    public var issuerKeyDiffers: Rule
    /// The inspection dates that a clock may show; with any other, validity periods are undetermined.
    public var plausibleDates: ClosedRange<Timestamp>

    /// What a desk needs: real documents pass, each exception visible. SHA-1 and short keys are undetermined, but SHA-1 is
    /// accepted in what was signed before 2011; revocation and EF.COM are checked but not required.
    public static let field = TrustPolicy(
        name: "field",
        leniencies: [
            .sodTrailingBytes, .sodWithoutTag77, .sodNotDER, .oldContentType, .dataGroupNumberOutOfRange,
            .noSignedAttributes,
            .signedAttributesNotDER, .signerIdentifierMismatch, .signatureDigestFromDigestAlgorithm,
            .signatureDigestDiffers, .ecdsaSuperfluousZeros, .pkcs1WithoutNull,
            .dsWithoutKeyUsage, .cscaNotMarkedAsCA, .comListsMoreThanSOD, .digestAlgorithmNotListed, .issuerNameDiffers,
            .periodMissedByADay, .anchorFromUnverifiedSource, .revocationListOfOtherKey,
            .linkOutsidePeriod, .oldMasterList,
            .aaSignatureInferred, .aaSignatureDER, .aaSignatureShort, .aaTrailerSHA1, .caInferred,
        ],
        requiresRevocation: false, requiresCOM: false,
        algorithms: [
            AlgorithmRequirement(
                from: AlgorithmRequirement.beginning, csca: .documentSigner, sha1Signatures: .accept,
                sha1Hashes: .accept),
            AlgorithmRequirement(
                from: AlgorithmRequirement.endOfSHA1, csca: .documentSigner, sha1Certificates: .accept,
                sha1Hashes: .accept),
            AlgorithmRequirement(from: AlgorithmRequirement.endOfSHA1Certificates, csca: .documentSigner),
        ],
        maximumRevocationListAge: 365, maximumMasterListAge: 365, sha1Signatures: .undetermined,
        sha1Hashes: .undetermined, shortKeys: .undetermined, issuerKeyDiffers: .fail)

    /// Doc 9303 and TR-03135 to the letter: no exceptions besides the encodings that RFC 5652 allows; revocation and EF.COM are
    /// required; SHA-1 from 2011 on and short keys fail.
    public static let strict = TrustPolicy(
        name: "strict", leniencies: [.sodNotDER, .signedAttributesNotDER, .issuerNameDiffers], requiresRevocation: true,
        requiresCOM: true,
        algorithms: [
            AlgorithmRequirement(
                from: AlgorithmRequirement.beginning, sha1Signatures: .undetermined, sha1Hashes: .accept),
            AlgorithmRequirement(from: AlgorithmRequirement.endOfSHA1),
        ],
        maximumRevocationListAge: 90, maximumMasterListAge: 90, sha1Signatures: .fail, sha1Hashes: .fail,
        shortKeys: .fail, issuerKeyDiffers: .fail)

    init(
        name: String, leniencies: Set<Leniency>, requiresRevocation: Bool, requiresCOM: Bool,
        algorithms: [AlgorithmRequirement], maximumRevocationListAge: Int?, maximumMasterListAge: Int?,
        sha1Signatures: Rule, sha1Hashes: Rule, shortKeys: Rule, issuerKeyDiffers: Rule
    ) {
        self.name = name
        self.leniencies = leniencies
        allowsTestPKI = false
        self.requiresRevocation = requiresRevocation
        self.requiresCOM = requiresCOM
        self.algorithms = algorithms
        self.maximumRevocationListAge = maximumRevocationListAge
        self.maximumMasterListAge = maximumMasterListAge
        self.sha1Signatures = sha1Signatures
        self.sha1Hashes = sha1Hashes
        self.shortKeys = shortKeys
        self.issuerKeyDiffers = issuerKeyDiffers
        // 2005-01-01, before the first eMRTD with these protocols expired, to 2059-12-31.
        plausibleDates = Timestamp(secondsSince1970: 1_104_537_600)...Timestamp(secondsSince1970: 2_840_140_799)
    }
}
