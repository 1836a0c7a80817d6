/// How old the master lists are that vouch for a CSCA (Doc 9303-12, 9: a list says what its issuer trusted on that day, and a
/// CSCA that was withdrawn since is not in the next one).
struct AnchorAge {
    /// Whether all that vouches for the CSCA is older than the policy allows.
    let isOutdated: Bool
    /// The days since the newest of the lists was signed, where only master lists vouch for the CSCA.
    let days: Int?
    /// The moments around the date between which the answer stays the same.
    let span: ClosedRange<Timestamp>

    /// - Parameter certificates: the CSCA and the certificates above it. Whoever vouches for one above vouches for the CSCA.
    init(of certificates: [StoredCertificate], _ policy: TrustPolicy, at date: Timestamp) {
        // Where the clock is wrong, the checks of periods say so.
        let whole = (Timestamp.distantPast...Timestamp.distantFuture)
            .narrowed(by: policy.plausibleDates.lowerBound, policy.plausibleDates.upperBound, around: date)
        func isVouching(_ source: TrustSource) -> Bool { source.basis == .named || source.basis == .signed }
        guard let limit = policy.maximumMasterListAge, policy.plausibleDates.contains(date),
            certificates.allSatisfy({ $0.sources.allSatisfy { !isVouching($0) || $0.kind == .masterList } })
        else {
            (isOutdated, days, span) = (false, nil, whole)
            return
        }
        let sources = certificates.flatMap(\.sources).filter(isVouching)
        guard !sources.isEmpty else {
            (isOutdated, days, span) = (false, nil, whole)
            return
        }
        let newest = sources.map { $0.ageInDays(at: date) }.min() ?? 0
        isOutdated = newest > limit
        days = newest
        span = sources.reduce(whole) { span, source in
            let allowed = Int64(clamping: limit).addingReportingOverflow(1).partialValue
            let (seconds, overflow) = allowed.multipliedReportingOverflow(by: 86_400)
            let end = (source.issuedAt ?? source.importedAt).adding(overflow ? .max : seconds)
            return span.narrowed(by: end, nil, around: date)
        }
    }
}
