/// The identifier of an ASN.1 element: class and number of its tag (ISO/IEC 8825-1, 8.1.2).
struct ASN1Identifier: Sendable, Hashable {
    /// The class of a tag, as the two highest bits of the identifier say it.
    enum TagClass: UInt8, Sendable {
        case universal, application, contextSpecific, `private`
    }

    /// The class in the two highest bits, the number below: comparing two identifiers is comparing two words.
    private let packed: UInt32

    /// The largest tag number that is read: four bytes in the long form. The structures here use numbers under 31.
    static let maximumTagNumber: UInt = 1 << 28 - 1

    /// - Parameter number: at most ``maximumTagNumber``; higher bits are dropped.
    init(tagWithNumber number: UInt, tagClass: TagClass) {
        packed = UInt32(tagClass.rawValue) << 30 | UInt32(truncatingIfNeeded: number & Self.maximumTagNumber)
    }

    /// The identifier in one byte: a number below 31 (8.1.2.2).
    init(byte: UInt8) { packed = UInt32(byte >> 6) << 30 | UInt32(byte & 0x1F) }

    var tagNumber: UInt { UInt(packed & UInt32(Self.maximumTagNumber)) }
    var tagClass: TagClass { TagClass(rawValue: UInt8(packed >> 30)) ?? .private }

    /// `[number]`, context specific.
    static func context(_ number: UInt) -> ASN1Identifier {
        ASN1Identifier(tagWithNumber: number, tagClass: .contextSpecific)
    }

    /// A universal type.
    private init(universal number: UInt) { self.init(tagWithNumber: number, tagClass: .universal) }

    static var boolean: Self { Self(universal: 1) }
    static var integer: Self { Self(universal: 2) }
    static var bitString: Self { Self(universal: 3) }
    static var octetString: Self { Self(universal: 4) }
    static var null: Self { Self(universal: 5) }
    static var objectIdentifier: Self { Self(universal: 6) }
    static var enumerated: Self { Self(universal: 10) }
    static var utf8String: Self { Self(universal: 12) }
    static var sequence: Self { Self(universal: 16) }
    static var set: Self { Self(universal: 17) }
    static var printableString: Self { Self(universal: 19) }
    static var teletexString: Self { Self(universal: 20) }
    static var ia5String: Self { Self(universal: 22) }
    static var utcTime: Self { Self(universal: 23) }
    static var generalizedTime: Self { Self(universal: 24) }
    static var universalString: Self { Self(universal: 28) }
    static var bmpString: Self { Self(universal: 30) }

    /// A short text for errors.
    var short: String { "\(tagClass) \(tagNumber)" }
}
