import EMRTDCrypto
import EMRTDSimulator
import EMRTDTestSupport
@testable import EMRTDTrust
import Testing

/// Where libcrypto has no memory a check is aborted or undetermined; nothing fails for it, and nothing of it is kept. In processes
/// of their own: what libcrypto keeps for the whole process does not always get over such a failure.
@Suite("Failures of libcrypto in checks") struct LibcryptoFailureTests {
    static let keys: [SigningKeyOptions.Kind] = [
        .ecdsa(.secp256r1, .named), .ecdsa(.brainpoolP256r1, .explicit), .rsaPKCS1(bits: 2048),
    ]

    @Test func keysAreDecodedAnew() async {
        await #expect(processExitsWith: .success) {
            for kind in LibcryptoFailureTests.keys { try LibcryptoFailureTests.decode(kind) }
        }
    }

    @Test(arguments: keys.indices) func noCheckFailsAndNothingIsKept(_ index: Int) async {
        await #expect(processExitsWith: .success) { [index] in
            let kind = LibcryptoFailureTests.keys[index]
            for count in [1, Int.max] { try LibcryptoFailureTests.check(kind, count) }
        }
    }

    @Test func standingsAreComputedAnew() async {
        await #expect(processExitsWith: .success) {
            for count in [1, Int.max] { try LibcryptoFailureTests.standings(count) }
        }
    }

    @Test func noRevocationIsOverlooked() async {
        await #expect(processExitsWith: .success) {
            for count in [1, Int.max] { try LibcryptoFailureTests.revoked(count) }
        }
    }

    static func decode(_ kind: SigningKeyOptions.Kind) throws {
        let encoded = try BuiltPKI.csca(key: BuiltPKI.key(kind)).certificate.subjectKey.encoded
        let expected = try SubjectKey(encoded: encoded).publicKey()
        for count in [1, .max] {
            var key = try SubjectKey(encoded: encoded)
            var failures = 0
            _ = try withFailingAllocations(count: count) {
                key = try SubjectKey(encoded: encoded)
                return try key.publicKey()
            } judge: { result in
                switch result {
                case .success(let found): #expect(found == expected)
                case .failure(let error):
                    failures += 1
                    #expect((error as? TrustError)?.code == .internalFailure, "\(error)")
                }
                // The same value, asked again.
                let again = try key.publicKey()
                #expect(again == expected)
            }
            #expect(failures > 0)
        }
    }

    @Test func damagedKeysAreStillUnusable() throws {
        var point = try BuiltPKI.csca().certificate.subjectKey.encoded
        point[point.count - 1] ^= 1
        #expect(throws: TrustError(.unusableKey)) { try SubjectKey(encoded: point).publicKey() }
        var curve = try BuiltPKI.csca(key: BuiltPKI.key(Self.keys[1])).certificate.subjectKey.encoded
        // A byte of the generator, well before the key.
        curve[curve.count - 130] ^= 1
        #expect(throws: TrustError(.unknownCurve)) { try SubjectKey(encoded: curve).publicKey() }
    }

    /// A curve that this libcrypto does not have says nothing against the key, and stays so.
    @Test func curvesThatAreNotThere() {
        let refusal = TrustError(.unusableKey, "", location: "here")
        let missing = TrustError.ofKey(CryptoError(.unavailableCurve, "no such curve"), or: refusal)
        #expect(
            missing.code == .unsupportedAlgorithm && missing.location == "here" && missing.reason == "no such curve")
        #expect(TrustError.ofKey(CryptoError(.internalFailure), or: refusal).code == .internalFailure)
        #expect(TrustError.ofKey(CryptoError(.invalidPoint), or: refusal).code == .unusableKey)
    }

    static func standings(_ count: Int) throws {
        let root = try BuiltPKI.csca("Old CSCA")
        let link = try BuiltPKI.csca("New CSCA", issuer: root)
        let list = try BuiltPKI.revocationList(link)
        var builder = TrustStoreBuilder()
        builder.add(certificates: [root.certificate, link.certificate], revocationLists: [list])
        let parts = builder.parts
        var contents = builder.contents()
        let expected = (try contents.computedStandings(), try contents.computedListStandings())
        #expect(expected.0.allSatisfy { $0.isAnchored } && expected.1.allSatisfy { $0.signature == .valid })
        var failures = 0
        _ = try withFailingAllocations(count: count) {
            // Parsed anew, so that no key is decoded yet.
            contents = TrustStoreContents(parts, identity: [1])
            return (contents.allListStandings(), contents.allStandings())
        } judge: { result in
            let (lists, certificates) = try result.get()
            if certificates != expected.0 || lists != expected.1 { failures += 1 }
            #expect(certificates == expected.0 || certificates.allSatisfy { $0.signature == .unsupported })
            #expect(lists == expected.1 || lists.allSatisfy { $0.signature == .unsupported })
            // The same store, asked again.
            #expect(contents.allStandings() == expected.0 && contents.allListStandings() == expected.1)
        }
        #expect(failures > 0)
        _ = try withFailingAllocations(count: count) {
            try TrustStoreBuilder(TrustStoreContents(parts, identity: [1])).finished()
        } judge: { result in
            switch result {
            case .success(let parts): #expect(parts.certificates.compactMap(\.standing) == expected.0)
            case .failure(let error): #expect((error as? TrustError)?.code == .internalFailure)
            }
        }
    }

    /// A store as it was loaded, whose keys are not decoded yet, and a signer that a newer key of its CSCA revoked.
    static func revoked(_ count: Int) throws {
        let csca = try BuiltPKI.csca()
        let signer = try BuiltPKI.signer(csca)
        let newer = try BuiltPKI.csca()
        let list = try BuiltPKI.revocationList(newer, [BuiltPKI.revoked(signer.certificate.serialNumber)])
        var builder = TrustStoreBuilder()
        builder.add(certificates: [csca.certificate, newer.certificate], revocationLists: [list])
        let parts = try builder.finished()
        let sod = try BuiltPKI.sod(BuiltPKI.groups, signer)
        let runs = try withFailingAllocations(count: count) {
            let store = TrustStore(TrustStoreContents(parts, identity: [1]), problems: [])
            return BuiltPKI.report(sod, store)
        } judge: { result in
            let report = try result.get()
            #expect(!isGreen(report), "\(report.checks)")
            if report[.dsChain]?.code == .ok {
                let check = report[.dsRevocation]
                #expect(check?.code == .dsRevoked || check?.result == .aborted, "\(report.checks)")
            }
        }
        #expect(runs > 0)
    }

    static func check(_ kind: SigningKeyOptions.Kind, _ count: Int) throws {
        let csca = try BuiltPKI.csca(key: BuiltPKI.key(kind))
        let signer = try BuiltPKI.signer(csca, key: BuiltPKI.key(kind))
        let sod = try BuiltPKI.sod(BuiltPKI.groups, signer)
        let list = try BuiltPKI.revocationList(csca)
        let store = TrustStore(certificates: [csca.certificate], revocationLists: [list])
        let input = PassiveAuthenticationInput(
            efSOD: sod, dataGroups: BuiltPKI.groups.mapValues { .read($0) }, comDataGroups: Set(BuiltPKI.groups.keys),
            issuingState: "VNM", documentCode: "ID")
        func verify(_ cache: ChainCache) -> PassiveAuthenticationReport {
            PassiveAuthentication(store: store, policy: .field, date: inspectionDay, cache: cache).verify(input)
        }
        let expected = verify(ChainCache())
        #expect(isGreen(expected) && expected[.dsRevocation]?.code == .ok, "\(expected.checks)")
        var cache = ChainCache()
        var open = 0
        let runs = try withFailingAllocations(count: count) {
            cache = ChainCache()
            return verify(cache)
        } judge: { result in
            let report = try result.get()
            let worse = report.checks.filter { $0.result == .failed }
            #expect(worse.isEmpty, "\(worse)")
            if report.checks.contains(where: { $0.result == .aborted }) {
                open += 1
                #expect(!isGreen(report))
            }
            // The same signer once more, with memory.
            #expect(verify(cache).checks == expected.checks)
        }
        #expect(runs > 0 && open > 0)
    }
}
