import EMRTDCrypto
import EMRTDSimulator
import EMRTDTestSupport
import EMRTDTrust
import LDS

/// One way to damage a document, and the code that it must come out with.
struct MockDamage: Sendable {
    let name: String
    let check: CheckID
    let code: CheckCode
    var outcome = CheckOutcome.failed
    let run: @Sendable (MockPair) throws -> PassiveAuthenticationReport

    static func all(_ pair: MockPair) throws -> [MockDamage] {
        inMessage + inData + inSigner + inTime + [try unusableKey(pair)] + inStore
    }

    /// A fault of the CMS.
    private static func fault(
        _ fault: SignedDataFault, _ check: CheckID, _ code: CheckCode, _ outcome: CheckOutcome = .failed
    ) -> MockDamage {
        MockDamage(name: "\(fault)", check: check, code: code, outcome: outcome) { pair in
            var builder = pair.builder
            builder.form.faults = [fault]
            return try pair.report(builder.encoded(dataGroups: MockPair.groups, signer: pair.signer))
        }
    }

    /// The pair's key with another certificate, which the mock CSCA signed.
    private static func signer(
        _ name: String, _ check: CheckID, _ code: CheckCode,
        _ change: @escaping @Sendable (inout CertificateRequest) -> Void
    ) -> MockDamage {
        MockDamage(name: name, check: check, code: code) { pair in
            try pair.report(pair.builder.encoded(dataGroups: MockPair.groups, signer: pair.reissued(change)))
        }
    }

    private static let inMessage = [
        fault(.signature, .sodSignature, .sodSignatureWrong),
        fault(.messageDigest, .sodAttributes, .sodMessageDigestWrong),
        fault(.contentTypeAttribute, .sodAttributes, .sodContentTypeWrong),
        fault(.duplicatedAttribute, .sodAttributes, .sodAttributesDuplicated),
        fault(.forbiddenDigest, .sodSignature, .sodAlgorithmForbidden),
        fault(.noSigner, .sodSignature, .sodNoSigner),
        MockDamage(name: "truncated", check: .sodSignature, code: .sodMalformed) { pair in
            try pair.report(pair.sod.dropLast(10))
        },
        MockDamage(
            name: "without the signer's certificate", check: .sodSignature, code: .sodSignerUnknown,
            outcome: .undetermined
        ) { pair in
            var builder = pair.builder
            builder.form.certificates = .none
            return try pair.report(builder.encoded(dataGroups: MockPair.groups, signer: pair.signer))
        },
    ]

    private static let inData = [
        MockDamage(name: "DG1 with another bit", check: .dataGroup(.dg1), code: .dgHashWrong) { pair in
            var groups = MockPair.groups
            groups[1] = hex("6103010202")
            return try pair.report(
                pair.sod, groups: groups)
        },
        MockDamage(name: "DG13 not listed", check: .dataGroup(.dg13), code: .dgNotInSOD) { pair in
            var groups = MockPair.groups
            groups[13] = hex("6D00")
            return try pair.report(
                pair.sod, groups: groups)
        },
        MockDamage(name: "another state's document", check: .issuingState, code: .issuingStateDiffers) { pair in
            try pair.report(pair.sod, state: "VNM")
        },
    ]

    private static let inSigner = [
        MockDamage(name: "signature of the document signer's certificate", check: .dsChain, code: .dsSignatureWrong) {
            pair in
            var builder = pair.builder
            var certificate = pair.signer.certificate
            certificate[certificate.count - 1] ^= 0x01
            builder.form.certificates = .list([certificate])
            return try pair.report(builder.encoded(dataGroups: MockPair.groups, signer: pair.signer))
        },
        signer("expired document signer", .dsValidity, .dsExpired) {
            $0.validity = CalendarDate(clampingDaysSinceEpoch: 20_200)...CalendarDate(clampingDaysSinceEpoch: 20_300)
        },
        signer("document signer of the future", .dsValidity, .dsNotYetValid) {
            $0.validity = CalendarDate(clampingDaysSinceEpoch: 20_900)...CalendarDate(clampingDaysSinceEpoch: 21_000)
        },
        signer("document signer that is a CA", .dsChain, .dsIsCA) { ($0.isCA, $0.keyUsage) = (true, [0, 5]) },
        signer("unknown critical extension", .dsChain, .dsCriticalExtensionUnknown) {
            $0.additionalExtensions = [.init("1.2.3.4", isCritical: true, value: DEREncoder.null)]
        },
        signer("wrong key usage", .dsChain, .dsKeyUsageWrong) { $0.keyUsage = [2] },
        signer("extension twice", .dsChain, .dsExtensionMalformed) {
            $0.additionalExtensions = [.init("2.5.29.14", value: DEREncoder.octetString([1]))]
        },
    ]

    private static let inTime = [
        signer("document signer of another type of document", .dsDocumentType, .dsDocumentTypeWrong) {
            $0.documentTypes = ["I"]
        },
        MockDamage(
            name: "signed before the document signer was valid", check: .dsValidityAtSigning,
            code: .dsNotYetValidAtSigning
        ) {
            pair in
            var builder = pair.builder
            builder.signingTime = CalendarDate(clampingDaysSinceEpoch: 20_000)
            return try pair.report(builder.encoded(dataGroups: MockPair.groups, signer: pair.signer))
        },
        MockDamage(name: "revoked document signer", check: .dsRevocation, code: .dsRevoked) { pair in
            let day = CalendarDate(clampingDaysSinceEpoch: 20_590)
            let list = try RevocationListBuilder(
                issuer: pair.csca, thisUpdate: day, nextUpdate: day.adding(days: 90),
                entries: [.init(pair.signer.serialNumber, date: day, reason: 1)]
            ).signed(by: pair.csca.key)
            return try pair.report(pair.sod, revocationLists: [list])
        },
    ]

    /// A key that proves nothing: a curve whose generator is the public point (CVE-2020-0601), or RSA with the exponent 1.
    private static func unusableKey(_ pair: MockPair) throws -> MockDamage {
        let algorithm: [UInt8]
        let bits: [UInt8]
        switch pair.signer.key.privateKey.publicKey {
        case .ec(let key):
            algorithm = DEREncoder.sequence(
                try DEREncoder.objectIdentifier("1.2.840.10045.2.1"),
                try AlgorithmEncoding.ecParameters(key.curve, generator: key.point))
            bits = key.point
        case .rsa(let key):
            algorithm = DEREncoder.sequence(
                try DEREncoder.objectIdentifier("1.2.840.113549.1.1.1"), DEREncoder.null)
            bits = DEREncoder.sequence(DEREncoder.integer(magnitude: key.modulus), DEREncoder.integer(1))
        }
        let info = DEREncoder.sequence(algorithm, DEREncoder.bitString(bits))
        return signer("key of no use", .sodSignature, .sodKeyUnusable) { $0.encodedPublicKey = info }
    }

    private static let inStore = [
        MockDamage(name: "no CSCA of that name", check: .dsChain, code: .dsIssuerUnknown, outcome: .undetermined) {
            pair in
            try pair.report(pair.sod, store: [])
        },
        MockDamage(name: "a CSCA of that name with another key", check: .dsChain, code: .dsIssuerKeyDiffers) { pair in
            try pair.report(
                pair.sod,
                store: [csca(pair) { $0.key = .generated(SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256)) }])
        },
        MockDamage(name: "expired CSCA", check: .cscaValidity, code: .cscaExpired) { pair in
            try pair.report(
                pair.sod,
                store: [
                    csca(pair) {
                        $0.validity =
                            CalendarDate(clampingDaysSinceEpoch: 20_000)...CalendarDate(clampingDaysSinceEpoch: 20_300)
                    }
                ])
        },
        MockDamage(name: "CSCA that may not sign", check: .dsChain, code: .cscaNotCA) { pair in
            try pair.report(
                pair.sod,
                store: [csca(pair) { ($0.isCA, $0.pathLength, $0.keyUsage) = (nil, nil, [6]) }])
        },
        MockDamage(
            name: "unknown critical extension of the CSCA", check: .dsChain, code: .cscaCriticalExtensionUnknown
        ) { pair in
            try pair.report(
                pair.sod,
                store: [
                    csca(pair) {
                        $0.additionalExtensions = [.init("1.2.3.4", isCritical: true, value: DEREncoder.null)]
                    }
                ])
        },
    ]

    /// A CSCA with the mock CSCA's name and key, certified anew with changes.
    private static func csca(_ pair: MockPair, _ change: (inout CertificateRequest) -> Void) throws -> [UInt8] {
        var request = CertificateRequest(
            .csca, country: "FR", issuingState: "FRA", key: SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256),
            validity: MockPair.validity)
        request.key = .existing(pair.csca.key)
        request.encodedSubject = pair.csca.subject
        change(&request)
        return try CertifiedKey.selfSigned(request).certificate
    }
}
