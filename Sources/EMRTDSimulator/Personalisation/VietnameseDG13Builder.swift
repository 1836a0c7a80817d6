import ISO7816

/// Encodes DG13 of the Vietnamese citizen card: sixteen numbered fields, UTF-8 (facts gathered from public sources; the
/// layout has no published standard).
///
/// An absent field keeps its number and has no value element. The fields stand in the order of their numbers.
public struct VietnameseDG13Builder: Sendable, Hashable {
    /// The two ways in which cards nest the parents in field 13.
    public enum ParentNesting: Sendable, Hashable {
        /// One inner SEQUENCE per parent; an empty one keeps the place of an unknown parent.
        case onePerParent
        /// One SEQUENCE of both strings; an unknown parent is left out.
        case oneForBoth
    }

    /// Field 1: the 12-digit number.
    public var number: String?
    /// Field 2: full name.
    public var fullName: String?
    /// Field 3: date of birth, dd/MM/yyyy.
    public var dateOfBirth: String?
    /// Field 4: sex, `Nam` or `Nữ`.
    public var sex: String?
    /// Field 5: nationality.
    public var nationality: String?
    /// Field 6: ethnicity.
    public var ethnicity: String?
    /// Field 7: religion.
    public var religion: String?
    /// Field 8: place of origin.
    public var placeOfOrigin: String?
    /// Field 9: residence.
    public var residence: String?
    /// Field 10: identifying features.
    public var identifyingFeatures: String?
    /// Field 11: issue date, dd/MM/yyyy.
    public var issueDate: String?
    /// Field 12: expiry date, dd/MM/yyyy, or `Không thời hạn`.
    public var expiryDate: String?
    /// Field 13: the father.
    public var father: String?
    /// Field 13: the mother.
    public var mother: String?
    /// Field 14: the spouse.
    public var spouse: String?
    /// Field 15: the old number.
    public var oldNumber: String?
    /// Field 16: 16 characters of unknown meaning.
    public var unknown: String?
    /// How field 13 is nested.
    public var parentNesting: ParentNesting

    /// Creates a builder in which every field is absent.
    public init(parentNesting: ParentNesting = .onePerParent) { self.parentNesting = parentNesting }

    /// The file DG13: tag 6D with version 1, object identifier 1.0.10646.1.0.8 and the set of fields.
    ///
    /// - Throws: ``PersonalisationError`` `invalidCharacter` where field 1, 3, 11, 15 or 16 is no PrintableString.
    public func encoded() throws -> [UInt8] {
        let values: [[UInt8]] = [
            try printable(number), utf8(fullName), try printable(dateOfBirth), utf8(sex), utf8(nationality),
            utf8(ethnicity), utf8(religion), utf8(placeOfOrigin), utf8(residence), utf8(identifyingFeatures),
            try printable(issueDate), utf8(expiryDate), parents, spouse.map { DEREncoder.sequence(utf8($0)) } ?? [],
            try printable(oldNumber), try printable(unknown),
        ]
        let fields = values.enumerated().map { index, value in
            DEREncoder.sequence(DEREncoder.integer(UInt(index + 1)), value)
        }
        // A SET OF in the order of the numbers, as the cards have it, and not in the order of DER.
        let body = DEREncoder.sequence(
            DEREncoder.integer(1), try DEREncoder.objectIdentifier("1.0.10646.1.0.8"),
            TLV.encode(0x31, children: fields))
        return TLV.encode(0x6D, body)
    }

    private var parents: [UInt8] {
        guard father != nil || mother != nil else { return [] }
        switch parentNesting {
        case .onePerParent: return [father, mother].flatMap { DEREncoder.sequence(utf8($0)) }
        case .oneForBoth: return DEREncoder.sequence(utf8(father), utf8(mother))
        }
    }

    private func utf8(_ text: String?) -> [UInt8] { text.map(DEREncoder.utf8String) ?? [] }

    private func printable(_ text: String?) throws -> [UInt8] { try text.map(DEREncoder.printableString) ?? [] }
}
