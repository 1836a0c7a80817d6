import CPeer
import ISO7816

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

/// libcrypto alone, verifying the signatures of a document with everything at hand.
final class Chain: @unchecked Sendable {
    // Benchmarks run one after another, so nothing else uses the chain at the same time.
    private let chain: OpaquePointer

    /// - Parameters:
    ///   - efSOD: the file with its tag 77.
    ///   - csca: the certificate that issued the document signer.
    init(efSOD: [UInt8], csca: [UInt8]) throws {
        let cms = Array(try TLV(exactly: efSOD).value)
        guard let chain = chain_new(cms, cms.count, csca, csca.count) else { throw Peer.Failure.libcrypto }
        self.chain = chain
    }

    deinit { chain_free(chain) }

    /// Verifies the signature over the signed attributes (0) or that over the document signer (1).
    func verify(_ which: Int32) throws {
        guard chain_verify(chain, which) == 1 else { throw Peer.Failure.libcrypto }
    }
}
