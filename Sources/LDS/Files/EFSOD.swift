import ISO7816

/// EF.SOD: the document security object (Doc 9303-10, 4.6.2), opened no further than its outer object.
public struct EFSOD: LDSFile {
    /// The file as it came.
    public let rawBytes: [UInt8]
    /// What is inside object 77: a CMS ContentInfo in BER or DER. With an indefinite outer length the end-of-contents bytes
    /// and anything after them are still there.
    public let contents: [UInt8]
    /// Departures from the standard that were tolerated.
    public let leniencies: [LDSLeniency]

    /// ``ElementaryFile/sod``.
    public var file: ElementaryFile { .sod }

    /// Opens the outer object 77, of definite or indefinite length.
    ///
    /// - Throws: ``LDSError`` `wrongTag`, `truncated` or `malformedTLV`.
    public init(parsing bytes: [UInt8]) throws {
        rawBytes = bytes
        (contents, leniencies) = try LDS.parsing(.sod) {
            if bytes.count > 2, bytes.starts(with: [0x77, 0x80]) {
                let note = LDSLeniency(.indefiniteLength, file: .sod, "the outer object has an indefinite length")
                return (Array(bytes.dropFirst(2)), [note])
            }
            let (outer, leniencies) = try outerObject(bytes, of: .sod, tag: 0x77)
            return (Array(outer.value), leniencies)
        }
    }
}
