import EMRTDCrypto
import EMRTDSimulator
@testable import EMRTDTrust
import ISO7816
import LDS
import Testing

/// EF.SODs in the forms that issuers gave them (facts of the field; the regular forms and BER are in ``SignatureTests``).
@Suite("Forms of EF.SOD")
struct SODFormTests {
    private let csca: BuiltPKI.Holder
    private let signer: BuiltPKI.Holder
    private let store: TrustStore

    init() throws {
        csca = try BuiltPKI.csca()
        signer = try BuiltPKI.signer(csca)
        store = TrustStore(certificates: [csca.certificate])
    }

    private func report(
        _ options: BuiltPKI.SODOptions, signer other: BuiltPKI.Holder? = nil, policy: TrustPolicy = .field
    ) throws -> PassiveAuthenticationReport {
        BuiltPKI.report(try BuiltPKI.sod(BuiltPKI.groups, other ?? signer, options), store, policy: policy)
    }

    private func expectGreen(
        _ report: PassiveAuthenticationReport, _ leniencies: Set<Leniency> = [],
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(isGreen(report), "\(report.checks)", sourceLocation: location)
        #expect(Set(report.checks.flatMap(\.leniencies)) == leniencies, sourceLocation: location)
    }

    @Test("0, 1, 2 and 3 certificates", arguments: 0...3)
    func certificates(_ count: Int) throws {
        let others = [
            csca.certificate, try BuiltPKI.signer(csca, .init(serial: [0x11])).certificate, signer.certificate,
        ]
        let inside = Array(others.suffix(count))
        let report = try report(.init(certificates: inside))
        if count == 0 {
            #expect(report[.sodSignature]?.code == .sodSignerUnknown && !isGreen(report))
            let known = TrustStore(certificates: [csca.certificate, signer.certificate])
            expectGreen(
                BuiltPKI.report(try BuiltPKI.sod(BuiltPKI.groups, signer, .init(certificates: [])), known))
        } else {
            expectGreen(report)
            #expect(report.documentSigner == signer.certificate)
        }
    }

    @Test("old object identifiers", arguments: ["1.3.27.1.1.1", "1.2.528.1.1006.1.20.1", "1.2.840.113549.1.7.1"])
    func oldContentTypes(_ type: String) throws {
        expectGreen(try report(.init(contentType: type)), [.oldContentType])
        #expect(try report(.init(contentType: type), policy: .strict)[.sodSignature]?.code == .sodLeniencyRefused)
    }

    @Test func digestsThatDiffer() throws {
        // The data groups hashed with SHA-512, the content with SHA-384, the signature with SHA-256: each names its own.
        let odd = try report(.init(groupDigest: .sha512, digestAlgorithm: .sha384))
        expectGreen(odd, [.signatureDigestDiffers])
        let strict = try report(.init(groupDigest: .sha512, digestAlgorithm: .sha384), policy: .strict)
        #expect(strict[.sodSignature]?.code == .sodLeniencyRefused && !isGreen(strict))
        // A salt and a mask say nothing of the content's hash, the hash of PSS does.
        let pss = try BuiltPKI.signer(csca, key: BuiltPKI.key(.rsaPSS(bits: 2048), .sha256))
        expectGreen(try report(.init(), signer: pss))
        expectGreen(try report(.init(digestAlgorithm: .sha512), signer: pss), [.signatureDigestDiffers])
        // The algorithm names SHA-384, the signature was made with the digestAlgorithm, SHA-256.
        let ecdsaSHA384 = try AlgorithmEncoding.identifier(of: SignatureScheme.ecdsa(.sha384))
        let differs = try report(.init(digestAlgorithm: .sha256, signatureAlgorithm: ecdsaSHA384))
        expectGreen(differs, [.signatureDigestFromDigestAlgorithm])
        // The signer's certificate is signed with another hash and another kind of key than the EF.SOD.
        let rsa = try BuiltPKI.csca(key: BuiltPKI.key(.rsaPSS(bits: 2048), .sha512))
        let holder = try BuiltPKI.signer(rsa, key: BuiltPKI.key(.ecdsa(.brainpoolP256r1, .explicit), .sha224))
        expectGreen(
            BuiltPKI.report(
                try BuiltPKI.sod(BuiltPKI.groups, holder), TrustStore(certificates: [rsa.certificate])))
    }

    /// CMSAlgorithmProtection (RFC 6211), seen on Indonesian documents.
    @Test func algorithmProtection() throws {
        let digest = try AlgorithmEncoding.identifier(of: DigestAlgorithm.sha256)
        let signature = try AlgorithmEncoding.identifier(of: signer.key.scheme)
        func result(
            _ values: [[UInt8]], signer other: BuiltPKI.Holder? = nil, _ algorithm: [UInt8]? = nil
        ) throws -> CheckResult? {
            let attribute = DEREncoder.sequence(BuiltPKI.oid("1.2.840.113549.1.9.52"), DEREncoder.set(values))
            let report = try report(
                .init(extraAttributes: [attribute], signatureAlgorithm: algorithm), signer: other)
            #expect(isGreen(report) == (report[.sodAttributes]?.result == .successful), "\(report.checks)")
            return report[.sodAttributes]
        }
        func protection(_ digest: [UInt8], _ signature: [UInt8], tag: UInt8 = 0xA1) -> [UInt8] {
            DEREncoder.sequence(digest, [tag] + signature.dropFirst())
        }
        #expect(try result([protection(digest, signature)])?.code == .ok)
        // NULL or nothing.
        let hash = BuiltPKI.oid("2.16.840.1.101.3.4.2.1")
        for parameters in [[], DEREncoder.null] {
            #expect(try result([protection(DEREncoder.sequence(hash, parameters), signature)])?.code == .ok)
        }
        let scheme = Array(signature.dropFirst(2))
        #expect(try result([protection(digest, DEREncoder.sequence(scheme, DEREncoder.null))])?.code == .ok)
        let wrong = [
            protection(try AlgorithmEncoding.identifier(of: DigestAlgorithm.sha384), signature),
            protection(digest, try AlgorithmEncoding.identifier(of: SignatureScheme.ecdsa(.sha384))),
            protection(digest, try AlgorithmEncoding.identifier(of: SignatureScheme.rsaPKCS1(.sha256))),
            protection(digest, DEREncoder.sequence(scheme, DEREncoder.integer(1))),
            protection(DEREncoder.sequence(hash, DEREncoder.integer(1)), signature),
            // A MAC's algorithm, no signature's, both, and what is no such value at all.
            protection(digest, signature, tag: 0xA2), DEREncoder.sequence(digest),
            DEREncoder.sequence(digest, [0xA1] + signature.dropFirst(), [0xA2] + signature.dropFirst()),
            DEREncoder.null, DEREncoder.octetString([1]), DEREncoder.sequence(),
        ]
        for value in wrong {
            let found = try result([value])
            #expect(found?.result == .failed && found?.code == .sodAlgorithmProtectionWrong, "\(value)")
        }
        let good = protection(digest, signature)
        for values in [[], [good, good]] { #expect(try result(values)?.code == .sodAttributesDuplicated) }
        let twice = BuiltPKI.attribute("1.2.840.113549.1.9.52", good)
        #expect(
            try report(.init(extraAttributes: [twice, twice]))[.sodAttributes]?.code == .sodAttributesDuplicated)
        // The signer names another algorithm than the one that it protected, which verifies all the same.
        let exchanged = try AlgorithmEncoding.identifier(of: SignatureScheme.ecdsa(.sha384))
        #expect(try result([good], exchanged)?.code == .sodAlgorithmProtectionWrong)
        // The parameters of PSS, with another salt.
        let pss = try BuiltPKI.signer(csca, key: BuiltPKI.key(.rsaPSS(bits: 2048)))
        let parameters = try AlgorithmEncoding.identifier(of: pss.key.scheme)
        #expect(try result([protection(digest, parameters)], signer: pss)?.code == .ok)
        let salted = try AlgorithmEncoding.identifier(of: .rsaPSS(.sha256, mgf: .sha256, saltLength: 20))
        #expect(try result([protection(digest, salted)], signer: pss)?.code == .sodAlgorithmProtectionWrong)
    }

    @Test func unknownSignedAttributes() throws {
        expectGreen(
            try report(.init(extraAttributes: [BuiltPKI.attribute("1.3.6.1.4.1.32473.1", DEREncoder.null)])))
        // Two signing times are not one.
        let twice = try report(
            .init(extraAttributes: [
                BuiltPKI.attribute("1.2.840.113549.1.9.5", BuiltPKI.time("260102000000Z"))
            ]))
        #expect(twice[.sodAttributes]?.code == .sodAttributesDuplicated && !isGreen(twice))
    }

    @Test func withoutSignedAttributes() throws {
        let report = try report(.init(hasAttributes: false))
        expectGreen(report, [.noSignedAttributes])
        #expect(report[.dsValidityAtSigning]?.code == .dsSigningTimeUnknown)
    }

    @Test func issuerOfTheSignerEncodedDifferently() throws {
        // The same name in capitals and another string type, as on Ukrainian documents.
        let name = DEREncoder.sequence(
            DEREncoder.set([DEREncoder.sequence(BuiltPKI.oid("2.5.4.6"), DEREncoder.utf8String("vn"))]),
            DEREncoder.set([DEREncoder.sequence(BuiltPKI.oid("2.5.4.3"), DEREncoder.utf8String("csca"))]))
        let serial = TLV.encode(0x02, signer.certificate.serialNumber)
        expectGreen(
            try report(.init(identifier: DEREncoder.sequence(name, serial))), [.signerIdentifierMismatch])
        // By key identifier; and by one that fits no certificate: the key that verifies decides, and that is named.
        expectGreen(try report(.init(identifier: DEREncoder.implicit(0, signer.identifier))))
        expectGreen(
            try report(.init(identifier: DEREncoder.implicit(0, [1, 2, 3]))), [.signerIdentifierMismatch])
        #expect(
            try report(.init(identifier: DEREncoder.implicit(0, [1, 2, 3])), policy: .strict)[.sodSignature]?.code
                == .sodLeniencyRefused)
    }
}
