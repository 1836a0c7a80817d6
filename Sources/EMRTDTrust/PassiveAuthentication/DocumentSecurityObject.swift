/// The document security object, EF.SOD (Doc 9303-10, 4.6.2): tag 77 around a CMS SignedData.
public struct DocumentSecurityObject: SignedObject {
    /// The LDS security object that is signed.
    public let securityObject: LDSSecurityObject
    /// The certificates that the file carries: none, the document signer's, or more.
    public var certificates: [Certificate] { signedData.certificates }
    /// The leniencies that reading the file took.
    public let leniencies: Set<Leniency>

    package let signedData: CMSSignedData
    package var fileName: String { "EF.SOD" }

    /// The most bytes of an EF.SOD.
    public static let maximumSize = 1 << 16

    /// Parses the file as read, in DER or BER.
    ///
    /// - Throws: ``TrustError`` `malformed` or `limitExceeded`.
    public init(encoded file: some Collection<UInt8>) throws(TrustError) {
        try self.init(encoded: file, known: { _ in nil })
    }

    /// Parses the file as read, in DER or BER.
    ///
    /// - Parameter known: gives a certificate that was parsed before, by its bytes.
    init(
        encoded file: some Collection<UInt8>, known: (ArraySlice<UInt8>) -> Certificate?
    ) throws(TrustError) {
        let bytes = Array(file)
        guard bytes.count <= Self.maximumSize else {
            throw TrustError(
                .limitExceeded, "\(bytes.count) bytes, at most \(Self.maximumSize) are accepted", location: "EF.SOD")
        }
        var leniencies: Set<Leniency> = []
        var reader = ASN1Reader(bytes[...], name: "EF.SOD")
        if reader.nextIdentifier == .sequence {
            leniencies.insert(.sodWithoutTag77)
            signedData = try CMSSignedData(&reader, known: known)
        } else {
            let file = try reader.open(ASN1Identifier(tagWithNumber: 23, tagClass: .application), "tag 77")
            signedData = try CMSSignedData(&reader, known: known)
            try reader.close(file)
        }
        // Chips pad the file.
        if reader.hasMore { leniencies.insert(.sodTrailingBytes) }
        if !reader.isDER { leniencies.insert(.sodNotDER) }
        let announced = signedData.digestAlgorithms
        if !signedData.signers.allSatisfy({ announced.contains($0.digestOID) }) {
            leniencies.insert(.digestAlgorithmNotListed)
        }
        switch signedData.contentType {
        case .ldsSecurityObject: break
        case .oldLDSSecurityObject, .sduLDSSecurityObject, .data: leniencies.insert(.oldContentType)
        default:
            throw TrustError(
                .malformed, "the content type \(signedData.contentType) is no LDS security object", location: "EF.SOD")
        }
        securityObject = try LDSSecurityObject(content: signedData.content)
        if !securityObject.numbersOutOfRange.isEmpty { leniencies.insert(.dataGroupNumberOutOfRange) }
        self.leniencies = leniencies
    }
}
