/// All that is judged of one document signer besides its signature on the file, at one moment.
final class SignerJudgement: Sendable {
    /// What a judgement depends on besides certificate, trust store, policy and moment.
    struct Facts: Hashable, Sendable {
        /// The signingTime attribute.
        let signingTime: Timestamp?
        /// The issuing state of DG1.
        let issuingState: String?
        /// The document code of DG1.
        let documentCode: String?
    }

    /// The moment.
    let date: Timestamp
    let path: PathCheck.Finding
    /// `ds.privateKeyUsage`, `ds.documentType` and `issuingState`: the same at every moment with the same path.
    let timeless: Timeless
    /// `ds.chain`, `ds.validity`, `ds.validityAtSigning`, `ds.privateKeyUsage`, `ds.documentType`, `ds.revocation` and
    /// `csca.validity`, in this order.
    let checks: [CheckResult]

    /// What does not depend on the moment.
    struct Timeless: Sendable {
        let privateKeyUsage: CheckResult
        let documentType: CheckResult
        let issuingState: CheckResult
    }

    var issuingState: CheckResult { timeless.issuingState }

    init(
        date: Timestamp, path: PathCheck.Finding, timeless: Timeless, validity: CheckResult,
        validityAtSigning: CheckResult, revocation: CheckResult, cscaValidity: CheckResult
    ) {
        self.date = date
        self.path = path
        self.timeless = timeless
        checks = [
            path.result, validity, validityAtSigning, timeless.privateKeyUsage, timeless.documentType, revocation,
            cscaValidity,
        ]
    }
}

extension PassiveAuthentication {
    /// Judges a document signer; `nil` where no certificate verified the signature.
    func judgement(
        of signer: VerifiedSigner?, issuingState: String?, documentCode: String?
    ) -> SignerJudgement {
        guard let signer else { return judge(nil, noPath, issuingState, documentCode) }
        let facts = SignerJudgement.Facts(
            signingTime: signer.signingTime, issuingState: issuingState, documentCode: documentCode)
        let entry = signer.known
        let before = entry.judgement(for: facts)
        if let before, before.date == date { return before }
        let path: PathCheck.Finding
        if let before, before.path.span.contains(date) {
            // Only the moment is another.
            let judgement = judge(signer, before.path, before.timeless)
            entry.keep(judgement, for: facts)
            return judgement
        }
        if let known = entry.path(at: date) {
            path = known
        } else {
            do {
                path = try PathCheck(store: store, policy: policy, checking: checking, date: date)
                    .check(signer.certificate)
            } catch {
                // Nothing that was aborted is kept.
                return judge(
                    signer, PathCheck.Finding(result: aborted(.dsChain, error)), issuingState, documentCode)
            }
        }
        let judgement = judge(signer, path, issuingState, documentCode)
        entry.keep(judgement, for: facts)
        return judgement
    }

    private func judge(
        _ signer: VerifiedSigner?, _ path: PathCheck.Finding, _ issuingState: String?, _ documentCode: String?
    ) -> SignerJudgement {
        let timeless = SignerJudgement.Timeless(
            privateKeyUsage: PrivateKeyUsageCheck(policy: policy).check(signer, csca: path.csca),
            documentType: DocumentTypeCheck().check(documentCode, signer: signer?.certificate),
            issuingState: IssuingStateCheck(isAnchored: path.result.result == .successful)
                .check(issuingState, signer: signer?.certificate, csca: path.csca))
        return judge(signer, path, timeless)
    }

    private func judge(
        _ signer: VerifiedSigner?, _ path: PathCheck.Finding, _ timeless: SignerJudgement.Timeless
    ) -> SignerJudgement {
        let period = ValidityCheck(policy: policy, date: date)
        let revocation: CheckResult
        do {
            revocation = try RevocationCheck(store: store, policy: policy, date: date).check(signer?.certificate, path)
        } catch {
            revocation = aborted(.dsRevocation, error)
        }
        return SignerJudgement(
            date: date, path: path, timeless: timeless, validity: period.documentSigner(signer?.certificate),
            validityAtSigning: SigningTimeCheck(policy: policy, date: date).check(signer, csca: path.csca),
            revocation: revocation, cscaValidity: period.csca(path.csca))
    }

    private var noPath: PathCheck.Finding {
        PathCheck.Finding(
            result: CheckResult(
                .dsChain, .undetermined, .dsUnknown, "No certificate verified the signature, so no path was checked."))
    }
}
