/// The validity periods of certificates on the inspection date (RFC 5280, 4.1.2.5). Both ends belong to the period.
struct ValidityCheck {
    let policy: TrustPolicy
    let date: Timestamp

    func documentSigner(_ certificate: Certificate?) -> CheckResult {
        guard let certificate else {
            return CheckResult(
                .dsValidity, .undetermined, .dsUnknown,
                "No certificate verified the signature, so no period was checked.")
        }
        return check(
            certificate, .dsValidity, "document signer", expired: .dsExpired, early: .dsNotYetValid,
            unreadable: .dsValidityUnreadable)
    }

    func csca(_ certificate: Certificate?) -> CheckResult {
        guard let certificate else {
            return CheckResult(
                .cscaValidity, .undetermined, .cscaUnknown, "No CSCA was found, so no period was checked.")
        }
        return check(
            certificate, .cscaValidity, "CSCA", expired: .cscaExpired, early: .cscaNotYetValid,
            unreadable: .cscaValidityUnreadable)
    }

    private func check(
        _ certificate: Certificate, _ id: CheckID, _ name: String, expired: CheckCode, early: CheckCode,
        unreadable: CheckCode
    ) -> CheckResult {
        let moment = CheckResult.Evidence("date", date)
        guard policy.plausibleDates.contains(date) else {
            return CheckResult(
                id, .undetermined, .clockImplausible, "The inspection date \(date) cannot be right. Set the clock.",
                evidence: [moment])
        }
        guard let start = certificate.notBefore, let end = certificate.notAfter else {
            return CheckResult(id, .undetermined, unreadable, "The validity period of the \(name) cannot be read.")
        }
        let evidence: [CheckResult.Evidence] = [
            moment,
            .init("notBefore", start), .init("notAfter", end),
        ]
        if date > end {
            return CheckResult(id, .failed, expired, "The \(name) was valid until \(end).", evidence: evidence)
        }
        if date < start {
            return CheckResult(id, .failed, early, "The \(name) is valid from \(start) on.", evidence: evidence)
        }
        return CheckResult(
            id, .successful, .ok, lazily: { "The \(name) is valid from \(start) to \(end)." }, evidence: evidence)
    }
}
