package import EMRTDTrust
package import LDS

/// A country's PKI that lives as long as one program run: a CSCA and the document signers it certifies (Doc 9303-12).
///
/// Every certificate made here carries a mark, in a non-critical extension, that keeps it from making a production read green.
package struct TestPKI: Sendable {
    /// The organisation in every name.
    package static let organization = "swift-emrtd test PKI"

    /// The CSCA.
    package let csca: CertifiedKey
    /// The CSCA's certificate, DER.
    package var cscaCertificate: [UInt8] { csca.certificate }
    /// The country of the names: two letters.
    package let country: String
    /// The issuing State's three letters.
    package let issuingState: String

    /// A document signer: a key and the certificate that the CSCA made of it.
    package typealias DocumentSigner = CertifiedKey

    /// Makes a CSCA.
    ///
    /// - Parameters:
    ///   - country: two letters for the certificates' names.
    ///   - issuingState: up to three letters as in the MRZ, for the alternative names.
    /// - Throws: ``PersonalisationError``, `CryptoError`.
    package init(
        country: String, issuingState: String, key options: SigningKeyOptions, validity: ClosedRange<CalendarDate>
    ) throws {
        (self.country, self.issuingState) = (country, issuingState)
        csca = try .selfSigned(
            CertificateRequest(
                .csca, country: country, issuingState: issuingState, key: options, validity: validity))
    }

    /// Works with a CSCA that exists.
    package init(csca: CertifiedKey, country: String, issuingState: String) {
        (self.csca, self.country, self.issuingState) = (csca, country, issuingState)
    }

    /// What a document signer's certificate is to say, before changes.
    package func documentSignerRequest(
        key: SigningKeyOptions, validity: ClosedRange<CalendarDate>
    ) -> CertificateRequest {
        CertificateRequest(
            .documentSigner, country: country, issuingState: issuingState, key: key, validity: validity)
    }

    /// Makes a document signer.
    ///
    /// - Parameters:
    ///   - usagePeriod: the days on which it signs documents; no extension where `nil`.
    ///   - documentTypes: the MRZ document types it signs for; no extension where empty.
    /// - Throws: ``PersonalisationError``, `CryptoError`.
    package func makeDocumentSigner(
        key options: SigningKeyOptions, validity: ClosedRange<CalendarDate>,
        usagePeriod: ClosedRange<CalendarDate>? = nil, documentTypes: [String] = []
    ) throws -> DocumentSigner {
        var request = documentSignerRequest(key: options, validity: validity)
        request.privateKeyUsagePeriod = usagePeriod
        request.documentTypes = documentTypes
        return try csca.issue(request)
    }
}

/// A PKI that exists, to sign documents in place of a fresh one.
package enum ExistingPKI: Sendable {
    /// A CSCA, which certifies a fresh document signer; its certificate alone has the mark of the test PKI.
    case csca(CertifiedKey)
    /// A document signer, and the certificate of the CSCA that issued it. Nothing is marked that was not before.
    case documentSigner(CertifiedKey, csca: Certificate)
}
