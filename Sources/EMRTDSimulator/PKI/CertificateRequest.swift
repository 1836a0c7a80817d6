package import LDS

/// What a certificate of a test PKI is to say. Begin with a ``Role``, which fills in what Doc 9303-12, 7.1.1 demands of it,
/// and change what matters.
package struct CertificateRequest: Sendable {
    /// What a certificate is for (Doc 9303-12, 7.1.1, table 6).
    package enum Role: Sendable, Hashable, CaseIterable {
        /// A country signing CA, self-signed or a link certificate.
        case csca
        /// Signs the EF.SOD of documents.
        case documentSigner
        /// Signs master lists.
        case masterListSigner
        /// Signs deviation lists.
        case deviationListSigner
    }

    /// The key that is certified.
    package enum Key: Sendable {
        /// A fresh one.
        case generated(SigningKeyOptions)
        /// One that exists.
        case existing(SigningKey)
    }

    /// The key.
    package var key: Key
    /// A SubjectPublicKeyInfo that is written instead of the key's.
    package var encodedPublicKey: [UInt8]?
    /// The subject.
    package var subject: CertificateName
    /// The subject as an encoded Name, instead of ``subject``.
    package var encodedSubject: [UInt8]?
    /// The issuer as an encoded Name, where it is to differ from the issuing certificate's subject.
    package var encodedIssuer: [UInt8]?
    /// The content bytes of the serial number; 16 random ones where `nil`.
    package var serialNumber: [UInt8]?
    /// First and last day.
    package var validity: ClosedRange<CalendarDate>
    /// An encoded Validity, for odd ones, instead of ``validity``.
    package var encodedValidity: [UInt8]?
    /// The issuing State's letters for the alternative names; none where `nil`.
    package var issuingState: String?
    /// cA of basicConstraints; no such extension where `nil`.
    package var isCA: Bool?
    /// The path length constraint of a CA, or none.
    package var pathLength: UInt?
    /// The bits of keyUsage; no such extension where `nil`.
    package var keyUsage: [Int]?
    /// The purposes of extKeyUsage; no such extension where empty.
    package var extendedKeyUsage: [String]
    /// The days on which the key may sign; no such extension where `nil`.
    package var privateKeyUsagePeriod: ClosedRange<CalendarDate>?
    /// The document types that a document signer may sign; no such extension where empty.
    package var documentTypes: [String]
    /// Whether the key identifiers are there.
    package var hasSubjectKeyIdentifier: Bool
    /// Whether the issuer's key identifier is there.
    package var hasAuthorityKeyIdentifier: Bool
    /// The address of the revocation list, or none.
    package var revocationListAddress: String?
    /// Whether the mark of the test PKI is there.
    package var isMarked: Bool
    /// Extensions after all others, for example unknown critical ones.
    package var additionalExtensions: [CertificateBuilder.Extension]

    /// A request that follows Doc 9303-12.
    ///
    /// - Parameters:
    ///   - country: two letters for the subject's name.
    ///   - issuingState: up to three letters as in the MRZ, for the alternative names.
    package init(
        _ role: Role, country: String = "UT", issuingState: String? = "UTO", key: SigningKeyOptions,
        validity: ClosedRange<CalendarDate>
    ) {
        self.key = .generated(key)
        let names: [Role: String] = [
            .csca: "CSCA of simulated documents", .documentSigner: "Document signer of simulated documents",
            .masterListSigner: "Master list signer of simulated documents",
            .deviationListSigner: "Deviation list signer of simulated documents",
        ]
        subject = CertificateName(
            country: country, organization: TestPKI.organization, commonName: names[role] ?? "Test PKI")
        self.validity = validity
        self.issuingState = issuingState
        keyUsage = role == .csca ? [5, 6] : [0]
        extendedKeyUsage = []
        switch role {
        case .csca:
            isCA = true
            pathLength = 0
            privateKeyUsagePeriod =
                validity.lowerBound...min(validity.lowerBound.adding(years: 5), validity.upperBound)
        case .documentSigner: break
        case .masterListSigner: extendedKeyUsage = ["2.23.136.1.1.3"]
        case .deviationListSigner: extendedKeyUsage = ["2.23.136.1.1.8"]
        }
        documentTypes = []
        (hasSubjectKeyIdentifier, hasAuthorityKeyIdentifier, isMarked) = (true, true, true)
        revocationListAddress = Self.revocationList
        additionalExtensions = []
    }

    /// An address that no network resolves (RFC 2606, 2): the extension is mandatory, the list does not exist.
    private static let revocationList = "http://test-pki.invalid/csca.crl"

    /// The extensions in their order.
    func extensions(subjectKey: [UInt8], issuerKey: [UInt8]) throws -> [CertificateBuilder.Extension] {
        var out: [CertificateBuilder.Extension] = []
        if hasAuthorityKeyIdentifier { out.append(.authorityKeyIdentifier(issuerKey)) }
        if hasSubjectKeyIdentifier { out.append(.subjectKeyIdentifier(subjectKey)) }
        if let keyUsage { out.append(.keyUsage(keyUsage)) }
        if !extendedKeyUsage.isEmpty { out.append(try .extendedKeyUsage(extendedKeyUsage)) }
        if let period = privateKeyUsagePeriod {
            out.append(.privateKeyUsagePeriod(period.lowerBound, period.upperBound))
        }
        if let issuingState {
            out.append(try .alternativeName(ofIssuer: false, issuingState: issuingState))
            out.append(try .alternativeName(ofIssuer: true, issuingState: issuingState))
        }
        if let isCA { out.append(.basicConstraints(isCA: isCA, pathLength: pathLength)) }
        if let revocationListAddress { out.append(.revocationList(at: revocationListAddress)) }
        if !documentTypes.isEmpty { out.append(try .documentTypeList(documentTypes)) }
        if isMarked { out.append(.testPKIMark()) }
        return out + additionalExtensions
    }
}
