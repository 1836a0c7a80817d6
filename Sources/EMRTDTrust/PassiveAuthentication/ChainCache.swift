import EMRTDCrypto
import Synchronization

/// What is known of document signers from documents before: certificates parsed, keys decoded, paths found and judged.
///
/// A state signs thousands of documents with one signer, so all but the EF.SOD's own signature is the same for them. The cache
/// belongs to one trust store, one policy and one day: used with another, it is emptied first. It holds a bounded number of
/// document signers and of their bytes, the oldest of which go first: only certificates under which a signature was verified,
/// and never an outcome `aborted`. Any number of tasks may use it at once.
public final class ChainCache: Sendable {
    /// The most document signers held.
    public let limit: Int
    /// The most bytes that the certificates held have together, as encoded.
    public let byteLimit: Int

    /// The most document signers held where nothing else is said.
    public static let defaultLimit = 1024
    /// The most bytes of certificates held where nothing else is said: 8 MiB, four times what as many real document signers have.
    public static let defaultByteLimit = 8 << 20

    private let state = Mutex(State())

    /// Creates an empty cache.
    ///
    /// - Parameters:
    ///   - limit: the most document signers held, at least 1.
    ///   - byteLimit: the most bytes that their certificates have together; one that is longer is not kept.
    public init(limit: Int = ChainCache.defaultLimit, byteLimit: Int = ChainCache.defaultByteLimit) {
        self.limit = max(1, limit)
        self.byteLimit = max(0, byteLimit)
    }

    /// How many document signers it holds.
    public var count: Int { state.withLock { $0.entries.count } }

    /// The bytes of the certificates that it holds.
    public var byteCount: Int { state.withLock { $0.byteCount } }

    /// Forgets everything.
    public func removeAll() { state.withLock { $0.empty(for: nil) } }

    /// What a cached judgement rests on besides the certificate.
    final class Scope: Sendable {
        let storeIdentity: [UInt8]
        let policy: TrustPolicy
        /// Days since 1970-01-01.
        let day: Int64

        init(_ store: TrustStore, _ policy: TrustPolicy, _ date: Timestamp) {
            storeIdentity = store.identity
            self.policy = policy
            let seconds = date.secondsSince1970
            day = seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0)
        }

        func isSame(as other: Scope) -> Bool {
            self === other || storeIdentity == other.storeIdentity && day == other.day && policy == other.policy
        }
    }

    /// A certificate's bytes as a key. Only the end is hashed, which is its signature; all bytes are compared.
    private struct Key: Hashable {
        let bytes: ArraySlice<UInt8>

        static func == (a: Key, b: Key) -> Bool {
            guard a.bytes.count == b.bytes.count else { return false }
            return a.bytes.withUnsafeBytes { x in
                b.bytes.withUnsafeBytes { y in
                    if x.baseAddress == y.baseAddress { return true }
                    // Words first: this is done for every document.
                    let words = x.count / 8
                    for word in 0..<words {
                        let (p, q) = (
                            x.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self),
                            y.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self)
                        )
                        guard p == q else { return false }
                    }
                    return x.dropFirst(words * 8).elementsEqual(y.dropFirst(words * 8))
                }
            }
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(bytes.count)
            bytes.suffix(32).withUnsafeBytes { hasher.combine(bytes: $0) }
        }
    }

    /// What is known of one certificate in one scope: copies of a reference, so that whoever learns more tells all.
    final class Entry: Sendable {
        let certificate: Certificate
        /// Its key, or why it cannot be used.
        let key: Result<PublicKey, TrustError>
        /// The certificate as the evidence of a check.
        let evidence: [CheckResult.Evidence]
        private let judged = Mutex(Judged())

        private struct Judged {
            /// The path to a CSCA, with the moments between which it stays the same.
            var path: PathCheck.Finding?
            /// What followed for documents before. A handful: looking through them costs less than hashing.
            var judgements: [(facts: SignerJudgement.Facts, judgement: SignerJudgement)] = []
        }

        /// The most judgements of one signer kept.
        static let maximumJudgements = 16

        init(_ certificate: Certificate) {
            self.certificate = certificate
            key = Result { () throws(TrustError) in try certificate.subjectKey.publicKey() }
            evidence = certificate.evidence(.documentSigner)
        }

        /// The path, where it is known and holds at a moment.
        func path(at date: Timestamp) -> PathCheck.Finding? {
            judged.withLock { $0.path.flatMap { $0.span.contains(date) ? $0 : nil } }
        }

        /// What followed from the same facts for a document before, at whatever moment.
        func judgement(for facts: SignerJudgement.Facts) -> SignerJudgement? {
            judged.withLock { $0.judgements.first { $0.facts == facts }?.judgement }
        }

        /// Keeps a judgement, and its path in place of an older one; nothing that was aborted.
        func keep(_ judgement: SignerJudgement, for facts: SignerJudgement.Facts) {
            guard !judgement.checks.contains(where: { $0.result == .aborted }) else { return }
            judged.withLock { judged in
                judged.path = judgement.path
                if let place = judged.judgements.firstIndex(where: { $0.facts == facts }) {
                    judged.judgements[place].judgement = judgement
                } else {
                    if judged.judgements.count >= Self.maximumJudgements { judged.judgements.removeAll() }
                    judged.judgements.append((facts, judgement))
                }
            }
        }
    }

    private struct State {
        var scope: Scope?
        var entries: [Key: Entry] = [:]
        /// The keys in the order they came, from ``oldest`` on; those before are gone.
        var order: [Key] = []
        var oldest = 0
        /// The bytes of all keys.
        var byteCount = 0

        mutating func empty(for scope: Scope?) {
            self.scope = scope
            entries.removeAll()
            order.removeAll()
            (oldest, byteCount) = (0, 0)
        }

        mutating func removeOldest() {
            guard order.indices.contains(oldest) else { return }
            let key = order[oldest]
            entries[key] = nil
            byteCount -= key.bytes.count
            // Whose bytes would stay otherwise.
            order[oldest] = Key(bytes: [])
            oldest += 1
            if oldest > order.count / 2 {
                order.removeFirst(oldest)
                oldest = 0
            }
        }

        mutating func enter(_ scope: Scope) {
            if let current = self.scope, current.isSame(as: scope) {
                // The next comparison is one of addresses.
                self.scope = scope
            } else {
                empty(for: scope)
            }
        }
    }

    /// What is known of a certificate with these bytes.
    func entry(for encoded: ArraySlice<UInt8>, in scope: Scope) -> Entry? {
        state.withLock { state in
            if state.scope !== scope { state.enter(scope) }
            return state.entries[Key(bytes: encoded)]
        }
    }

    /// Keeps what is known of a certificate that verified a signature. What verified none stays out: anybody can put as many
    /// certificates into a file as it holds.
    func keep(_ entry: Entry, in scope: Scope) {
        // That libcrypto failed is not known of the certificate.
        if case .failure(let error) = entry.key, error.code == .internalFailure { return }
        let key = Key(bytes: entry.certificate.encoded[...])
        guard key.bytes.count <= byteLimit else { return }
        state.withLock { state in
            if state.scope !== scope { state.enter(scope) }
            if state.entries.updateValue(entry, forKey: key) != nil { return }
            state.order.append(key)
            state.byteCount += key.bytes.count
            while state.entries.count > limit || state.byteCount > byteLimit { state.removeOldest() }
        }
    }
}
