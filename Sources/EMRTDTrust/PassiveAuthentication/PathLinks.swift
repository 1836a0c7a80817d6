import EMRTDCrypto

/// The certificates above a CSCA that is a link certificate, up to a root (Doc 9303-12, 4).
extension TrustStore {
    /// The most certificates followed above a CSCA.
    private static let maximumLinks = 16

    /// The certificates above one of the store, its issuer first, up to its root; empty where it is a root itself, or where its
    /// issuer is not known.
    func links(above certificate: Certificate) -> [StoredCertificate] {
        var out: [StoredCertificate] = []
        guard var current = standing(of: certificate) else { return out }
        var child = certificate
        while !current.isSelfSigned, out.count < Self.maximumLinks,
            case .valid(let issuerSHA256) = current.signature,
            let parent = parent(of: child, issuerSHA256),
            parent.certificate != certificate, !out.contains(where: { $0.sha256 == parent.sha256 })
        {
            out.append(parent)
            (child, current) = (parent.certificate, parent.standing)
        }
        return out
    }

    /// The certificate above another one: of those that hold the key which signed it, one that reaches a root before one that
    /// does not, and a root itself before a link certificate for the same key, since a root needs nothing above it.
    private func parent(of child: Certificate, _ issuerSHA256: [UInt8]) -> StoredCertificate? {
        guard let known = storedCertificate(sha256: issuerSHA256) else { return nil }
        func rank(_ stored: StoredCertificate) -> Int {
            (stored.standing.isAnchored ? 0 : 4) + (stored.standing.isSelfSigned ? 0 : 2)
                + (stored.standing.isVerified ? 0 : 1)
        }
        guard rank(known) > 0 else { return known }
        let others = possibleIssuers(of: child).map(\.certificate)
            .filter {
                $0 != known.certificate && $0.mayBeCSCA
                    && $0.sharesSignature(child.signatureAlgorithm, of: known.certificate)
            }
            .compactMap { stored($0) }
        return others.reduce(known) { rank($1) < rank($0) ? $1 : $0 }
    }
}

/// What ends the judgement of a path.
struct PathProblem: Error {
    let outcome: CheckOutcome
    let code: CheckCode
    let reason: String
}

extension PathCheck {
    /// Whether an issuer's extensions let it sign certificates: a CSCA's, or those of a certificate above it.
    ///
    /// - Parameter name: what the issuer is, for reasons.
    /// - Returns: the leniencies taken.
    func capability(
        of issuer: Certificate, _ standing: CertificateStanding?, _ name: String
    ) throws(PathProblem) -> Set<Leniency> {
        // VDS-NC (ICAO technical report, 2021) has states restrict a CSCA to health proofs with this purpose, critical or not, and
        // leave it out of the one for travel documents. Other purposes in a CSCA are not standardised and restrict nothing.
        if issuer.extensions.extendedKeyUsage?.contains(.healthCSCA) == true {
            throw PathProblem(
                outcome: .failed, code: .cscaExtendedKeyUsageWrong,
                reason: "\(name) is one for health proofs (\(ASN1OID.healthCSCA)), not for travel documents.")
        }
        if let oid = issuer.extensions.unknownCritical.first {
            throw PathProblem(
                outcome: .failed, code: .cscaCriticalExtensionUnknown,
                reason: "\(name) has the unknown critical extension \(oid).")
        }
        if issuer.isCapableOfSigningCertificates, !issuer.extensions.hasMalformedConstraint { return [] }
        guard standing?.isAnchored == true, standing?.isSelfSigned == true,
            issuer.extensions.keyUsage?.contains(CertificateExtensions.keyCertSignBit) ?? true
        else {
            throw PathProblem(
                outcome: .failed, code: .cscaNotCA, reason: "\(name) is not allowed to sign certificates.")
        }
        return [.cscaNotMarkedAsCA]
    }

    /// Judges each certificate above a CSCA and its signature on the one below (Doc 9303-12, 4 and 7.1.1; RFC 5280, 6.1.4).
    ///
    /// A link certificate has to have been right when it was made, by the rules of that day; that the one above it has expired
    /// since is what link certificates are for.
    ///
    /// - Returns: the leniencies taken, and what is weak.
    func judgeLinks(
        _ csca: Certificate, _ links: [StoredCertificate]
    ) throws -> (leniencies: Set<Leniency>, weak: [Weakness.Finding]) {
        var leniencies: Set<Leniency> = []
        var weak: [Weakness.Finding] = []
        for (child, parent) in zip([csca] + links.map(\.certificate), links) {
            let certificate = parent.certificate
            leniencies.formUnion(try capability(of: certificate, parent.standing, "A certificate above the CSCA"))
            let key = try certificate.subjectKey.publicKey()
            if Weakness.isForbidden(key) {
                throw PathProblem(
                    outcome: .failed, code: .dsAlgorithmForbidden,
                    reason: "A key above the CSCA is far too short (\(key.label)).")
            }
            weak += Weakness.findings(
                key, .csca, try child.signatureAlgorithm.scheme(), signedAt: child.notBefore, policy
            ).map { Weakness.Finding(rule: $0.rule, what: "above the CSCA: " + $0.what) }
            guard let moment = child.notBefore, let start = certificate.notBefore, let end = certificate.notAfter else {
                leniencies.insert(.linkOutsidePeriod)
                continue
            }
            switch Tolerance.place(moment, in: start, end, .issuer, policy) {
            case .inside: break
            case .tolerated(let leniency): leniencies.insert(leniency)
            case .before, .after: leniencies.insert(.linkOutsidePeriod)
            }
        }
        return (leniencies, weak)
    }
}
