import ISO7816

extension StructureNode {
    /// A deviation list (Doc 9303-12, 10) or a defect list (TR-03129). Numbers of documents are counted and not shown: they
    /// name documents of persons.
    static func deviationList(_ list: DeviationList, _ options: StructureOptions) -> StructureNode {
        var fields: [StructureNode] = [
            StructureNode("form", .text(list.form.rawValue)), StructureNode("version", .integer(list.version)),
        ]
        if let oid = list.digestAlgorithm {
            fields.append(
                StructureNode("digestAlgorithm", .identifier(oid, name: ObjectIdentifierNames.name(ofDotted: oid))))
        }
        if let time = list.signingTime { fields.append(StructureNode("signingTime", .time(time))) }
        fields.append(StructureNode("entries", "deviationCount", .integer(list.deviations.count)))
        fields.append(.list("deviations", list.deviations, options) { deviation($0, options) })
        fields.append(.object("SignedData", member: "signedData", StructureNode.signedData(list.signedData, options)))
        return .object(list.form == .defectList ? "DefectList" : "DeviationList", member: "deviationList", fields)
    }

    private static func deviation(_ entry: Deviation, _ options: StructureOptions) -> StructureNode {
        var fields: [StructureNode] = []
        if let type = entry.documentType { fields.append(StructureNode("documentType", .text(type))) }
        switch entry.certificate {
        case .issuerAndSerialNumber(let issuer, let serial):
            fields.append(StructureNode("issuer", .text(issuer.description)))
            fields.append(StructureNode("serialNumber", "serial", .bytes(serial)))
        case .subjectKeyIdentifier(let identifier):
            fields.append(StructureNode("subjectKeyIdentifier", .bytes(identifier)))
        case .digest(let digest): fields.append(StructureNode("certificateDigest", .bytes(digest)))
        case nil: break
        }
        if let digest = entry.certificateDigest, entry.certificate != .digest(digest) {
            fields.append(StructureNode("certificateDigest", .bytes(digest)))
        }
        if let first = entry.firstIssued { fields.append(StructureNode("first issued", "firstIssued", .time(first))) }
        if let last = entry.lastIssued { fields.append(StructureNode("last issued", "lastIssued", .time(last))) }
        if !entry.documentNumbers.isEmpty {
            fields.append(
                StructureNode("document numbers", "documentNumberCount", .integer(entry.documentNumbers.count)))
        }
        fields.append(
            .list("descriptions", entry.descriptions, options) { item in
                let words = [item.name ?? item.type, item.parameterText, item.text].compactMap(\.self)
                return .object(
                    "", summary: words.joined(separator: ": "), isCollapsed: true,
                    [
                        StructureNode("type", .identifier(item.type, name: item.name)),
                        StructureNode("text", .text(item.text ?? "")),
                        StructureNode("parameterText", .text(item.parameterText ?? "")),
                        StructureNode("parameters", .bytes(item.parameters)),
                        StructureNode("nationalUse", .bytes(item.nationalUse)),
                    ])
            })
        return .object("deviation", fields)
    }
}
