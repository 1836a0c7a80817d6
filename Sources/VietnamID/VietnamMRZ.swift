public import LDS

/// The machine readable zone of a Vietnamese identity card: TD1 of issuing state VNM with the whole 12-digit number in the
/// optional data.
public struct VietnamMRZ: Sendable, Hashable {
    /// The zone.
    public let mrz: MRZ
    /// The 12-digit number in the optional data; `nil` where there are no 12 digits.
    public let number: CitizenNumber?
    /// Whether the document number is the last nine digits of the number; `nil` without a number.
    public let documentNumberAgrees: Bool?
    /// Whether the last character of line 1 is the check digit over the 14 characters before it, a Vietnamese addition inside
    /// the optional data.
    public let optionalCheckDigitIsCorrect: Bool

    /// Takes a zone of format TD1 and issuing state VNM; `nil` for any other.
    public init?(_ mrz: MRZ) {
        guard mrz.format == .td1, mrz.issuingState == "VNM", let line = mrz.lines.first else { return nil }
        let optional = Array(line.utf8).suffix(15)
        self.mrz = mrz
        number = try? CitizenNumber(Array(optional.prefix(12)))
        documentNumberAgrees = number.map { $0.mrzDocumentNumber == mrz.documentNumber }
        optionalCheckDigitIsCorrect = optional.last == MRZCheckDigit.compute(over: optional.dropLast())
    }

    /// The date of birth, in the century that the number states; without a number in the latest that is not after the
    /// reference date.
    public func dateOfBirth(notAfter reference: CalendarDate) -> PartialDate? {
        if let number { return number.dateOfBirth(mrz.dateOfBirth) }
        return mrz.dateOfBirth.birth(notAfter: reference)
    }

    /// Until when the card is valid. 991231 stands for a card without limit, never for the year 2099.
    public func expiry(seenFrom reference: CalendarDate) -> CardExpiry {
        if mrz.dateOfExpiry.rawValue == "991231" { return .unlimited }
        return mrz.dateOfExpiry.expiry(seenFrom: reference).map { .date($0) } ?? .unreadable
    }
}
