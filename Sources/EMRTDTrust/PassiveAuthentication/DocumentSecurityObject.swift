import ISO7816

/// The document security object, EF.SOD (Doc 9303-10, 4.6.2): tag 77 around a CMS SignedData.
public struct DocumentSecurityObject: SignedObject {
    /// The LDS security object that is signed.
    public let securityObject: LDSSecurityObject
    /// The certificates that the file carries: none, the document signer's, or more.
    public var certificates: [Certificate] { signedData.certificates }
    /// The leniencies that reading the file took.
    public let leniencies: Set<Leniency>

    package let signedData: CMSSignedData

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
        var body = bytes[...]
        // Bytes after the object: chips pad the file. With an indefinite length the end is known only after parsing.
        if let header = try? TLVHeader(prefixOf: body), header.totalLength < body.count {
            body = body.prefix(header.totalLength)
            leniencies.insert(.sodTrailingBytes)
        }
        var isDER = false
        let outer = try ASN1Element(body, name: "EF.SOD", isDER: &isDER)
        if outer.identifier == .sequence {
            leniencies.insert(.sodWithoutTag77)
            signedData = try CMSSignedData(outer, isBER: !isDER, known: known)
        } else {
            var fields = try outer.fields(ASN1Identifier(tagWithNumber: 23, tagClass: .application))
            signedData = try CMSSignedData(fields.required("contentInfo"), isBER: !isDER, known: known)
            try fields.finish()
        }
        if !isDER { leniencies.insert(.sodNotDER) }
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
        securityObject = try LDSSecurityObject(encoded: signedData.content)
        if !securityObject.numbersOutOfRange.isEmpty { leniencies.insert(.dataGroupNumberOutOfRange) }
        self.leniencies = leniencies
    }
}
