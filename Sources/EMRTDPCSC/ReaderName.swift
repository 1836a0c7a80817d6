/// A reader's name: the bytes PC/SC knows it by, and the text people know it by.
///
/// The bytes are kept because a name that is no valid UTF-8 could not be given back otherwise.
struct ReaderName: Hashable, Sendable {
    /// The name without the closing zero byte; never empty.
    let bytes: [UInt8]

    /// The name as text; bytes that are no UTF-8 are replaced.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The name with the closing zero byte, for C.
    var cString: [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }

    /// Whether this is the slot for a secure access module, which is no place for a person's card: readers such as the
    /// ACR1252U show as two, the second called "... SAM ...".
    var isSecureAccessModuleSlot: Bool {
        text.split { !($0.isLetter || $0.isNumber) }.contains("SAM")
    }

    /// Whether a user who asked for `wanted` means this reader: the whole name, or a part of it in any case.
    func matches(_ wanted: String) -> Bool {
        text == wanted || text.lowercased().contains(wanted.lowercased())
    }

    /// The most readers that are looked at; pcscd itself serves at most 16.
    static let maximumCount = 64

    /// Parses a multi-string: names that each end with a zero byte, then one more zero byte.
    static func parse(multiString bytes: some Sequence<UInt8>) -> [ReaderName] {
        var names: [ReaderName] = []
        var current: [UInt8] = []
        for byte in bytes {
            if byte != 0 {
                current.append(byte)
            } else if current.isEmpty {
                break
            } else {
                names.append(ReaderName(bytes: current))
                current = []
                if names.count == maximumCount { break }
            }
        }
        return names
    }
}
