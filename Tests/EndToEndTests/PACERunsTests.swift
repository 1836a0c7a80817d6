import EMRTD
import EMRTDCrypto
import EMRTDProtocol
import EMRTDSimulator
import ISO7816
import LDS
import Testing

/// Many runs, so that values with leading zeros come up (quirk Q11): about one in 256 numbers of a prime field and x
/// coordinates of brainpoolP256r1 begins with a zero byte, and every second one of P-521.
@Suite(.leavesNoSecrets) struct PACERunsTests {
    struct Loop: Sendable, CustomTestStringConvertible {
        let agreement: PACEOffer.Agreement
        let parameterId: UInt8
        let runs: Int
        var testDescription: String { "\(runs) runs with parameter id \(parameterId)" }
    }

    @Test(arguments: [
        Loop(agreement: .dh, parameterId: 0, runs: 500), Loop(agreement: .dh, parameterId: 1, runs: 500),
        Loop(agreement: .dh, parameterId: 2, runs: 500), Loop(agreement: .ecdh, parameterId: 13, runs: 2000),
        Loop(agreement: .ecdh, parameterId: 18, runs: 2000),
    ])
    func everyRunSucceeds(_ loop: Loop) async throws {
        let document = try TestDocuments.passport { options in
            options.pace = [PACEOffer(.generic, loop.agreement, .aes128, parameterId: loop.parameterId)]
            options.activeAuthentication = nil
            options.chipAuthentication = []
        }
        let chip = try SimulatedChip(document)
        let infos = try SecurityInfos(parsing: document.content("EF.CardAccess"))
        let parameters = try #require(PACEParameters.choices(infos.paceInfos).first)
        let keys = [try document.can, try document.mrzKey]
        let start = ContinuousClock.now
        var failures: [String] = []
        for run in 0..<loop.runs {
            chip.reset()
            do {
                let plain = PlainExchange(chip)
                let terminal = try PACETerminal(parameters, password: keys[run % 2].pacePassword)
                let success = try await terminal.run(plain)
                // Both sides have the same keys only if this is understood both ways.
                let session = SecureMessaging(over: plain, context: try success.keys.makeContext())
                let response = try await session.exchange(.select(application: ElementaryFile.applicationIdentifier))
                if !response.statusWord.isSuccess { failures.append("run \(run): \(response.statusWord)") }
            } catch {
                failures.append("run \(run): \(error)")
            }
        }
        print("PACE: \(loop.testDescription) in \(ContinuousClock.now - start)")
        #expect(failures.isEmpty, "\(failures.count) failures: \(failures.prefix(3))")
    }
}
