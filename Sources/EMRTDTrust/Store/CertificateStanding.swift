/// What a trust store knows of one of its certificates: who signed it, and whether it reaches a root. Depends on the store's
/// contents alone, not on a policy or a day.
public struct CertificateStanding: Sendable, Hashable {
    /// What became of the signature on the certificate.
    public enum Signature: Sendable, Hashable {
        /// The key of this certificate of the store made it; for a self-signed certificate its own. SHA-256, 32 bytes.
        case valid(issuerSHA256: [UInt8])
        /// The certificate says that it is self-signed, or names a key of the store, and that key did not make the signature.
        case invalid
        /// The store has no key that made it.
        case issuerUnknown
        /// The algorithm or the key cannot be used, so nothing was verified.
        case unsupported
    }

    /// What became of the signature.
    public let signature: Signature
    /// Whether the certificate's own key made its signature.
    public let isSelfSigned: Bool
    /// Whether the certificate is a root of the store or reaches one through certificates that may sign others.
    public let isAnchored: Bool
    /// Whether that root, or the certificate itself, came from a source that is more than ``TrustSource/Basis/unverified``.
    public let isVerified: Bool
    /// Whether the certificate carries the mark of a test PKI, was imported with it, or was signed by such a key.
    public let isTestPKI: Bool
}

/// One certificate of a trust store with its standing and its sources.
public struct StoredCertificate: Sendable {
    /// The certificate.
    public let certificate: Certificate
    /// Its SHA-256, 32 bytes.
    public let sha256: [UInt8]
    /// What the store knows of it.
    public let standing: CertificateStanding
    /// Where it came from.
    public let sources: [TrustSource]
}
