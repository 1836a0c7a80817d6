import EMRTD
import EMRTDCrypto
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// What may open a chip is decided by the policy, and what was used is in the report.
@Suite(.leavesNoSecrets) struct AccessPolicyTests {
    /// GENERAL AUTHENTICATE of PACE fails at one of its steps, from 0, with a status word; everything else works.
    private func channel(_ document: PersonalisedDocument, failingAt step: Int, _ status: [UInt8]) throws
        -> TamperedChannel
    {
        let count = Shared(0)
        return TamperedChannel(try SimulatedChip(document)) { _, command in
            guard command[1] == 0x86, command[0] & 0x0C == 0 else { return .pass }
            let number = count.update { count in
                defer { count += 1 }
                return count
            }
            return number == step ? .answer(status) : .pass
        }
    }

    private static let failures: [[UInt8]] = [
        [0x6F, 0x00], [0x69, 0x85], [0x6A, 0x80], [0x67, 0x00], [0x90, 0x00], [0x7C, 0x00, 0x90, 0x00],
    ]

    /// The default: PACE that fails is followed by nothing.
    @Test func nothingFollowsPACEByDefault() async throws {
        let document = try TestDocuments.passportTD3()
        for step in 0...3 {
            for status in Self.failures {
                let channel = try channel(document, failingAt: step, status)
                let error = try await Reading.error(document, through: channel, with: document.mrzKey)
                #expect(error?.code == .accessFailed, "step \(step), \(status): \(error.map { "\($0)" } ?? "none")")
                #expect(channel.count(ins: 0x84) == 0 && channel.count(ins: 0x82) == 0 && channel.resets == 0)
            }
        }
    }

    /// Attack 17, and Q13: BAC after a reset, where the policy says so, and never in silence.
    @Test(arguments: [0, 1, 2], [AccessPolicy.AfterPACEFailure.bacUndetermined, .bacAccepted])
    func bacAfterPACE(_ step: Int, _ rule: AccessPolicy.AfterPACEFailure) async throws {
        let document = try TestDocuments.passportTD3()
        var policy = AccessPolicy.tolerant
        #expect(policy.afterPACEFailure == .bacUndetermined)
        policy.afterPACEFailure = rule
        for status in Self.failures {
            let channel = try channel(document, failingAt: step, status)
            let inspection = try await Reading.inspect(
                document, through: channel, with: document.mrzKey, access: policy)
            #expect(inspection.verdict == (rule == .bacAccepted ? .genuine : .undetermined), "\(inspection.summary)")
            #expect(inspection.outcome(.downgrade) == "undetermined downgrade.paceFailed")
            #expect(inspection.access?.protocol == .bac && inspection.access?.policy == "tolerant")
            #expect(inspection.access?.leniencies == ["bacAfterPACEFailed"])
            #expect(inspection.protocols.map(\.name) == [.pace, .bac, .chipAuthentication, .activeAuthentication])
            #expect(inspection.protocols.first?.outcome != .successful)
            #expect(inspection.notes.contains { $0.contains("PACE failed") })
            // The reset comes between the two.
            #expect(channel.resets == 1 && channel.count(ins: 0x82) == 1)
        }
    }

    /// A wrong password is never followed by another protocol, whatever the policy, and neither is an answer to the token that
    /// does not say whether it was the password.
    @Test func bacNeverFollowsAJudgedPassword() async throws {
        let document = try TestDocuments.passportTD3()
        let wrong = try AccessKey.mrz(documentNumber: "X0000418", dateOfBirth: "830401", dateOfExpiry: "351121")
        let plain = TamperedChannel(try SimulatedChip(document))
        let error = try await Reading.error(document, through: plain, with: wrong, access: .tolerant)
        #expect(error?.code == .wrongPassword && plain.count(ins: 0x84) == 0 && plain.resets == 0)
        // 6F00 says that the command could not be run at all, and nothing about the password.
        for status in Self.failures.dropFirst() + [[0x63, 0x00], [0x63, 0xC2], [0x69, 0x82], [0x69, 0x83]] {
            let channel = try channel(document, failingAt: 3, status)
            let error = try await Reading.error(document, through: channel, with: document.mrzKey, access: .tolerant)
            #expect(error != nil && channel.count(ins: 0x84) == 0 && channel.resets == 0, "\(status)")
        }
    }

    /// Q7: what BAC says on a chip that wants PACE is nothing about the key.
    @Test(arguments: [[0x63, 0x00], [0x69, 0x82], [0x69, 0x85], [0x69, 0x88], [0x6A, 0x88]] as [[UInt8]])
    func bacOnAChipThatWantsPACE(_ status: [UInt8]) async throws {
        let document = try TestDocuments.passportTD3()
        for ins: UInt8 in [0x84, 0x82] {
            let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
                switch command[1] {
                case 0x22: .answer([0x69, 0x85])
                case ins: .answer(status)
                default: .pass
                }
            }
            let error = try await Reading.error(document, through: channel, with: document.mrzKey, access: .tolerant)
            #expect([.accessFailed, .accessNotSupported].contains(error?.code), "\(error.map { "\($0)" } ?? "none")")
            #expect(error?.remedy != .checkPassword)
        }
        // Without EF.CardAccess it is open what the chip wants.
        let silent = TamperedChannel(try SimulatedChip(document)) { _, command in
            if command[0] == 0, command[1] == 0xA4, command[2] == 0x02 { return .answer([0x69, 0x82]) }
            return command[1] == 0x82 ? .answer(status) : .pass
        }
        let error = try await Reading.error(document, through: silent, with: document.mrzKey)
        #expect(error?.code == (status == [0x63, 0x00] ? .wrongPassword : .accessFailed))
    }

    @Test func waysThatThePolicyTakesAway() async throws {
        let bac = try TestDocuments.bacOnly()
        var noBAC = AccessPolicy.field
        noBAC.allowsBAC = false
        var strong = AccessPolicy.field
        strong.minimumStrength = 112
        for policy in [noBAC, strong, .strict] {
            let channel = TamperedChannel(try SimulatedChip(bac))
            let error = try await Reading.error(bac, through: channel, with: bac.mrzKey, access: policy)
            #expect(error?.code == .accessNotAllowed && channel.count(ins: 0x84) == 0)
        }
        let weak = try TestDocuments.passport {
            $0.pace = [PACEOffer(.generic, .ecdh, .tripleDES, parameterId: 12)]
        }
        for policy in [strong, .strict] {
            let channel = TamperedChannel(try SimulatedChip(weak))
            let error = try await Reading.error(weak, through: channel, with: weak.mrzKey, access: policy)
            #expect(error?.code == .accessNotAllowed && channel.count(ins: 0x22) == 0 && channel.count(ins: 0x84) == 0)
        }
        #expect(try await Reading.inspect(weak).access?.cipher == .tripleDES)
        let good = try TestDocuments.passportTD3()
        #expect(try await Reading.inspect(good, access: .strict).verdict == .genuine)
    }

    /// The card offers two variants and refuses the stronger one.
    @Test func strongerVariantRefused() async throws {
        let document = try TestDocuments.passport { options in
            options.pace = [
                PACEOffer(.generic, .ecdh, .aes256, parameterId: 17),
                PACEOffer(.generic, .ecdh, .aes128, parameterId: 13),
            ]
        }
        let channel = TamperedChannel(try SimulatedChip(document)) { number, command in
            // Once with DO'84' and, after 6A80, once without.
            command[1] == 0x22 && command[0] & 0x0C == 0 && number < 5 ? .answer([0x6A, 0x80]) : .pass
        }
        let inspection = try await Reading.inspect(document, through: channel)
        #expect(inspection.access?.parameterId == 13 && inspection.access?.leniencies == ["strongerPACERefused"])
        #expect(inspection.outcome(.downgrade) == "undetermined downgrade.weakerProtocol")
        #expect(inspection.protocols.prefix(2).map(\.outcome) == [.refused, .successful])
    }
}
