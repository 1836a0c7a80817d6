import EMRTDTestSupport
@testable import EMRTDTrust
import Testing

@Suite("Signing time, private key usage and document types of the signer")
struct SignerCheckTests {
    typealias E = BuiltPKI.Extensions

    private func report(
        signer: BuiltPKI.Options = .init(), csca: BuiltPKI.Options = .init(), signed: String? = "260101000000Z",
        policy: TrustPolicy = .field, code: String? = "ID"
    ) throws -> PassiveAuthenticationReport {
        let authority = try BuiltPKI.csca("CSCA", csca)
        let holder = try BuiltPKI.signer(authority, signer)
        let sod = try BuiltPKI.sod(BuiltPKI.groups, holder, .init(signingTime: signed))
        return BuiltPKI.report(sod, TrustStore(certificates: [authority.certificate]), policy: policy, code: code)
    }

    private func expect(
        _ report: PassiveAuthenticationReport, _ id: CheckID, _ outcome: CheckOutcome, _ code: CheckCode,
        green: Bool, _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(report[id]?.result == outcome, "\(report.checks)", sourceLocation: location)
        #expect(report[id]?.code == code, "\(report.checks)", sourceLocation: location)
        #expect(isGreen(report) == green, "\(report.checks)", sourceLocation: location)
    }

    @Test func signingTime() throws {
        let honest = try report()
        expect(honest, .dsValidityAtSigning, .successful, .ok, green: true)
        expect(try report(signed: nil), .dsValidityAtSigning, .undetermined, .dsSigningTimeUnknown, green: true)
        expect(
            try report(signer: .init(end: "20250901000000Z")), .dsValidityAtSigning, .failed, .dsExpiredAtSigning,
            green: false)
        expect(
            try report(signer: .init(start: "20260601000000Z")), .dsValidityAtSigning, .failed,
            .dsNotYetValidAtSigning, green: false)
        expect(
            try report(csca: .init(end: "20250901000000Z")), .dsValidityAtSigning, .failed, .cscaExpiredAtSigning,
            green: false)
        expect(
            try report(csca: .init(start: "20260601000000Z")), .dsValidityAtSigning, .undetermined,
            .cscaNotYetValidAtSigning, green: true)
        expect(
            try report(signed: "270301000000Z"), .dsValidityAtSigning, .undetermined, .dsSignedInFuture, green: false)
        // A clock may be off by a day, where the policy tolerates it.
        let soon = try report(signed: "270116070000Z")
        expect(soon, .dsValidityAtSigning, .successful, .ok, green: true)
        #expect(soon[.dsValidityAtSigning]?.leniencies == [.periodMissedByADay])
        #expect(soon[.dsValidityAtSigning]?.reason.contains("tolerates") == true)
        let strict = try report(signed: "270116070000Z", policy: .strict)
        #expect(strict[.dsValidityAtSigning]?.code == .dsSignedInFuture)
        // A signer that is unreadable in its period has its own code.
        expect(
            try report(signer: .init(end: "2026")), .dsValidityAtSigning, .undetermined, .dsValidityUnreadable,
            green: false)
        // An attribute that is no time counts as absent.
        expect(try report(signed: "26"), .dsValidityAtSigning, .undetermined, .dsSigningTimeUnknown, green: true)
    }

    @Test func oneDayIsANamedLeniency() throws {
        let late = BuiltPKI.Options(start: "20260101120000Z")
        let field = try report(signer: late)
        expect(field, .dsValidityAtSigning, .successful, .ok, green: true)
        #expect(field[.dsValidityAtSigning]?.leniencies == [.periodMissedByADay])
        #expect(try report(signer: late, policy: .strict)[.dsValidityAtSigning]?.code == .dsNotYetValidAtSigning)
        let next = BuiltPKI.Options(start: "20260102000001Z")
        #expect(try report(signer: next)[.dsValidityAtSigning]?.code == .dsNotYetValidAtSigning)
    }

    /// The clock of an issuer may be off by as long as a document signer is used, which the policy tolerates or not.
    @Test func clocksOfIssuers() throws {
        var tolerant = TrustPolicy.field
        tolerant.leniencies.insert(.signingTimeOutsidePeriod)
        // Signed on 2026-01-01: before the period by 2 and by 92 days, and after it by 92.
        for options in [
            BuiltPKI.Options(start: "20260103000000Z"), .init(start: "20260403000000Z"), .init(end: "20251001000000Z"),
            .init(start: "20260403000000Z", extra: [E.privateKeyUsage("20260403000000Z", "20260703000000Z")]),
            .init(extra: [E.privateKeyUsage("20250701000000Z", "20251001000000Z")]),
        ] {
            let field = try report(signer: options, policy: tolerant)
            let check = options.extra.isEmpty ? CheckID.dsValidityAtSigning : .dsPrivateKeyUsage
            #expect(field[check]?.result == .successful, "\(field.checks)")
            #expect(field[check]?.leniencies == [.signingTimeOutsidePeriod])
            #expect(field[check]?.reason.contains("as far as the policy tolerates it") == true)
            // An end that is past is past on the day of the inspection, too.
            #expect(isGreen(field) == (options.end > "2027"), "\(field.checks)")
            for policy in [TrustPolicy.field, .strict] {
                let named = try report(signer: options, policy: policy)
                #expect(named[check]?.result == .failed && named[check]?.leniencies == [], "\(named.checks)")
            }
        }
        // A second more is too much, in either direction.
        expect(
            try report(signer: .init(start: "20260403000001Z"), policy: tolerant), .dsValidityAtSigning, .failed,
            .dsNotYetValidAtSigning,
            green: false)
        expect(
            try report(signer: .init(extra: [E.privateKeyUsage(nil, "20250930235959Z")]), policy: tolerant),
            .dsPrivateKeyUsage, .failed,
            .dsPrivateKeyUsageOver, green: false)
        // The day on which a CSCA issued the signer is not a signing time.
        expect(
            try report(csca: .init(extra: [E.privateKeyUsage("20190101000000Z", "20191230000000Z")]), policy: tolerant),
            .dsPrivateKeyUsage, .failed, .cscaPrivateKeyUsageOver, green: false)
        // A key is judged by the day from which its certificate is valid, whatever the clock says.
        let table = try report(signer: .init(start: "20260201000000Z"), signed: "251231000000Z", policy: tolerant)
        #expect(table[.dsValidityAtSigning]?.leniencies == [.signingTimeOutsidePeriod])
    }

    @Test func privateKeyUsage() throws {
        expect(try report(), .dsPrivateKeyUsage, .notSupported, .dsPrivateKeyUsageAbsent, green: true)
        func signer(_ from: String?, _ until: String?) -> BuiltPKI.Options {
            .init(extra: [E.privateKeyUsage(from, until)])
        }
        expect(
            try report(signer: signer("20250101000000Z", "20260201000000Z")), .dsPrivateKeyUsage, .successful, .ok,
            green: true)
        expect(
            try report(signer: signer("20260601000000Z", nil)), .dsPrivateKeyUsage, .failed, .dsPrivateKeyUsageEarly,
            green: false)
        expect(
            try report(signer: signer(nil, "20250901000000Z")), .dsPrivateKeyUsage, .failed, .dsPrivateKeyUsageOver,
            green: false)
        expect(
            try report(signer: signer(nil, "20250901000000Z"), signed: nil), .dsPrivateKeyUsage, .undetermined,
            .dsSigningTimeUnknown, green: true)
        // The CSCA's period is held against the signer's date of issue, 2020-01-01.
        expect(
            try report(csca: signer("20190101000000Z", "20191201000000Z")), .dsPrivateKeyUsage, .failed,
            .cscaPrivateKeyUsageOver, green: false)
        expect(
            try report(csca: signer("20200201000000Z", nil)), .dsPrivateKeyUsage, .undetermined,
            .cscaPrivateKeyUsageEarly, green: true)
        // A time that cannot be read is no open end.
        expect(
            try report(signer: signer("20250101000000", nil)), .dsPrivateKeyUsage, .undetermined,
            .dsPrivateKeyUsageUnreadable, green: true)
        expect(
            try report(csca: signer("20190101000000Z", "20220101000000Z")), .dsPrivateKeyUsage, .successful, .ok,
            green: true)
        // Early by hours, as one signer of the field is.
        let hours = try report(csca: signer("20200101070000Z", nil))
        expect(hours, .dsPrivateKeyUsage, .successful, .ok, green: true)
        #expect(hours[.dsPrivateKeyUsage]?.leniencies == [.periodMissedByADay])
        let unreadable = BuiltPKI.Options(extra: [E.item("2.5.29.16", [0x04, 0])])
        expect(
            try report(signer: unreadable), .dsPrivateKeyUsage, .undetermined, .dsPrivateKeyUsageUnreadable,
            green: true)
    }

    @Test func documentTypes() throws {
        expect(try report(), .dsDocumentType, .notSupported, .dsDocumentTypeListAbsent, green: true)
        func types(_ list: String...) -> BuiltPKI.Options { .init(extra: [E.documentTypes(list)]) }
        expect(try report(signer: types("P", "ID")), .dsDocumentType, .successful, .ok, green: true)
        expect(try report(signer: types("P")), .dsDocumentType, .failed, .dsDocumentTypeWrong, green: false)
        expect(try report(signer: types()), .dsDocumentType, .failed, .dsDocumentTypeWrong, green: false)
        let unread = try report(signer: types("P"), code: nil)
        expect(unread, .dsDocumentType, .undetermined, .dsDocumentTypeUnknown, green: false)
        // The extension as one state writes it: a string and no list.
        let bare = BuiltPKI.Options(extra: [E.item("2.23.136.1.1.6.2", [0x13, 1, 0x50])])
        expect(try report(signer: bare), .dsDocumentType, .failed, .dsDocumentTypeWrong, green: false)
        expect(try report(signer: bare, code: "PM"), .dsDocumentType, .successful, .ok, green: true)
        let unreadable = BuiltPKI.Options(extra: [E.item("2.23.136.1.1.6.2", [0x02, 1, 0x50])])
        expect(
            try report(signer: unreadable), .dsDocumentType, .undetermined, .dsDocumentTypeListUnreadable, green: true)
    }

    @Test(arguments: [
        ("P", "P", true), ("P", "PM", true), ("P", "P<", true), ("P", "ID", false), ("ID", "ID", true),
        ("ID", "I", false), ("ID", "IA", false), ("I", "IA", true), ("I<", "I", true), ("I<", "I<", true),
        ("I<", "ID", false), ("IA", "IA", true), ("p", "PD", true), ("", "P", false), ("<", "P", false),
        ("<P", "P", false), ("PPP", "PP", false), ("P", "", false), ("P", "<", false), ("<<", "<<", false),
        ("P ", "PM", true),
    ])
    func entries(_ entry: String, _ code: String, _ covers: Bool) {
        #expect(DocumentTypeCheck.entry(entry, covers: code) == covers)
    }
}
