/// PEM text (RFC 7468), as far as certificates need it.
enum PEM {
    /// The decoded blocks with a label that means a certificate, and how many blocks could not be decoded. Other labels
    /// are skipped.
    static func certificates(in text: [UInt8], limit: Int) -> (blocks: [[UInt8]], broken: Int) {
        var blocks: [[UInt8]] = []
        var broken = 0
        var body: [UInt8]?
        for line in text.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            let trimmed = trim(line)
            if trimmed.starts(with: begin) {
                if body != nil { broken += 1 }
                body = labels.contains { trimmed.elementsEqual($0) } ? [] : nil
            } else if trimmed.starts(with: end) {
                guard let collected = body else { continue }
                body = nil
                guard let decoded = base64(collected), blocks.count < limit else {
                    broken += 1
                    continue
                }
                blocks.append(decoded)
            } else {
                body?.append(contentsOf: trimmed)
            }
        }
        if body != nil { broken += 1 }
        return (blocks, broken)
    }

    /// Whether the text has a block of any kind.
    static func isLikely(_ text: [UInt8]) -> Bool {
        guard let dash = text.prefix(1 << 16).firstIndex(of: UInt8(ascii: "-")) else { return false }
        return text[dash...].starts(with: begin)
            || text.split(separator: 0x0A).contains { trim($0).starts(with: begin) }
    }

    private static let begin = Array("-----BEGIN ".utf8)
    private static let end = Array("-----END ".utf8)
    private static let labels = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"].map {
        Array("-----BEGIN \($0)-----".utf8)
    }

    private static func trim(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = line
        while let first = rest.first, first == 0x20 || first == 0x09 { rest = rest.dropFirst() }
        while let last = rest.last, last == 0x20 || last == 0x09 { rest = rest.dropLast() }
        return rest
    }

    /// The bytes of base64 (RFC 4648, 4) with padding; `nil` for anything else.
    static func base64(_ text: [UInt8]) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(text.count / 4 * 3)
        var word: UInt32 = 0
        var count = 0
        var padding = 0
        for character in text {
            let value: UInt32
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = UInt32(character) - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = UInt32(character) - 71
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(character) + 4
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            case UInt8(ascii: "="):
                padding += 1
                value = 0
            default: return nil
            }
            if padding > 0, character != UInt8(ascii: "=") { return nil }
            word = word << 6 | value
            count += 1
            if count == 4 {
                out.append(UInt8(truncatingIfNeeded: word >> 16))
                out.append(UInt8(truncatingIfNeeded: word >> 8))
                out.append(UInt8(truncatingIfNeeded: word))
                (word, count) = (0, 0)
            }
        }
        guard count == 0, padding <= 2, padding <= out.count else { return nil }
        return Array(out.dropLast(padding))
    }
}
