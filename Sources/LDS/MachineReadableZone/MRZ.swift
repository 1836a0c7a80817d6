/// A machine readable zone (Doc 9303-3; layouts in 9303-4 to 9303-7), from printed text or from DG1.
///
/// A value has the right number of characters, all of the right set. Whether its check digits agree is in ``checks``.
/// Its description never shows personal data.
public struct MRZ: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The shape.
    public let format: MRZFormat
    /// The lines, without line breaks.
    public let lines: [String]
    /// The document code without fillers: one or two characters such as `P`, `PP`, `ID`.
    public let documentCode: String
    /// The issuing state or organization without fillers, one to three letters (`D` for Germany).
    public let issuingState: String
    /// The whole document number without fillers at its end, also where it continues in the optional data.
    public let documentNumber: String
    /// The date of birth, YYMMDD, unknown parts as `<`.
    public let dateOfBirth: MRZDate
    /// `F`, `M`, or `<` for unspecified, as it stands there.
    public let sex: Character
    /// The date of expiry, YYMMDD. For a visa the date until which it is valid.
    public let dateOfExpiry: MRZDate
    /// The nationality without fillers.
    public let nationality: String
    /// The optional data without fillers at its end; without the rest of a long document number. In TD1 the first field.
    public let optionalData: String
    /// The second optional data field of TD1 without fillers at its end; empty in other formats.
    public let optionalData2: String
    /// The primary identifier (surname), its parts separated by spaces.
    public let primaryIdentifier: String
    /// The secondary identifier (given names), its parts separated by spaces; empty where there is none.
    public let secondaryIdentifier: String
    /// Whether the name reaches the last position of its field, which marks a truncated name (Doc 9303-3, 4.6). A name that
    /// just fits looks the same.
    public let nameIsTruncated: Bool
    /// Every check digit of the format, in the order they stand there.
    public let checks: [MRZCheck]

    private let numberForKeys: [UInt8]
    private let numberCheckForKeys: UInt8
    private let birthCheck: UInt8
    private let expiryCheck: UInt8

    /// Parses characters A-Z, 0-9 and `<` without line breaks: 90 (TD1), 72 (TD2, MRV-B) or 88 (TD3, MRV-A).
    ///
    /// - Throws: ``LDSError`` `invalidLength`, or `invalidCharacter` with the position of the first one.
    public init(characters: some Sequence<UInt8>) throws {
        let all = Array(characters)
        if let index = all.firstIndex(where: { MRZCheckDigit.value(of: $0) == nil }) {
            throw LDSError(.invalidCharacter, "a character that is not A-Z, 0-9 or <", field: "MRZ", offset: index)
        }
        guard let format = MRZFormat(characterCount: all.count, first: all.first) else {
            throw LDSError(.invalidLength, "\(all.count) characters, 90, 72 or 88 make a zone", field: "MRZ")
        }
        let layout = format.layout
        self.format = format
        lines = (0..<format.lineCount).map { line in
            text(all[(line * format.lineLength)..<((line + 1) * format.lineLength)])
        }
        documentCode = trimmed(all[0..<2])
        issuingState = trimmed(all[2..<5])
        nationality = trimmed(all[layout.nationality])
        dateOfBirth = MRZDate(all[layout.dateOfBirth])
        dateOfExpiry = MRZDate(all[layout.dateOfExpiry])
        sex = Character(Unicode.Scalar(all[layout.sex]))
        optionalData2 = layout.secondOptional.map { trimmed(all[$0]) } ?? ""

        let name = MRZName(all[layout.name])
        (primaryIdentifier, secondaryIdentifier, nameIsTruncated) = (name.primary, name.secondary, name.isTruncated)

        let number = DocumentNumber(all, format)
        documentNumber = trimmed(number.characters[...])
        optionalData = trimmed(number.optionalData)
        numberForKeys = number.characters
        numberCheckForKeys = number.check
        birthCheck = all[layout.dateOfBirth.upperBound]
        expiryCheck = all[layout.dateOfExpiry.upperBound]

        var checks = [
            MRZCheck(.documentNumber, over: number.characters, found: number.check),
            MRZCheck(.dateOfBirth, over: all[layout.dateOfBirth], found: birthCheck),
            MRZCheck(.dateOfExpiry, over: all[layout.dateOfExpiry], found: expiryCheck),
        ]
        if let position = layout.optionalCheck {
            checks.append(
                MRZCheck(
                    .optionalData, over: all[layout.optional], found: all[position],
                    fillerIsRight: all[layout.optional].allSatisfy { $0 == filler }))
        }
        if let composite = layout.composite {
            checks.append(
                MRZCheck(.composite, over: composite.over.flatMap { all[$0] }, found: all[composite.position]))
        }
        self.checks = checks
    }

    /// Parses text: the lines with or without line breaks between them. Blanks at the ends of lines and empty lines are
    /// skipped, nothing else is.
    ///
    /// - Throws: ``LDSError`` `invalidLength`, where the lines do not have the lengths of a format, or `invalidCharacter` with
    ///   the position counted without line breaks.
    public init(text: String) throws {
        guard text.utf8.count <= 1024 else {
            throw LDSError(.invalidLength, "a text of more than 1024 bytes", field: "MRZ")
        }
        let blanks: [UInt8] = [0x20, 0x09]
        let lines = text.utf8.split { $0 == 0x0A || $0 == 0x0D }.map { line in
            var line = Array(line.drop { blanks.contains($0) })
            while let last = line.last, blanks.contains(last) { line.removeLast() }
            return line
        }.filter { !$0.isEmpty }
        try self.init(characters: lines.joined())
        guard lines.count == 1 || lines.map(\.count) == self.lines.map(\.utf8.count) else {
            let lengths = lines.map { String($0.count) }.joined(separator: ", ")
            throw LDSError(
                .invalidLength, "lines of \(lengths) characters are no \(format.rawValue) zone", field: "MRZ")
        }
    }

    /// Whether every check digit is right.
    public var allChecksAreCorrect: Bool { checks.allSatisfy(\.isCorrect) }

    /// MRZ_information: document number, date of birth and date of expiry, each with its check digit, as they stand in the
    /// zone; a long number in full (Doc 9303-11, 4.3.2 and Appendix D.2). The seed of BAC and PACE keys: secret material.
    public var information: [UInt8] {
        numberForKeys + [numberCheckForKeys] + dateOfBirth.characters + [birthCheck] + dateOfExpiry.characters
            + [expiryCheck]
    }

    /// The format only.
    public var description: String { "\(format.rawValue) zone" }

    /// The format only.
    public var debugDescription: String { description }
}

let filler = UInt8(ascii: "<")

private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

/// A field without fillers at its end.
private func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
    var bytes = bytes
    while bytes.last == filler { bytes.removeLast() }
    return text(bytes)
}

/// The document number as keys and check digits use it, and what is left of the optional data.
private struct DocumentNumber {
    /// Nine characters with fillers, or the whole of a long number.
    let characters: [UInt8]
    let check: UInt8
    let optionalData: ArraySlice<UInt8>

    /// A number longer than nine characters has `<` in place of its check digit and goes on in the optional data, followed by
    /// its check digit and a filler (Doc 9303-5, 4.2.2.1 note j; Doc 9303-6 likewise). TD3 has no such rule.
    init(_ all: [UInt8], _ format: MRZFormat) {
        let layout = format.layout
        let printed = all[layout.documentNumber]
        let check = all[layout.documentNumber.upperBound]
        let optional = all[layout.optional]
        let rest = optional.prefix { $0 != filler }
        if format == .td1 || format == .td2, check == filler, printed.last != filler, rest.count >= 2,
            let last = rest.last
        {
            characters = Array(printed + rest.dropLast())
            self.check = last
            optionalData = optional[rest.endIndex...].drop { $0 == filler }
        } else {
            characters = Array(printed)
            self.check = check
            optionalData = optional
        }
    }
}

extension MRZCheck {
    fileprivate init(
        _ field: Field, over characters: some Sequence<UInt8>, found: UInt8, fillerIsRight: Bool = false
    ) {
        let expected = MRZCheckDigit.compute(over: characters)
        self.field = field
        self.expected = Character(Unicode.Scalar(expected ?? filler))
        self.found = Character(Unicode.Scalar(found))
        isCorrect = found == expected || (fillerIsRight && found == filler)
    }
}
