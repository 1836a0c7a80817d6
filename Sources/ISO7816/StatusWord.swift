/// The two status bytes SW1-SW2 that end every response (ISO/IEC 7816-4, 5.6). A status word is data: what it means for an
/// operation is decided by the step that sent the command.
public struct StatusWord: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// SW1 and SW2 as one number, for example `0x9000`.
    public let rawValue: UInt16

    /// Creates a status word.
    public init(_ rawValue: UInt16) { self.rawValue = rawValue }

    /// Creates a status word from a literal such as `0x6A82`.
    public init(integerLiteral value: UInt16) { rawValue = value }

    /// The first byte.
    public var sw1: UInt8 { UInt8(rawValue >> 8) }
    /// The second byte.
    public var sw2: UInt8 { UInt8(rawValue & 0xFF) }

    /// 9000: done.
    public static let success: StatusWord = 0x9000
    /// 6282: the end of the file was reached before Ne bytes were read.
    public static let endOfFile: StatusWord = 0x6282
    /// 6283: the selected file is deactivated.
    public static let fileDeactivated: StatusWord = 0x6283
    /// 6300: authentication failed, no further information.
    public static let authenticationFailed: StatusWord = 0x6300
    /// 6700: wrong length.
    public static let wrongLength: StatusWord = 0x6700
    /// 6884: command chaining not supported.
    public static let chainingNotSupported: StatusWord = 0x6884
    /// 6982: security status not satisfied.
    public static let securityStatusNotSatisfied: StatusWord = 0x6982
    /// 6983: authentication method blocked.
    public static let authenticationMethodBlocked: StatusWord = 0x6983
    /// 6985: conditions of use not satisfied.
    public static let conditionsOfUseNotSatisfied: StatusWord = 0x6985
    /// 6987: expected secure messaging data objects are missing.
    public static let secureMessagingObjectsMissing: StatusWord = 0x6987
    /// 6988: secure messaging data objects are incorrect.
    public static let secureMessagingObjectsIncorrect: StatusWord = 0x6988
    /// 6A80: incorrect parameters in the data field.
    public static let incorrectData: StatusWord = 0x6A80
    /// 6A82: file or application not found.
    public static let fileNotFound: StatusWord = 0x6A82
    /// 6A86: incorrect P1-P2.
    public static let incorrectP1P2: StatusWord = 0x6A86
    /// 6A88: referenced data not found.
    public static let referencedDataNotFound: StatusWord = 0x6A88
    /// 6B00: wrong P1-P2, for READ BINARY an offset beyond the end of the file.
    public static let wrongP1P2: StatusWord = 0x6B00
    /// 6D00: instruction not supported.
    public static let instructionNotSupported: StatusWord = 0x6D00
    /// 6E00: class not supported.
    public static let classNotSupported: StatusWord = 0x6E00
    /// 6F00: no precise diagnosis.
    public static let unknownError: StatusWord = 0x6F00

    /// Whether the command was carried out without remark.
    public var isSuccess: Bool { self == .success }
    /// Whether this is a warning (62xx, 63xx): the command was carried out, with a remark.
    public var isWarning: Bool { sw1 == 0x62 || sw1 == 0x63 }
    /// Whether this is an error (64xx to 6Fxx): the command was not carried out.
    public var isError: Bool { (0x64...0x6F).contains(sw1) }
    /// For 63Cx the number of tries left, 0 to 15; otherwise `nil`.
    public var retriesLeft: Int? { rawValue & 0xFFF0 == 0x63C0 ? Int(rawValue & 0x0F) : nil }
    /// For 61xx the number of response bytes waiting, 1 to 256; otherwise `nil`.
    public var bytesAvailable: Int? { sw1 == 0x61 ? (sw2 == 0 ? 256 : Int(sw2)) : nil }
    /// For 6Cxx the exact Le the card wants, 1 to 256; otherwise `nil`.
    public var exactLength: Int? { sw1 == 0x6C ? (sw2 == 0 ? 256 : Int(sw2)) : nil }

    /// The meaning in ISO/IEC 7816-4 tables 5 and 6, in plain English; empty where the standard gives none.
    public var meaning: String {
        if let retriesLeft { return "verification failed, \(retriesLeft) tries left" }
        if let bytesAvailable { return "\(bytesAvailable) bytes still available" }
        if let exactLength { return "wrong Le, exactly \(exactLength) bytes available" }
        switch rawValue {
        case 0x9000: return "success"
        case 0x6200, 0x6300: return "no further information"
        case 0x6281: return "part of the returned data may be corrupted"
        case 0x6282: return "end of file reached before reading Ne bytes"
        case 0x6283: return "selected file deactivated"
        case 0x6700: return "wrong length"
        case 0x6881: return "logical channel not supported"
        case 0x6882: return "secure messaging not supported"
        case 0x6883: return "last command of the chain expected"
        case 0x6884: return "command chaining not supported"
        case 0x6982: return "security status not satisfied"
        case 0x6983: return "authentication method blocked"
        case 0x6984: return "reference data not usable"
        case 0x6985: return "conditions of use not satisfied"
        case 0x6986: return "command not allowed"
        case 0x6987: return "expected secure messaging data objects missing"
        case 0x6988: return "incorrect secure messaging data objects"
        case 0x6A80: return "incorrect parameters in the command data field"
        case 0x6A81: return "function not supported"
        case 0x6A82: return "file or application not found"
        case 0x6A86: return "incorrect parameters P1-P2"
        case 0x6A88: return "referenced data not found"
        case 0x6B00: return "wrong parameters P1-P2 or offset beyond the end"
        case 0x6D00: return "instruction code not supported or invalid"
        case 0x6E00: return "class not supported"
        case 0x6F00: return "no precise diagnosis"
        default: return ""
        }
    }

    /// The four hexadecimal digits.
    public var description: String { [sw1, sw2].hexadecimal }
}
