import EMRTDProtocol
public import LDS

/// A chip that serves files of another document as they are. The files are all it has: no private keys, so that what they
/// say of Chip and Active Authentication cannot be proven.
public struct ServedFiles: Sendable {
    /// The document for a ``SimulatedChip``.
    public let document: PersonalisedDocument
    /// What the chip cannot do although its files say so, and what was left out: a sentence each.
    public let warnings: [String]

    /// Puts files into a chip.
    ///
    /// - Parameters:
    ///   - files: contents by name as `emrtd` writes them: `EF.COM.bin`, `DG1.bin`. Other names are left out with a warning.
    ///   - today: the day for which the chip is made.
    ///   - supportsPACE: whether the chip offers PACE where EF.CardAccess is among the files.
    ///   - supportsBAC: whether BAC opens the chip; without PACE and BAC it is a plain one.
    ///   - cardAccessNumber: the CAN, if the chip is to have one. The other password is the zone of DG1.
    /// - Throws: ``PersonalisationError`` `invalidOption` where a password is needed and DG1 has none, or for quirks that would
    ///   change the files.
    public init(
        _ files: [String: [UInt8]], today: CalendarDate, supportsPACE: Bool = true, supportsBAC: Bool = true,
        cardAccessNumber: String? = nil, quirks: Set<ChipQuirk> = []
    ) throws {
        try ChipQuirk.check(quirks)
        if let quirk = quirks.filter(\.changesFiles).map(\.rawValue).min() {
            throw PersonalisationError(
                .invalidOption, "the quirk \(quirk) changes the files, which are to be served as they are")
        }
        var known: [ElementaryFile: [UInt8]] = [:]
        var warnings: [String] = []
        for (name, content) in files.sorted(by: { $0.key < $1.key }) {
            let stem = name.hasSuffix(".bin") ? String(name.dropLast(4)) : name
            guard let file = ElementaryFile(name: stem), !content.isEmpty, content.count <= Self.maximumFile else {
                warnings.append("\(name) is no file of a chip, and left out.")
                continue
            }
            known[file] = content
        }
        if !supportsPACE { known[.cardAccess] = nil }
        let offersPACE = known[.cardAccess] != nil
        let isPlain = !offersPACE && !supportsBAC
        let mrz = known[.dataGroup(.dg1)].flatMap { try? DG1(parsing: $0).mrz }
        guard isPlain || mrz != nil else {
            throw PersonalisationError(
                .invalidOption, "there is no DG1 with a machine readable zone, which gives the chip its password")
        }
        if let content = known[.cardAccess] {
            let infos = try? SecurityInfos(parsing: content, in: .cardAccess)
            let choices = infos.map { PACEParameters.choices($0) } ?? []
            if choices.isEmpty || infos == nil {
                warnings.append("EF.CardAccess offers no PACE that this chip knows.")
            }
            if choices.contains(where: { $0.protocol.mapping == .chipAuthentication }) {
                warnings.append("PACE with Chip Authentication Mapping is refused: the chip has no private key for it.")
            }
        }
        let infos = known[.dataGroup(.dg14)].flatMap { try? DG14(parsing: $0).securityInfos }
        if infos?.chipAuthenticationPublicKeyInfos.isEmpty == false {
            warnings.append("Chip Authentication is refused: the chip has no private key for DG14.")
        }
        if known[.dataGroup(.dg15)] != nil {
            warnings.append("Active Authentication is refused: the chip has no private key for DG15.")
        }
        if known[.dataGroup(.dg3)] != nil || known[.dataGroup(.dg4)] != nil {
            warnings.append("DG3 and DG4 open for nobody: the chip has no trust point for Terminal Authentication.")
        }
        self.warnings = warnings

        func file(_ name: ElementaryFile, _ content: [UInt8]) -> PersonalisedDocument.File {
            let access: PersonalisedDocument.FileAccess =
                switch name {
                case .dir, .atrInfo, .cardAccess: .always
                case .cardSecurity: .afterPACE
                case .dataGroup(.dg3), .dataGroup(.dg4): .afterTerminalAuthentication
                default: isPlain ? .always : .afterAccessControl
                }
            return PersonalisedDocument.File(name, content: content, access: access)
        }
        let sorted = known.sorted { $0.key.fileIdentifier < $1.key.fileIdentifier }
        document = PersonalisedDocument(
            profile: "files", masterFiles: sorted.filter { $0.key.directory == .masterFile }.map(file),
            applicationFiles: sorted.filter { $0.key.directory == .application }.map(file),
            secrets: PersonalisedDocument.AccessSecrets(
                cardAccessNumber: cardAccessNumber, mrz: mrz?.lines ?? [],
                mrzInformation: mrz.map { String(decoding: $0.information, as: UTF8.self) } ?? "",
                personalIdentificationNumber: nil, pinUnblockingKey: nil),
            behaviour: PersonalisedDocument.Behaviour(
                atr: [0x3B, 0x88, 0x80, 0x01, 0x80, 0x73, 0x94, 0x21, 0xC0, 0x82, 0x90, 0x00, 0x9D],
                supportsBAC: supportsBAC, isPlain: isPlain, selectMasterFileStatus: nil, quirks: quirks),
            cscaCertificate: [], documentSignerCertificate: [], issueDate: today, dateOfExpiry: nil, pace: [],
            chipAuthenticationKeys: [], activeAuthenticationKey: nil, activeAuthenticationDigest: nil,
            chipAuthenticationMappingKeys: [], terminalAuthentication: nil, today: today)
    }

    /// The most bytes of a file that is served.
    public static let maximumFile = 1 << 20
}
