/// A BER-TLV tag of one to three bytes, as its bytes read in order (ISO/IEC 7816-4, 5.2.2.1): `0x7F61` is the two bytes
/// 7F 61.
public struct Tag: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// The tag's bytes as one big-endian number, at most `0xFFFFFF`.
    public let rawValue: UInt32

    /// Creates a tag from its bytes as one big-endian number.
    public init(_ rawValue: UInt32) { self.rawValue = rawValue }

    /// Creates a tag from a literal such as `0x7F61`.
    public init(integerLiteral value: UInt32) { rawValue = value }

    /// The tag's bytes, one to three of them.
    public var bytes: [UInt8] {
        var out: [UInt8] = []
        for shift in [UInt32(24), 16, 8] where rawValue >> shift != 0 {
            out.append(UInt8(truncatingIfNeeded: rawValue >> shift))
        }
        out.append(UInt8(truncatingIfNeeded: rawValue))
        return out
    }

    /// Whether the value field is itself a sequence of TLV objects (bit 6 of the first byte).
    public var isConstructed: Bool { (bytes.first ?? 0) & 0x20 != 0 }

    /// The tag in upper-case hexadecimal.
    public var description: String { bytes.hexadecimal }
}
