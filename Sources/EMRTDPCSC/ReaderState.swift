import CPCSC

/// The state of a reader as `SCardGetStatusChange` reports it (PC/SC part 5, 3.2.5.3).
struct ReaderState: Hashable, Sendable {
    /// The flags in the lower, the event counter in the upper 16 bits.
    var rawValue: DWORD

    /// State of a reader about which nothing is known yet: the call returns at once.
    static let unaware = ReaderState(rawValue: 0)

    private func has(_ flag: DWORD) -> Bool { rawValue & flag != 0 }

    /// The reader is unknown to the service, for example because it was unplugged.
    var isUnknown: Bool { has(0x0004) || has(0x0008) }
    /// No card is in the reader.
    var isEmpty: Bool { has(0x0010) }
    /// A card is in the reader.
    var isPresent: Bool { has(0x0020) }
    /// Another program uses the reader exclusively.
    var isExclusive: Bool { has(0x0080) }
    /// Another program uses the card.
    var isInUse: Bool { has(0x0100) }
    /// The card does not answer.
    var isMute: Bool { has(0x0200) }
    /// How many times a card came or went, modulo 65,536.
    var eventCounter: UInt16 { UInt16(truncatingIfNeeded: rawValue >> 16) }

    /// The state to hand to the next call, without the `SCARD_STATE_CHANGED` flag.
    var acknowledged: ReaderState { ReaderState(rawValue: rawValue & ~0x0002) }
}
