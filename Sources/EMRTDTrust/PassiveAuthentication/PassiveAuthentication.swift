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
    let checking: SignatureChecking

    /// Prepares passive authentication.
    ///
    /// - Parameters:
    ///   - store: the certificates trusted.
    ///   - policy: what is required and allowed.
    ///   - date: the moment for which validity periods are judged.
    public init(store: TrustStore, policy: TrustPolicy = .field, date: Timestamp = .now()) {
        self.init(store: store, policy: policy, date: date, checking: .standard)
    }

    package init(store: TrustStore, policy: TrustPolicy, date: Timestamp, checking: SignatureChecking) {
        self.store = store
        self.policy = policy
        self.date = date
        self.checking = checking
    }

    /// Runs all checks.
    public func verify(_ input: PassiveAuthenticationInput) -> PassiveAuthenticationReport {
        var checks: [CheckResult] = []
        let sod: DocumentSecurityObject?
        let signature: CheckResult
        var signers: [VerifiedSigner] = []
        if let bytes = input.efSOD {
            do throws(TrustError) {
                let parsed = try DocumentSecurityObject(encoded: bytes)
                sod = parsed
                (signature, signers) = self.signature(parsed)
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
        let paths = self.paths(signers)
        let path = paths.max { $0.result.result.severity < $1.result.result.severity } ?? noPath
        checks.append(path.result)
        let period = ValidityCheck(policy: policy, date: date)
        checks.append(worst(signers.map { period.documentSigner($0.certificate) }) ?? period.documentSigner(nil))
        checks.append(validityAtSigning(signers, paths))
        checks.append(privateKeyUsage(signers, paths))
        checks.append(documentType(input.documentCode, signers))
        checks.append(revocation(signers, paths))
        checks.append(worst(paths.map { period.csca($0.csca) }) ?? period.csca(nil))

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
        let state = IssuingStateCheck(isAnchored: path.result.result == .successful)
        let states = zip(signers, paths).map {
            state.check(input.issuingState, signer: $0.certificate, csca: $1.csca)
        }
        checks.append(worst(states) ?? state.check(input.issuingState, signer: nil, csca: nil))
        return PassiveAuthenticationReport(
            checks: checks, dataIsAuthenticated: isSigned && path.result.result == .successful,
            coveredDataGroups: covered,
            securityObject: sod?.securityObject, documentSigner: signers.first?.certificate, csca: path.csca,
            isTestPKI: paths.contains(where: \.isTestPKI))
    }

    /// The worst result of all signers, and the certificates that verified them: every signer must be right, so that nobody
    /// can add one of his own.
    func signature(_ sod: some SignedObject) -> (CheckResult, [VerifiedSigner]) {
        var verified: [VerifiedSigner] = []
        let check = SignerCheck(policy: policy, checking: checking)
        let results = sod.signedData.signers.enumerated().map { index, signer in
            guarded(.sodSignature) {
                // Of the store only those that the signer names, through its index.
                let known = sod.certificates + store.possibleSigners(signer)
                let (result, certificate) = try check.signature(of: signer, in: sod, certificates: known)
                if let certificate {
                    verified.append(
                        VerifiedSigner(
                            index: index, certificate: certificate, signingTime: signer.signedAttributes?.signingTime))
                }
                return result
            }
        }
        return (
            worst(results) ?? CheckResult(.sodSignature, .failed, .sodNoSigner, "EF.SOD has no signer."), verified
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

    /// What was found for each signer, in their order.
    func paths(_ signers: [VerifiedSigner]) -> [PathCheck.Finding] {
        let check = PathCheck(store: store, policy: policy, checking: checking, date: date)
        return signers.map { signer in
            do {
                return try check.check(signer.certificate)
            } catch {
                return PathCheck.Finding(result: aborted(.dsChain, error))
            }
        }
    }

    func validityAtSigning(_ signers: [VerifiedSigner], _ paths: [PathCheck.Finding]) -> CheckResult {
        let check = SigningTimeCheck(policy: policy, date: date)
        return worst(zip(signers, paths).map { check.check($0, csca: $1.csca) }) ?? check.check(nil, csca: nil)
    }

    func privateKeyUsage(_ signers: [VerifiedSigner], _ paths: [PathCheck.Finding]) -> CheckResult {
        let check = PrivateKeyUsageCheck(policy: policy)
        return worst(zip(signers, paths).map { check.check($0, csca: $1.csca) }) ?? check.check(nil, csca: nil)
    }

    func documentType(_ code: String?, _ signers: [VerifiedSigner]) -> CheckResult {
        let check = DocumentTypeCheck()
        return worst(signers.map { check.check(code, signer: $0.certificate) }) ?? check.check(code, signer: nil)
    }

    var noPath: PathCheck.Finding {
        PathCheck.Finding(
            result: CheckResult(
                .dsChain, .undetermined, .dsUnknown, "No certificate verified the signature, so no path was checked."))
    }

    func revocation(_ signers: [VerifiedSigner], _ paths: [PathCheck.Finding]) -> CheckResult {
        let check = RevocationCheck(store: store, policy: policy, date: date)
        return worst(zip(signers, paths).map { check.check($0.certificate, $1) }) ?? check.check(nil, noPath)
    }

    func worst(_ results: [CheckResult]) -> CheckResult? {
        results.max { $0.result.severity < $1.result.severity }
    }

    private func guarded(_ id: CheckID, _ body: () throws -> CheckResult) -> CheckResult {
        do {
            return try body()
        } catch {
            return aborted(id, error)
        }
    }

    private func aborted(_ id: CheckID, _ error: any Error) -> CheckResult {
        // Only errors of this package are known to hold nothing of the document.
        let text = error is TrustError || error is CryptoError ? "\(error)" : "an unexpected error"
        return CheckResult(id, .aborted, .aborted, "The check was not finished: \(text).")
    }
}
