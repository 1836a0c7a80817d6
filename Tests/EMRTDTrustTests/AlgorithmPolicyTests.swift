import EMRTDCrypto
import EMRTDSimulator
@testable import EMRTDTrust
import LDS
import Testing

@Suite("Algorithms by date")
struct AlgorithmPolicyTests {
    private func report(
        _ kind: SigningKeyOptions.Kind = .ecdsa(.secp256r1, .named), _ digest: DigestAlgorithm = .sha256,
        csca: SigningKeyOptions.Kind = .ecdsa(.secp256r1, .named), cscaDigest: DigestAlgorithm = .sha256,
        start: String, signed: String?, groups: DigestAlgorithm = .sha256, policy: TrustPolicy = .field,
        at date: Timestamp = inspectionDay
    ) throws -> PassiveAuthenticationReport {
        let options = BuiltPKI.Options(start: start)
        let authority = try BuiltPKI.csca("CSCA", key: BuiltPKI.key(csca, cscaDigest), options)
        let signer = try BuiltPKI.signer(authority, key: BuiltPKI.key(kind, digest), options)
        let sod = try BuiltPKI.sod(
            BuiltPKI.groups, signer, .init(signingTime: signed, groupDigest: groups))
        return BuiltPKI.report(sod, TrustStore(certificates: [authority.certificate]), policy: policy, date: date)
    }

    @Test func sha1OfItsDay() throws {
        let old = try report(
            .rsaPKCS1(bits: 2048), .sha1, cscaDigest: .sha1, start: "20080101000000Z", signed: "080601000000Z",
            groups: .sha1)
        #expect(isGreen(old), "\(old.checks)")
        for id in [CheckID.sodSignature, .sodAttributes, .dsChain, .dataGroup(.dg1)] {
            #expect(old[id]?.leniencies.contains(.weakAlgorithm) == true, "\(id)")
        }
        // Without a signing time the first day of the certificate counts.
        #expect(
            isGreen(
                try report(
                    .rsaPKCS1(bits: 2048), .sha1, cscaDigest: .sha1, start: "20080101000000Z", signed: nil,
                    groups: .sha1)))
        let strict = try report(
            .rsaPKCS1(bits: 2048), .sha1, cscaDigest: .sha1, start: "20080101000000Z", signed: "080601000000Z",
            groups: .sha1, policy: .strict)
        #expect(strict[.sodSignature]?.result == .undetermined && strict[.sodSignature]?.code == .sodAlgorithmWeak)
        #expect(strict[.sodSignature]?.reason.contains("first rule") == true)
    }

    @Test func sha1OfToday() throws {
        // Signed later with the certificate of 2008; the certificate itself was signed in its day.
        let late = try report(
            .rsaPKCS1(bits: 2048), .sha1, cscaDigest: .sha1, start: "20080101000000Z", signed: "150601000000Z")
        #expect(late[.sodSignature]?.result == .undetermined && late[.sodSignature]?.code == .sodAlgorithmWeak)
        #expect(late[.sodAttributes]?.code == .sodAlgorithmWeak)
        #expect(late[.dsChain]?.result == .successful)
        #expect(late[.sodSignature]?.reason.contains("2011-01-01") == true)
        // Nobody signed with a certificate before it was valid: a signing time that says so does not help.
        let backdated = try report(
            .rsaPKCS1(bits: 2048), .sha1, start: "20200101000000Z", signed: "080601000000Z")
        #expect(backdated[.sodSignature]?.code == .sodAlgorithmWeak)
        #expect(backdated[.dsValidityAtSigning]?.code == .dsNotYetValidAtSigning)
        let strict = try report(
            .rsaPKCS1(bits: 2048), .sha1, start: "20200101000000Z", signed: "200601000000Z", policy: .strict)
        #expect(strict[.sodSignature]?.result == .failed)
        let chain = try report(cscaDigest: .sha1, start: "20210101000000Z", signed: "210601000000Z")
        #expect(chain[.dsChain]?.result == .undetermined && chain[.dsChain]?.code == .dsAlgorithmWeak)
    }

    /// CSCAs signed certificates with SHA-1 for longer than anybody should have signed documents with it.
    @Test func sha1OnCertificates() throws {
        let field = try report(cscaDigest: .sha1, start: "20150101000000Z", signed: "160601000000Z")
        #expect(isGreen(field), "\(field.checks)")
        #expect(field[.dsChain]?.leniencies.contains(.weakAlgorithm) == true)
        let strict = try report(cscaDigest: .sha1, start: "20150101000000Z", signed: "160601000000Z", policy: .strict)
        #expect(strict[.dsChain]?.result == .failed && strict[.dsChain]?.code == .dsAlgorithmWeak)
        // The document's own signature has no such time.
        let document = try report(.rsaPKCS1(bits: 2048), .sha1, start: "20150101000000Z", signed: "160601000000Z")
        #expect(document[.sodSignature]?.result == .undetermined && !isGreen(document))
    }

    /// To forge a hash of a group takes a second preimage, or an issuer who signs what the forger prepared: the end is that of
    /// SHA-1 certificates.
    @Test func sha1Hashes() throws {
        let day = AlgorithmRequirement.endOfSHA1Certificates
        for (start, signed, inField, inStrict) in [
            ("20080101000000Z", "101231235959Z", true, true), ("20080101000000Z", nil, true, true),
            ("20080101000000Z", "110101000000Z", true, false), ("20150101000000Z", nil, true, false),
            // Nobody signs before the certificate is valid.
            ("20150101000000Z", "080601000000Z", true, false), ("20200101000000Z", "201231235959Z", true, false),
            ("20200101000000Z", "210101000000Z", false, false), ("20210101000000Z", "101231235959Z", false, false),
        ] {
            let field = try report(start: start, signed: signed, groups: .sha1)
            let result = try #require(field[.dataGroup(.dg1)])
            #expect(result.result == (inField ? .successful : .undetermined), "\(result)")
            #expect(result.code == (inField ? .ok : .dgHashWeak))
            #expect(result.leniencies == (inField ? [.weakAlgorithm] : []))
            #expect(field.coveredDataGroups.isEmpty != inField)
            let strict = try report(start: start, signed: signed, groups: .sha1, policy: .strict)
            #expect(strict[.dataGroup(.dg1)]?.result == (inStrict ? .successful : .failed))
        }
        #expect(day.description == "2021-01-01T00:00:00Z")
        var lax = TrustPolicy.field
        lax.sha1Hashes = .accept
        #expect(isGreen(try report(start: "20210101000000Z", signed: "210601000000Z", groups: .sha1, policy: lax)))
    }

    @Test func keySizes() throws {
        let field = try report(csca: .rsaPKCS1(bits: 2048), start: "20200101000000Z", signed: nil)
        #expect(isGreen(field), "\(field.checks)")
        let strict = try report(csca: .rsaPKCS1(bits: 2048), start: "20200101000000Z", signed: nil, policy: .strict)
        #expect(strict[.dsChain]?.result == .failed && strict[.dsChain]?.code == .dsAlgorithmWeak)
        #expect(
            try report(csca: .rsaPKCS1(bits: 3072), start: "20200101000000Z", signed: nil, policy: .strict)[.dsChain]?
                .result == .successful)
        let short = try report(.ecdsa(.secp192r1, .named), start: "20080101000000Z", signed: "080601000000Z")
        #expect(short[.sodSignature]?.result == .undetermined && short[.sodSignature]?.code == .sodAlgorithmWeak)
        var later = TrustPolicy.field
        later.algorithms.append(
            AlgorithmRequirement(
                from: try #require(Timestamp(date: "2026-01-01")), documentSigner: .init(rsa: 3072, ec: 320)))
        #expect(
            try report(start: "20200101000000Z", signed: "260601000000Z", policy: later)[.sodSignature]?.code
                == .sodAlgorithmWeak)
        #expect(isGreen(try report(start: "20200101000000Z", signed: "250601000000Z", policy: later)))
        // Without a date anywhere the last rule counts.
        #expect(later.algorithmRequirement(signedAt: nil).documentSigner.ec == 320)
    }

    @Test func theTable() throws {
        var policy = TrustPolicy.field
        policy.algorithms.reverse()
        let before = try #require(Timestamp(date: "2010-12-31"))
        #expect(policy.algorithmRequirement(signedAt: before).sha1Signatures == .accept)
        #expect(policy.algorithmRequirement(signedAt: AlgorithmRequirement.endOfSHA1).sha1Signatures == nil)
        #expect(AlgorithmRequirement.endOfSHA1.day == "2011-01-01")
        #expect(policy.algorithmRequirement(signedAt: Timestamp(secondsSince1970: -1)).sha1Signatures == .accept)
        policy.algorithms = []
        #expect(policy.algorithmRequirement(signedAt: before).documentSigner == .documentSigner)
    }
}
