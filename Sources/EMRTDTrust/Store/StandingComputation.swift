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
    func run() -> [CertificateRecord.Standing] {
        var out: [CertificateRecord.Standing] = []
        out.reserveCapacity(contents.count)
        for position in 0..<contents.count {
            if let known = contents.parts.certificates[position].standing, known.signature == .valid {
                out.append(CertificateRecord.Standing(signature: .valid, issuer: known.issuer))
            } else {
                out.append(signature(position))
            }
        }
        anchor(&out)
        return out
    }

    private func signature(_ position: Int) -> CertificateRecord.Standing {
        typealias Standing = CertificateRecord.Standing
        guard let certificate = contents.certificate(at: position) else {
            return Standing(signature: .unsupported, issuer: -1)
        }
        let identifier = certificate.authorityKeyIdentifier
        let namesItself = identifier == nil || identifier == certificate.subjectKeyIdentifier
        var isUnsupported = false
        var namedKeyDiffers = false
        if certificate.isSelfIssued || identifier != nil && namesItself {
            switch verifies(certificate, certificate) {
            case .some(true): return Standing(signature: .valid, issuer: Int32(position))
            case .some(false): namedKeyDiffers = certificate.isSelfIssued && namesItself
            case .none: isUnsupported = true
            }
        }
        for candidate in contents.possibleIssuers(of: certificate) {
            switch verifies(certificate, candidate.certificate) {
            case .some(true): return Standing(signature: .valid, issuer: Int32(candidate.position))
            case .some(false): if candidate.match == .keyIdentifier { namedKeyDiffers = true }
            case .none: isUnsupported = true
            }
        }
        return Standing(
            signature: namedKeyDiffers ? .invalid : isUnsupported ? .unsupported : .issuerUnknown, issuer: -1)
    }

    /// Who signed a revocation list. Only certificates that may sign others count.
    func standing(
        of list: CertificateRevocationList, _ certificates: [CertificateRecord.Standing]
    ) -> CertificateRecord.Standing {
        var out = CertificateRecord.Standing(signature: .issuerUnknown, issuer: -1)
        for candidate in contents.possibleIssuers(
            list.issuer, identifier: list.authorityKeyIdentifier, serialNumber: nil)
        where contents.parts.certificates[candidate.position].flags.contains(.mayIssue) {
            let isRight: Bool
            do {
                isRight =
                    try checking.check(
                        candidate.certificate.subjectKey.publicKey(), list.signature, Array(list.toBeSigned),
                        list.signatureAlgorithm.scheme()) != nil
            } catch {
                if out.signature == .issuerUnknown { out.signature = .unsupported }
                continue
            }
            guard isRight else {
                if candidate.match == .keyIdentifier { out.signature = .invalid }
                continue
            }
            let issuer = certificates[candidate.position]
            out = CertificateRecord.Standing(
                signature: .valid, issuer: Int32(candidate.position), isAnchored: issuer.isAnchored,
                isVerified: issuer.isVerified, isTestPKI: issuer.isTestPKI)
            if issuer.isAnchored { return out }
        }
        return out
    }

    /// `nil` where the algorithm or the key cannot be used.
    private func verifies(_ certificate: Certificate, _ issuer: Certificate) -> Bool? {
        do {
            return try checking.check(certificate, signedBy: issuer) != nil
        } catch {
            return nil
        }
    }

    /// Marks what reaches a root. Each round takes what the certificates of the last one signed, so loops of certificates that
    /// sign each other end, and never become roots.
    private func anchor(_ standings: inout [CertificateRecord.Standing]) {
        let records = contents.parts.certificates
        var children: [UInt64: [Int]] = [:]
        var wave: [Int] = []
        for position in standings.indices {
            let record = records[position]
            let sources = contents.sources(record.sourceSet)
            let isTrusted = sources.contains { $0.basis == .named || $0.basis == .signed }
            // A production list that holds the certificate too outweighs the mark of an import.
            standings[position].isTestPKI =
                record.flags.contains(.hasTestMark) || !sources.isEmpty && sources.allSatisfy(\.isTestPKI)
            guard standings[position].signature == .valid else { continue }
            let issuer = Int(standings[position].issuer)
            if issuer == position {
                guard record.flags.contains(.mayBeCSCA) else { continue }
                standings[position].isAnchored = true
                standings[position].isVerified = isTrusted
                wave.append(position)
            } else if records.indices.contains(issuer) {
                children[records[issuer].publicKey, default: []].append(position)
            }
        }
        // Facts only ever become true, so the rounds are bounded by three for each certificate.
        while !wave.isEmpty {
            var next: Set<Int> = []
            for parent in wave where records[parent].flags.contains(.mayIssue) {
                for child in children[records[parent].publicKey] ?? [] where child != parent {
                    let issuer = Int(standings[child].issuer)
                    guard issuer == parent || haveSameKey(issuer, parent) else { continue }
                    let before = standings[child]
                    standings[child].isAnchored = true
                    if standings[parent].isTestPKI { standings[child].isTestPKI = true }
                    let isTrusted = contents.sources(records[child].sourceSet).contains {
                        $0.basis == .named || $0.basis == .signed
                    }
                    if standings[parent].isVerified || isTrusted && records[child].flags.contains(.mayBeCSCA) {
                        standings[child].isVerified = true
                    }
                    if standings[child] != before { next.insert(child) }
                }
            }
            wave = next.sorted()
        }
    }

    private func haveSameKey(_ a: Int, _ b: Int) -> Bool {
        guard let first = contents.certificate(at: a), let second = contents.certificate(at: b) else { return false }
        return first.subjectKey.keyBytes == second.subjectKey.keyBytes
    }
}
