import EMRTDCrypto
import ISO7816
import LDS

extension StructureNode {
    /// An EF.SOD (Doc 9303-10, 4.6.2). Hashes of data groups say nothing about a person to who does not have the group.
    static func documentSecurityObject(_ file: DocumentSecurityObject, _ options: StructureOptions) -> StructureNode {
        let content = file.securityObject
        let hashes = content.dataGroupHashes.sorted { $0.key.rawValue < $1.key.rawValue }
        var fields: [StructureNode] = [
            StructureNode("version", .integer(content.version)),
            .oid("hashAlgorithm", content.hashOID),
            StructureNode(
                "dataGroupHashValues",
                .list(
                    hashes.map { group, hash in
                        .object(
                            "", summary: "\(group): \(hash.hexadecimal)", isCollapsed: true,
                            [
                                StructureNode("dataGroupNumber", .integer(Int(group.rawValue))),
                                StructureNode("dataGroupHashValue", .bytes(hash)),
                            ])
                    }, omitted: 0)),
        ]
        if let version = content.ldsVersion { fields.append(StructureNode("ldsVersion", .text(version))) }
        if let version = content.unicodeVersion { fields.append(StructureNode("unicodeVersion", .text(version))) }
        if !content.numbersOutOfRange.isEmpty {
            fields.append(
                .texts("numbers out of range", member: "numbersOutOfRange", content.numbersOutOfRange.map(String.init)))
        }
        return .object(
            "EF.SOD", member: "efSOD",
            [
                .texts("leniencies", file.leniencies.map(\.name).sorted()),
                .object("LDSSecurityObject", member: "ldsSecurityObject", fields),
                .object("SignedData", member: "signedData", StructureNode.signedData(file.signedData, options)),
            ])
    }

    /// An EF.CardSecurity (Doc 9303-11, 9.2.11).
    static func cardSecurity(_ file: CardSecurity, _ options: StructureOptions) -> StructureNode {
        .object(
            "EF.CardSecurity", member: "efCardSecurity",
            [
                .texts("leniencies", file.leniencies.map(\.name).sorted()),
                .securityInfos(file.securityInfos, options),
                .object("SignedData", member: "signedData", StructureNode.signedData(file.signedData, options)),
            ])
    }

    /// SecurityInfos (Doc 9303-11, 9.2): each by its protocol and the rest of its fields.
    static func securityInfos(_ infos: SecurityInfos, _ options: StructureOptions) -> StructureNode {
        .list("SecurityInfos", member: "securityInfos", infos.infos, options) { securityInfo($0) }
    }

    private static func securityInfo(_ info: SecurityInfo) -> StructureNode {
        func node(_ type: String, _ identifier: OID?, _ fields: [StructureNode]) -> StructureNode {
            let oid = identifier?.description ?? ""
            let name = ObjectIdentifierNames.name(ofDotted: oid)
            let parts = [name ?? oid] + fields.compactMap { field in field.text.map { "\(field.label) \($0)" } }
            return .object(
                "", summary: "\(type): " + parts.joined(separator: ", "), isCollapsed: true,
                [
                    StructureNode("type", .text(type)),
                    StructureNode("protocol", .identifier(oid, name: name)),
                ] + fields)
        }
        func keyId(_ bytes: [UInt8]?) -> [StructureNode] { bytes.map { [StructureNode("keyId", .bytes($0))] } ?? [] }
        func parameter(_ number: Int?) -> [StructureNode] {
            number.map { [StructureNode("parameterId", .integer($0))] } ?? []
        }
        switch info {
        case .pace(let info):
            return node(
                "PACEInfo", info.protocol.objectIdentifier,
                [StructureNode("version", .integer(info.version))] + parameter(info.parameterId))
        case .paceDomainParameter(let info):
            return node(
                "PACEDomainParameterInfo", info.domainParameter.algorithm,
                [StructureNode("mapping", .text("\(info.agreement.rawValue)-\(info.mapping.rawValue)"))]
                    + parameter(info.parameterId))
        case .chipAuthentication(let info):
            return node(
                "ChipAuthenticationInfo", info.protocol.objectIdentifier,
                [StructureNode("version", .integer(info.version))] + keyId(info.keyId))
        case .chipAuthenticationPublicKey(let info):
            return node(
                "ChipAuthenticationPublicKeyInfo", info.publicKey.algorithm.algorithm,
                [
                    StructureNode("agreement", .text(info.agreement.rawValue)),
                    StructureNode("key", .text(chipKey(info.publicKey))),
                ] + keyId(info.keyId))
        case .activeAuthentication(let info):
            let name = ObjectIdentifierNames.name(ofDotted: info.signatureAlgorithm.description)
            return node(
                "ActiveAuthenticationInfo", OID(2, 23, 136, 1, 1, 5),
                [
                    StructureNode("version", .integer(info.version)),
                    StructureNode(
                        "signatureAlgorithm", .identifier(info.signatureAlgorithm.description, name: name)),
                ])
        case .terminalAuthentication(let info):
            return node(
                "TerminalAuthenticationInfo", OID(0, 4, 0, 127, 0, 7, 2, 2, 2),
                [StructureNode("version", .integer(info.version))]
                    + (info.cvcaFileIdentifier.map { [StructureNode("efCVCA", .bytes($0))] } ?? []))
        case .efDIR(let info):
            return node("EFDIRInfo", OID(2, 23, 136, 1, 1, 13), [StructureNode("eFDIR", .bytes(info.efDIR))])
        case .other(let info):
            return node(
                "SecurityInfo", info.protocolIdentifier,
                [StructureNode("length", .integer(info.encoded.count))]
                    + (info.error.map { [StructureNode("problem", .text($0.reason))] } ?? []))
        }
    }

    /// What a chip's key is.
    static func chipKey(_ key: SubjectPublicKeyInfo) -> String {
        switch key.key {
        case .standardized(let identifier, _): return "standardized domain parameters \(identifier)"
        case .dh: return "DH"
        default:
            guard let known = try? SubjectKey(encoded: key.encoded) else { return "not readable" }
            do throws(TrustError) { return try known.publicKey().label } catch { return error.reason }
        }
    }
}
