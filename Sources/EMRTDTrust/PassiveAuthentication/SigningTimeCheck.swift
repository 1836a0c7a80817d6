/// `ds.validityAtSigning`: the signing time that the signer states against the validity periods of its certificate and of the
/// CSCA's. Reported apart from the validity on the inspection date (TR-03135-1): a certificate may have expired since. The time
/// itself stays out of reasons and evidence: it is the day on which the holder's document was issued.
struct SigningTimeCheck {
    let policy: TrustPolicy
    let date: Timestamp

    func check(_ signer: VerifiedSigner?, csca: Certificate?) -> CheckResult {
        var periods = SigningPeriods(id: .dsValidityAtSigning, policy: policy)
        guard let signer else {
            return periods.result(
                .undetermined, .dsUnknown, "No certificate verified the signature, so no signing time was checked.",
                isRequired: false)
        }
        // The attribute is optional (Doc 9303-10, Table 40; RFC 5652, 11.3).
        guard let time = signer.signingTime else {
            return periods.result(
                .undetermined, .dsSigningTimeUnknown, "The signer does not say when it signed.", isRequired: false)
        }
        guard policy.plausibleDates.contains(date) else {
            return periods.result(
                .undetermined, .clockImplausible, "The inspection date \(date) cannot be right. Set the clock.")
        }
        guard time <= date.adding(Tolerance.slack(policy)) else {
            return periods.result(
                .undetermined, .dsSignedInFuture,
                "The signer states that it signed after the inspection date \(date). Set the clock.")
        }
        if time > date { periods.tolerate(.periodMissedByADay) }
        let parts: [(SigningPeriods.Owner, Certificate?)] = [(.documentSigner, signer.certificate), (.csca, csca)]
        for (owner, certificate) in parts {
            guard let certificate else { continue }
            guard let start = certificate.notBefore, let end = certificate.notAfter else {
                return periods.result(
                    .undetermined, .dsValidityUnreadable, "The validity period of the \(owner.name) cannot be read.")
            }
            periods.name(validity: start, end, of: owner)
            switch periods.place(time, in: start, end, .signer) {
            case .inside, .tolerated: continue
            case .before:
                return periods.early(
                    owner, owner == .csca ? .cscaNotYetValidAtSigning : .dsNotYetValidAtSigning,
                    "The document was signed before the \(owner.known) was valid (\(start)).")
            case .after:
                return periods.result(
                    .failed, owner == .csca ? .cscaExpiredAtSigning : .dsExpiredAtSigning,
                    "The document was signed after the \(owner.name) had expired (\(end)).")
            }
        }
        guard !periods.hasTolerated else {
            return periods.result(
                .successful, .ok,
                "The signing time fits the periods of the certificates as far as the policy tolerates it.")
        }
        return periods.result(
            .successful, .ok,
            csca == nil
                ? "When the document was signed, the document signer was valid."
                : "When the document was signed, the document signer and the CSCA were valid.")
    }
}
