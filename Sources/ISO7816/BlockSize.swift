/// How much is asked for with one READ BINARY: starts at what the way to the card is known to carry, and steps down when
/// the card or the reader refuses (ISO/IEC 7816-4, 11.2.3 leaves the limit to the card; limits differ widely in the field).
public struct BlockSize: Sendable, Hashable {
    /// The longest response data field asked for at present, in bytes: 256 and less is short length.
    public private(set) var responseLength: Int
    /// Whether a smaller size was needed than the first one tried.
    public private(set) var hasSteppedDown = false

    /// The sizes tried after a refusal, largest first: what short length cards and readers were seen to take.
    public static let ladder = [256, 224, 160, 112, 64]
    /// The last of the ``ladder``.
    public static let smallest = 64
    /// Where to start when nothing is known but that extended length may pass.
    public static let unknownStart = 1024

    /// Starts with the size that fits a channel.
    public init(for properties: CardChannelProperties) {
        let known = properties.maximumResponseLength.map { min($0 - 2, 0x10000) }
        let most = properties.supportsExtendedLength == false ? 256 : known ?? Self.unknownStart
        responseLength = max(most >= 512 ? most : min(most, 256), 64)
    }

    /// Starts with a given response length, 64 to 65,536 bytes.
    public init(responseLength: Int) { self.responseLength = min(max(responseLength, 64), 0x10000) }

    /// Takes the next smaller size. From extended length it goes straight to short length: each refusal may cost a whole
    /// new session, and most cards that refuse one extended length refuse all.
    ///
    /// - Returns: `false` when there is none.
    public mutating func stepDown() -> Bool {
        guard let next = Self.ladder.first(where: { $0 < min(responseLength, 257) }) else { return false }
        responseLength = next
        hasSteppedDown = true
        return true
    }
}
