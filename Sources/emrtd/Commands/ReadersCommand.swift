import ArgumentParser
import EMRTD
import EMRTDPCSC
import ISO7816

struct ReadersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "readers", abstract: "List the smart-card readers and what is on them.")

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        try await reportingErrors(json: json) {
            let readers = try PCSC.readers()
            guard !readers.isEmpty else { throw CardChannelError(.noReader, "no smart-card reader is connected") }
            if json {
                let list = readers.map { reader in
                    JSON.object([
                        ("name", .string(reader.name)), ("cardPresent", .bool(reader.isCardPresent)),
                        ("cardMute", .bool(reader.isCardMute)), ("inUse", .bool(reader.isInUse)),
                        ("exclusive", .bool(reader.isExclusivelyUsed)), ("atr", .string(reader.atr.hexadecimal)),
                    ])
                }
                Console.out(
                    JSON.object([("schemaVersion", .integer(Inspection.schemaVersion)), ("readers", .array(list))])
                        .encoded())
                return
            }
            for reader in readers {
                var state = reader.isCardPresent ? "card \(reader.atr.hexadecimal)" : "no card"
                if reader.isCardMute { state = "card that does not answer" }
                if reader.isExclusivelyUsed { state += ", held by another program" }
                Console.out("\(SafeText.terminal(reader.name)): \(state)")
            }
        }
    }
}
