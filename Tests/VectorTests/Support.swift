import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import Testing

/// The bytes of a secret, for comparison with printed values.
func open(_ secret: borrowing SecretBytes) -> [UInt8] {
    secret.withBytes { Array(UnsafeBufferPointer(start: $0, count: $1)) }
}

/// A secret with printed bytes.
func secret(_ bytes: [UInt8]) throws -> SecretBytes { try SecretBytes(copying: bytes) }

/// What a test does with an entry.
typealias Check = @Sendable (VectorEntry) async throws -> Void

/// A card that knows one conversation: each command must be the one printed next, and gets the printed response.
final class PrintedConversation: APDUExchange {
    /// A command that is not the printed one, or one too many.
    struct Deviation: Error {}

    private var rest: [(command: [UInt8], response: [UInt8])]
    /// How many commands have come.
    private(set) var count = 0

    init(_ exchanges: [(command: [UInt8], response: [UInt8])]) { rest = exchanges }

    /// From a list of objects with `command` and `response`.
    convenience init(_ exchanges: [JSONValue]) throws {
        self.init(try exchanges.map { (try $0.bytes("command"), try $0.bytes("response")) })
    }

    var isOver: Bool { rest.isEmpty }

    func exchange(_ command: CommandAPDU) async throws -> ResponseAPDU {
        guard !rest.isEmpty else { throw Deviation() }
        let next = rest.removeFirst()
        count += 1
        let sent = try command.encoded()
        #expect(sent == next.command, "command \(count)")
        guard sent == next.command else { throw Deviation() }
        return try ResponseAPDU(parsing: next.response)
    }

    func payloadCapacity(ofResponse length: Int) -> Int { length }
}

/// The cipher with a name of the vectors.
func cipher(_ name: String) throws -> BlockCipher {
    try #require(
        ["3DES": BlockCipher.tripleDES, "AES128": .aes128, "AES192": .aes192, "AES256": .aes256][name], "cipher \(name)"
    )
}

/// The context of a session with the keys of an entry.
func context(_ entry: VectorEntry, _ cipher: BlockCipher, counter: String = "SSC_before") throws
    -> SecureMessagingContext
{
    try SecureMessagingContext(
        cipher, encryptionKey: secret(entry.inputs.bytes("KSEnc")), macKey: secret(entry.inputs.bytes("KSMAC")),
        sendSequenceCounter: entry.inputs.bytes(counter))
}

/// Runs one command through the terminal's side and the chip's side of secure messaging; both must build the printed bytes.
func replay(
    plain: [UInt8], protected: [UInt8], response: [UInt8], data: [UInt8], terminal: SecureMessagingContext,
    chip: SecureMessagingChip
) async throws {
    let command = try CommandAPDU(parsing: plain)
    let opened = try await SecureMessaging(over: PrintedConversation([(protected, response)]), context: terminal)
        .exchange(command)
    let expected = ResponseAPDU(data: data, statusWord: try ResponseAPDU(parsing: response).statusWord)
    #expect(opened == expected)
    #expect(try chip.open(CommandAPDU(parsing: protected)) == command)
    #expect(try chip.protect(expected, ins: command.ins).encoded == response)
}
