import ISO7816

/// A parsed elementary file that keeps the bytes it came from.
///
/// Parsing proves nothing: a value of this kind is well formed, not authentic.
public protocol LDSFile: Sendable, Hashable, CustomStringConvertible {
    /// Which file this is.
    var file: ElementaryFile { get }
    /// The file as it came, with any bytes that follow its outer data object. Hash these, nothing re-encoded.
    var rawBytes: [UInt8] { get }
    /// Departures from the standard that were tolerated.
    var leniencies: [LDSLeniency] { get }

    /// Parses the file.
    ///
    /// - Throws: ``LDSError`` that names the file, the field and the offset.
    init(parsing bytes: [UInt8]) throws
}

extension LDSFile {
    /// The file's name and size; never its content.
    public var description: String { "\(file.name), \(rawBytes.count) bytes" }
}

/// Opens the outer data object of a file and notes bytes after it.
func outerObject(_ bytes: [UInt8], of file: ElementaryFile, tag: Tag) throws -> (TLV, [LDSLeniency]) {
    let header = try TLVHeader(prefixOf: bytes[...])
    guard header.tag == tag else {
        throw LDSError(.wrongTag, "outer tag is \(header.tag), \(tag) was expected", file: file, offset: 0)
    }
    let object = try TLV(prefixOf: bytes[...])
    let extra = bytes.count - object.encoded.count
    guard extra > 0 else { return (object, []) }
    return (object, [LDSLeniency(.trailingBytes, file: file, "\(extra) bytes after the outer object")])
}
