import CPeer

/// libcrypto alone, doing the arithmetic that a benchmark cannot do without, for a ratio within one run.
final class Peer: @unchecked Sendable {
    enum Failure: Error {
        case libcrypto
    }

    // Benchmarks run one after another, so nothing else uses the peer at the same time.
    private let peer: OpaquePointer

    /// - Parameter curve: the name that libcrypto has for the curve.
    init(_ curve: String) throws {
        guard let peer = peer_new(curve) else { throw Failure.libcrypto }
        self.peer = peer
    }

    deinit { peer_free(peer) }

    /// The time of so many ECDSA verifications.
    func verifications(_ count: Int) throws -> Duration {
        try ContinuousClock().measure {
            for _ in 0..<count where peer_verify(peer) != 1 { throw Failure.libcrypto }
        }
    }

    /// The time of the five products that PACE with Generic Mapping costs a terminal.
    func pace() throws -> Duration {
        try ContinuousClock().measure {
            guard peer_pace(peer) == 1 else { throw Failure.libcrypto }
        }
    }
}
