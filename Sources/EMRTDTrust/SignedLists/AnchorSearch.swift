/// Looks for a path from a certificate to one that is trusted: certificates of the store, certificates named by fingerprint, and
/// certificates of the list itself as links between them.
///
/// A certificate of the list is a step of a path only where the next one's key signed it; a CSCA that signed itself leads
/// nowhere unless it is named or in the store.
struct AnchorSearch {
    private let store: TrustStore
    private let anchors: Set<[UInt8]>
    private let checking: SignatureChecking
    private let pool: [Certificate]
    private let bySubjectKeyIdentifier: [[UInt8]: [Int]]
    private let bySubject: [String: [Int]]
    /// The signatures that may still be verified.
    private var budget = 512
    /// The longest path.
    private static let maximumLength = 8

    /// Which certificates of the store end a path.
    enum Trust {
        /// Those of sources that were verified.
        case verified
        /// All that reach a root of the store.
        case anchored
    }

    struct Step {
        let certificate: Certificate
        /// The leniencies taken to accept its signature on the step before.
        let leniencies: Set<Leniency>
    }

    init(store: TrustStore, anchors: Set<[UInt8]>, pool: [Certificate], checking: SignatureChecking) {
        self.store = store
        self.anchors = anchors
        self.checking = checking
        var seen: Set<Certificate> = []
        self.pool = pool.filter { seen.insert($0).inserted }
        var byIdentifier: [[UInt8]: [Int]] = [:]
        var bySubject: [String: [Int]] = [:]
        for (index, certificate) in self.pool.enumerated() where certificate.mayBeCSCA {
            if let identifier = certificate.subjectKeyIdentifier { byIdentifier[identifier, default: []].append(index) }
            bySubject[certificate.subject.normalised, default: []].append(index)
        }
        bySubjectKeyIdentifier = byIdentifier
        self.bySubject = bySubject
    }

    /// Whether the caller named the certificate.
    func isNamed(_ certificate: Certificate) -> Bool { anchors.contains(certificate.fingerprint) }

    /// Whether the certificate ends a path.
    func isTrusted(_ certificate: Certificate, _ trust: Trust) -> Bool {
        if isNamed(certificate) { return true }
        guard let standing = store.standing(of: certificate), standing.isAnchored else { return false }
        return trust == .anchored || standing.isVerified
    }

    /// The steps from a certificate's issuer to an anchor, or `nil`.
    mutating func path(from certificate: Certificate, _ trust: Trust) -> [Step]? {
        var visited: Set<Certificate> = [certificate]
        return path(from: certificate, trust, &visited, length: 0)
    }

    private mutating func path(
        from certificate: Certificate, _ trust: Trust, _ visited: inout Set<Certificate>, length: Int
    ) -> [Step]? {
        guard length < Self.maximumLength else { return nil }
        let all = candidates(of: certificate).map { ($0, isTrusted($0, trust)) }
        for (candidate, isTrusted) in all.filter(\.1) + all.filter({ !$0.1 }) {
            // A certificate with the same key is the same CSCA once more, not one above it.
            guard !visited.contains(candidate), candidate.subjectKey != certificate.subjectKey,
                isOfOneState(certificate, candidate),
                let marks = candidate.marksToIssue(isTrusted: isTrusted),
                let taken = verified(certificate, by: candidate)
            else { continue }
            var leniencies = taken.union(marks)
            if certificate.issuer.encoded != candidate.subject.encoded { leniencies.insert(.issuerNameDiffers) }
            let step = Step(certificate: candidate, leniencies: leniencies)
            if isTrusted { return [step] }
            visited.insert(candidate)
            if let rest = path(from: candidate, trust, &visited, length: length + 1) { return [step] + rest }
        }
        return nil
    }

    /// Whether a certificate can be a step to its issuer: a CA of one state makes no CSCA of another (Doc 9303-12, 4). A list
    /// signer's own country is judged apart, so that it can be named as the reason.
    private func isOfOneState(_ certificate: Certificate, _ issuer: Certificate) -> Bool {
        !certificate.mayBeCSCA || CountryCode.agree(certificate, issuer)
    }

    /// The certificates of the list with the key of another one: link certificates beside a CSCA that signed itself.
    func twins(of certificate: Certificate) -> [Certificate] {
        (bySubject[certificate.subject.normalised] ?? []).map { pool[$0] }
            .filter { $0 != certificate && $0.subjectKey.encoded == certificate.subjectKey.encoded }
    }

    /// The certificate of the list that issued another one, self-signed ones first: the one to ask a person about.
    mutating func wanted(for certificate: Certificate) -> Certificate? {
        let found = candidates(of: certificate).filter { verified(certificate, by: $0) != nil }
        return found.first { $0.isSelfIssued } ?? found.first
    }

    /// The certificates that may have issued another one: by key identifier first, then by name.
    private func candidates(of certificate: Certificate) -> [Certificate] {
        var out = store.possibleIssuers(of: certificate).map(\.certificate)
        var positions: [Int] = []
        if let identifier = certificate.authorityKeyIdentifier {
            positions += bySubjectKeyIdentifier[identifier] ?? []
        }
        positions += bySubject[certificate.issuer.normalised] ?? []
        for position in positions.prefix(TrustStore.maximumCandidates) where pool[position] != certificate {
            if !out.contains(pool[position]) { out.append(pool[position]) }
        }
        return out
    }

    private mutating func verified(_ certificate: Certificate, by issuer: Certificate) -> Set<Leniency>? {
        guard budget > 0 else { return nil }
        budget -= 1
        return (try? checking.check(certificate, signedBy: issuer)) ?? nil
    }
}

extension Certificate {
    /// Whether the certificate may issue others: `nil` where not, else the leniency that it takes.
    fileprivate func marksToIssue(isTrusted: Bool) -> Set<Leniency>? {
        guard extensions.unknownCritical.isEmpty else { return nil }
        if isCapableOfSigningCertificates, !extensions.hasMalformedConstraint { return [] }
        // As in the path of a document signer: some CSCAs do not say that they are CAs.
        guard isTrusted, extensions.keyUsage?.contains(CertificateExtensions.keyCertSignBit) ?? true else { return nil }
        return [.cscaNotMarkedAsCA]
    }
}
