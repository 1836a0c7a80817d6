package import LDS

/// Encodes and signs a CSCA master list (Doc 9303-12, 9).
package struct MasterListBuilder: Sendable {
    /// The version of the list.
    package var version: UInt = 0
    /// The CSCA certificates.
    package var certificates: [[UInt8]]
    /// How the message is written. The CSCA of the signer belongs beside the signer's certificate (Doc 9303-12, 9.1).
    package var form = SignedDataForm()

    /// A list of certificates.
    ///
    /// - Parameter issuer: the CSCA that issued the signer, which goes beside the signer's certificate.
    package init(_ certificates: [[UInt8]], issuer: CertifiedKey? = nil, signingTime: CalendarDate?) {
        self.certificates = certificates
        form.signingTime = signingTime
        if let issuer { form.certificates = .signerAmong(before: [], after: [issuer.certificate]) }
    }

    /// The CscaMasterList: version and a SET OF Certificate.
    package func content() -> [UInt8] {
        DEREncoder.sequence(DEREncoder.integer(version), DEREncoder.set(certificates))
    }

    /// The signed list.
    ///
    /// - Throws: ``PersonalisationError``, `CryptoError`.
    package func encoded(signer: CertifiedKey) throws -> [UInt8] {
        try form.encoded(content(), contentType: "2.23.136.1.1.2", signer: signer)
    }
}
