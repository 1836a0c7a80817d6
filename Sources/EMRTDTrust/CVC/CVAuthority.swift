package import EMRTDCrypto
package import LDS

/// A holder of a CV certificate together with its private key: a certification authority, a document verifier or a terminal of
/// the simulator and of tests.
package struct CVAuthority: Sendable {
    /// The private key.
    package let key: PrivateKey
    /// The certificate.
    package let certificate: CVCertificate

    /// What the holder signs with.
    package var algorithm: TerminalSignatureAlgorithm { certificate.algorithm }

    /// A certification authority with a self-signed certificate.
    ///
    /// - Throws: as ``CVCertificateBuilder/signed(by:)``.
    package init(
        root holder: CVReference, key: PrivateKey, algorithm: TerminalSignatureAlgorithm,
        authorization: CertificateHolderAuthorization, validity: ClosedRange<CalendarDate>
    ) throws {
        let builder = CVCertificateBuilder(
            holder: holder, key: key.publicKey, algorithm: algorithm, authorization: authorization,
            effectiveDate: validity.lowerBound, expirationDate: validity.upperBound)
        self.init(key: key, certificate: try builder.selfSigned(with: key))
    }

    /// Issues a certificate for another key: a link, a document verifier's or a terminal's, as the authorization says.
    ///
    /// Nothing but the form is checked, so that tests can make what a chip must refuse.
    ///
    /// - Parameters:
    ///   - algorithm: what the new holder signs with; `nil` for the same as this one.
    ///   - edit: changes to the certificate before it is signed.
    package func issue(
        _ holder: CVReference, key: PrivateKey, algorithm: TerminalSignatureAlgorithm? = nil,
        authorization: CertificateHolderAuthorization, validity: ClosedRange<CalendarDate>,
        edit: (inout CVCertificateBuilder) -> Void = { _ in }
    ) throws -> CVAuthority {
        var builder = CVCertificateBuilder(
            holder: holder, key: key.publicKey, algorithm: algorithm ?? self.algorithm, authorization: authorization,
            effectiveDate: validity.lowerBound, expirationDate: validity.upperBound)
        edit(&builder)
        let issuer = CVCertificateBuilder.Issuer(certificate.holderReference, self.key, self.algorithm)
        return CVAuthority(key: key, certificate: try builder.signed(by: issuer))
    }

    /// A fresh key for an algorithm: on a curve, or RSA with 2048 bits.
    package static func makeKey(
        for algorithm: TerminalSignatureAlgorithm, curve: StandardCurve = .brainpoolP256r1, rsaBits: Int = 2048
    ) throws -> PrivateKey {
        try algorithm.isRSA ? .generateRSA(bits: rsaBits) : .generateEC(curve)
    }

    private init(key: PrivateKey, certificate: CVCertificate) {
        self.key = key
        self.certificate = certificate
    }
}
