package import EMRTDCrypto
import ISO7816
package import LDS

/// Makes CV certificates: for the simulator's certification authority, its document verifiers and its terminals, and for tests
/// (TR-03110-3, C.1).
package struct CVCertificateBuilder: Sendable {
    /// The name of the key in the certificate.
    package var holder: CVReference
    /// The key.
    package var key: PublicKey
    /// What the holder signs with.
    package var algorithm: TerminalSignatureAlgorithm
    /// Role and rights.
    package var authorization: CertificateHolderAuthorization
    /// The day of issue.
    package var effectiveDate: CalendarDate
    /// The last day of validity.
    package var expirationDate: CalendarDate
    /// Extensions: encoded discretionary data templates, 73.
    package var extensions: [[UInt8]] = []
    /// Whether an EC key comes with its domain parameters; as a rule where the holder is a certification authority.
    package var includesDomainParameters: Bool

    /// Describes a certificate.
    package init(
        holder: CVReference, key: PublicKey, algorithm: TerminalSignatureAlgorithm,
        authorization: CertificateHolderAuthorization, effectiveDate: CalendarDate, expirationDate: CalendarDate
    ) {
        self.holder = holder
        self.key = key
        self.algorithm = algorithm
        self.authorization = authorization
        self.effectiveDate = effectiveDate
        self.expirationDate = expirationDate
        includesDomainParameters = authorization.role == .certificationAuthority
    }

    /// Who signs a certificate.
    package struct Issuer: Sendable {
        let reference: CVReference
        let key: PrivateKey
        let algorithm: TerminalSignatureAlgorithm

        /// An issuer by name, key and algorithm.
        package init(_ reference: CVReference, _ key: PrivateKey, _ algorithm: TerminalSignatureAlgorithm) {
            self.reference = reference
            self.key = key
            self.algorithm = algorithm
        }
    }

    /// Signs the certificate with the holder's own key: the root of a certification authority.
    package func selfSigned(with key: PrivateKey) throws -> CVCertificate {
        try signed(by: Issuer(holder, key, algorithm))
    }

    /// Signs the certificate.
    ///
    /// - Throws: ``TrustError`` where the result would not be a certificate (a key that does not fit its algorithm, a date
    ///   outside the years 2000 to 2099), `CryptoError` where the issuer's key does not fit its algorithm.
    package func signed(by issuer: Issuer) throws -> CVCertificate {
        let body = try body(authority: issuer.reference)
        let signature = try issuer.key.sign(body, scheme: issuer.algorithm.scheme)
        return try CVCertificate(parsing: TLV.encode(0x7F21, children: [body, TLV.encode(0x5F37, signature)]))
    }

    private func body(authority: CVReference) throws -> [UInt8] {
        guard let effective = effectiveDate.unpackedDigits, let expiration = expirationDate.unpackedDigits else {
            throw TrustError(.malformed, "a date outside the years 2000 to 2099", location: "CV certificate")
        }
        var fields = [
            TLV.encode(0x5F29, [0]), TLV.encode(0x42, authority.bytes),
            try CVPublicKey(key, algorithm).encoded(includesDomainParameters: includesDomainParameters),
            TLV.encode(0x5F20, holder.bytes), authorization.encoded, TLV.encode(0x5F25, effective),
            TLV.encode(0x5F24, expiration),
        ]
        if !extensions.isEmpty { fields.append(TLV.encode(0x65, children: extensions)) }
        return TLV.encode(0x7F4E, children: fields)
    }
}
