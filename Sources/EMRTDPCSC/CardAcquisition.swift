import ISO7816
import Synchronization

/// One wait for a card that ends with a connection: the work behind ``PCSC/waitForCard(reader:timeout:busyTimeout:)``.
struct CardAcquisition: Sendable {
    let reader: String?
    /// When to give up waiting for a card; `nil` for never.
    let deadline: ContinuousClock.Instant?
    let busyTimeout: Duration
    let seen: Set<ReaderWatch.Sighting>

    /// What a wait gives.
    struct Taken: Sendable {
        let connection: PCSCConnection
        let sighting: ReaderWatch.Sighting
    }

    /// Waits and connects on a new thread, which becomes the connection's own.
    func run() async throws -> Taken {
        let worker = try PCSCConnection.Worker(
            idleInterval: PCSCConnection.keepAliveInterval, makeState: { PCSCConnection.ThreadState() },
            onIdle: { $0.session?.keepAlive() }, onStop: { $0.session?.close() })
        let outcome = Outcome()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                outcome.set(continuation)
                let isQueued = worker.submit { state in
                    do {
                        let sighting = try acquire(state, outcome)
                        guard let session = state.session else { throw CardChannelError(.closed) }
                        let connection = PCSCConnection(worker: worker, properties: session.properties)
                        // If nobody waits any more, the connection goes out of scope here and closes itself.
                        outcome.finish(.success(Taken(connection: connection, sighting: sighting)))
                    } catch {
                        worker.stop()
                        outcome.finish(.failure(error))
                    }
                }
                if !isQueued { outcome.finish(.failure(CardChannelError(.closed))) }
            }
        } onCancel: {
            outcome.cancel()
        }
    }

    private func acquire(
        _ state: PCSCConnection.ThreadState, _ outcome: Outcome
    ) throws(CardChannelError) -> ReaderWatch.Sighting {
        let context: PCSCContext
        do { context = try PCSCContext() } catch { throw error.channelError }
        outcome.canceller = context.canceller
        defer { outcome.canceller = nil }
        let watch = ReaderWatch(context: context)
        var tries = Tries()
        while true {
            let sighting = try watch.waitForCard(
                reader: reader, deadline: deadline, seen: seen, isCancelled: { outcome.isFinished })
            do {
                state.session = try open(sighting.reader, context, outcome)
                return sighting
            } catch let error where Self.mayBeBadlyPlaced(error) && mayTryAgain(&tries, sighting) {
                // A card that is being put down often answers only at the second look.
                var watched = [PCSCContext.Watched(name: sighting.reader, state: .unaware)]
                _ = try? context.waitForChange(of: &watched, timeout: .zero)
                _ = try? context.waitForChange(of: &watched, timeout: .milliseconds(200))
            }
        }
    }

    /// Connects and begins the transaction, for at most `busyTimeout` while other programs hold the card.
    private func open(
        _ reader: ReaderName, _ context: PCSCContext, _ outcome: Outcome
    ) throws(CardChannelError) -> CardSession {
        let busyDeadline = ContinuousClock.now + busyTimeout
        // While another program has a transaction, SCardConnect and SCardBeginTransaction block and cannot be told to give
        // up. So the caller is told when the time is up, and this thread gives the card back as soon as it gets it.
        // A second is left for powering the card up.
        outcome.failLater(
            after: max(busyTimeout, .seconds(1)), PCSCFailure(function: .connect, status: .sharingViolation))
        defer { outcome.stopTimer() }
        while true {
            do {
                return try CardSession(context: context, reader: reader)
            } catch let error
                where error.status == .sharingViolation && ContinuousClock.now < busyDeadline && !outcome.isFinished
            {
                // A wait in which nothing is watched but the hot plugging: 100 ms that a cancellation ends.
                var watched = [PCSCContext.Watched(name: PCSCContext.hotPlugNotification, state: .unaware)]
                _ = try? context.waitForChange(of: &watched, timeout: .milliseconds(100))
            } catch {
                throw error.channelError
            }
        }
    }

    /// With a deadline, until then; without one a card that lies still and does not answer would be tried for ever.
    private func mayTryAgain(_ tries: inout Tries, _ sighting: ReaderWatch.Sighting) -> Bool {
        deadline.map { $0 > .now } ?? tries.mayTryAgain(sighting)
    }

    /// How often the card in each reader could not be connected to.
    struct Tries {
        /// The most tries for one card, from when it is put down until it is taken off: over two seconds with the waits between.
        static let most = 12

        private var failures: [ReaderName: (card: UInt16, count: Int)] = [:]

        /// Notes a failure.
        mutating func mayTryAgain(_ sighting: ReaderWatch.Sighting) -> Bool {
            let known = failures[sighting.reader]
            let count = known?.card == sighting.eventCounter ? (known?.count ?? 0) + 1 : 1
            failures[sighting.reader] = (sighting.eventCounter, count)
            return count < Self.most
        }
    }

    private static func mayBeBadlyPlaced(_ error: CardChannelError) -> Bool {
        [.noCard, .cardRemoved, .cardReset, .unresponsiveCard, .transmissionFailed].contains(error.code)
    }
}

/// Where the result of a ``CardAcquisition`` goes, exactly once, whoever comes first: the thread, the clock or a cancellation.
private final class Outcome: Sendable {
    typealias Continuation = CheckedContinuation<CardAcquisition.Taken, any Error>

    private struct State {
        var continuation: Continuation?
        var isFinished = false
        var canceller: PCSCContext.Canceller?
        var timer: Task<Void, Never>?
    }

    private let state = Mutex(State())

    var isFinished: Bool { state.withLock { $0.isFinished } }

    var canceller: PCSCContext.Canceller? {
        get { state.withLock { $0.canceller } }
        set { state.withLock { $0.canceller = newValue } }
    }

    func set(_ continuation: Continuation) {
        let isLate = state.withLock { state in
            if !state.isFinished { state.continuation = continuation }
            return state.isFinished
        }
        if isLate { continuation.resume(throwing: Self.cancelled) }
    }

    func finish(_ result: Result<CardAcquisition.Taken, any Error>) {
        let continuation = state.withLock { state in
            state.isFinished = true
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(with: result)
    }

    func cancel() {
        finish(.failure(Self.cancelled))
        canceller?.cancel()
    }

    func failLater(after duration: Duration, _ failure: PCSCFailure) {
        let timer = Task.detached { [weak self] in
            try? await Task.sleep(for: duration)
            if !Task.isCancelled { self?.finish(.failure(failure.channelError)) }
        }
        state.withLock { $0.timer = timer }
    }

    func stopTimer() {
        state.withLock { state in
            state.timer?.cancel()
            state.timer = nil
        }
    }

    private static let cancelled = CardChannelError(.closed, "waiting for a card was cancelled")
}
