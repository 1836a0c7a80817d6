import CPCSC
import ISO7816

/// What a PC/SC call returned, as the 32-bit code of PC/SC part 5.
///
/// The C constants are macros with casts of a type whose width differs between platforms, so the codes are spelled out here.
struct PCSCStatus: Hashable, Sendable {
    let code: UInt32

    init(code: UInt32) { self.code = code }

    /// The status from the return value of a PC/SC function.
    init(_ value: LONG) { code = UInt32(truncatingIfNeeded: value) }

    static let success = PCSCStatus(code: 0)
    static let cancelled = PCSCStatus(code: 0x8010_0002)
    static let invalidHandle = PCSCStatus(code: 0x8010_0003)
    static let invalidParameter = PCSCStatus(code: 0x8010_0004)
    static let insufficientBuffer = PCSCStatus(code: 0x8010_0008)
    static let unknownReader = PCSCStatus(code: 0x8010_0009)
    static let timeout = PCSCStatus(code: 0x8010_000A)
    static let sharingViolation = PCSCStatus(code: 0x8010_000B)
    static let noSmartCard = PCSCStatus(code: 0x8010_000C)
    static let protocolMismatch = PCSCStatus(code: 0x8010_000F)
    static let notReady = PCSCStatus(code: 0x8010_0010)
    static let invalidValue = PCSCStatus(code: 0x8010_0011)
    static let systemCancelled = PCSCStatus(code: 0x8010_0012)
    static let communicationError = PCSCStatus(code: 0x8010_0013)
    static let notTransacted = PCSCStatus(code: 0x8010_0016)
    static let readerUnavailable = PCSCStatus(code: 0x8010_0017)
    static let shutdown = PCSCStatus(code: 0x8010_0018)
    static let cardUnsupported = PCSCStatus(code: 0x8010_001C)
    static let noService = PCSCStatus(code: 0x8010_001D)
    static let serviceStopped = PCSCStatus(code: 0x8010_001E)
    static let noAccess = PCSCStatus(code: 0x8010_0027)
    static let noReadersAvailable = PCSCStatus(code: 0x8010_002E)
    static let communicationDataLost = PCSCStatus(code: 0x8010_002F)
    static let serverTooBusy = PCSCStatus(code: 0x8010_0031)
    static let unsupportedCard = PCSCStatus(code: 0x8010_0065)
    static let unresponsiveCard = PCSCStatus(code: 0x8010_0066)
    static let unpoweredCard = PCSCStatus(code: 0x8010_0067)
    static let resetCard = PCSCStatus(code: 0x8010_0068)
    static let removedCard = PCSCStatus(code: 0x8010_0069)
    static let securityViolation = PCSCStatus(code: 0x8010_006A)

    /// The library's own words for the code, for example `Card is not transacted.`
    var libraryText: String {
        guard let text = pcsc_stringify_error(LONG(truncatingIfNeeded: code)) else { return "" }
        return String(cString: text)
    }

    /// The code as `0x80100069`.
    var hexadecimal: String {
        let digits = String(code, radix: 16, uppercase: true)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}

extension PCSCStatus {
    /// The kind of channel error this status means, and what a person can do about it.
    var meaning: (code: CardChannelError.Code, advice: String) {
        switch self {
        case .noReadersAvailable:
            (.noReader, "no smart-card reader is connected; connect one")
        case .unknownReader:
            (.noReader, "no reader of this name is connected; list the readers and check the name")
        case .readerUnavailable, .invalidHandle:
            (.readerRemoved, "the reader is gone; connect it again and start over")
        case .noSmartCard:
            (.noCard, "no card is in the reader; put it on the reader and hold it still")
        case .removedCard:
            (.cardRemoved, "the card was taken away; put it back, hold it still and start over")
        case .resetCard:
            (.cardReset, "another program or the reader reset the card; start over")
        case .unresponsiveCard, .unpoweredCard, .unsupportedCard, .cardUnsupported, .protocolMismatch:
            (.unresponsiveCard, "the card does not answer; take it off and put it on the reader again")
        case .sharingViolation, .serverTooBusy:
            (
                .readerBusy,
                "another program holds the reader; close it (often scdaemon of GnuPG, gsd-smartcard or a browser)"
            )
        case .noService, .serviceStopped, .shutdown:
            (
                .serviceUnavailable,
                "the smart-card service does not run; start it (systemctl start pcscd.socket), or give a container "
                    + "the socket /run/pcscd/pcscd.comm"
            )
        case .communicationError:
            (
                .serviceUnavailable,
                "the connection to the smart-card service broke; restart it (systemctl restart pcscd), and in a "
                    + "container check that libpcsclite and pcscd are of the same version"
            )
        case .securityViolation, .noAccess:
            (
                .accessDenied,
                "the smart-card service refused this user; allow the polkit actions "
                    + "org.debian.pcsc-lite.access_pcsc and org.debian.pcsc-lite.access_card for it "
                    + "(only active local sessions have them by default)"
            )
        case .notTransacted, .communicationDataLost, .insufficientBuffer, .notReady:
            (
                .transmissionFailed,
                "the reader could not carry the command; hold the card still, or use shorter commands"
            )
        case .cancelled, .systemCancelled:
            (.closed, "the call was cancelled")
        default:
            (.other, "")
        }
    }
}
