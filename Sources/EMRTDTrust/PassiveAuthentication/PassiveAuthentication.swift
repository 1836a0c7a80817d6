import EMRTDCrypto
import LDS

/// Passive authentication (Doc 9303-11, 5.1; TR-03135-1): is the data what the issuing state signed?
///
/// Every check gives exactly one result. An error inside a check makes it `aborted`, never successful.
public struct PassiveAuthentication: Sendable {
    /// The certificates trusted.
    public let store: TrustStore
    /// What is required and allowed.
    public let policy: TrustPolicy
    /// The moment for which validity periods are judged.
    public let date: Timestamp
    /// What is known of document signers from documents before.
    public let cache: ChainCache?
    let checking: SignatureChecking
    let scope: ChainCache.Scope

    /// Prepares passive authentication.
    ///
    /// - Parameters:
    ///   - store: the certificates trusted.
    ///   - policy: what is required and allowed.
    ///   - date: the moment for which validity periods are judged.
    ///   - cache: what is known of document signers from documents before; `nil` to work out everything anew.
    public init(
        store: TrustStore, policy: TrustPolicy = .field, date: Timestamp = .now(), cache: ChainCache? = nil
    ) {
        self.init(store: store, policy: policy, date: date, cache: cache, checking: .standard)
    }

    package init(
        store: TrustStore, policy: TrustPolicy, date: Timestamp, cache: ChainCache? = nil, checking: SignatureChecking
    ) {
        self.store = store
        self.policy = policy
        self.date = date
        self.cache = cache
        self.checking = checking
        scope = ChainCache.Scope(store, policy, date)
    }

    /// Runs all checks.
    public func verify(_ input: PassiveAuthenticationInput) -> PassiveAuthenticationReport {
        var checks: [CheckResult] = []
        let sod: DocumentSecurityObject?
        let signature: CheckResult
        var signers: [VerifiedSigner] = []
        if let bytes = input.efSOD {
            do throws(TrustError) {
                var found: [ChainCache.Entry] = []
                let parsed = try DocumentSecurityObject(encoded: bytes) { encoded in
                    guard let entry = cache?.entry(for: encoded, in: scope) else { return nil }
                    found.append(entry)
                    return entry.certificate
                }
                sod = parsed
                (signature, signers) = self.signature(parsed, found: found)
            } catch {
                sod = nil
                signature = CheckResult(.sodSignature, .failed, .sodMalformed, "EF.SOD cannot be read: \(error).")
            }
        } else {
            sod = nil
            signature = CheckResult(.sodSignature, .undetermined, .sodNotRead, "There is no EF.SOD.")
        }
        checks.append(signature)
        let attributes = self.attributes(sod, signers)
        checks.append(attributes)
        let judged = judgements(signers, issuingState: input.issuingState, documentCode: input.documentCode)
        checks += worst(judged)

        let isSigned = signature.result == .successful && attributes.result == .successful
        let hashes = DataGroupCheck(
            policy: policy, input: input, securityObject: sod?.securityObject, isSigned: isSigned,
            signedAt: signers.compactMap(\.signedAt).max())
        checks.append(hashes.com())
        var covered: Set<DataGroupNumber> = []
        for number in hashes.numbers {
            let result = guarded(.dataGroup(number)) { try hashes.check(number) }
            if isSigned, result.result == .successful { covered.insert(number) }
            checks.append(result)
        }
        if let state = judged.count == 1 ? judged.first?.issuingState : worst(judged.map(\.issuingState)) {
            checks.append(state)
        }
        let isAnchored = judged.allSatisfy { $0.path.result.result == .successful }
        let worstPath = judged.max { $0.path.result.result.severity < $1.path.result.result.severity }
        return PassiveAuthenticationReport(
            checks: checks, dataIsAuthenticated: isSigned && isAnchored, coveredDataGroups: covered,
            securityObject: sod?.securityObject, documentSigner: signers.first?.certificate, csca: worstPath?.path.csca,
            isTestPKI: judged.contains(where: \.path.isTestPKI))
    }

    /// What is judged of each signer, in their order; of none where no signature was verified.
    func judgements(_ signers: [VerifiedSigner], issuingState: String?, documentCode: String?) -> [SignerJudgement] {
        let found = signers.map { judgement(of: $0, issuingState: issuingState, documentCode: documentCode) }
        return found.isEmpty
            ? [judgement(of: nil, issuingState: issuingState, documentCode: documentCode)] : found
    }

    /// The worst of each check among the signers.
    func worst(_ judged: [SignerJudgement]) -> [CheckResult] {
        guard judged.count > 1 else { return judged.first?.checks ?? [] }
        let columns = judged.map(\.checks)
        return (columns.first ?? []).indices.compactMap { index in worst(columns.map { $0[index] }) }
    }

    /// The worst result of all signers, and the certificates that verified them: every signer must be right, so that nobody
    /// can add one of his own.
    ///
    /// - Parameter found: what was known of the object's certificates when it was parsed.
    func signature(_ sod: some SignedObject, found: [ChainCache.Entry] = []) -> (CheckResult, [VerifiedSigner]) {
        var verified: [VerifiedSigner] = []
        let check = SignerCheck(policy: policy, checking: checking)
        let results = sod.signedData.signers.enumerated().map { index, signer in
            guarded(.sodSignature) {
                var fresh: [ChainCache.Entry] = []
                // Of the store only those that the signer names, through its index; a CSCA signs no documents.
                let (result, signedBy) = try check.signature(
                    of: signer, in: sod, certificates: sod.certificates,
                    others: { store.possibleSigners(signer).filter { !$0.mayBeCSCA } },
                    known: { certificate in
                        if let entry = found.first(where: { $0.certificate.isSame(as: certificate) })
                            ?? cache?.entry(for: certificate.encoded[...], in: scope)
                        {
                            return entry
                        }
                        let entry = ChainCache.Entry(certificate)
                        fresh.append(entry)
                        return entry
                    })
                if let signedBy {
                    if fresh.contains(where: { $0 === signedBy }) { cache?.keep(signedBy, in: scope) }
                    verified.append(
                        VerifiedSigner(index: index, known: signedBy, signingTime: signer.signedAttributes?.signingTime)
                    )
                }
                return result
            }
        }
        return (
            worst(results) ?? CheckResult(.sodSignature, .failed, .sodNoSigner, "\(sod.fileName) has no signer."),
            verified
        )
    }

    func attributes(_ sod: (some SignedObject)?, _ signers: [VerifiedSigner]) -> CheckResult {
        let check = SignerCheck(policy: policy, checking: checking)
        let results = sod.map { sod in
            sod.signedData.signers.enumerated().map { index, signer in
                let moment = signers.first { $0.index == index }?.signedAt
                return guarded(.sodAttributes) { try check.attributes(of: signer, in: sod, signedAt: moment) }
            }
        }
        return worst(results ?? [])
            ?? CheckResult(.sodAttributes, .undetermined, .sodNotRead, "There are no signed attributes to check.")
    }

    /// The result that decides: one that failed, else one that the verdict needs and that is not successful, else the worst. What
    /// the others took and rest on stays in it.
    func worst(_ results: [CheckResult]) -> CheckResult? {
        func rank(_ result: CheckResult) -> (Int, Int, Int) {
            let isOpen = result.isRequired && result.result != .successful
            return (result.result == .failed ? 1 : 0, isOpen ? 1 : 0, result.result.severity)
        }
        guard let worst = results.max(by: { rank($0) < rank($1) }) else { return nil }
        let others = results.filter { $0 != worst }
        guard !others.isEmpty else { return worst }
        return CheckResult(
            worst.id, worst.result, worst.code, worst.reason, isRequired: results.contains(where: \.isRequired),
            evidence: worst.evidence + others.flatMap(\.evidence), leniencies: results.flatMap(\.leniencies))
    }

    private func guarded(_ id: CheckID, _ body: () throws -> CheckResult) -> CheckResult {
        do {
            return try body()
        } catch {
            return aborted(id, error)
        }
    }

    func aborted(_ id: CheckID, _ error: any Error) -> CheckResult {
        // Only errors of this package are known to hold nothing of the document.
        let text = error is TrustError || error is CryptoError ? "\(error)" : "an unexpected error"
        return CheckResult(id, .aborted, .aborted, "The check was not finished: \(text).")
    }
}
