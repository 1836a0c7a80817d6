/// `ds.privateKeyUsage`: the periods in which private keys may sign (PrivateKeyUsagePeriod; Doc 9303-12, 7.1.1.3 and Table 4).
/// The document signer's is held against the signing time, the CSCA's against the day on which it issued the document signer.
struct PrivateKeyUsageCheck {
    let policy: TrustPolicy

    func check(_ signer: VerifiedSigner?, csca: Certificate?) -> CheckResult {
        func result(
            _ outcome: CheckOutcome, _ code: CheckCode, _ reason: String, isRequired: Bool = false,
            evidence: [CheckResult.Evidence] = [], leniencies: [Leniency] = []
        ) -> CheckResult {
            CheckResult(
                .dsPrivateKeyUsage, outcome, code, reason, isRequired: isRequired, evidence: evidence,
                leniencies: leniencies)
        }
        guard let signer else {
            return result(
                .undetermined, .dsUnknown, "No certificate verified the signature, so no period of use was checked.")
        }
        var evidence: [CheckResult.Evidence] = []
        var leniencies: [Leniency] = []
        var compared: [String] = []
        var isOpen = false
        let parts: [(String, String, Certificate?, Timestamp?, CheckCode, CheckCode)] = [
            (
                "document signer", "signer", signer.certificate, signer.signingTime, .dsPrivateKeyUsageEarly,
                .dsPrivateKeyUsageOver
            ),
            ("CSCA", "csca", csca, signer.certificate.notBefore, .cscaPrivateKeyUsageEarly, .cscaPrivateKeyUsageOver),
        ]
        for (name, role, certificate, time, early, over) in parts {
            guard let extensions = certificate?.extensions else { continue }
            if extensions.malformed.contains(.privateKeyUsagePeriod) {
                return result(
                    .undetermined, .dsPrivateKeyUsageUnreadable,
                    "The period of use of the \(name)'s private key cannot be read.")
            }
            let (start, end) = (extensions.privateKeyUsageNotBefore, extensions.privateKeyUsageNotAfter)
            if let start { evidence.append(.init(role + ".privateKeyUsage.notBefore", lazily: { start.description })) }
            if let end { evidence.append(.init(role + ".privateKeyUsage.notAfter", lazily: { end.description })) }
            guard start != nil || end != nil else { continue }
            guard let time else {
                isOpen = true
                continue
            }
            compared.append(name)
            switch Tolerance.place(time, in: start, end, policy) {
            case .inside: continue
            case .tolerated: leniencies.append(.periodMissedByADay)
            case .before where role == "csca":
                // Of a CSCA whose certificate was renewed under the same key only the newer one may be known.
                return result(
                    .undetermined, early,
                    "The known certificate of the CSCA lets its private key sign only from a later day on.",
                    isRequired: false, evidence: evidence)
            case .before:
                return result(
                    .failed, early, "The \(name)'s private key signed before its period of use.",
                    evidence: evidence)
            case .after:
                return result(
                    .failed, over, "The \(name)'s private key signed after its period of use.",
                    evidence: evidence)
            }
        }
        guard !compared.isEmpty, !isOpen else {
            return evidence.isEmpty
                ? result(
                    .notSupported, .dsPrivateKeyUsageAbsent, "The certificates name no period of use of a private key.")
                : result(
                    .undetermined, .dsSigningTimeUnknown,
                    "The signer does not say when it signed, so its period of use was not compared.",
                    evidence: evidence)
        }
        return result(
            .successful, .ok,
            "The private key of the \(compared.joined(separator: " and of the ")) signed in its period.",
            evidence: evidence, leniencies: leniencies)
    }
}
