/// A record of the commands of a session for diagnosis, opt-in and redacted: headers, lengths, status words and times. Data
/// fields appear only for commands that carry neither secrets nor personal data (SELECT and MSE, outside secure messaging).
public final class Transcript {
    /// One command and its answer.
    public struct Entry: Sendable, Hashable, CustomStringConvertible {
        /// CLA INS P1 P2.
        public let header: [UInt8]
        /// The command data where it is harmless, else `nil`.
        public let data: [UInt8]?
        /// Bytes of the command data field.
        public let dataLength: Int
        /// Ne, if the command had an Le field.
        public let expectedLength: Int?
        /// Bytes of the response data field.
        public let responseLength: Int
        /// The status word.
        public let statusWord: StatusWord
        /// The time the card took.
        public let duration: Duration

        /// One line without personal data.
        public var description: String {
            var text = header.hexadecimal
            if dataLength > 0 { text += " " + (data?.hexadecimal ?? "<\(dataLength) bytes>") }
            if let expectedLength { text += " Le \(expectedLength)" }
            text += " -> "
            if responseLength > 0 { text += "<\(responseLength) bytes> " }
            return text + statusWord.description
        }
    }

    /// The entries so far, oldest first; the oldest are dropped beyond ``limit``.
    public private(set) var entries: [Entry] = []
    /// The most entries kept.
    public let limit: Int

    /// Creates an empty transcript.
    public init(limit: Int = 10_000) { self.limit = max(1, limit) }

    func record(_ command: CommandAPDU, _ response: ResponseAPDU, _ duration: Duration) {
        // SELECT (A4) and MANAGE SECURITY ENVIRONMENT (22) name files, protocols and keys; an ephemeral key in MSE:Set KAT
        // is public.
        let isHarmless = command.cla & 0x0C == 0 && (command.ins == 0xA4 || command.ins == 0x22)
        if entries.count >= limit { entries.removeFirst(entries.count - limit + 1) }
        entries.append(
            Entry(
                header: command.header, data: isHarmless ? command.data : nil, dataLength: command.data.count,
                expectedLength: command.expectedLength, responseLength: response.data.count,
                statusWord: response.statusWord, duration: duration))
    }
}
