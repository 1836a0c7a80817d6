/// Moments of signing against the periods of the certificates that signed: what `ds.validityAtSigning` and `ds.privateKeyUsage`
/// have in common.
struct SigningPeriods {
    let id: CheckID
    let policy: TrustPolicy
    private(set) var evidence: [CheckResult.Evidence] = []
    private var leniencies: Set<Leniency> = []

    init(id: CheckID, policy: TrustPolicy) {
        self.id = id
        self.policy = policy
    }

    /// Whose period it is.
    enum Owner {
        case documentSigner, csca

        /// For reasons.
        var name: String { self == .csca ? "CSCA" : "document signer" }
        /// For reasons that hold of the certificate at hand alone.
        var known: String { self == .csca ? "known certificate of the CSCA" : "document signer" }
    }

    /// Names the validity of a certificate in the evidence.
    mutating func name(validity start: Timestamp, _ end: Timestamp, of owner: Owner) {
        evidence.reserveCapacity(4)
        evidence.append(
            .init(owner == .csca ? "csca.notBefore" : "signer.notBefore", start))
        evidence.append(.init(owner == .csca ? "csca.notAfter" : "signer.notAfter", end))
    }

    /// Names the period of use of a private key in the evidence.
    mutating func name(privateKeyUsage start: Timestamp?, _ end: Timestamp?, of owner: Owner) {
        guard start != nil || end != nil else { return }
        evidence.reserveCapacity(4)
        let isCSCA = owner == .csca
        if let start {
            let name = isCSCA ? "csca.privateKeyUsage.notBefore" : "signer.privateKeyUsage.notBefore"
            evidence.append(.init(name, start))
        }
        if let end {
            let name = isCSCA ? "csca.privateKeyUsage.notAfter" : "signer.privateKeyUsage.notAfter"
            evidence.append(.init(name, end))
        }
    }

    /// Where a moment lies against a period. What is tolerated is among the leniencies of the results that follow.
    mutating func place(
        _ time: Timestamp, in start: Timestamp?, _ end: Timestamp?, _ clock: Tolerance.Clock
    ) -> Tolerance.Place {
        let place = Tolerance.place(time, in: start, end, clock, policy)
        if case .tolerated(let leniency) = place { leniencies.insert(leniency) }
        return place
    }

    /// Takes a leniency for the results that follow.
    mutating func tolerate(_ leniency: Leniency) { leniencies.insert(leniency) }

    /// Whether something was tolerated.
    var hasTolerated: Bool { !leniencies.isEmpty }

    /// The result where a moment lies before a period: of a CSCA whose certificate was renewed under the same key only the newer
    /// one may be known, so that nothing is wrong.
    func early(_ owner: Owner, _ code: CheckCode, _ reason: String, isRequired: Bool = true) -> CheckResult {
        owner == .csca
            ? result(.undetermined, code, reason, isRequired: false)
            : result(.failed, code, reason, isRequired: isRequired)
    }

    /// A result with what was named and tolerated so far.
    func result(_ outcome: CheckOutcome, _ code: CheckCode, _ reason: String, isRequired: Bool = true) -> CheckResult {
        CheckResult(id, outcome, code, reason, isRequired: isRequired, evidence: evidence, leniencies: leniencies)
    }
}

/// How far a moment may lie outside a period.
enum Tolerance {
    /// The seconds of a day. Issuers write local time as UTC, and a day as its first moment.
    static let day: Int64 = 86_400
    /// The seconds of three months: as long as the private key of a document signer is to be used (Doc 9303-12, 4.1.1.2). A signer
    /// whose certificate came later than its first documents, or whose clock is off by less than that, is still the signer of
    /// those documents. The time is optional and stated by the signer alone: whoever has the key states any other.
    static let signingClock: Int64 = 92 * day

    /// Who wrote the moment down.
    enum Clock {
        /// The document signer, as its signing time: the clock of a machine among many.
        case signer
        /// The CSCA, as the first day of a certificate.
        case issuer
    }

    /// Where a moment lies.
    enum Place { case inside, tolerated(Leniency), before, after }

    /// The seconds by which a clock may be off that wrote down a moment, where the policy tolerates it.
    static func slack(_ policy: TrustPolicy) -> Int64 { policy.leniencies.contains(.periodMissedByADay) ? day : 0 }

    /// Where a moment lies against a period, whose ends belong to it; an end that is `nil` is open.
    static func place(
        _ time: Timestamp, in start: Timestamp?, _ end: Timestamp?, _ clock: Clock, _ policy: TrustPolicy
    ) -> Place {
        let isBefore = start.map { time < $0 } ?? false
        guard isBefore || end.map({ time > $0 }) ?? false else { return .inside }
        func isWithin(_ slack: Int64, _ leniency: Leniency) -> Bool {
            policy.leniencies.contains(leniency) && start.map { time >= $0.adding(-slack) } ?? true
                && end.map { time <= $0.adding(slack) } ?? true
        }
        if isWithin(day, .periodMissedByADay) { return .tolerated(.periodMissedByADay) }
        if clock == .signer, isWithin(signingClock, .signingTimeOutsidePeriod) {
            return .tolerated(.signingTimeOutsidePeriod)
        }
        return isBefore ? .before : .after
    }
}

extension Timestamp {
    /// The moment some seconds later; the last moment there is where that would be beyond it.
    func adding(_ seconds: Int64) -> Timestamp {
        let (sum, overflow) = secondsSince1970.addingReportingOverflow(seconds)
        return overflow
            ? Timestamp(secondsSince1970: seconds > 0 ? .max : .min) : Timestamp(secondsSince1970: sum)
    }
}
