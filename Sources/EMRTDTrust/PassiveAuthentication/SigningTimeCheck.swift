/// `ds.validityAtSigning`: the signing time that the signer states against the validity periods of its certificate and of the
/// CSCA's. Reported apart from the validity on the inspection date (TR-03135-1): a certificate may have expired since. The time
/// itself stays out of reasons and evidence: it is the day on which the holder's document was issued.
struct SigningTimeCheck {
    let policy: TrustPolicy
    let date: Timestamp

    func check(_ signer: VerifiedSigner?, csca: Certificate?) -> CheckResult {
        func result(
            _ outcome: CheckOutcome, _ code: CheckCode, _ reason: String, isRequired: Bool = true,
            evidence: [CheckResult.Evidence] = [], leniencies: [Leniency] = []
        ) -> CheckResult {
            CheckResult(
                .dsValidityAtSigning, outcome, code, reason, isRequired: isRequired, evidence: evidence,
                leniencies: leniencies)
        }
        guard let signer else {
            return result(
                .undetermined, .dsUnknown, "No certificate verified the signature, so no signing time was checked.",
                isRequired: false)
        }
        // The attribute is optional (Doc 9303-10, Table 40; RFC 5652, 11.3).
        guard let time = signer.signingTime else {
            return result(
                .undetermined, .dsSigningTimeUnknown, "The signer does not say when it signed.", isRequired: false)
        }
        var evidence: [CheckResult.Evidence] = []
        guard policy.plausibleDates.contains(date) else {
            return result(
                .undetermined, .clockImplausible, "The inspection date \(date) cannot be right. Set the clock.",
                evidence: evidence)
        }
        guard time <= date.adding(Tolerance.day) else {
            return result(
                .undetermined, .dsSignedInFuture,
                "The signer states that it signed after the inspection date \(date). Set the clock.",
                evidence: evidence)
        }
        var leniencies: [Leniency] = []
        let parts: [(String, String, Certificate?, CheckCode, CheckCode)] = [
            ("document signer", "signer", signer.certificate, .dsExpiredAtSigning, .dsNotYetValidAtSigning),
            ("CSCA", "csca", csca, .cscaExpiredAtSigning, .cscaNotYetValidAtSigning),
        ]
        for (name, role, certificate, expired, early) in parts {
            guard let certificate else { continue }
            guard let start = certificate.notBefore, let end = certificate.notAfter else {
                return result(
                    .undetermined, .dsValidityUnreadable, "The validity period of the \(name) cannot be read.",
                    evidence: evidence)
            }
            evidence += [
                .init(role + ".notBefore", lazily: { start.description }),
                .init(role + ".notAfter", lazily: { end.description }),
            ]
            switch Tolerance.place(time, in: start, end, policy) {
            case .inside: continue
            case .tolerated: leniencies.append(.periodMissedByADay)
            case .before where role == "csca":
                // Of a CSCA whose certificate was renewed under the same key only the newer one may be known.
                return result(
                    .undetermined, early,
                    "The document was signed before the known certificate of the CSCA was valid (\(start)).",
                    isRequired: false, evidence: evidence)
            case .before:
                return result(
                    .failed, early, "The document was signed before the \(name) was valid (\(start)).",
                    evidence: evidence)
            case .after:
                return result(
                    .failed, expired, "The document was signed after the \(name) had expired (\(end)).",
                    evidence: evidence)
            }
        }
        let whose = csca == nil ? "the document signer was" : "the document signer and the CSCA were"
        return result(
            .successful, .ok, "When the document was signed, \(whose) valid.", evidence: evidence,
            leniencies: leniencies)
    }
}

/// How far a moment may lie outside a period.
enum Tolerance {
    /// The seconds of a day. Issuers write local time as UTC, and a day as its first moment.
    static let day: Int64 = 86_400

    /// Where a moment lies.
    enum Place { case inside, tolerated, before, after }

    /// Where a moment lies against a period; an end that is `nil` is open.
    static func place(_ time: Timestamp, in start: Timestamp?, _ end: Timestamp?, _ policy: TrustPolicy) -> Place {
        let slack = policy.leniencies.contains(.periodMissedByADay) ? day : 0
        if let start, time < start { return time >= start.adding(-slack) ? .tolerated : .before }
        if let end, time > end { return time <= end.adding(slack) ? .tolerated : .after }
        return .inside
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
