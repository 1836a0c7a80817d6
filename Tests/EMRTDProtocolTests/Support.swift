import EMRTDCrypto
import EMRTDProtocol
import ISO7816
import Testing

/// A card whose answers a closure makes.
final class AnsweringCard: APDUExchange {
    private let answer: (CommandAPDU) throws -> ResponseAPDU
    /// The commands that came.
    private(set) var commands: [CommandAPDU] = []
    /// 255 stands for a way that extended length does not pass.
    var maximumCommandData = 0xFFFF

    init(_ answer: @escaping (CommandAPDU) throws -> ResponseAPDU) { self.answer = answer }

    func exchange(_ command: CommandAPDU) async throws -> ResponseAPDU { try answer(to: command) }

    func answer(to command: CommandAPDU) throws -> ResponseAPDU {
        commands.append(command)
        return try answer(command)
    }

    func payloadCapacity(ofResponse length: Int) -> Int { length }
}

/// The bytes of a secret.
func open(_ secret: borrowing SecretBytes) -> [UInt8] {
    secret.withBytes { Array(UnsafeBufferPointer(start: $0, count: $1)) }
}

/// Session keys that are the same in every run, with a counter of the cipher's width.
func sessionKeys(_ cipher: BlockCipher) throws -> SessionKeys {
    SessionKeys(
        cipher,
        encryption: try SecretBytes(copying: (0..<cipher.keyLength).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) }),
        mac: try SecretBytes(copying: (0..<cipher.keyLength).map { UInt8(truncatingIfNeeded: $0 * 29 + 5) }),
        sendSequenceCounter: (0..<cipher.blockLength).map { UInt8($0 * 3) })
}

/// The error of a protocol that a call throws; anything else fails the test.
func protocolError(
    _ location: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> ProtocolError? {
    do {
        try await body()
        return nil
    } catch let error as ProtocolError {
        return error
    } catch {
        Issue.record("another kind of error: \(error)", sourceLocation: location)
        return nil
    }
}
