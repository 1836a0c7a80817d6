import ISO7816

/// `ds.revocation`: the document signer, and the link certificates of its path, against the revocation lists of the
/// trust store (Doc 9303-12, 7.1.4; RFC 5280, 6.3 as far as it applies).
struct RevocationCheck {
    let store: TrustStore
    let policy: TrustPolicy
    let date: Timestamp

    /// What a list can be used for. An entry counts in all but the last; that there is none, in the first alone.
    private enum Use: Int, Comparable {
        case fresh, stale, notYetValid
        /// Signed too weakly by policy.
        case weak
        /// About a part of the certificates, or with two names of one algorithm.
        case limited
        /// With something critical that is not known.
        case unsupported

        static func < (a: Use, b: Use) -> Bool { a.rawValue < b.rawValue }
    }

    /// A list that a key of the issuing CSCA signed.
    private struct Usable {
        let list: CertificateRevocationList
        let use: Use
        let leniencies: Set<Leniency>
        /// Why ``use`` is what it is, where the list alone does not say it.
        let why: String?
        let entry: RevokedCertificate?
    }

    /// - Throws: ``TrustError`` `internalFailure` where libcrypto fails.
    func check(_ signer: Certificate?, _ path: PathCheck.Finding) throws -> CheckResult {
        guard let signer else { return result(.undetermined, .dsUnknown, "No certificate verified the signature.") }
        guard let csca = path.csca else {
            return result(
                .undetermined, .dsRevocationUnknown,
                "Without a CSCA there is no list to look into: it is not known "
                    + "whether the document signer was revoked.")
        }
        // A root has nobody above it who could revoke it.
        for (certificate, issuer) in zip([csca] + path.links, path.links) {
            if let found = try revocation(of: certificate, issuedBy: issuer) {
                return result(
                    .failed, .cscaRevoked, "A link certificate of the path was revoked\(found.words).",
                    evidence: found.evidence, leniencies: found.leniencies)
            }
        }
        let (lists, ignored) = try usable(for: signer, issuedBy: csca)
        if let found = revoked(lists) {
            return result(
                .failed, .dsRevoked, "The document signer was revoked\(found.words).",
                evidence: found.evidence + ignored, leniencies: found.leniencies)
        }
        return judge(lists, ignored)
    }

    /// The entry that revokes a certificate above a signer, or a signer of lists; `nil` where no list of the issuer has one.
    func revocation(of certificate: Certificate, issuedBy issuer: Certificate) throws -> Revoked? {
        // Serial numbers belong to the name of an issuer.
        revoked(
            try usable(for: certificate, issuedBy: issuer).lists.filter { $0.list.issuer.matches(certificate.issuer) })
    }

    /// The outcome where no list revokes the signer.
    private func judge(_ lists: [Usable], _ ignored: [CheckResult.Evidence]) -> CheckResult {
        guard let best = lists.min(by: { ($0.use, $1.list.thisUpdate) < ($1.use, $0.list.thisUpdate) }) else {
            return ignored.isEmpty
                ? result(
                    .undetermined, .dsRevocationUnknown,
                    "There is no revocation list of the issuer, so it is not known whether the document signer was revoked."
                )
                : result(
                    .undetermined, .dsCRLIgnored,
                    "The revocation lists that name the issuer were ignored, since none is signed by a key of its own.",
                    evidence: ignored)
        }
        // A list that has the signer and cannot be understood must not be outdone by one that does not have it.
        if let doubtful = lists.first(where: { $0.use == .unsupported && $0.entry != nil }) {
            return result(
                .undetermined, .dsCRLUnsupported,
                "The document signer is on a revocation list with a critical extension that is not known.",
                isRequired: true, evidence: Self.evidence(doubtful.list) + ignored, leniencies: doubtful.leniencies)
        }
        let evidence = Self.evidence(best.list) + ignored
        let leniencies = best.leniencies
        guard policy.plausibleDates.contains(date) else {
            return result(
                .undetermined, .clockImplausible, "The inspection date \(date) cannot be right. Set the clock.",
                evidence: evidence)
        }
        switch best.use {
        case .fresh:
            return result(
                .successful, .ok, "The document signer is not on the revocation list of \(best.list.thisUpdate.day).",
                evidence: evidence, leniencies: leniencies)
        case .stale:
            return result(
                .undetermined, .dsCRLStale,
                "The revocation list of \(best.list.thisUpdate.day) does not have the document signer, but is too old.",
                evidence: evidence, leniencies: leniencies)
        case .notYetValid:
            return result(
                .undetermined, .dsCRLNotYetValid,
                "The revocation list is of \(best.list.thisUpdate), after the inspection date. Set the clock.",
                evidence: evidence, leniencies: leniencies)
        case .weak:
            return result(
                .undetermined, .dsCRLWeak,
                "The revocation list is signed too weakly by policy to show anything (\(best.why ?? "its signature")).",
                evidence: evidence + [.init("crl.weak", best.why ?? "its signature")], leniencies: leniencies)
        case .limited:
            return result(
                .undetermined, .dsCRLUnsupported,
                "The revocation list shows nothing: \(best.why ?? "it is not a full one").",
                evidence: evidence + [.init("crl.limited", best.why ?? "it is not a full one")], leniencies: leniencies)
        case .unsupported:
            return result(
                .undetermined, .dsCRLUnsupported,
                "The revocation list has a critical extension that is not known, so it shows nothing.",
                evidence: evidence
                    + best.list.unknownCriticalExtensions.prefix(4).map { .init("crl.unknownExtension", $0) },
                leniencies: leniencies)
        }
    }

    /// The lists that can speak about a certificate, and what was ignored.
    private func usable(
        for certificate: Certificate, issuedBy csca: Certificate
    ) throws -> (lists: [Usable], ignored: [CheckResult.Evidence]) {
        var lists: [Usable] = []
        var ignored: [CheckResult.Evidence] = []
        for stored in store.revocationLists(issuedBy: csca) {
            let list = stored.list
            func ignore(_ why: String) {
                ignored.append(.init("crl.ignored", "\(list.thisUpdate.day): \(why)"))
            }
            guard case .valid = stored.standing.signature, let author = stored.issuer else {
                switch stored.standing.signature {
                case .invalid: ignore("its signature is wrong")
                case .unsupported: ignore("the algorithm of its signature is not supported")
                default: ignore("no key of the trust store signed it")
                }
                continue
            }
            var leniencies: Set<Leniency> = []
            if !csca.sharesSignature(list.signatureAlgorithm, of: author) {
                // A CSCA signs its lists with its present key (Doc 9303-12, 4.3), which is another than that of old signers.
                guard author.subject.matches(csca.subject), list.issuer.matches(csca.subject) else {
                    ignore("a key of another CSCA signed it")
                    continue
                }
                if let problem = objection(to: author, stored.standing, for: csca) {
                    ignore(problem)
                    continue
                }
                // What such a list revokes is revoked under every policy; the policy says whether it clears anything.
                guard
                    policy.leniencies.contains(.revocationListOfOtherKey)
                        || list.entry(forSerialNumber: certificate.serialNumber) != nil
                else {
                    ignore("another key of the CSCA signed it, which the policy does not allow")
                    continue
                }
                leniencies.insert(.revocationListOfOtherKey)
            }
            // The store verified the signature with this key and scheme, so both can be used.
            let key = try author.subjectKey.publicKey()
            let scheme = try list.signatureAlgorithm.scheme()
            guard !Weakness.isForbidden(key) else {
                ignore("the key that signed it is far too short")
                continue
            }
            let weak = Weakness.findings(key, .csca, scheme, signedAt: list.thisUpdate, policy)
            if !weak.isEmpty { leniencies.insert(.weakAlgorithm) }
            let (use, why) = use(of: list, Weakness.decisive(weak))
            if use == .weak { leniencies.remove(.weakAlgorithm) }
            if use == .fresh, list.thisUpdate > date { leniencies.insert(.periodMissedByADay) }
            lists.append(
                Usable(
                    list: list, use: use, leniencies: leniencies, why: why,
                    entry: list.entry(forSerialNumber: certificate.serialNumber)))
        }
        return (lists, ignored)
    }

    /// Why another key in the name of a CSCA is not its own, or `nil`. A certificate with that name is not enough: a CA of
    /// another state can issue one.
    private func objection(to author: Certificate, _ standing: CertificateStanding, for csca: Certificate) -> String? {
        guard standing.isAnchored, standing.isVerified else {
            return "another key signed it, which nothing that is vouched for stands behind"
        }
        guard !standing.isTestPKI || policy.allowsTestPKI else { return "a key of a TEST PKI signed it" }
        guard CountryCode.agree(author, csca) else { return "a key of another state signed it" }
        // A root of its own that is vouched for is as good as the CSCA: many states change their keys without a link certificate.
        let above = store.links(above: author).map(\.certificate)
        guard !above.isEmpty else { return nil }
        let keys = Set(([csca] + store.links(above: csca).map(\.certificate)).map(\.subjectKey.keyBytes))
        guard above.contains(where: { keys.contains($0.subjectKey.keyBytes) }) else {
            return "a key that another CSCA vouches for signed it"
        }
        return nil
    }

    private func use(of list: CertificateRevocationList, _ weakness: Weakness.Finding?) -> (Use, why: String?) {
        guard list.unknownCriticalExtensions.isEmpty else { return (.unsupported, nil) }
        guard list.limits.isEmpty else {
            return (
                .limited, "it is about a part of the certificates only (\(list.limits.joined(separator: ", ")))"
            )
        }
        guard !list.signatureAlgorithmsDiffer else { return (.limited, "it names two signature algorithms") }
        if let weakness { return (.weak, weakness.what) }
        if list.thisUpdate > date.adding(Tolerance.slack(policy)) { return (.notYetValid, nil) }
        if let next = list.nextUpdate, date > next { return (.stale, nil) }
        if let days = policy.maximumRevocationListAge,
            date > list.thisUpdate.adding(Int64(clamping: days).multipliedReportingOverflow(by: 86_400).partialValue)
        {
            return (.stale, nil)
        }
        return (.fresh, nil)
    }

    /// What an entry says of a certificate.
    struct Revoked {
        /// When and why, for a sentence.
        let words: String
        let evidence: [CheckResult.Evidence]
        /// What the list that says so took.
        let leniencies: Set<Leniency>
    }

    /// The entry that revokes a certificate. An old list counts as well as a new one, whatever the entry's date: the whole
    /// signer is revoked. A certificate on hold may be taken off again, so of these the newest list decides.
    private func revoked(_ lists: [Usable]) -> Revoked? {
        // Not being on a list that shows nothing takes no hold off.
        let known = lists.filter { $0.use < .weak || $0.use < .unsupported && $0.entry != nil }
            .sorted { $0.list.thisUpdate > $1.list.thisUpdate }
        let decisive =
            known.first { $0.entry.map { $0.reason?.isTemporary != true } ?? false }
            ?? known.first.flatMap { $0.entry?.reason == .certificateHold ? $0 : nil }
        guard let decisive, let entry = decisive.entry else { return nil }
        var words = entry.date.map { " on \($0.day)" } ?? ""
        if let reason = entry.reason { words += " (\(reason))" }
        var evidence = Self.evidence(decisive.list)
        if let date = entry.date { evidence.append(.init("revocation.date", date.description)) }
        if let reason = entry.reason { evidence.append(.init("revocation.reason", reason.description)) }
        return Revoked(words: words, evidence: evidence, leniencies: decisive.leniencies)
    }

    private static func evidence(_ list: CertificateRevocationList) -> [CheckResult.Evidence] {
        [
            .init("crl.thisUpdate", list.thisUpdate.description),
            .init("crl.nextUpdate", list.nextUpdate?.description ?? "none"),
            .init("crl.sha256", list.fingerprint.hexadecimal),
        ]
    }

    private func result(
        _ outcome: CheckOutcome, _ code: CheckCode, _ reason: String, isRequired: Bool? = nil,
        evidence: [CheckResult.Evidence] = [], leniencies: Set<Leniency> = []
    ) -> CheckResult {
        CheckResult(
            .dsRevocation, outcome, code, reason, isRequired: isRequired ?? policy.requiresRevocation,
            evidence: evidence, leniencies: leniencies)
    }
}

extension RevokedCertificate.Reason {
    /// The certificate is suspended (RFC 5280, 5.3.1).
    static let certificateHold = RevokedCertificate.Reason(6)
    /// The certificate was suspended, and is not any more.
    static let removeFromCRL = RevokedCertificate.Reason(8)

    /// Whether a later list can take the revocation back.
    var isTemporary: Bool { self == .certificateHold || self == .removeFromCRL }
}
