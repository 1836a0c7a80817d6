import ISO7816

/// What readers of the field cannot carry (quirk Q25), for the in-process channel of a simulated chip.
struct ReaderLimit {
    private let longestCommand: Int
    private let longestResponse: Int
    /// Whether a long answer is cut in silence and not lost with an error.
    private let swallows: Bool

    /// The limit among quirks, or `nil`.
    init?(_ quirks: Set<ChipQuirk>) {
        if quirks.contains(.reader195) {
            (longestCommand, longestResponse, swallows) = (195, 195, false)
        } else if quirks.contains(.reader261) {
            (longestCommand, longestResponse, swallows) = (261, 261, false)
        } else if quirks.contains(.readerSwallows) {
            (longestCommand, longestResponse, swallows) = (0x10000, 255, true)
        } else {
            return nil
        }
    }

    /// Such readers do not say what they carry.
    func properties(atr: [UInt8]) -> CardChannelProperties {
        CardChannelProperties(readerName: "simulated chip behind a limited reader", atr: atr)
    }

    /// - Throws: ``CardChannelError`` `transmissionFailed` for a command that is too long.
    func check(command: [UInt8]) throws {
        guard command.count <= longestCommand else {
            throw CardChannelError(.transmissionFailed, "the reader does not carry a command of \(command.count) bytes")
        }
    }

    /// The part of an answer that arrives.
    ///
    /// - Throws: ``CardChannelError`` `transmissionFailed` for an answer that is too long.
    func carried(_ response: [UInt8]) throws -> [UInt8] {
        guard response.count > longestResponse else { return response }
        guard swallows else {
            throw CardChannelError(
                .transmissionFailed, "the reader does not carry an answer of \(response.count) bytes")
        }
        return Array(response.prefix(longestResponse))
    }
}
