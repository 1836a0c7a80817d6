import Glibc
public import ISO7816
import Synchronization

/// A chip in software that behaves like a card: in process as a ``CardChannel``, or behind a virtual reader as a
/// ``VirtualCard`` through ``VPCDClient``. It is complete: files, access conditions, protocols, secure messaging.
///
/// Its trust anchor is test PKI and can never make a production read green.
public final class SimulatedChip: CardChannel, VirtualCard, @unchecked Sendable {
    /// What the chip was made of.
    public let document: PersonalisedDocument
    /// How the in-process channel presents itself.
    public let properties: CardChannelProperties

    // The lock guards the chip: commands come one at a time, whoever sends them.
    private let lock = Mutex(false)
    private let chip: Chip
    private let readerLimit: ReaderLimit?

    /// Makes a chip of a personalised document.
    ///
    /// - Parameters:
    ///   - document: what the ``Personaliser`` made.
    ///   - supportsExtendedLength: whether the in-process channel carries extended length.
    /// - Throws: the errors of the cryptography.
    public init(_ document: PersonalisedDocument, supportsExtendedLength: Bool = true) throws {
        self.document = document
        chip = try Chip(document)
        readerLimit = ReaderLimit(document.behaviour.quirks)
        properties =
            readerLimit?.properties(atr: document.behaviour.atr)
            ?? CardChannelProperties(
                readerName: "simulated chip", atr: document.behaviour.atr,
                maximumCommandLength: supportsExtendedLength ? 0x10000 : 261,
                maximumResponseLength: supportsExtendedLength ? 0x10000 + 2 : 258,
                supportsExtendedLength: supportsExtendedLength)
    }

    /// The answer to reset.
    public var atr: [UInt8] { document.behaviour.atr }

    /// Answers a command.
    ///
    /// - Throws: ``CardChannelError`` `closed` after ``close()``; with quirks, `transmissionFailed` where no answer comes and
    ///   `cardReset` where the tag was lost.
    public func transmit(_ command: [UInt8]) async throws -> [UInt8] {
        let reaction = try lock.withLock { isClosed in
            guard !isClosed else { throw CardChannelError(.closed, "the simulated chip was closed") }
            try readerLimit?.check(command: command)
            return chip.process(command)
        }
        switch reaction {
        case .answer(let response, let milliseconds):
            if milliseconds > 0 { try await Task.sleep(for: .milliseconds(milliseconds)) }
            return try readerLimit?.carried(response) ?? response
        case .mute: throw CardChannelError(.transmissionFailed, "the simulated chip did not answer")
        case .lost: throw CardChannelError(.cardReset, "the simulated chip lost its power")
        }
    }

    /// Forgets the session, as a card does.
    public func reset() { lock.withLock { _ in chip.reset() } }

    /// Ends the use of the in-process channel.
    public func close() async {
        lock.withLock { isClosed in
            chip.reset()
            isClosed = true
        }
    }

    /// Forgets the session.
    public func powerOn() { reset() }

    /// Forgets the session.
    public func powerOff() { reset() }

    /// Answers a command of a virtual reader. A chip that does not answer gives nothing; one that lost its power knows of no
    /// secure messaging.
    public func process(_ command: [UInt8]) -> [UInt8] {
        switch lock.withLock({ _ in chip.process(command) }) {
        case .answer(let response, let milliseconds):
            if milliseconds > 0 { usleep(UInt32(clamping: milliseconds) * 1000) }
            return response
        case .mute: return []
        case .lost: return [0x68, 0x82]
        }
    }
}
