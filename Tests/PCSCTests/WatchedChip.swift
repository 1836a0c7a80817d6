import EMRTDSimulator
import Foundation
import LDS
import Synchronization

/// A simulated chip that lives in the tests' process, so that they see every command and can take the card away.
final class WatchedChip: Sendable {
    let document: PersonalisedDocument
    private let chip: SimulatedChip
    private let leaveAfter: Int?
    private let log = Mutex<[[UInt8]]>([])

    /// A passport of today with options changed. After `leaveAfter` commands the card goes instead of answering one more.
    init(leaveAfter: Int? = nil, _ change: (inout PersonalisationOptions) -> Void = { _ in }) throws {
        let today = CalendarDate(clampingDaysSinceEpoch: Int(Date().timeIntervalSince1970 / 86_400))
        var options = PersonalisationOptions.passportTD3(today: today)
        change(&options)
        document = try Personaliser(options).personalise()
        chip = try SimulatedChip(document)
        self.leaveAfter = leaveAfter
    }

    /// The commands so far.
    var commands: [[UInt8]] { log.withLock { $0 } }

    /// How many commands with an instruction there were.
    func count(instruction: UInt8) -> Int { commands.count { $0.count > 1 && $0[1] == instruction } }

    var can: String { document.secrets.cardAccessNumber ?? "" }
    var mrz: String { document.secrets.mrz.joined(separator: "\n") }

    /// Runs a test with the chip in a slot.
    func inReader(slot: Int = 0, _ body: () async throws -> Void) async throws {
        try await VirtualReader.withCard(slot: slot, onReset: { self.chip.reset() }, answer: answer) { _ in
            try await body()
        }
    }

    private func answer(_ command: [UInt8]) -> VirtualCard.Answer {
        let count = log.withLock { log in
            log.append(command)
            return log.count
        }
        if let leaveAfter, count > leaveAfter { return .leave }
        return .response(chip.process(command))
    }
}
