import EMRTD
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS
import Testing

@Test func vietnameseCardIsGenuine() async throws {
    let today = Timestamp.now().date
    let day = try #require(try CivilDate(year: today.year, month: today.month, day: today.day))
    let document = try Personaliser(.vietnamCitizen(today: day)).personalise()
    for extended in [true, false] {
        let chip = try SimulatedChip(document, supportsExtendedLength: extended)
        var policy = TrustPolicy.field
        policy.allowsTestPKI = true
        let trust = TrustStore(certificates: [try Certificate(encoded: document.cscaCertificate)])
        let reader = DocumentReader(trust: trust, policy: policy)
        let can = try #require(document.secrets.cardAccessNumber)
        let inspection = try await reader.inspect(chip, with: .can(can), reading: .everything)
        print(inspection.json(masksPersonalData: true))
        #expect(inspection.verdict == .genuine)
    }
}
