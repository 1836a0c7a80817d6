/// A CMS SignedData (RFC 5652, 5.1) in DER or BER, with the content inside, as an EF.SOD or a master list carries it.
package final class CMSSignedData: Sendable {
    /// CMSVersion as it came: 1 to 5 in RFC 5652, 5.1.
    let version: Int
    /// The hash functions announced for all signers together, without repetitions.
    let digestAlgorithms: [ASN1OID]
    /// The content type, for example the LDS security object.
    package let contentType: ASN1OID
    /// The content octets, which are what is hashed.
    package let content: ArraySlice<UInt8>
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

    /// Parses a ContentInfo and nothing after it.
    ///
    /// - Parameters:
    ///   - name: the structure in errors.
    ///   - maximumSize: the most bytes accepted.
    ///   - maximumCertificates: the most certificates accepted beside the content.
    /// - Throws: ``TrustError`` `malformed` or `limitExceeded`.
    package convenience init(
        _ bytes: ArraySlice<UInt8>, name: StaticString, maximumSize: Int = 1 << 18,
        maximumCertificates: Int = CMSSignedData.maximumCertificates
    ) throws(TrustError) {
        guard bytes.count <= maximumSize else {
            throw TrustError(
                .limitExceeded, "\(bytes.count) bytes, at most \(maximumSize) are accepted", location: "\(name)")
        }
        var reader = ASN1Reader(bytes, name: name)
        try self.init(&reader, maximumCertificates: maximumCertificates)
        try reader.finish()
    }

    /// Reads a ContentInfo.
    ///
    /// - Parameter known: gives a certificate that was parsed before, by its bytes.
    init(
        _ reader: inout ASN1Reader, maximumCertificates: Int = CMSSignedData.maximumCertificates,
        known: (ArraySlice<UInt8>) -> Certificate? = { _ in nil }
    ) throws(TrustError) {
        let info = try reader.open(.sequence, "contentInfo")
        let type = try reader.oid("contentType")
        guard type == .signedData else {
            throw reader.malformed("the content type is \(type) and not signedData")
        }
        let wrapper = try reader.open(.context(0), "content")
        let signedData = try reader.open(.sequence, "signedData")
        version = try reader.smallInteger("version")
        digestAlgorithms = try Self.digestAlgorithms(&reader)
        (contentType, content) = try Self.encapsulated(&reader)
        (certificates, unreadableCertificates) = try Self.certificates(&reader, maximumCertificates, known)
        try reader.skipOptional(.context(1), "crls")
        signers = try Self.signers(&reader)
        try reader.close(signedData)
        try reader.close(wrapper)
        try reader.close(info)
        isBER = !reader.isDER
    }

    private static func digestAlgorithms(_ reader: inout ASN1Reader) throws(TrustError) -> [ASN1OID] {
        var found: [ASN1OID] = []
        var count = 0
        let set = try reader.open(.set, "digestAlgorithms")
        while reader.hasMore {
            try reader.count(&count, limit: 32)
            let oid = try reader.digestAlgorithm("digestAlgorithms")
            if !found.contains(oid) { found.append(oid) }
        }
        try reader.close(set)
        return found
    }

    private static func encapsulated(
        _ reader: inout ASN1Reader
    ) throws(TrustError) -> (type: ASN1OID, content: ArraySlice<UInt8>) {
        let info = try reader.open(.sequence, "encapContentInfo")
        let type = try reader.oid("eContentType")
        guard let wrapper = try reader.openOptional(.context(0), "eContent") else {
            throw reader.malformed("the signed content is not inside (eContent is absent)")
        }
        let content = try reader.octets(.octetString, "eContent")
        try reader.close(wrapper)
        try reader.close(info)
        return (type, content)
    }

    private static func certificates(
        _ reader: inout ASN1Reader, _ limit: Int, _ known: (ArraySlice<UInt8>) -> Certificate?
    ) throws(TrustError) -> (readable: [Certificate], unreadable: Int) {
        var certificates: [Certificate] = []
        var (unreadable, count) = (0, 0)
        guard let set = try reader.openOptional(.context(0), "certificates") else { return ([], 0) }
        while reader.hasMore {
            try reader.count(&count, limit: limit)
            if let certificate = reader.certificate(known) {
                certificates.append(certificate)
                continue
            }
            // With an indefinite length it ends where a scan says.
            let bytes = try reader.encoded("certificates")
            if let certificate = try? Certificate(encoded: bytes) {
                certificates.append(certificate)
            } else {
                unreadable += 1
            }
        }
        try reader.close(set)
        return (certificates, unreadable)
    }

    private static func signers(_ reader: inout ASN1Reader) throws(TrustError) -> [SignerInfo] {
        var signers: [SignerInfo] = []
        var count = 0
        let set = try reader.open(.set, "signerInfos")
        while reader.hasMore {
            try reader.count(&count, limit: maximumSigners)
            signers.append(try SignerInfo(&reader))
        }
        try reader.close(set)
        return signers
    }
}

extension ASN1Reader {
    /// DigestAlgorithmIdentifier (RFC 5652, 10.1.1); the parameters are absent, NULL, or whatever else an issuer writes there.
    mutating func digestAlgorithm(_ field: StaticString) throws(TrustError) -> ASN1OID {
        let identifier = try open(.sequence, field)
        let oid = try oid(field)
        if hasMore { _ = try encoded(field) }
        try close(identifier)
        return oid
    }

    /// Passes the next element where it is a certificate, whether parsed before or now; reading one is reading it to its end.
    fileprivate mutating func certificate(_ known: (ArraySlice<UInt8>) -> Certificate?) -> Certificate? {
        guard nextIdentifier == .sequence, let bytes = nextBytes,
            let certificate = known(bytes) ?? (try? Certificate(encoded: bytes))
        else { return nil }
        pass(bytes, isDER: certificate.isDER)
        return certificate
    }
}
