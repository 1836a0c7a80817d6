import EMRTDCrypto

/// The path from a document signer to a CSCA of the trust store (Doc 9303-12, 7; RFC 5280, 6.1 as far as it applies).
struct PathCheck {
    let store: TrustStore
    let policy: TrustPolicy
    let checking: SignatureChecking
    let date: Timestamp

    /// What was found for one document signer.
    struct Finding {
        var result: CheckResult
        /// The CSCA whose key signed the document signer, trusted or not.
        var csca: Certificate?
        /// Whether a certificate of the path carries the mark of a test PKI.
        var isTestPKI = false
    }

    /// Judges a document signer: its own profile, who issued it, and whether the issuer is trusted.
    func check(_ signer: Certificate) throws -> Finding {
        if let problem = profileProblem(signer) { return Finding(result: problem) }
        let candidates = store.possibleIssuers(of: signer)
        guard !candidates.isEmpty else {
            return Finding(
                result: result(
                    signer, .undetermined, .dsIssuerUnknown,
                    "No CSCA of the trust store can have issued the document signer; the issuer is \(signer.issuer)."))
        }
        var best: Finding?
        var unsupported: TrustError?
        for (candidate, _) in candidates {
            let leniencies: Set<Leniency>
            do {
                guard let taken = try checking.check(signer, signedBy: candidate) else { continue }
                leniencies = taken
            } catch let error as TrustError {
                unsupported = unsupported ?? error
                continue
            }
            let finding = try judge(signer, issuer: candidate, leniencies)
            if let current = best, !isBetter(finding, than: current) { continue }
            best = finding
        }
        if let best { return best }
        if let unsupported {
            let isForbidden = unsupported.code == .forbiddenAlgorithm || unsupported.code == .unknownCurve
            return Finding(
                result: isForbidden
                    ? result(signer, .failed, .dsAlgorithmForbidden, "The path cannot count: \(unsupported.reason).")
                    : result(
                        signer, .undetermined, .dsAlgorithmUnsupported,
                        "The path was not checked: \(unsupported.reason)."))
        }
        return Finding(result: noneVerified(signer, candidates.map(\.match)))
    }

    private func noneVerified(_ signer: Certificate, _ matches: [TrustStore.Match]) -> CheckResult {
        guard matches.allSatisfy({ $0 == .nameOnly }) else {
            return result(
                signer, .failed, .dsSignatureWrong,
                "The CSCA that the document signer names (\(signer.issuer)) did not sign it.")
        }
        let reason =
            "The trust store knows the CSCA \(signer.issuer) with another key: the document signer is forged, or the trust store "
            + "lacks a newer CSCA. Update the trust store and check again."
        return switch policy.issuerKeyDiffers {
        case .fail: result(signer, .failed, .dsIssuerKeyDiffers, reason)
        case .undetermined, .accept: result(signer, .undetermined, .dsIssuerKeyDiffers, reason)
        }
    }

    /// What is wrong with a document signer's certificate in itself (Doc 9303-12, Tables 4 and 5).
    private func profileProblem(_ signer: Certificate) -> CheckResult? {
        let extensions = signer.extensions
        if extensions.isCA == true || extensions.keyUsage?.contains(CertificateExtensions.keyCertSignBit) == true {
            return result(
                signer, .failed, .dsIsCA, "The signer's certificate is one of a CA, not of a document signer.")
        }
        if let oid = extensions.unknownCritical.first {
            return result(
                signer, .failed, .dsCriticalExtensionUnknown,
                "The signer's certificate has the unknown critical extension \(oid).")
        }
        if !extensions.duplicated.isEmpty || extensions.hasMalformedConstraint {
            return result(
                signer, .failed, .dsExtensionMalformed, "The signer's certificate has malformed or repeated extensions."
            )
        }
        if let usage = extensions.keyUsage, !usage.contains(CertificateExtensions.digitalSignatureBit) {
            return result(signer, .failed, .dsKeyUsageWrong, "The signer's key usage does not allow signing documents.")
        }
        if extensions.keyUsage == nil, !policy.leniencies.contains(.dsWithoutKeyUsage) {
            return result(
                signer, .failed, .dsLeniencyRefused,
                "The policy does not allow this: \(Leniency.dsWithoutKeyUsage.reason)")
        }
        return nil
    }

    /// Judges a CSCA whose key signed the document signer.
    private func judge(_ signer: Certificate, issuer: Certificate, _ taken: Set<Leniency>) throws -> Finding {
        var leniencies = taken
        if signer.extensions.keyUsage == nil { leniencies.insert(.dsWithoutKeyUsage) }
        if signer.issuer.encoded != issuer.subject.encoded { leniencies.insert(.issuerNameDiffers) }
        var visited: Set<Certificate> = []
        let anchoring = try self.anchoring(of: issuer, visited: &visited)
        let isTestPKI = signer.isTestPKI || issuer.isTestPKI || anchoring.isTestPKI
        func finding(_ outcome: CheckOutcome, _ code: CheckCode, _ reason: String) -> Finding {
            Finding(
                result: result(signer, outcome, code, reason, csca: issuer, leniencies: leniencies), csca: issuer,
                isTestPKI: isTestPKI)
        }
        if let oid = issuer.extensions.unknownCritical.first {
            return finding(
                .failed, .cscaCriticalExtensionUnknown, "The CSCA has the unknown critical extension \(oid).")
        }
        if !issuer.isCapableOfSigningCertificates || issuer.extensions.hasMalformedConstraint {
            let usage = issuer.extensions.keyUsage
            guard case .root = anchoring, usage?.contains(CertificateExtensions.keyCertSignBit) ?? true else {
                return finding(.failed, .cscaNotCA, "The issuer's certificate does not allow it to sign certificates.")
            }
            leniencies.insert(.cscaNotMarkedAsCA)
        }
        switch anchoring {
        case .root, .linked: break
        case .alone:
            guard policy.leniencies.contains(.linkCertificateAlone) else {
                return finding(
                    .undetermined, .dsLinkCertificateAlone,
                    "The issuer is a link certificate whose own issuer is not in the trust store: \(issuer.issuer).")
            }
            leniencies.insert(.linkCertificateAlone)
        case .wrongSignature:
            return finding(
                .undetermined, .cscaSignatureWrong,
                "The CSCA in the trust store is damaged: its own signature is wrong.")
        case .unsupported(let reason):
            return finding(
                .undetermined, .cscaSignatureUnsupported, "The CSCA's own signature was not checked: \(reason).")
        }
        if let refused = leniencies.subtracting(policy.leniencies).min(by: { $0.name < $1.name }) {
            return finding(.failed, .dsLeniencyRefused, "The policy does not allow this: \(refused.reason)")
        }
        let key = try issuer.subjectKey.publicKey()
        if Weakness.isForbidden(key) {
            return finding(.failed, .dsAlgorithmForbidden, "The CSCA's key is far too short (\(key.label)).")
        }
        let weak = Weakness.findings(
            key, .csca, try signer.signatureAlgorithm.scheme(), signedAt: signer.notBefore, policy)
        if let decisive = Weakness.decisive(weak) {
            return finding(
                decisive.rule == .fail ? .failed : .undetermined, .dsAlgorithmWeak,
                "The path is right but too weak by policy (\(decisive.what)).")
        }
        if !weak.isEmpty { leniencies.insert(.weakAlgorithm) }
        if isTestPKI, !policy.allowsTestPKI {
            return finding(
                .undetermined, .dsTestPKI,
                "The path ends in a test PKI, which does not count: this is no genuine document.")
        }
        let success = isTestPKI ? "a CSCA of a TEST PKI: this is no genuine document" : "a CSCA of the trust store"
        return finding(.successful, .ok, "The document signer was issued by \(success).")
    }

    /// Where a CSCA of the store gets its trust from.
    private enum Anchoring {
        case root(isTestPKI: Bool)
        case linked(isTestPKI: Bool)
        case alone
        case wrongSignature
        case unsupported(String)

        var isTestPKI: Bool {
            switch self {
            case .root(let isTestPKI), .linked(let isTestPKI): isTestPKI
            case .alone, .wrongSignature, .unsupported: false
            }
        }
    }

    /// The most certificates that one search for a root looks at.
    private static let maximumLinks = 64

    private func anchoring(of csca: Certificate, visited: inout Set<Certificate>) throws -> Anchoring {
        guard visited.count < Self.maximumLinks, visited.insert(csca).inserted else { return .alone }
        var unsupported: String?
        if csca.isSelfIssued {
            do {
                if try checking.check(csca, signedBy: csca) != nil { return .root(isTestPKI: csca.isTestPKI) }
            } catch let error as TrustError {
                unsupported = error.reason
            }
        }
        // A link certificate: signed by an older key, often under the same name (Doc 9303-12, 4.3).
        for (candidate, _) in store.possibleIssuers(of: csca) where candidate.isCapableOfSigningCertificates {
            do {
                guard try checking.check(csca, signedBy: candidate) != nil else { continue }
            } catch is TrustError {
                continue
            }
            switch try anchoring(of: candidate, visited: &visited) {
            case .root(let isTestPKI), .linked(let isTestPKI): return .linked(isTestPKI: isTestPKI || csca.isTestPKI)
            case .alone, .wrongSignature, .unsupported: continue
            }
        }
        if let unsupported { return .unsupported(unsupported) }
        let namesItself = csca.authorityKeyIdentifier == nil || csca.authorityKeyIdentifier == csca.subjectKeyIdentifier
        return csca.isSelfIssued && namesItself ? .wrongSignature : .alone
    }

    /// Whether one finding is to be preferred: the better outcome, then production, then a CSCA that is valid now.
    private func isBetter(_ a: Finding, than b: Finding) -> Bool {
        func rank(_ finding: Finding) -> (Int, Int, Int) {
            let isValid = finding.csca.map { csca in
                csca.notBefore.map { $0 <= date } ?? false && csca.notAfter.map { $0 >= date } ?? false
            }
            return (finding.result.result.severity, finding.isTestPKI ? 1 : 0, isValid == true ? 0 : 1)
        }
        return rank(a) < rank(b)
    }

    private func result(
        _ signer: Certificate, _ outcome: CheckOutcome, _ code: CheckCode, _ reason: String, csca: Certificate? = nil,
        leniencies: Set<Leniency> = []
    ) -> CheckResult {
        CheckResult(
            .dsChain, outcome, code, reason, evidence: signer.evidence("signer") + (csca?.evidence("csca") ?? []),
            leniencies: leniencies)
    }
}

extension CertificateExtensions {
    /// Whether an extension that limits what the key may do cannot be read.
    var hasMalformedConstraint: Bool { malformed.contains(.basicConstraints) || malformed.contains(.keyUsage) }
}
