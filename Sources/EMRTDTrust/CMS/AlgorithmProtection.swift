import EMRTDCrypto

/// CMSAlgorithmProtection (RFC 6211, 2): the algorithms of a signer once more, where the signature covers them.
struct AlgorithmProtection: Sendable, Hashable {
    private let digest: SignatureAlgorithm
    /// `nil` where a MAC algorithm is named in its place.
    private let signature: SignatureAlgorithm?

    /// - Parameter bytes: the value of the attribute.
    init(_ bytes: ArraySlice<UInt8>) throws(TrustError) {
        var reader = ASN1Reader(bytes, name: "CMSAlgorithmProtection")
        let value = try reader.open(.sequence, "")
        digest = try SignatureAlgorithm(&reader, "digestAlgorithm")
        if reader.nextIdentifier == .context(1) {
            signature = try SignatureAlgorithm(&reader, "signatureAlgorithm", tag: .context(1))
        } else {
            signature = nil
            _ = try SignatureAlgorithm(&reader, "macAlgorithm", tag: .context(2))
        }
        try reader.close(value)
    }

    /// Whether the algorithms are those that the signer names (RFC 6211, 3). Absent parameters are the same as NULL: issuers
    /// write either.
    func fits(_ signer: SignerInfo) -> Bool {
        guard let signature, digest.oid == signer.digestOID, digest.hasNoParameters else { return false }
        let named = signer.signatureAlgorithm
        guard signature.oid == named.oid else { return false }
        if signature.parameters == named.parameters || signature.hasNoParameters && named.hasNoParameters {
            return true
        }
        // The defaults of PSS may be written out or not.
        guard signature.oid == .rsaPSS, let one = try? signature.scheme(), let other = try? named.scheme() else {
            return false
        }
        return one == other
    }
}

extension SignatureAlgorithm {
    fileprivate var hasNoParameters: Bool { parameters.isEmpty || parameters == [0x05, 0x00] }
}
