import EMRTD
import EMRTDCrypto
import EMRTDProtocol
import EMRTDSimulator
import ISO7816
import LDS
import Testing

/// Thousands of runs, so that every value with leading zeros comes up (quirk Q11): about one in 256 shared secrets of
/// brainpoolP256r1 begins with a zero byte, and every second one of P-521.
@Suite(.leavesNoSecrets) struct PACERunsTests {
    static let runs = 2000

    @Test(arguments: [StandardCurve.secp521r1, .brainpoolP256r1])
    func everyRunSucceeds(_ curve: StandardCurve) async throws {
        let document = try TestDocuments.passport { options in
            options.pace = [PACEOffer(.generic, .ecdh, .aes128, parameterId: curve.rawValue)]
            options.activeAuthentication = nil
            options.chipAuthentication = []
        }
        let chip = try SimulatedChip(document)
        let infos = try SecurityInfos(parsing: document.content("EF.CardAccess"))
        let parameters = try #require(PACEParameters.choices(infos.paceInfos).first)
        let keys = [try document.can, try document.mrzKey]
        let start = ContinuousClock.now
        var failures: [String] = []
        for run in 0..<Self.runs {
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
        print("PACE: \(Self.runs) runs on \(curve) in \(ContinuousClock.now - start)")
        #expect(failures.isEmpty, "\(failures.count) failures: \(failures.prefix(3))")
    }
}
