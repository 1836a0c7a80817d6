import ISO7816

/// What an import changes in the store as a whole: which lists follow which, whose signers are revoked, and the roots that came
/// in.
extension TrustImporter {
    /// The list of the same series that the store has and that is newer: an old list can bring back what the newer one left out.
    mutating func newer(than source: TrustSource, _ content: Content, _ path: [Certificate]) -> TrustSource? {
        var form: DeviationList.Form?
        if case .deviationList(let list) = content { form = list.form }
        let series = ListSeries(source.kind, form: form, path: path)
        if succession == nil {
            var all = ListSuccession(at: options.date)
            let parts = builder.parts
            for (source, series) in zip(parts.sources, parts.series(at: options.date)) { all.add(source, series) }
            succession = all
        }
        let newer = succession?.newer(than: source, series)
        succession?.add(source, series)
        return newer
    }

    /// The lists that were taken in this import and whose signer, or a certificate above it, a revocation list of the store or of
    /// this import has.
    func revokedLists() -> [Int: String] {
        let taken: [(index: Int, path: [Certificate], isAnchorNamed: Bool)] = work.indices.compactMap { index in
            guard let source = work[index].item?.source, !source.signerPath.isEmpty else { return nil }
            return (index, source.signerCertificates, source.isAnchorNamed)
        }
        // Also the revocation lists that the store does not take: a CSCA that was only named signed them.
        let lists = work.compactMap { work in
            if case .revocationList(let list) = work.content { list } else { nil as CertificateRevocationList? }
        }
        guard !taken.isEmpty, !lists.isEmpty || !builder.parts.revocationLists.isEmpty else { return [:] }
        var vouching = builder
        let named = taken.compactMap { $0.isAnchorNamed ? $0.path.last : nil }
        vouching.add(certificates: anchorCertificates + named, revocationLists: lists)
        let check = SignedListCheck(
            store: TrustStore(vouching.contents(), problems: []), anchors: [], date: options.date)
        return taken.reduce(into: [:]) { found, list in
            do {
                if let reason = try check.revoked(in: list.path) { found[list.index] = reason }
            } catch {
                found[list.index] = "Whether the signer was revoked could not be found out."
            }
        }
    }

    /// The signed lists that the store had before whose signer is revoked by what came in.
    func revokedSources(since start: TrustImporter) -> [TrustSource] {
        guard !builder.parts.revocationLists.isEmpty, work.contains(where: { $0.item?.source != nil }) else {
            return []
        }
        // Not what was made before the revocation lists were taken.
        let now = SignedListCheck(store: TrustStore(builder.contents(), problems: []), anchors: [], date: options.date)
        let found = start.builder.parts.sources.filter { source in
            !source.signerPath.isEmpty && (try? now.revoked(in: source.signerCertificates)) != nil
        }
        guard !found.isEmpty else { return [] }
        let before = SignedListCheck(
            store: TrustStore(start.builder.contents(), problems: []), anchors: [], date: options.date)
        return found.filter { (try? before.revoked(in: $0.signerCertificates)) == nil }
    }

    /// Counts the roots that came, by state.
    mutating func countRoots(_ before: Int) {
        guard work.contains(where: { !$0.added.isEmpty }) else { return }
        let contents = self.contents()
        let standings = contents.allStandings()
        func country(ofRoot position: Int) -> String?? {
            guard standings.indices.contains(position), standings[position].signature == .valid,
                Int(standings[position].issuer) == position,
                contents.parts.certificates[position].flags.contains(.mayBeCSCA),
                let root = contents.certificate(at: position)
            else { return nil }
            return .some(root.country?.uppercased())
        }
        let known = Set((0..<before).compactMap(country(ofRoot:)))
        for index in work.indices where !work[index].added.isEmpty {
            var counts: [String?: Int] = [:]
            for country in work[index].added.compactMap(country(ofRoot:)) { counts[country, default: 0] += 1 }
            work[index].item?.newRoots = counts.sorted { ($0.key ?? "") < ($1.key ?? "") }.map { country, count in
                TrustImportReport.NewRoots(country: country, count: count, isNewState: !known.contains(country))
            }
        }
    }
}
