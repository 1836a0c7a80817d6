import EMRTDCrypto
import EMRTDTestSupport
@testable import EMRTDTrust
import LDS
import Testing

/// Attacks on passive authentication, by name. "Never green" is checked with ``isGreen(_:)`` in every one.
@Suite("Attacks")
struct AttackTests {
    let vectors: SODVectors
    let store: TrustStore

    init() throws {
        vectors = try SODVectors.load()
        store = TrustStore(certificates: [try vectors.certificate("csca")])
    }

    func report(
        _ name: String, _ certificates: [String]? = nil, policy: TrustPolicy = .field, date: Timestamp = inspectionDay,
        state: String? = "VNM"
    ) throws -> PassiveAuthenticationReport {
        let store = try certificates.map { TrustStore(certificates: try $0.map(vectors.certificate)) } ?? self.store
        return PassiveAuthentication(store: store, policy: policy, date: date)
            .verify(input(try vectors.sod(name), vectors, state: state))
    }

    func expectNotGreen(
        _ report: PassiveAuthenticationReport, _ id: CheckID, _ outcome: CheckOutcome, _ code: CheckCode,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(!isGreen(report), sourceLocation: location)
        #expect(report[id]?.result == outcome, "\(report.checks)", sourceLocation: location)
        #expect(report[id]?.code == code, sourceLocation: location)
    }

    @Test func honestDocumentIsGreen() throws {
        let report = try report("honest")
        #expect(isGreen(report), "\(report.checks)")
        #expect(!report.isTestPKI)
        let ids = report.checks.map(\.id.rawValue)
        #expect(
            ids == [
                "sod.signature", "sod.attributes", "ds.chain", "ds.validity", "ds.validityAtSigning",
                "ds.privateKeyUsage", "ds.documentType", "ds.revocation", "csca.validity", "sod.com",
                "dg.1", "dg.2", "dg.13", "issuingState",
            ])
        #expect(report[.dsRevocation]?.code == .dsRevocationUnknown && report[.dsRevocation]?.isRequired == false)
    }

    @Test func attack1FlippedBitInADataGroup() throws {
        for (number, bytes) in vectors.groups {
            for position in stride(from: 0, to: bytes.count, by: 11) {
                var input = input(try vectors.sod("honest"), vectors)
                var damaged = bytes
                damaged[position] ^= 1
                input.dataGroups[number] = .read(damaged)
                let report = PassiveAuthentication(store: store, date: inspectionDay).verify(input)
                expectNotGreen(report, .dataGroup(number), .failed, .dgHashWrong)
            }
        }
    }

    @Test func attack2DataGroupThatTheSODDoesNotList() throws {
        var input = input(try vectors.sod("honest"), vectors)
        input.dataGroups[.dg15] = .read([0x6F, 0])
        let report = PassiveAuthentication(store: store, date: inspectionDay).verify(input)
        expectNotGreen(report, .dataGroup(.dg15), .failed, .dgNotInSOD)
        #expect(!report.coveredDataGroups.contains(.dg15))
    }

    @Test func attack3SODWithoutDG1() throws {
        expectNotGreen(try report("withoutDG1"), .dataGroup(.dg1), .failed, .dgNotInSOD)
        var input = input(try vectors.sod("withoutDG1"), vectors)
        input.dataGroups[.dg1] = nil
        let unread = PassiveAuthentication(store: store, date: inspectionDay).verify(input)
        expectNotGreen(unread, .dataGroup(.dg1), .failed, .dgNotInSOD)
    }

    @Test func attack4WrongSignature() throws {
        var sod = try vectors.sod("honest")
        sod[sod.count - 1] ^= 1
        let report = PassiveAuthentication(store: store, date: inspectionDay).verify(input(sod, vectors))
        expectNotGreen(report, .sodSignature, .failed, .sodSignatureWrong)
        #expect(!report.dataIsAuthenticated && report.coveredDataGroups.isEmpty)
        #expect(report[.dataGroup(.dg1)]?.result == .undetermined)
        #expect(report[.dataGroup(.dg1)]?.code == .dgNotAuthenticated)
        #expect(report.documentSigner == nil)
    }

    @Test func attack5SignedAttributes() throws {
        let tree = try DERTree(try vectors.sod("honest"))
        let attributes = DERTree.signerInfo + [3]
        // The content changes, the attributes and the signature over them stay.
        let otherContent = tree.changing([0, 1, 0, 2, 1, 0]) { node in
            guard case .primitive(let tag, var value) = node else { return node }
            value[value.count - 1] ^= 1
            return .primitive(tag, value)
        }
        let other = PassiveAuthentication(store: store, date: inspectionDay).verify(input(otherContent, vectors))
        expectNotGreen(other, .sodAttributes, .failed, .sodMessageDigestWrong)
        #expect(other.coveredDataGroups.isEmpty && !other.dataIsAuthenticated)

        func changed(_ change: ([DERTree.Node]) -> [DERTree.Node]) -> PassiveAuthenticationReport {
            let sod = tree.changing(attributes) { node in
                guard case .constructed(let tag, let children) = node else { return node }
                return .constructed(tag, change(children))
            }
            return PassiveAuthentication(store: store, date: inspectionDay).verify(input(sod, vectors))
        }
        expectNotGreen(changed { $0 + $0 }, .sodAttributes, .failed, .sodAttributesDuplicated)
        expectNotGreen(changed { Array($0.dropFirst()) }, .sodAttributes, .failed, .sodContentTypeWrong)
        expectNotGreen(changed { _ in [] }, .sodAttributes, .failed, .sodContentTypeWrong)
        let twoValues = changed { nodes in
            nodes.map { node in
                DERTree.changing(node, at: [1]) { set in
                    guard case .constructed(let tag, let values) = set else { return set }
                    return .constructed(tag, values + values)
                }
            }
        }
        expectNotGreen(twoValues, .sodAttributes, .failed, .sodAttributesDuplicated)
        let data = [UInt8](arrayLiteral: 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1)
        let wrongType = tree.changing(attributes + [0, 1, 0]) { _ in .primitive([6], data) }
        expectNotGreen(
            PassiveAuthentication(store: store, date: inspectionDay).verify(input(wrongType, vectors)), .sodAttributes,
            .failed,
            .sodContentTypeWrong)
    }

    @Test func attack6WeakAlgorithms() throws {
        expectNotGreen(try report("md5"), .sodSignature, .failed, .sodAlgorithmForbidden)
        expectNotGreen(try report("md5Hashes"), .dataGroup(.dg1), .failed, .dgHashUnsupported)
        expectNotGreen(try report("md5Chain", ["md5CSCA"]), .dsChain, .failed, .dsAlgorithmForbidden)
        expectNotGreen(try report("rsa768"), .sodSignature, .failed, .sodAlgorithmForbidden)
        expectNotGreen(try report("unknownCurve"), .sodSignature, .failed, .sodKeyUnusable)
        expectNotGreen(try report("unknownCurveExplicit"), .sodSignature, .failed, .sodKeyUnusable)
        for name in ["sha1", "rsa1024", "p192"] {
            expectNotGreen(try report(name), .sodSignature, .undetermined, .sodAlgorithmWeak)
            expectNotGreen(try report(name, policy: .strict), .sodSignature, .failed, .sodAlgorithmWeak)
            var lax = TrustPolicy.field
            lax.sha1Signatures = .accept
            lax.shortKeys = .accept
            let accepted = try report(name, policy: lax)
            #expect(isGreen(accepted) && accepted[.sodSignature]?.leniencies == [.weakAlgorithm], "\(name)")
        }
        expectNotGreen(try report("sha1Hashes"), .dataGroup(.dg1), .undetermined, .dgHashWeak)
        expectNotGreen(try report("sha1Hashes", policy: .strict), .dataGroup(.dg1), .failed, .dgHashWeak)
    }

    @Test func attack7SelfSignedDocumentSigner() throws {
        expectNotGreen(try report("selfSigned"), .dsChain, .undetermined, .dsIssuerUnknown)
        // Even where it is in the store it is no CSCA.
        expectNotGreen(try report("selfSigned", ["csca", "selfDS"]), .dsChain, .undetermined, .dsIssuerUnknown)
    }

    @Test func attack8SameNameOtherKey() throws {
        for policy in [TrustPolicy.field, .strict] {
            expectNotGreen(try report("attacker", policy: policy), .dsChain, .failed, .dsIssuerKeyDiffers)
            expectNotGreen(
                try report("attackerCopiesIdentifier", policy: policy), .dsChain, .failed, .dsSignatureWrong)
        }
        var policy = TrustPolicy.field
        policy.issuerKeyDiffers = .undetermined
        expectNotGreen(try report("attacker", policy: policy), .dsChain, .undetermined, .dsIssuerKeyDiffers)
        // All candidates are tried: with both CSCAs of that name in the store the right key is found for each.
        for name in ["honest", "attacker"] { #expect(isGreen(try report(name, ["attackerCSCA", "copyCSCA", "csca"]))) }
        #expect(isGreen(try report("honest", ["copyCSCA", "csca"])))
    }

    @Test func attack9CSCAOfAnotherState() throws {
        let report = try report("otherState", ["csca", "utopiaCSCA"])
        expectNotGreen(report, .issuingState, .failed, .issuingStateDiffers)
        #expect(report[.dsChain]?.result == .successful)
        expectNotGreen(
            try self.report("otherStateClaimsVN", ["csca", "utopiaCSCA"]), .issuingState, .failed, .issuingStateDiffers)
        expectNotGreen(try self.report("honest", state: "D<<"), .issuingState, .failed, .issuingStateDiffers)
        expectNotGreen(try self.report("honest", state: nil), .issuingState, .undetermined, .issuingStateUnknown)
        expectNotGreen(try self.report("honest", state: "QQQ"), .issuingState, .undetermined, .issuingStateUnknown)
        #expect(isGreen(try self.report("otherState", ["utopiaCSCA"], state: "UTO")))
    }

    @Test func attack10Periods() throws {
        expectNotGreen(try report("expired"), .dsValidity, .failed, .dsExpired)
        // It was signed after the certificate had expired; at a date before that the clock must be wrong.
        expectNotGreen(try report("expired"), .dsValidityAtSigning, .failed, .dsExpiredAtSigning)
        let before = try report("expired", date: try #require(Timestamp(date: "2024-06-01")))
        #expect(before[.dsValidity]?.result == .successful)
        expectNotGreen(before, .dsValidityAtSigning, .undetermined, .dsSignedInFuture)
        expectNotGreen(try report("expiredCSCA", ["shortCSCA"]), .cscaValidity, .failed, .cscaExpired)
        let early = try report("honest", date: try #require(Timestamp(date: "2023-12-31")))
        expectNotGreen(early, .dsValidity, .failed, .dsNotYetValid)
        expectNotGreen(early, .cscaValidity, .failed, .cscaNotYetValid)
        #expect(early[.dsChain]?.result == .successful)
    }

    @Test func attack12Profiles() throws {
        expectNotGreen(try report("signerIsCA"), .dsChain, .failed, .dsIsCA)
        expectNotGreen(try report("wrongKeyUsage"), .dsChain, .failed, .dsKeyUsageWrong)
        expectNotGreen(try report("criticalExtension"), .dsChain, .failed, .dsCriticalExtensionUnknown)
        expectNotGreen(try report("noCertSign", ["noCertSign"]), .dsChain, .failed, .cscaNotCA)
        expectNotGreen(try report("criticalCSCA", ["criticalCSCA"]), .dsChain, .failed, .cscaCriticalExtensionUnknown)
        // A document signer that issues another one is no CA, in the store or not.
        expectNotGreen(try report("issuedBySigner"), .dsChain, .undetermined, .dsIssuerUnknown)
        expectNotGreen(try report("issuedBySigner", ["csca", "ds"]), .dsChain, .undetermined, .dsIssuerUnknown)
        for (name, leniency) in [("notCA", Leniency.cscaNotMarkedAsCA), ("bareCSCA", .cscaNotMarkedAsCA)] {
            let tolerated = try report(name, [name])
            #expect(isGreen(tolerated) && tolerated[.dsChain]?.leniencies == [leniency], "\(tolerated.checks)")
            expectNotGreen(try report(name, [name], policy: .strict), .dsChain, .failed, .dsLeniencyRefused)
        }
        let withoutUsage = try report("noKeyUsage")
        #expect(isGreen(withoutUsage) && withoutUsage[.dsChain]?.leniencies == [.dsWithoutKeyUsage])
        expectNotGreen(try report("noKeyUsage", policy: .strict), .dsChain, .failed, .dsLeniencyRefused)
    }

    @Test func attack12LinkCertificates() throws {
        expectNotGreen(try report("newKey", ["link"]), .dsChain, .undetermined, .dsLinkCertificateAlone)
        var policy = TrustPolicy.field
        policy.leniencies.insert(.linkCertificateAlone)
        #expect(isGreen(try report("newKey", ["link"], policy: policy)))
        #expect(isGreen(try report("newKey", ["newRoot"])))
        #expect(isGreen(try report("newKey", ["link", "csca"])))
        #expect(isGreen(try report("newKey", ["link", "newRoot"])))
    }

    @Test func attack13COMHidesGroups() throws {
        var input = input(try vectors.sod("honest"), vectors)
        input.comDataGroups = [.dg1, .dg2]
        let hidden = PassiveAuthentication(store: store, date: inspectionDay).verify(input)
        expectNotGreen(hidden, .sodCOM, .failed, .comHidesGroups)
        #expect(hidden[.dataGroup(.dg13)]?.result == .successful)
        input.comDataGroups = [.dg1, .dg2, .dg13, .dg14]
        let more = PassiveAuthentication(store: store, date: inspectionDay).verify(input)
        #expect(isGreen(more) && more[.sodCOM]?.leniencies == [.comListsMoreThanSOD])
        #expect(more[.dataGroup(.dg14)]?.code == .dgListedByCOMOnly)
        let strict = PassiveAuthentication(store: store, policy: .strict, date: inspectionDay).verify(input)
        expectNotGreen(strict, .sodCOM, .failed, .comListsMore)
        input.comDataGroups = nil
        let absent = PassiveAuthentication(store: store, date: inspectionDay).verify(input)
        #expect(absent[.sodCOM]?.result == .undetermined && isGreen(absent))
    }

    @Test func attack26TestPKI() throws {
        let marked = try vectors.certificate("markedCSCA")
        #expect(marked.isTestPKI)
        let store = TrustStore(certificates: [marked, try vectors.certificate("csca")])
        #expect(store.anchors.count == 1 && store.testAnchors == [marked])
        let production = try report("testPKI", ["markedCSCA"])
        expectNotGreen(production, .dsChain, .undetermined, .dsTestPKI)
        #expect(production.isTestPKI && !production.dataIsAuthenticated)
        var policy = TrustPolicy.field
        policy.allowsTestPKI = true
        let allowed = try report("testPKI", ["markedCSCA"], policy: policy)
        #expect(isGreen(allowed) && allowed.isTestPKI)
        #expect(allowed[.dsChain]?.reason.contains("TEST PKI") == true)
        #expect(!(try report("honest", ["markedCSCA", "csca"], policy: policy)).isTestPKI)
    }

    @Test func attack27WrongClock() throws {
        for day in ["1970-01-01", "2004-12-31", "2060-01-01", "2099-06-01", "2101-01-01"] {
            let report = try report("honest", date: try #require(Timestamp(date: day)))
            expectNotGreen(report, .dsValidity, .undetermined, .clockImplausible)
            expectNotGreen(report, .cscaValidity, .undetermined, .clockImplausible)
        }
    }

    @Test func attack28ExceptionInACheck() throws {
        struct Surprise: Error {}
        let sod = try vectors.sod("honest")
        let broken = PassiveAuthentication(
            store: store, policy: .field, date: inspectionDay,
            checking: SignatureChecking { _, _, _, _ in throw Surprise() }
        ).verify(input(sod, vectors))
        expectNotGreen(broken, .sodSignature, .aborted, .aborted)
        #expect(broken.checks.allSatisfy { $0.id != .dsChain || $0.result == .undetermined })

        // The error comes only when the path is checked.
        let message = try #require(try DocumentSecurityObject(encoded: sod).certificates.first).toBeSigned
        let later = PassiveAuthentication(
            store: store, policy: .field, date: inspectionDay,
            checking: SignatureChecking { key, signature, bytes, scheme in
                if bytes == message { throw CryptoError(.internalFailure, "no memory") }
                return try SignatureChecking.standard.verify(key, signature, bytes, scheme)
            }
        ).verify(input(sod, vectors))
        #expect(later[.sodSignature]?.result == .successful)
        expectNotGreen(later, .dsChain, .aborted, .aborted)
        #expect(!later.dataIsAuthenticated)
    }

    @Test func attack30CertificatesAndSigners() throws {
        for name in ["twoCertificates", "threeCertificates", "twoSigners"] {
            let report = try report(name)
            #expect(isGreen(report), "\(name): \(report.checks)")
        }
        #expect(try report("twoCertificates").documentSigner == vectors.certificate("ds"))
        // The honest signer's certificate lies in the SOD, but the attacker's verified the signature.
        let added = try report("attackerAddsHonestCertificate")
        #expect(added[.sodSignature]?.result == .successful)
        expectNotGreen(added, .dsChain, .failed, .dsIssuerKeyDiffers)
        let both = try report("honestAndAttackerSigners")
        expectNotGreen(both, .dsChain, .failed, .dsIssuerKeyDiffers)
        #expect(!added.dataIsAuthenticated && !both.dataIsAuthenticated)
        // Without certificates nothing is verified.
        let tree = try DERTree(try vectors.sod("honest"))
        let none = tree.changing([0, 1, 0, 3]) { node in
            guard case .constructed(let tag, _) = node else { return node }
            return .constructed(tag, [])
        }
        expectNotGreen(
            PassiveAuthentication(store: store, date: inspectionDay).verify(input(none, vectors)), .sodSignature,
            .undetermined,
            .sodSignerUnknown)
        let noSigner = tree.changing(Array(DERTree.signerInfo.dropLast())) { _ in .constructed([0x31], []) }
        expectNotGreen(
            PassiveAuthentication(store: store, date: inspectionDay).verify(input(noSigner, vectors)), .sodSignature,
            .failed,
            .sodNoSigner)
    }

    @Test func duplicatedDataGroupIsMalformed() throws {
        expectNotGreen(try report("twiceDG1"), .sodSignature, .failed, .sodMalformed)
    }

    @Test func namesAreComparedAfterNormalising() throws {
        let report = try report("nameInUpperCase", ["caseCSCA"])
        #expect(isGreen(report), "\(report.checks)")
        #expect(report[.dsChain]?.leniencies == [.issuerNameDiffers])
    }

    @Test func groupsThatWereNotRead() throws {
        var input = input(try vectors.sod("honest"), vectors)
        for (state, outcome, code) in [
            (DataGroupState.accessDenied, CheckOutcome.notSupported, CheckCode.dgAccessDenied),
            (.absent, .undetermined, .dgMissing), (.notRequested, .undetermined, .dgNotRead),
        ] {
            input.dataGroups[.dg2] = state
            let report = PassiveAuthentication(store: store, date: inspectionDay).verify(input)
            #expect(report[.dataGroup(.dg2)]?.result == outcome && report[.dataGroup(.dg2)]?.code == code)
            // A portrait that was asked for and not given is what a copy would leave out.
            #expect(isGreen(report) == (state == .notRequested), "\(report.checks)")
            #expect(!report.coveredDataGroups.contains(.dg2))
        }
        input.dataGroups[.dg2] = nil
        input.dataGroups[.dg1] = .accessDenied
        #expect(!isGreen(PassiveAuthentication(store: store, date: inspectionDay).verify(input)))
        input.efSOD = nil
        let none = PassiveAuthentication(store: store, date: inspectionDay).verify(input)
        #expect(
            none[.sodSignature]?.code == .sodNotRead && none[.sodSignature]?.result == .undetermined && !isGreen(none))
    }
}
