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
        // A list that says no day, or one that is still to come, shows no age at all.
        let newest = sources.compactMap { $0.knownAgeInDays(at: date) }.min()
        isOutdated = newest.map { $0 > limit } ?? true
        days = newest
        span = sources.reduce(whole) { span, source in
            guard let issued = source.issuedAt else { return span }
            let allowed = Int64(clamping: limit).addingReportingOverflow(1).partialValue
            let (seconds, overflow) = allowed.multipliedReportingOverflow(by: 86_400)
            return span.narrowed(by: issued.adding(overflow ? .max : seconds), nil, around: date)
                .narrowed(by: issued.adding(-Tolerance.day), nil, around: date)
        }
    }
}

extension TrustSource {
    /// The age of the contents in whole days, where the source says when it was issued and that is not to come: by more than a day,
    /// which a clock may be off.
    package func knownAgeInDays(at date: Timestamp) -> Int? {
        issuedAt.flatMap { $0 <= date.adding(Tolerance.day) ? ageInDays(at: date) : nil }
    }
}
