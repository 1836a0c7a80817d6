import CPCSC
import ISO7816

/// The PC/SC functions this library calls, named as in PC/SC part 5.
enum PCSCFunction: String, Sendable {
    case establishContext = "SCardEstablishContext"
    case releaseContext = "SCardReleaseContext"
    case cancel = "SCardCancel"
    case listReaders = "SCardListReaders"
    case getStatusChange = "SCardGetStatusChange"
    case connect = "SCardConnect"
    case reconnect = "SCardReconnect"
    case disconnect = "SCardDisconnect"
    case beginTransaction = "SCardBeginTransaction"
    case endTransaction = "SCardEndTransaction"
    case status = "SCardStatus"
    case transmit = "SCardTransmit"
    case control = "SCardControl"
    case getAttribute = "SCardGetAttrib"
}

/// A PC/SC function that did not succeed.
struct PCSCFailure: Error, Hashable, Sendable {
    let function: PCSCFunction
    let status: PCSCStatus

    /// The failure as a channel error that names the function and says what to do.
    var channelError: CardChannelError {
        let (code, advice) = status.meaning
        let call = "\(function.rawValue): \(status.libraryText) (\(status.hexadecimal))"
        return CardChannelError(code, advice.isEmpty ? call : "\(advice) [\(call)]")
    }
}

/// The one way to call PC/SC: runs `body` and throws a ``PCSCFailure`` unless it returned success or one of `accepted`.
@discardableResult
func pcscCall(
    _ function: PCSCFunction, accepting accepted: Set<PCSCStatus> = [], _ body: () -> LONG
) throws(PCSCFailure) -> PCSCStatus {
    let status = PCSCStatus(body())
    guard status == .success || accepted.contains(status) else {
        throw PCSCFailure(function: function, status: status)
    }
    return status
}
