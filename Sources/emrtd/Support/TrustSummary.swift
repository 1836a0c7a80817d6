import ArgumentParser
import EMRTD
import EMRTDTrust
import ISO7816

/// Which trust store and policy an inspection rests on, and what is odd about them.
struct TrustSummary {
    let store: TrustStore
    let policy: TrustPolicy

    /// What a reader of the report should know before relying on it.
    func warnings(_ inspection: Inspection) -> [String] {
        var out: [String] = []
        if let anchor = anchor(of: inspection), let stored = store.storedCertificate(sha256: anchor),
            !stored.standing.isVerified
        {
            let names = stored.sources.map(\.name).joined(separator: ", ")
            out.append("UNVERIFIED SOURCE: nobody vouches for the CSCA certificate, which came from \(names)")
        }
        let unverified = store.sources.count { $0.basis == .unverified }
        if unverified > 0 { out.append("\(unverified) of its \(store.sources.count) sources are unverified") }
        let newest = newest(at: inspection.date)
        if let newest, newest.kind == .masterList, newest.knownAgeInDays(at: inspection.date) == nil {
            out.append("its newest list, \(newest.name), says no day on which it was issued, or one that is to come")
        } else if let newest, let limit = policy.maximumMasterListAge, newest.ageInDays(at: inspection.date) > limit {
            out.append(
                "its newest list, \(newest.name), is \(newest.ageInDays(at: inspection.date)) days old; the policy "
                    + "\(policy.name) asks for at most \(limit)")
        }
        let stale = store.revocationLists.count { stored in
            stored.list.nextUpdate.map { $0 < inspection.date } ?? false
        }
        if stale > 0 { out.append("\(stale) of its \(store.revocationLists.count) revocation lists are out of date") }
        return out
    }

    /// The newest of the lists, by when they were issued; where there are none, the newest source.
    private func newest(at date: Timestamp) -> TrustSource? {
        let lists = store.sources.filter { $0.kind == .masterList || $0.kind == .ldif }
        // A day that is to come makes no list the newest.
        let known = lists.filter { $0.kind != .masterList || $0.knownAgeInDays(at: date) != nil }
        let candidates = known.isEmpty ? lists.isEmpty ? store.sources : lists : known
        return candidates.max { ($0.issuedAt ?? $0.importedAt) < ($1.issuedAt ?? $1.importedAt) }
    }

    /// The fingerprint of the CSCA certificate at the end of the path.
    private func anchor(of inspection: Inspection) -> [UInt8]? {
        let evidence = inspection[.dsChain]?.evidence.first { $0.name == "csca.sha256" }
        return evidence.flatMap { [UInt8](hexadecimal: $0.value) }
    }

    /// The lines of the text report.
    func lines(_ inspection: Inspection) -> [String] {
        guard store.count > 0 else { return ["Trust store: none, policy \(policy.name)"] }
        var line = "Trust store: version \(store.shortIdentity), \(store.count) certificates, "
        if let newest = newest(at: inspection.date) {
            line += "newest source \(newest.ageInDays(at: inspection.date)) days old, "
        }
        return [line + "policy \(policy.name)"]
            + warnings(inspection).map { Colour.yellow("Trust store warning: " + SafeText.terminal($0)) }
    }

    /// The member `trustStore` of the JSON report.
    func json(_ inspection: Inspection) -> JSON {
        let newest = newest(at: inspection.date)
        return .object([
            ("identity", .string(store.identity.hexadecimal.lowercased())), ("policy", .string(policy.name)),
            ("certificateCount", .integer(store.count)), ("revocationListCount", .integer(store.revocationLists.count)),
            ("newestSource", .optional(newest?.name)),
            ("newestSourceAgeInDays", .optional(newest?.ageInDays(at: inspection.date))),
            ("warnings", .array(warnings(inspection).map { .string($0) })),
        ])
    }
}

/// `field` or `strict`.
enum TrustPolicyName: String, ExpressibleByArgument, CaseIterable {
    case field, strict

    var policy: TrustPolicy {
        switch self {
        case .field: .field
        case .strict: .strict
        }
    }
}
