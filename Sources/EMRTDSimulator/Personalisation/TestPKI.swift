import EMRTDCrypto
import EMRTDTrust
package import LDS

/// A country's PKI that lives as long as one program run: a CSCA and the document signers it certifies (Doc 9303-12).
///
/// Every certificate carries a mark, in a non-critical extension, that keeps it from making a production read green.
package struct TestPKI: Sendable {
    /// The organisation in every name.
    package static let organization = "swift-emrtd test PKI"

    /// The self-signed certificate, DER.
    package let cscaCertificate: [UInt8]
    /// The issuing State's three letters.
    package let issuingState: String
    /// The CSCA's name.
    package let name: CertificateName
    /// The CSCA's key.
    package let key: SigningKey
    /// First and last day of the CSCA certificate.
    package let validity: ClosedRange<CalendarDate>
    private let keyIdentifier: [UInt8]

    /// Makes a CSCA.
    ///
    /// - Parameters:
    ///   - country: two letters for the certificates' names.
    ///   - issuingState: up to three letters as in the MRZ, for the alternative names.
    /// - Throws: ``PersonalisationError``, `CryptoError`.
    package init(
        country: String, issuingState: String, key options: SigningKeyOptions, validity: ClosedRange<CalendarDate>
    ) throws {
        key = try options.generate()
        name = CertificateName(
            country: country, organization: Self.organization, commonName: "CSCA of simulated documents")
        self.issuingState = issuingState
        self.validity = validity
        keyIdentifier = try Self.keyIdentifier(key.privateKey.publicKey)
        var builder = try CertificateBuilder(
            issuer: name, subject: name, notBefore: validity.lowerBound, notAfter: validity.upperBound,
            publicKey: key.privateKey.publicKey, parameters: key.parameters)
        builder.extensions = [
            .authorityKeyIdentifier(keyIdentifier),
            .subjectKeyIdentifier(keyIdentifier),
            .keyUsage([5, 6]),
            .privateKeyUsagePeriod(
                validity.lowerBound, min(validity.lowerBound.adding(years: 5), validity.upperBound)),
            try .alternativeName(ofIssuer: false, issuingState: issuingState),
            try .alternativeName(ofIssuer: true, issuingState: issuingState),
            .certificateAuthority,
            .revocationList(at: Self.revocationList),
            .testPKIMark(),
        ]
        cscaCertificate = try builder.signed(by: key)
    }

    /// A document signer: a key and the certificate that the CSCA made of it.
    package struct DocumentSigner: Sendable {
        /// The certificate, DER.
        package let certificate: [UInt8]
        /// The issuer's name, as the SOD's signer identifier repeats it.
        package let issuer: CertificateName
        /// The serial number, big endian.
        package let serialNumber: [UInt8]
        /// The subject key identifier.
        package let keyIdentifier: [UInt8]
        /// The key.
        package let key: SigningKey
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
        let signer = try options.generate()
        let identifier = try Self.keyIdentifier(signer.privateKey.publicKey)
        let subject = CertificateName(
            country: name.country, organization: Self.organization, commonName: "Document signer of simulated documents"
        )
        var builder = try CertificateBuilder(
            issuer: name, subject: subject, notBefore: validity.lowerBound, notAfter: validity.upperBound,
            publicKey: signer.privateKey.publicKey, parameters: signer.parameters)
        builder.extensions = [
            .authorityKeyIdentifier(keyIdentifier),
            .subjectKeyIdentifier(identifier),
            .keyUsage([0]),
            try .alternativeName(ofIssuer: false, issuingState: issuingState),
            try .alternativeName(ofIssuer: true, issuingState: issuingState),
            .revocationList(at: Self.revocationList),
            .testPKIMark(),
        ]
        if let usagePeriod {
            builder.extensions.append(.privateKeyUsagePeriod(usagePeriod.lowerBound, usagePeriod.upperBound))
        }
        if !documentTypes.isEmpty { builder.extensions.append(try .documentTypeList(documentTypes)) }
        return DocumentSigner(
            certificate: try builder.signed(by: key), issuer: name, serialNumber: builder.serialNumber,
            keyIdentifier: identifier, key: signer)
    }

    /// An address that no network resolves (RFC 2606, 2): the extension is mandatory, the list does not exist.
    private static let revocationList = "http://test-pki.invalid/csca.crl"

    /// SHA-1 over the key's bits (RFC 5280, 4.2.1.2, method 1).
    private static func keyIdentifier(_ key: PublicKey) throws -> [UInt8] {
        try DigestAlgorithm.sha1.digest(AlgorithmEncoding.keyBits(key))
    }
}
