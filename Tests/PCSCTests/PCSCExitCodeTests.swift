import EMRTDSimulator
import Foundation
import Testing

/// What `emrtd` says and with which code it ends when something is wrong with card, reader or password.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct PCSCExitCodeTests {
    @Test func listsReaders() async throws {
        try VirtualReader.require(readers: 2)
        let outcome = try Emrtd.run(["readers"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        #expect(outcome.output == "Virtual PCD 00 00: no card\nVirtual PCD 00 01: no card\n")
        try await VirtualReader.withCard(slot: 1) { _ in
            try await VirtualReader.wait(slot: 1, forCard: true)
            let outcome = try Emrtd.run(["readers", "--json"])
            #expect(outcome.status == 0)
            struct List: Decodable {
                struct Reader: Decodable {
                    var name: String
                    var cardPresent: Bool
                    var atr: String
                }
                var readers: [Reader]
            }
            let readers = try JSONDecoder().decode(List.self, from: Data(outcome.output.utf8)).readers
            #expect(readers.map(\.name) == VirtualReader.slots && readers.map(\.cardPresent) == [false, true])
            #expect(readers.last?.atr == "3B80800101")
        }
    }

    @Test func noCardInTime() throws {
        try VirtualReader.require(readers: 2)
        try Emrtd.expectError(
            Emrtd.run(["read", "--json", "--can-file", "-", "--timeout", "1"], input: "003201"), exit: 11,
            code: "noCard", advice: "Put the card on the reader", secret: "003201")
    }

    @Test func noSuchReader() throws {
        try VirtualReader.require(readers: 2)
        try Emrtd.expectError(
            Emrtd.run(["read", "--json", "--can-file", "-", "--timeout", "0", "--reader", "ACR1252"], input: "003201"),
            exit: 10, code: "noReader", advice: "Connect a smart-card reader")
    }

    /// Taken away before the first answer, in PACE, in Chip Authentication and in the middle of the portrait; and in BAC.
    @Test(arguments: [0, 2, 4, 7, 12, 15, 20], [true, false])
    func cardRemoved(after count: Int, pace: Bool) async throws {
        let chip = try WatchedChip(leaveAfter: count) { if !pace { $0.pace = [] } }
        try await chip.inReader {
            let folder = try TemporaryFolder()
            let outcome = try Emrtd.run(
                ["read", "--json", "--mrz-file", "-", "--plan", "everything", "--out", folder("out")],
                input: chip.mrz)
            try Emrtd.expectError(
                outcome, exit: 12, code: "cardRemoved", advice: "leave it there", secret: chip.mrz)
            #expect(chip.commands.count == count + 1)
            // No half of a document is left behind as if it were one.
            #expect(try folder.files(in: "out").isEmpty)
        }
    }

    @Test(arguments: ["exclusive", "transaction"])
    func readerBusy(how: String) async throws {
        let chip = try WatchedChip()
        try await chip.inReader {
            try await VirtualReader.wait(forCard: true)
            let holder = try CardHolder(how)
            try Emrtd.expectError(
                Emrtd.run(["read", "--json", "--can-file", "-"], input: chip.can), exit: 14, code: "readerBusy",
                advice: "Close the other program", secret: chip.can)
            #expect(chip.commands.isEmpty)
            try holder.end()
            #expect(try Emrtd.read(["--can-file", "-", "--plan", "identity"], input: chip.can, exit: 31).access != nil)
        }
    }

    /// One attempt with a wrong password: one MSE, one GENERAL AUTHENTICATE a step, and then nothing.
    @Test(arguments: ["--can-file", "--mrz-file"])
    func wrongPasswordInPACE(option: String) async throws {
        let chip = try WatchedChip()
        try await chip.inReader {
            let wrong = option == "--can-file" ? "654321" : "X0000417Q 830402 310101"
            try Emrtd.expectError(
                Emrtd.run(["read", "--json", option, "-"], input: wrong), exit: 20, code: "wrongPassword",
                advice: "Check what was typed", secret: wrong)
            #expect(chip.count(instruction: 0x22) == 1 && chip.count(instruction: 0x86) == 4)
            // Neither BAC nor anything else follows.
            #expect(chip.commands.suffix(4).allSatisfy { $0[1] == 0x86 })
            #expect(chip.count(instruction: 0x82) == 0)
        }
    }

    @Test func wrongPasswordInBAC() async throws {
        let chip = try WatchedChip { $0.pace = [] }
        try await chip.inReader {
            let wrong = "X0000417Q 830402 310101"
            try Emrtd.expectError(
                Emrtd.run(["read", "--json", "--mrz-file", "-"], input: wrong), exit: 20, code: "wrongPassword",
                advice: "Check what was typed", secret: wrong)
            #expect(chip.count(instruction: 0x84) == 1 && chip.count(instruction: 0x82) == 1)
            #expect(chip.commands.last?[1] == 0x82)
        }
    }

    /// The right password opens the card that has just seen a wrong one.
    @Test func rightPasswordAfterAWrongOne() async throws {
        let chip = try WatchedChip()
        try await chip.inReader {
            #expect(try Emrtd.run(["read", "--can-file", "-"], input: "654321").status == 20)
            let report = try Emrtd.read(["--can-file", "-", "--plan", "identity"], input: chip.can, exit: 31)
            #expect(report.result("access") == "successful")
        }
    }

    @Test func cardOfAnotherKind() async throws {
        let refuse: @Sendable ([UInt8]) -> VirtualCard.Answer = { _ in .response([0x6D, 0x00]) }
        try await VirtualReader.withCard(answer: refuse) { _ in
            try Emrtd.expectError(
                Emrtd.run(["read", "--json", "--mrz-file", "-"], input: "X0000417Q 830401 310101"), exit: 32,
                code: "notAnEMRTD", advice: "another document")
        }
    }

    /// A card that answers nonsense ends the reading and harms nothing.
    @Test(arguments: [
        [], [0x90], [0x90, 0x00], [UInt8](repeating: 0xFF, count: 40), [0x31, 0x84, 0xFF, 0xFF, 0x90, 0x00],
    ])
    func cardThatAnswersNonsense(answer: [UInt8]) async throws {
        let reply: @Sendable ([UInt8]) -> VirtualCard.Answer = { _ in answer.isEmpty ? .leave : .response(answer) }
        try await VirtualReader.withCard(answer: reply) { _ in
            let outcome = try Emrtd.run(["read", "--json", "--mrz-file", "-"], input: "X0000417Q 830401 310101")
            let status = try #require(outcome.status, "emrtd was ended by a signal")
            #expect([12, 32].contains(status), "\(outcome.errors)")
            #expect(try Report(outcome.output).error?.exitCode == status)
        }
    }
}
