import EMRTD
import EMRTDPCSC
import EMRTDSimulator
import EMRTDTrust
import Glibc
import LDS

/// Reads one document and prints what kind it is and the verdict; nothing about the holder.
///
///     ReadAndVerify                 a simulated card in this process
///     ReadAndVerify TRUST           the card on a PC/SC reader; TRUST is a folder with CSCA certificates, and the card
///                                   access number is read from standard input
@main
struct ReadAndVerify {
    static func main() async {
        do {
            let arguments = CommandLine.arguments.dropFirst()
            switch (arguments.count, arguments.first) {
            case (0, _): show(try await readSimulatedCard())
            case (1, let trust?): show(try await readCard(trusting: trust))
            default: print("usage: ReadAndVerify [TRUST]")
            }
        } catch let error as EMRTDError {
            // What happened, and what the person at the desk can do about it.
            print(error)
            print(error.remedy.advice)
            exit(1)
        } catch {
            // No reader, no card, an unreadable trust store: the error says what to do.
            print(error)
            exit(1)
        }
    }

    /// Reads the card on a PC/SC reader. One attempt is made with the number.
    static func readCard(trusting folder: String) async throws -> Inspection {
        let reader = DocumentReader(trust: try TrustStore(contentsOf: folder))
        let key = try AccessKey.can(readLine() ?? "")
        let card = try await PCSC.waitForCard(timeout: .seconds(30))
        return try await reader.inspect(card, with: key, reading: .identityAndPortrait)
    }

    /// Reads a card of an invented person. Its CSCA is a test PKI's, so the policy must allow that by name.
    static func readSimulatedCard() async throws -> Inspection {
        let today = CalendarDate(clampingDaysSinceEpoch: Int(Timestamp.now().secondsSince1970 / 86_400))
        let document = try Personaliser(.vietnamCitizen(today: today)).personalise()
        let trust = TrustStore(certificates: [try Certificate(encoded: document.cscaCertificate)])
        var policy = TrustPolicy.field
        policy.allowsTestPKI = true
        let reader = DocumentReader(trust: trust, policy: policy)
        let key = try AccessKey.can(document.secrets.cardAccessNumber ?? "")
        return try await reader.inspect(try SimulatedChip(document), with: key) { event in
            if case .stage(let stage) = event { print("\(stage.rawValue) ...") }
        }
    }

    /// Prints the verdict, and every check that was not successful. Data of the document is shown only as far as it is
    /// authenticated.
    static func show(_ inspection: Inspection) {
        if inspection.isDataAuthenticated, let mrz = inspection.document.mrz {
            print("document type: \(mrz.documentCode) of \(mrz.issuingState)")
        } else {
            print("document type: not authenticated")
        }
        for check in inspection.checks where check.result != .successful {
            print("\(check.id): \(check.result.rawValue), \(check.reason)")
        }
        print("verdict: \(inspection.verdict.rawValue)" + (inspection.usesTestPKI ? " (TEST PKI)" : ""))
    }
}
