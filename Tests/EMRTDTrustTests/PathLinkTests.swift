import EMRTDCrypto
import EMRTDSimulator
@testable import EMRTDTrust
import LDS
import Testing

/// The certificates above a CSCA that is a link certificate, and what else stands in the store in a CSCA's name.
@Suite("Links above the CSCA")
struct PathLinkTests {
    typealias PKI = BuiltPKI
    typealias E = BuiltPKI.Extensions

    /// A root, a link certificate that it signed, and the report on a document of the link's key.
    private func report(
        root: PKI.Options = .init(), rootKey: SigningKey? = nil, link: PKI.Options = .init(),
        policy: TrustPolicy = .field, also: (PKI.Holder, PKI.Holder) throws -> [Certificate] = { _, _ in [] }
    ) throws -> PassiveAuthenticationReport {
        let root = try PKI.csca("Old CSCA", key: rootKey, root)
        let link = try PKI.csca("New CSCA", issuer: root, link)
        let sod = try PKI.sod(PKI.groups, PKI.signer(link))
        let store = TrustStore(certificates: [link.certificate, root.certificate] + (try also(root, link)))
        return PKI.report(sod, store, policy: policy)
    }

    private func expect(
        _ report: PassiveAuthenticationReport, _ outcome: CheckOutcome, _ code: CheckCode,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let check = report[.dsChain]
        #expect(check?.result == outcome && check?.code == code, "\(report.checks)", sourceLocation: location)
    }

    @Test func aGoodLink() throws {
        for policy in [TrustPolicy.field, .strict] {
            let good = try report(rootKey: PKI.key(.rsaPKCS1(bits: 3072)), policy: policy)
            expect(good, .successful, .ok)
            #expect(good[.dsChain]?.leniencies == [])
        }
    }

    @Test func extensionsOfTheRoot() throws {
        let unknown = E.item("1.3.6.1.4.1.32473.2", [5, 0], true)
        for policy in [TrustPolicy.field, .strict] {
            expect(try report(root: .init(extra: [unknown]), policy: policy), .failed, .cscaCriticalExtensionUnknown)
            // A root that does not say that it is a CA is a leniency, as for a CSCA.
            let unmarked = try report(root: .init(extensions: []), policy: policy)
            if policy.name == "field" {
                expect(unmarked, .successful, .ok)
                #expect(unmarked[.dsChain]?.leniencies == [.cscaNotMarkedAsCA])
            } else {
                expect(unmarked, .failed, .dsLeniencyRefused)
            }
        }
        let malformed = try report(
            root: .init(extensions: [E.item("2.5.29.19", [0x30, 1, 5], true), E.keyUsage([5, 6])]))
        #expect(malformed[.dsChain]?.leniencies.contains(.cscaNotMarkedAsCA) == true, "\(malformed.checks)")
    }

    @Test func extensionsBetween() throws {
        // Root, a link in the middle with something unknown, and the CSCA.
        let root = try PKI.csca("Root")
        let unknown = PKI.Options(extra: [E.item("1.3.6.1.4.1.32473.2", [5, 0], true)])
        let middle = try PKI.csca("Middle", issuer: root, unknown)
        let csca = try PKI.csca("CSCA", issuer: middle)
        let sod = try PKI.sod(PKI.groups, PKI.signer(csca))
        let all = [csca, middle, root].map(\.certificate)
        expect(PKI.report(sod, TrustStore(certificates: all)), .failed, .cscaCriticalExtensionUnknown)
        // Where the middle one's key is a root of its own, nothing above it decides.
        let selfSigned = try PKI.csca("Middle", key: middle.key)
        for order in [all + [selfSigned.certificate], [selfSigned.certificate] + all] {
            expect(PKI.report(sod, TrustStore(certificates: order)), .successful, .ok)
        }
    }

    @Test func strengthOfTheRoot() throws {
        let short = try PKI.key(.rsaPKCS1(bits: 1024))
        expect(try report(rootKey: short), .undetermined, .dsAlgorithmWeak)
        expect(try report(rootKey: short, policy: .strict), .failed, .dsAlgorithmWeak)
        #expect(!isGreen(try report(rootKey: short)))
        // A root for the same key needs none above it.
        let rescued = try report(rootKey: short) { _, link in [try PKI.csca("New CSCA", key: link.key).certificate] }
        expect(rescued, .successful, .ok)
        #expect(rescued[.dsChain]?.leniencies == [])
        // SHA-1 of 2008 was right in its day, of 2022 it is not.
        let key = try PKI.key(.rsaPKCS1(bits: 3072), .sha1)
        let old = try report(
            root: .init(start: "20060101000000Z", end: "20350101000000Z"), rootKey: key,
            link: .init(start: "20080601000000Z"))
        expect(old, .successful, .ok)
        #expect(old[.dsChain]?.leniencies == [.weakAlgorithm])
        let late = PKI.Options(start: "20220101000000Z")
        expect(try report(rootKey: key, link: late), .undetermined, .dsAlgorithmWeak)
        expect(try report(rootKey: key, link: late, policy: .strict), .failed, .dsAlgorithmWeak)
    }

    @Test func periodOfTheRoot() throws {
        // That the root has expired since is what link certificates are for.
        let expired = PKI.Options(start: "20100101000000Z", end: "20220101000000Z")
        for policy in [TrustPolicy.field, .strict] {
            let good = try report(root: expired, policy: policy)
            expect(good, .successful, .ok)
            #expect(good[.dsChain]?.leniencies == [])
        }
        // The link was made after the root's end, or before its beginning.
        for start in ["20220301000000Z", "20090101000000Z"] {
            let late = try report(root: expired, link: .init(start: start))
            expect(late, .successful, .ok)
            #expect(late[.dsChain]?.leniencies == [.linkOutsidePeriod])
            expect(
                try report(root: expired, link: .init(start: start), policy: .strict), .failed, .dsLeniencyRefused)
        }
        let byADay = try report(root: expired, link: .init(start: "20220101120000Z"))
        #expect(byADay[.dsChain]?.leniencies == [.periodMissedByADay])
        let unreadable = try report(root: .init(start: "2020"))
        #expect(unreadable[.dsChain]?.leniencies == [.linkOutsidePeriod], "\(unreadable.checks)")
    }

    /// What an unsigned directory says in a CSCA's name rejects no document.
    @Test func garbageInTheNameOfTheCSCA() throws {
        let csca = try PKI.csca()
        let stranger = try PKI.csca()
        let document = try PKI.signer(csca)
        let sod = try PKI.sod(PKI.groups, document)
        func store(_ bases: [(Certificate, TrustSource.Basis)]) -> TrustStore {
            var builder = TrustStoreBuilder()
            for (index, (certificate, basis)) in bases.enumerated() {
                let source = builder.add(Self.source(.ldif, basis, UInt8(index + 1)))
                builder.add(certificate, source: source)
            }
            return TrustStore(builder.contents(), problems: [])
        }
        // The name and key identifier of the CSCA over another key, signed by that key or by nobody.
        let copied = try PKI.certificate(
            stranger.key, name: csca.name, identifier: csca.identifier, issuer: nil, isAuthority: true, .init())
        var bytes = copied.encoded
        bytes[bytes.count - 1] ^= 1
        for garbage in [copied, try Certificate(encoded: bytes), stranger.certificate] {
            for basis in [TrustSource.Basis.unsigned, .unverified] {
                expect(PKI.report(sod, store([(garbage, basis)])), .undetermined, .dsIssuerUnknown)
                expect(PKI.report(sod, store([(garbage, basis), (csca.certificate, .signed)])), .successful, .ok)
            }
        }
        // A key on a curve that nobody knows: the object identifier of P-256 with another last number.
        let named: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
        var unusable = copied.encoded
        let place = try #require(unusable.indices.first { unusable[$0...].starts(with: named) })
        unusable[place + 7] = 0x06
        let odd = try Certificate(encoded: unusable)
        expect(PKI.report(sod, store([(odd, .unsigned)])), .undetermined, .dsAlgorithmUnsupported)
        expect(PKI.report(sod, store([(odd, .unsigned), (csca.certificate, .signed)])), .successful, .ok)
        expect(PKI.report(sod, store([(odd, .unsigned), (copied, .signed)])), .failed, .dsSignatureWrong)
        // Vouched for, it is the CSCA, and the document is forged (attack 8).
        expect(PKI.report(sod, store([(copied, .signed)])), .failed, .dsSignatureWrong)
        expect(PKI.report(sod, store([(stranger.certificate, .named)])), .failed, .dsIssuerKeyDiffers)
        let forger = try PKI.certificate(
            stranger.key, name: csca.name, identifier: csca.identifier, issuer: nil, isAuthority: true, .init())
        let forged = try PKI.sod(
            PKI.groups,
            PKI.signer(
                PKI.Holder(key: stranger.key, name: csca.name, identifier: csca.identifier, certificate: forger)))
        expect(PKI.report(forged, store([(csca.certificate, .signed)])), .failed, .dsSignatureWrong)
    }

    static func source(
        _ kind: TrustSource.Kind, _ basis: TrustSource.Basis, _ number: UInt8, issuedAt: Timestamp? = nil
    ) -> TrustSource {
        TrustSource(
            kind: kind, name: "source", sha256: [UInt8](repeating: number, count: 32), importedAt: inspectionDay,
            issuedAt: issuedAt, basis: basis, signer: nil, anchorSHA256: nil, isTestPKI: false, notes: [])
    }

    /// Master lists that are older than the policy allows.
    @Test func oldMasterLists() throws {
        let csca = try PKI.csca()
        let sod = try PKI.sod(PKI.groups, PKI.signer(csca))
        let day: Int64 = 86_400
        func report(
            _ sources: [(TrustSource.Kind, TrustSource.Basis, age: Int64)], policy: TrustPolicy = .field,
            at date: Timestamp = inspectionDay
        ) -> PassiveAuthenticationReport {
            var builder = TrustStoreBuilder()
            for (index, (kind, basis, age)) in sources.enumerated() {
                let source = Self.source(kind, basis, UInt8(index + 1), issuedAt: inspectionDay.adding(-age * day))
                builder.add(csca.certificate, source: builder.add(source))
            }
            return PKI.report(sod, TrustStore(builder.contents(), problems: []), policy: policy, date: date)
        }
        #expect(report([(.masterList, .signed, 365)])[.dsChain]?.leniencies == [])
        let old = report([(.masterList, .signed, 366)])
        expect(old, .successful, .ok)
        #expect(isGreen(old) && old[.dsChain]?.leniencies == [.oldMasterList], "\(old.checks)")
        expect(report([(.masterList, .signed, 90)], policy: .strict), .successful, .ok)
        expect(report([(.masterList, .signed, 91)], policy: .strict), .undetermined, .dsAnchorOutdated)
        // A newer list, or whoever keeps the store, vouches as well; a list that nobody vouches for does not.
        for other in [(TrustSource.Kind.masterList, TrustSource.Basis.signed), (.certificate, .named)] {
            let both = report([(.masterList, .signed, 900), (other.0, other.1, 3)])
            #expect(both[.dsChain]?.leniencies == [])
        }
        for other in [(TrustSource.Kind.masterList, TrustSource.Basis.unverified), (.ldif, .unsigned)] {
            let both = report([(.masterList, .signed, 900), (other.0, other.1, 3)])
            #expect(both[.dsChain]?.leniencies == [.oldMasterList])
        }
        var policy = TrustPolicy.field
        policy.maximumMasterListAge = nil
        #expect(report([(.masterList, .signed, 9000)], policy: policy)[.dsChain]?.leniencies == [])
        // A wrong clock is reported as such.
        let wrong = try #require(Timestamp(date: "2099-01-01"))
        #expect(report([(.masterList, .signed, 3)], at: wrong)[.dsChain]?.leniencies == [])
    }

    /// Lists that say no day, or one that is to come: nobody knows how old they are.
    @Test func listsOfUnknownAge() throws {
        let csca = try PKI.csca()
        let sod = try PKI.sod(PKI.groups, PKI.signer(csca))
        func report(_ days: [Timestamp?], policy: TrustPolicy = .field) -> CheckResult? {
            var builder = TrustStoreBuilder()
            for (index, day) in days.enumerated() {
                let source = Self.source(.masterList, .signed, UInt8(index + 1), issuedAt: day)
                builder.add(csca.certificate, source: builder.add(source))
            }
            return PKI.report(sod, TrustStore(builder.contents(), problems: []), policy: policy)[.dsChain]
        }
        let future = inspectionDay.adding(90_000)
        for days in [[nil], [future], [nil, future]] as [[Timestamp?]] {
            #expect(report(days)?.result == .successful && report(days)?.leniencies == [.oldMasterList])
            let strict = report(days, policy: .strict)
            #expect(strict?.result == .undetermined && strict?.code == .dsAnchorOutdated)
            #expect(strict?.reason.contains("none of which says when it was issued") == true)
        }
        for days in [[inspectionDay.adding(80_000)], [nil, inspectionDay]] as [[Timestamp?]] {
            #expect(report(days)?.leniencies == [] && report(days, policy: .strict)?.code != .dsAnchorOutdated)
        }
    }

    @Test func theSpanOfAnAge() throws {
        let csca = try PKI.csca()
        var builder = TrustStoreBuilder()
        builder.add(
            csca.certificate, source: builder.add(Self.source(.masterList, .signed, 1, issuedAt: inspectionDay)))
        let store = TrustStore(builder.contents(), problems: [])
        let stored = try #require(store.storedCertificate(sha256: csca.certificate.fingerprint))
        let limit = inspectionDay.adding(366 * 86_400)
        let before = AnchorAge(of: [stored], .field, at: limit.adding(-1))
        let after = AnchorAge(of: [stored], .field, at: limit)
        #expect(!before.isOutdated && after.isOutdated && after.days == 366)
        #expect(before.span.upperBound == limit.adding(-1) && after.span.lowerBound == limit)
        var policy = TrustPolicy.field
        policy.maximumMasterListAge = .max
        #expect(!AnchorAge(of: [stored], policy, at: limit).isOutdated)
    }
}
