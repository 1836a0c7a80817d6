import EMRTDCrypto
import Synchronization

/// What a trust store holds: bytes, records of them, and indexes. Immutable; certificates are parsed when they are wanted.
final class TrustStoreContents: Sendable {
    /// Something that is neither a certificate nor a revocation list: a CV certificate or a deviation list.
    struct Other: Sendable {
        let kind: TrustSource.Kind
        let range: Range<Int>
        let sha256: [UInt8]
        var sourceSet: Int
    }

    /// A certificate revocation list.
    struct RevocationRecord: Sendable {
        let range: Range<Int>
        let sha256: [UInt8]
        /// The hash of the normalised issuer.
        let issuerName: UInt64
        var sourceSet: Int
        /// What became of its signature; `nil` until it was verified.
        var standing: CertificateRecord.Standing?
    }

    /// Everything that a store is made of.
    struct Parts: Sendable {
        var generation: UInt64 = 0
        var updatedAt: Timestamp?
        var sources: [TrustSource] = []
        /// Lists of positions in ``sources``, which many certificates share.
        var sourceSets: [[Int]] = []
        var bytes: [UInt8] = []
        var certificates: [CertificateRecord] = []
        var revocationLists: [RevocationRecord] = []
        var others: [Other] = []
        /// Whether the standings in the records are those of these contents. Where they are not, only the valid signatures
        /// among them are still of use.
        var isSettled = false
    }

    let parts: Parts
    /// 32 bytes: the SHA-256 that names these contents.
    let identity: [UInt8]
    let bySubjectKeyIdentifier: KeyIndex
    let bySubject: KeyIndex
    let bySerialNumber: KeyIndex
    private let bySHA256: KeyIndex
    /// Whether somebody vouches for a source set: one of its sources is named or signed.
    private let isVouchedFor: [Bool]
    private let parsed: Mutex<[Int: Certificate]>
    private let standings = Mutex<[CertificateRecord.Standing]?>(nil)
    private let listStandings = Mutex<[CertificateRecord.Standing]?>(nil)
    private let parsedLists = Mutex<[Int: CertificateRevocationList]>([:])

    /// - Parameters:
    ///   - identity: the digest of the file that the parts were read from, or `nil` to compute one.
    ///   - parsed: certificates that are parsed already, by position.
    init(_ parts: Parts, identity: [UInt8]?, parsed: [Int: Certificate] = [:]) {
        self.parts = parts
        self.parsed = Mutex(parsed)
        let records = parts.certificates
        bySubjectKeyIdentifier = KeyIndex(count: records.count) { records[$0].subjectKeyIdentifier }
        bySubject = KeyIndex(count: records.count) {
            records[$0].flags.contains(.mayBeCSCA) ? records[$0].subject : nil
        }
        bySerialNumber = KeyIndex(count: records.count) { records[$0].serialNumber }
        bySHA256 = KeyIndex(count: records.count) { Self.prefix(records[$0].sha256) }
        isVouchedFor = parts.sourceSets.map { set in
            set.contains { parts.sources.indices.contains($0) && parts.sources[$0].basis.vouches }
        }
        self.identity = identity ?? Self.identity(of: parts)
    }

    /// The number of certificates.
    var count: Int { parts.certificates.count }

    /// The certificate at a position, or `nil` outside the store.
    func certificate(at position: Int) -> Certificate? {
        guard parts.certificates.indices.contains(position) else { return nil }
        if let known = parsed.withLock({ $0[position] }) { return known }
        guard let certificate = try? Certificate(encoded: parts.bytes[parts.certificates[position].range]) else {
            return nil
        }
        parsed.withLock { $0[position] = certificate }
        return certificate
    }

    /// The position of the certificate with a SHA-256, or `nil`.
    func position(sha256: [UInt8]) -> Int? {
        bySHA256[Self.prefix(sha256)].first { parts.certificates[$0].sha256 == sha256 }
    }

    /// The first eight bytes, which are as good as a hash of their own.
    private static func prefix(_ sha256: [UInt8]) -> UInt64 {
        sha256.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The SHA-256 of the certificate at a position.
    func sha256(at position: Int) -> [UInt8]? {
        parts.certificates.indices.contains(position) ? parts.certificates[position].sha256 : nil
    }

    /// The sources of a set.
    func sources(_ set: Int) -> [TrustSource] {
        guard parts.sourceSets.indices.contains(set) else { return [] }
        return parts.sourceSets[set].compactMap { parts.sources.indices.contains($0) ? parts.sources[$0] : nil }
    }

    private static let unchecked = CertificateRecord.Standing(signature: .unsupported, issuer: -1)

    /// The standing of each certificate. Where libcrypto fails no signature counts as verified, and the next call tries again.
    func allStandings() -> [CertificateRecord.Standing] {
        (try? computedStandings()) ?? [CertificateRecord.Standing](repeating: Self.unchecked, count: count)
    }

    /// The standing of each revocation list, as ``allStandings()``.
    func allListStandings() -> [CertificateRecord.Standing] {
        (try? computedListStandings())
            ?? [CertificateRecord.Standing](repeating: Self.unchecked, count: parts.revocationLists.count)
    }

    /// The standing of each certificate, computed once where the store does not have it.
    ///
    /// - Throws: `TrustError` `internalFailure` or `CryptoError` where libcrypto fails.
    func computedStandings() throws -> [CertificateRecord.Standing] {
        try standings.withLock { stored in
            if let stored { return stored }
            let known = parts.isSettled ? parts.certificates.compactMap(\.standing) : []
            let all = parts.isSettled && known.count == count ? known : try StandingComputation(self).run()
            stored = all
            return all
        }
    }

    /// The standing of each revocation list, computed once where the store does not have it.
    ///
    /// - Throws: as ``computedStandings()``.
    func computedListStandings() throws -> [CertificateRecord.Standing] {
        let certificates = try computedStandings()
        return try listStandings.withLock { stored in
            if let stored { return stored }
            let known = parts.isSettled ? parts.revocationLists.compactMap(\.standing) : []
            let all =
                parts.isSettled && known.count == parts.revocationLists.count
                ? known
                : try parts.revocationLists.indices.map { position in
                    guard let list = revocationList(at: position) else { return Self.unchecked }
                    return try StandingComputation(self).standing(of: list, certificates)
                }
            stored = all
            return all
        }
    }

    /// The revocation list at a position, or `nil` outside the store.
    func revocationList(at position: Int) -> CertificateRevocationList? {
        guard parts.revocationLists.indices.contains(position) else { return nil }
        if let known = parsedLists.withLock({ $0[position] }) { return known }
        let range = parts.revocationLists[position].range
        guard let list = try? CertificateRevocationList(encoded: parts.bytes[range]) else { return nil }
        parsedLists.withLock { $0[position] = list }
        return list
    }

    /// How a certificate of the store was found as a possible issuer.
    struct Candidate {
        let position: Int
        let certificate: Certificate
        let match: TrustStore.Match
    }

    /// The certificates that may have issued another one: by key identifiers, then by issuer and serial number, then by name.
    func possibleIssuers(of certificate: Certificate) -> [Candidate] {
        possibleIssuers(
            certificate.issuer, identifier: certificate.extensions.authorityKeyIdentifier,
            serialNumber: certificate.extensions.authorityCertificateSerial, except: certificate)
    }

    /// The certificates that may have signed something that names its issuer and perhaps the issuer's key or certificate.
    func possibleIssuers(
        _ issuer: DistinguishedName, identifier: ArraySlice<UInt8>?, serialNumber: ArraySlice<UInt8>?,
        except certificate: Certificate? = nil
    ) -> [Candidate] {
        var out: [Candidate] = []
        func add(_ positions: [Int], _ match: (Certificate) -> TrustStore.Match?) {
            // What somebody vouches for comes first: rubbish of the same name must not crowd it out.
            let isMixed = positions.count > 1 && !positions.allSatisfy(isTrusted)
            let ordered = isMixed ? positions.filter(isTrusted) + positions.filter({ !isTrusted($0) }) : positions
            for position in ordered {
                guard out.count < TrustStore.maximumCandidates else { return }
                // Looking through a handful costs less than hashing.
                guard !out.contains(where: { $0.position == position }), let candidate = self.certificate(at: position),
                    candidate != certificate, let match = match(candidate)
                else { continue }
                out.append(Candidate(position: position, certificate: candidate, match: match))
            }
        }
        if let identifier {
            let keyed = bySubjectKeyIdentifier[KeyIndex.hash(identifier)].filter {
                parts.certificates[$0].flags.contains(.mayBeCSCA)
            }
            add(keyed) { $0.extensions.subjectKeyIdentifier == identifier ? .keyIdentifier : nil }
        }
        // The same bytes normalise to the same name, which the store's certificate has at hand.
        let issuer = out.first { $0.certificate.subject == issuer }?.certificate.subject ?? issuer
        let name = issuer.normalised
        guard !name.isEmpty else { return out }
        func isNamed(_ candidate: Certificate) -> Bool {
            candidate.subject == issuer || candidate.subject.normalised == name
        }
        let named = bySubject[issuer.normalisedHash]
        if let serialNumber {
            let wanted = CertificateRecord.serialKey(serialNumber)
            add(named.filter { parts.certificates[$0].serialNumber == wanted }) {
                isNamed($0) ? .issuerAndSerialNumber : nil
            }
        }
        add(named) { candidate in
            guard isNamed(candidate) else { return nil }
            return identifier != nil && candidate.extensions.subjectKeyIdentifier != nil ? .nameOnly : .name
        }
        return out
    }

    /// Whether a source that vouches for its contents has the certificate.
    func isTrusted(_ position: Int) -> Bool {
        let set = parts.certificates[position].sourceSet
        return isVouchedFor.indices.contains(set) && isVouchedFor[set]
    }

    /// Where a certificate is. By its name, since hashing a name that has been hashed before costs nothing.
    func position(of certificate: Certificate) -> Int? {
        bySubject[certificate.subject.normalisedHash].first { self.certificate(at: $0) == certificate }
            ?? position(sha256: certificate.fingerprint)
    }

    /// The certificates, of any kind, that the identifier of a signer names.
    func certificates(named signer: SignerInfo) -> [Certificate] {
        let positions =
            switch signer.identifier {
            case .subjectKeyIdentifier(let identifier): bySubjectKeyIdentifier[KeyIndex.hash(identifier)]
            case .issuerAndSerialNumber(_, let serial): bySerialNumber[CertificateRecord.serialKey(serial)]
            }
        let found = positions.lazy.compactMap { self.certificate(at: $0) }.filter { signer.match($0) != .none }
        return Array(found.prefix(TrustStore.maximumCandidates))
    }

    /// Digests what decides: certificates with their trust, and lists. The bytes of the file where there is one.
    private static func identity(of parts: Parts) -> [UInt8] {
        var text: [UInt8] = []
        for record in parts.certificates {
            text += record.sha256
            for source in parts.sourceSets.indices.contains(record.sourceSet) ? parts.sourceSets[record.sourceSet] : []
            where parts.sources.indices.contains(source) {
                text += parts.sources[source].sha256 + Array(parts.sources[source].basis.rawValue.utf8)
                text.append(parts.sources[source].isTestPKI ? 1 : 0)
            }
        }
        for record in parts.revocationLists { text += record.sha256 }
        for other in parts.others { text += other.sha256 }
        // Where hashing fails the store is like no other, so that nothing that was cached for another is used with it.
        return (try? DigestAlgorithm.sha256.digest(text)) ?? (0..<32).map { _ in .random(in: 0...255) }
    }
}
