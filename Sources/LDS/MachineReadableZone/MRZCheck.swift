/// One check digit of a machine readable zone: what stands there and what should. A wrong one is a result, not an error.
public struct MRZCheck: Sendable, Hashable {
    /// What a check digit covers.
    public enum Field: String, Sendable, Hashable, CaseIterable {
        /// The document number, over its whole length where it is a long one.
        case documentNumber
        /// The date of birth.
        case dateOfBirth
        /// The date of expiry.
        case dateOfExpiry
        /// The optional data of a TD3 document.
        case optionalData
        /// The composite check digit.
        case composite
    }

    /// What it covers.
    public let field: Field
    /// The digit computed from the field, `0` to `9`.
    public let expected: Character
    /// The character that stands in the zone.
    public let found: Character
    /// Whether the two agree. For empty optional data of a TD3 document both `0` and `<` are right (Doc 9303-4, 4.2.2.2).
    public let isCorrect: Bool
}

/// The check digit calculation (Doc 9303-3, 4.9).
public enum MRZCheckDigit {
    /// The check digit over characters A-Z, 0-9 and `<`, as an ASCII digit; `nil` if there is any other character.
    public static func compute(over characters: some Sequence<UInt8>) -> UInt8? {
        var sum = 0
        var weight = 0
        for character in characters {
            guard let value = value(of: character) else { return nil }
            sum = (sum + value * [7, 3, 1][weight]) % 10
            weight = (weight + 1) % 3
        }
        return UInt8(ascii: "0") + UInt8(truncatingIfNeeded: sum)
    }

    /// The value of a character: digits 0 to 9, letters 10 to 35, `<` 0; `nil` for any other.
    static func value(of character: UInt8) -> Int? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(character - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(character - UInt8(ascii: "A")) + 10
        case UInt8(ascii: "<"): 0
        default: nil
        }
    }
}
