/// A card in software, as a virtual reader sees it.
///
/// One thread calls it at a time, the one that runs ``VPCDClient/run(_:)``.
public protocol VirtualCard: AnyObject, Sendable {
    /// The answer to reset, 2 to 33 bytes (ISO/IEC 7816-3, 8.2).
    var atr: [UInt8] { get }
    /// The reader switched the field or the supply on.
    func powerOn()
    /// The reader switched the field or the supply off: all session state is lost.
    func powerOff()
    /// The reader reset the card: all session state is lost.
    func reset()
    /// Answers a command APDU with data and status word, 2 to 65,535 bytes.
    ///
    /// An empty answer means that the card has gone: the connection to the reader is closed, which the reader sees as the
    /// card's removal.
    func process(_ command: [UInt8]) -> [UInt8]
}
