import EMRTDCrypto
import ISO7816
import EMRTDTrust
import LDS

/// What follows from the holder and the dates before any key is made: the MRZ, DG13, the validity of everything.
struct DocumentPlan {
    let profile: String
    let country: String
    let issuingState: String
    let documentTypes: [String]
    let sex: MRZSex
    let issueDate: CalendarDate
    let dateOfExpiry: CalendarDate?
    let mrz: [String]
    let mrzInformation: String
    let dg13: [UInt8]?
    let cardAccessNumber: String?
    let behaviour: PersonalisedDocument.Behaviour
    /// Whether EF.CardAccess repeats the infos of Chip and Terminal Authentication, as the Vietnamese one does.
    let listsChipProtocolsInCardAccess: Bool
    /// Whether there is an EF.DIR.
    let hasDirectory: Bool
    private let today: CalendarDate

    init(_ options: PersonalisationOptions) throws {
        let isGuarded = options.supportsBAC || !options.pace.isEmpty
        guard isGuarded != options.isPlain else {
            throw PersonalisationError(
                .invalidOption, "a document needs BAC or PACE, or has to be a plain one, which has neither")
        }
        switch options.holder {
        case .vietnamese(let holder): try self.init(holder, options)
        case .passport(let holder), .identityCard(let holder): try self.init(holder, options)
        }
        guard issueDate <= options.today, (dateOfExpiry ?? options.today) >= options.today else {
            throw PersonalisationError(
                .invalidDate, "the document is not valid on the day it is made for; choose another issue date")
        }
        guard (cardAccessNumber ?? "0").utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            (1...16).contains((cardAccessNumber ?? "0").utf8.count)
        else { throw PersonalisationError(.invalidCharacter, "a card access number is 1 to 16 digits") }
        for number in [options.personalIdentificationNumber, options.pinUnblockingKey].compactMap({ $0 }) {
            guard (4...16).contains(number.utf8.count), number.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw PersonalisationError(.invalidCharacter, "a PIN or PUK is 4 to 16 digits")
            }
            guard !options.pace.isEmpty else {
                throw PersonalisationError(.invalidOption, "a PIN or PUK needs PACE")
            }
        }
        guard options.pinUnblockingKey == nil || options.personalIdentificationNumber != nil else {
            throw PersonalisationError(.invalidOption, "a PUK needs a PIN that it unblocks")
        }
        guard
            !options.usesEAC2
                || (!options.pace.isEmpty && !options.supportsBAC && options.chipAuthentication.count == 1)
        else {
            throw PersonalisationError(
                .invalidOption,
                "Extended Access Control version 2 needs PACE, one key of Chip Authentication, and no BAC")
        }
        // PACE with Chip Authentication Mapping may stand in for Chip Authentication (Doc 9303-11, 7.1.2).
        let provesChip =
            !options.chipAuthentication.isEmpty || options.pace.contains { $0.mapping == .chipAuthentication }
        guard options.terminalAuthentication == nil || options.usesEAC2 || provesChip else {
            throw PersonalisationError(.invalidOption, "Terminal Authentication needs Chip Authentication before it")
        }
    }

    private init(_ holder: VietnameseCitizen, _ options: PersonalisationOptions) throws {
        profile = "vietnam-citizen"
        (country, issuingState, documentTypes) = ("VN", "VNM", ["ID"])
        sex = holder.sex
        today = options.today
        issueDate = DocumentPlan.issueDate(of: holder, options)
        dateOfExpiry = holder.dateOfExpiry(issued: issueDate)
        let zone = try MRZBuilder.vietnameseCitizenCard(
            number: holder.number, dateOfBirth: holder.dateOfBirth, sex: holder.sex, dateOfExpiry: dateOfExpiry,
            primaryIdentifier: holder.primaryIdentifier, secondaryIdentifier: holder.secondaryIdentifier)
        mrz = try zone.td1()
        mrzInformation = try zone.information()
        cardAccessNumber = String(holder.number.suffix(6))
        var group = VietnameseDG13Builder(parentNesting: options.parentNesting)
        group.number = holder.number
        group.fullName = holder.fullName
        group.dateOfBirth = holder.dateOfBirth.vietnamese
        group.sex = holder.sex == .female ? "Nữ" : holder.sex == .male ? "Nam" : nil
        group.nationality = holder.nationality
        group.ethnicity = holder.ethnicity
        group.religion = holder.religion
        group.placeOfOrigin = holder.placeOfOrigin
        group.residence = holder.residence
        group.identifyingFeatures = holder.identifyingFeatures
        group.issueDate = issueDate.vietnamese
        group.expiryDate = dateOfExpiry?.vietnamese ?? "Không thời hạn"
        (group.father, group.mother, group.spouse) = (holder.father, holder.mother, holder.spouse)
        group.oldNumber = holder.oldNumber
        group.unknown = "0123456789ABCDEF"
        dg13 = try group.encoded()
        behaviour = PersonalisedDocument.Behaviour(
            atr: [0x3B, 0x89, 0x80, 0x01, 0x4D, 0x4B, 0x6A, 0x43, 0x4F, 0x53, 0x2D, 0x33, 0x37, 0x12],
            supportsBAC: options.supportsBAC, isPlain: options.isPlain, selectMasterFileStatus: 0x6D00,
            quirks: options.quirks)
        (listsChipProtocolsInCardAccess, hasDirectory) = (true, false)
    }

    private init(_ holder: PassportHolder, _ options: PersonalisationOptions) throws {
        let isPassport = if case .passport = options.holder { true } else { false }
        profile = isPassport ? "passport-td3" : options.usesEAC2 ? "identity-card-eac2" : "identity-card-td1"
        (country, documentTypes) = (holder.country, [isPassport ? "P" : "I"])
        // The certificates of an issuer whose code the zone has from another keep their own.
        issuingState =
            options.quirks.contains(.issuerOfAnother) ? PassportHolder.invented.issuingState : holder.issuingState
        sex = holder.sex
        today = options.today
        issueDate = options.issueDate ?? options.today.adding(days: -100)
        dateOfExpiry = issueDate.adding(years: 10)
        let zone = MRZBuilder(
            documentCode: isPassport ? "P" : "I", issuingState: holder.issuingState,
            documentNumber: holder.documentNumber,
            nationality: holder.nationality, dateOfBirth: holder.dateOfBirth, sex: holder.sex,
            dateOfExpiry: dateOfExpiry,
            primaryIdentifier: holder.primaryIdentifier, secondaryIdentifier: holder.secondaryIdentifier,
            optionalData: holder.personalNumber)
        mrz =
            try isPassport
            ? zone.td3(unusedDigit: options.quirks.contains(.optionalDataDigitZero) ? "0" : "<") : zone.td1()
        mrzInformation = try zone.information()
        cardAccessNumber = options.cardAccessNumber
        dg13 = nil
        // PC/SC part 3, 3.1.3.2.3.1: a contactless card with the historical bytes of ISO/IEC 7816-4, category indicator 80.
        behaviour = PersonalisedDocument.Behaviour(
            atr: [0x3B, 0x88, 0x80, 0x01, 0x80, 0x73, 0x94, 0x21, 0xC0, 0x82, 0x90, 0x00, 0x9D],
            supportsBAC: options.supportsBAC, isPlain: options.isPlain, selectMasterFileStatus: nil,
            quirks: options.quirks)
        (listsChipProtocolsInCardAccess, hasDirectory) = (false, true)
    }

    /// 2021-08-10 where a card of that day is valid today, else a day last month.
    private static func issueDate(of holder: VietnameseCitizen, _ options: PersonalisationOptions) -> CalendarDate {
        if let issueDate = options.issueDate { return issueDate }
        let usual = CalendarDate(clampingDaysSinceEpoch: 18_849)  // 2021-08-10
        let isValid =
            usual <= options.today && holder.dateOfBirth <= usual
            && holder.dateOfExpiry(issued: usual).map { $0 >= options.today } ?? true
        return isValid ? usual : max(options.today.adding(days: -30), min(holder.dateOfBirth, options.today))
    }

    /// The document signer signs for three months around the issue date, and its certificate outlives the document.
    private var signerValidity: ClosedRange<CalendarDate> {
        let end = max(dateOfExpiry ?? issueDate.adding(years: 15), issueDate.adding(years: 10), today.adding(years: 1))
        return issueDate.adding(days: -45)...end.adding(days: 90)
    }

    /// The CSCA certificate and the document signer.
    func makeSigner(_ options: PersonalisationOptions) throws -> (csca: [UInt8], signer: TestPKI.DocumentSigner) {
        let validity = signerValidity
        let pki: TestPKI
        switch options.existingPKI {
        case .documentSigner(let signer, let csca): return (csca.encoded, signer)
        case .csca(let csca): pki = TestPKI(csca: csca, country: country, issuingState: issuingState)
        case nil:
            pki = try TestPKI(
                country: country, issuingState: issuingState, key: options.cscaKey,
                validity: validity.lowerBound.adding(years: -1)...validity.upperBound.adding(years: 1))
        }
        let signer = try pki.makeDocumentSigner(
            key: options.documentSignerKey, validity: validity,
            usagePeriod: validity.lowerBound...validity.lowerBound.adding(days: 90), documentTypes: documentTypes)
        return (pki.cscaCertificate, signer)
    }
}
