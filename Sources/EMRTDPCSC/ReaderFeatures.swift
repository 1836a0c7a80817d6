/// What a reader's driver says about itself through the feature request of PC/SC part 10, 2.2.
struct ReaderFeatures: Hashable, Sendable {
    /// `dwMaxAPDUDataSize` (PC/SC part 10, 2.6.14): 0 for short APDUs only, otherwise the most data bytes in an extended one.
    var maximumDataSize: UInt32?
    /// `wIdVendor`, the USB vendor identifier.
    var vendorIdentifier: UInt16?
    /// `wIdProduct`, the USB product identifier.
    var productIdentifier: UInt16?
    /// `sFirmwareID`.
    var firmware: String?

    /// `CM_IOCTL_GET_FEATURE_REQUEST` of pcsc-lite, `SCARD_CTL_CODE(3400)`.
    static let request: UInt32 = 0x4200_0000 + 3400

    private static let tlvPropertiesFeature: UInt8 = 0x12

    /// Asks the driver; what it does not say stays `nil`. Many drivers know no feature request: that is no error.
    static func read(from handle: CardHandle) -> ReaderFeatures {
        guard
            let features = try? handle.control(request),
            let code = controlCode(of: tlvPropertiesFeature, in: features),
            let properties = try? handle.control(code)
        else { return ReaderFeatures() }
        return ReaderFeatures(properties: properties)
    }

    /// The control code of a feature in the answer to the feature request: a list of tag, length 4, code in big endian.
    static func controlCode(of feature: UInt8, in answer: [UInt8]) -> UInt32? {
        for (tag, value) in simpleTLVs(in: answer) where tag == feature && value.count == 4 {
            return value.reduce(0) { $0 << 8 | UInt32($1) }
        }
        return nil
    }

    init() {}

    /// Parses the answer to the feature `GET_TLV_PROPERTIES`: tag, length, number in little endian or text.
    init(properties answer: [UInt8]) {
        func number(_ value: ArraySlice<UInt8>) -> UInt32? {
            guard (1...4).contains(value.count) else { return nil }
            return value.reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        for (tag, value) in Self.simpleTLVs(in: answer) {
            switch tag {
            case 8: firmware = String(decoding: value.prefix { $0 != 0 }, as: UTF8.self)
            case 10: maximumDataSize = number(value)
            case 11: vendorIdentifier = number(value).flatMap { UInt16(exactly: $0) }
            case 12: productIdentifier = number(value).flatMap { UInt16(exactly: $0) }
            default: break
            }
        }
    }

    /// Tag, length and value of one byte, one byte and that many bytes; stops at the first that does not fit.
    private static func simpleTLVs(in bytes: [UInt8]) -> [(tag: UInt8, value: ArraySlice<UInt8>)] {
        var objects: [(UInt8, ArraySlice<UInt8>)] = []
        var rest = bytes[...]
        while let tag = rest.popFirst(), let length = rest.popFirst(), rest.count >= Int(length) {
            objects.append((tag, rest.prefix(Int(length))))
            rest = rest.dropFirst(Int(length))
        }
        return objects
    }
}

extension ReaderFeatures {
    /// The value that drivers give for any reader with extended length, whatever its limit: a guess, not a limit.
    private static let guessedDataSize: UInt32 = 0x10000

    /// Whether the reader carries extended length APDUs; `nil` if the driver does not say.
    var supportsExtendedLength: Bool? {
        switch maximumDataSize {
        case nil: nil
        case 0: false
        // PC/SC part 10 forbids 1 to 255.
        case .some(1..<256): nil
        default: true
        }
    }

    /// The most bytes in a command APDU; `nil` if unknown.
    var maximumCommandLength: Int? {
        switch maximumDataSize {
        // CLA INS P1 P2, Lc, 255 bytes, Le.
        case 0: 4 + 1 + 255 + 1
        // CLA INS P1 P2, extended Lc of 3 bytes, the data, extended Le of 2 bytes.
        case .some(let size) where (256..<Self.guessedDataSize).contains(size): 4 + 3 + Int(size) + 2
        default: nil
        }
    }

    /// The most bytes in a response APDU, with the status word; `nil` if unknown.
    var maximumResponseLength: Int? {
        switch maximumDataSize {
        case 0: 256 + 2
        case .some(let size) where (256..<Self.guessedDataSize).contains(size): Int(size) + 2
        default: nil
        }
    }
}
