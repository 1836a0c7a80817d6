import EMRTDCrypto

/// Finds out for every certificate of a store who signed it and whether it reaches a root (Doc 9303-12, 4; RFC 5280, 6.1 as far
/// as it applies). A signature belongs to a key, and several certificates can hold the same key: a self-signed CSCA certificate
/// and the link certificate for it.
struct StandingComputation {
    private let contents: TrustStoreContents
    private let checking: SignatureChecking

    init(_ contents: TrustStoreContents, checking: SignatureChecking = .standard) {
        self.contents = contents
        self.checking = checking
    }

    /// Keeps what the records have where the signature was valid, since nothing that is added changes that.
    ///
    /// - Throws: `TrustError` `internalFailure` or `CryptoError` where libcrypto fails.
    func run() throws -> [CertificateRecord.Standing] {
        var budget = Budget()
        var out: [CertificateRecord.Standing] = []
        out.reserveCapacity(contents.count)
        for position in 0..<contents.count {
            if let known = contents.parts.certificates[position].standing, known.signature == .valid {
                out.append(CertificateRecord.Standing(signature: .valid, issuer: known.issuer))
            } else {
                out.append(try signature(position, &budget))
            }
        }
        anchor(&out)
        return out
    }

    /// How many verifications the certificates of one issuer's name may cost together: thousands of them with thousands of
    /// possible issuers would otherwise take hours.
    private struct Budget {
        private var left: [String: Int] = [:]
        /// Who signed the last certificate of an issuer's name: most often that of the next, too.
        var lastIssuer: [String: Int] = [:]

        static let start = 1024
        static let forEach = 4

        mutating func enter(_ issuer: String) { left[issuer, default: Self.start] += Self.forEach }

        mutating func spend(_ issuer: String) -> Bool {
            guard let rest = left[issuer], rest > 0 else { return false }
            left[issuer] = rest - 1
            return true
        }
    }

    private func signature(_ position: Int, _ budget: inout Budget) throws -> CertificateRecord.Standing {
        typealias Standing = CertificateRecord.Standing
        guard let certificate = contents.certificate(at: position) else {
            return Standing(signature: .unsupported, issuer: -1)
        }
        let issuer = certificate.issuer.normalised
        budget.enter(issuer)
        let identifier = certificate.authorityKeyIdentifier
        let namesItself = identifier == nil || identifier == certificate.subjectKeyIdentifier
        var isUnsupported = false
        var namedKeyDiffers = false
        if certificate.isSelfIssued || identifier != nil && namesItself {
            switch try verifies(certificate, certificate) {
            case .some(true): return Standing(signature: .valid, issuer: Int32(position))
            case .some(false): namedKeyDiffers = certificate.isSelfIssued && namesItself
            case .none: isUnsupported = true
            }
        }
        if let last = budget.lastIssuer[issuer], last != position,
            let candidate = contents.certificate(at: last), budget.spend(issuer),
            try verifies(certificate, candidate) == true
        {
            return Standing(signature: .valid, issuer: Int32(last))
        }
        for candidate in contents.possibleIssuers(of: certificate) {
            guard budget.spend(issuer) else { break }
            switch try verifies(certificate, candidate.certificate) {
            case .some(true):
                budget.lastIssuer[issuer] = candidate.position
                return Standing(signature: .valid, issuer: Int32(candidate.position))
            case .some(false): if candidate.match == .keyIdentifier { namedKeyDiffers = true }
            case .none: isUnsupported = true
            }
        }
        return Standing(
            signature: namedKeyDiffers ? .invalid : isUnsupported ? .unsupported : .issuerUnknown, issuer: -1)
    }

    /// Who signed a revocation list. Only certificates that may sign others count; of several with one key the best.
    ///
    /// - Throws: as ``run()``.
    func standing(
        of list: CertificateRevocationList, _ certificates: [CertificateRecord.Standing]
    ) throws -> CertificateRecord.Standing {
        var out = CertificateRecord.Standing(signature: .issuerUnknown, issuer: -1)
        // By the key with its restriction: two certificates may hold one key for different purposes.
        var verified: [SubjectKey: Bool] = [:]
        for candidate in contents.possibleIssuers(
            list.issuer, identifier: list.authorityKeyIdentifier.map { $0[...] }, serialNumber: nil)
        where mayIssue(candidate.position, certificates[candidate.position]) {
            let key = candidate.certificate.subjectKey
            let isRight: Bool
            if let known = verified[key] {
                isRight = known
            } else {
                do {
                    isRight =
                        try checking.check(
                            key.publicKey(), list.signature[...], list.toBeSigned, list.signatureAlgorithm.scheme())
                        != nil
                } catch let error as TrustError where error.code != .internalFailure {
                    if out.signature == .issuerUnknown { out.signature = .unsupported }
                    continue
                }
                verified[key] = isRight
            }
            guard isRight else {
                if candidate.match == .keyIdentifier, out.signature != .valid { out.signature = .invalid }
                continue
            }
            let issuer = certificates[candidate.position]
            let found = CertificateRecord.Standing(
                signature: .valid, issuer: Int32(candidate.position), isAnchored: issuer.isAnchored,
                isVerified: issuer.isVerified, isTestPKI: issuer.isTestPKI)
            if out.signature != .valid || Self.rank(found) < Self.rank(out) { out = found }
        }
        return out
    }

    private static func rank(_ standing: CertificateRecord.Standing) -> Int {
        (standing.isAnchored ? 0 : 4) + (standing.isVerified ? 0 : 2) + (standing.isTestPKI ? 1 : 0)
    }

    /// Whether a certificate may sign others. One that does not say so is tolerated as a root.
    private func mayIssue(_ position: Int, _ standing: CertificateRecord.Standing) -> Bool {
        let flags = contents.parts.certificates[position].flags
        return flags.contains(.mayIssue) || flags.contains(.mayIssueAsRoot) && Int(standing.issuer) == position
    }

    /// `nil` where the algorithm or the key cannot be used.
    private func verifies(_ certificate: Certificate, _ issuer: Certificate) throws -> Bool? {
        do {
            return try checking.check(certificate, signedBy: issuer) != nil
        } catch let error as TrustError where error.code != .internalFailure {
            return nil
        }
    }

    /// What the sources of a certificate say of it together.
    private struct Origin {
        let isTestPKI: Bool
        let mayBringRoots: Bool

        init(_ sources: [TrustSource]) {
            // A signed list of production that has the certificate too outweighs the mark of an import. Whoever named the
            // certificate itself outweighs the lists and directories of a test PKI: they may hold anyone's certificates.
            let isMarked = sources.contains(where: \.isTestPKI)
            let isNamedForTests = sources.contains { $0.isTestPKI && $0.kind == .certificate }
            let isOfProduction = sources.contains { source in
                !source.isTestPKI
                    && (source.basis == .signed
                        || source.basis == .named && source.kind == .certificate && !isNamedForTests)
            }
            isTestPKI = isMarked && !isOfProduction
            mayBringRoots = sources.contains { $0.basis != .unsigned }
        }
    }

    /// Marks what reaches a root: first from the roots that somebody vouches for, then from the others, then from those of test
    /// PKIs. Each certificate is reached once, from the best, so loops of certificates that sign each other end, and never
    /// become roots.
    private func anchor(_ standings: inout [CertificateRecord.Standing]) {
        let records = contents.parts.certificates
        var children: [UInt64: [Int]] = [:]
        var roots: [[Int]] = [[], [], []]
        // Most certificates share a few sets of sources.
        var origins: [Int: Origin] = [:]
        for position in standings.indices {
            let record = records[position]
            let origin: Origin
            if let known = origins[record.sourceSet] {
                origin = known
            } else {
                origin = Origin(contents.sources(record.sourceSet))
                origins[record.sourceSet] = origin
            }
            standings[position].isTestPKI = record.flags.contains(.hasTestMark) || origin.isTestPKI
            guard standings[position].signature == .valid else { continue }
            let issuer = Int(standings[position].issuer)
            if issuer == position {
                // What only an unsigned directory has is no root, whatever it says of itself.
                guard record.flags.contains(.mayBeCSCA), origin.mayBringRoots else { continue }
                standings[position].isAnchored = true
                standings[position].isVerified = contents.isTrusted(position)
                roots[standings[position].isTestPKI ? 2 : standings[position].isVerified ? 0 : 1].append(position)
            } else if records.indices.contains(issuer) {
                children[records[issuer].publicKey, default: []].append(position)
            }
        }
        for tier in roots.indices {
            var wave = roots[tier]
            while !wave.isEmpty {
                var next: [Int] = []
                for parent in wave where mayIssue(parent, standings[parent]) {
                    for child in children[records[parent].publicKey] ?? []
                    where !standings[child].isAnchored && isSigned(child, standings[child], by: parent) {
                        standings[child].isAnchored = true
                        standings[child].issuer = Int32(parent)
                        let isCSCA = records[child].flags.contains(.mayBeCSCA)
                        standings[child].isVerified =
                            standings[parent].isVerified || isCSCA && contents.isTrusted(child)
                        if standings[parent].isTestPKI { standings[child].isTestPKI = true }
                        next.append(child)
                    }
                }
                wave = next
            }
        }
    }

    /// Whether the parent's key made the child's signature, and its state is the child's: the CSCA of one state makes none of
    /// another.
    private func isSigned(_ child: Int, _ standing: CertificateRecord.Standing, by parent: Int) -> Bool {
        let issuer = Int(standing.issuer)
        guard child != parent, issuer == parent || haveSameKey(issuer, parent, for: child) else { return false }
        guard contents.parts.certificates[child].flags.contains(.mayBeCSCA) else { return true }
        guard let a = contents.certificate(at: child), let b = contents.certificate(at: parent) else { return false }
        return CountryCode.agree(a, b)
    }

    private func haveSameKey(_ issuer: Int, _ parent: Int, for child: Int) -> Bool {
        guard let first = contents.certificate(at: issuer), let second = contents.certificate(at: parent),
            let signed = contents.certificate(at: child)
        else { return false }
        return second.sharesSignature(signed.signatureAlgorithm, of: first)
    }
}
