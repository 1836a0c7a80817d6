/// A CMS SignedData (RFC 5652, 5.1) in DER or BER, with the content inside, as an EF.SOD or a master list carries it.
package struct CMSSignedData: Sendable {
    /// CMSVersion as it came: 1 to 5 in RFC 5652, 5.1.
    let version: Int
    /// The hash functions announced for all signers together, without repetitions.
    let digestAlgorithms: [ASN1OID]
    /// The content type, for example the LDS security object.
    package let contentType: ASN1OID
    /// The content octets, which are what is hashed.
    package let content: [UInt8]
    /// The certificates that could be read, in the order they came.
    package let certificates: [Certificate]
    /// How many entries of the certificate set are no readable X.509 certificates.
    package let unreadableCertificates: Int
    /// The signers, in the order they came.
    package let signers: [SignerInfo]
    /// Whether the encoding is BER with lengths that DER does not allow.
    package let isBER: Bool

    /// The most certificates read from one message where the caller names no other limit.
    package static let maximumCertificates = 16
    /// The most signers read from one message; each costs a verification.
    static let maximumSigners = 4

    /// Parses a ContentInfo.
    ///
    /// - Parameters:
    ///   - maximumSize: the most bytes accepted.
    ///   - maximumCertificates: the most certificates accepted beside the content.
    /// - Throws: ``TrustError`` `malformed` or `limitExceeded`.
    package init(
        _ bytes: ArraySlice<UInt8>, name: String, maximumSize: Int = 1 << 18,
        maximumCertificates: Int = Self.maximumCertificates
    ) throws(TrustError) {
        var isDER = false
        let element = try ASN1Element(bytes, name: name, maximumSize: maximumSize, isDER: &isDER)
        try self.init(element, isBER: !isDER, maximumCertificates: maximumCertificates)
    }

    /// Reads a ContentInfo.
    ///
    /// - Parameter known: gives a certificate that was parsed before, by its bytes.
    init(
        _ element: ASN1Element, isBER: Bool, maximumCertificates: Int = Self.maximumCertificates,
        known: (ArraySlice<UInt8>) -> Certificate? = { _ in nil }
    ) throws(TrustError) {
        self.isBER = isBER
        var info = try element.fields(.sequence)
        let type = try info.required("contentType").oid()
        guard type == .signedData else {
            throw TrustError(.malformed, "the content type is \(type) and not signedData", location: element.name)
        }
        guard let signedData = try info.optionalExplicit(0, "content") else {
            throw TrustError(.malformed, "the signedData is missing", location: element.name)
        }
        try info.finish()

        var fields = try signedData.fields(.sequence)
        version = try fields.required("version").smallInteger()
        var digests = try fields.required("digestAlgorithms").fields(.set)
        var digestOIDs: [ASN1OID] = []
        for item in try digests.all(limit: 32) {
            var identifier = try item.fields(.sequence)
            let oid = try identifier.required("algorithm").oid()
            if !digestOIDs.contains(oid) { digestOIDs.append(oid) }
        }
        digestAlgorithms = digestOIDs
        var encapsulated = try fields.required("encapContentInfo").fields(.sequence)
        contentType = try encapsulated.required("eContentType").oid()
        guard let content = try encapsulated.optionalExplicit(0, "eContent") else {
            throw TrustError(
                .malformed, "the signed content is not inside (eContent is absent)", location: element.name)
        }
        self.content = try content.octetString()
        try encapsulated.finish()

        var certificates: [Certificate] = []
        var unreadable = 0
        if let set = fields.optional(.context(0), "certificates") {
            var list = try set.fields(.context(0))
            for item in try list.all(limit: maximumCertificates) {
                guard item.identifier == .sequence,
                    let certificate = try? known(item.encoded) ?? Certificate(encoded: item.encoded)
                else {
                    unreadable += 1
                    continue
                }
                certificates.append(certificate)
            }
        }
        self.certificates = certificates
        unreadableCertificates = unreadable
        _ = fields.optional(.context(1), "crls")
        var infos = try fields.required("signerInfos").fields(.set)
        var signers: [SignerInfo] = []
        for item in try infos.all(limit: Self.maximumSigners) { signers.append(try SignerInfo(item)) }
        self.signers = signers
        try fields.finish()
    }
}
