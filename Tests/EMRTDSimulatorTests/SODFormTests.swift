import EMRTDCrypto
import EMRTDSimulator
import EMRTDTestSupport
import EMRTDTrust
import Foundation
import ISO7816
import LDS
import Testing

/// The forms of EF.SOD met in the field: openssl says that they are what they claim to be, and the reader takes each with the
/// leniency that names it, or refuses it with its code.
@Suite struct SODFormTests {
    private static let groups: [Int: [UInt8]] = [1: hex("6103010203"), 2: hex("75020405"), 14: hex("6E00")]
    private static let ecdsa = SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256)
    private static let rsa = SigningKeyOptions(.rsaPKCS1(bits: 2048), .sha256)
    private static let pss = SigningKeyOptions(.rsaPSS(bits: 2048), .sha512)

    /// A PKI, its signer, and the EF.SOD that a builder makes with it.
    private struct Made {
        let pki: TestPKI
        let signer: CertifiedKey
        var builder = SODBuilder()

        init(_ key: SigningKeyOptions, _ change: (inout Made) throws -> Void = { _ in }) throws {
            pki = try TestPKITests.pki(SODFormTests.ecdsa)
            signer = try pki.makeDocumentSigner(key: key, validity: TestPKITests.validity)
            try change(&self)
        }

        func sod() throws -> [UInt8] { try builder.encoded(dataGroups: SODFormTests.groups, signer: signer) }

        /// The CMS alone.
        func message() throws -> [UInt8] {
            let sod = try sod()
            return builder.hasOuterTag ? try Array(TLV(prefixOf: sod[...]).value) : sod
        }

        /// `openssl cms -verify`.
        func openssl(_ more: [String] = []) throws -> OpenSSL.Result {
            try OpenSSL.run(
                [
                    "cms", "-verify", "-binary", "-inform", "DER", "-in", "sod.cms", "-CAfile", "csca.pem",
                    "-purpose", "any", "-attime", "1765000000", "-out", "content",
                ] + more,
                files: [
                    "sod.cms": message(), "csca.pem": OpenSSL.pem(pki.cscaCertificate),
                    "ds.pem": OpenSSL.pem(signer.certificate),
                ])
        }

        /// Passive authentication, with the leniencies of the whole signature.
        func report(
            _ policy: TrustPolicy = .field, store: [[UInt8]] = []
        ) throws -> (report: PassiveAuthenticationReport, leniencies: Set<Leniency>) {
            var policy = policy
            policy.allowsTestPKI = true
            var states: [DataGroupNumber: DataGroupState] = [:]
            for (number, content) in SODFormTests.groups {
                states[try #require(DataGroupNumber(number))] = .read(content)
            }
            let certificates = try ([pki.cscaCertificate] + store).map { try Certificate(encoded: $0) }
            let report = PassiveAuthentication(
                store: TrustStore(certificates: certificates), policy: policy,
                date: try #require(Timestamp(year: 2025, month: 12, day: 6))
            ).verify(PassiveAuthenticationInput(efSOD: try sod(), dataGroups: states, issuingState: "UTO"))
            let taken = [CheckID.sodSignature, .sodAttributes, .dsChain].flatMap { report[$0]?.leniencies ?? [] }
            return (report, Set(taken))
        }
    }

    /// What openssl and the reader say of a form.
    private func expect(
        _ made: Made, openssl: Bool = true, _ leniencies: Set<Leniency> = [], store: [[UInt8]] = [],
        more: [String] = [], location: SourceLocation = #_sourceLocation
    ) throws {
        let other = try made.openssl(more)
        #expect(other.isSuccess == openssl, "\(other.error)", sourceLocation: location)
        let (report, taken) = try made.report(store: store)
        #expect(
            report.dataIsAuthenticated && taken == leniencies, "\(taken) \(report.checks)", sourceLocation: location)
        #expect(report.coveredDataGroups.count == Self.groups.count, sourceLocation: location)
        // What the field's policy names, the strict one refuses unless it allows that very leniency.
        let strict = try made.report(.strict, store: store).report
        let isAllowed = leniencies.isSubset(of: TrustPolicy.strict.leniencies)
        #expect(strict.dataIsAuthenticated == isAllowed, "\(strict.checks)", sourceLocation: location)
    }

    private func refused(
        _ made: Made, openssl: Bool = false, _ check: CheckID, _ outcome: CheckOutcome, _ code: CheckCode,
        location: SourceLocation = #_sourceLocation
    ) throws {
        let other = try made.openssl()
        #expect(other.isSuccess == openssl, "\(other.error)", sourceLocation: location)
        let report = try made.report().report
        #expect(!report.dataIsAuthenticated, sourceLocation: location)
        #expect(
            report[check]?.code == code && report[check]?.result == outcome, "\(report.checks)",
            sourceLocation: location)
    }

    private func dump(_ made: Made) throws -> String { try OpenSSL.dump(made.message()) }

    @Test(arguments: [1, 20, 4096]) func indefiniteLengths(segment: Int) throws {
        let made = try Made(Self.ecdsa) { $0.builder.form.lengths = .indefinite(segment: segment) }
        let dump = try dump(made)
        // ContentInfo, its [0], SignedData, EncapsulatedContentInfo, its [0], OCTET STRING.
        #expect(dump.components(separatedBy: "l=inf").count == 7 && dump.contains("EOC"))
        try expect(made, [.sodNotDER])
    }

    @Test func withoutSignedAttributes() throws {
        for key in [Self.ecdsa, Self.rsa, Self.pss] {
            let made = try Made(key) { $0.builder.form.hasSignedAttributes = false }
            #expect(try !dump(made).contains("messageDigest"))
            try expect(made, [.noSignedAttributes])
        }
    }

    @Test func signersNamedByEitherIdentifier() throws {
        try expect(try Made(Self.ecdsa))
        try expect(try Made(Self.ecdsa) { $0.builder.signerIdentifier = .subjectKeyIdentifier })
        // The issuer in another type of string: OpenSSL compares names like the reader.
        let printable = try Made(Self.ecdsa) {
            $0.builder.form.identifierStringType = .printable
        }
        #expect(try dump(printable).contains("PRINTABLESTRING   :CSCA of simulated documents"))
        try expect(printable, [.signerIdentifierMismatch])
        // Another name altogether: the key decides.
        let other = try Made(Self.ecdsa) {
            $0.builder.form.identifierIssuer = try CertificateName(
                country: "UT", organization: "another", commonName: "another"
            ).encoded()
        }
        try expect(other, openssl: false, [.signerIdentifierMismatch])
    }

    @Test func anyNumberOfCertificates() throws {
        let none = try Made(Self.ecdsa) { $0.builder.form.certificates = .none }
        try refused(none, .sodSignature, .undetermined, .sodSignerUnknown)
        try expect(none, store: [none.signer.certificate], more: ["-certfile", "ds.pem"])
        let three = try Made(Self.ecdsa) { $0.builder.form.certificates = .signerAmongStrangers }
        #expect(try dump(three).components(separatedBy: "X509v3 Key Usage").count == 4)
        try expect(three)
        #expect(try three.report().report.documentSigner?.encoded == three.signer.certificate)
        try expect(
            try Made(Self.ecdsa) {
                $0.builder.form.certificates = .signerAmong(before: [], after: [$0.pki.cscaCertificate])
            })
        // Certificates of others only.
        let strangers = [
            try TestPKITests.pki(Self.ecdsa).makeDocumentSigner(key: Self.rsa, validity: TestPKITests.validity)
                .certificate
        ]
        let foreign = try Made(Self.ecdsa) { $0.builder.form.certificates = .list(strangers) }
        try refused(foreign, .sodSignature, .failed, .sodSignatureWrong)
    }

    @Test(arguments: ["1.3.27.1.1.1", "1.2.528.1.1006.1.20.1", "1.2.840.113549.1.7.1"])
    func oldContentTypes(_ type: String) throws {
        let made = try Made(Self.ecdsa) { $0.builder.contentType = type }
        #expect(try dump(made).contains(":\(type == "1.2.840.113549.1.7.1" ? "pkcs7-data" : type)\n"))
        try expect(made, [.oldContentType])
    }

    @Test func anyOtherContentTypeIsNone() throws {
        let made = try Made(Self.ecdsa) { $0.builder.contentType = "1.2.3.4" }
        try refused(made, openssl: true, .sodSignature, .failed, .sodMalformed)
    }

    /// The hash of the groups, of the content and of the signature are three.
    @Test func digestsThatDiffer() throws {
        for key in [Self.ecdsa, Self.rsa, Self.pss] {
            let groups = try Made(key) { $0.builder.groupDigest = .sha384 }
            try expect(groups)
            // OpenSSL takes digestAlgorithm for the signature too.
            let content = try Made(key) { $0.builder.form.contentDigest = .sha224 }
            try expect(content, openssl: false, [.signatureDigestDiffers])
        }
    }

    @Test func signatureAlgorithmsThatNameTheKeyAlone() throws {
        for (key, name) in [(Self.rsa, "rsaEncryption"), (Self.ecdsa, "id-ecPublicKey")] {
            let made = try Made(key) { $0.builder.form.signatureAlgorithm = .keyKind }
            #expect(try dump(made).contains(name))
            try expect(made)
        }
    }

    @Test func signaturesMadeWithTheHashOfDigestAlgorithm() throws {
        for (key, other) in [(Self.ecdsa, SignatureScheme.ecdsa(.sha512)), (Self.rsa, .rsaPKCS1(.sha512))] {
            let made = try Made(key) { $0.builder.form.signatureAlgorithm = .other(other) }
            try expect(made, [.signatureDigestFromDigestAlgorithm])
        }
        // Another padding than the named one is no leniency.
        let padded = try Made(Self.pss) { $0.builder.form.signatureAlgorithm = .other(.rsaPKCS1(.sha512)) }
        try refused(padded, .sodSignature, .failed, .sodSignatureWrong)
    }

    @Test func attributesOfOtherStandards() throws {
        for key in [Self.ecdsa, Self.rsa, Self.pss] {
            let made = try Made(key) {
                $0.builder.form.hasAlgorithmProtection = true
                $0.builder.signingTime = CalendarDate(clampingDaysSinceEpoch: 20_000)
            }
            let dump = try dump(made)
            #expect(dump.contains("CMSAlgorithmProtection") || dump.contains("1.2.840.113549.1.9.52"))
            #expect(dump.contains("signingTime"))
            try expect(made)
        }
    }

    @Test func attributesOutOfOrder() throws {
        let made = try Made(Self.ecdsa) {
            $0.builder.form.sortsSignedAttributes = false
            $0.builder.signingTime = CalendarDate(clampingDaysSinceEpoch: 20_000)
        }
        let dump = try dump(made)
        let digest = try #require(dump.range(of: "messageDigest"))
        let type = try #require(dump.range(of: "contentType"))
        #expect(digest.lowerBound < type.lowerBound)
        // OpenSSL verifies over the attributes in the order they came, against RFC 5652, 5.4.
        try expect(made, openssl: false, [.signedAttributesNotDER])
    }

    @Test func signatureValuesInOtherForms() throws {
        let zeros = try Made(Self.ecdsa) {
            $0.builder.form.signatureForm = .superfluousZeros
        }
        try expect(zeros, openssl: false, [.ecdsaSuperfluousZeros])
        let short = try Made(Self.rsa) {
            $0.builder.form.signatureForm = .digestInfoWithoutNull
        }
        try expect(short, openssl: false, [.pkcs1WithoutNull])
    }

    @Test func twoSigners() throws {
        let both = try Made(Self.ecdsa) {
            $0.builder.form.furtherSigners = [
                try $0.pki.makeDocumentSigner(key: SODFormTests.pss, validity: TestPKITests.validity)
            ]
        }
        #expect(try dump(both).components(separatedBy: "messageDigest").count == 3)
        try expect(both)
        // Both signatures are right, but nobody knows the second signer's CSCA.
        let stranger = try Made(Self.ecdsa) {
            $0.builder.form.furtherSigners = [
                try TestPKI(
                    country: "XX", issuingState: "XXX", key: SODFormTests.ecdsa, validity: TestPKITests.validity
                ).makeDocumentSigner(key: SODFormTests.ecdsa, validity: TestPKITests.validity)
            ]
        }
        #expect(try stranger.report().report[.sodSignature]?.result == .successful)
        try refused(stranger, .dsChain, .undetermined, .dsIssuerUnknown)
    }

    @Test func aroundTheMessage() throws {
        let trailing = try Made(Self.ecdsa) { $0.builder.trailing = [0x00, 0x90, 0xFF] }
        #expect(try trailing.sod().suffix(3) == [0x00, 0x90, 0xFF])
        try expect(trailing, [.sodTrailingBytes])
        let bare = try Made(Self.ecdsa) { $0.builder.hasOuterTag = false }
        #expect(try bare.sod().first == 0x30)
        try expect(bare, [.sodWithoutTag77])
        // OpenSSL hashes the content with what is announced alone.
        try expect(
            try Made(Self.ecdsa) { $0.builder.form.announcesDigest = false }, openssl: false,
            [.digestAlgorithmNotListed])
    }

    @Test(arguments: SignedDataFault.allCases) func faultsAreRefused(_ fault: SignedDataFault) throws {
        let made = try Made(Self.ecdsa) { $0.builder.form.faults = [fault] }
        // OpenSSL does not compare the contentType attribute.
        #expect(try made.openssl().isSuccess == (fault == .contentTypeAttribute))
        #expect(try !made.report().report.dataIsAuthenticated)
    }

    /// Several forms at a time, as cards have them.
    @Test func formsTogether() throws {
        let made = try Made(Self.rsa) {
            $0.builder.form.lengths = .indefinite(segment: 64)
            $0.builder.form.hasSignedAttributes = false
            $0.builder.form.signatureAlgorithm = .keyKind
            $0.builder.contentType = "1.3.27.1.1.1"
            $0.builder.hasOuterTag = false
        }
        try expect(made, [.sodNotDER, .noSignedAttributes, .oldContentType, .sodWithoutTag77])
    }
}

/// Whole documents with each form by its name.
@Suite struct SODOptionTests {
    /// What passive authentication says of a document with each form: the code of the check that is not successful.
    private static let refusals: [SODOption: (CheckID, CheckCode)] = [
        .noCertificate: (.sodSignature, .sodSignerUnknown),
        .wrongMessageDigest: (.sodAttributes, .sodMessageDigestWrong),
        .wrongContentTypeAttribute: (.sodAttributes, .sodContentTypeWrong),
        .duplicatedAttribute: (.sodAttributes, .sodAttributesDuplicated),
        .forbiddenDigest: (.sodSignature, .sodAlgorithmForbidden),
        .wrongSignature: (.sodSignature, .sodSignatureWrong), .noSigner: (.sodSignature, .sodNoSigner),
    ]

    @Test(arguments: SODOption.allCases) func everyOptionMakesADocument(_ option: SODOption) throws {
        let today = try #require(CalendarDate(year: 2026, month: 3, day: 1))
        var options = PersonalisationOptions.passportTD3(today: today)
        if option == .digestInfoWithoutNull { options.documentSignerKey = .init(.rsaPKCS1(bits: 2048), .sha256) }
        option.apply(to: &options.sod)
        let document = try Personaliser(options).personalise()
        var groups: [DataGroupNumber: DataGroupState] = [:]
        for file in document.applicationFiles where file.name.hasPrefix("DG") {
            groups[try #require(DataGroupNumber(rawValue: file.shortIdentifier))] = .read(file.content)
        }
        var policy = TrustPolicy.field
        policy.allowsTestPKI = true
        let report = PassiveAuthentication(
            store: TrustStore(certificates: [try Certificate(encoded: document.cscaCertificate)]), policy: policy,
            date: try #require(Timestamp(year: 2026, month: 3, day: 1, hour: 12))
        ).verify(
            PassiveAuthenticationInput(
                efSOD: document.file(named: "EF.SOD")?.content, dataGroups: groups, issuingState: "UTO"))
        if let (check, code) = Self.refusals[option] {
            #expect(report[check]?.code == code && !report.dataIsAuthenticated, "\(report.checks)")
        } else {
            #expect(report.dataIsAuthenticated, "\(report.checks)")
        }
    }
}
