import Benchmark
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS

/// Passive authentication of an EF.SOD, from its bytes to the report, against libcrypto verifying the same signatures with
/// everything at hand: the keys decoded, the signed bytes laid out. Cold, nothing is known of the document signer and both signatures
/// count; warm, another document of the same signer came some seconds before and one counts. The store is loaded, the standing of
/// its CSCA known.
func passiveAuthentications() {
    for kind in PersonalisationOptions.PKIKey.allCases {
        let made = Result { try SignedDocument(kind) }
        for isWarm in [false, true] {
            // The slow curves fill the time with few samples; each is the shortest of several turns in any case.
            let isFast = kind == .rsa2048 || kind == .p256
            let ratios = Samples<Int>(minimum: isFast ? 100 : 20)
            Benchmark(
                "Passive authentication, \(kind.rawValue), \(isWarm ? "warm" : "cold")",
                configuration: .init(metrics: [.verification, .ofBare], warmupIterations: 20, maxIterations: 2000)
            ) { benchmark in
                let document = try made.get()
                let (ours, bare) = try document.times(isWarm: isWarm, turns: isFast ? 50 : 10)
                benchmark.measurement(.verification, ours.nanoseconds)
                let ratio = ours.percent(of: bare)
                benchmark.measurement(.ofBare, ratio)
                let limit = Limits.ofBareVerifications
                if let median = ratios.median(adding: ratio), median > limit {
                    benchmark.fail("\(median) % of the bare verifications, \(limit) are the limit")
                }
            }
        }
    }
}

/// A document with all that is needed to verify it, made once.
private struct SignedDocument: Sendable {
    let input: PassiveAuthenticationInput
    let store: TrustStore
    let policy: TrustPolicy
    let cache = ChainCache()
    let chain: Chain

    init(_ kind: PersonalisationOptions.PKIKey) throws {
        var options = PersonalisationOptions.passportTD3(today: Card.today())
        options.signDocuments(with: kind)
        let document = try Personaliser(options).personalise()
        let sod = document.file(named: "EF.SOD")?.content ?? []
        let dg1 = document.file(named: "EF.DG1")?.content ?? []
        input = PassiveAuthenticationInput(efSOD: sod, dataGroups: [.dg1: .read(dg1)], issuingState: "UTO")
        var policy = TrustPolicy.field
        policy.allowsTestPKI = true
        self.policy = policy
        store = TrustStore(certificates: [try Certificate(encoded: document.cscaCertificate)])
        chain = try Chain(efSOD: sod, csca: document.cscaCertificate)
        let report = PassiveAuthentication(store: store, policy: policy, cache: cache).verify(input)
        guard report.dataIsAuthenticated else {
            throw Failure(reason: report.checks.map(\.description).joined(separator: "\n"))
        }
    }

    struct Failure: Error {
        let reason: String
    }

    /// The time of one verification and of libcrypto's, taken in turns: the shortest of each, as near as a busy machine comes to
    /// what they cost.
    func times(isWarm: Bool, turns: Int) throws -> (ours: Duration, bare: Duration) {
        let clock = ContinuousClock()
        var (ours, bare) = (Duration.seconds(1), Duration.seconds(1))
        // The middle of the day, so that the seconds of the turns stay in it.
        let noon = Timestamp.now().secondsSince1970 / 86_400 * 86_400 + 43_200
        for turn in 0..<turns {
            let date = Timestamp(secondsSince1970: noon + 7 * Int64(turn))
            let known = isWarm ? cache : ChainCache()
            ours = min(
                ours,
                clock.measure {
                    let verifier = PassiveAuthentication(store: store, policy: policy, date: date, cache: known)
                    blackHole(verifier.verify(input))
                })
            bare = min(
                bare,
                try clock.measure {
                    try chain.verify(0)
                    if !isWarm { try chain.verify(1) }
                })
        }
        return (ours, bare)
    }
}
