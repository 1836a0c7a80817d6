import ISO7816

extension StructureNode {
    /// A certificate revocation list (RFC 5280, 5.1).
    static func revocationList(_ list: CertificateRevocationList, _ options: StructureOptions) -> StructureNode {
        let serials = list.serialNumbers.sorted { ($0.count, $0.hexadecimal) < ($1.count, $1.hexadecimal) }
        return .object(
            "CertificateList", member: "revocationList", summary: list.description,
            [
                StructureNode("SHA-256", "sha256", .fingerprint(list.fingerprint)),
                StructureNode("version", .integer(list.version)),
                StructureNode("issuer", .text(list.issuer.description)),
                StructureNode("thisUpdate", .time(list.thisUpdate)),
            ]
                + (list.nextUpdate.map { [StructureNode("nextUpdate", .time($0))] } ?? [])
                + [
                    StructureNode("signatureAlgorithm", .text(list.signatureAlgorithmDescription)),
                    StructureNode(
                        "cRLNumber", "number", .text(list.number.map { CertificateFields.decimal($0) } ?? "")),
                    StructureNode(
                        "authorityKeyIdentifier", .bytes(list.authorityKeyIdentifier ?? [])),
                    .texts(
                        "unknown critical extensions", member: "unknownCriticalExtensions",
                        list.unknownCriticalExtensions),
                    StructureNode("revoked certificates", "revokedCount", .integer(list.revokedCount)),
                    .list("revokedCertificates", serials, options) { serial in
                        revoked(list.entry(forSerialNumber: serial), serial)
                    },
                    StructureNode("signatureValue", .bytes(list.signature)),
                ])
    }

    private static func revoked(_ entry: RevokedCertificate?, _ serial: [UInt8]) -> StructureNode {
        var fields: [StructureNode] = [
            StructureNode("userCertificate", "serial", .bytes(serial)),
            StructureNode("revocationDate", .time(entry?.date)),
        ]
        if let reason = entry?.reason { fields.append(StructureNode("reasonCode", "reason", .text("\(reason)"))) }
        if let date = entry?.invalidityDate { fields.append(StructureNode("invalidityDate", .time(date))) }
        let line = fields.compactMap(\.text).joined(separator: ", ")
        return .object("", summary: line, isCollapsed: true, fields)
    }

    /// A CSCA master list (Doc 9303-12, 9).
    static func masterList(_ list: MasterList, _ options: StructureOptions) -> StructureNode {
        var countries: [String: Int] = [:]
        for certificate in list.certificates { countries[certificate.country ?? "no country", default: 0] += 1 }
        var fields: [StructureNode] = [
            StructureNode("version", .integer(list.version)),
            StructureNode("certificates in certList", "certificateCount", .integer(list.certificates.count)),
            StructureNode("distinct certificates", "distinctCount", .integer(Set(list.certificates).count)),
            StructureNode(
                "countries", "countries",
                .object(
                    countries.sorted { $0.key < $1.key }.map { StructureNode($0.key, .integer($0.value)) },
                    summary: countries.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(
                        separator: ", ")), isCollapsed: true),
        ]
        if let time = list.signingTime { fields.append(StructureNode("signingTime", .time(time))) }
        if !list.unreadable.isEmpty {
            fields.append(
                .list("unreadable", list.unreadable, options) {
                    .object(
                        "", summary: "certificate \($0.index): \($0.error.reason)", isCollapsed: true,
                        [
                            StructureNode("index", .integer($0.index)),
                            StructureNode("problem", .text($0.error.reason)),
                        ])
                })
        }
        fields.append(
            .list("certList", list.certificates, options) { .certificate($0, isBrief: !options.showsEverything) })
        fields.append(.object("SignedData", member: "signedData", StructureNode.signedData(list.signedData, options)))
        return .object("CscaMasterList", member: "masterList", fields)
    }

    /// The text form of a directory: a line for each record that holds something.
    static func ldif(_ text: LDIF, _ options: StructureOptions) -> StructureNode {
        let values =
            text.certificates.map { ($0, "certificate") } + text.masterLists.map { ($0, "masterList") }
            + text.revocationLists.map { ($0, "revocationList") }
        let ordered = values.sorted { $0.0.line < $1.0.line }
        return .object(
            "LDIF", member: "ldif",
            [
                StructureNode("records", "entryCount", .integer(text.entries.count)),
                StructureNode("certificates", "certificateCount", .integer(text.certificates.count)),
                StructureNode("master lists", "masterListCount", .integer(text.masterLists.count)),
                StructureNode("revocation lists", "revocationListCount", .integer(text.revocationLists.count)),
                StructureNode("problems", "problemCount", .integer(text.problemCount)),
                .list("problems listed", member: "problems", text.problems, options) {
                    StructureNode("", .text($0.description))
                },
                .list("values", ordered, options) { ldifValue($0.0, $0.1, options) },
            ])
    }

    private static func ldifValue(_ value: LDIF.Value, _ kind: String, _ options: StructureOptions) -> StructureNode {
        var fields: [StructureNode] = [
            StructureNode("dn", .text(value.dn)), StructureNode("line", .integer(value.line)),
            StructureNode("kind", .text(kind)),
        ]
        var summary = "line \(value.line): \(kind) "
        do throws(TrustError) {
            switch kind {
            case "certificate":
                let node = StructureNode.certificate(
                    try Certificate(encoded: value.bytes), isBrief: !options.showsEverything)
                fields.append(node)
                summary += node.text ?? ""
            case "masterList":
                let list = try MasterList(encoded: value.bytes)
                summary += "of \(list.certificates.count) certificates"
                fields.append(StructureNode("certificates", "certificateCount", .integer(list.certificates.count)))
                if options.showsEverything { fields.append(.masterList(list, options)) }
            default:
                let list = try CertificateRevocationList(encoded: value.bytes)
                summary += list.description
                fields.append(StructureNode("issuer", .text(list.issuer.description)))
                fields.append(StructureNode("thisUpdate", .time(list.thisUpdate)))
                fields.append(StructureNode("revoked certificates", "revokedCount", .integer(list.revokedCount)))
                if options.showsEverything { fields.append(.revocationList(list, options)) }
            }
        } catch {
            summary += "that cannot be read: \(error.reason)"
            fields.append(StructureNode("problem", .text(error.reason)))
        }
        return .object("", summary: summary, isCollapsed: !options.showsEverything, fields)
    }
}
