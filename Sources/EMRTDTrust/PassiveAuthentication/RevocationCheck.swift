import ISO7816

/// `ds.revocation`: the document signer, and the link certificates of its path, against the revocation lists of the
/// trust store (Doc 9303-12, 7.1.4; RFC 5280, 6.3 as far as it applies).
struct RevocationCheck {
    let store: TrustStore
    let policy: TrustPolicy
    let date: Timestamp

    /// What a list can be used for.
    private enum Use: Int, Comparable {
        case fresh, stale, notYetValid, unsupported

        static func < (a: Use, b: Use) -> Bool { a.rawValue < b.rawValue }
    }

    /// A list that a key of the issuing CSCA signed.
    private struct Usable {
        let list: CertificateRevocationList
        let use: Use
        let isOtherKey: Bool
        let entry: RevokedCertificate?
    }

    func check(_ signer: Certificate?, _ path: PathCheck.Finding) -> CheckResult {
        guard let signer else { return result(.undetermined, .dsUnknown, "No certificate verified the signature.") }
        guard let csca = path.csca else {
            return result(
                .undetermined, .dsRevocationUnknown,
                "Without a CSCA there is no list to look into: it is not known "
                    + "whether the document signer was revoked.")
        }
        // A root has nobody above it who could revoke it.
        for (certificate, issuer) in zip([csca] + path.links, path.links) {
            let lists = usable(for: certificate, issuedBy: issuer).lists.filter {
                // Serial numbers belong to the name of an issuer.
                $0.list.issuer.matches(certificate.issuer)
            }
            if let found = revoked(lists) {
                return result(
                    .failed, .cscaRevoked, "A link certificate of the path was revoked\(found.words).",
                    evidence: found.evidence)
            }
        }
        let (lists, ignored) = usable(for: signer, issuedBy: csca)
        if let found = revoked(lists) {
            return result(
                .failed, .dsRevoked, "The document signer was revoked\(found.words).",
                evidence: found.evidence + ignored)
        }
        return judge(lists, ignored)
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
                isRequired: true, evidence: Self.evidence(doubtful.list) + ignored)
        }
        let evidence = Self.evidence(best.list) + ignored
        let leniencies: [Leniency] = best.isOtherKey ? [.revocationListOfOtherKey] : []
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
        case .unsupported:
            return result(
                .undetermined, .dsCRLUnsupported,
                "The revocation list has a critical extension that is not known, so it shows nothing.",
                evidence: evidence
                    + best.list.unknownCriticalExtensions.prefix(4).map { .init("crl.unknownExtension", $0) })
        }
    }

    /// The lists that can speak about a certificate, and what was ignored.
    private func usable(
        for certificate: Certificate, issuedBy csca: Certificate
    ) -> (lists: [Usable], ignored: [CheckResult.Evidence]) {
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
            let isOtherKey = author.subjectKey.keyBytes != csca.subjectKey.keyBytes
            if isOtherKey {
                // A CSCA signs its lists with its present key (Doc 9303-12, 4.3), which is another than that of old signers.
                guard stored.standing.isAnchored, author.subject.matches(csca.subject),
                    list.issuer.matches(csca.subject)
                else {
                    ignore("a key of another CSCA signed it")
                    continue
                }
                guard policy.leniencies.contains(.revocationListOfOtherKey) else {
                    ignore("another key of the CSCA signed it, which the policy does not allow")
                    continue
                }
            }
            lists.append(
                Usable(
                    list: list, use: use(of: list), isOtherKey: isOtherKey,
                    entry: list.entry(forSerialNumber: certificate.serialNumber)))
        }
        return (lists, ignored)
    }

    private func use(of list: CertificateRevocationList) -> Use {
        // Delta lists have a critical extension, too (RFC 5280, 5.2.4).
        guard list.unknownCriticalExtensions.isEmpty else { return .unsupported }
        if list.thisUpdate > date.adding(Tolerance.day) { return .notYetValid }
        if let next = list.nextUpdate, date > next { return .stale }
        if let days = policy.maximumRevocationListAge,
            date > list.thisUpdate.adding(Int64(clamping: days).multipliedReportingOverflow(by: 86_400).partialValue)
        {
            return .stale
        }
        return .fresh
    }

    private struct Revoked {
        let words: String
        let evidence: [CheckResult.Evidence]
    }

    /// The entry that revokes a certificate. An old list counts as well as a new one, whatever the entry's date: the whole
    /// signer is revoked. A certificate on hold may be taken off again, so of these the newest list decides.
    private func revoked(_ lists: [Usable]) -> Revoked? {
        let known = lists.filter { $0.use != .unsupported }.sorted { $0.list.thisUpdate > $1.list.thisUpdate }
        let decisive =
            known.first { $0.entry.map { $0.reason?.isTemporary != true } ?? false }
            ?? known.first.flatMap { $0.entry?.reason == .certificateHold ? $0 : nil }
        guard let decisive, let entry = decisive.entry else { return nil }
        var words = entry.date.map { " on \($0.day)" } ?? ""
        if let reason = entry.reason { words += " (\(reason))" }
        var evidence = Self.evidence(decisive.list)
        if let date = entry.date { evidence.append(.init("revocation.date", date.description)) }
        if let reason = entry.reason { evidence.append(.init("revocation.reason", reason.description)) }
        return Revoked(words: words, evidence: evidence)
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
        evidence: [CheckResult.Evidence] = [], leniencies: [Leniency] = []
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
