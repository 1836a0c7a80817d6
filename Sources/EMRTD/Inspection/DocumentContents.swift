public import EMRTDTrust
public import LDS

/// What a document says, parsed from the files that were read. Says nothing about whether it is true: see
/// ``Inspection/verdict`` and ``Inspection/isDataAuthenticated``.
public struct DocumentContents: Sendable, CustomStringConvertible {
    /// Each file's bytes as they came.
    public let files: [ElementaryFile: [UInt8]]
    /// EF.COM, where it was read and could be parsed.
    public let com: EFCOM?
    /// DG1 with the machine readable zone.
    public let dg1: DG1?
    /// DG2 with the portrait.
    public let dg2: DG2?
    /// DG14 with the security infos.
    public let dg14: DG14?
    /// DG15 with the key of Active Authentication.
    public let dg15: DG15?
    /// EF.CardAccess.
    public let cardAccess: EFCardAccess?
    /// EF.CardSecurity. What it says counts only where the check `cardSecurity` is successful.
    public let cardSecurity: CardSecurity?
    /// Files that were read and could not be parsed, with the reason.
    public let parseErrors: [ElementaryFile: String]

    /// The exceptions that parsing the files took, in the order of the files.
    public var leniencies: [LDSLeniency] {
        let parsed: [[LDSLeniency]?] = [
            cardAccess?.leniencies, com?.leniencies, dg1?.leniencies, dg2?.leniencies, dg14?.leniencies,
            dg15?.leniencies,
        ]
        return parsed.compactMap { $0 }.flatMap { $0 }
    }

    /// The machine readable zone, where DG1 could be parsed.
    public var mrz: MRZ? { dg1?.mrz }

    /// Parses files. Nothing is thrown: a file that cannot be parsed is listed in ``parseErrors``, and its bytes stay.
    public init(files: [ElementaryFile: [UInt8]]) {
        var errors: [ElementaryFile: String] = [:]
        func parse<T>(_ file: ElementaryFile, _ body: ([UInt8]) throws -> T) -> T? {
            guard let bytes = files[file] else { return nil }
            do { return try body(bytes) } catch {
                errors[file] =
                    (error as? LDSError)?.description ?? (error as? TrustError)?.description
                    ?? "not of the form that the standard gives it"
                return nil
            }
        }
        com = parse(.com, EFCOM.init(parsing:))
        dg1 = parse(.dataGroup(.dg1), DG1.init(parsing:))
        dg2 = parse(.dataGroup(.dg2), DG2.init(parsing:))
        dg14 = parse(.dataGroup(.dg14), DG14.init(parsing:))
        dg15 = parse(.dataGroup(.dg15), DG15.init(parsing:))
        cardAccess = parse(.cardAccess, EFCardAccess.init(parsing:))
        cardSecurity = parse(.cardSecurity) { try CardSecurity(encoded: $0) }
        self.files = files
        parseErrors = errors
    }

    /// The names of the files and their lengths; nothing of what they say.
    public var description: String {
        files.sorted { $0.key.name < $1.key.name }.map { "\($0.key) (\($0.value.count) bytes)" }.joined(separator: ", ")
    }

    /// The bytes of a data group.
    public func bytes(_ group: DataGroupNumber) -> [UInt8]? { files[.dataGroup(group)] }
}
