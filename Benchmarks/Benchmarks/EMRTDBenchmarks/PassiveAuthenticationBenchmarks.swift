import Benchmark
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS

/// Passive authentication of an EF.SOD, from its bytes to the report, against libcrypto verifying the same signatures with
/// everything at hand: the keys decoded, the signed bytes laid out. Cold, nothing is known of the document signer and both signatures
/// count; warm, another document of the same signer came before and one counts. The store is loaded, the standing of its CSCA known.
func passiveAuthentications() {
    for kind in PersonalisationOptions.PKIKey.allCases {
        let made = Result { try SignedDocument(kind) }
        for isWarm in [false, true] {
            let ratios = Samples<Int>()
            Benchmark(
                "Passive authentication, \(kind.rawValue), \(isWarm ? "warm" : "cold")",
                configuration: .init(metrics: [.verification, .ofBare], warmupIterations: 20, maxIterations: 2000)
            ) { benchmark in
                let document = try made.get()
                let (ours, bare) = try document.times(isWarm: isWarm)
                benchmark.measurement(.verification, ours.nanoseconds)
                let ratio = ours.percent(of: bare)
                benchmark.measurement(.ofBare, ratio)
                if let median = ratios.median(adding: ratio), median > Limits.ofBareVerifications {
                    benchmark.fail(
                        "\(median) % of the bare verifications, \(Limits.ofBareVerifications) are the limit")
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
    let warm: PassiveAuthentication
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
        warm = PassiveAuthentication(store: store, policy: policy, cache: ChainCache())
        chain = try Chain(efSOD: sod, csca: document.cscaCertificate)
        let report = warm.verify(input)
        guard report.dataIsAuthenticated else {
            throw Failure(reason: report.checks.map(\.description).joined(separator: "\n"))
        }
    }

    struct Failure: Error {
        let reason: String
    }

    /// The time of one verification and of libcrypto's, taken in turns: the shortest of each, as near as a busy machine comes to
    /// what they cost.
    func times(isWarm: Bool) throws -> (ours: Duration, bare: Duration) {
        let clock = ContinuousClock()
        var (ours, bare) = (Duration.seconds(1), Duration.seconds(1))
        for _ in 0..<20 {
            let verifier =
                isWarm ? warm : PassiveAuthentication(store: store, policy: policy, cache: ChainCache())
            ours = min(ours, clock.measure { blackHole(verifier.verify(input)) })
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
