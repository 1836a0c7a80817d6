import ISO7816
import LDS

/// Files of a chip that are not signed themselves. Only those that hold no personal data are taken apart.
enum ElementaryFileStructure {
    /// The kind, the fields and notes; `nil` where the bytes begin as no such file.
    static func read(
        _ object: [UInt8], _ file: [UInt8], _ options: StructureOptions
    ) throws -> (FileStructure.Kind, StructureNode, [String])? {
        switch object.first {
        case 0x31:
            let infos = try SecurityInfos(parsing: file, in: .cardAccess)
            guard infos.infos.count > infos.otherInfos.count else { return nil }
            return (
                .elementaryFile,
                .object("EF.CardAccess", member: "efCardAccess", [.securityInfos(infos, options)]), []
            )
        case 0x42:
            let references = try EFCVCA(parsing: file).certificationAuthorityReferences
            return (
                .elementaryFile,
                .object(
                    "EF.CVCA", member: "efCVCA",
                    [
                        .texts(
                            "certification authority references", member: "certificationAuthorityReferences",
                            references.map { CVReference($0)?.description ?? $0.hexadecimal })
                    ]), []
            )
        default: break
        }
        guard let first = object.first, let known = ElementaryFile(outerTag: Tag(UInt32(first))), isWhole(object, file)
        else { return nil }
        switch known {
        case .com:
            let com = try EFCOM(parsing: file)
            return (
                .elementaryFile,
                .object(
                    "EF.COM", member: "efCOM",
                    [
                        StructureNode("LDS version", "ldsVersion", .text(com.ldsVersion ?? "")),
                        StructureNode("Unicode version", "unicodeVersion", .text(com.unicodeVersion ?? "")),
                        .texts("data groups", member: "dataGroups", com.dataGroups.map(\.description)),
                        .texts("other tags", member: "otherTags", com.otherTags.map { "\($0)" }),
                    ]), []
            )
        case .dataGroup(.dg14):
            return (
                .elementaryFile,
                .object("DG14", member: "dg14", [.securityInfos(try DG14(parsing: file).securityInfos, options)]), []
            )
        case .dataGroup(.dg15):
            let key = try DG15(parsing: file).publicKey
            return (
                .elementaryFile,
                .object(
                    "DG15", member: "dg15",
                    [
                        StructureNode("key", .text(StructureNode.chipKey(key))),
                        StructureNode("subjectPublicKeyInfo", .bytes(key.encoded)),
                    ]), []
            )
        case .dataGroup(let group):
            return (
                .dataGroup,
                .object(
                    "\(group)", member: "dataGroup",
                    [
                        StructureNode("data group", "number", .integer(Int(group.rawValue))),
                        StructureNode("length", .integer(object.count)),
                    ]),
                ["this is a data group, which may hold personal data: only its length is shown; emrtd verify reads it"]
            )
        default: return nil
        }
    }

    /// Letters are tags of data groups too: only what is as long as it says, or longer than a text of that start, is a file.
    private static func isWhole(_ object: [UInt8], _ file: [UInt8]) -> Bool {
        guard let header = try? TLVHeader(prefixOf: file[...]) else { return false }
        let extra = file.count - header.totalLength
        return extra == 0 || extra > 0 && file.suffix(extra).allSatisfy { $0 == 0 || $0 == 0xFF }
    }
}
