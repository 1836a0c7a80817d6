/// PEM text (RFC 7468), as far as certificates need it.
package enum PEM {
    /// A block: its label, such as `CERTIFICATE`, and its bytes, or `nil` where they cannot be decoded.
    struct Block: Hashable {
        let label: String
        let bytes: [UInt8]?
    }

    /// The blocks of the text, at most `limit`; what stands around them is skipped.
    static func blocks(in text: [UInt8], limit: Int) -> [Block] {
        var blocks: [Block] = []
        var label: String?
        var body: [UInt8] = []
        func finish(_ bytes: [UInt8]?) {
            if let label, blocks.count < limit { blocks.append(Block(label: label, bytes: bytes)) }
            label = nil
            body = []
        }
        for line in text.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            let trimmed = trim(line)
            if trimmed.starts(with: begin) {
                finish(nil)
                label = String(
                    decoding: trimmed.dropFirst(begin.count).prefix { $0 != UInt8(ascii: "-") }, as: UTF8.self)
            } else if trimmed.starts(with: end) {
                finish(Base64.decode(body))
            } else if label != nil {
                body.append(contentsOf: trimmed)
            }
        }
        finish(nil)
        return blocks
    }

    /// The decoded blocks with a label that means a certificate, and how many of them could not be decoded. Other labels
    /// are skipped.
    static func certificates(in text: [UInt8], limit: Int) -> (blocks: [[UInt8]], broken: Int) {
        let found = blocks(in: text, limit: limit).filter { certificateLabels.contains($0.label) }
        let decoded = found.compactMap(\.bytes)
        return (decoded, found.count - decoded.count)
    }

    /// The labels of certificates.
    static let certificateLabels: Set<String> = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"]

    /// The label that an export gives to CV certificates, for which RFC 7468 has none.
    package static let cvCertificateLabel = "CV CERTIFICATE"
    /// The labels of CV certificates: some programs take that of the others.
    static let cvCertificateLabels: Set<String> = [cvCertificateLabel, "CERTIFICATE"]

    /// Whether the text has a block of any kind.
    static func isLikely(_ text: [UInt8]) -> Bool {
        guard let dash = text.prefix(1 << 16).firstIndex(of: UInt8(ascii: "-")) else { return false }
        return text[dash...].starts(with: begin)
            || text.split(separator: 0x0A).contains { trim($0).starts(with: begin) }
    }

    private static let begin = Array("-----BEGIN ".utf8)
    private static let end = Array("-----END ".utf8)
    private static func trim(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = line
        while let first = rest.first, first == 0x20 || first == 0x09 { rest = rest.dropFirst() }
        while let last = rest.last, last == 0x20 || last == 0x09 { rest = rest.dropLast() }
        return rest
    }
}
