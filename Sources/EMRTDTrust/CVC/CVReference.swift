/// The name of a public key: a certification authority reference or a certificate holder reference (TR-03110-3, A.6.1).
///
/// Country code (2 characters), holder mnemonic (up to 9) and sequence number (5) of ISO/IEC 8859-1, for example
/// `DECVCAEPASS00102`. Only the length is checked: cards compare names byte by byte, and so does this library.
public struct CVReference: Sendable, Hashable, CustomStringConvertible {
    /// The bytes of the name, 1 to 16.
    public let bytes: [UInt8]

    /// The longest name, in bytes.
    public static let maximumLength = 16

    /// Takes over a name as a card or a certificate gives it; `nil` where it is empty or longer than 16 bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard (1...Self.maximumLength).contains(bytes.count) else { return nil }
        self.bytes = Array(bytes)
    }

    /// Encodes a name in ISO/IEC 8859-1; `nil` where it is empty, too long or has other characters.
    public init?(_ text: String) {
        let scalars = text.unicodeScalars
        guard scalars.allSatisfy({ $0.value <= 0xFF }) else { return nil }
        self.init(scalars.map { UInt8(truncatingIfNeeded: $0.value) })
    }

    /// The name, with everything but visible ASCII written as `\xNN`.
    public var description: String {
        bytes.map { byte in
            if (0x20..<0x7F).contains(byte), byte != UInt8(ascii: "\\") {
                return String(Unicode.Scalar(byte))
            }
            return "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
