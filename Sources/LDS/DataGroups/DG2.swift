import ISO7816

/// DG2: the encoded face (Doc 9303-10, 4.7.2), in records of ISO/IEC 19794-5:2005.
///
/// A record that this library cannot read does not fail the data group: its entry in ``faces`` says why, and its bytes are
/// in ``templates``.
public struct DG2: LDSFile {
    /// What one template holds.
    public enum Face: Sendable, Hashable {
        /// A record of ISO/IEC 19794-5.
        case record(FaceRecord)
        /// An encoding that this library does not read, such as ISO/IEC 39794-5.
        case unsupported(LDSError)
        /// A record of ISO/IEC 19794-5 that is malformed.
        case malformed(LDSError)
    }

    /// The file as it came.
    public let rawBytes: [UInt8]
    /// The biometric templates as they came.
    public let templates: [BiometricInformationTemplate]
    /// The content of each template, in the same order.
    public let faces: [Face]
    /// Departures from the standard that were tolerated.
    public let leniencies: [LDSLeniency]

    /// The data group.
    public var file: ElementaryFile { .dataGroup(.dg2) }

    /// Every image of the records that could be read.
    public var images: [FaceImage] {
        DG2.records(faces).flatMap(\.images)
    }

    /// Parses the file.
    ///
    /// - Throws: ``LDSError`` for malformed TLV, or where the templates or their data blocks are missing.
    public init(parsing bytes: [UInt8]) throws {
        rawBytes = bytes
        (templates, faces, leniencies) = try LDS.parsing(.dataGroup(.dg2)) {
            let (outer, outerLeniencies) = try outerObject(bytes, of: .dataGroup(.dg2), tag: 0x75)
            let group = try BiometricInformationGroup(outer, file: .dataGroup(.dg2))
            let faces = group.templates.map(DG2.face)
            let inner = DG2.records(faces).flatMap(\.leniencies)
            return (group.templates, faces, outerLeniencies + group.leniencies + inner)
        }
    }

    private static func records(_ faces: [Face]) -> [FaceRecord] {
        faces.compactMap { face in if case .record(let record) = face { record } else { nil } }
    }

    /// Decides by the first bytes of the block, not by the tag around it: 19794 records occur in 7F2E as well.
    private static func face(_ template: BiometricInformationTemplate) -> Face {
        let file = ElementaryFile.dataGroup(.dg2)
        guard template.data.starts(with: [0x46, 0x41, 0x43, 0x00]) else {
            let format = template.formatType.map { "format type \($0)" } ?? "no format type"
            return .unsupported(
                LDSError(
                    .unsupportedFormat, "not a record of ISO/IEC 19794-5 (\(format))", file: file,
                    field: "biometric data block", offset: template.data.startIndex))
        }
        do {
            return .record(try LDS.parsing(file) { try FaceRecord(template.data, file: file) })
        } catch {
            let error = error as? LDSError ?? LDSError(.invalidValue, file: file)
            return error.code == .unsupportedFormat ? .unsupported(error) : .malformed(error)
        }
    }
}
