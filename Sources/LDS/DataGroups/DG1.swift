import ISO7816

/// DG1: the machine readable zone (Doc 9303-10, 4.7.1).
public struct DG1: LDSFile {
    /// The file as it came.
    public let rawBytes: [UInt8]
    /// The machine readable zone.
    public let mrz: MRZ
    /// Departures from the standard that were tolerated.
    public let leniencies: [LDSLeniency]

    /// The data group.
    public var file: ElementaryFile { .dataGroup(.dg1) }

    /// Parses the file.
    ///
    /// - Throws: ``LDSError``.
    public init(parsing bytes: [UInt8]) throws {
        rawBytes = bytes
        (mrz, leniencies) = try LDS.parsing(.dataGroup(.dg1)) {
            let (outer, leniencies) = try outerObject(bytes, of: .dataGroup(.dg1), tag: 0x61)
            return (try MRZ(characters: outer.child(0x5F1F).value), leniencies)
        }
    }
}
