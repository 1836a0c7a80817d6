/// Something that carries one command to the card and brings back the whole answer: the plain way, or secure messaging on
/// top of it. Not for use by two tasks at a time: commands of a card are strictly one after another.
public protocol APDUExchange: AnyObject {
    /// Sends a command and returns its response. The status word is data, whatever it says.
    ///
    /// - Throws: ``CardChannelError`` where the way to the card failed, ``ISO7816Error`` where the card broke the rules of
    ///   ISO/IEC 7816, and the errors of the secure messaging layer.
    func exchange(_ command: CommandAPDU) async throws -> ResponseAPDU

    /// How many bytes of file data fit in a response whose data field has `length` bytes; secure messaging needs some of
    /// them for its own objects. Zero where nothing fits.
    func payloadCapacity(ofResponse length: Int) -> Int

    /// The most bytes that the data field of one command carries: 255 where extended length is known not to pass. Longer data
    /// fields have to be split by command chaining.
    var maximumCommandData: Int { get }
}

extension APDUExchange {
    /// 65,535, as in extended length.
    public var maximumCommandData: Int { 0xFFFF }
}

/// The plain way to a card: encodes commands, fetches the rest of long answers with GET RESPONSE (61xx), repeats a command
/// once with the length the card names (6Cxx), and splits long commands by command chaining where extended length does not
/// pass (ISO/IEC 7816-4, 5.3.3 and 5.3.4; ISO/IEC 7816-3, 12.1).
public final class PlainExchange: APDUExchange {
    /// The channel below.
    public let channel: any CardChannel
    /// Whether extended length commands are sent. Starts as the channel says; `true` where it does not know.
    public var usesExtendedLength: Bool
    /// Receives every command as it was sent, if set. See ``Transcript``.
    public var transcript: Transcript?
    /// Bytes of the last answer, status word included; zero where there was none.
    public private(set) var lastAnswerLength = 0
    /// What has been sent so far.
    public private(set) var statistics = ExchangeStatistics()

    /// The most bytes that one answer may have, all its parts together.
    public static let maximumResponseData = 0x10000 + 0x100
    /// The most GET RESPONSE commands for one answer.
    public static let maximumGetResponses = 300

    private let clock = ContinuousClock()
    /// Whether a command that is too long for short length has gone through in one piece.
    private var hasCarriedLongCommand = false

    /// Creates the plain way over a channel.
    public init(_ channel: any CardChannel) {
        self.channel = channel
        usesExtendedLength = channel.properties.supportsExtendedLength ?? true
    }

    /// Sends a command; see ``APDUExchange``.
    public func exchange(_ command: CommandAPDU) async throws -> ResponseAPDU {
        var command = command
        if !usesExtendedLength && command.isExtended {
            command.forcesExtendedLength = false
            command.expectedLength = command.expectedLength.map { min($0, 256) }
        }
        guard command.data.count > 255 else { return try await finish(command) }
        return usesExtendedLength ? try await exchangeLong(command) : try await exchangeChained(command)
    }

    /// A long command in extended length. A card that refuses it at once, without secure messaging, has not looked at it: then
    /// it gets the same command in pieces, once, and all others as well (ISO/IEC 7816-4, 5.3.3 leaves to the card what it
    /// supports).
    private func exchangeLong(_ command: CommandAPDU) async throws -> ResponseAPDU {
        let response = try await finish(command)
        guard !hasCarriedLongCommand, response.data.isEmpty, response.statusWord == .wrongLength else {
            hasCarriedLongCommand = true
            return response
        }
        usesExtendedLength = false
        var short = command
        short.forcesExtendedLength = false
        short.expectedLength = command.expectedLength.map { min($0, 256) }
        return try await exchangeChained(short)
    }

    /// A long command in pieces. A card that refuses chaining gets it in extended length, where that may pass.
    private func exchangeChained(_ command: CommandAPDU) async throws -> ResponseAPDU {
        var last = command
        guard let refusal = try await sendChained(&last) else { return try await finish(last) }
        guard refusal.statusWord == .chainingNotSupported, !hasCarriedLongCommand,
            channel.properties.supportsExtendedLength != false
        else { return refusal }
        usesExtendedLength = true
        hasCarriedLongCommand = true
        return try await finish(command)
    }

    /// 255 without extended length.
    public var maximumCommandData: Int { usesExtendedLength ? 0xFFFF : 255 }

    /// The whole data field carries file data.
    public func payloadCapacity(ofResponse length: Int) -> Int { length }

    /// Sends all but the last part of a long command. Returns a response only where the card refused a part; otherwise
    /// leaves the last part in `command`.
    private func sendChained(_ command: inout CommandAPDU) async throws -> ResponseAPDU? {
        var rest = command.data[...]
        while rest.count > 255 {
            var part = command
            part.cla |= 0x10
            part.data = Array(rest.prefix(255))
            part.expectedLength = nil
            let response = try await transmit(part)
            guard response.statusWord.isSuccess else { return response }
            rest = rest.dropFirst(255)
        }
        command.data = Array(rest)
        return nil
    }

    private func finish(_ command: CommandAPDU) async throws -> ResponseAPDU {
        var response = try await transmit(command)
        // A 6Cxx that comes with data is the word of the layer above, which may be protected.
        if let exact = response.statusWord.exactLength, response.data.isEmpty, command.expectedLength != nil {
            var again = command
            again.expectedLength = exact
            again.forcesExtendedLength = false
            response = try await transmit(again)
            guard response.statusWord.exactLength == nil || !response.data.isEmpty else {
                throw ISO7816Error(
                    .endlessResponse, "the card asked for another length twice", statusWord: response.statusWord)
            }
        }
        guard response.statusWord.bytesAvailable != nil else {
            if let most = command.expectedLength, response.data.count > max(most, 256) {
                throw ISO7816Error(.responseTooLong, "\(response.data.count) bytes where \(most) were asked for")
            }
            return response
        }
        return try await fetchRest(of: response, cla: command.cla)
    }

    private func fetchRest(of first: ResponseAPDU, cla: UInt8) async throws -> ResponseAPDU {
        var whole = first
        var rounds = 0
        while let available = whole.statusWord.bytesAvailable {
            rounds += 1
            guard rounds <= Self.maximumGetResponses else {
                throw ISO7816Error(.endlessResponse, "more than \(Self.maximumGetResponses) parts of one answer")
            }
            // GET RESPONSE goes out without secure messaging and chaining bits: it belongs to the transport.
            var get = CommandAPDU(cla: cla & 0xE3 & ~0x10, ins: 0xC0, expectedLength: available)
            var part = try await transmit(get)
            if let exact = part.statusWord.exactLength {
                get.expectedLength = exact
                part = try await transmit(get)
            }
            guard !part.data.isEmpty || part.statusWord.bytesAvailable == nil else {
                throw ISO7816Error(.endlessResponse, "a part of an answer without data", statusWord: part.statusWord)
            }
            guard part.data.count <= Self.maximumResponseData - whole.data.count else {
                throw ISO7816Error(.responseTooLong, "an answer of more than \(Self.maximumResponseData) bytes")
            }
            whole = ResponseAPDU(data: whole.data + part.data, statusWord: part.statusWord)
        }
        return whole
    }

    private func transmit(_ command: CommandAPDU) async throws -> ResponseAPDU {
        let bytes = try command.encoded()
        try Task.checkCancellation()
        let start = clock.now
        lastAnswerLength = 0
        let answer = try await channel.transmit(bytes)
        lastAnswerLength = answer.count
        let duration = clock.now - start
        let response = try ResponseAPDU(parsing: answer)
        statistics.commands += 1
        statistics.bytesSent += bytes.count
        statistics.bytesReceived += answer.count
        statistics.cardTime += duration
        transcript?.record(command, response, duration)
        return response
    }
}

/// What has passed between host and card.
public struct ExchangeStatistics: Sendable, Hashable {
    /// Command APDUs sent, parts of chains and GET RESPONSE included.
    public var commands = 0
    /// Bytes of all commands.
    public var bytesSent = 0
    /// Bytes of all responses, status words included.
    public var bytesReceived = 0
    /// The time between sending commands and having their responses.
    public var cardTime = Duration.zero

    /// Creates statistics of nothing.
    public init() {}
}
