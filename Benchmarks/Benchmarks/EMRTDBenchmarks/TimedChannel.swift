import ISO7816
import Synchronization

/// Passes commands on and adds up the time that the chip takes, so that it can be told from the host's.
final class TimedChannel: CardChannel {
    private struct Times {
        var all = Duration.zero
        var untilAccess = Duration.zero
    }

    private let below: any CardChannel
    private let times = Mutex(Times())

    init(_ below: any CardChannel) { self.below = below }

    var properties: CardChannelProperties { below.properties }

    /// The chip's time up to ``markAccess()``.
    var timeUntilAccess: Duration { times.withLock { $0.untilAccess } }

    /// Takes note that access has been granted.
    func markAccess() { times.withLock { $0.untilAccess = $0.all } }

    func transmit(_ command: [UInt8]) async throws -> [UInt8] {
        let start = ContinuousClock.now
        let response = try await below.transmit(command)
        let duration = ContinuousClock.now - start
        times.withLock { $0.all += duration }
        return response
    }

    func reset() async throws { try await below.reset() }

    func close() async { await below.close() }
}
