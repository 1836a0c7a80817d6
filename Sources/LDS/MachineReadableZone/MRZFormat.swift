/// The shape of a machine readable zone (Doc 9303-4 to 9303-7).
public enum MRZFormat: String, Sendable, Hashable, CaseIterable {
    /// Card size: three lines of 30 characters.
    case td1 = "TD1"
    /// Two lines of 36 characters.
    case td2 = "TD2"
    /// Passport: two lines of 44 characters.
    case td3 = "TD3"
    /// Visa of format A: two lines of 44 characters, document code V.
    case mrvA = "MRV-A"
    /// Visa of format B: two lines of 36 characters, document code V.
    case mrvB = "MRV-B"

    /// Number of lines.
    public var lineCount: Int { self == .td1 ? 3 : 2 }

    /// Characters per line.
    public var lineLength: Int {
        switch self {
        case .td1: 30
        case .td2, .mrvB: 36
        case .td3, .mrvA: 44
        }
    }

    /// Characters of all lines.
    public var characterCount: Int { lineCount * lineLength }

    /// Where the fields lie, counted from 0 over all lines without line breaks.
    var layout: MRZLayout {
        switch self {
        case .td1:
            MRZLayout(
                name: 60..<90, documentNumber: 5..<14, nationality: 45..<48, dateOfBirth: 30..<36, sex: 37,
                dateOfExpiry: 38..<44, optional: 15..<30, secondOptional: 48..<59, optionalCheck: nil,
                composite: MRZLayout.Composite(position: 59, over: [5..<30, 30..<37, 38..<45, 48..<59]))
        case .td2:
            MRZLayout(
                name: 5..<36, documentNumber: 36..<45, nationality: 46..<49, dateOfBirth: 49..<55, sex: 56,
                dateOfExpiry: 57..<63, optional: 64..<71, secondOptional: nil, optionalCheck: nil,
                composite: MRZLayout.Composite(position: 71, over: [36..<46, 49..<56, 57..<71]))
        case .td3:
            MRZLayout(
                name: 5..<44, documentNumber: 44..<53, nationality: 54..<57, dateOfBirth: 57..<63, sex: 64,
                dateOfExpiry: 65..<71, optional: 72..<86, secondOptional: nil, optionalCheck: 86,
                composite: MRZLayout.Composite(position: 87, over: [44..<54, 57..<64, 65..<87]))
        case .mrvA:
            MRZLayout(
                name: 5..<44, documentNumber: 44..<53, nationality: 54..<57, dateOfBirth: 57..<63, sex: 64,
                dateOfExpiry: 65..<71, optional: 72..<88, secondOptional: nil, optionalCheck: nil, composite: nil)
        case .mrvB:
            MRZLayout(
                name: 5..<36, documentNumber: 36..<45, nationality: 46..<49, dateOfBirth: 49..<55, sex: 56,
                dateOfExpiry: 57..<63, optional: 64..<72, secondOptional: nil, optionalCheck: nil, composite: nil)
        }
    }

    /// The format of a zone with so many characters, whose first character tells a visa from the others.
    init?(characterCount: Int, first: UInt8?) {
        let isVisa = first == UInt8(ascii: "V")
        switch characterCount {
        case 90: self = .td1
        case 72: self = isVisa ? .mrvB : .td2
        case 88: self = isVisa ? .mrvA : .td3
        default: return nil
        }
    }
}

/// Field positions of one format. The check digit of the document number and of each date follows its field.
struct MRZLayout {
    struct Composite {
        let position: Int
        let over: [Range<Int>]
    }

    let name: Range<Int>
    let documentNumber: Range<Int>
    let nationality: Range<Int>
    let dateOfBirth: Range<Int>
    let sex: Int
    let dateOfExpiry: Range<Int>
    let optional: Range<Int>
    let secondOptional: Range<Int>?
    let optionalCheck: Int?
    let composite: Composite?
}
