import EMRTDCrypto

extension PersonalisationOptions {
    /// A kind of key for the test PKI, for CSCA and document signer alike. The hash goes with the key's size.
    public enum PKIKey: String, Sendable, Hashable, CaseIterable {
        /// RSA with 2048 bits, PKCS#1 v1.5, SHA-256.
        case rsa2048 = "RSA-2048"
        /// ECDSA on P-256 with SHA-256; the curve's parameters are spelled out, as Doc 9303-12, clause 6 demands.
        case p256 = "P-256"
        /// ECDSA on brainpoolP256r1 with SHA-256, with explicit parameters.
        case brainpoolP256r1 = "brainpoolP256r1"
        /// ECDSA on brainpoolP384r1 with SHA-384, with explicit parameters.
        case brainpoolP384r1 = "brainpoolP384r1"
    }

    /// Has CSCA and document signer use keys of one kind.
    public mutating func signDocuments(with key: PKIKey) {
        cscaKey =
            switch key {
            case .rsa2048: SigningKeyOptions(.rsaPKCS1(bits: 2048), .sha256)
            case .p256: SigningKeyOptions(.ecdsa(.secp256r1, .explicit), .sha256)
            case .brainpoolP256r1: SigningKeyOptions(.ecdsa(.brainpoolP256r1, .explicit), .sha256)
            case .brainpoolP384r1: SigningKeyOptions(.ecdsa(.brainpoolP384r1, .explicit), .sha384)
            }
        documentSignerKey = cscaKey
    }
}
