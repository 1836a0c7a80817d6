import ISO7816

/// What an import changes in the store as a whole: which lists follow which, and the roots that came in.
extension TrustImporter {
    /// Where newer lists replace older ones, the older come first, in whatever order the files were named.
    func inOrder(_ indices: [Int]) -> [Int] {
        guard options.replacesOlder else { return indices }
        func time(_ index: Int) -> Int64 {
            switch work[index].content {
            case .masterList(let list): list.signingTime?.secondsSince1970 ?? .min
            case .deviationList(let list): list.signingTime?.secondsSince1970 ?? .min
            default: .min
            }
        }
        return indices.sorted { (time($0), $0) < (time($1), $1) }
    }

    /// The other signed lists of the store that the same state signed.
    func others(_ index: Int, _ path: [Certificate], isTestPKI: Bool) -> [TrustSource] {
        var form: DeviationList.Form?
        if case .deviationList(let list) = work[index].content { form = list.form }
        let series = ListSeries(work[index].content.kind, form: form, path: path, isTestPKI: isTestPKI)
        return series?.members(of: builder.parts).filter { $0.sha256 != work[index].sha256 } ?? []
    }

    /// The newest of the other lists where it is newer: an old list can bring back what the newer one left out.
    func newer(_ others: [TrustSource], _ issuedAt: Timestamp?) -> TrustSource? {
        guard let issuedAt, let newest = others.newest(at: options.date), let time = newest.issuedAt, time > issuedAt
        else { return nil }
        return newest
    }

    /// The other lists that are older. A list whose signing time is unknown or still to come is newer than none.
    func older(_ others: [TrustSource], _ issuedAt: Timestamp?) -> [TrustSource] {
        guard let issuedAt, issuedAt <= options.date else { return [] }
        return others.filter { $0.issuedAt.map { $0 < issuedAt } ?? false }
    }

    static let olderAdvice =
        "Get the present list from its publisher; import without --replace to take the old one beside it."

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

    /// Removes the lists whose place newer ones took, but those without which the store would lose the anchor of a newer one.
    mutating func removeReplaced() -> Int {
        var leaving = Set(work.flatMap(\.older).map(\.key))
        guard !leaving.isEmpty else { return 0 }
        // Each round but the last lets a list stay, so there are no more rounds than lists.
        while let index = work.indices.first(where: { !anchorHolders($0, leaving).isEmpty }) {
            let holders = anchorHolders(index, leaving)
            leaving.subtract(holders)
            let anchor = work[index].item?.source?.anchorSHA256?.hexadecimal.lowercased() ?? ""
            work[index].item?.notes.append(
                "The older list stays: only it has the certificate \(anchor), which vouches for this one. Import that "
                    + "certificate, then remove the older list.")
        }
        let removed = builder.keep(sources: { !leaving.contains($0.key) }, objects: { _ in true })
        present = nil
        let unsupported = Set(SourceSupport(contents()).unsupported().map(\.key))
        for index in work.indices {
            let gone = work[index].older.filter { leaving.contains($0.key) }
            guard !gone.isEmpty, var source = work[index].item?.source, !leaving.contains(source.key) else { continue }
            work[index].item?.replaced = gone
            // What vouched for the anchor went with the older list: whoever replaces answers for it.
            guard unsupported.contains(source.key) else { continue }
            source.isAnchorNamed = true
            _ = builder.add(source)
            work[index].item?.source = source
        }
        return removed
    }

    /// The leaving lists that alone have the anchor of a list that stays in their place.
    private func anchorHolders(_ index: Int, _ leaving: Set<TrustSource.Key>) -> Set<TrustSource.Key> {
        guard !work[index].older.isEmpty, let source = work[index].item?.source, !leaving.contains(source.key),
            let anchor = source.anchorSHA256
        else { return [] }
        let holders = Set(builder.sources(ofCertificate: anchor).map(\.key))
        return holders.isSubset(of: leaving) ? holders : []
    }
}
