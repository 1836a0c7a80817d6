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
        /// Whether a certificate of the path belongs to a test PKI: by its own mark, its issuer's, or that of its import.
        var isTestPKI = false
        /// Whether the CSCA's trust comes from sources that nothing vouches for.
        var isUnverified = false
        /// Whether the CSCA's certificate and its private key were in use when it issued the signer. A key can have several
        /// certificates, one renewed later than another.
        var fitsSigner = true
        /// The certificates above the CSCA, where that is a link certificate.
        var links: [Certificate] = []
        /// The moments around the inspection date between which the same CSCA would be preferred.
        var span = Timestamp.distantPast...Timestamp.distantFuture
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
        let scheme: SignatureScheme
        do {
            scheme = try signer.signatureAlgorithm.scheme()
        } catch {
            return Finding(result: unusable(signer, error, isDecisive: true))
        }
        var best: Finding?
        var unsupported: (error: TrustError, isDecisive: Bool)?
        var span = Timestamp.distantPast...Timestamp.distantFuture
        // Certificates share keys: a link certificate and the self-signed one of the same CSCA. Mostly there is one: looking through
        // them costs less than hashing.
        var tried: [(key: PublicKey, leniencies: Set<Leniency>?)] = []
        var verifiedKey: PublicKey?
        for (candidate, _) in candidates {
            let leniencies: Set<Leniency>?
            let key: PublicKey
            do {
                key = try candidate.subjectKey.publicKey()
                if let known = tried.first(where: { $0.key == key }) {
                    leniencies = known.leniencies
                } else if let verifiedKey, !verifiedKey.hasSameNumbers(as: key) {
                    // Another key has made the signature. The same one under another restriction is judged by that.
                    continue
                } else {
                    leniencies = try checking.check(key, signer.signature, signer.toBeSigned, scheme)
                    tried.append((key, leniencies))
                }
            } catch let error as TrustError where error.code != .internalFailure {
                // A key that cannot be used says nothing against the signer, unless the key of its CSCA is known to be that one.
                let isDecisive = isVouchedFor(candidate)
                if unsupported == nil || isDecisive && unsupported?.isDecisive == false {
                    unsupported = (error, isDecisive)
                }
                continue
            }
            guard let leniencies else { continue }
            verifiedKey = key
            var finding = try judge(signer, issuer: candidate, leniencies)
            finding.fitsSigner = candidate.wasInUse(at: signer.notBefore)
            span = span.narrowed(by: candidate.notBefore, candidate.notAfter, around: date)
                .clamped(to: finding.span)
            if let current = best, !isBetter(finding, than: current) { continue }
            best = finding
        }
        best?.span = span
        if let best { return best }
        let known = candidates.filter { isVouchedFor($0.certificate) }
        if let (error, isDecisive) = unsupported, isDecisive || known.isEmpty {
            return Finding(result: unusable(signer, error, isDecisive: isDecisive))
        }
        return Finding(result: noneVerified(signer, known))
    }

    /// The outcome where an algorithm or key cannot be used.
    ///
    /// - Parameter isDecisive: whether it is the signer's own, or that of a CSCA that is vouched for.
    private func unusable(_ signer: Certificate, _ error: TrustError, isDecisive: Bool) -> CheckResult {
        let isForbidden = error.code == .forbiddenAlgorithm || error.code == .unknownCurve
        return isForbidden && isDecisive
            ? result(signer, .failed, .dsAlgorithmForbidden, "The path cannot count: \(error.reason).")
            : result(signer, .undetermined, .dsAlgorithmUnsupported, "The path was not checked: \(error.reason).")
    }

    /// Whether a certificate of the store reaches a root, and a source that is vouched for holds it or that root. What an
    /// unsigned directory says of a CSCA must not reject the documents of the true one.
    private func isVouchedFor(_ certificate: Certificate) -> Bool {
        guard let standing = store.standing(of: certificate) else { return false }
        return standing.isAnchored && standing.isVerified
    }

    /// The outcome where the key of no candidate made the signature.
    ///
    /// Most states renew their CSCA under the same name with another key, so a name alone says nothing against the signer: its
    /// issuer may be one that the trust store does not have yet. An identifier says which key or certificate it must be.
    ///
    /// - Parameter known: those candidates that are vouched for, and how they were found.
    private func noneVerified(
        _ signer: Certificate, _ known: [(certificate: Certificate, match: TrustStore.Match)]
    ) -> CheckResult {
        guard !known.isEmpty else {
            return result(
                signer, .undetermined, .dsIssuerUnknown,
                "No CSCA that the trust store vouches for can have issued the document signer; what has its issuer's name "
                    + "(\(signer.issuer)) did not sign it.")
        }
        guard !known.contains(where: { names(signer, $0.certificate, $0.match) }) else {
            return result(
                signer, .failed, .dsSignatureWrong,
                "The CSCA that the document signer names (\(signer.issuer)) did not sign it.")
        }
        let reason =
            "The trust store knows the CSCA \(signer.issuer) with another key only: it lacks a newer CSCA of this name, or the "
            + "document signer is forged. Update the trust store and check again."
        return switch policy.issuerKeyDiffers {
        case .fail: result(signer, .failed, .dsIssuerKeyDiffers, reason)
        case .undetermined, .accept: result(signer, .undetermined, .dsIssuerKeyDiffers, reason)
        }
    }

    /// Whether a signer names this very certificate as its issuer's: by its key identifier (RFC 5280, 4.2.1.1), or by issuer
    /// and serial number, which no CSCA uses twice (Doc 9303-12, 7.1.1.5), where no key identifier speaks against it.
    private func names(_ signer: Certificate, _ issuer: Certificate, _ match: TrustStore.Match) -> Bool {
        switch match {
        case .keyIdentifier: return true
        case .issuerAndSerialNumber:
            guard let wanted = signer.authorityKeyIdentifier, let found = issuer.subjectKeyIdentifier else {
                return true
            }
            return wanted == found
        case .name, .nameOnly: return false
        }
    }

    /// What is wrong with a document signer's certificate in itself (Doc 9303-12, Tables 4 and 5).
    private func profileProblem(_ signer: Certificate) -> CheckResult? {
        let extensions = signer.extensions
        if extensions.isCA == true || extensions.keyUsage?.contains(CertificateExtensions.keyCertSignBit) == true {
            return result(
                signer, .failed, .dsIsCA, "The signer's certificate is one of a CA, not of a document signer.")
        }
        // A CSCA issues signers of lists and of visible digital seals, too, for other purposes of ICAO's (Doc 9303-12, 7.1.1,
        // extKeyUsage); a purpose of RFC 5280, such as a web server's, is no document signer's either. The extension is
        // not part of a document signer's profile.
        let others = ["2.23.136.1.1.", "1.3.6.1.5.5.7.3."]
        if let purposes = extensions.extendedKeyUsage?.map(\.description),
            let wrong = purposes.first(where: { purpose in others.contains { purpose.hasPrefix($0) } })
        {
            return result(
                signer, .failed, .dsExtendedKeyUsageWrong,
                "The signer's certificate is for another purpose than signing documents (\(wrong)).")
        }
        if let oid = extensions.unknownCritical.first {
            return result(
                signer, .failed, .dsCriticalExtensionUnknown,
                "The signer's certificate has the unknown critical extension \(oid).")
        }
        if signer.hasTwoSignatureAlgorithms {
            return result(
                signer, .failed, .dsSignatureWrong,
                "The signer's certificate names two signature algorithms, one inside and another outside its signed part."
            )
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
        if signer.issuer != issuer.subject { leniencies.insert(.issuerNameDiffers) }
        // It came from there.
        guard let stored = store.stored(issuer) else {
            throw TrustError(.internalFailure, "the CSCA was not found again in the trust store")
        }
        let standing = stored.standing
        let isTestPKI = signer.isTestPKI || issuer.isTestPKI || standing.isTestPKI
        let isUnverified = standing.isAnchored && !standing.isVerified
        let links = store.links(above: issuer)
        let age = AnchorAge(of: [stored] + links, policy, at: date)
        func finding(_ outcome: CheckOutcome, _ code: CheckCode, _ reason: String) -> Finding {
            Finding(
                result: result(signer, outcome, code, reason, csca: issuer, leniencies: leniencies), csca: issuer,
                isTestPKI: isTestPKI, isUnverified: isUnverified, links: links.map(\.certificate), span: age.span)
        }
        let above: (leniencies: Set<Leniency>, weak: [Weakness.Finding])
        do {
            leniencies.formUnion(try capability(of: issuer, standing, "The CSCA"))
            above = try judgeLinks(issuer, links)
        } catch let problem as PathProblem {
            return finding(problem.outcome, problem.code, problem.reason)
        }
        leniencies.formUnion(above.leniencies)
        if !standing.isAnchored {
            switch standing.signature {
            case .invalid:
                return finding(
                    .undetermined, .cscaSignatureWrong,
                    "The CSCA in the trust store is damaged: its own signature is wrong.")
            case .unsupported:
                return finding(
                    .undetermined, .cscaSignatureUnsupported,
                    "The CSCA's own signature was not checked: its algorithm or key is not supported.")
            case .valid, .issuerUnknown: break
            }
            guard policy.leniencies.contains(.linkCertificateAlone) else {
                return finding(
                    .undetermined, .dsLinkCertificateAlone,
                    "The issuer is a link certificate whose own issuer is not in the trust store: \(issuer.issuer).")
            }
            leniencies.insert(.linkCertificateAlone)
        }
        if isUnverified {
            // Nothing is wrong with the document: the trust store is what cannot be relied on.
            guard policy.leniencies.contains(.anchorFromUnverifiedSource) else {
                return finding(
                    .undetermined, .dsAnchorUnverified,
                    "The CSCA came into the trust store from a source that nothing vouches for.")
            }
            leniencies.insert(.anchorFromUnverifiedSource)
        }
        if standing.isAnchored, age.isOutdated {
            guard policy.leniencies.contains(.oldMasterList) else {
                return finding(
                    .undetermined, .dsAnchorOutdated,
                    "Only master lists vouch for the CSCA, "
                        + (age.days.map { "the newest of them \($0) days old, which is more than the policy allows." }
                            ?? "none of which says when it was issued.") + " Import the present one.")
            }
            leniencies.insert(.oldMasterList)
        }
        if let refused = leniencies.subtracting(policy.leniencies).min(by: { $0.name < $1.name }) {
            return finding(.failed, .dsLeniencyRefused, "The policy does not allow this: \(refused.reason)")
        }
        let key = try issuer.subjectKey.publicKey()
        if Weakness.isForbidden(key) {
            return finding(.failed, .dsAlgorithmForbidden, "The CSCA's key is far too short (\(key.label)).")
        }
        let weak =
            Weakness.findings(
                key, .csca, try signer.signatureAlgorithm.scheme(), signedAt: signer.notBefore, policy) + above.weak
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
        return finding(
            .successful, .ok,
            isTestPKI
                ? "The document signer was issued by a CSCA of a TEST PKI: this is no genuine document."
                : "The document signer was issued by a CSCA of the trust store.")
    }

    /// Whether one finding is to be preferred: the better outcome, then production, then a source that is vouched for, then a
    /// CSCA that is valid now, then a root before a link certificate for the same key.
    private func isBetter(_ a: Finding, than b: Finding) -> Bool {
        func rank(_ finding: Finding) -> (Int, Int, Int, Int, Int, Int) {
            let isValid = finding.csca.map { csca in
                csca.notBefore.map { $0 <= date } ?? false && csca.notAfter.map { $0 >= date } ?? false
            }
            return (
                finding.result.result.severity, finding.isTestPKI ? 1 : 0, finding.isUnverified ? 1 : 0,
                isValid == true ? 0 : 1, finding.fitsSigner ? 0 : 1, finding.links.isEmpty ? 0 : 1
            )
        }
        return rank(a) < rank(b)
    }

    private func result(
        _ signer: Certificate, _ outcome: CheckOutcome, _ code: CheckCode, _ reason: String, csca: Certificate? = nil,
        leniencies: Set<Leniency> = []
    ) -> CheckResult {
        CheckResult(
            .dsChain, outcome, code, reason, evidence: signer.evidence(.documentSigner) + (csca?.evidence(.csca) ?? []),
            leniencies: leniencies)
    }
}

extension Certificate {
    /// Whether a moment lies within the validity and the period of use of the private key; an unknown moment does.
    fileprivate func wasInUse(at moment: Timestamp?) -> Bool {
        guard let moment else { return true }
        func isIn(_ start: Timestamp?, _ end: Timestamp?) -> Bool {
            start.map { $0 <= moment } ?? true && end.map { moment <= $0 } ?? true
        }
        return isIn(notBefore, notAfter)
            && isIn(extensions.privateKeyUsageNotBefore, extensions.privateKeyUsageNotAfter)
    }
}

extension CertificateExtensions {
    /// Whether an extension that limits what the key may do cannot be read.
    var hasMalformedConstraint: Bool { malformed.contains(.basicConstraints) || malformed.contains(.keyUsage) }
}

extension Timestamp {
    /// The first moment that there is.
    static let distantPast = Timestamp(secondsSince1970: .min)
    /// The last moment that there is.
    static let distantFuture = Timestamp(secondsSince1970: .max)
}

extension ClosedRange<Timestamp> {
    /// The part of the range around a date that does not cross the ends of a period, both of which belong to the period.
    func narrowed(by start: Timestamp?, _ end: Timestamp?, around date: Timestamp) -> ClosedRange<Timestamp> {
        var (lower, upper) = (lowerBound, upperBound)
        if let start {
            if date < start { upper = Swift.min(upper, start.adding(-1)) } else { lower = Swift.max(lower, start) }
        }
        if let end {
            if date > end { lower = Swift.max(lower, end.adding(1)) } else { upper = Swift.min(upper, end) }
        }
        // The date is in every such part, so it is in what they have in common.
        return Swift.min(lower, date)...Swift.max(upper, date)
    }
}
