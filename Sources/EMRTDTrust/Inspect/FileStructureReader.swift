import ISO7816

/// Takes a file apart into objects: text encodings first, then one object after the other.
struct FileStructureReader {
    let options: StructureOptions
    var items: [FileStructure.Item] = []
    var notes: [String] = []

    init(options: StructureOptions) { self.options = options }

    mutating func read(_ bytes: [UInt8]) throws(TrustError) -> FileStructure.Encoding {
        // Files of chips and PKIs begin with a tag; letters that are tags too (LDS files) are told apart by their length.
        if PEM.isLikely(bytes) {
            try readPEM(bytes)
            return .pem
        }
        if LDIF.isLikely(bytes) {
            let text = try LDIF(bytes)
            items = [FileStructure.Item(kind: .ldif, content: .ldif(text, options), notes: [])]
            return .ldif
        }
        if let decoded = TextEncoding.hexadecimal(bytes) {
            try readObjects(decoded[...])
            return .hexadecimal
        }
        if let decoded = TextEncoding.base64(bytes) {
            try readObjects(decoded[...])
            return .base64
        }
        try readObjects(bytes[...])
        return .binary
    }

    private mutating func readPEM(_ text: [UInt8]) throws(TrustError) {
        let blocks = PEM.blocks(in: text, limit: FileStructure.maximumItems)
        var problem: TrustError?
        for (index, block) in blocks.enumerated() {
            guard !block.label.contains("PRIVATE KEY") else {
                notes.append("block \(index + 1) is a private key, which is not shown")
                continue
            }
            guard let bytes = block.bytes else {
                notes.append("block \(index + 1) (\(block.label)) is no base64 or has no end")
                continue
            }
            do throws(TrustError) { try readObjects(bytes[...]) } catch {
                problem = problem ?? error
                notes.append("block \(index + 1) (\(block.label)): \(error.reason)")
            }
        }
        guard !items.isEmpty else {
            if let problem { throw problem }
            throw TrustError(
                .malformed, notes.isEmpty ? "PEM text without a block" : "PEM text: " + notes.joined(separator: "; "))
        }
    }

    /// Reads objects that stand one after the other, as files of certificate chains have them.
    private mutating func readObjects(_ bytes: ArraySlice<UInt8>) throws(TrustError) {
        var rest = bytes
        var count = 0
        while !rest.isEmpty {
            let object = Self.firstObject(rest)
            let after = rest[object.endIndex...]
            // Objects follow each other only where they are of the same kind; everything else is padding or damage.
            let isFollowed = after.first == rest.first && Self.firstObject(after).count > 2
            if !isFollowed, !after.isEmpty {
                var item = try ObjectRecognition(options: options).item(Array(object), file: Array(rest))
                let zeros = after.allSatisfy { $0 == 0 }
                item = FileStructure.Item(
                    kind: item.kind, content: item.content,
                    notes: item.notes + ["\(after.count) bytes after the object" + (zeros ? ", all zero" : "")])
                return items.append(item)
            }
            guard items.count < FileStructure.maximumItems else {
                return notes.append("more than \(FileStructure.maximumItems) objects; the rest is not shown")
            }
            do throws(TrustError) {
                items.append(try ObjectRecognition(options: options).item(Array(object), file: Array(rest)))
            } catch {
                guard count > 0 else { throw error }
                return notes.append("object \(count + 1): \(error.reason)")
            }
            count += 1
            rest = after
        }
    }

    /// The object at the start where its length is definite and fits; else everything.
    private static func firstObject(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let header = try? TLVHeader(prefixOf: bytes), header.totalLength <= bytes.count else { return bytes }
        return bytes.prefix(header.totalLength)
    }
}

/// Bytes written as text.
enum TextEncoding {
    private static let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]

    /// The bytes of a text that is hexadecimal throughout, with blanks and colons where it likes; at least 4 bytes.
    static func hexadecimal(_ text: [UInt8]) -> [UInt8]? {
        guard text.prefix(256).allSatisfy(isHexadecimal) else { return nil }
        let digits = text.filter { !blanks.contains($0) && $0 != UInt8(ascii: ":") }
        guard digits.count >= 8, let out = [UInt8](hexadecimal: String(decoding: digits, as: UTF8.self)) else {
            return nil
        }
        return out
    }

    /// The bytes of a text that is base64 throughout, and whose first byte begins an object; at least 16 characters.
    static func base64(_ text: [UInt8]) -> [UInt8]? {
        let characters = text.filter { !blanks.contains($0) }
        // "M" and "f" begin the base64 of the tags 30, 31 and 7F.
        guard characters.count >= 16, characters.first == UInt8(ascii: "M") || characters.first == UInt8(ascii: "f")
        else { return nil }
        return Base64.decode(characters)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: ":"):
            true
        default: blanks.contains(byte)
        }
    }
}
