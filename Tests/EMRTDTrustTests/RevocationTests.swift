import EMRTDCrypto
import EMRTDSimulator
import EMRTDTestSupport
@testable import EMRTDTrust
import LDS
import Testing

@Suite("Revocation")
struct RevocationTests {
    /// A CSCA, a document signer with the serial number 40010203, and an EF.SOD of it.
    private let csca: BuiltPKI.Holder
    private let signer: BuiltPKI.Holder
    private let sod: [UInt8]

    init() throws {
        csca = try BuiltPKI.csca()
        signer = try BuiltPKI.signer(csca, .init(serial: [0x40, 9, 9]))
        sod = try BuiltPKI.sod(BuiltPKI.groups, signer)
    }

    private func report(
        _ lists: [CertificateRevocationList], _ others: [BuiltPKI.Holder] = [], policy: TrustPolicy = .field,
        date: Timestamp = inspectionDay
    ) -> PassiveAuthenticationReport {
        let store = TrustStore(certificates: ([csca] + others).map(\.certificate), revocationLists: lists)
        return BuiltPKI.report(sod, store, policy: policy, date: date)
    }

    private func expect(
        _ report: PassiveAuthenticationReport, _ outcome: CheckOutcome, _ code: CheckCode, green: Bool,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let check = report[.dsRevocation]
        #expect(check?.result == outcome && check?.code == code, "\(report.checks)", sourceLocation: location)
        #expect(isGreen(report) == green, "\(report.checks)", sourceLocation: location)
    }

    private var entry: [UInt8] { BuiltPKI.revoked([0x40, 9, 9], reason: 1) }

    @Test func freshAndClean() throws {
        let list = try BuiltPKI.revocationList(csca, [BuiltPKI.revoked([0x41])])
        expect(report([list]), .successful, .ok, green: true)
        expect(report([list], policy: .strict), .successful, .ok, green: true)
        let names = report([list])[.dsRevocation]?.evidence.map(\.name) ?? []
        #expect(names == ["crl.thisUpdate", "crl.nextUpdate", "crl.sha256"])
    }

    @Test func attack11Revoked() throws {
        let list = try BuiltPKI.revocationList(csca, [BuiltPKI.revoked([0x41]), entry])
        let found = report([list])
        expect(found, .failed, .dsRevoked, green: false)
        #expect(found[.dsRevocation]?.reason.contains("2026-12-01 (keyCompromise)") == true)
        let evidence = found[.dsRevocation]?.evidence ?? []
        #expect(evidence.contains(.init("revocation.reason", "keyCompromise")))
        // A stale list, one of tomorrow and one without nextUpdate revoke as well; so does a date after the signing time, or
        // after the inspection.
        for options in [
            BuiltPKI.ListOptions(thisUpdate: "200101000000Z", nextUpdate: "200401000000Z"),
            .init(thisUpdate: "280101000000Z", nextUpdate: "280401000000Z"), .init(nextUpdate: nil),
        ] {
            expect(report([try BuiltPKI.revocationList(csca, [entry], options)]), .failed, .dsRevoked, green: false)
        }
        let late = try BuiltPKI.revocationList(csca, [BuiltPKI.revoked([0x40, 9, 9], on: "280101000000Z")])
        expect(report([late]), .failed, .dsRevoked, green: false)
        // Superfluous sign bytes make no other number.
        let padded = try BuiltPKI.revocationList(csca, [BuiltPKI.revoked([0, 0x40, 9, 9])])
        expect(report([padded]), .failed, .dsRevoked, green: false)
        // A newer list without the entry does not take a revocation back.
        let newer = try BuiltPKI.revocationList(csca, [], .init(thisUpdate: "270110000000Z"))
        expect(report([newer, list]), .failed, .dsRevoked, green: false)
        expect(report([list, newer]), .failed, .dsRevoked, green: false)
    }

    @Test func attack11Stale() throws {
        let stale = try BuiltPKI.revocationList(
            csca, [], .init(thisUpdate: "260901000000Z", nextUpdate: "261201000000Z"))
        expect(report([stale]), .undetermined, .dsCRLStale, green: true)
        expect(report([stale], policy: .strict), .undetermined, .dsCRLStale, green: false)
        // Older than the policy allows, although its nextUpdate is far off or absent.
        for next in ["300101000000Z", nil] {
            let old = try BuiltPKI.revocationList(csca, [], .init(thisUpdate: "250901000000Z", nextUpdate: next))
            expect(report([old]), .undetermined, .dsCRLStale, green: true)
            var policy = TrustPolicy.field
            policy.maximumRevocationListAge = nil
            expect(report([old], policy: policy), .successful, .ok, green: true)
        }
        let fresh = try BuiltPKI.revocationList(csca)
        expect(report([stale, fresh]), .successful, .ok, green: true)
    }

    @Test func attack11Absent() throws {
        expect(report([]), .undetermined, .dsRevocationUnknown, green: true)
        var policy = TrustPolicy.field
        policy.requiresRevocation = true
        expect(report([], policy: policy), .undetermined, .dsRevocationUnknown, green: false)
        // The list of another CSCA says nothing.
        let other = try BuiltPKI.csca("Another")
        expect(
            report([try BuiltPKI.revocationList(other, [entry])], [other]), .undetermined, .dsRevocationUnknown,
            green: true)
    }

    @Test func attack11SignedByAnotherKey() throws {
        // The same name, and a key that the store does not have: ignored whatever it says, and reported.
        let attacker = try BuiltPKI.csca()
        for entries in [[], [entry]] {
            let forged = try BuiltPKI.revocationList(attacker, entries)
            let found = report([forged])
            expect(found, .undetermined, .dsCRLIgnored, green: true)
            #expect(found[.dsRevocation]?.evidence.map(\.name) == ["crl.ignored"])
        }
        // The right key named, the signature wrong.
        let damaged = try BuiltPKI.revocationList(csca, [entry], damaged: true)
        expect(report([damaged]), .undetermined, .dsCRLIgnored, green: true)
        #expect(report([damaged])[.dsRevocation]?.evidence.first?.value.contains("wrong") == true)
        // Another trusted CSCA of another name that signs in this one's name.
        let other = try BuiltPKI.csca("Another", country: "UT")
        let foreign = try BuiltPKI.revocationList(other, [], .init(issuerName: csca.name))
        let found = report([foreign], [other])
        #expect(found[.dsRevocation]?.result != .successful, "\(found.checks)")
        // An ignored list beside a good one is reported.
        let good = try BuiltPKI.revocationList(csca)
        let both = report([damaged, good])
        expect(both, .successful, .ok, green: true)
        #expect(both[.dsRevocation]?.evidence.contains { $0.name == "crl.ignored" } == true)
    }

    @Test func listOfASuccessorKey() throws {
        let successor = try BuiltPKI.csca()
        let clean = try BuiltPKI.revocationList(successor)
        let found = report([clean], [successor])
        expect(found, .successful, .ok, green: true)
        #expect(found[.dsRevocation]?.leniencies == [.revocationListOfOtherKey])
        expect(report([clean], [successor], policy: .strict), .undetermined, .dsCRLIgnored, green: false)
        // What it revokes is revoked under every policy, also where the old key's own list is clean.
        let revoking = try BuiltPKI.revocationList(successor, [entry])
        let own = try BuiltPKI.revocationList(csca)
        expect(report([revoking], [successor], policy: .strict), .failed, .dsRevoked, green: false)
        expect(report([own, revoking], [successor], policy: .strict), .failed, .dsRevoked, green: false)
        // That another key signed the list stays visible, unless the own key's list says it, too.
        let revoked = report([revoking], [successor])
        expect(revoked, .failed, .dsRevoked, green: false)
        #expect(revoked[.dsRevocation]?.leniencies == [.revocationListOfOtherKey])
        let newer = try BuiltPKI.revocationList(csca, [entry], .init(thisUpdate: "270102000000Z"))
        #expect(report([revoking, newer], [successor])[.dsRevocation]?.leniencies == [])
    }

    @Test func ofTomorrow() throws {
        let tomorrow = try BuiltPKI.revocationList(
            csca, [], .init(thisUpdate: "270301000000Z", nextUpdate: "270601000000Z"))
        expect(report([tomorrow]), .undetermined, .dsCRLNotYetValid, green: true)
        // A clock may be off by a day, where the policy tolerates it.
        let soon = try BuiltPKI.revocationList(
            csca, [], .init(thisUpdate: "270116000000Z", nextUpdate: "270601000000Z"))
        expect(report([soon]), .successful, .ok, green: true)
        #expect(report([soon])[.dsRevocation]?.leniencies == [.periodMissedByADay])
        expect(report([soon], policy: .strict), .undetermined, .dsCRLNotYetValid, green: false)
        let list = try BuiltPKI.revocationList(csca)
        let date = try #require(Timestamp(date: "2099-01-01"))
        expect(report([list], date: date), .undetermined, .clockImplausible, green: false)
    }

    @Test func unknownCriticalExtension() throws {
        let options = BuiltPKI.ListOptions(
            extensions: [BuiltPKI.Extensions.item("1.3.6.1.4.1.32473.2", [5, 0], true)])
        let clean = try BuiltPKI.revocationList(csca, [], options)
        expect(report([clean]), .undetermined, .dsCRLUnsupported, green: true)
        // One that lists the signer is never outdone.
        let listed = try BuiltPKI.revocationList(csca, [entry], options)
        expect(report([listed]), .undetermined, .dsCRLUnsupported, green: false)
        let good = try BuiltPKI.revocationList(csca)
        expect(report([listed, good]), .undetermined, .dsCRLUnsupported, green: false)
        expect(report([clean, good]), .successful, .ok, green: true)
        // A delta list has a critical extension, too.
        let delta = try BuiltPKI.revocationList(
            csca, [entry], .init(extensions: [BuiltPKI.Extensions.item("2.5.29.27", [2, 1, 1], true)]))
        expect(report([delta]), .undetermined, .dsCRLUnsupported, green: false)
    }

    @Test func hold() throws {
        func list(_ reason: UInt8?, _ day: String) throws -> CertificateRevocationList {
            try BuiltPKI.revocationList(
                csca, reason.map { [BuiltPKI.revoked([0x40, 9, 9], reason: $0)] } ?? [], .init(thisUpdate: day))
        }
        let hold = try list(6, "270101000000Z")
        expect(report([hold]), .failed, .dsRevoked, green: false)
        #expect(report([hold])[.dsRevocation]?.reason.contains("certificateHold") == true)
        // Only a newer list takes a hold off.
        expect(report([hold, try list(nil, "270102000000Z")]), .successful, .ok, green: true)
        expect(report([hold, try list(8, "270102000000Z")]), .successful, .ok, green: true)
        expect(report([hold, try list(nil, "261231000000Z")]), .failed, .dsRevoked, green: false)
        expect(report([try list(8, "270101000000Z")]), .successful, .ok, green: true)
    }

    @Test func linkCertificates() throws {
        // An old CSCA signs the key of a new one, which signs the document signer.
        let old = try BuiltPKI.csca("Old CSCA")
        let link = try BuiltPKI.csca("New CSCA", issuer: old, .init(serial: [0x55]))
        let signer = try BuiltPKI.signer(link)
        let sod = try BuiltPKI.sod(BuiltPKI.groups, signer)
        func report(_ lists: [CertificateRevocationList]) -> PassiveAuthenticationReport {
            BuiltPKI.report(
                sod, TrustStore(certificates: [link, old].map(\.certificate), revocationLists: lists))
        }
        expect(report([]), .undetermined, .dsRevocationUnknown, green: true)
        let own = report([try BuiltPKI.revocationList(old, [BuiltPKI.revoked([0x55])])])
        expect(own, .failed, .cscaRevoked, green: false)
        #expect(own[.dsRevocation]?.leniencies == [])
        // The list of another key in the name of the old CSCA.
        let renewed = try BuiltPKI.csca("Old CSCA")
        let other = BuiltPKI.report(
            sod,
            TrustStore(
                certificates: [link, old, renewed].map(\.certificate),
                revocationLists: [try BuiltPKI.revocationList(renewed, [BuiltPKI.revoked([0x55])])]))
        expect(other, .failed, .cscaRevoked, green: false)
        #expect(other[.dsRevocation]?.leniencies == [.revocationListOfOtherKey])
        // The same number in the list of the new key is another certificate.
        expect(report([try BuiltPKI.revocationList(link, [BuiltPKI.revoked([0x55])])]), .successful, .ok, green: true)
    }

    // MARK: Lists of other keys in the name of the CSCA

    /// A store of certificates with a basis each.
    private func store(
        _ certificates: [(Certificate, TrustSource.Basis)], _ lists: [CertificateRevocationList]
    ) -> TrustStore {
        var builder = TrustStoreBuilder()
        for (index, (certificate, basis)) in certificates.enumerated() {
            builder.add(
                certificate, source: builder.add(PathLinkTests.source(.masterList, basis, UInt8(index + 1))))
        }
        builder.add(certificates: [Certificate](), revocationLists: lists)
        return TrustStore(builder.contents(), problems: [])
    }

    @Test func attack11AnotherStatesKeyInThisName() throws {
        // A root of another state issues a CA with the name of this CSCA, and a test PKI and a stranger make roots of that name.
        let foreignRoot = try BuiltPKI.csca("Root", country: "UT")
        let impostor = try BuiltPKI.csca(issuer: foreignRoot)
        let sameState = try BuiltPKI.csca("Root")
        let cousin = try BuiltPKI.csca(issuer: sameState)
        let marked = try BuiltPKI.csca(
            "CSCA", .init(extra: [BuiltPKI.Extensions.item(TestPKIMark.objectIdentifier, [0x0C, 1, 0x41])]))
        let stranger = try BuiltPKI.csca()
        let cases: [(BuiltPKI.Holder, [(Certificate, TrustSource.Basis)])] = [
            (impostor, [(impostor.certificate, .signed), (foreignRoot.certificate, .signed)]),
            (impostor, [(impostor.certificate, .unsigned), (foreignRoot.certificate, .signed)]),
            (cousin, [(cousin.certificate, .signed), (sameState.certificate, .signed)]),
            (marked, [(marked.certificate, .signed)]),
            (stranger, [(stranger.certificate, .unverified)]), (stranger, [(stranger.certificate, .unsigned)]),
        ]
        let stale = try BuiltPKI.revocationList(
            csca, [], .init(thisUpdate: "260901000000Z", nextUpdate: "261201000000Z"))
        for (number, (author, certificates)) in cases.enumerated() {
            let all = [(csca.certificate, TrustSource.Basis.signed)] + certificates
            // Its list neither rejects the good card, nor shows anything, nor hides that the true list is stale.
            for entries in [[], [entry]] {
                let list = try BuiltPKI.revocationList(author, entries)
                let alone = BuiltPKI.report(sod, store(all, [list]))
                #expect(alone[.dsRevocation]?.code == .dsCRLIgnored, "\(number): \(alone.checks)")
                #expect(alone[.dsRevocation]?.result == .undetermined && isGreen(alone), "\(number)")
                #expect(alone[.dsRevocation]?.evidence.contains { $0.name == "crl.ignored" } == true, "\(number)")
                let both = BuiltPKI.report(sod, store(all, [list, stale]))
                #expect(both[.dsRevocation]?.code == .dsCRLStale, "\(number): \(both.checks)")
            }
        }
    }

    @Test func listOfALinkedSuccessor() throws {
        // The new key has a link certificate of the old one alone, or both have the same root above them.
        let successor = try BuiltPKI.csca(issuer: csca)
        let clean = try BuiltPKI.revocationList(successor)
        let found = BuiltPKI.report(
            sod, store([(csca.certificate, .signed), (successor.certificate, .unsigned)], [clean]))
        expect(found, .successful, .ok, green: true)
        #expect(found[.dsRevocation]?.leniencies == [.revocationListOfOtherKey])
        let listed = try BuiltPKI.revocationList(successor, [entry])
        expect(
            BuiltPKI.report(
                sod, store([(csca.certificate, .signed), (successor.certificate, .unsigned)], [listed])),
            .failed, .dsRevoked, green: false)
        let linkBack = try BuiltPKI.csca(key: csca.key, issuer: successor)
        let newRoot = try BuiltPKI.csca(key: successor.key)
        let below = BuiltPKI.report(
            sod, store([(linkBack.certificate, .unsigned), (newRoot.certificate, .signed)], [clean]))
        expect(below, .successful, .ok, green: true)
    }

    // MARK: Lists that are not full, or too weak

    @Test func limitedListsShowNothing() throws {
        func point(_ fields: [UInt8]) -> [UInt8] {
            BuiltPKI.Extensions.item("2.5.29.28", DEREncoder.sequence(fields))
        }
        let limits: [[UInt8]] = [
            BuiltPKI.Extensions.item("2.5.29.27", [2, 1, 1]), point([0x82, 1, 0xFF]), point([0x83, 2, 6, 0x40]),
            point([0x85, 1, 0xFF]), point([0x81, 1, 0xFF, 0x83, 2, 6, 0x40]),
        ]
        let stale = try BuiltPKI.revocationList(
            csca, [], .init(thisUpdate: "260901000000Z", nextUpdate: "261201000000Z"))
        for limit in limits {
            let clean = try BuiltPKI.revocationList(csca, [], .init(extensions: [limit]))
            #expect(clean.limits.count == 1)
            expect(report([clean]), .undetermined, .dsCRLUnsupported, green: true)
            #expect(report([clean])[.dsRevocation]?.evidence.contains { $0.name == "crl.limited" } == true)
            expect(report([clean], policy: .strict), .undetermined, .dsCRLUnsupported, green: false)
            // It hides no stale list, and a full one beside it counts.
            expect(report([clean, stale]), .undetermined, .dsCRLStale, green: true)
            expect(report([clean, try BuiltPKI.revocationList(csca)]), .successful, .ok, green: true)
            // Who is on it is revoked.
            let listed = try BuiltPKI.revocationList(csca, [entry], .init(extensions: [limit]))
            expect(report([listed]), .failed, .dsRevoked, green: false)
            // Not being on it takes no hold off.
            let hold = try BuiltPKI.revocationList(csca, [BuiltPKI.revoked([0x40, 9, 9], reason: 6)])
            let newer = try BuiltPKI.revocationList(
                csca, [], .init(thisUpdate: "270102000000Z", extensions: [limit]))
            expect(report([hold, newer]), .failed, .dsRevoked, green: false)
        }
        // These are no limits for a document signer.
        for free in [point([0x81, 1, 0xFF]), point([0x82, 1, 0]), point([])] {
            let list = try BuiltPKI.revocationList(csca, [], .init(extensions: [free]))
            #expect(list.limits.isEmpty)
            expect(report([list]), .successful, .ok, green: true)
        }
        #expect(throws: TrustError.self) {
            try BuiltPKI.revocationList(csca, [], .init(extensions: [point([0x84, 1, 0xFF])]))
        }
    }

    @Test func weakSignaturesShowNothing() throws {
        // SHA-1 of today, and a key that is too short by policy.
        for key in [try BuiltPKI.key(.ecdsa(.secp256r1, .named), .sha1), try BuiltPKI.key(.rsaPKCS1(bits: 1024))] {
            let successor = try BuiltPKI.csca(key: key)
            let clean = try BuiltPKI.revocationList(successor)
            let found = report([clean], [successor])
            expect(found, .undetermined, .dsCRLWeak, green: true)
            #expect(found[.dsRevocation]?.evidence.contains { $0.name == "crl.weak" } == true)
            expect(report([clean, try BuiltPKI.revocationList(csca)], [successor]), .successful, .ok, green: true)
            // Who is on it is revoked.
            expect(
                report([try BuiltPKI.revocationList(successor, [entry])], [successor]), .failed, .dsRevoked,
                green: false)
        }
        var policy = TrustPolicy.field
        policy.sha1Signatures = .accept
        let sha1 = try BuiltPKI.csca(key: BuiltPKI.key(.ecdsa(.secp256r1, .named), .sha1))
        let accepted = report([try BuiltPKI.revocationList(sha1)], [sha1], policy: policy)
        expect(accepted, .successful, .ok, green: true)
        #expect(accepted[.dsRevocation]?.leniencies == [.revocationListOfOtherKey, .weakAlgorithm])
        // MD5 under every policy: ignored, whatever it says.
        let md5 = try DEREncoder.sequence(DEREncoder.objectIdentifier("1.2.840.113549.1.1.4"), [5, 0])
        for entries in [[], [entry]] {
            let list = try BuiltPKI.revocationList(csca, entries, .init(algorithm: md5))
            expect(report([list], policy: policy), .undetermined, .dsCRLIgnored, green: true)
        }
    }

    @Test func twoNamesOfOneAlgorithm() throws {
        // Inside SHA-384 is named, outside SHA-256, with which the signature was made.
        for entries in [[], [entry]] {
            let inner = try AlgorithmEncoding.identifier(of: .ecdsa(.sha384))
            let list = try BuiltPKI.revocationList(csca, entries, .init(innerAlgorithm: inner))
            #expect(list.signatureAlgorithmsDiffer)
            if entries.isEmpty {
                expect(report([list]), .undetermined, .dsCRLUnsupported, green: true)
            } else {
                expect(report([list]), .failed, .dsRevoked, green: false)
            }
        }
    }

    @Test func withoutSignerOrCSCA() throws {
        let unknown = BuiltPKI.report(sod, .empty)
        expect(unknown, .undetermined, .dsRevocationUnknown, green: false)
        let none = BuiltPKI.report([], .empty)
        expect(none, .undetermined, .dsUnknown, green: false)
    }
}
