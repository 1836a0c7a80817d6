import ISO7816

/// What an import changes in the store as a whole: which lists follow which, and the roots that came in.
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
