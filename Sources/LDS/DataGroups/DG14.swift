import ISO7816

/// DG14: SecurityInfos for Chip, Active and Terminal Authentication (Doc 9303-10, 4.7.14).
public struct DG14: LDSFile {
    /// The file as it came.
    public let rawBytes: [UInt8]
    /// The SecurityInfos.
    public let securityInfos: SecurityInfos
    /// Departures from the standard that were tolerated.
    public let leniencies: [LDSLeniency]

    /// The data group.
    public var file: ElementaryFile { .dataGroup(.dg14) }

    /// Parses the file.
    ///
    /// - Throws: ``LDSError``.
    public init(parsing bytes: [UInt8]) throws {
        rawBytes = bytes
        (securityInfos, leniencies) = try LDS.parsing(.dataGroup(.dg14)) {
            let (outer, outerLeniencies) = try outerObject(bytes, of: .dataGroup(.dg14), tag: 0x6E)
            let infos = try SecurityInfos(prefixOf: outer.value, in: .dataGroup(.dg14))
            return (infos, outerLeniencies + infos.leniencies)
        }
    }
}
