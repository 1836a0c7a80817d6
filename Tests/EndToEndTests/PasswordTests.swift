import EMRTD
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// After a wrong password one attempt only, and never a weaker protocol.
@Suite(.leavesNoSecrets) struct PasswordTests {
    private func wrongMRZ() throws -> AccessKey {
        try .mrz(documentNumber: "X0000418", dateOfBirth: "830401", dateOfExpiry: "351121")
    }

    /// GENERAL AUTHENTICATE without the chaining bit: the attempt that a card counts.
    private func attempts(_ channel: TamperedChannel) -> Int {
        channel.count(ins: 0x86, isChained: false) + channel.count(ins: 0x82)
    }

    @Test func wrongCAN() async throws {
        for document in [try TestDocuments.vietnamCitizen(), try TestDocuments.passportTD3()] {
            for can in ["000124", "12345", "0123456", "1234567890123456"] {
                let channel = TamperedChannel(try SimulatedChip(document))
                let error = try await Reading.error(document, through: channel, with: .can(can))
                #expect(error?.code == .wrongPassword && error?.remedy == .checkPassword && error?.stage == .access)
                #expect(error?.statusWord == 0x6300)
                #expect(attempts(channel) == 1 && channel.count(ins: 0x84) == 0)
                #expect(channel.count(ins: 0x22) == 1)
            }
        }
    }

    @Test func wrongMRZWithPACE() async throws {
        let document = try TestDocuments.passportTD3()
        let channel = TamperedChannel(try SimulatedChip(document))
        let error = try await Reading.error(document, through: channel, with: wrongMRZ())
        #expect(error?.code == .wrongPassword && attempts(channel) == 1)
        #expect(channel.count(ins: 0x84) == 0 && channel.count(ins: 0x82) == 0, "never BAC after PACE failed")
    }

    @Test func wrongMRZWithBAC() async throws {
        let document = try TestDocuments.passport { options in
            options.pace = []
            options.cardAccessNumber = nil
        }
        let channel = TamperedChannel(try SimulatedChip(document))
        let error = try await Reading.error(document, through: channel, with: wrongMRZ())
        #expect(error?.code == .wrongPassword && error?.remedy == .checkPassword)
        #expect(channel.count(ins: 0x82) == 1 && channel.count(ins: 0x84) == 1 && attempts(channel) == 1)
    }

    @Test func rightMRZAfterPACERefusedIsNoWrongPassword() async throws {
        // Q7: never "wrong password" where the protocol was refused. PACE is offered, the chip has lost it.
        let document = try TestDocuments.passportTD3()
        for status: [UInt8] in [[0x6A, 0x80], [0x6A, 0x88], [0x6D, 0x00], [0x69, 0x85], [0x69, 0x82]] {
            let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
                command[1] == 0x22 ? .answer(status) : .pass
            }
            let error = try await Reading.error(document, through: channel, with: document.mrzKey)
            #expect(
                error?.code == .accessNotSupported || error?.code == .accessFailed, "\(error.map { "\($0)" } ?? "none")"
            )
            #expect(channel.count(ins: 0x82) == 0 && channel.count(ins: 0x86) == 0)
        }
    }

    @Test(
        arguments: [[0x63, 0xC1], [0x63, 0xC0], [0x69, 0x83], [0x69, 0x82], [0x6F, 0x00], [0x90, 0x00]] as [[UInt8]])
    func answersToTheToken(_ status: [UInt8]) async throws {
        let document = try TestDocuments.passportTD3()
        let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
            command[1] == 0x86 && command[0] & 0x10 == 0 ? .answer(status) : .pass
        }
        let error = try await Reading.error(document, through: channel)
        let expected: EMRTDError.Code =
            switch status {
            case [0x63, 0xC0], [0x69, 0x83]: .passwordBlocked
            case [0x6F, 0x00], [0x90, 0x00]: .accessFailed
            default: .wrongPassword
            }
        #expect(error?.code == expected && attempts(channel) == 1, "\(error.map { "\($0)" } ?? "none")")
        #expect(channel.count(ins: 0x84) == 0)
    }

    @Test func documentWithoutCAN() async throws {
        let document = try TestDocuments.passport { $0.cardAccessNumber = nil }
        let channel = TamperedChannel(try SimulatedChip(document))
        let error = try await Reading.error(document, through: channel, with: .can("123456"))
        #expect(error?.code == .accessNotSupported && attempts(channel) == 0, "\(error.map { "\($0)" } ?? "none")")
        #expect(try await Reading.inspect(document, with: document.mrzKey).verdict == .genuine)
    }

    @Test func cardsThatAreNoEMRTD() async throws {
        let document = try TestDocuments.passportTD3()
        for status: [UInt8] in [[0x6A, 0x82], [0x6D, 0x00], [0x6E, 0x00], [0x6F, 0x00], [0x69, 0x82]] {
            let channel = TamperedChannel(try SimulatedChip(document)) { _, _ in .answer(status) }
            let withMRZ = try await Reading.error(document, through: channel, with: document.mrzKey)
            #expect(withMRZ?.code == .notAnEMRTD && channel.sent.count < 12)
            let second = TamperedChannel(try SimulatedChip(document)) { _, _ in .answer(status) }
            #expect(try await Reading.error(document, through: second)?.code == .notAnEMRTD)
        }
    }
}
