import EMRTDCrypto
import EMRTDSimulator
import EMRTDTestSupport
@testable import EMRTDTrust
import LDS
import Testing

/// Certificates of paths that are odd in one thing each.
@Suite("Profiles of signers and CSCAs")
struct ProfileTests {
    typealias E = BuiltPKI.Extensions

    private func report(
        signer: BuiltPKI.Options = .init(), csca: BuiltPKI.Options = .init(), policy: TrustPolicy = .field,
        country: String = "VN", state: String? = "VNM", store: ((Certificate) -> TrustStore)? = nil
    ) throws -> PassiveAuthenticationReport {
        let authority = try BuiltPKI.csca("CSCA", country: country, csca)
        let holder = try BuiltPKI.signer(authority, country: country, signer)
        return BuiltPKI.report(
            try BuiltPKI.sod(BuiltPKI.groups, holder),
            store?(authority.certificate) ?? TrustStore(certificates: [authority.certificate]), policy: policy,
            state: state)
    }

    private func expect(
        _ report: PassiveAuthenticationReport, _ id: CheckID, _ outcome: CheckOutcome, _ code: CheckCode,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(!isGreen(report), sourceLocation: location)
        #expect(
            report[id]?.result == outcome && report[id]?.code == code, "\(report.checks)", sourceLocation: location)
    }

    @Test func attack12ListSignersSignNoDocuments() throws {
        // Signers of lists, of visible digital seals, a mail program's, a web server's.
        for purpose in [
            "2.23.136.1.1.3", "2.23.136.1.1.8", "2.23.136.1.1.14.2", "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.1",
        ] {
            for critical in [true, false] {
                let options = BuiltPKI.Options(extra: [E.extendedKeyUsage([purpose], critical: critical)])
                expect(try report(signer: options), .dsChain, .failed, .dsExtendedKeyUsageWrong)
            }
        }
        // A purpose of somebody else's is no ban, unless it is critical and not known.
        let other = BuiltPKI.Options(extra: [E.extendedKeyUsage(["1.2.840.113533.7.74.3"], critical: false)])
        #expect(isGreen(try report(signer: other)))
        let critical = BuiltPKI.Options(extra: [E.extendedKeyUsage(["1.2.840.113533.7.74.3"], critical: true)])
        expect(try report(signer: critical), .dsChain, .failed, .dsCriticalExtensionUnknown)
        let malformed = BuiltPKI.Options(extra: [E.item("2.5.29.37", [0x30, 2, 5, 0], true)])
        expect(try report(signer: malformed), .dsChain, .failed, .dsCriticalExtensionUnknown)
    }

    /// A CSCA that its state restricts to health proofs vouches for no passport, and the reason says so.
    @Test func attack12CSCAForHealthProofs() throws {
        for purposes in [["2.23.136.1.1.14.1"], ["1.2.840.113533.7.74.3", "2.23.136.1.1.14.1"]] {
            for critical in [true, false] {
                let options = BuiltPKI.Options(extra: [E.extendedKeyUsage(purposes, critical: critical)])
                for policy in [TrustPolicy.field, .strict] {
                    let found = try report(csca: options, policy: policy)
                    expect(found, .dsChain, .failed, .cscaExtendedKeyUsageWrong)
                    #expect(found[.dsChain]?.reason.contains("health proofs") == true && !found.dataIsAuthenticated)
                }
            }
        }
        // Two CSCAs of the field name a purpose of a vendor's.
        let other = BuiltPKI.Options(extra: [E.extendedKeyUsage(["1.2.840.113533.7.74.3"], critical: false)])
        #expect(isGreen(try report(csca: other)))
        let critical = BuiltPKI.Options(extra: [E.extendedKeyUsage(["1.2.840.113533.7.74.3"], critical: true)])
        expect(try report(csca: critical), .dsChain, .failed, .cscaCriticalExtensionUnknown)
        // Above a link certificate.
        let root = try BuiltPKI.csca(
            "Root", .init(extra: [E.extendedKeyUsage(["2.23.136.1.1.14.1"], critical: false)]))
        let link = try BuiltPKI.csca(issuer: root)
        let found = BuiltPKI.report(
            try BuiltPKI.sod(BuiltPKI.groups, try BuiltPKI.signer(link)),
            TrustStore(certificates: [root, link].map(\.certificate)))
        expect(found, .dsChain, .failed, .cscaExtendedKeyUsageWrong)
    }

    /// Of several certificates for one key the one counts that was valid when the signer was issued, in whatever order they came.
    @Test func renewedCertificatesOfOneKey() throws {
        let old = try BuiltPKI.csca("CSCA", .init(extra: [E.privateKeyUsage("20190101000000Z", "20300101000000Z")]))
        let renewed = try BuiltPKI.csca(
            "CSCA", key: old.key,
            .init(
                serial: [0x41], start: "20240101000000Z",
                extra: [E.privateKeyUsage("20240101000000Z", "20300101000000Z")]))
        let signer = try BuiltPKI.signer(old)
        let sod = try BuiltPKI.sod(BuiltPKI.groups, signer, .init(signingTime: "230601000000Z"))
        for certificates in [[old, renewed], [renewed, old]].map({ $0.map(\.certificate) }) {
            let report = BuiltPKI.report(sod, TrustStore(certificates: certificates))
            #expect(isGreen(report), "\(report.checks)")
            #expect(report.csca == old.certificate)
            #expect(report[.dsValidityAtSigning]?.result == .successful)
            #expect(report[.dsPrivateKeyUsage]?.result == .successful)
        }
        // Where only the renewed one is known it cannot be said.
        let report = BuiltPKI.report(sod, TrustStore(certificates: [renewed.certificate]))
        #expect(isGreen(report), "\(report.checks)")
        #expect(report[.dsValidityAtSigning]?.code == .cscaNotYetValidAtSigning)
        #expect(report[.dsValidityAtSigning]?.result == .undetermined)
        #expect(report[.dsPrivateKeyUsage]?.result == .undetermined)
    }

    @Test func attack12MalformedExtensions() throws {
        let twice = BuiltPKI.Options(extra: [E.keyUsage([0])])
        expect(try report(signer: twice), .dsChain, .failed, .dsExtensionMalformed)
        let malformed = BuiltPKI.Options(extensions: [E.item("2.5.29.15", [0x05, 0], true)])
        expect(try report(signer: malformed), .dsChain, .failed, .dsExtensionMalformed)
    }

    @Test func attack6UnknownSignatureAlgorithm() throws {
        // id-Ed25519, which no document has.
        let algorithm: [UInt8] = [0x30, 5, 0x06, 3, 0x2B, 0x65, 0x70]
        expect(try report(signer: .init(algorithm: algorithm)), .dsChain, .undetermined, .dsAlgorithmUnsupported)
        // The CSCA's own signature: the store cannot judge it.
        expect(try report(csca: .init(algorithm: algorithm)), .dsChain, .undetermined, .cscaSignatureUnsupported)
    }

    @Test func attack8DamagedCSCA() throws {
        let authority = try BuiltPKI.csca()
        let holder = try BuiltPKI.signer(authority)
        var bytes = authority.certificate.encoded
        bytes[bytes.count - 1] ^= 1
        let damaged = try Certificate(encoded: bytes)
        let report = BuiltPKI.report(
            try BuiltPKI.sod(BuiltPKI.groups, holder), TrustStore(certificates: [damaged]))
        expect(report, .dsChain, .undetermined, .cscaSignatureWrong)
        #expect(!report.dataIsAuthenticated)
        // Beside the right one it does no harm.
        #expect(
            isGreen(
                BuiltPKI.report(
                    try BuiltPKI.sod(BuiltPKI.groups, holder),
                    TrustStore(certificates: [damaged, authority.certificate]))))
    }

    @Test func attack10UnreadablePeriods() throws {
        expect(try report(csca: .init(end: "2026")), .cscaValidity, .undetermined, .cscaValidityUnreadable)
        expect(try report(signer: .init(end: "2026")), .dsValidity, .undetermined, .dsValidityUnreadable)
    }

    @Test func attack7NothingIsKnownWithoutCSCA() throws {
        let unknown = try report(store: { _ in .empty })
        expect(unknown, .cscaValidity, .undetermined, .cscaUnknown)
        expect(unknown, .issuingState, .undetermined, .issuingStateNotAnchored)
        expect(unknown, .dsChain, .undetermined, .dsIssuerUnknown)
    }

    @Test func attack13WithoutCOM() throws {
        let authority = try BuiltPKI.csca()
        let sod = try BuiltPKI.sod(BuiltPKI.groups, try BuiltPKI.signer(authority))
        for policy in [TrustPolicy.field, .strict] {
            let report = PassiveAuthentication(
                store: TrustStore(certificates: [authority.certificate]), policy: policy, date: inspectionDay
            ).verify(
                PassiveAuthenticationInput(
                    efSOD: sod, dataGroups: BuiltPKI.groups.mapValues { .read($0) }, issuingState: "VNM"))
            #expect(report[.sodCOM]?.result == .undetermined && report[.sodCOM]?.code == .comNotRead)
            #expect(report[.sodCOM]?.isRequired == (policy.name == "strict"))
        }
    }

    @Test func anchorsOfUnverifiedSourcesAreNamed() throws {
        func store(_ basis: TrustSource.Basis, isTestPKI: Bool = false) -> (Certificate) -> TrustStore {
            { certificate in
                var builder = TrustStoreBuilder()
                let source = builder.add(
                    TrustSource(
                        kind: .masterList, name: "list", sha256: [UInt8](repeating: 7, count: 32),
                        importedAt: inspectionDay, issuedAt: inspectionDay, basis: basis, signer: nil,
                        anchorSHA256: nil,
                        isTestPKI: isTestPKI, notes: []))
                builder.add(certificate, source: source)
                return TrustStore(builder.contents(), problems: [])
            }
        }
        let field = try report(store: store(.unverified))
        #expect(isGreen(field) && field[.dsChain]?.leniencies == [.anchorFromUnverifiedSource], "\(field.checks)")
        expect(try report(policy: .strict, store: store(.unverified)), .dsChain, .undetermined, .dsAnchorUnverified)
        #expect(try report(store: store(.signed))[.dsChain]?.leniencies == [])
        // The mark of an import counts as the one in a certificate (attack 26).
        let marked = try report(store: store(.named, isTestPKI: true))
        expect(marked, .dsChain, .undetermined, .dsTestPKI)
        #expect(marked.isTestPKI)
        var policy = TrustPolicy.field
        policy.allowsTestPKI = true
        #expect(isGreen(try report(policy: policy, store: store(.named, isTestPKI: true))))
    }

    @Test func linkAcrossKeyTypes() throws {
        let old = try BuiltPKI.csca("Old", key: BuiltPKI.key(.rsaPKCS1(bits: 2048)))
        let link = try BuiltPKI.csca(
            "New", key: BuiltPKI.key(.ecdsa(.brainpoolP384r1, .explicit), .sha384), issuer: old)
        let sod = try BuiltPKI.sod(BuiltPKI.groups, try BuiltPKI.signer(link))
        let report = BuiltPKI.report(sod, TrustStore(certificates: [link, old].map(\.certificate)))
        #expect(isGreen(report) && report.csca == link.certificate, "\(report.checks)")
        expect(
            BuiltPKI.report(sod, TrustStore(certificates: [link.certificate])), .dsChain, .undetermined,
            .dsLinkCertificateAlone)
        expect(
            BuiltPKI.report(sod, TrustStore(certificates: [old.certificate])), .dsChain, .undetermined,
            .dsIssuerUnknown)
    }

    @Test(
        arguments: [
            ("D<<", "DE", true), ("DEU", "de", true), ("RKS", "KS", true), ("RKS", "XK", true), ("UNO", "UN", true),
            ("UNK", "ZZ", true), ("EUE", "EU", true), ("AUT", "at", true), ("AUT", "AUT", true), ("XPO", "XPO", true),
            ("XOM", "XO", true), ("GBN", "gb", true), ("ROU", "ro", true), ("VNM", "UT", false), ("AUT", "AU", false),
            ("AUS", "AT", false), ("EUE", "DE", false), ("XXB", "XX", nil), ("XOM", "MT", nil),
        ] as [(String, String, Bool?)])
    func attack9Countries(_ state: String, _ country: String, _ isRight: Bool?) throws {
        let report = try report(country: country, state: state)
        let expected: CheckOutcome = isRight.map { $0 ? .successful : .failed } ?? .undetermined
        #expect(report[.issuingState]?.result == expected, "\(report.checks)")
        #expect(isGreen(report) == (isRight == true))
    }
}
