import ISO7816

/// DG15: the public key for Active Authentication (Doc 9303-10, 4.7.15).
public struct DG15: LDSFile {
    /// The file as it came.
    public let rawBytes: [UInt8]
    /// The key.
    public let publicKey: SubjectPublicKeyInfo
    /// Departures from the standard that were tolerated.
    public let leniencies: [LDSLeniency]

    /// The data group.
    public var file: ElementaryFile { .dataGroup(.dg15) }

    /// Parses the file.
    ///
    /// - Throws: ``LDSError``.
    public init(parsing bytes: [UInt8]) throws {
        rawBytes = bytes
        (publicKey, leniencies) = try LDS.parsing(.dataGroup(.dg15)) {
            let (outer, leniencies) = try outerObject(bytes, of: .dataGroup(.dg15), tag: 0x6F)
            return (try SubjectPublicKeyInfo(TLV(exactly: outer.value)), leniencies)
        }
    }
}
