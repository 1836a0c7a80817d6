import EMRTDCrypto
import EMRTDProtocol
import EMRTDSimulator
import EMRTDTrust
import LDS
import Testing

/// The simulator's encoder of CV certificates and the library's decoder share no code: they must agree.
@Suite struct TerminalPKIAgreementTests {
    @Test func certificatesAndKey() async throws {
        let today = try #require(CalendarDate("2026-03-01"))
        let pki = try TerminalPKI(country: "XX", today: today, rights: .fingerprints)
        let root = try CVCertificate(parsing: pki.certificationAuthority)
        let points = try CVTrustPoints([root], date: today, clock: .exact)
        var file = try pki.encodedTerminalKey()
        let credentials = try TerminalCredentials(
            certificates: [pki.inspectionSystem, pki.certificationAuthority, pki.documentVerifier],
            key: SoftwareTerminalKey(clearing: &file))
        #expect(file.allSatisfy { $0 == 0 })
        let (terminal, _) = try credentials.path(from: points.references).verify(from: points).get()
        #expect(terminal.authorization.readsDG3 && !terminal.authorization.readsDG4)
        #expect(terminal.publicKey == pki.terminalKey.publicKey)
    }

    @Test func anotherPKIIsNone() throws {
        let today = try #require(CalendarDate("2026-03-01"))
        let (one, other) = try (TerminalPKI(country: "XX", today: today), TerminalPKI(country: "XX", today: today))
        var file = try other.encodedTerminalKey()
        let key = try SoftwareTerminalKey(clearing: &file)
        #expect(throws: ProtocolError(.invalidCredentials, "", step: "")) {
            try TerminalCredentials(certificates: [one.documentVerifier, one.inspectionSystem], key: key)
        }
        // The names fit, the signatures do not; and the days pass.
        let chain = try #require(
            CVCertificateChain([other.documentVerifier, other.inspectionSystem].map { try CVCertificate(parsing: $0) }))
        for (trust, days, code) in [
            (one, 0, CVRefusal.Code.invalidSignature), (other, 21, .expired), (other, -11, .notYetEffective),
        ] {
            let points = try CVTrustPoints(
                [CVCertificate(parsing: trust.certificationAuthority)], date: today.adding(days: days), clock: .exact)
            guard case .failure(let refusal) = try chain.verify(from: points) else {
                Issue.record("\(code)")
                continue
            }
            #expect(refusal.code == code)
        }
    }
}
