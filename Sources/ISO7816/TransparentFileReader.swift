/// Reads one transparent elementary file with READ BINARY, by its own BER-TLV length, never past its end.
///
/// The reader keeps what it has (``bytes``), so that after a lost session the reading can go on where it stopped. Every
/// length and count is bounded: a file of at most ``maximumLength`` bytes, and each command must bring at least one byte.
public struct TransparentFileReader {
    /// The file to read.
    public struct Target: Sendable, Hashable {
        /// The file identifier under the current directory.
        public let fileIdentifier: UInt16
        /// The short file identifier (1 to 30), if the file has one.
        public let shortFileIdentifier: UInt8?
        /// A number of bytes that every such file has at least, so that the first command may ask for so many.
        public let minimumLength: Int

        /// Describes a file.
        public init(fileIdentifier: UInt16, shortFileIdentifier: UInt8?, minimumLength: Int = 4) {
            self.fileIdentifier = fileIdentifier
            self.shortFileIdentifier = shortFileIdentifier
            self.minimumLength = minimumLength
        }
    }

    /// How a read ended.
    public enum Outcome: Sendable, Hashable {
        /// The whole file is in ``TransparentFileReader/bytes``.
        case complete
        /// The card refused the file before its first byte, with this status word.
        case refused(StatusWord)
        /// The card refused a length: step down and go on. The status word says how.
        case lengthRefused(StatusWord)
    }

    /// The most answers of fewer than ``meagreAnswer`` bytes where more were asked for: a card that hands out a long file byte
    /// in crumbs would keep the reader for hours.
    public static let maximumMeagreAnswers = 24
    /// What counts as meagre; the smallest buffers of real cards hold more.
    public static let meagreAnswer = 32
    /// The longest file accepted, in bytes.
    public static let maximumLength = 2 << 20

    /// What has been read so far, without gaps.
    public private(set) var bytes: [UInt8] = []
    /// Bytes of the whole file by its own header, once that is known.
    public private(set) var totalLength: Int?
    /// Whether the file was found by SELECT after the card refused the short file identifier.
    public private(set) var usedSelect = false
    /// Bytes of the file that the last READ BINARY asked for.
    public private(set) var lastLength = 0
    /// Commands sent for this file.
    public private(set) var commands = 0

    private let target: Target
    /// Whether 6A82 to a short file identifier may mean that the card knows none, so that SELECT is worth trying.
    private let triesSelectWhenNotFound: Bool
    private var isSelected = false
    /// Whether the header gives no length (indefinite form), so that the file is read until the card says that it ends.
    private var readsToEnd = false
    private var meagreAnswers = 0

    /// Prepares to read a file.
    ///
    /// - Parameters:
    ///   - target: the file.
    ///   - triesSelectWhenNotFound: whether SELECT is tried where the short file identifier is not found; `false` once the
    ///     card has been seen to know short file identifiers.
    public init(_ target: Target, triesSelectWhenNotFound: Bool = true) {
        self.target = target
        self.triesSelectWhenNotFound = triesSelectWhenNotFound
    }

    /// Forgets that the file is the current one, after a reset or another SELECT; the bytes stay.
    public mutating func invalidateSelection() { isSelected = false }

    /// Counts commands that were sent for the file before this reader took over.
    public mutating func count(earlierCommands: Int) { commands += earlierCommands }

    /// Reads, or goes on reading, until the end.
    ///
    /// - Parameters:
    ///   - exchange: the way to the card.
    ///   - responseLength: the longest response data field to ask for; see ``BlockSize``.
    /// - Throws: ``ISO7816Error`` where the file is shorter than its header says, is too long, or stops giving data; and
    ///   what `exchange` throws.
    public mutating func read(_ exchange: any APDUExchange, responseLength: Int) async throws -> Outcome {
        let block = max(exchange.payloadCapacity(ofResponse: responseLength), 1)
        let isExtended = responseLength > 256
        while totalLength.map({ bytes.count < $0 }) ?? true {
            let unknown = readsToEnd ? block : max(target.minimumLength, 4)
            let wanted = min(block, totalLength.map { $0 - bytes.count } ?? unknown)
            lastLength = wanted
            let response: ResponseAPDU
            if isSelected || bytes.count > 0xFF || usedSelect || target.shortFileIdentifier == nil {
                if !isSelected, let status = try await select(exchange) { return .refused(status) }
                response = try await readSelected(
                    exchange, length: wanted, capacity: block, isExtended: isExtended)
            } else if let sfi = target.shortFileIdentifier {
                var command = CommandAPDU.readBinary(
                    shortFileIdentifier: sfi, offset: UInt8(truncatingIfNeeded: bytes.count), length: wanted)
                command.forcesExtendedLength = isExtended && wanted > 256
                response = try await send(command, exchange)
                if bytes.isEmpty && refusesShortFileIdentifiers(response.statusWord) {
                    usedSelect = true
                    continue
                }
            } else {
                return .refused(.fileNotFound)
            }
            let status = response.statusWord
            if response.data.isEmpty || !(status.isSuccess || status == .endOfFile) {
                if status == .wrongLength || status.exactLength != nil { return .lengthRefused(status) }
                // "End of file" before the end, with nothing: some cards say so to a length that is too much for them.
                if status == .endOfFile, !readsToEnd, wanted > BlockSize.smallest { return .lengthRefused(status) }
                if bytes.isEmpty { return .refused(status) }
                if readsToEnd && [.endOfFile, .wrongP1P2, .success].contains(status) { return .complete }
                throw ISO7816Error(
                    .truncated, "the file ends or is refused after \(bytes.count) bytes of \(totalLength ?? 0)",
                    offset: bytes.count, statusWord: status)
            }
            if response.data.count < min(wanted, Self.meagreAnswer) {
                meagreAnswers += 1
                guard meagreAnswers <= Self.maximumMeagreAnswers else {
                    throw ISO7816Error(
                        .endlessResponse, "more than \(Self.maximumMeagreAnswers) answers of a few bytes each",
                        offset: bytes.count)
                }
            }
            isSelected = true
            bytes += response.data
            if readsToEnd {
                guard bytes.count <= Self.maximumLength else {
                    throw ISO7816Error(.limitExceeded, "a file of more than \(Self.maximumLength) bytes", offset: 0)
                }
                if status == .endOfFile { return .complete }
            }
            try learnLength()
        }
        if let totalLength, bytes.count > totalLength { bytes.removeLast(bytes.count - totalLength) }
        return .complete
    }

    /// Status words of cards that know no short file identifiers in READ BINARY. "File not found" is among them, since some
    /// cards give no identifier to some files; the SELECT that follows settles it.
    private func refusesShortFileIdentifiers(_ status: StatusWord) -> Bool {
        if status == .fileNotFound { return triesSelectWhenNotFound }
        return [0x6A81, 0x6A86, 0x6A80, 0x6981, 0x6986, 0x6B00, 0x6D00].contains(status.rawValue)
    }

    private mutating func learnLength() throws {
        guard totalLength == nil, !readsToEnd else { return }
        if bytes.count > 1, bytes.dropFirst().first == 0x80 {
            readsToEnd = true
            return
        }
        let header: TLVHeader
        do {
            header = try TLVHeader(prefixOf: bytes[...])
        } catch let error as ISO7816Error where error.code == .truncated && bytes.count < 8 {
            return
        }
        guard header.totalLength <= Self.maximumLength else {
            throw ISO7816Error(
                .limitExceeded, "a file of \(header.totalLength) bytes, \(Self.maximumLength) are the most", offset: 0)
        }
        totalLength = header.totalLength
    }

    private mutating func select(_ exchange: any APDUExchange) async throws -> StatusWord? {
        let response = try await send(.select(file: target.fileIdentifier), exchange)
        guard response.statusWord.isSuccess || response.statusWord.isWarning else { return response.statusWord }
        isSelected = true
        return nil
    }

    private mutating func readSelected(
        _ exchange: any APDUExchange, length: Int, capacity: Int, isExtended: Bool
    ) async throws -> ResponseAPDU {
        if bytes.count <= 0x7FFF {
            var command = CommandAPDU.readBinary(offset: bytes.count, length: length)
            command.forcesExtendedLength = isExtended && length > 256
            return try await send(command, exchange)
        }
        // The data comes in DO'53', whose header needs room in the response as well.
        let payload = max(min(length, capacity - 4), 1)
        let total = 1 + TLV.encodeLength(payload).count + payload
        var command = CommandAPDU.readBinaryOdd(offset: bytes.count, length: total)
        command.forcesExtendedLength = isExtended && total > 256
        var response = try await send(command, exchange)
        if !response.data.isEmpty {
            let object = try TLV(exactly: response.data)
            guard object.tag == 0x53 else {
                throw ISO7816Error(.unexpectedDataObject, "READ BINARY B1 answered with object \(object.tag)")
            }
            response.data = Array(object.value)
        }
        return response
    }

    private mutating func send(_ command: CommandAPDU, _ exchange: any APDUExchange) async throws -> ResponseAPDU {
        commands += 1
        return try await exchange.exchange(command)
    }
}
