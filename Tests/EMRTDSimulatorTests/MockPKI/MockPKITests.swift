import EMRTDCrypto
import EMRTDSimulator
import EMRTDTestSupport
import EMRTDTrust
import Foundation
import LDS
import Testing

/// Every key pair of `mock_pki_selfxyz`: what the simulator signs with it verifies, and no damage passes.
@Suite struct MockPKITests {
    /// Prints what is there, and why folders are left out.
    @Test func theFolders() {
        guard !MockPair.folders.isEmpty else { return }
        print("mock_pki_selfxyz: \(MockPair.folders.count) folders, \(MockPair.complete.count) complete pairs")
        for folder in MockPair.folders {
            if case .incomplete = folder { print("left out: \(folder.testDescription)") }
        }
        #expect(MockPair.folders.count == 41 && MockPair.complete.count == 32)
    }

    @Test(arguments: MockPair.complete) func everyPair(_ name: String) throws {
        let pair = try MockPair(name)
        #expect(name.hasPrefix("\(pair.signer.key.scheme.digest)_"))
        try verifies(pair)
        try opensslAgrees(pair)
        let damages = try MockDamage.all(pair)
        #expect(damages.count >= 12 && Set(damages.map(\.code)).count == damages.count)
        for damage in damages {
            let report = try damage.run(pair)
            let check = try #require(report[damage.check], "\(damage.name)")
            #expect(check.code == damage.code && check.result == damage.outcome, "\(damage.name): \(check)")
            // No damage leaves everything in order: either nothing is authenticated, or a check says what is not.
            #expect(!report.dataIsAuthenticated || check.result == .failed, "\(damage.name)")
        }
    }

    /// The good EF.SOD. The mock certificates have no mark of a test PKI, so that to this library they are a state's: a store
    /// that trusts them makes such a document authentic. They have no key usage, which ICAO demands of a document signer.
    private func verifies(_ pair: MockPair) throws {
        let report = try pair.report(pair.sod)
        let name = pair.name
        #expect(report.dataIsAuthenticated && !report.isTestPKI, "\(name): \(report.checks)")
        #expect(report.coveredDataGroups == [.dg1, .dg2, .dg14])
        #expect(report.documentSigner?.encoded == pair.signer.certificate && report.csca == pair.cscaCertificate)
        for check in report.checks where check.isRequired && check.result != .successful {
            Issue.record("\(name): \(check)")
        }
        let weak: [Leniency] = pair.isSHA1 ? [.weakAlgorithm] : []
        #expect(report[.sodSignature]?.leniencies == weak)
        #expect(report[.dsChain]?.leniencies == [.dsWithoutKeyUsage] + weak)

        // The policies as they are.
        let field = try pair.report(pair.sod, policy: .field)
        let strict = try pair.report(pair.sod, policy: .strict)
        if pair.isSHA1 {
            #expect(field[.sodSignature]?.code == .sodAlgorithmWeak && field[.dsChain]?.code == .dsAlgorithmWeak)
            #expect(field[.sodSignature]?.result == .undetermined && field[.dsChain]?.result == .undetermined)
            #expect(strict[.sodSignature]?.result == .failed)
        } else {
            #expect(field.dataIsAuthenticated)
            #expect(strict[.sodSignature]?.result == .successful)
        }
        #expect(strict[.dsChain]?.code == .dsLeniencyRefused && !strict.dataIsAuthenticated)
    }

    /// OpenSSL refuses chains with explicit curve parameters; it judges the signature alone there.
    private func opensslAgrees(_ pair: MockPair) throws {
        let isExplicit = pair.csca.key.parameters == .explicit && pair.name.contains("ecdsa")
        let chain = isExplicit ? ["-noverify"] : ["-CAfile", "csca.pem", "-purpose", "any"]
        func verify(_ sod: [UInt8]) throws -> OpenSSL.Result {
            try OpenSSL.run(
                ["cms", "-verify", "-binary", "-inform", "DER", "-in", "sod.cms", "-attime", "1780000000"] + chain
                    + ["-out", "content"],
                files: [
                    "sod.cms": OpenSSL.withoutOuterTag(sod), "csca.pem": OpenSSL.pem(pair.csca.certificate),
                ])
        }
        let good = try verify(pair.sod)
        #expect(good.isSuccess, "\(pair.name): \(good.error)")
        for fault in [SignedDataFault.signature, .messageDigest] {
            var builder = pair.builder
            builder.form.faults = [fault]
            let bad = try verify(builder.encoded(dataGroups: MockPair.groups, signer: pair.signer))
            #expect(!bad.isSuccess, "\(pair.name): \(fault)")
        }
    }
}
