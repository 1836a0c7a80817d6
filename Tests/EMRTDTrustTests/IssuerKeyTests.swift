@testable import EMRTDTrust
import EMRTDSimulator
import Testing

/// Document signers whose issuer's name the trust store knows, with another key.
@Suite("Issuers with another key")
struct IssuerKeyTests {
    typealias PKI = BuiltPKI

    /// A CSCA that the store has, and the one of the same name that replaced it.
    let old: PKI.Holder
    let new: PKI.Holder

    init() throws {
        old = try PKI.csca()
        new = try PKI.csca()
    }

    /// An AuthorityKeyIdentifier with the issuer's name and serial number, and perhaps a key identifier.
    static func authority(_ serial: [UInt8], of name: [UInt8], identifier: [UInt8]? = nil) -> [UInt8] {
        PKI.Extensions.item(
            "2.5.29.35",
            DEREncoder.sequence(
                identifier.map { DEREncoder.implicit(0, $0) } ?? [],
                DEREncoder.explicit(1, DEREncoder.explicit(4, name)),
                DEREncoder.implicit(2, serial)))
    }

    /// `ds.chain` of a document signer of the new CSCA, against the old one.
    func chain(_ authority: [UInt8]?, policy: TrustPolicy = .field, anchor: Certificate? = nil) throws -> CheckResult {
        let extensions = [PKI.Extensions.keyUsage([0])] + (authority.map { [$0] } ?? [])
        let signer = try PKI.signer(new, PKI.Options(extensions: extensions))
        let report = PKI.report(
            try PKI.sod(PKI.groups, signer), TrustStore(certificates: [anchor ?? old.certificate]), policy: policy)
        #expect(!isGreen(report) && !report.dataIsAuthenticated)
        return try #require(report[.dsChain])
    }

    /// `field`, leaving open what a renewed CSCA would explain.
    var tolerant: TrustPolicy {
        var policy = TrustPolicy.field
        policy.issuerKeyDiffers = .undetermined
        return policy
    }

    @Test func theRuleForANameAloneIsThePolicys() throws {
        let unknown = PKI.Extensions.authorityKeyIdentifier(new.identifier)
        let other = Self.authority([0x40, 9, 9, 9], of: new.name)
        for authority in [nil, unknown, other] {
            for policy in [TrustPolicy.field, .strict] {
                let result = try chain(authority, policy: policy)
                #expect(result.result == .failed && result.code == .dsIssuerKeyDiffers, "\(result)")
                #expect(result.reason.contains("Update the trust store"))
            }
            let open = try chain(authority, policy: tolerant)
            #expect(open.result == .undetermined && open.code == .dsIssuerKeyDiffers, "\(open)")
        }
        // A CSCA without a key identifier is found by its name, too.
        let bare = try PKI.certificate(
            old.key, name: old.name, identifier: old.identifier, issuer: nil, isAuthority: true,
            PKI.Options(extensions: [PKI.Extensions.keyUsage([5, 6]), PKI.Extensions.authority]))
        let result = try chain(unknown, policy: tolerant, anchor: bare)
        #expect(result.result == .undetermined && result.code == .dsIssuerKeyDiffers, "\(result)")
    }

    @Test func aSignerThatNamesAnotherKeyOfTheStoreIsForged() throws {
        let serial = old.certificate.serialNumber
        for authority in [
            PKI.Extensions.authorityKeyIdentifier(old.identifier), Self.authority(serial, of: old.name),
            Self.authority(serial, of: old.name, identifier: old.identifier),
        ] {
            for policy in [TrustPolicy.field, .strict, tolerant] {
                let result = try chain(authority, policy: policy)
                #expect(result.result == .failed && result.code == .dsSignatureWrong, "\(result)")
            }
        }
        // The serial number is that of the old one by chance: the key identifier decides.
        let both = try chain(Self.authority(serial, of: old.name, identifier: new.identifier), policy: tolerant)
        #expect(both.result == .undetermined && both.code == .dsIssuerKeyDiffers, "\(both)")
    }

    @Test func oneThatNamesTheKeyIsEnough() throws {
        // Both are in the store; the signer's bytes were changed after the new one signed it.
        let signer = try PKI.signer(new)
        var bytes = signer.certificate.encoded
        bytes[bytes.count - 1] ^= 1
        let holder = PKI.Holder(
            key: signer.key, name: signer.name, identifier: signer.identifier,
            certificate: try Certificate(encoded: bytes))
        let store = TrustStore(certificates: [old.certificate, new.certificate])
        let result = try #require(PKI.report(try PKI.sod(PKI.groups, holder), store)[.dsChain])
        #expect(result.result == .failed && result.code == .dsSignatureWrong, "\(result)")
        let good = PKI.report(try PKI.sod(PKI.groups, signer), store)
        #expect(isGreen(good), "\(good.checks)")
    }
}
