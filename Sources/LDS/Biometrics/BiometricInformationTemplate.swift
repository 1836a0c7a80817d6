public import ISO7816

/// A biometric information template (7F60): the header and the data block as they came (Doc 9303-10, 4.7.2, Tables 44-46).
public struct BiometricInformationTemplate: Sendable, Hashable, CustomStringConvertible {
    /// Biometric type (81): 02 face, 08 fingerprint, 10 iris; `nil` where absent.
    public let biometricType: [UInt8]?
    /// Biometric sub-type (82); `nil` where absent.
    public let biometricSubtype: [UInt8]?
    /// Creation date and time (83) as it came, BCD CCYYMMDDhhmmss; `nil` where absent.
    public let creationDate: [UInt8]?
    /// Format owner (87), 0101 for ISO/IEC JTC 1/SC 37; `nil` where absent or not two bytes.
    public let formatOwner: UInt16?
    /// Format type (88), 0008 for a face of ISO/IEC 19794-5; `nil` where absent or not two bytes.
    public let formatType: UInt16?
    /// The tag of the data block: 5F2E (ISO/IEC 19794) or 7F2E (ISO/IEC 39794, also seen around 19794).
    public let dataTag: Tag
    /// The data block as it came: a slice of the file.
    public let data: ArraySlice<UInt8>

    /// The format and the size; never the data.
    public var description: String { "biometric data block \(dataTag), \(data.count) bytes" }

    init(_ object: TLV) throws {
        let objects = try object.children()
        let header = try objects.first { $0.tag == 0xA1 }?.children() ?? []
        func value(_ tag: Tag) -> [UInt8]? { header.first { $0.tag == tag }.map { Array($0.value) } }
        func number(_ tag: Tag) -> UInt16? {
            guard let bytes = value(tag), bytes.count == 2 else { return nil }
            return UInt16(bytes[0]) << 8 | UInt16(bytes[1])
        }
        biometricType = value(0x81)
        biometricSubtype = value(0x82)
        creationDate = value(0x83)
        formatOwner = number(0x87)
        formatType = number(0x88)
        guard let block = objects.first(where: { $0.tag == 0x5F2E || $0.tag == 0x7F2E }) else {
            throw LDSError(
                .missingField, "neither 5F2E nor 7F2E in 7F60", field: "biometric data block",
                offset: object.encoded.startIndex)
        }
        dataTag = block.tag
        data = block.value
    }
}

/// The templates of a biometric data group: 7F61 with a count and so many 7F60.
struct BiometricInformationGroup {
    static let maximumCount = 32
    let templates: [BiometricInformationTemplate]
    let leniencies: [LDSLeniency]

    init(_ outer: TLV, file: ElementaryFile) throws {
        let group = try outer.child(0x7F61)
        let objects = try group.children()
        guard let count = objects.first(where: { $0.tag == 0x02 }) else {
            throw LDSError(
                .missingField, "object 02 is missing in 7F61", field: "number of instances",
                offset: group.encoded.startIndex)
        }
        let announced = try count.smallInteger("number of instances")
        let found = objects.filter { $0.tag == 0x7F60 }
        guard found.count <= BiometricInformationGroup.maximumCount else {
            throw LDSError(
                .limitExceeded, "\(found.count) templates", field: "biometric information template",
                offset: group.encoded.startIndex)
        }
        templates = try found.map { try BiometricInformationTemplate($0) }
        leniencies =
            announced == found.count
            ? []
            : [LDSLeniency(.instanceCountMismatch, file: file, "\(announced) announced, \(found.count) are there")]
    }
}
