import EMRTD
import EMRTDCrypto
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// A PIN is counted by the card: its tries are told, the last one is not used up without leave, and nothing is guessed.
@Suite(.leavesNoSecrets) struct PINTests {
    private func card() throws -> PersonalisedDocument {
        try Personaliser(.identityCardTD1(today: TestDocuments.today)).personalise()
    }

    private func pin(_ digits: String, can: AccessKey? = nil) throws -> AccessKey {
        try .pin(Array(digits.utf8), resumingWith: can)
    }

    private func attempt(
        _ document: PersonalisedDocument, _ chip: SimulatedChip, _ key: AccessKey, allowsLastTry: Bool = false
    ) async throws -> Result<Inspection, EMRTDError> {
        var policy = AccessPolicy.field
        policy.allowsLastTry = allowsLastTry
        // The chip lives on, with its counters, when a reading ends.
        let channel = OpenChannel(chip)
        do {
            return .success(try await Reading.inspect(document, through: channel, with: key, access: policy))
        } catch let error as EMRTDError {
            return .failure(error)
        }
    }

    @Test func opensTheCard() async throws {
        let document = try card()
        let inspection = try await Reading.inspect(
            document, with: pin(document.secrets.personalIdentificationNumber ?? ""))
        #expect(inspection.verdict == .genuine && inspection.access?.password == .pin, "\(inspection.summary)")
    }

    @Test func triesAreToldAndTheLastIsKept() async throws {
        let document = try card()
        let chip = try SimulatedChip(document)
        let right = document.secrets.personalIdentificationNumber ?? ""
        let can = try document.can
        for left in [2, 1] {
            guard case .failure(let error) = try await attempt(document, chip, pin("999999")) else {
                Issue.record("a wrong PIN opened the card")
                return
            }
            #expect(error.code == .wrongPassword && error.retriesLeft == left && error.remedy == .checkPassword)
        }
        // One is left: neither a wrong nor the right PIN uses it up without leave, with or without the CAN.
        for key in [try pin("999999"), try pin(right), try pin(right, can: can)] {
            guard case .failure(let error) = try await attempt(document, chip, key) else {
                Issue.record("the last try was used")
                return
            }
            #expect(error.code == .passwordSuspended && error.remedy == .allowLastTry && error.retriesLeft == 1)
        }
        // With leave a suspended PIN needs the CAN, which is not guessed.
        guard case .failure(let error) = try await attempt(document, chip, pin(right), allowsLastTry: true) else {
            Issue.record("a suspended PIN opened the card without the CAN")
            return
        }
        #expect(error.code == .passwordSuspended)
        // With both the card opens, and the counter is whole again.
        guard
            case .success(let inspection) = try await attempt(
                document, chip, pin(right, can: can), allowsLastTry: true)
        else {
            Issue.record("PIN and CAN did not open the card")
            return
        }
        #expect(inspection.verdict == .genuine && inspection.access?.password == .pin)
        #expect(inspection.notes.contains { $0.contains("last try") })
        guard case .success = try await attempt(document, chip, pin(right)) else {
            Issue.record("the PIN is not what it was")
            return
        }
    }

    @Test func blockedPIN() async throws {
        let document = try card()
        let chip = try SimulatedChip(document)
        for _ in 0..<2 { _ = try await attempt(document, chip, pin("999999")) }
        _ = try await attempt(document, chip, pin("999999", can: document.can), allowsLastTry: true)
        for allows in [false, true] {
            guard
                case .failure(let error) = try await attempt(
                    document, chip, pin("999999", can: document.can), allowsLastTry: allows)
            else {
                Issue.record("a blocked PIN opened the card")
                return
            }
            #expect(error.code == .passwordBlocked && error.remedy == .unblockPIN, "\(error)")
        }
        // The CAN still opens it.
        guard case .success(let inspection) = try await attempt(document, chip, document.can) else {
            Issue.record("the CAN does not open the card")
            return
        }
        #expect(inspection.verdict == .genuine)
    }

    @Test func malformedKeys() {
        for digits in ["", "12345678901234567", "12 456", "12\u{7}456"] {
            #expect(throws: EMRTDError(.invalidAccessKey, "", stage: .access, remedy: .checkPassword)) {
                try AccessKey.pin(Array(digits.utf8))
            }
            #expect(throws: EMRTDError.self) { try AccessKey.puk(Array(digits.utf8)) }
        }
        #expect(throws: EMRTDError.self) {
            try AccessKey.pin(Array("123456".utf8), resumingWith: .puk(Array("1234567890".utf8)))
        }
    }
}

/// A channel that leaves the chip open at its end.
private final class OpenChannel: CardChannel {
    let properties: CardChannelProperties
    private let chip: SimulatedChip

    init(_ chip: SimulatedChip) {
        self.chip = chip
        properties = chip.properties
    }

    func transmit(_ command: [UInt8]) async throws -> [UInt8] { try await chip.transmit(command) }
    func reset() async throws { chip.reset() }
    func close() async { chip.reset() }
}
