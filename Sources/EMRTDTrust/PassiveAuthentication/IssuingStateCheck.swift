/// `issuingState`: the state that DG1 names against the countries of the document signer and the CSCA. Without it the CSCA of
/// one state could sign documents of another.
struct IssuingStateCheck {
    /// Whether the document signer reaches a trusted CSCA.
    let isAnchored: Bool

    func check(_ issuingState: String?, signer: Certificate?, csca: Certificate?) -> CheckResult {
        guard let issuingState else {
            return CheckResult(
                .issuingState, .undetermined, .issuingStateUnknown, "The issuing state is not known without DG1.")
        }
        guard let signer else {
            return CheckResult(
                .issuingState, .undetermined, .dsUnknown,
                "No certificate verified the signature, so there is none to compare.")
        }
        let expected = CountryCode.alpha2(forIssuingState: issuingState)
        var evidence: [CheckResult.Evidence] = []
        evidence.reserveCapacity(3)
        evidence.append(.init("document.issuingState", issuingState.printable))
        if let country = signer.country { evidence.append(.init("signer.country", country.printable)) }
        if let country = csca?.country { evidence.append(.init("csca.country", country.printable)) }
        guard !expected.isEmpty else {
            return CheckResult(
                .issuingState, .undetermined, .issuingStateUnknown,
                "The issuing state of the document is no known code.",
                evidence: evidence)
        }
        for (name, certificate) in [("document signer", signer), ("CSCA", csca)] {
            guard let certificate else { continue }
            guard let country = certificate.country else {
                return CheckResult(
                    .issuingState, .undetermined, .issuingStateUnknown,
                    "The certificate of the \(name) names no country.",
                    evidence: evidence)
            }
            // Some certificates carry the three letters.
            let found = CountryCode.alpha2(forIssuingState: country)
            guard CountryCode.meet(expected, found) else {
                guard !CountryCode.isOrganisation(issuingState) else {
                    return CheckResult(
                        .issuingState, .undetermined, .issuingStateUnknown,
                        "It is not known which country the certificates of this organisation name.", evidence: evidence)
                }
                return CheckResult(
                    .issuingState, .failed, .issuingStateDiffers,
                    "The document's issuing state is not the country of the \(name).", evidence: evidence)
            }
        }
        guard isAnchored, csca != nil else {
            return CheckResult(
                .issuingState, .undetermined, .issuingStateNotAnchored,
                "The country of the document signer fits, but no trusted CSCA stands behind it.", evidence: evidence)
        }
        return CheckResult(
            .issuingState, .successful, .ok, "The issuing state is the country of the document signer and the CSCA.",
            evidence: evidence)
    }
}
