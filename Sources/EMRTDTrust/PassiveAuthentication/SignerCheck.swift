import EMRTDCrypto

/// A signer whose signature was verified, and when it says that it signed.
struct VerifiedSigner {
    /// The place of the signer in the signed object.
    let index: Int
    /// The certificate under which the signature is right, with what is known of it.
    let known: ChainCache.Entry
    /// The signingTime attribute (RFC 5652, 11.3), where it is there once and readable.
    let signingTime: Timestamp?

    /// The certificate under which the signature is right.
    var certificate: Certificate { known.certificate }
    /// When it signed, for the rules about algorithms: never before its certificate was valid.
    var signedAt: Timestamp? { .ofSignature(signingTime, by: certificate) }
}

/// The checks of one signer of an EF.SOD or EF.CardSecurity: its signature and its signed attributes.
struct SignerCheck {
    let policy: TrustPolicy
    let checking: SignatureChecking

    /// A certificate under which the signature is right.
    struct Verified {
        let known: ChainCache.Entry
        let leniencies: Set<Leniency>
        let scheme: SignatureScheme
        let key: PublicKey
    }

    /// Checks the signature and says which certificate verified it.
    ///
    /// - Parameters:
    ///   - certificates: where the signer's certificate is looked for.
    ///   - others: where else, if the first of those that its identifier names is not the one.
    ///   - known: what is known of a certificate.
    func signature(
        of signer: SignerInfo, in sod: some SignedObject, certificates: [Certificate],
        others: () -> [Certificate] = { [] },
        known: (Certificate) -> ChainCache.Entry = { ChainCache.Entry($0) }
    ) throws -> (result: CheckResult, signer: ChainCache.Entry?) {
        func result(_ outcome: CheckOutcome, _ code: CheckCode, _ reason: String, _ found: Verified? = nil)
            -> CheckResult
        {
            var evidence = [
                CheckResult.Evidence(
                    "signature.algorithm", lazily: { [algorithm = signer.signatureAlgorithm] in algorithm.label })
            ]
            if let found { evidence += found.known.evidence }
            return CheckResult(
                .sodSignature, outcome, code, reason, evidence: evidence,
                leniencies: (found?.leniencies ?? []).union(sod.leniencies))
        }
        let schemes: Schemes
        do {
            schemes = try schemesToTry(signer)
        } catch {
            return error.code == .forbiddenAlgorithm
                ? (result(.failed, .sodAlgorithmForbidden, "The signature cannot count: \(error.reason)."), nil)
                : (
                    result(.undetermined, .sodAlgorithmUnsupported, "The signature was not checked: \(error.reason)."),
                    nil
                )
        }
        var keyProblem: TrustError?
        var hasCertificate = false
        func attempt(_ certificate: Certificate, _ match: SignerInfo.Match) throws -> (
            result: CheckResult, signer: ChainCache.Entry?
        )? {
            hasCertificate = true
            let entry = known(certificate)
            let key: PublicKey
            switch entry.key {
            case .success(let usable): key = usable
            // Nothing is known where libcrypto failed: no other key decides for this one.
            case .failure(let problem) where problem.code == .internalFailure: throw problem
            case .failure(let problem):
                if match != .none, keyProblem == nil { keyProblem = problem }
                return nil
            }
            guard var found = try verified(signer, sod, entry, key, schemes) else { return nil }
            if match != .exact { found = found.adding(.signerIdentifierMismatch) }
            let verdict = judged(
                found.leniencies.union(sod.leniencies), key, found.scheme,
                signedAt: .ofSignature(signer.signedAttributes?.signingTime, by: certificate))
            switch verdict {
            case .accepted(let weak):
                if weak { found = found.adding(.weakAlgorithm) }
                return (
                    result(.successful, .ok, "The signature fits the content and the signer's certificate.", found),
                    entry
                )
            case .refused(let outcome, let code, let reason): return (result(outcome, code, reason, found), entry)
            }
        }
        // Those of the file that the identifier names exactly come first; only then are others asked for.
        for certificate in certificates where signer.match(certificate) == .exact {
            if let found = try attempt(certificate, .exact) { return found }
        }
        for (certificate, match) in rest(certificates, others(), signer) {
            if let found = try attempt(certificate, match) { return found }
        }
        guard hasCertificate else {
            return (
                result(
                    .undetermined, .sodSignerUnknown,
                    "The signer's certificate is neither in \(sod.fileName) nor at hand."),
                nil
            )
        }
        if let keyProblem, keyProblem.code == .unsupportedAlgorithm {
            return (
                result(
                    .undetermined, .sodAlgorithmUnsupported, "The signature was not checked: \(keyProblem.reason)."),
                nil
            )
        }
        if let keyProblem {
            return (result(.failed, .sodKeyUnusable, "The signer's key cannot be used: \(keyProblem.reason)."), nil)
        }
        return (
            result(.failed, .sodSignatureWrong, "The signature does not fit the content and any certificate at hand."),
            nil
        )
    }

    /// Checks contentType and messageDigest (RFC 5652, 11.1 and 11.2; Doc 9303-10, Table 40), and CMSAlgorithmProtection where it
    /// is there (RFC 6211, 3).
    ///
    /// - Parameter moment: when it was signed, as far as that is known.
    func attributes(of signer: SignerInfo, in sod: some SignedObject, signedAt moment: Timestamp?) throws -> CheckResult
    {
        func result(
            _ outcome: CheckOutcome, _ code: CheckCode, _ reason: String, leniencies: [Leniency] = []
        ) -> CheckResult { CheckResult(.sodAttributes, outcome, code, reason, leniencies: leniencies) }

        guard let attributes = signer.signedAttributes else {
            // SecurityInfos and signed attributes are both a SET OF SEQUENCE: without attributes the signature of some EF.SOD would
            // be one over an EF.CardSecurity that nobody signed.
            let mayLack = sod.signedData.contentType != .securityObject
            return mayLack && policy.leniencies.contains(.noSignedAttributes)
                ? result(
                    .successful, .ok, "There are no signed attributes; the signature is over the content itself.",
                    leniencies: [.noSignedAttributes])
                : result(.failed, .sodAttributesMissing, "There are no signed attributes.")
        }
        guard attributes.duplicated.isEmpty, attributes.haveOneValue else {
            return result(.failed, .sodAttributesDuplicated, "A signed attribute appears twice or has not one value.")
        }
        guard let type = attributes.contentTypes.first, type == sod.signedData.contentType else {
            return result(.failed, .sodContentTypeWrong, "The contentType attribute is absent or names another type.")
        }
        guard let expected = attributes.messageDigests.first else {
            return result(.failed, .sodMessageDigestWrong, "The messageDigest attribute is absent.")
        }
        if let protection = attributes.algorithmProtections.first, protection?.fits(signer) != true {
            return result(
                .failed, .sodAlgorithmProtectionWrong,
                "The signer names other algorithms than the CMSAlgorithmProtection attribute, or that cannot be read.")
        }
        let digest: DigestAlgorithm
        do {
            digest = try signer.digest()
        } catch {
            return error.code == .forbiddenAlgorithm
                ? result(.failed, .sodAlgorithmForbidden, "The messageDigest cannot count: \(error.reason).")
                : result(.undetermined, .sodAlgorithmUnsupported, "The messageDigest was not checked: \(error.reason).")
        }
        guard try digest.digest(sod.signedData.content).elementsEqual(expected) else {
            return result(
                .failed, .sodMessageDigestWrong, "The messageDigest attribute is not the hash of the content.")
        }
        // The messageDigest binds the content as much as the signature binds the messageDigest.
        if digest == .sha1 {
            let rule = policy.algorithmRequirement(signedAt: moment).sha1Signatures ?? policy.sha1Signatures
            switch rule {
            case .accept:
                return result(
                    .successful, .ok, "contentType and messageDigest fit the content.", leniencies: [.weakAlgorithm])
            case .undetermined, .fail:
                return result(
                    rule == .fail ? .failed : .undetermined, .sodAlgorithmWeak,
                    "The messageDigest fits, but SHA-1 is too weak by policy.")
            }
        }
        return result(.successful, .ok, "contentType and messageDigest fit the content.")
    }

    /// The scheme that the signature algorithm names, and where that has another hash than digestAlgorithm, the same scheme
    /// with that hash.
    private func schemesToTry(_ signer: SignerInfo) throws(TrustError) -> Schemes {
        var digest: DigestAlgorithm?
        do {
            digest = try signer.digest()
        } catch {
            if error.code == .forbiddenAlgorithm { throw error }
        }
        let named = try signer.signatureAlgorithm.scheme(digest: digest)
        guard let digest, digest != named.digest else {
            return Schemes(named: named, other: nil, digestDiffers: digest == nil)
        }
        let other: SignatureScheme? =
            switch named {
            case .rsaPKCS1, .rsaPKCS1WithoutNull: .rsaPKCS1(digest)
            case .ecdsa: .ecdsa(digest)
            case .ecdsaPlain: .ecdsaPlain(digest)
            case .rsaPSS: nil
            }
        return Schemes(named: named, other: other, digestDiffers: true)
    }

    private struct Schemes {
        /// What the signature algorithm names.
        let named: SignatureScheme
        /// The same with the hash of digestAlgorithm, where that is another.
        let other: SignatureScheme?
        /// The hash of ``named`` is not that of digestAlgorithm.
        let digestDiffers: Bool
    }

    /// The certificates that are not named exactly by the file's own, with those first that the identifier names.
    private func rest(
        _ certificates: [Certificate], _ others: [Certificate], _ signer: SignerInfo
    ) -> [(Certificate, SignerInfo.Match)] {
        let own = certificates.map { ($0, signer.match($0)) }.filter { $0.1 != .exact }
        let all = own + others.map { ($0, signer.match($0)) }
        return all.filter { $0.1 == .exact } + all.filter { $0.1 == .tolerated } + all.filter { $0.1 == .none }
    }

    private func verified(
        _ signer: SignerInfo, _ sod: some SignedObject, _ known: ChainCache.Entry, _ key: PublicKey,
        _ schemes: Schemes
    ) throws -> Verified? {
        func attempt(_ message: ArraySlice<UInt8>, _ leniency: Leniency? = nil) throws -> Verified? {
            var scheme = schemes.named
            var found = try checking.check(key, signer.signature, message, scheme)
            if found != nil, schemes.digestDiffers {
                found?.insert(.signatureDigestDiffers)
            } else if found == nil, let other = schemes.other {
                scheme = other
                found = try checking.check(key, signer.signature, message, scheme)
                found?.insert(.signatureDigestFromDigestAlgorithm)
            }
            guard var leniencies = found else { return nil }
            if let leniency { leniencies.insert(leniency) }
            return Verified(known: known, leniencies: leniencies, scheme: scheme, key: key)
        }
        guard let attributes = signer.signedAttributes else { return try attempt(sod.signedData.content) }
        if let found = try attempt(attributes.signedForm[...]) { return found }
        for form in attributes.otherSignedForms {
            if let found = try attempt(form[...], .signedAttributesNotDER) { return found }
        }
        return nil
    }

    private enum Judgement {
        case accepted(weak: Bool)
        case refused(CheckOutcome, CheckCode, String)
    }

    /// What the policy says about a signature that is right.
    private func judged(
        _ leniencies: Set<Leniency>, _ key: PublicKey, _ scheme: SignatureScheme, signedAt moment: Timestamp?
    ) -> Judgement {
        if Weakness.isForbidden(key) {
            return .refused(.failed, .sodAlgorithmForbidden, "The signer's key is far too short (\(key.label)).")
        }
        let refused = leniencies.subtracting(policy.leniencies)
        if let first = refused.min(by: { $0.name < $1.name }) {
            return .refused(.failed, .sodLeniencyRefused, "The policy does not allow this: \(first.reason)")
        }
        let weak = Weakness.findings(key, .documentSigner, scheme, signedAt: moment, policy)
        if let decisive = Weakness.decisive(weak) {
            return .refused(
                decisive.rule == .fail ? .failed : .undetermined, .sodAlgorithmWeak,
                "The signature is right but too weak by policy (\(decisive.what)).")
        }
        return .accepted(weak: !weak.isEmpty)
    }
}

extension SignerCheck.Verified {
    fileprivate func adding(_ leniency: Leniency) -> Self {
        Self(known: known, leniencies: leniencies.union([leniency]), scheme: scheme, key: key)
    }
}
