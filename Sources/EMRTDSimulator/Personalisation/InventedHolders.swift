public import LDS

/// The holder of a Vietnamese citizen card, as DG1 and DG13 give him. The simulator's own holders are invented: their numbers
/// begin with 003, which no province has.
public struct VietnameseCitizen: Sendable, Hashable {
    /// The 12-digit number; its last six digits are the CAN.
    public var number: String
    /// Full name in Vietnamese letters, NFC.
    public var fullName: String
    /// Family name in the letters of the MRZ.
    public var primaryIdentifier: String
    /// Middle and given names in the letters of the MRZ, separated by spaces; may be empty.
    public var secondaryIdentifier: String
    /// Date of birth.
    public var dateOfBirth: CalendarDate
    /// Sex, male or female.
    public var sex: MRZSex
    /// Nationality.
    public var nationality: String?
    /// Ethnicity.
    public var ethnicity: String?
    /// Religion.
    public var religion: String?
    /// Place of origin.
    public var placeOfOrigin: String?
    /// Residence.
    public var residence: String?
    /// Identifying features.
    public var identifyingFeatures: String?
    /// The father's name.
    public var father: String?
    /// The mother's name.
    public var mother: String?
    /// The spouse's name.
    public var spouse: String?
    /// The old number of 9 digits.
    public var oldNumber: String?

    /// Creates a holder of whom no more is known than the front of a card must say.
    public init(
        number: String, fullName: String, primaryIdentifier: String, secondaryIdentifier: String,
        dateOfBirth: CalendarDate, sex: MRZSex
    ) {
        self.number = number
        self.fullName = fullName
        self.primaryIdentifier = primaryIdentifier
        self.secondaryIdentifier = secondaryIdentifier
        self.dateOfBirth = dateOfBirth
        self.sex = sex
        nationality = "Việt Nam"
    }

    /// An invented woman, born in 1990, with every field of DG13 filled.
    public static let invented: VietnameseCitizen = {
        var citizen = VietnameseCitizen(
            number: "003190000123", fullName: "Đặng Thị Ước", primaryIdentifier: "DANG", secondaryIdentifier: "THI UOC",
            dateOfBirth: CalendarDate(clampingDaysSinceEpoch: 7490), sex: .female)
        citizen.fillFromSample()
        citizen.father = "Đặng Văn Mẫu"
        citizen.mother = "Nguyễn Thị Thử"
        citizen.spouse = "Trần Văn Ví Dụ"
        citizen.oldNumber = "000000123"
        return citizen
    }()

    /// An invented man, born in 1950, whose card never expires and whose father is unknown.
    public static let inventedWithoutExpiry: VietnameseCitizen = {
        var citizen = VietnameseCitizen(
            number: "003050000456", fullName: "Nguyễn Văn Mẫu", primaryIdentifier: "NGUYEN",
            secondaryIdentifier: "VAN MAU", dateOfBirth: CalendarDate(clampingDaysSinceEpoch: -7305), sex: .male)
        citizen.fillFromSample()
        citizen.mother = "Lê Thị Thử"
        return citizen
    }()

    private mutating func fillFromSample() {
        ethnicity = "Kinh"
        religion = "Không"
        placeOfOrigin = "Xã Mẫu, Huyện Mẫu, Tỉnh Mẫu"
        residence =
            "Số 1 Đường Mẫu, Tổ dân phố số 12, Phường Mẫu Thử Nghiệm, Quận Mẫu Thử Nghiệm, "
            + "Thành phố Mẫu Thử Nghiệm Phần Mềm Đọc Thẻ"
        identifyingFeatures = "Nốt ruồi C:1cm trên đuôi lông mày trái"
    }

    /// The last day of a card issued on a day, or `nil` where it has none. It is the birthday at which the holder reaches the
    /// next milestone (25, 40, 60; from 2024-07-01 also 14), and the one after it in the two years before a milestone.
    public func dateOfExpiry(issued: CalendarDate) -> CalendarDate? {
        let age = dateOfBirth.fullYears(at: issued)
        // The law of 2023 has been in force since 2024-07-01.
        let underNewLaw = (issued.year, issued.month) >= (2024, 7)
        let milestone: Int
        switch age {
        case ..<12 where underNewLaw: milestone = 14
        case ..<23: milestone = 25
        case ..<38: milestone = 40
        case ..<58: milestone = 60
        default: return nil
        }
        return dateOfBirth.adding(years: milestone)
    }
}

/// The holder of a passport, as DG1 gives him.
public struct PassportHolder: Sendable, Hashable {
    /// Issuing State as in the MRZ, three letters.
    public var issuingState: String
    /// The State's two letters, for the certificates.
    public var country: String
    /// Passport number, up to nine characters.
    public var documentNumber: String
    /// Nationality as in the MRZ.
    public var nationality: String
    /// Date of birth.
    public var dateOfBirth: CalendarDate
    /// Sex.
    public var sex: MRZSex
    /// Family name in the letters of the MRZ.
    public var primaryIdentifier: String
    /// Given names in the letters of the MRZ, separated by spaces.
    public var secondaryIdentifier: String
    /// Personal number, up to 14 characters; may be empty.
    public var personalNumber: String

    /// Creates a holder.
    public init(
        issuingState: String, country: String, documentNumber: String, nationality: String, dateOfBirth: CalendarDate,
        sex: MRZSex, primaryIdentifier: String, secondaryIdentifier: String, personalNumber: String = ""
    ) {
        self.issuingState = issuingState
        self.country = country
        self.documentNumber = documentNumber
        self.nationality = nationality
        self.dateOfBirth = dateOfBirth
        self.sex = sex
        self.primaryIdentifier = primaryIdentifier
        self.secondaryIdentifier = secondaryIdentifier
        self.personalNumber = personalNumber
    }

    /// An invented citizen of Utopia (UTO, the State of the specimens of Doc 9303).
    public static let invented = PassportHolder(
        issuingState: "UTO", country: "UT", documentNumber: "X0000417Q", nationality: "UTO",
        dateOfBirth: CalendarDate(clampingDaysSinceEpoch: 4838), sex: .female, primaryIdentifier: "MUSTERSSON",
        secondaryIdentifier: "ANNA TEST")
}
