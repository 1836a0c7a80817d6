import EMRTDCrypto
import ISO7816

/// Takes files into a trust store: certificates first, then lists as far as somebody trusted vouches for them, in as many rounds
/// as that needs, since one list may bring the anchor of the next.
struct TrustImporter {
    var builder: TrustStoreBuilder
    let options: TrustImportOptions
    /// Fingerprints that may vouch for a list.
    private var anchors: Set<[UInt8]> = []
    /// Certificates of files that may vouch for a list.
    private(set) var anchorCertificates: [Certificate] = []
    var work: [Work] = []
    /// The store as it is, until something is taken.
    private var present: TrustStoreContents?
    /// The newest list of each series, from when the first list is taken.
    var succession: ListSuccession?

    /// One object to take, and what became of it.
    struct Work {
        let path: String
        let name: String
        let content: Content
        /// The SHA-256 of the bytes that the object came in.
        let sha256: [UInt8]
        var item: TrustImportReport.Item?
        /// The positions of the certificates that were new.
        var added: [Int] = []
    }

    enum Content {
        case certificates([Certificate], problems: [String])
        case masterList(MasterList)
        case deviationList(DeviationList)
        case directory([Certificate], problems: [String])
        case revocationList(CertificateRevocationList)
        case cvCertificate(CVCertificate)

        var kind: TrustSource.Kind {
            switch self {
            case .certificates: .certificate
            case .masterList: .masterList
            case .deviationList: .deviationList
            case .directory: .ldif
            case .revocationList: .revocationList
            case .cvCertificate: .cvCertificate
            }
        }
    }

    /// Prepares an import.
    ///
    /// - Throws: ``TrustError`` where the file of an anchor cannot be read or holds no certificate.
    init(_ builder: TrustStoreBuilder, options: TrustImportOptions) throws(TrustError) {
        self.builder = builder
        self.options = options
        for anchor in options.anchors {
            switch anchor {
            case .sha256(let sha256): anchors.insert(sha256)
            case .file(let path):
                let bytes = try FileReading.bytes(of: path, limit: TrustStore.maximumFileSize)
                var found: [Certificate] = []
                do {
                    for case .certificates(let certificates, problems: _) in try TrustFileContent.parse(bytes) {
                        found += certificates
                    }
                } catch {
                    throw TrustError(error.code, error.reason, location: path)
                }
                guard !found.isEmpty else {
                    throw TrustError(.notACertificate, "the file of an anchor holds no certificate", location: path)
                }
                anchorCertificates += found
                anchors.formUnion(found.map(\.fingerprint))
            }
        }
    }

    // MARK: Adding files

    /// Adds the bytes of a file.
    mutating func add(_ bytes: [UInt8], path: String) {
        let name = String(path.split(separator: "/").last ?? "-").printable
        do throws(TrustError) {
            let sha256 = try Self.digest(bytes)
            for content in try TrustFileContent.parse(bytes) { try add(content, path, name, sha256) }
        } catch {
            let isKnownLimit = error.code == .limitExceeded
            refuse(path, name, nil, TrustImportRefusal(isKnownLimit ? .unreadable : .notRecognised, error.description))
        }
    }

    /// Notes a file that could not be read.
    mutating func addUnreadable(path: String, _ error: TrustError) {
        refuse(path, path, nil, TrustImportRefusal(.unreadable, error.reason))
    }

    private mutating func add(
        _ content: TrustFileContent, _ path: String, _ name: String, _ sha256: [UInt8]
    ) throws(TrustError) {
        func enqueue(_ content: Content, _ sha256: [UInt8], place: String = "") {
            work.append(Work(path: path + place, name: name + place, content: content, sha256: sha256))
        }
        switch content {
        case .certificates(let certificates, let problems):
            enqueue(.certificates(certificates, problems: problems), sha256)
        case .masterList(let list): enqueue(.masterList(list), try Self.digest(list.encoded))
        case .deviationList(let list): enqueue(.deviationList(list), try Self.digest(list.encoded))
        case .revocationList(let list): enqueue(.revocationList(list), try Self.digest(list.encoded))
        case .cvCertificate(let certificate): enqueue(.cvCertificate(certificate), sha256)
        case .ldif(let ldif):
            var certificates: [Certificate] = []
            var problems = ldif.problems.map { "\($0)" }
            for value in ldif.certificates {
                do throws(TrustError) {
                    certificates.append(try Certificate(encoded: value.bytes))
                } catch {
                    problems.append("line \(value.line): \(error)")
                }
            }
            enqueue(.directory(certificates, problems: problems), sha256)
            // Only what the attribute stands for: nobody named an object inside a directory's file.
            let lists =
                ldif.masterLists.map { ($0, TrustSource.Kind.masterList) }
                + ldif.revocationLists.map { ($0, TrustSource.Kind.revocationList) }
            for (value, kind) in lists {
                let place = " (line \(value.line))"
                do throws(TrustError) {
                    let content: Content =
                        kind == .masterList
                        ? .masterList(try MasterList(encoded: value.bytes))
                        : .revocationList(try CertificateRevocationList(encoded: value.bytes))
                    enqueue(content, try Self.digest(value.bytes), place: place)
                } catch {
                    refuse(path + place, name + place, kind, TrustImportRefusal(.notRecognised, error.description))
                }
            }
        }
    }

    private mutating func refuse(
        _ path: String, _ name: String, _ kind: TrustSource.Kind?, _ refusal: TrustImportRefusal
    ) {
        let item = TrustImportReport.Item(path: path, kind: kind, outcome: .refused(refusal), source: nil, notes: [])
        work.append(Work(path: path, name: name, content: .certificates([], problems: []), sha256: [], item: item))
    }

    private static func digest(_ bytes: [UInt8]) throws(TrustError) -> [UInt8] {
        do {
            return try DigestAlgorithm.sha256.digest(bytes)
        } catch {
            throw TrustError(.unreadableFile, "hashing failed")
        }
    }

    // MARK: Taking them

    /// Takes what may be taken.
    mutating func run() -> TrustImportReport {
        for index in pending(.certificate) { takeCertificates(index) }
        // Each round but the last takes at least one list, so there are no more rounds than lists.
        while true {
            let lists = pending(.masterList)
            for index in lists { takeMasterList(index, isLastRound: false) }
            if pending(.masterList).count == lists.count { break }
        }
        for index in pending(.masterList) { takeMasterList(index, isLastRound: true) }
        for index in pending(.ldif) { takeDirectory(index) }
        for index in pending(.deviationList) { takeDeviationList(index) }
        for index in pending(.cvCertificate) { takeCVCertificate(index) }
        for index in pending(.revocationList) { takeRevocationList(index) }
        return TrustImportReport(items: work.compactMap(\.item))
    }

    /// Takes what may be taken as ``runReviewing()`` does, and counts the roots that came.
    mutating func runCountingRoots() -> TrustImportReport {
        let before = builder.parts.certificates.count
        let revoked = runReviewing().revokedSources
        countRoots(before)
        return TrustImportReport(items: work.compactMap(\.item), revokedSources: revoked)
    }

    /// Takes what may be taken, but the lists whose signer is revoked by something that came with them, in whatever order.
    mutating func runReviewing() -> TrustImportReport {
        let start = self
        var revoked: [Int: String] = [:]
        // Each round but the last refuses at least one list, so there are no more rounds than lists.
        while true {
            _ = run()
            let found = revokedLists()
            guard !found.isEmpty else { break }
            revoked.merge(found) { first, _ in first }
            // Nothing of such a list may stay, nor what only it vouched for.
            self = start
            for (index, reason) in revoked { refuse(index, TrustImportRefusal(.signerRevoked, reason)) }
        }
        return TrustImportReport(items: work.compactMap(\.item), revokedSources: revokedSources(since: start))
    }

    /// The store as it is, with its standings.
    mutating func contents() -> TrustStoreContents {
        if let present { return present }
        let contents = builder.contents()
        builder.adopt(contents)
        present = contents
        return contents
    }

    private func pending(_ kind: TrustSource.Kind) -> [Int] {
        work.indices.filter { work[$0].item == nil && work[$0].content.kind == kind }
    }

    private func source(
        _ work: Work, basis: TrustSource.Basis, issuedAt: Timestamp? = nil, signer: Certificate? = nil,
        anchor: Certificate? = nil, isTestPKI: Bool = false, notes: [String] = [], path: [Certificate] = [],
        isAnchorNamed: Bool = false
    ) -> TrustSource {
        TrustSource(
            kind: work.content.kind, name: work.name, sha256: work.sha256, importedAt: options.date,
            issuedAt: issuedAt, basis: basis, signer: signer?.subject.description, anchorSHA256: anchor?.fingerprint,
            isTestPKI: options.marksTestPKI || isTestPKI, notes: TrustSource.limited(notes),
            signerPath: path.map(\.encoded), isAnchorNamed: isAnchorNamed)
    }

    private mutating func take(_ index: Int, _ certificates: [Certificate], _ source: TrustSource, _ notes: [String]) {
        let position = builder.add(source)
        present = nil
        let before = builder.parts.certificates.count
        for certificate in certificates { builder.add(certificate, source: position) }
        builder.dropUnusedSets()
        work[index].added = Array(before..<builder.parts.certificates.count)
        let added = work[index].added.count
        finish(index, added: added, known: certificates.count - added, builder.parts.sources[position], notes)
    }

    private mutating func finish(
        _ index: Int, added: Int, known: Int, _ source: TrustSource, _ notes: [String]
    ) {
        work[index].item = TrustImportReport.Item(
            path: work[index].path, kind: source.kind, outcome: .imported(added: added, known: known), source: source,
            notes: TrustSource.limited(notes))
    }

    private mutating func refuse(_ index: Int, _ refusal: TrustImportRefusal, notes: [String] = []) {
        work[index].item = TrustImportReport.Item(
            path: work[index].path, kind: work[index].content.kind, outcome: .refused(refusal), source: nil,
            notes: notes)
    }

    private mutating func takeCertificates(_ index: Int) {
        guard case .certificates(let all, let problems) = work[index].content else { return }
        var taken: [Certificate] = []
        var notes = problems
        for certificate in all {
            // Whoever damages a certificate must not find that out at the desk.
            if isDamaged(certificate, among: all) {
                notes.append("\(certificate): its own signature is wrong, so it was left out")
            } else {
                taken.append(certificate)
            }
        }
        guard !taken.isEmpty else {
            let isDamaged = notes.count > problems.count
            let reason = notes.isEmpty ? "there is no certificate" : notes.prefix(3).joined(separator: "; ")
            return refuse(index, TrustImportRefusal(isDamaged ? .signatureWrong : .notRecognised, reason))
        }
        // With --unverified nobody answers for the files, but for the certificates that are named as anchors.
        let isNamed = !options.allowsUnverified || taken.allSatisfy { anchors.contains($0.fingerprint) }
        take(index, taken, source(work[index], basis: isNamed ? .named : .unverified, notes: notes), notes)
    }

    /// Whether a certificate names itself as its issuer and its key did not sign it. One without key identifiers may be a link
    /// certificate of the same name, signed by an older key.
    private mutating func isDamaged(_ certificate: Certificate, among others: [Certificate]) -> Bool {
        guard certificate.claimsToBeSelfSigned, Self.verifies(certificate, certificate) == false else { return false }
        guard certificate.authorityKeyIdentifier == nil else { return true }
        let older =
            contents().possibleIssuers(of: certificate).map(\.certificate)
            + others.filter { $0 != certificate && $0.subject.matches(certificate.issuer) }
        return !older.prefix(TrustStore.maximumCandidates).contains { Self.verifies(certificate, $0) == true }
    }

    /// `nil` where the algorithm or key cannot be used.
    private static func verifies(_ certificate: Certificate, _ issuer: Certificate) -> Bool? {
        do {
            return try SignatureChecking.standard.check(certificate, signedBy: issuer) != nil
        } catch {
            return nil
        }
    }

    private mutating func takeMasterList(_ index: Int, isLastRound: Bool) {
        guard case .masterList(let list) = work[index].content else { return }
        let unreadable = list.unreadable.map { "certificate \($0.index + 1) cannot be read: \($0.error)" }
        judge(index, SignedListCheck.check, list, issuedAt: list.signingTime, isLastRound) { importer, source, notes in
            importer.take(index, list.certificates, source, notes + unreadable)
        }
    }

    private mutating func takeDeviationList(_ index: Int) {
        guard case .deviationList(let list) = work[index].content else { return }
        judge(index, SignedListCheck.check, list, issuedAt: list.signingTime, true) { importer, source, notes in
            importer.takeOther(index, list.encoded, source, notes)
        }
    }

    /// Takes a signed list where somebody trusted vouches for it, or where that is not asked for.
    private mutating func judge<List>(
        _ index: Int, _ check: (SignedListCheck) -> (List) -> SignedListFinding, _ list: List, issuedAt: Timestamp?,
        _ isLastRound: Bool, _ take: (inout TrustImporter, TrustSource, [String]) -> Void
    ) {
        var vouchers = contents()
        if !anchorCertificates.isEmpty {
            var vouching = builder
            vouching.add(certificates: anchorCertificates, revocationLists: [CertificateRevocationList]())
            vouchers = vouching.contents()
        }
        let store = TrustStore(vouchers, problems: [])
        let checking = SignedListCheck(store: store, anchors: anchors, date: options.date)
        switch check(checking)(list) {
        case .verified(let found):
            let standing = store.standing(of: found.anchor)
            let isNamed = anchors.contains(found.anchor.fingerprint)
            let isVerified = isNamed || standing?.isVerified == true
            guard isVerified || options.allowsUnverified else {
                guard isLastRound else { return }
                return refuse(
                    index,
                    TrustImportRefusal(
                        .notAnchored,
                        "its signer \(found.signer.subject) is vouched for by \(found.anchor.subject), which is itself from a "
                            + "source that was not verified",
                        advice: Self.advice(found.anchor)))
            }
            // Naming a certificate as an anchor takes no mark off it.
            let isMarked =
                !anchorCertificates.isEmpty
                && TrustStore(contents(), problems: []).standing(of: found.anchor)?.isTestPKI == true
            let isTestPKI =
                found.signer.isTestPKI || found.anchor.isTestPKI || standing?.isTestPKI == true || isMarked
            var notes = found.notes + found.leniencies.map(\.reason).sorted()
            let path = [found.signer] + found.path
            func described(_ notes: [String]) -> TrustSource {
                source(
                    work[index], basis: isVerified ? .signed : .unverified, issuedAt: issuedAt, signer: found.signer,
                    anchor: found.anchor, isTestPKI: isTestPKI, notes: notes, path: path, isAnchorNamed: isNamed)
            }
            let newer = newer(than: described([]), work[index].content, path)
            if let newer {
                notes.append(
                    "The store has a newer list of the same CSCA, \(newer.name) of "
                        + "\(newer.issuedAt.map(\.day) ?? "?"): what that one left out comes back.")
            }
            take(&self, described(notes), notes)
            work[index].item?.newer = newer
        case .anchorUnknown(let signer, let reason, let wanted):
            guard isLastRound else { return }
            guard options.allowsUnverified else {
                return refuse(
                    index, TrustImportRefusal(.notAnchored, reason, advice: wanted.map(Self.advice) ?? Self.anyAdvice))
            }
            let notes = ["Nobody who is trusted vouches for this list: \(reason)"]
            take(
                &self, source(work[index], basis: .unverified, issuedAt: issuedAt, signer: signer, notes: notes), notes)
        case .refused(let code, let reason):
            guard isLastRound else { return }
            refuse(index, TrustImportRefusal(code, reason))
        }
    }

    private static let anyAdvice =
        "Import a CSCA certificate that you know to be genuine first, or name it with --anchor."

    private static func advice(_ anchor: Certificate) -> String {
        "If you know from another source that \(anchor.subject) is genuine, name it with --anchor "
            + anchor.fingerprint.hexadecimal.lowercased()
    }

    private mutating func takeDirectory(_ index: Int) {
        guard case .directory(let all, let problems) = work[index].content else { return }
        var notes = problems
        let known = TrustStore(contents(), problems: [])
        // A public key directory does not vouch for what it holds: roots come from signed lists only.
        let (roots, others) = all.reduce(into: ([Certificate](), [Certificate]())) { result, certificate in
            let identifier = certificate.authorityKeyIdentifier
            let mayBeRoot =
                certificate.isSelfIssued || identifier != nil && identifier == certificate.subjectKeyIdentifier
            let isRoot = mayBeRoot && Self.verifies(certificate, certificate) != false
            if isRoot, known.storedCertificate(sha256: certificate.fingerprint) == nil {
                result.0.append(certificate)
            } else {
                result.1.append(certificate)
            }
        }
        if !roots.isEmpty, !options.allowsUnverified {
            notes.append(
                "\(roots.count) self-signed certificates were left out: nothing in an LDIF file vouches for a root")
        }
        if all.isEmpty {
            // The lists in the file are sources of their own.
            let hasLists = work.contains { $0.path.hasPrefix(work[index].path + " (line ") }
            guard hasLists else {
                let reason = notes.first ?? "there is no certificate or list in the file"
                return refuse(index, TrustImportRefusal(.notRecognised, reason))
            }
            work[index].item = TrustImportReport.Item(
                path: work[index].path, kind: .ldif, outcome: .imported(added: 0, known: 0), source: nil,
                notes: TrustSource.limited(notes))
            return
        }
        if others.isEmpty, !roots.isEmpty, !options.allowsUnverified {
            let reason = "it holds self-signed certificates only, and nothing in an LDIF file vouches for a root"
            return refuse(
                index, TrustImportRefusal(.notAnchored, reason, advice: Self.anyAdvice),
                notes: TrustSource.limited(notes))
        }
        let basis: TrustSource.Basis = options.allowsUnverified && !roots.isEmpty ? .unverified : .unsigned
        take(index, options.allowsUnverified ? all : others, source(work[index], basis: basis, notes: notes), notes)
    }

    private mutating func takeCVCertificate(_ index: Int) {
        guard case .cvCertificate(let certificate) = work[index].content else { return }
        takeOther(index, certificate.encoded, source(work[index], basis: .named), [])
    }

    private mutating func takeOther(_ index: Int, _ bytes: [UInt8], _ source: TrustSource, _ notes: [String]) {
        let position = builder.add(source)
        let isNew = (try? builder.add(source.kind, bytes, source: position)) ?? false
        finish(index, added: isNew ? 1 : 0, known: isNew ? 0 : 1, builder.parts.sources[position], notes)
    }

    private mutating func takeRevocationList(_ index: Int) {
        guard case .revocationList(let list) = work[index].content else { return }
        let contents = self.contents()
        let standing =
            (try? StandingComputation(contents).standing(of: list, contents.allStandings()))
            ?? CertificateRecord.Standing(signature: .unsupported, issuer: -1)
        let issuer = contents.certificate(at: Int(standing.issuer))
        let isVouchedFor = standing.signature == .valid && standing.isAnchored && standing.isVerified
        if !isVouchedFor {
            let refusal =
                switch standing.signature {
                case .invalid:
                    TrustImportRefusal(
                        .signatureWrong, "the signature of the revocation list of \(list.issuer) is wrong")
                case .unsupported:
                    TrustImportRefusal(.unsupported, "the signature of the revocation list cannot be verified")
                case .valid, .issuerUnknown:
                    TrustImportRefusal(
                        .notAnchored, "no trusted CSCA of the store signed the revocation list of \(list.issuer)",
                        advice: "Import the CSCA certificate or a master list that holds it first.")
                }
            guard options.allowsUnverified, standing.signature != .invalid else { return refuse(index, refusal) }
        }
        let position = builder.add(
            source(
                work[index], basis: isVouchedFor ? .signed : .unverified, issuedAt: list.thisUpdate, signer: issuer,
                anchor: issuer, isTestPKI: standing.isTestPKI))
        let isNew = (try? builder.add(list, source: position)) ?? false
        finish(index, added: isNew ? 1 : 0, known: isNew ? 0 : 1, builder.parts.sources[position], [])
    }
}

extension Certificate {
    /// Whether the certificate names itself as its issuer, by the names and, where they are given, by the key identifiers.
    var claimsToBeSelfSigned: Bool {
        isSelfIssued && (authorityKeyIdentifier == nil || authorityKeyIdentifier == subjectKeyIdentifier)
    }
}
