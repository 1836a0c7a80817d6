import ISO7816

/// Looks for a card in the readers, on one thread.
final class ReaderWatch {
    let context: PCSCContext

    /// The longest single wait: a reader or a cancellation that was missed is seen after that.
    private static let longestWait = Duration.seconds(1)

    init(context: PCSCContext) { self.context = context }

    /// A card seen in a reader; the event counter tells it from the next card there.
    struct Sighting: Hashable, Sendable {
        var reader: ReaderName
        var eventCounter: UInt16
    }

    /// The readers a card may be put on, with their states now.
    func readers() throws(PCSCFailure) -> [PCSCContext.Watched] {
        var watched = try context.readerNames().filter { !$0.isSecureAccessModuleSlot }.map {
            PCSCContext.Watched(name: $0, state: .unaware)
        }
        if !watched.isEmpty { _ = try context.waitForChange(of: &watched, timeout: .zero) }
        return watched
    }

    /// Waits until a card is in a reader.
    ///
    /// - Parameters:
    ///   - wanted: the reader's name or a part of it; `nil` for any reader but the slots for secure access modules.
    ///   - deadline: when to give up; `nil` for never.
    ///   - seen: cards that do not count, because they were dealt with already.
    ///   - isCancelled: asked about once a second.
    /// - Throws: `noReader`, `noCard` or `unresponsiveCard` at the deadline, whichever describes the last look.
    func waitForCard(
        reader wanted: String?, deadline: ContinuousClock.Instant?, seen: Set<Sighting> = [],
        isCancelled: () -> Bool
    ) throws(CardChannelError) -> Sighting {
        do {
            var hotPlug = ReaderState.unaware
            while true {
                if isCancelled() { throw CardChannelError(.closed, "waiting for a card was cancelled") }
                var watched = try context.readerNames().filter { name in
                    wanted.map(name.matches) ?? !name.isSecureAccessModuleSlot
                }.map { PCSCContext.Watched(name: $0, state: .unaware) }
                if !watched.isEmpty { _ = try context.waitForChange(of: &watched, timeout: .zero) }
                for reader in watched where reader.state.isPresent && !reader.state.isMute {
                    let sighting = Sighting(reader: reader.name, eventCounter: reader.state.eventCounter)
                    if !seen.contains(sighting) { return sighting }
                }
                let rest = deadline.map { $0 - .now } ?? Self.longestWait
                guard rest > .zero else { throw outcome(of: watched, wanted: wanted) }
                watched.append(PCSCContext.Watched(name: PCSCContext.hotPlugNotification, state: hotPlug))
                _ = try context.waitForChange(of: &watched, timeout: min(rest, Self.longestWait))
                hotPlug = watched.last?.state.acknowledged ?? .unaware
            }
        } catch let failure as PCSCFailure {
            if failure.status == .cancelled { throw CardChannelError(.closed, "waiting for a card was cancelled") }
            throw failure.channelError
        } catch let error as CardChannelError {
            throw error
        } catch {
            throw CardChannelError(.other, "\(error)")
        }
    }

    /// Why there is no card to use after the last look at the readers.
    private func outcome(of watched: [PCSCContext.Watched], wanted: String?) -> CardChannelError {
        guard !watched.isEmpty else {
            guard let wanted else {
                return CardChannelError(.noReader, "no smart-card reader is connected; connect one")
            }
            return CardChannelError(
                .noReader, "no reader called \"\(wanted)\" is connected; list the readers and check the name")
        }
        if watched.contains(where: { $0.state.isPresent && $0.state.isMute }) {
            return PCSCFailure(function: .getStatusChange, status: .unresponsiveCard).channelError
        }
        return CardChannelError(.noCard, "no card was put on the reader in time; put it there and hold it still")
    }
}
