/// A facial record of ISO/IEC 19794-5:2005, as DG2 holds it: header and one or more images.
public struct FaceRecord: Sendable, Hashable {
    /// The most images of a record that are looked at.
    public static let maximumCount = 32

    /// The images in the order of the record.
    public let images: [FaceImage]
    /// Departures from the standard that were tolerated.
    public let leniencies: [LDSLeniency]

    /// How many bytes an announced length may be off (real cards: 1 to 8).
    static let tolerance = 8

    /// Parses a record.
    ///
    /// - Throws: ``LDSError``.
    public init(parsing bytes: [UInt8]) throws { try self.init(bytes[...], file: nil) }

    init(_ bytes: ArraySlice<UInt8>, file: ElementaryFile?) throws {
        var reader = ByteReader(bytes, "facial record")
        guard try reader.bytes(4, "format identifier").elementsEqual([0x46, 0x41, 0x43, 0x00]) else {
            throw LDSError(
                .unsupportedFormat, "the record does not start with FAC", field: "format identifier",
                offset: bytes.startIndex)
        }
        guard try reader.bytes(4, "version number").elementsEqual([0x30, 0x31, 0x30, 0x00]) else {
            throw LDSError(
                .unsupportedFormat, "the version is not 010", field: "version number", offset: bytes.startIndex + 4)
        }
        let length = try reader.number(4, "length of record")
        let count = try reader.number(2, "number of facial images")
        var leniencies: [LDSLeniency] = []
        if length != bytes.count {
            guard length < bytes.count + FaceRecord.tolerance + 1 else {
                throw LDSError(
                    .truncated, "the record announces \(length) bytes, \(bytes.count) are there",
                    field: "length of record", offset: bytes.startIndex + 8)
            }
            let isNear = length + FaceRecord.tolerance >= bytes.count
            leniencies.append(
                LDSLeniency(
                    isNear ? .recordLengthMismatch : .recordPadding, file: file,
                    "the record announces \(length) bytes, \(bytes.count) are there"))
        }
        guard (1...FaceRecord.maximumCount).contains(count) else {
            throw LDSError(
                count == 0 ? .invalidValue : .limitExceeded, "\(count) images", field: "number of facial images",
                offset: bytes.startIndex + 12)
        }
        var images: [FaceImage] = []
        for index in 1...count {
            images.append(
                try FaceImage(&reader, isLast: index == count, file: file, leniencies: &leniencies))
        }
        self.images = images
        self.leniencies = leniencies
    }
}

/// One image of a facial record with what its headers say. Sizes are claims: a decoder must not trust them.
public struct FaceImage: Sendable, Hashable, CustomStringConvertible {
    /// The kind of face image: 0 basic, 1 full frontal, 2 token frontal.
    public let faceImageType: Int
    /// The format that the header claims; `nil` for a value that the standard does not define.
    public let claimedFormat: ImageFormat?
    /// The format that the bytes show.
    public let format: ImageFormat
    /// The width in pixels that the header claims; 0 for unspecified.
    public let width: Int
    /// The height in pixels that the header claims; 0 for unspecified.
    public let height: Int
    /// The quality that the header claims; 0 for unspecified.
    public let quality: Int
    /// The image as it came: a slice of the file.
    public let bytes: ArraySlice<UInt8>

    /// Format and size; never the image.
    public var description: String { "\(format.rawValue), \(bytes.count) bytes" }

    init(
        _ reader: inout ByteReader, isLast: Bool, file: ElementaryFile?, leniencies: inout [LDSLeniency]
    ) throws {
        let start = reader.rest.startIndex
        let length = try reader.number(4, "facial record data length")
        let points = try reader.number(2, "number of feature points")
        _ = try reader.bytes(14, "facial information")
        _ = try reader.bytes(8 * points, "feature points")
        faceImageType = try reader.number(1, "face image type")
        let dataType = try reader.number(1, "image data type")
        width = try reader.number(2, "width")
        height = try reader.number(2, "height")
        _ = try reader.bytes(4, "colour space, source type, device type")
        quality = try reader.number(2, "quality")
        // Records whose last block announces 1 to 8 bytes more than there are occur on real passports.
        var size = length - (reader.rest.startIndex - start)
        if size > reader.rest.count, size <= reader.rest.count + FaceRecord.tolerance, isLast {
            leniencies.append(
                LDSLeniency(
                    .recordLengthMismatch, file: file, "the image block announces \(length) bytes, which is too many"))
            size = reader.rest.count
        } else if isLast, size > 0, reader.rest.count > size {
            leniencies.append(
                LDSLeniency(.recordPadding, file: file, "\(reader.rest.count - size) bytes after the image block"))
        }
        guard size > 0 else {
            throw LDSError(
                .invalidLength, "an image block of \(length) bytes has no image", field: "facial record data length",
                offset: start)
        }
        bytes = try reader.bytes(size, "image")
        format = ImageFormat(of: bytes)
        claimedFormat = dataType == 0 ? .jpeg : dataType == 1 ? .jpeg2000 : nil
        let agrees =
            claimedFormat == format || (claimedFormat == .jpeg2000 && format == .jpeg2000Codestream)
        if !agrees {
            leniencies.append(
                LDSLeniency(
                    .imageTypeMismatch, file: file,
                    "image data type \(dataType), the bytes are \(format.rawValue)"))
        }
    }
}
