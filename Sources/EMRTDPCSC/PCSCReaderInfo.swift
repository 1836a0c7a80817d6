/// A smart-card reader that is connected now.
public struct PCSCReaderInfo: Sendable, Hashable {
    /// The reader's name, as the system gives it and as ``PCSC/waitForCard(reader:timeout:)`` takes it.
    public let name: String
    /// Whether a card is in the reader.
    public let isCardPresent: Bool
    /// Whether the card in the reader does not answer.
    public let isCardMute: Bool
    /// Whether another program uses the card.
    public let isInUse: Bool
    /// Whether another program keeps the reader for itself alone.
    public let isExclusivelyUsed: Bool
    /// The answer to reset of the card, at most 33 bytes; empty without a card.
    public let atr: [UInt8]

    init(_ watched: PCSCContext.Watched) {
        name = watched.name.text
        isCardPresent = watched.state.isPresent
        isCardMute = watched.state.isMute
        isInUse = watched.state.isInUse
        isExclusivelyUsed = watched.state.isExclusive
        atr = watched.atr
    }
}
