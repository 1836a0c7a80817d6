import ArgumentParser
import EMRTD
import EMRTDSimulator
import EMRTDTrust
import LDS

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Read a simulated Vietnamese citizen card from end to end; needs no reader.")

    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await reportingErrors(json: output.json) {
            let document = try Personaliser(.vietnamCitizen(today: Today.date())).personalise()
            let chip = try SimulatedChip(document)
            var policy = TrustPolicy.field
            policy.allowsTestPKI = true
            let store = TrustStore(certificates: [try Certificate(encoded: document.cscaCertificate)])
            let reader = DocumentReader(trust: store, policy: policy)
            if !output.json {
                Console.out(
                    "A simulated Vietnamese citizen card of an invented person, opened with its card access number.")
                Console.out("")
            }
            let inspection = try await reader.inspect(
                chip, with: .can(document.secrets.cardAccessNumber ?? ""), reading: .everything)
            output.show(inspection, trust: TrustSummary(store: store, policy: policy))
            try ExitStatus.end(after: inspection, acceptsDataAuthentic: false)
        }
    }
}

/// The present day in UTC.
enum Today {
    static func date() throws -> CalendarDate {
        guard let today = CalendarDate(secondsSinceEpoch: Timestamp.now().secondsSince1970) else {
            throw PersonalisationError(.invalidDate, "the system clock is outside the years 1 to 9999; set it")
        }
        return today
    }
}
