import EMRTDPCSC
import Foundation
import ISO7816
import Testing

/// The surroundings that `Scripts/with-pcscd` makes.
enum VirtualReader {
    struct Problem: Error, CustomStringConvertible { let description: String }

    static let slots = ["Virtual PCD 00 00", "Virtual PCD 00 01"]

    /// The port of the first slot.
    static var port: UInt16 {
        get throws {
            guard
                let text = ProcessInfo.processInfo.environment["EMRTD_VPCD_PORT"], let port = UInt16(text), port < .max
            else { throw Problem(description: "these tests need pcscd and its virtual reader: run `make test-pcsc`") }
            return port
        }
    }

    /// Fails the test where the private pcscd is missing or has another number of readers.
    static func require(readers: Int) throws {
        let value = ProcessInfo.processInfo.environment["EMRTD_PCSCD_READERS"]
        try #require(
            value == String(readers),
            "this test needs a private pcscd with \(readers) virtual readers: run `make test-pcsc`")
    }

    /// Waits until pcscd has noticed whether a card is in a slot.
    static func wait(slot: Int = 0, forCard present: Bool) async throws {
        for _ in 0..<100 {
            let reader = try PCSC.readers().first { $0.name == slots[slot] }
            if let reader, reader.isCardPresent == present { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Problem(description: "pcscd did not notice the card \(present ? "coming" : "going") within 5 seconds")
    }

    /// Runs a test with a card in a slot, and empties the slot after it.
    static func withCard<Result>(
        slot: Int = 0, onReset: @escaping @Sendable () -> Void = {},
        answer: @escaping @Sendable ([UInt8]) -> VirtualCard.Answer = { .response(VirtualCard.echo($0)) },
        _ body: (VirtualCard) async throws -> Result
    ) async throws -> Result {
        try require(readers: 2)
        let card = try VirtualCard(slot: slot, onReset: onReset, answer: answer)
        do {
            let result = try await body(card)
            card.remove()
            try await wait(slot: slot, forCard: false)
            return result
        } catch {
            card.remove()
            try await wait(slot: slot, forCard: false)
            throw error
        }
    }

    /// Takes the card in a slot.
    static func connect(slot: Int = 0, busyTimeout: Duration = .seconds(3)) async throws -> PCSCConnection {
        try await PCSC.waitForCard(reader: slots[slot], timeout: .seconds(10), busyTimeout: busyTimeout)
    }
}
