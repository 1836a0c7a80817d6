import EMRTDCrypto
import ISO7816

extension StructureNode {
    /// The fields of a CMS SignedData (RFC 5652, 5.1), without its content.
    static func signedData(_ data: CMSSignedData, _ options: StructureOptions) -> [StructureNode] {
        var fields: [StructureNode] = [
            .oid("eContentType", member: "contentType", data.contentType),
            StructureNode("eContent length", "contentLength", .integer(data.content.count)),
            StructureNode("encoding", .text(data.isBER ? "BER" : "DER")),
            StructureNode(
                "digestAlgorithms",
                .list(
                    data.digestAlgorithms.sorted { $0.description < $1.description }.map { .oid("algorithm", $0) },
                    omitted: 0)),
            .list("certificates", data.certificates, options) {
                .certificate($0, isBrief: !options.showsEverything && data.certificates.count > 4)
            },
        ]
        if data.unreadableCertificates > 0 {
            fields.append(
                StructureNode(
                    "unreadable certificates", "unreadableCertificates", .integer(data.unreadableCertificates)))
        }
        fields.append(.list("signerInfos", data.signers, options) { .signer($0) })
        return fields
    }

    /// A SignerInfo (RFC 5652, 5.3).
    private static func signer(_ signer: SignerInfo) -> StructureNode {
        var fields: [StructureNode] = [StructureNode("version", .integer(signer.version))]
        let summary: String
        switch signer.identifier {
        case .issuerAndSerialNumber(let issuer, let serial):
            summary = "\(issuer), serial \(serial.hexadecimal)"
            fields.append(
                .object(
                    "sid", summary: "issuerAndSerialNumber",
                    [
                        StructureNode("issuer", .text(issuer.description)),
                        StructureNode("serialNumber", "serial", .bytes(Array(serial))),
                    ]))
        case .subjectKeyIdentifier(let identifier):
            summary = "subjectKeyIdentifier \(identifier.hexadecimal)"
            fields.append(
                .object(
                    "sid", summary: "subjectKeyIdentifier",
                    [StructureNode("subjectKeyIdentifier", .bytes(Array(identifier)))]))
        }
        fields += [
            .oid("digestAlgorithm", signer.digestOID),
            .algorithm("signatureAlgorithm", signer.signatureAlgorithm),
        ]
        if let attributes = signer.signedAttributes { fields.append(signedAttributes(attributes)) }
        fields.append(StructureNode("signature", .bytes(Array(signer.signature))))
        return .object("signerInfo", summary: summary, fields)
    }

    private static func signedAttributes(_ attributes: SignedAttributes) -> StructureNode {
        var fields: [StructureNode] = []
        for oid in attributes.contentTypes.prefix(4) { fields.append(.oid("contentType", oid)) }
        for digest in attributes.messageDigests.prefix(4) {
            fields.append(StructureNode("messageDigest", .bytes(Array(digest))))
        }
        if let time = attributes.signingTime { fields.append(StructureNode("signingTime", .time(time))) }
        if !attributes.others.isEmpty {
            fields.append(
                StructureNode("others", .list(attributes.others.map { .oid("attrType", $0) }, omitted: 0)))
        }
        if !attributes.duplicated.isEmpty {
            fields.append(
                StructureNode("duplicated", .list(attributes.duplicated.map { .oid("attrType", $0) }, omitted: 0)))
        }
        return .object("signedAttrs", member: "signedAttributes", fields)
    }
}
