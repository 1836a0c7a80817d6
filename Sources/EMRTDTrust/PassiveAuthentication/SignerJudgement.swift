/// All that is judged of one document signer besides its signature on the file.
struct SignerJudgement: Sendable {
    /// What a judgement depends on besides certificate, trust store, policy and moment.
    struct Facts: Hashable, Sendable {
        /// The signingTime attribute.
        let signingTime: Timestamp?
        /// The issuing state of DG1.
        let issuingState: String?
        /// The document code of DG1.
        let documentCode: String?
    }

    let path: PathCheck.Finding
    let validity: CheckResult
    let validityAtSigning: CheckResult
    let privateKeyUsage: CheckResult
    let documentType: CheckResult
    let revocation: CheckResult
    let cscaValidity: CheckResult
    let issuingState: CheckResult

    /// `ds.chain`, `ds.validity`, `ds.validityAtSigning`, `ds.privateKeyUsage`, `ds.documentType`, `ds.revocation` and
    /// `csca.validity`, in this order.
    var checks: [CheckResult] {
        [path.result, validity, validityAtSigning, privateKeyUsage, documentType, revocation, cscaValidity]
    }
}

extension PassiveAuthentication {
    /// What is known of a certificate: from the cache, or else worked out and kept there.
    func known(_ certificate: Certificate) -> ChainCache.Entry {
        if let entry = cache?.entry(for: certificate.encoded[...], in: scope) { return entry }
        let entry = ChainCache.Entry(certificate)
        cache?.keep(entry, in: scope)
        return entry
    }

    /// Judges a document signer; `nil` where no certificate verified the signature.
    func judgement(
        of signer: VerifiedSigner?, issuingState: String?, documentCode: String?
    ) -> SignerJudgement {
        guard let signer else { return judge(nil, noPath, issuingState, documentCode) }
        let facts = SignerJudgement.Facts(
            signingTime: signer.signingTime, issuingState: issuingState, documentCode: documentCode)
        var entry = signer.known
        if entry.date == date, let judgement = entry.judgements[facts] { return judgement }
        let path: PathCheck.Finding
        if let known = entry.path, known.span.contains(date) {
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
            entry.path = path
        }
        let judgement = judge(signer, path, issuingState, documentCode)
        if let cache {
            if entry.date != date || entry.judgements.count >= ChainCache.Entry.maximumJudgements {
                entry.judgements.removeAll(keepingCapacity: true)
            }
            entry.date = date
            entry.judgements[facts] = judgement
            cache.keep(entry, in: scope)
        }
        return judgement
    }

    private func judge(
        _ signer: VerifiedSigner?, _ path: PathCheck.Finding, _ issuingState: String?, _ documentCode: String?
    ) -> SignerJudgement {
        let period = ValidityCheck(policy: policy, date: date)
        return SignerJudgement(
            path: path, validity: period.documentSigner(signer?.certificate),
            validityAtSigning: SigningTimeCheck(policy: policy, date: date).check(signer, csca: path.csca),
            privateKeyUsage: PrivateKeyUsageCheck(policy: policy).check(signer, csca: path.csca),
            documentType: DocumentTypeCheck().check(documentCode, signer: signer?.certificate),
            revocation: RevocationCheck(store: store, policy: policy, date: date).check(signer?.certificate, path),
            cscaValidity: period.csca(path.csca),
            issuingState: IssuingStateCheck(isAnchored: path.result.result == .successful)
                .check(issuingState, signer: signer?.certificate, csca: path.csca))
    }

    private var noPath: PathCheck.Finding {
        PathCheck.Finding(
            result: CheckResult(
                .dsChain, .undetermined, .dsUnknown, "No certificate verified the signature, so no path was checked."))
    }
}
