import EMRTDCrypto

/// The check of a signed list: the signature of every signer, each signer's profile, and its path to an anchor (Doc 9303-12, 9
/// and 10; RFC 5652).
package struct SignedListCheck: Sendable {
    let store: TrustStore
    let anchors: Set<[UInt8]>
    let date: Timestamp
    var checking = SignatureChecking.standard

    /// - Parameters:
    ///   - store: whose anchored certificates may vouch for a list.
    ///   - anchors: SHA-256 fingerprints of further certificates that may vouch for it, also where they stand inside it.
    ///   - date: the present day.
    package init(store: TrustStore, anchors: Set<[UInt8]>, date: Timestamp) {
        self.store = store
        self.anchors = anchors
        self.date = date
    }

    /// Judges a master list.
    package func check(_ list: MasterList) -> SignedListFinding {
        judge(
            Subject(
                signedData: list.signedData, certificates: list.certificates,
                purposes: [.cscaMasterListSigning], isDefectList: false))
    }

    /// Judges a deviation or defect list.
    package func check(_ list: DeviationList) -> SignedListFinding {
        judge(
            Subject(
                signedData: list.signedData, certificates: [], purposes: [.deviationListSigning],
                isDefectList: list.form == .defectList))
    }

    /// What is judged.
    struct Subject: SignedObject {
        let signedData: CMSSignedData
        var fileName: String { "the list" }
        /// The certificates of the content.
        let certificates: [Certificate]
        /// The purposes that a signer must have.
        let purposes: Set<ASN1OID>
        let isDefectList: Bool

        var leniencies: Set<Leniency> { signedData.isBER ? [.sodNotDER] : [] }
    }

    /// An outcome that ends the check.
    struct Refusal: Error {
        let finding: SignedListFinding

        init(_ code: TrustImportRefusal.Code, _ reason: String) { finding = .refused(code, reason) }
        init(_ finding: SignedListFinding) { self.finding = finding }
    }

    func judge(_ subject: Subject) -> SignedListFinding {
        do {
            guard !subject.signedData.signers.isEmpty else { throw Refusal(.notSigned, "The list has no signer.") }
            var found: [SignedListFinding.Verified] = []
            for signer in subject.signedData.signers { found.append(try judge(signer, subject)) }
            guard let first = found.first else { throw Refusal(.notSigned, "The list has no signer.") }
            if let problem = try UnsignedParts(store: store, checking: checking).problem(of: subject) {
                throw Refusal(.signatureWrong, problem)
            }
            return .verified(
                SignedListFinding.Verified(
                    signer: first.signer, path: first.path, anchor: first.anchor,
                    leniencies: found.reduce(into: []) { $0.formUnion($1.leniencies) },
                    remarks: found.flatMap(\.remarks)))
        } catch let refusal as Refusal {
            return refusal.finding
        } catch {
            // libcrypto failed: nothing is known about the signature.
            return .refused(.unsupported, "The signature could not be checked.")
        }
    }

    private func judge(_ info: SignerInfo, _ subject: Subject) throws -> SignedListFinding.Verified {
        let (signer, taken) = try signature(of: info, in: subject)
        var remarks = try profile(of: signer, subject)
        remarks += try validity(of: signer, info.signedAttributes?.signingTime, role: .signer)
        var search = AnchorSearch(
            store: store, anchors: anchors, pool: subject.signedData.certificates + subject.certificates,
            checking: checking)
        guard let steps = path(from: signer, &search) else {
            let wanted = search.wanted(for: signer)
            let issuer = wanted?.subject ?? signer.issuer
            throw Refusal(
                .anchorUnknown(
                    signer: signer,
                    reason:
                        "no trusted certificate stands behind the signer \(signer.subject): its issuer is \(issuer)",
                    wanted: wanted))
        }
        let path = steps.map(\.certificate)
        try strength(of: [signer] + path)
        if let issuer = path.first {
            remarks += try validity(of: issuer, info.signedAttributes?.signingTime, role: .issuer)
            remarks += try country(of: signer, issuer)
        }
        if zip(path, path.dropFirst()).contains(where: { $0.country == nil || $1.country == nil }) {
            remarks.append(
                .init(
                    code: .listCountryUnknown,
                    reason: "A certificate on the signer's path has no country to compare."))
        }
        let anchor = path.last ?? signer
        try revocation(of: [signer] + path)
        if ([signer] + path).contains(where: \.isTestPKI) || store.standing(of: anchor)?.isTestPKI == true {
            remarks.append(.init(code: .listTestPKI, reason: "The list is signed within a TEST PKI."))
        }
        return SignedListFinding.Verified(
            signer: signer, path: path, anchor: anchor,
            leniencies: steps.reduce(into: taken) { $0.formUnion($1.leniencies) }, remarks: remarks)
    }

    // MARK: Signature

    /// The exceptions of the field policy without those that an EF.SOD alone may have: RFC 5652, 5.3, requires signed
    /// attributes for every content type but id-data.
    private static let policy: TrustPolicy = {
        var policy = TrustPolicy.field
        policy.leniencies.subtract([.noSignedAttributes, .oldContentType, .sodTrailingBytes, .sodWithoutTag77])
        policy.algorithms = [
            AlgorithmRequirement(from: AlgorithmRequirement.beginning, csca: .documentSigner, sha1Signatures: .fail)
        ]
        policy.sha1Signatures = .fail
        policy.shortKeys = .fail
        return policy
    }()

    private func signature(
        of info: SignerInfo, in subject: Subject
    ) throws -> (signer: Certificate, leniencies: Set<Leniency>) {
        // Only certificates that the signer names: a list may carry a thousand, and one whose key fits by chance is none of them.
        var named = subject.signedData.certificates.filter { info.match($0) != .none }
        for certificate in store.possibleSigners(info) where !named.contains(certificate) { named.append(certificate) }
        for certificate in subject.certificates where info.match(certificate) != .none && !named.contains(certificate) {
            named.append(certificate)
        }
        guard !named.isEmpty else {
            throw Refusal(.signatureWrong, "The signer's certificate is neither in the list nor in the trust store.")
        }
        let check = SignerCheck(policy: Self.policy, checking: checking)
        let attributes = try check.attributes(
            of: info, in: subject, signedAt: info.signedAttributes?.signingTime)
        guard attributes.result == .successful else { throw refusal(attributes) }
        let (result, signer) = try check.signature(of: info, in: subject, certificates: Array(named.prefix(16)))
        guard result.result == .successful, let signer else { throw refusal(result) }
        return (signer.certificate, Set(result.leniencies + attributes.leniencies))
    }

    private func refusal(_ result: CheckResult) -> Refusal {
        switch result.code {
        case .sodAlgorithmForbidden, .sodAlgorithmWeak: Refusal(.tooWeak, result.reason)
        case .sodAlgorithmUnsupported, .sodKeyUnusable: Refusal(.unsupported, result.reason)
        default: Refusal(.signatureWrong, result.reason)
        }
    }

    /// The signature on each certificate of the path but the last, which is trusted as it is.
    private func strength(of path: [Certificate]) throws {
        for (certificate, issuer) in zip(path, path.dropFirst()) {
            let key = try issuer.subjectKey.publicKey()
            let scheme = try certificate.signatureAlgorithm.scheme()
            let findings = Weakness.findings(key, .csca, scheme, signedAt: nil, Self.policy)
            if Weakness.isForbidden(key) || findings.contains(where: { $0.rule != .accept }) {
                throw Refusal(
                    .tooWeak,
                    "The certificate \(certificate.subject) on the signer's path is signed with something too weak "
                        + "(\(certificate.signatureAlgorithmDescription), \(key.label)).")
            }
        }
    }

    /// That no revocation list of the store has the signer, a certificate on its path, or one above its anchor.
    private func revocation(of path: [Certificate]) throws {
        if let reason = try revoked(in: path) { throw Refusal(.signerRevoked, reason) }
    }

    /// Which certificate of a path from a list's signer to its anchor, and on above it, a revocation list of the store has.
    /// Lists count here as they do for documents (``RevocationCheck``); that there is none says nothing.
    func revoked(in path: [Certificate]) throws -> String? {
        let path = path + (path.last.map { store.links(above: $0).map(\.certificate) } ?? [])
        let check = RevocationCheck(store: store, policy: Self.policy, date: date)
        for (certificate, issuer) in zip(path, path.dropFirst()) {
            guard let found = try check.revocation(of: certificate, issuedBy: issuer) else { continue }
            return "The certificate \(certificate.subject) on the signer's path was revoked\(found.words)."
        }
        return nil
    }

    // MARK: Path

    private func path(from signer: Certificate, _ search: inout AnchorSearch) -> [AnchorSearch.Step]? {
        if search.isNamed(signer) { return [] }
        for trust in [AnchorSearch.Trust.verified, .anchored] {
            if signer.isCapableOfSigningCertificates, search.isTrusted(signer, trust) { return [] }
            if let path = search.path(from: signer, trust) { return path }
            // A CSCA that signed the list and itself: a link certificate for the same key may lead on.
            for twin in signer.isCapableOfSigningCertificates ? search.twins(of: signer) : [] {
                if let path = search.path(from: twin, trust) {
                    return [AnchorSearch.Step(certificate: twin, leniencies: [])] + path
                }
            }
        }
        return nil
    }

    private func country(of signer: Certificate, _ issuer: Certificate) throws -> [SignedListFinding.Remark] {
        guard let a = signer.subject.country, let b = issuer.subject.country else {
            return [.init(code: .listCountryUnknown, reason: "The signer or its CSCA has no country to compare.")]
        }
        guard CountryCode.agree(a, b) else {
            throw Refusal(.countryDiffers, "The signer's country is \(a.printable), its CSCA's is \(b.printable).")
        }
        return []
    }
}
