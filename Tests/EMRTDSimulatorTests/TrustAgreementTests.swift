import EMRTDCrypto
import EMRTDSimulator
import EMRTDTestSupport
import EMRTDTrust
import LDS
import Testing

/// What the personaliser makes, passive authentication accepts without any leniency: after OpenSSL, the second opinion.
@Suite struct TrustAgreementTests {
    private func report(
        _ document: PersonalisedDocument, state: String, allowsTestPKI: Bool = true,
        change: (inout [UInt8]) -> Void = { _ in }
    ) throws -> PassiveAuthenticationReport {
        var policy = TrustPolicy.strict
        policy.leniencies = []
        policy.requiresRevocation = false
        policy.allowsTestPKI = allowsTestPKI
        var groups: [DataGroupNumber: DataGroupState] = [:]
        for file in document.applicationFiles where file.name.hasPrefix("DG") {
            let number = try #require(DataGroupNumber(rawValue: file.shortIdentifier))
            var content = file.content
            if number == .dg1 { change(&content) }
            groups[number] = file.name == "DG3" ? .accessDenied : .read(content)
        }
        let authentication = PassiveAuthentication(
            store: TrustStore(certificates: [try Certificate(encoded: document.cscaCertificate)]), policy: policy,
            date: try #require(Timestamp(year: 2026, month: 3, day: 1, hour: 12)))
        return authentication.verify(
            PassiveAuthenticationInput(
                efSOD: document.file(named: "EF.SOD")?.content, dataGroups: groups, comDataGroups: Set(groups.keys),
                issuingState: state, documentCode: state == "VNM" ? "ID" : "P"))
    }

    private func options() throws -> [(PersonalisationOptions, String)] {
        let today = try #require(CalendarDate(year: 2026, month: 3, day: 1))
        var pss = PersonalisationOptions.passportTD3(today: today)
        pss.documentSignerKey = .init(.rsaPSS(bits: 2048), .sha256)
        pss.cscaKey = .init(.rsaPKCS1(bits: 3072), .sha512)
        pss.sod = SODBuilder(version: .v1(ldsVersion: "0108", unicodeVersion: "040000"), groupDigest: .sha384)
        pss.sod.signerIdentifier = .subjectKeyIdentifier
        return [(.vietnamCitizen(today: today), "VNM"), (.passportTD3(today: today), "UTO"), (pss, "UTO")]
    }

    @Test func everyCheckIsSuccessful() throws {
        for (options, state) in try options() {
            let report = try report(Personaliser(options).personalise(), state: state)
            #expect(report.isTestPKI && report.dataIsAuthenticated)
            for check in report.checks
            where !check.id.description.hasSuffix("revocation") && check.id != .dataGroup(.dg3) {
                #expect(check.result == .successful, "\(check)")
                #expect(check.leniencies.isEmpty, "\(check)")
            }
        }
    }

    @Test func theMarkKeepsTheAnchorOutOfProduction() throws {
        for (options, state) in try options() {
            let report = try report(Personaliser(options).personalise(), state: state, allowsTestPKI: false)
            #expect(!report.dataIsAuthenticated)
            #expect(report[.dsChain]?.result != .successful)
        }
    }

    @Test func aChangedGroupFails() throws {
        let (options, state) = try #require(try options().first)
        let report = try report(Personaliser(options).personalise(), state: state) { $0[$0.count - 1] ^= 1 }
        #expect(report[.dataGroup(.dg1)]?.result == .failed)
        #expect(report[.dataGroup(.dg2)]?.result == .successful)
    }
}
