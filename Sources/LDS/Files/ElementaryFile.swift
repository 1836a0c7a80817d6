public import ISO7816

/// An elementary file of an eMRTD: where it lies, how it is selected and which tag it starts with (Doc 9303-10, 3.11, 4.1).
///
/// File identifiers mean different files in the master file and in the application (011C, 011D and short identifiers 01, 1C,
/// 1D, 1E): selecting needs ``directory`` as well.
public enum ElementaryFile: Sendable, Hashable, CustomStringConvertible {
    /// EF.DIR, the list of applications.
    case dir
    /// EF.ATR/INFO, the card's capabilities.
    case atrInfo
    /// EF.CardAccess: SecurityInfos for PACE.
    case cardAccess
    /// EF.CardSecurity: signed SecurityInfos.
    case cardSecurity
    /// EF.COM: versions and the list of data groups (not signed).
    case com
    /// EF.SOD: the document security object.
    case sod
    /// EF.CVCA: names of the trust points for Terminal Authentication (default identifiers of Doc 9303-11, Appendix K).
    case cvca
    /// EF.DG1 to EF.DG16.
    case dataGroup(DataGroupNumber)

    /// The directory that a file lies in.
    public enum Directory: Sendable, Hashable {
        /// The master file.
        case masterFile
        /// The eMRTD application A0000002471001 (LDS1).
        case application
    }

    /// The application identifier of the eMRTD application (LDS1).
    public static let applicationIdentifier: [UInt8] = [0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01]

    /// Every file this library knows: those of the master file first.
    public static let all: [ElementaryFile] =
        [.dir, .atrInfo, .cardAccess, .cardSecurity, .com, .sod, .cvca]
        + DataGroupNumber.allCases.map { .dataGroup($0) }

    /// The file of the eMRTD application that starts with a tag: EF.COM, EF.SOD or a data group; otherwise `nil`.
    public init?(outerTag: Tag) {
        switch outerTag {
        case 0x60: self = .com
        case 0x77: self = .sod
        default:
            guard let group = DataGroupNumber(tag: outerTag) else { return nil }
            self = .dataGroup(group)
        }
    }

    /// The file with a name as ``name`` gives it, or `nil`.
    public init?(name: String) {
        guard let file = ElementaryFile.all.first(where: { $0.name == name }) else { return nil }
        self = file
    }

    /// The name: `EF.COM`, `EF.SOD`, `EF.CardAccess`, ..., `DG1` to `DG16`.
    public var name: String {
        switch self {
        case .dir: "EF.DIR"
        case .atrInfo: "EF.ATR/INFO"
        case .cardAccess: "EF.CardAccess"
        case .cardSecurity: "EF.CardSecurity"
        case .com: "EF.COM"
        case .sod: "EF.SOD"
        case .cvca: "EF.CVCA"
        case .dataGroup(let group): group.description
        }
    }

    /// The directory that must be selected for the identifiers to mean this file.
    public var directory: Directory {
        switch self {
        case .dir, .atrInfo, .cardAccess, .cardSecurity: .masterFile
        case .com, .sod, .cvca, .dataGroup: .application
        }
    }

    /// The two-byte file identifier, valid in ``directory``.
    public var fileIdentifier: UInt16 {
        switch self {
        case .dir: 0x2F00
        case .atrInfo: 0x2F01
        case .cardAccess, .cvca: 0x011C
        case .cardSecurity, .sod: 0x011D
        case .com: 0x011E
        case .dataGroup(let group): 0x0100 | UInt16(group.rawValue)
        }
    }

    /// The short file identifier, 1 to 30, valid in ``directory``.
    public var shortFileIdentifier: UInt8 {
        switch self {
        case .dir, .com: 0x1E
        case .atrInfo: 0x01
        case .cardAccess, .cvca: 0x1C
        case .cardSecurity, .sod: 0x1D
        case .dataGroup(let group): group.rawValue
        }
    }

    /// The tag of the object that wraps the whole content, or `nil` for EF.DIR, EF.ATR/INFO and EF.CVCA, which are
    /// sequences of objects. EF.CardAccess is a bare SET (31), EF.CardSecurity a bare SEQUENCE (30).
    public var outerTag: Tag? {
        switch self {
        case .dir, .atrInfo, .cvca: nil
        case .cardAccess: 0x31
        case .cardSecurity: 0x30
        case .com: 0x60
        case .sod: 0x77
        case .dataGroup(let group): group.tag
        }
    }

    /// The number of the data group, or `nil` for the other files.
    public var dataGroupNumber: DataGroupNumber? {
        if case .dataGroup(let group) = self { group } else { nil }
    }

    /// The name.
    public var description: String { name }
}
