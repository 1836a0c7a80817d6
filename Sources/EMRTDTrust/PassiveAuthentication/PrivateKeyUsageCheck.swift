/// `ds.privateKeyUsage`: the periods in which private keys may sign (PrivateKeyUsagePeriod; Doc 9303-12, 7.1.1.3 and Table 4).
/// The document signer's is held against the signing time, the CSCA's against the day on which it issued the document signer.
struct PrivateKeyUsageCheck {
    let policy: TrustPolicy

    func check(_ signer: VerifiedSigner?, csca: Certificate?) -> CheckResult {
        var periods = SigningPeriods(id: .dsPrivateKeyUsage, policy: policy)
        guard let signer else {
            return periods.result(
                .undetermined, .dsUnknown, "No certificate verified the signature, so no period of use was checked.",
                isRequired: false)
        }
        var (compared, isOfCSCA) = (0, false)
        var isOpen = false
        let parts: [(SigningPeriods.Owner, Certificate?, Timestamp?, Tolerance.Clock)] = [
            (.documentSigner, signer.certificate, signer.signingTime, .signer),
            (.csca, csca, signer.certificate.notBefore, .issuer),
        ]
        for (owner, certificate, time, clock) in parts {
            guard let extensions = certificate?.extensions else { continue }
            if extensions.malformed.contains(.privateKeyUsagePeriod) {
                return periods.result(
                    .undetermined, .dsPrivateKeyUsageUnreadable,
                    "The period of use of the \(owner.name)'s private key cannot be read.", isRequired: false)
            }
            let (start, end) = (extensions.privateKeyUsageNotBefore, extensions.privateKeyUsageNotAfter)
            periods.name(privateKeyUsage: start, end, of: owner)
            guard start != nil || end != nil else { continue }
            guard let time else {
                isOpen = true
                continue
            }
            compared += 1
            isOfCSCA = owner == .csca
            switch periods.place(time, in: start, end, clock) {
            case .inside, .tolerated: continue
            case .before:
                return periods.early(
                    owner, owner == .csca ? .cscaPrivateKeyUsageEarly : .dsPrivateKeyUsageEarly,
                    "The private key of the \(owner.known) signed before its period of use.", isRequired: false)
            case .after:
                return periods.result(
                    .failed, owner == .csca ? .cscaPrivateKeyUsageOver : .dsPrivateKeyUsageOver,
                    "The private key of the \(owner.name) signed after its period of use.", isRequired: false)
            }
        }
        guard compared > 0, !isOpen else {
            return periods.evidence.isEmpty
                ? periods.result(
                    .notSupported, .dsPrivateKeyUsageAbsent, "The certificates name no period of use of a private key.",
                    isRequired: false)
                : periods.result(
                    .undetermined, .dsSigningTimeUnknown,
                    "The signer does not say when it signed, so its period of use was not compared.", isRequired: false)
        }
        guard !periods.hasTolerated else {
            return periods.result(
                .successful, .ok, "The private keys signed in their periods of use as far as the policy tolerates it.",
                isRequired: false)
        }
        return periods.result(
            .successful, .ok,
            compared == 2
                ? "The private keys of the document signer and of the CSCA signed in their periods."
                : "The private key of the \(isOfCSCA ? "CSCA" : "document signer") signed in its period.",
            isRequired: false)
    }
}
