import EMRTD
import EMRTDCrypto
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import Testing

/// Chips that judge the length of a command before they look under secure messaging, in the commands of the chip's proofs.
@Suite(.leavesNoSecrets) struct ChipProofLengthTests {
    /// Whether a protected command with this instruction is in extended length.
    private static func isExtended(_ command: [UInt8], _ instructions: Set<UInt8>) -> Bool {
        command.count > 7 && command[0] & 0x0C == 0x0C && instructions.contains(command[1]) && command[4] == 0
    }

    /// Whether a part of a chain is not a whole protected command, with a MAC of its own.
    private static func isPiece(_ command: [UInt8]) -> Bool {
        guard command[0] == 0x1C, let parsed = try? CommandAPDU(parsing: command) else { return false }
        return Array(parsed.data.suffix(10).prefix(2)) != [0x8E, 0x08]
    }

    /// The key of 2048 bits needs a chain; this chip takes one only of commands that are protected each by itself.
    @Test(arguments: [BlockCipher.tripleDES, .aes128]) func chipAuthenticationInProtectedParts(_ cipher: BlockCipher)
        async throws
    {
        let document = try TestDocuments.passport {
            $0.chipAuthentication = [.init(.dh(.modp2048q256), [cipher])]
            $0.activeAuthentication = nil
        }
        let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
            if Self.isExtended(command, [0x22, 0x86]) { return .answer([0x67, 0x00]) }
            return Self.isPiece(command) ? .answer([0x69, 0x88]) : .pass
        }
        let inspection = try await Reading.inspect(document, through: channel)
        #expect(inspection.outcome(.chipCA) == "successful ok", "\(inspection.summary)")
        #expect(inspection.verdict == .genuine, "\(inspection.summary)")
        let parts = channel.sent.filter { $0[0] == 0x1C && !Self.isPiece($0) }
        #expect(!parts.isEmpty && parts.allSatisfy { $0.count <= 261 })
        #expect(channel.resets >= 1)
    }

    /// A chip that takes none of them is asked a bounded number of times, and reported as one that refuses.
    @Test func chipAuthenticationInNoWay() async throws {
        let document = try TestDocuments.passport {
            $0.chipAuthentication = [.init(.dh(.modp2048q256), [.aes128])]
            $0.activeAuthentication = nil
        }
        let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
            if Self.isExtended(command, [0x86]) { return .answer([0x67, 0x00]) }
            return command[0] == 0x1C ? .answer([0x69, 0x88]) : .pass
        }
        let inspection = try await Reading.inspect(document, through: channel)
        #expect(inspection.outcome(.chipCA) == "undetermined chip.refused", "\(inspection.summary)")
        #expect(!inspection.isGreen, "\(inspection.summary)")
        #expect(channel.count(ins: 0x86) < 20)
    }

    /// A signature of 2048 bits is asked for in the other form, in a new session and with a new challenge.
    @Test(arguments: [true, false]) func activeAuthenticationInOneForm(_ refusesExtended: Bool) async throws {
        let document = try TestDocuments.passport {
            $0.chipAuthentication = []
            $0.activeAuthentication = .rsa(bits: 2048)
        }
        let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
            guard command[1] == 0x88, command[0] & 0x0C == 0x0C else { return .pass }
            return Self.isExtended(command, [0x88]) == refusesExtended ? .answer([0x67, 0x00]) : .pass
        }
        let inspection = try await Reading.inspect(document, through: channel)
        #expect(inspection.outcome(.chipAA) == "successful ok", "\(inspection.summary)")
        #expect(inspection.verdict == .genuine, "\(inspection.summary)")
        let commands = channel.sent.filter { $0[1] == 0x88 }
        #expect(commands.count <= 2 && Set(commands).count == commands.count)
    }

    /// 6700 for every form is a refusal and no reason to go on for ever.
    @Test func activeAuthenticationInNoForm() async throws {
        let document = try TestDocuments.passport {
            $0.chipAuthentication = []
            $0.activeAuthentication = .rsa(bits: 2048)
        }
        let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
            command[1] == 0x88 && command[0] & 0x0C == 0x0C ? .answer([0x67, 0x00]) : .pass
        }
        let inspection = try await Reading.inspect(document, through: channel)
        #expect(inspection.outcome(.chipAA) == "undetermined chip.refused", "\(inspection.summary)")
        #expect(!inspection.isGreen && channel.count(ins: 0x88) == 2, "\(inspection.summary)")
    }
}
