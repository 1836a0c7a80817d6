import Benchmark
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS

/// Passive authentication of an EF.SOD, from its bytes to the report, against libcrypto verifying the same two signatures with
/// everything at hand: the keys decoded, the signed bytes laid out. The CSCA's own signature belongs to the store.
func passiveAuthentications() {
    for kind in PersonalisationOptions.PKIKey.allCases {
        let made = Result { try SignedDocument(kind) }
        let ratios = Samples<Int>()
        Benchmark(
            "Passive authentication, \(kind.rawValue)",
            configuration: .init(metrics: [.verification, .ofBare], warmupIterations: 20, maxIterations: 2000)
        ) { benchmark in
            let document = try made.get()
            let (ours, bare) = try document.times(bareVerifications: [0, 1]) { document.passive }
            benchmark.measurement(.verification, ours.nanoseconds / 1000)
            let ratio = ours.percent(of: bare)
            benchmark.measurement(.ofBare, ratio)
            _ = ratios.median(adding: ratio)
        }
    }
}

/// A document with all that is needed to verify it, made once.
private struct SignedDocument: Sendable {
    let input: PassiveAuthenticationInput
    let passive: PassiveAuthentication
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
        passive = PassiveAuthentication(
            store: TrustStore(certificates: [try Certificate(encoded: document.cscaCertificate)]), policy: policy)
        chain = try Chain(efSOD: sod, csca: document.cscaCertificate)
        let report = passive.verify(input)
        guard report.dataIsAuthenticated else {
            throw Failure(reason: report.checks.map(\.description).joined(separator: "\n"))
        }
    }

    struct Failure: Error {
        let reason: String
    }

    /// The time of one verification and of libcrypto's, taken in turns: the shortest of each, as near as a busy machine comes to
    /// what they cost.
    func times(
        bareVerifications: [Int32], _ passive: () -> PassiveAuthentication
    ) throws -> (ours: Duration, bare: Duration) {
        let clock = ContinuousClock()
        var (ours, bare) = (Duration.seconds(1), Duration.seconds(1))
        for _ in 0..<20 {
            let verifier = passive()
            ours = min(ours, clock.measure { blackHole(verifier.verify(input)) })
            bare = min(bare, try clock.measure { for which in bareVerifications { try chain.verify(which) } })
        }
        return (ours, bare)
    }
}
