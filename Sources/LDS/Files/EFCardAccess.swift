/// EF.CardAccess: the SecurityInfos that a terminal reads before PACE (Doc 9303-10, 3.11.3). Not signed.
public struct EFCardAccess: LDSFile {
    /// The file as it came.
    public let rawBytes: [UInt8]
    /// The SecurityInfos.
    public let securityInfos: SecurityInfos

    /// ``ElementaryFile/cardAccess``.
    public var file: ElementaryFile { .cardAccess }
    /// Departures from the standard that were tolerated.
    public var leniencies: [LDSLeniency] { securityInfos.leniencies }

    /// Parses the file by its outer length.
    ///
    /// - Throws: ``LDSError``.
    public init(parsing bytes: [UInt8]) throws {
        rawBytes = bytes
        securityInfos = try SecurityInfos(parsing: bytes, in: .cardAccess)
    }
}
