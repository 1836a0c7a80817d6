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

    /// Makes a chip of a personalised document.
    ///
    /// - Parameters:
    ///   - document: what the ``Personaliser`` made.
    ///   - supportsExtendedLength: whether the in-process channel carries extended length.
    /// - Throws: ``PersonalisationError`` or an LDS error where the files cannot be those of a chip.
    public init(_ document: PersonalisedDocument, supportsExtendedLength: Bool = true) throws {
        self.document = document
        chip = try Chip(document)
        properties = CardChannelProperties(
            readerName: "simulated chip", atr: document.behaviour.atr,
            maximumCommandLength: supportsExtendedLength ? 0x10000 : 261,
            maximumResponseLength: supportsExtendedLength ? 0x10000 + 2 : 258,
            supportsExtendedLength: supportsExtendedLength)
    }

    /// The answer to reset.
    public var atr: [UInt8] { document.behaviour.atr }

    /// Answers a command; throws `closed` after ``close()``.
    public func transmit(_ command: [UInt8]) async throws -> [UInt8] {
        try lock.withLock { isClosed in
            guard !isClosed else { throw CardChannelError(.closed, "the simulated chip was closed") }
            return chip.process(command)
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

    /// Answers a command of a virtual reader.
    public func process(_ command: [UInt8]) -> [UInt8] { lock.withLock { _ in chip.process(command) } }
}
