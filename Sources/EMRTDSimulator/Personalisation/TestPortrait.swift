/// The portrait of the simulator's invented holders: a drawing of nobody, JPEG, 480 x 640 pixels, 15,000 bytes.
///
/// It is part of the program, so that a simulated card needs no file at run time. `Scripts/make-portrait.py` draws it.
package enum TestPortrait {
    /// Width in pixels.
    package static let width: UInt16 = 480
    /// Height in pixels.
    package static let height: UInt16 = 640
    /// Bytes of the JPEG.
    package static let byteCount = 15_000

    /// The JPEG.
    ///
    /// - Throws: ``PersonalisationError`` `damagedResource` where the embedded text is not base64 of ``byteCount`` bytes.
    package static func jpeg() throws -> [UInt8] {
        let bytes = base64.withUTF8Buffer { decode($0) }
        guard let bytes, bytes.count == byteCount else {
            throw PersonalisationError(
                .damagedResource, "the embedded portrait does not decode; build the package again")
        }
        return bytes
    }

    /// Decodes base64 (RFC 4648, clause 4) without line ends and without padding; `nil` for anything else.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        var filled = 0
        for character in text {
            let value: UInt8
            switch character {
            case 0x41...0x5A: value = character - 0x41
            case 0x61...0x7A: value = character - 0x61 + 26
            case 0x30...0x39: value = character - 0x30 + 52
            case 0x2B: value = 62
            case 0x2F: value = 63
            default: return nil
            }
            bits = bits << 6 | UInt32(value)
            filled += 1
            if filled == 4 {
                out.append(UInt8(truncatingIfNeeded: bits >> 16))
                out.append(UInt8(truncatingIfNeeded: bits >> 8))
                out.append(UInt8(truncatingIfNeeded: bits))
                bits = 0
                filled = 0
            }
        }
        return out
    }
}
