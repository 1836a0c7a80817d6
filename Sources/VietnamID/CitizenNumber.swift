public import LDS

/// The 12-digit personal identification number (số định danh cá nhân) of Vietnam: three digits for the place of birth
/// registration, one for century and sex, two for the year of birth, six at random. It has no check digit.
///
/// Any 12 digits are a number: the Law on Identification of 2023 says no more than "12 natural digits", so a number that does
/// not fit the holder is a warning, never a rejection. Descriptions show the masked form only.
public struct CitizenNumber: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let digits: [UInt8]

    /// Takes exactly 12 ASCII digits.
    ///
    /// - Throws: ``VietnamIDError`` `invalidCharacter` with the position of the first character that is no digit, or
    ///   `invalidLength`.
    public init(_ text: some StringProtocol) throws { try self.init(Array(text.utf8)) }

    /// Takes exactly 12 ASCII digits.
    ///
    /// - Throws: as ``init(_:)-(StringProtocol)``.
    public init(_ bytes: [UInt8]) throws {
        if let index = bytes.firstIndex(where: { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            throw VietnamIDError(.invalidCharacter, "a character that is not a digit", offset: index)
        }
        guard bytes.count == 12 else {
            throw VietnamIDError(.invalidLength, "\(bytes.count) digits, the number has 12")
        }
        digits = bytes
    }

    /// The 12 digits: personal data.
    public var text: String { String(decoding: digits, as: UTF8.self) }

    /// The first three digits and nine asterisks.
    public var masked: String { provinceCode + String(repeating: "*", count: 9) }

    /// The card access number of the chip card: the last six digits, as ASCII bytes. A password: not for display.
    public var can: [UInt8] { Array(digits.suffix(6)) }

    /// The document number in the machine readable zone: the last nine digits.
    public var mrzDocumentNumber: String { String(decoding: digits.suffix(9), as: UTF8.self) }

    /// The first three digits.
    public var provinceCode: String { String(decoding: digits.prefix(3), as: UTF8.self) }

    /// The province where the birth was registered; `nil` for a code outside the list (perhaps that of a country).
    public var province: Province? { Province(code: provinceCode) }

    /// The sex by the fourth digit: even for male, odd for female.
    public var sex: Sex { digit(3) % 2 == 0 ? .male : .female }

    /// The first year of the century of birth by the fourth digit: 1900, 2000, 2100, 2200 or 2300.
    public var birthCentury: Int { 1900 + digit(3) / 2 * 100 }

    /// The year of birth by the fourth to sixth digit.
    public var birthYear: Int { birthCentury + digit(4) * 10 + digit(5) }

    /// The date of birth of a machine readable zone, in the century of this number.
    public func dateOfBirth(_ date: MRZDate) -> PartialDate? { date.inCentury(birthCentury) }

    /// Ways in which the number does not fit what else is known of the holder.
    public func warnings(birthYear: Int? = nil, sex: Sex? = nil) -> [Warning] {
        var out: [Warning] = []
        if province == nil { out.append(.unknownProvince) }
        if let birthYear, birthYear != self.birthYear { out.append(.birthYearDiffers) }
        if let sex, sex != self.sex { out.append(.sexDiffers) }
        return out
    }

    /// A way in which a number does not fit. New ones may be added in any release.
    public struct Warning: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the warning.
        public let description: String

        init(_ name: String) { description = name }

        /// The first three digits are in no list of provinces; they may stand for a country.
        public static let unknownProvince = Warning("unknownProvince")
        /// The year of birth in the number is another one.
        public static let birthYearDiffers = Warning("birthYearDiffers")
        /// The sex in the number is the other one.
        public static let sexDiffers = Warning("sexDiffers")
    }

    /// The masked form.
    public var description: String { masked }
    /// The masked form.
    public var debugDescription: String { masked }
    /// Nothing to look into.
    public var customMirror: Mirror { Mirror(self, children: []) }

    private func digit(_ index: Int) -> Int { digits.indices.contains(index) ? Int(digits[index]) - 0x30 : 0 }
}

/// The sex as Vietnamese cards state it.
public enum Sex: String, Sendable, Hashable, CaseIterable {
    /// Nam.
    case male = "Nam"
    /// Nữ.
    case female = "Nữ"

    /// Reads `Nam` or `Nữ`, in any case and any Unicode normalisation form; `nil` for anything else.
    public init?(vietnamese text: String) {
        guard let sex = Sex.allCases.first(where: { $0.rawValue.lowercased() == text.lowercased() }) else { return nil }
        self = sex
    }

    /// Reads `M` or `F` of a machine readable zone; `nil` for anything else.
    public init?(mrz character: Character) {
        switch character {
        case "M": self = .male
        case "F": self = .female
        default: return nil
        }
    }
}
