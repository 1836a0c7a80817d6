/// One entry of a deviation or defect list: which documents are concerned, and what departs from the standard in them.
public struct Deviation: Sendable, Hashable {
    /// How the certificate that is concerned is named: a document signer's, or for deviations of a CSCA the CSCA's.
    public enum CertificateIdentifier: Sendable, Hashable {
        /// By issuer and serial number (the integer bytes as they came).
        case issuerAndSerialNumber(DistinguishedName, serialNumber: [UInt8])
        /// By its subject key identifier.
        case subjectKeyIdentifier([UInt8])
        /// By its digest, made with the list's digest algorithm.
        case digest([UInt8])
    }

    /// What departs from the standard.
    public struct Description: Sendable, Hashable {
        /// The object identifier of the kind of deviation, dotted.
        public let type: String
        /// The standard's name of it, or `nil` for an object identifier that is not known here.
        public let name: String?
        /// The issuer's own words.
        public let text: String?
        /// The parameters as they came, tag and length included, or none.
        public let parameters: [UInt8]
        /// The parameters in words, where their form is known: a data group, a field of the MRZ or of a certificate.
        public let parameterText: String?
        /// The field for national use as it came, or none.
        public let nationalUse: [UInt8]
    }

    /// The document code of the MRZ, such as `P` or `C`; `nil` means documents of any type.
    public let documentType: String?
    /// The certificate concerned; `nil` where documents are named by other means.
    public let certificate: CertificateIdentifier?
    /// A digest that tells apart certificates with the same identifier (defect lists).
    public let certificateDigest: [UInt8]?
    /// The first day of issue concerned.
    public let firstIssued: Timestamp?
    /// The last day of issue concerned.
    public let lastIssued: Timestamp?
    /// The numbers of the documents concerned; empty where they are not listed. All conditions given must hold together.
    public let documentNumbers: [String]
    /// What departs from the standard.
    public let descriptions: [Description]

    /// The country in the name of the issuer, where the certificate is named that way.
    public var country: String? {
        guard case .issuerAndSerialNumber(let issuer, _) = certificate else { return nil }
        return issuer.country
    }

    /// Whether a certificate is the one that the entry names. `false` where the entry names none.
    ///
    /// A digest is compared only where the caller knows the digest of the certificate.
    public func concerns(_ other: Certificate, digest: [UInt8]? = nil) -> Bool {
        let isNamed: Bool =
            switch certificate {
            case .issuerAndSerialNumber(let issuer, let serial):
                issuer.matches(other.issuer)
                    && CertificateRevocationList.minimal(serial[...])
                        == CertificateRevocationList.minimal(other.serialNumber[...])
            case .subjectKeyIdentifier(let identifier): other.subjectKeyIdentifier == identifier
            case .digest(let expected): expected == digest
            case nil: false
            }
        guard let certificateDigest, let digest else { return isNamed }
        return isNamed && certificateDigest == digest
    }
}
