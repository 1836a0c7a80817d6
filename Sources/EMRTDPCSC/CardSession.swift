import Glibc
import ISO7816

/// A card taken for one reading session: connection, transaction and receive buffer. Lives on one thread.
final class CardSession {
    private let context: PCSCContext
    private let reader: ReaderName
    private var handle: CardHandle
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    /// Why the session ended; `nil` while it is open.
    private(set) var end: CardChannelError?
    /// What is known about the reader and the card.
    let properties: CardChannelProperties

    /// The longest response APDU: 65,536 data bytes and the status word.
    private static let bufferSize = 0x10000 + 2

    /// How many times a program that had the card before may reset it while this one waits for its turn.
    private static let maximumResets = 8

    /// Connects to the card in a reader and begins the transaction; blocks while another program has one.
    init(context: PCSCContext, reader: ReaderName) throws(PCSCFailure) {
        self.context = context
        self.reader = reader
        handle = try context.connect(to: reader, mode: .shared)
        do {
            var resets = 0
            while true {
                do throws(PCSCFailure) {
                    try handle.beginTransaction()
                    break
                } catch let error where error.status == .resetCard && resets < Self.maximumResets {
                    // Whoever had the card reset it when done, as this class does itself: take note and queue up again.
                    resets += 1
                    try handle.reconnect(.leave)
                }
            }
            let atr = try handle.answerToReset()
            let features = ReaderFeatures.read(from: handle)
            properties = CardChannelProperties(
                readerName: reader.text, atr: atr, maximumCommandLength: features.maximumCommandLength,
                maximumResponseLength: features.maximumResponseLength,
                // Without ENVELOPE, extended length does not pass through T=0.
                supportsExtendedLength: handle.activeProtocol == .t0 ? false : features.supportsExtendedLength)
        } catch {
            try? handle.disconnect(.leave)
            throw error
        }
        buffer = .allocate(capacity: Self.bufferSize)
        buffer.initialize(repeating: 0)
    }

    deinit {
        close()
        // The last response may hold personal data.
        if let start = buffer.baseAddress { explicit_bzero(start, buffer.count) }
        buffer.deallocate()
    }

    /// Sends a command and returns the response.
    func transmit(_ command: [UInt8]) throws(CardChannelError) -> [UInt8] {
        if let end { throw end }
        guard (4...0x10000 + 9).contains(command.count) else {
            throw CardChannelError(.transmissionFailed, "a command of \(command.count) bytes cannot be sent")
        }
        let prepared = handle.activeProtocol == .t0 ? try T0Command.prepare(command) : command
        do throws(PCSCFailure) {
            let count = try handle.transmit(prepared, into: buffer)
            // No status word: a driver may answer so when the card is being taken away.
            guard count >= 2 else { throw PCSCFailure(function: .transmit, status: .notTransacted) }
            return Array(buffer.prefix(count))
        } catch {
            throw noted(error)
        }
    }

    /// Resets the card and takes it again.
    func reset() throws(CardChannelError) {
        if let end, end.code != .cardReset, end.code != .transmissionFailed { throw end }
        do {
            try handle.reconnect(.reset)
            // The transaction outlives the reset unless someone else caused one; nested ones all end when disconnecting.
            try handle.beginTransaction()
            end = nil
        } catch {
            throw noted(error)
        }
    }

    /// Asks for the card's state, so that neither service nor reader takes the session for an idle one.
    func keepAlive() {
        guard end == nil else { return }
        do {
            _ = try handle.answerToReset()
        } catch {
            _ = noted(error)
        }
    }

    /// Ends the session: resets the card under the transaction, so that the next program cannot use what this one
    /// unlocked, and gives it back. Later commands throw `reason`.
    func close(_ reason: CardChannelError = CardChannelError(.closed, "the connection was closed")) {
        guard end?.code != .closed else { return }
        end = reason.code == .closed ? reason : CardChannelError(.closed, reason.reason)
        let wasReset = (try? handle.endTransaction(.reset)) != nil
        try? handle.disconnect(wasReset ? .leave : .reset)
    }

    /// The channel error for a failure, kept if no further command can succeed.
    private func noted(_ failure: PCSCFailure) -> CardChannelError {
        var error = failure.channelError
        if error.code == .transmissionFailed || error.code == .other, cardHasGone() {
            // A card taken away in the middle of a command shows as a failed transmission first.
            error = PCSCFailure(function: failure.function, status: .removedCard).channelError
        }
        if error.code != .transmissionFailed, error.code != .other { end = error }
        return error
    }

    /// Whether the card leaves the reader within the time in which pcscd notices (it looks every 400 ms).
    private func cardHasGone() -> Bool {
        var watched = [PCSCContext.Watched(name: reader, state: .unaware)]
        let deadline = ContinuousClock.now + .milliseconds(900)
        repeat {
            let rest = deadline - .now
            guard let changed = try? context.waitForChange(of: &watched, timeout: rest) else { return false }
            if changed, watched.contains(where: { $0.state.isEmpty || $0.state.isUnknown }) { return true }
        } while ContinuousClock.now < deadline
        return false
    }
}
