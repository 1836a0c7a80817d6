import EMRTDCrypto
import EMRTDTestSupport
@testable import EMRTDTrust
import LDS
import Synchronization
import Testing

@Suite("Chain cache")
struct ChainCacheTests {
    /// Counts the signatures that are verified.
    private final class Counter: Sendable {
        private let number = Mutex(0)
        var checking: SignatureChecking {
            SignatureChecking { key, signature, message, scheme in
                self.number.withLock { $0 += 1 }
                return try SignatureChecking.standard.verify(key, signature, message, scheme)
            }
        }
        /// How many since the last question.
        func take() -> Int {
            number.withLock { number in
                defer { number = 0 }
                return number
            }
        }
    }

    private let vectors: SODVectors
    private let store: TrustStore
    private let counter = Counter()
    private let cache = ChainCache()

    init() throws {
        vectors = try SODVectors.load()
        store = TrustStore(certificates: [try vectors.certificate("csca")])
    }

    private func verify(
        _ name: String = "honest", store other: TrustStore? = nil, policy: TrustPolicy = .field,
        date: Timestamp = inspectionDay, checking: SignatureChecking? = nil
    ) throws -> PassiveAuthenticationReport {
        PassiveAuthentication(
            store: other ?? store, policy: policy, date: date, cache: cache, checking: checking ?? counter.checking
        ).verify(input(try vectors.sod(name), vectors))
    }

    @Test func theSecondDocumentOfASignerCostsOneVerification() throws {
        let first = try verify()
        #expect(counter.take() == 2 && cache.count == 1)
        let second = try verify()
        #expect(counter.take() == 1)
        #expect(first.checks == second.checks && isGreen(second))
        #expect(first.csca == second.csca && first.documentSigner == second.documentSigner)
        // Another moment of the same day: the path stays, the dates are judged anew.
        let later = try verify(date: inspectionDay.adding(60))
        #expect(counter.take() == 1)
        #expect(later[.dsValidity] != first[.dsValidity] && later[.dsChain] == first[.dsChain])
    }

    @Test func aForgedDocumentOfAKnownSignerIsRefused() throws {
        _ = try verify()
        var sod = try vectors.sod("honest")
        sod[sod.count - 1] ^= 1
        let report = PassiveAuthentication(store: store, policy: .field, date: inspectionDay, cache: cache)
            .verify(input(sod, vectors))
        #expect(report[.sodSignature]?.code == .sodSignatureWrong && !report.dataIsAuthenticated)
        // One bit of the known certificate changed makes another certificate.
        let certificate = try vectors.certificate("ds")
        let honest = try vectors.sod("honest")
        let start = try #require(honest.indices.first { honest[$0...].starts(with: certificate.encoded) })
        for offset in [40, certificate.encoded.count / 2, certificate.encoded.count - 1] {
            var damaged = honest
            damaged[start + offset] ^= 1
            let report = PassiveAuthentication(store: store, policy: .field, date: inspectionDay, cache: cache)
                .verify(input(damaged, vectors))
            #expect(!isGreen(report), "\(offset)")
        }
    }

    @Test func facts() throws {
        _ = try verify()
        let sod = try vectors.sod("honest")
        let authentication = PassiveAuthentication(store: store, policy: .field, date: inspectionDay, cache: cache)
        #expect(authentication.verify(input(sod, vectors, state: "D"))[.issuingState]?.result == .failed)
        #expect(isGreen(authentication.verify(input(sod, vectors))))
        var many = input(sod, vectors)
        for number in 0..<100 {
            many.issuingState = "Q\(number)"
            #expect(!isGreen(authentication.verify(many)))
        }
        #expect(isGreen(authentication.verify(input(sod, vectors))))
    }

    @Test func neverAcrossAChangeOfStore() throws {
        #expect(isGreen(try verify()))
        _ = counter.take()
        let other = TrustStore(certificates: [try vectors.certificate("utopiaCSCA")])
        #expect(try verify(store: other)[.dsChain]?.code == .dsIssuerUnknown)
        #expect(counter.take() == 1)
        #expect(isGreen(try verify()))
        #expect(counter.take() == 2)
        // A store with the same contents is the same store.
        _ = try verify(store: TrustStore(certificates: [try vectors.certificate("csca")]))
        #expect(counter.take() == 1)
    }

    @Test func neverAcrossAChangeOfPolicy() throws {
        _ = try verify()
        _ = counter.take()
        var policy = TrustPolicy.field
        policy.shortKeys = .fail
        _ = try verify(policy: policy)
        #expect(counter.take() == 2)
        #expect(
            try verify("testPKI", store: TrustStore(certificates: [try vectors.certificate("markedCSCA")]))[.dsChain]?
                .code == .dsTestPKI)
        policy.allowsTestPKI = true
        let marked = TrustStore(certificates: [try vectors.certificate("markedCSCA")])
        #expect(isGreen(try verify("testPKI", store: marked, policy: policy)))
        #expect(try verify("testPKI", store: marked)[.dsChain]?.code == .dsTestPKI)
    }

    @Test func neverAcrossAChangeOfDay() throws {
        _ = try verify()
        _ = counter.take()
        _ = try verify(date: inspectionDay.adding(86_400))
        #expect(counter.take() == 2)
        #expect(cache.count == 1)
        // Before 1970 days have ends, too.
        let scope = { ChainCache.Scope(self.store, .field, Timestamp(secondsSince1970: $0)) }
        #expect(scope(-1).day == -1 && scope(0).day == 0 && scope(-86_400).day == -1 && scope(86_399).day == 0)
    }

    /// Within one day a CSCA expires, and another certificate of its key takes over.
    @Test func neverAcrossTheEndOfACSCA() throws {
        let key = try BuiltPKI.key()
        let day = try #require(Timestamp(date: "2027-01-15"))
        let short = try BuiltPKI.csca(key: key, .init(end: "20270115120000Z"))
        let long = try BuiltPKI.csca(key: key, .init(serial: [2], start: "20270115120001Z"))
        let sod = try BuiltPKI.sod(
            BuiltPKI.groups, try BuiltPKI.signer(short), .init(signingTime: nil))
        let store = TrustStore(certificates: [short.certificate, long.certificate])
        func csca(_ seconds: Int64) -> PassiveAuthenticationReport {
            PassiveAuthentication(store: store, policy: .field, date: day.adding(seconds), cache: cache)
                .verify(
                    PassiveAuthenticationInput(
                        efSOD: sod, dataGroups: BuiltPKI.groups.mapValues { .read($0) }, issuingState: "VNM"))
        }
        #expect(csca(43_200).csca == short.certificate && isGreen(csca(43_200)))
        #expect(csca(43_201).csca == long.certificate && isGreen(csca(43_201)))
        #expect(csca(43_200).csca == short.certificate)
    }

    @Test func abortedIsNeverKept() throws {
        let message = try vectors.certificate("ds").toBeSigned
        let broken = SignatureChecking { key, signature, bytes, scheme in
            if bytes == message { throw CryptoError(.internalFailure, "no memory") }
            return try SignatureChecking.standard.verify(key, signature, bytes, scheme)
        }
        for _ in 0..<2 { #expect(try verify(checking: broken)[.dsChain]?.result == .aborted) }
        #expect(isGreen(try verify()))
        #expect(counter.take() == 2)
    }

    @Test func bound() throws {
        let small = ChainCache(limit: 2)
        func verify(_ name: String) throws -> Int {
            let report = PassiveAuthentication(
                store: store, policy: .field, date: inspectionDay, cache: small, checking: counter.checking
            ).verify(input(try vectors.sod(name), vectors))
            #expect(report[.dsChain]?.result == .successful)
            return counter.take()
        }
        for (name, cost) in [
            ("honest", 2), ("documentTypes", 2), ("honest", 1), ("noKeyUsage", 2), ("documentTypes", 1),
            ("honest", 2), ("noKeyUsage", 1), ("honest", 1), ("documentTypes", 2),
        ] {
            #expect(try verify(name) == cost, "\(name)")
            #expect(small.count <= 2)
        }
        small.removeAll()
        #expect(small.count == 0)
        #expect(try verify("honest") == 2)
        #expect(ChainCache(limit: 0).limit == 1)
    }

    /// Anybody can put certificates into a file: only those are kept under which a signature is right.
    @Test func onlyCertificatesThatVerified() throws {
        let csca = try BuiltPKI.csca()
        let signer = try BuiltPKI.signer(csca)
        let store = TrustStore(certificates: [csca.certificate])
        // Others with the signer's name and number, of which each is tried; and others that nobody names.
        let others = try (0..<4).flatMap { _ in
            [
                try BuiltPKI.signer(csca).certificate,
                try BuiltPKI.signer(csca, .init(serial: [0x11])).certificate,
            ]
        }
        let cache = ChainCache()
        func verify(_ sod: [UInt8]) -> PassiveAuthenticationReport {
            PassiveAuthentication(
                store: store, policy: .field, date: inspectionDay, cache: cache, checking: counter.checking
            ).verify(
                PassiveAuthenticationInput(
                    efSOD: sod, dataGroups: BuiltPKI.groups.mapValues { .read($0) }, issuingState: "VNM"))
        }
        #expect(
            verify(try BuiltPKI.sod(BuiltPKI.groups, signer, .init(certificates: others)))[.sodSignature]?.code
                == .sodSignatureWrong)
        #expect(cache.count == 0 && cache.byteCount == 0)
        let sod = try BuiltPKI.sod(BuiltPKI.groups, signer, .init(certificates: others + [signer.certificate]))
        #expect(isGreen(verify(sod)))
        #expect(cache.count == 1 && cache.byteCount == signer.certificate.encoded.count)
        #expect(isGreen(verify(sod)) && cache.count == 1)
    }

    @Test func boundInBytes() throws {
        let names = ["honest", "documentTypes", "noKeyUsage"]
        let sizes = try names.map { name in
            let cache = ChainCache()
            _ = PassiveAuthentication(store: store, date: inspectionDay, cache: cache)
                .verify(input(try vectors.sod(name), vectors))
            return cache.byteCount
        }
        #expect(sizes.allSatisfy { $0 > 100 })
        let small = ChainCache(byteLimit: sizes[0] + sizes[1])
        func cost(_ name: String) throws -> Int {
            let report = PassiveAuthentication(
                store: store, policy: .field, date: inspectionDay, cache: small, checking: counter.checking
            ).verify(input(try vectors.sod(name), vectors))
            #expect(report[.dsChain]?.result == .successful && small.byteCount <= small.byteLimit)
            return counter.take()
        }
        for (name, expected) in [
            ("honest", 2), ("documentTypes", 2), ("honest", 1), ("documentTypes", 1), ("noKeyUsage", 2), ("honest", 2),
            ("honest", 1),
        ] {
            #expect(try cost(name) == expected, "\(name)")
        }
        small.removeAll()
        #expect(small.byteCount == 0)
        // What is longer than all that may be kept pushes nothing out.
        let tiny = ChainCache(byteLimit: sizes[0] - 1)
        #expect(
            isGreen(
                PassiveAuthentication(store: store, date: inspectionDay, cache: tiny)
                    .verify(input(try vectors.sod("honest"), vectors))))
        #expect(tiny.count == 0 && tiny.byteCount == 0 && ChainCache(byteLimit: -1).byteLimit == 0)
        #expect(ChainCache().byteLimit == ChainCache.defaultByteLimit)
        // Many more than it holds: the queue does not grow.
        let scope = ChainCache.Scope(store, .field, inspectionDay)
        let key = try BuiltPKI.key()
        let certificates = try (0..<40).map { try BuiltPKI.csca("CSCA \($0 + 10)", key: key).certificate }
        let queue = ChainCache(limit: 3)
        for certificate in certificates + certificates {
            queue.keep(ChainCache.Entry(certificate), in: scope)
            #expect(queue.entry(for: certificate.encoded[...], in: scope) != nil && queue.count <= 3)
        }
        #expect(queue.byteCount == certificates.suffix(3).reduce(0) { $0 + $1.encoded.count })
    }

    @Test func manyTasks() async throws {
        let cache = ChainCache(limit: 3)
        let names = ["honest", "documentTypes", "noKeyUsage", "expired", "wrongKeyUsage", "attacker"]
        let (vectors, store) = (self.vectors, self.store)
        let expected = try names.map { name in
            PassiveAuthentication(store: store, date: inspectionDay).verify(
                input(try vectors.sod(name), vectors)
            ).checks
        }
        await withTaskGroup(of: Bool.self) { group in
            for round in 0..<24 {
                group.addTask {
                    for step in 0..<12 {
                        let index = (round + step) % names.count
                        let date = round % 5 == 4 ? inspectionDay.adding(86_400) : inspectionDay
                        guard let sod = try? vectors.sod(names[index]) else { return false }
                        let checks = PassiveAuthentication(store: store, date: date, cache: cache)
                            .verify(input(sod, vectors)).checks
                        if date == inspectionDay, checks != expected[index] { return false }
                        if zip(checks, expected[index]).contains(where: { $0.result != $1.result }) { return false }
                    }
                    return true
                }
            }
            for await isRight in group { #expect(isRight) }
        }
        #expect(cache.count <= 3)
    }
}
