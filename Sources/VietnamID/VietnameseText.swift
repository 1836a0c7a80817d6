/// A text of the chip: the bytes as they came and as a string. Its description never shows the text.
public struct VietnameseText: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The bytes as they came.
    public let rawBytes: [UInt8]
    /// The text as it came, in whatever normalisation form; malformed UTF-8 is repaired with U+FFFD.
    public let string: String
    /// Whether the bytes are well-formed UTF-8.
    public let isValidUTF8: Bool

    /// Takes over bytes.
    public init(_ bytes: some Collection<UInt8>) {
        rawBytes = Array(bytes)
        let valid = String(validating: rawBytes, as: UTF8.self)
        string = valid ?? String(decoding: rawBytes, as: UTF8.self)
        isValidUTF8 = valid != nil
    }

    /// The text with every Vietnamese letter in its composed form (NFC). Compare strings with `==`, which does not depend on
    /// the form.
    public var composed: String { string.composingVietnamese() }

    /// The number of bytes only.
    public var description: String { "text of \(rawBytes.count) bytes" }
    /// The number of bytes only.
    public var debugDescription: String { description }
}

extension String {
    /// The string with every Latin and Vietnamese letter in its composed form. Characters of other scripts stay as they are.
    ///
    /// The standard library has no public normalisation, but its `Character` compares and hashes by canonical equivalence:
    /// the decomposed letter finds the composed one in a table.
    package func composingVietnamese() -> String {
        guard unicodeScalars.contains(where: { $0.value >= 0x300 && $0.value <= 0x36F }) else { return self }
        return String(map { composedLetters[$0] ?? $0 })
    }
}

/// The letters of Latin-1, Ă Ĩ Ũ Ơ Ư and the block of Vietnamese letters U+1EA0 to U+1EF9, by themselves.
private let composedLetters: [Character: Character] = {
    let marked: [UInt32] = [0x102, 0x103, 0x128, 0x129, 0x168, 0x169, 0x1A0, 0x1A1, 0x1AF, 0x1B0]
    let letters = (Array(0xC0...0xFF) + marked + Array(0x1EA0...0x1EF9)).compactMap { Unicode.Scalar($0) }
    return Dictionary(letters.map { (Character($0), Character($0)) }, uniquingKeysWith: { first, _ in first })
}()
