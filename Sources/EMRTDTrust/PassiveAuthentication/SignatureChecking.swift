package import EMRTDCrypto

/// How signatures are verified. Tests put another function in, to see what an error in a check does.
package struct SignatureChecking: Sendable {
    package typealias Verify =
        @Sendable (PublicKey, _ signature: ArraySlice<UInt8>, _ message: ArraySlice<UInt8>, SignatureScheme) throws ->
        Bool

    package var verify: Verify

    package init(verify: @escaping Verify) { self.verify = verify }

    /// Verification by libcrypto.
    package static let standard = SignatureChecking { key, signature, message, scheme in
        try key.isValid(signature: signature, for: message, scheme: scheme)
    }

    /// Whether a signature is right, trying an ECDSA signature with superfluous zeros in its minimal form too, and an RSA signature
    /// without the NULL of DigestInfo.
    ///
    /// - Returns: `nil` where it is wrong, else the leniencies taken.
    func check(
        _ key: PublicKey, _ signature: ArraySlice<UInt8>, _ message: ArraySlice<UInt8>, _ scheme: SignatureScheme
    ) throws -> Set<Leniency>? {
        if try verify(key, signature, message, scheme) { return [] }
        if case .ecdsa = scheme, case .ec = key, let minimal = minimalECDSA(signature),
            !signature.elementsEqual(minimal),
            try verify(key, minimal[...], message, scheme)
        {
            return [.ecdsaSuperfluousZeros]
        }
        if case .rsaPKCS1(let digest) = scheme, case .rsa = key,
            try verify(key, signature, message, .rsaPKCS1WithoutNull(digest))
        {
            return [.pkcs1WithoutNull]
        }
        return nil
    }

    /// Whether `issuer`'s key signed `certificate`, and with the algorithm that is named inside the signed part.
    ///
    /// - Returns: `nil` where it did not, else the leniencies taken.
    /// - Throws: ``TrustError`` where algorithm or key cannot be used, `CryptoError` where libcrypto fails.
    func check(_ certificate: Certificate, signedBy issuer: Certificate) throws -> Set<Leniency>? {
        guard !certificate.hasTwoSignatureAlgorithms else { return nil }
        let scheme = try certificate.signatureAlgorithm.scheme()
        let key = try issuer.subjectKey.publicKey()
        return try check(key, certificate.signature, certificate.toBeSigned, scheme)
    }

    /// An Ecdsa-Sig-Value with minimal lengths and integers, or `nil` where it is none. Integers without their sign byte
    /// would be negative and are not repaired.
    private func minimalECDSA(_ signature: ArraySlice<UInt8>) -> [UInt8]? {
        guard signature.count <= 512, let element = try? ASN1Element(signature, .ber, name: "Ecdsa-Sig-Value"),
            var fields = try? element.fields(.sequence), let r = try? fields.required("r").unsignedInteger(),
            let s = try? fields.required("s").unsignedInteger(), (try? fields.finish()) != nil, r.count <= 66,
            s.count <= 66
        else { return nil }
        return ECDSASignature.der(r: r, s: s)
    }
}
