import ISO7816

/// A data group that is recognised and kept, not parsed: DG3 and DG4 (biometrics behind Terminal Authentication), DG13 (the
/// issuer's own format), and any group this library has no type for.
public struct RawDataGroup: LDSFile {
    /// The file as it came.
    public let rawBytes: [UInt8]
    /// The number of the group, from its outer tag.
    public let number: DataGroupNumber
    /// What is inside the outer object.
    public let contents: [UInt8]
    /// Departures from the standard that were tolerated.
    public let leniencies: [LDSLeniency]

    /// The data group.
    public var file: ElementaryFile { .dataGroup(number) }

    /// Opens the outer object of any data group.
    ///
    /// - Throws: ``LDSError``; `wrongTag` where the tag is not that of a data group.
    public init(parsing bytes: [UInt8]) throws { try self.init(parsing: bytes, expecting: nil) }

    /// Opens the outer object of a data group that must have the given number.
    ///
    /// - Throws: ``LDSError``; `wrongTag` where the tag is not that of the group.
    public init(parsing bytes: [UInt8], as number: DataGroupNumber) throws {
        try self.init(parsing: bytes, expecting: number)
    }

    private init(parsing bytes: [UInt8], expecting expected: DataGroupNumber?) throws {
        rawBytes = bytes
        (number, contents, leniencies) = try LDS.parsing(expected.map { .dataGroup($0) }) {
            let header = try TLVHeader(prefixOf: bytes[...])
            guard let number = expected ?? DataGroupNumber(tag: header.tag) else {
                throw LDSError(.wrongTag, "outer tag \(header.tag) is that of no data group", offset: 0)
            }
            let (outer, leniencies) = try outerObject(bytes, of: .dataGroup(number), tag: number.tag)
            return (number, Array(outer.value), leniencies)
        }
    }
}
