public import ISO7816
import Synchronization

/// A card in a PC/SC reader, taken for one reading session.
///
/// Every PC/SC call runs on a thread that belongs to this connection, with a context of its own. One transaction lasts from
/// the beginning to ``close()``, so that no other program gets between two commands; `SCARD_W_RESET_CARD` by idle power-off
/// is prevented by a status request every four seconds. The card is reset at the end.
///
/// `SCardTransmit` cannot be interrupted: when the task is cancelled, the command under way is let finish, then the card is
/// reset and given back, and this and every later command throw `closed`.
///
/// Get one from ``PCSC/waitForCard(reader:timeout:busyTimeout:)``. A connection that is not closed closes itself when the
/// last reference goes.
public final class PCSCConnection: CardChannel {
    /// What the connection's thread owns.
    final class ThreadState {
        var session: CardSession?
    }

    typealias Worker = WorkerThread<ThreadState>

    /// Some readers and services power a card off that was idle for five seconds.
    static let keepAliveInterval = Duration.seconds(4)

    private let worker: Worker

    /// The reader, the card's answer to reset and the reader's limits as far as its driver tells them.
    public let properties: CardChannelProperties

    init(worker: Worker, properties: CardChannelProperties) {
        self.worker = worker
        self.properties = properties
    }

    deinit { worker.stop() }

    /// Sends one command and returns the response including its status word, at most 65,538 bytes.
    ///
    /// - Throws: `CardChannelError`: `cardRemoved`, `cardReset`, `unresponsiveCard`, `readerRemoved`, `transmissionFailed`,
    ///   `serviceUnavailable`, or `closed` after ``close()`` or when the task was cancelled.
    public func transmit(_ command: [UInt8]) async throws -> [UInt8] {
        try await perform { session throws(CardChannelError) in try session.transmit(command) }
    }

    /// Resets the card, so that it forgets every session and selection, and begins the transaction again.
    ///
    /// - Throws: `CardChannelError`, as ``transmit(_:)``.
    public func reset() async throws {
        try await perform { session throws(CardChannelError) in try session.reset() }
    }

    /// Resets the card and gives it back. Further commands throw `closed`. May be called twice.
    public func close() async {
        try? await worker.run { $0.session?.close() }
        worker.stop()
    }

    private func perform<Result: Sendable>(
        _ action: @escaping @Sendable (CardSession) throws(CardChannelError) -> Result
    ) async throws -> Result {
        let isCancelled = Flag()
        return try await withTaskCancellationHandler {
            try await worker.run { state in
                guard let session = state.session else { throw CardChannelError(.closed) }
                let cancelled = CardChannelError(.closed, "the task was cancelled; the card was reset")
                if isCancelled.value {
                    session.close(cancelled)
                    throw cancelled
                }
                let result = Swift.Result { () throws(CardChannelError) in try action(session) }
                if isCancelled.value {
                    session.close(cancelled)
                    throw cancelled
                }
                return try result.get()
            }
        } onCancel: {
            isCancelled.set()
        }
    }
}

/// A flag that one thread sets and another reads.
private final class Flag: Sendable {
    private let isSet = Atomic(false)

    var value: Bool { isSet.load(ordering: .acquiring) }

    func set() { isSet.store(true, ordering: .releasing) }
}
