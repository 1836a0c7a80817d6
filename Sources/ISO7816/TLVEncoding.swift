extension TLV {
    /// Encodes one object with a minimal definite length.
    public static func encode(_ tag: Tag, _ value: some Collection<UInt8>) -> [UInt8] {
        var out = tag.bytes
        out += encodeLength(value.count)
        out += value
        return out
    }

    /// Encodes a constructed object from encoded children.
    public static func encode(_ tag: Tag, children: [[UInt8]]) -> [UInt8] { encode(tag, children.flatMap { $0 }) }

    /// The minimal definite length field for a value of `count` bytes: 1 to 5 bytes.
    public static func encodeLength(_ count: Int) -> [UInt8] {
        if count < 0x80 { return [UInt8(truncatingIfNeeded: count)] }
        var bytes: [UInt8] = []
        var rest = count
        while rest > 0 {
            bytes.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        }
        return [0x80 | UInt8(truncatingIfNeeded: bytes.count)] + bytes
    }
}
