public import LDS

/// DG13 of a Vietnamese identity card (tag 6D, identifier 1.0.10646.1.0.8): the holder's data in Vietnamese letters.
///
/// The layout is not published by the issuer; it is known from several independent public sources. Creating a value never
/// fails: a DG13 that is not of this layout keeps its bytes and says why.
public struct VietnamDG13: Sendable, Hashable, CustomStringConvertible {
    /// What could be made of the bytes.
    public enum Contents: Sendable, Hashable {
        /// The known layout.
        case fields(VietnamDG13Fields)
        /// Another layout, or malformed; the error says what was found.
        case unknown(LDSError)
    }

    /// The file as it came.
    public let rawBytes: [UInt8]
    /// What could be made of it.
    public let contents: Contents

    /// Looks into the bytes of the file.
    public init(parsing bytes: [UInt8]) {
        rawBytes = bytes
        do {
            contents = .fields(try VietnamDG13Fields(parsing: bytes))
        } catch {
            contents = .unknown(error)
        }
    }

    /// The fields, where the layout is the known one.
    public var fields: VietnamDG13Fields? { if case .fields(let fields) = contents { fields } else { nil } }

    /// Size and whether the layout is known; never the content.
    public var description: String {
        "DG13, \(rawBytes.count) bytes, \(fields == nil ? "unknown" : "Vietnamese") layout"
    }
}

/// The fields of a Vietnamese DG13. A field that is absent or empty is `nil`. Text is personal data.
public struct VietnamDG13Fields: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// One element of the SET as it came.
    public struct Entry: Sendable, Hashable, CustomStringConvertible {
        /// The index, 1 to 16 in known cards; `nil` where it could not be read.
        public let index: Int?
        /// The element with tag and length.
        public let encoded: [UInt8]

        /// The index and the size; never the content.
        public var description: String { "field \(index.map(String.init) ?? "?"), \(encoded.count) bytes" }
    }

    /// Something about the layout that was tolerated.
    public struct Note: Sendable, Hashable, CustomStringConvertible {
        /// The kind of a ``Note``. New codes may be added in any release.
        public struct Code: Sendable, Hashable, CustomStringConvertible {
            /// The stable name of the code.
            public let description: String

            init(_ name: String) { description = name }

            /// Bytes follow the outer object.
            public static let trailingBytes = Code("trailingBytes")
            /// The version is neither 0 nor 1.
            public static let unexpectedVersion = Code("unexpectedVersion")
            /// An element could not be read; it is in ``VietnamDG13Fields/entries``.
            public static let malformedField = Code("malformedField")
            /// An index occurs twice; the first one counts.
            public static let repeatedField = Code("repeatedField")
            /// An index outside 1 to 16.
            public static let unknownField = Code("unknownField")
            /// A field holds more values than its meaning has places for.
            public static let unclearField = Code("unclearField")
            /// A text is not well-formed UTF-8.
            public static let invalidText = Code("invalidText")
            /// The old number stands in field 16 instead of 15.
            public static let oldNumberInField16 = Code("oldNumberInField16")
        }

        /// The kind of note.
        public let code: Code
        /// The index of the field, where one is concerned.
        public let index: Int?

        /// The code and the index.
        public var description: String { index.map { "\(code) (field \($0))" } ?? code.description }
    }

    /// The father's and the mother's name.
    public enum Parents: Sendable, Hashable {
        /// No name stands there.
        case none
        /// The places of both are known; at least one name stands there.
        case named(father: VietnameseText?, mother: VietnameseText?)
        /// One name, and nothing says which parent it is.
        case oneOfThem(VietnameseText)
        /// More than two names.
        case unclear([VietnameseText])
    }

    /// The version; 1, also 0 was seen.
    public let version: Int
    /// Every element as it came, in the order of the file.
    public let entries: [Entry]
    /// What was tolerated.
    public let notes: [Note]

    /// 1: the 12-digit number as text.
    public let numberText: VietnameseText?
    /// 2: the full name.
    public let fullName: VietnameseText?
    /// 3: the date of birth.
    public let dateOfBirth: VietnameseDate?
    /// 4: the sex, `Nam` or `Nữ`.
    public let sexText: VietnameseText?
    /// 5: the nationality.
    public let nationality: VietnameseText?
    /// 6: the ethnicity (dân tộc). Sensitive.
    public let ethnicity: VietnameseText?
    /// 7: the religion (tôn giáo). Sensitive.
    public let religion: VietnameseText?
    /// 8: the place of origin (quê quán); on cards since 2024-07-01 the place of birth registration.
    public let placeOfOrigin: VietnameseText?
    /// 9: the residence (nơi thường trú; on cards since 2024-07-01 nơi cư trú), as of the date of issue.
    public let residence: VietnameseText?
    /// 10: identifying features (đặc điểm nhận dạng).
    public let identifyingFeatures: VietnameseText?
    /// 11: the date of issue.
    public let dateOfIssue: VietnameseDate?
    /// 12: the date of expiry as text.
    public let expiryText: VietnameseText?
    /// 13: the parents.
    public let parents: Parents
    /// 14: the spouse.
    public let spouse: VietnameseText?
    /// 15, in one profile 16: the number of an earlier card, 9 or 12 digits.
    public let oldNumber: VietnameseText?
    /// 16: sixteen characters of unknown meaning.
    public let field16: VietnameseText?

    /// The number, where field 1 is 12 digits.
    public var number: CitizenNumber? { numberText.flatMap { try? CitizenNumber($0.rawBytes) } }
    /// The sex, where field 4 says `Nam` or `Nữ`.
    public var sex: Sex? { sexText.flatMap { Sex(vietnamese: $0.string) } }
    /// Until when the card is valid; `nil` where field 12 is empty.
    public var expiry: CardExpiry? { expiryText.map { CardExpiry($0) } }

    /// Which card this is, inferred from the date of issue: the chip does not state it.
    public var generation: CardGeneration? {
        guard let issued = dateOfIssue?.date?.calendarDate, let start = CalendarDate(year: 2024, month: 7, day: 1)
        else {
            return nil
        }
        return issued < start ? .citizenCard : .identityCard
    }

    /// The number of fields; never the content.
    public var description: String { "\(entries.count) fields" }
    /// Nothing to look into.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The generation of a Vietnamese chip card.
public enum CardGeneration: String, Sendable, Hashable, CaseIterable {
    /// Căn cước công dân gắn chip, issued from 2021 to June 2024.
    case citizenCard
    /// Căn cước, issued since 2024-07-01.
    case identityCard
}
