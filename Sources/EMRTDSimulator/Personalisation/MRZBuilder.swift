public import LDS

/// The sex as the MRZ writes it (Doc 9303-3, 4.7 and the sex field of parts 4 to 7).
public enum MRZSex: String, Sendable, Hashable {
    /// M.
    case male = "M"
    /// F.
    case female = "F"
    /// The filler.
    case unspecified = "<"
}

/// Builds machine readable zones with all their check digits: TD1 (Doc 9303-5), TD3 (Doc 9303-4) and the Vietnamese TD1.
///
/// Names and numbers come in the letters of the MRZ already, A to Z and 0 to 9; a space stands between the words of a name.
public struct MRZBuilder: Sendable, Hashable {
    /// Document code, one or two letters: `P`, `ID`.
    public var documentCode: String
    /// Issuing State or organisation, one to three letters (Doc 9303-3, clause 5).
    public var issuingState: String
    /// Document number: up to 9 characters, in TD1 up to 22 (Doc 9303-5, note j of 4.2.2).
    public var documentNumber: String
    /// Nationality, one to three letters.
    public var nationality: String
    /// Date of birth.
    public var dateOfBirth: CalendarDate
    /// Sex.
    public var sex: MRZSex
    /// Date of expiry; `nil` is written as 991231, which is what Vietnamese cards without expiry carry.
    public var dateOfExpiry: CalendarDate?
    /// Primary identifier (family name): words of A to Z, separated by one space.
    public var primaryIdentifier: String
    /// Secondary identifier (given names); may be empty.
    public var secondaryIdentifier: String
    /// Optional data: up to 15 characters in line 1 of TD1, up to 14 in line 2 of TD3.
    public var optionalData: String
    /// Optional data of line 2 of TD1: up to 11 characters.
    public var secondOptionalData: String

    /// Creates a builder; the lengths and characters are checked when a zone is built.
    public init(
        documentCode: String, issuingState: String, documentNumber: String, nationality: String,
        dateOfBirth: CalendarDate,
        sex: MRZSex, dateOfExpiry: CalendarDate?, primaryIdentifier: String, secondaryIdentifier: String,
        optionalData: String = "", secondOptionalData: String = ""
    ) {
        self.documentCode = documentCode
        self.issuingState = issuingState
        self.documentNumber = documentNumber
        self.nationality = nationality
        self.dateOfBirth = dateOfBirth
        self.sex = sex
        self.dateOfExpiry = dateOfExpiry
        self.primaryIdentifier = primaryIdentifier
        self.secondaryIdentifier = secondaryIdentifier
        self.optionalData = optionalData
        self.secondOptionalData = secondOptionalData
    }

    /// The builder of a Vietnamese citizen card from its 12-digit number: the document number is the last nine digits, the
    /// optional data holds all twelve, two fillers and a check digit over those fourteen characters.
    ///
    /// - Throws: ``PersonalisationError`` `invalidLength` or `invalidCharacter` where the number is not 12 digits.
    public static func vietnameseCitizenCard(
        number: String, dateOfBirth: CalendarDate, sex: MRZSex, dateOfExpiry: CalendarDate?, primaryIdentifier: String,
        secondaryIdentifier: String
    ) throws -> MRZBuilder {
        guard number.utf8.count == 12 else {
            throw PersonalisationError(.invalidLength, "a Vietnamese citizen number has 12 digits")
        }
        guard number.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw PersonalisationError(.invalidCharacter, "a Vietnamese citizen number has digits only")
        }
        let optional = number + "<<"
        return MRZBuilder(
            documentCode: "ID", issuingState: "VNM", documentNumber: String(number.suffix(9)), nationality: "VNM",
            dateOfBirth: dateOfBirth, sex: sex, dateOfExpiry: dateOfExpiry, primaryIdentifier: primaryIdentifier,
            secondaryIdentifier: secondaryIdentifier, optionalData: optional + (try checkDigit(optional)))
    }

    /// The three lines of 30 characters of a TD1 (Doc 9303-5, 4.2.2).
    ///
    /// - Throws: ``PersonalisationError`` `invalidCharacter` or `invalidLength`, naming the field.
    public func td1() throws -> [String] {
        var number = try field(documentNumber, 1...22, "document number")
        var optional = try field(optionalData, 0...15, "optional data")
        var numberCheck = try MRZBuilder.checkDigit(padded(number, 9))
        if number.utf8.count > 9 {
            // The rest of a long number opens the optional data, closed by the check digit over the whole and a filler.
            optional = String(number.dropFirst(9)) + (try MRZBuilder.checkDigit(number)) + "<" + optional
            number = String(number.prefix(9))
            numberCheck = "<"
            guard optional.utf8.count <= 15 || optional.utf8.dropFirst(15).allSatisfy({ $0 == UInt8(ascii: "<") })
            else {
                throw PersonalisationError(
                    .invalidLength, "the long document number leaves no room for the optional data")
            }
            optional = String(optional.prefix(15))
        }
        let first =
            padded(try letters(documentCode, 1...2, "document code"), 2)
            + padded(try letters(issuingState, 1...3, "issuing State"), 3) + padded(number, 9) + numberCheck
            + padded(optional, 15)
        let dates = try self.dates()
        let second =
            dates.birth + sex.rawValue + dates.expiry + padded(try letters(nationality, 1...3, "nationality"), 3)
            + padded(try field(secondOptionalData, 0...11, "second optional data"), 11)
        // Doc 9303-5, 4.2.4: line 1 from character 6 on, and of line 2 the characters 1-7, 9-15 and 19-29.
        let composite = String(first.dropFirst(5)) + dates.birth + dates.expiry + String(second.suffix(11))
        return [first, second + (try MRZBuilder.checkDigit(composite)), try nameField(30)]
    }

    /// The two lines of 44 characters of a TD3 (Doc 9303-4, 4.2.2).
    ///
    /// - Parameter unusedDigit: the check digit of an unused personal number, the filler or 0 (Doc 9303-4, 4.2.2.2).
    /// - Throws: ``PersonalisationError`` `invalidCharacter` or `invalidLength`, naming the field.
    public func td3(unusedDigit: String = "<") throws -> [String] {
        let number = padded(try field(documentNumber, 1...9, "document number"), 9)
        let personal = padded(try field(optionalData, 0...14, "optional data"), 14)
        guard secondOptionalData.isEmpty else {
            throw PersonalisationError(.invalidLength, "a TD3 has no second optional data")
        }
        let first =
            padded(try letters(documentCode, 1...2, "document code"), 2)
            + padded(try letters(issuingState, 1...3, "issuing State"), 3) + (try nameField(39))
        let dates = try self.dates()
        let numberWithCheck = number + (try MRZBuilder.checkDigit(number))
        let unused = personal.utf8.allSatisfy { $0 == UInt8(ascii: "<") }
        let personalWithCheck = personal + (unused ? unusedDigit : try MRZBuilder.checkDigit(personal))
        let second =
            numberWithCheck + padded(try letters(nationality, 1...3, "nationality"), 3) + dates.birth + sex.rawValue
            + dates.expiry + personalWithCheck
        let composite = numberWithCheck + dates.birth + dates.expiry + personalWithCheck
        return [first, second + (try MRZBuilder.checkDigit(composite))]
    }

    /// The MRZ information that BAC and PACE derive keys from: document number, date of birth and date of expiry, each with
    /// its check digit (Doc 9303-11, 4.3.2 and errata).
    ///
    /// - Throws: ``PersonalisationError`` as the zone itself.
    public func information() throws -> String {
        let number = padded(try field(documentNumber, 1...22, "document number"), 9)
        let dates = try self.dates()
        return number + (try MRZBuilder.checkDigit(number)) + dates.birth + dates.expiry
    }

    /// The check digit of Doc 9303-3, 4.9: weights 7, 3, 1, modulo 10.
    ///
    /// - Throws: ``PersonalisationError`` `invalidCharacter` outside 0-9, A-Z and the filler.
    public static func checkDigit(_ text: String) throws -> String {
        var sum = 0
        for (position, character) in text.utf8.enumerated() {
            let value: UInt8
            switch character {
            case 0x30...0x39: value = character - 0x30
            case 0x41...0x5A: value = character - 0x41 + 10
            case UInt8(ascii: "<"): value = 0
            default: throw PersonalisationError(.invalidCharacter, "the MRZ holds 0-9, A-Z and the filler only")
            }
            let weight = position % 3 == 0 ? 7 : position % 3 == 1 ? 3 : 1
            sum = (sum + Int(value) * weight) % 10
        }
        return String(sum)
    }

    private func dates() throws -> (birth: String, expiry: String) {
        let birth = dateOfBirth.mrz
        let expiry = dateOfExpiry?.mrz ?? "991231"
        return (birth + (try MRZBuilder.checkDigit(birth)), expiry + (try MRZBuilder.checkDigit(expiry)))
    }

    /// Names as primary, two fillers, secondary, one filler between words, truncated so that the field ends with a letter,
    /// the sign of a truncation (Doc 9303-4 and -5, 4.2.3).
    private func nameField(_ width: Int) throws -> String {
        var primary = try words(primaryIdentifier, "primary identifier")
        guard !primary.isEmpty else {
            throw PersonalisationError(.invalidLength, "the primary identifier is empty")
        }
        let secondary = try words(secondaryIdentifier, "secondary identifier")
        func joined() -> String {
            primary.joined(separator: "<") + (secondary.isEmpty ? "" : "<<" + secondary.joined(separator: "<"))
        }
        var name = joined()
        while name.utf8.count > width, name.prefix(width).utf8.last == UInt8(ascii: "<"),
            let last = primary.last, last.utf8.count > 1
        {
            primary[primary.endIndex - 1] = String(last.dropLast())
            name = joined()
        }
        return padded(String(name.prefix(width)), width)
    }

    private func words(_ text: String, _ name: String) throws -> [String] {
        guard text.utf8.count <= 128 else {
            throw PersonalisationError(.invalidLength, "\(name): more than 128 letters")
        }
        if text.isEmpty { return [] }
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        for word in words { _ = try letters(word, 1...128, name) }
        return words
    }

    private func letters(_ text: String, _ count: ClosedRange<Int>, _ name: String) throws -> String {
        guard count.contains(text.utf8.count) else {
            throw PersonalisationError(.invalidLength, "\(name): \(count.lowerBound) to \(count.upperBound) characters")
        }
        guard text.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw PersonalisationError(.invalidCharacter, "\(name): the letters A to Z only")
        }
        return text
    }

    private func field(_ text: String, _ count: ClosedRange<Int>, _ name: String) throws -> String {
        guard count.contains(text.utf8.count) else {
            throw PersonalisationError(.invalidLength, "\(name): \(count.lowerBound) to \(count.upperBound) characters")
        }
        _ = try MRZBuilder.checkDigit(text)
        return text
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: "<", count: max(width - text.utf8.count, 0))
    }
}
