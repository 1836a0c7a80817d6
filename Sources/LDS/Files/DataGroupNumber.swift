public import ISO7816

/// The number of a data group of the eMRTD application, 1 to 16 (Doc 9303-10, 4.1, Table 38).
public enum DataGroupNumber: UInt8, Sendable, Hashable, CaseIterable, Comparable, CustomStringConvertible {
    /// Machine readable zone.
    case dg1 = 1
    /// Encoded face.
    case dg2
    /// Encoded fingers.
    case dg3
    /// Encoded irises.
    case dg4
    /// Displayed portrait.
    case dg5
    /// Reserved.
    case dg6
    /// Displayed signature or usual mark.
    case dg7
    /// Data features.
    case dg8
    /// Structure features.
    case dg9
    /// Substance features.
    case dg10
    /// Additional personal details.
    case dg11
    /// Additional document details.
    case dg12
    /// Optional details, defined by the issuer.
    case dg13
    /// Security options.
    case dg14
    /// Active Authentication public key.
    case dg15
    /// Persons to notify.
    case dg16

    /// The data group with a number, or `nil` outside 1 to 16.
    @inlinable
    public init?(_ number: some BinaryInteger) {
        guard let value = UInt8(exactly: number), let group = DataGroupNumber(rawValue: value) else { return nil }
        self = group
    }

    /// The data group whose file starts with a tag, or `nil`.
    public init?(tag: Tag) {
        guard let group = DataGroupNumber.allCases.first(where: { $0.tag == tag }) else { return nil }
        self = group
    }

    /// The number, 1 to 16.
    public var number: Int { Int(rawValue) }

    /// The outer tag of the group's file; also its entry in the tag list of EF.COM.
    public var tag: Tag {
        switch self {
        case .dg1: 0x61
        case .dg2: 0x75
        case .dg3: 0x63
        case .dg4: 0x76
        case .dg5: 0x65
        case .dg6: 0x66
        case .dg7: 0x67
        case .dg8: 0x68
        case .dg9: 0x69
        case .dg10: 0x6A
        case .dg11: 0x6B
        case .dg12: 0x6C
        case .dg13: 0x6D
        case .dg14: 0x6E
        case .dg15: 0x6F
        case .dg16: 0x70
        }
    }

    /// Orders by number.
    public static func < (a: DataGroupNumber, b: DataGroupNumber) -> Bool { a.rawValue < b.rawValue }

    /// `DG1` to `DG16`.
    public var description: String { "DG\(rawValue)" }
}
