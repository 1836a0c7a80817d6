import EMRTDCrypto

/// Puts a trust store together, from nothing or from an existing one.
struct TrustStoreBuilder {
    private(set) var parts: TrustStoreContents.Parts
    private var positions: [[UInt8]: Int] = [:]
    private var sets: [[Int]: Int] = [:]
    private var parsed: [Int: Certificate] = [:]
    private var lastSet: (old: Int?, source: Int, new: Int)?

    init() { parts = TrustStoreContents.Parts() }

    /// Goes on from a store.
    init(_ contents: TrustStoreContents) {
        parts = contents.parts
        parts.isSettled = false
        for (position, record) in parts.certificates.enumerated() { positions[record.sha256] = position }
        for (position, set) in parts.sourceSets.enumerated() { sets[set] = position }
    }

    /// Adds a source, or brings the one with the same bytes and kind up to date. What was vouched for once stays so, what came in
    /// unverified stays marked, and so does a test PKI: only removing it takes a mark off.
    ///
    /// - Returns: its position.
    mutating func add(_ source: TrustSource) -> Int {
        guard let known = parts.sources.firstIndex(where: { $0.sha256 == source.sha256 && $0.kind == source.kind })
        else {
            parts.sources.append(source)
            return parts.sources.count - 1
        }
        let old = parts.sources[known]
        let isBetter = source.basis.vouches || !old.basis.vouches && old.basis != .unverified
        let basis = isBetter ? source : old
        parts.sources[known] = TrustSource(
            kind: source.kind, name: source.name, sha256: source.sha256,
            importedAt: max(old.importedAt, source.importedAt), issuedAt: source.issuedAt ?? old.issuedAt,
            basis: basis.basis, signer: basis.signer, anchorSHA256: basis.anchorSHA256,
            isTestPKI: old.isTestPKI || source.isTestPKI, notes: basis.notes, signerPath: basis.signerPath,
            isAnchorNamed: basis.isAnchorNamed || old.isAnchorNamed && old.anchorSHA256 == basis.anchorSHA256)
        return known
    }

    /// Takes over what was found out about the certificates' signatures, so that it is not done again.
    mutating func adopt(_ contents: TrustStoreContents) {
        let standings = contents.allStandings()
        guard standings.count <= parts.certificates.count else { return }
        for position in standings.indices where parts.certificates[position].sha256 == contents.sha256(at: position) {
            parts.certificates[position].standing = standings[position]
        }
    }

    /// Adds a certificate of a source.
    ///
    /// - Returns: whether the store did not have it.
    @discardableResult
    mutating func add(_ certificate: Certificate, source: Int) -> Bool {
        let sha256 = certificate.fingerprint
        // Where hashing fails: certificates without a name of their own must not be taken for one, with the trust of both.
        guard !sha256.isEmpty else { return false }
        if let known = positions[sha256] {
            parts.certificates[known].sourceSet = set(parts.certificates[known].sourceSet, adding: source)
            return false
        }
        let range = append(certificate.encoded)
        positions[sha256] = parts.certificates.count
        parsed[parts.certificates.count] = certificate
        parts.certificates.append(
            CertificateRecord(certificate, sha256: sha256, range: range, sourceSet: set(nil, adding: source)))
        return true
    }

    /// Adds a revocation list of a source. Its signature is verified when the store is made.
    @discardableResult
    mutating func add(_ list: CertificateRevocationList, source: Int) throws -> Bool {
        let sha256 = try DigestAlgorithm.sha256.digest(list.encoded)
        if let known = parts.revocationLists.firstIndex(where: { $0.sha256 == sha256 }) {
            parts.revocationLists[known].sourceSet = set(parts.revocationLists[known].sourceSet, adding: source)
            return false
        }
        parts.revocationLists.append(
            TrustStoreContents.RevocationRecord(
                range: append(list.encoded), sha256: sha256, issuerName: KeyIndex.hash(list.issuer.normalised.utf8),
                sourceSet: set(nil, adding: source), standing: nil))
        return true
    }

    /// Adds a CV certificate or a deviation list of a source.
    @discardableResult
    mutating func add(_ kind: TrustSource.Kind, _ bytes: [UInt8], source: Int) throws -> Bool {
        let sha256 = try DigestAlgorithm.sha256.digest(bytes)
        if let known = parts.others.firstIndex(where: { $0.sha256 == sha256 && $0.kind == kind }) {
            parts.others[known].sourceSet = set(parts.others[known].sourceSet, adding: source)
            return false
        }
        parts.others.append(
            TrustStoreContents.Other(
                kind: kind, range: append(bytes), sha256: sha256, sourceSet: set(nil, adding: source)))
        return true
    }

    /// Adds what a program gives.
    mutating func add(
        certificates: some Sequence<Certificate>, revocationLists: some Sequence<CertificateRevocationList>
    ) {
        let source = add(
            TrustSource(
                kind: .certificate, name: "given by the program", sha256: [UInt8](repeating: 0, count: 32),
                importedAt: .now(), issuedAt: nil, basis: .named, signer: nil, anchorSHA256: nil, isTestPKI: false,
                notes: []))
        for certificate in certificates { add(certificate, source: source) }
        for list in revocationLists { _ = try? add(list, source: source) }
    }

    /// Adds everything of another store.
    mutating func merge(_ other: TrustStoreContents) {
        let positions = other.parts.sources.map { add($0) }
        func sources(_ set: Int) -> [Int] {
            guard other.parts.sourceSets.indices.contains(set) else { return [] }
            return other.parts.sourceSets[set].filter { positions.indices.contains($0) }.map { positions[$0] }
        }
        for index in other.parts.certificates.indices {
            guard let certificate = other.certificate(at: index) else { continue }
            for source in sources(other.parts.certificates[index].sourceSet) { add(certificate, source: source) }
        }
        for index in other.parts.revocationLists.indices {
            guard let list = other.revocationList(at: index) else { continue }
            for source in sources(other.parts.revocationLists[index].sourceSet) { _ = try? add(list, source: source) }
        }
        for object in other.parts.others {
            for source in sources(object.sourceSet) {
                _ = try? add(object.kind, Array(other.parts.bytes[object.range]), source: source)
            }
        }
    }

    /// Leaves out certificates, lists and others, and the sources that then have nothing in the store. What the standing of the
    /// rest was is found out anew.
    mutating func keep(
        sources isKept: (TrustSource) -> Bool, objects: (_ sha256: [UInt8]) -> Bool
    ) -> Int {
        let old = parts
        var builder = TrustStoreBuilder()
        builder.parts.generation = old.generation
        builder.parts.updatedAt = old.updatedAt
        func sources(_ set: Int) -> [TrustSource] {
            guard old.sourceSets.indices.contains(set) else { return [] }
            return old.sourceSets[set].filter { old.sources.indices.contains($0) }.map { old.sources[$0] }
                .filter(isKept)
        }
        // Sources keep their order.
        let all =
            old.certificates.map { ($0.sha256, $0.sourceSet) } + old.revocationLists.map { ($0.sha256, $0.sourceSet) }
            + old.others.map { ($0.sha256, $0.sourceSet) }
        var used: Set<[UInt8]> = []
        for (sha256, set) in all where objects(sha256) { used.formUnion(sources(set).map(\.sha256)) }
        for source in old.sources where isKept(source) && used.contains(source.sha256) { _ = builder.add(source) }
        var removed = 0
        for record in old.certificates {
            let from = sources(record.sourceSet)
            guard objects(record.sha256), !from.isEmpty,
                let certificate = try? Certificate(encoded: old.bytes[record.range])
            else {
                removed += 1
                continue
            }
            for source in from { builder.add(certificate, source: builder.add(source)) }
        }
        for record in old.revocationLists {
            let from = sources(record.sourceSet)
            guard objects(record.sha256), !from.isEmpty,
                let list = try? CertificateRevocationList(encoded: old.bytes[record.range])
            else {
                removed += 1
                continue
            }
            for source in from { _ = try? builder.add(list, source: builder.add(source)) }
        }
        for other in old.others {
            let from = sources(other.sourceSet)
            guard objects(other.sha256), !from.isEmpty else {
                removed += 1
                continue
            }
            for source in from {
                _ = try? builder.add(other.kind, Array(old.bytes[other.range]), source: builder.add(source))
            }
        }
        self = builder
        return removed
    }

    /// Notes a change: one more generation, at a moment.
    mutating func touch(_ date: Timestamp) {
        parts.generation &+= 1
        parts.updatedAt = date
    }

    /// The store as it is now, its standings still to be computed.
    func contents() -> TrustStoreContents { TrustStoreContents(parts, identity: nil, parsed: parsed) }

    /// The store with all its standings computed, for writing.
    ///
    /// - Throws: ``TrustError`` `internalFailure` where libcrypto fails, so that nothing is known of the signatures.
    func finished() throws(TrustError) -> TrustStoreContents.Parts {
        var out = parts
        let contents = self.contents()
        let standings: [CertificateRecord.Standing]
        let lists: [CertificateRecord.Standing]
        do {
            standings = try contents.computedStandings()
            lists = try contents.computedListStandings()
        } catch {
            throw TrustError(.internalFailure, "libcrypto failed; the signatures could not be verified")
        }
        for position in out.certificates.indices where standings.indices.contains(position) {
            out.certificates[position].standing = standings[position]
        }
        for position in out.revocationLists.indices where lists.indices.contains(position) {
            out.revocationLists[position].standing = lists[position]
        }
        out.isSettled = true
        return out
    }

    private mutating func append(_ bytes: [UInt8]) -> Range<Int> {
        let start = parts.bytes.count
        parts.bytes += bytes
        return start..<parts.bytes.count
    }

    private mutating func set(_ old: Int?, adding source: Int) -> Int {
        // The certificates of a list most often had the same sources before.
        if let last = lastSet, last.old == old, last.source == source { return last.new }
        let new = newSet(old, adding: source)
        lastSet = (old, source, new)
        return new
    }

    /// Leaves out the sets of sources that nothing has any more: each list that is taken makes new ones of the old.
    mutating func dropUnusedSets() {
        var positions: [Int: Int] = [:]
        var used: [[Int]] = []
        func renumber(_ set: inout Int) {
            if let known = positions[set] {
                set = known
            } else if parts.sourceSets.indices.contains(set) {
                positions[set] = used.count
                used.append(parts.sourceSets[set])
                set = used.count - 1
            }
        }
        for index in parts.certificates.indices { renumber(&parts.certificates[index].sourceSet) }
        for index in parts.revocationLists.indices { renumber(&parts.revocationLists[index].sourceSet) }
        for index in parts.others.indices { renumber(&parts.others[index].sourceSet) }
        parts.sourceSets = used
        sets = [:]
        for (position, set) in used.enumerated() { sets[set] = position }
        lastSet = nil
    }

    private mutating func newSet(_ old: Int?, adding source: Int) -> Int {
        var members = old.flatMap { parts.sourceSets.indices.contains($0) ? parts.sourceSets[$0] : nil } ?? []
        if members.contains(source), let old { return old }
        members.append(source)
        members.sort()
        if let known = sets[members] { return known }
        sets[members] = parts.sourceSets.count
        parts.sourceSets.append(members)
        return parts.sourceSets.count - 1
    }
}
