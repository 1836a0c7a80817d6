/// Finds the signed lists of a store that nothing but themselves holds up any more.
///
/// A list was verified up to an anchor when it was imported, and vouches for its certificates from then on, its own CSCA most
/// often among them. Where what vouched for the anchor is taken out of the store, the list, or a ring of lists, would go on
/// vouching for itself.
struct SourceSupport {
    private let contents: TrustStoreContents
    private let standings: [CertificateRecord.Standing]
    /// The most certificates above an anchor that are looked at.
    private static let maximumLinks = 16

    init(_ contents: TrustStoreContents) {
        self.contents = contents
        standings = contents.allStandings()
    }

    /// The signed lists whose anchor neither the keeper of the store nor a source that is itself held up answers for.
    func unsupported() -> [TrustSource] {
        let sources = contents.parts.sources
        var supported = Set(sources.indices.filter { !Self.isList(sources[$0]) || sources[$0].isAnchorNamed })
        var open = sources.indices.filter { !supported.contains($0) }
        // Each round but the last takes one list off, so there are no more rounds than lists.
        while true {
            let found = open.filter { isSupported(anchorOf: sources[$0], by: supported) }
            guard !found.isEmpty else { return open.map { sources[$0] } }
            supported.formUnion(found)
            open.removeAll { supported.contains($0) }
        }
    }

    private static func isList(_ source: TrustSource) -> Bool {
        source.basis == .signed && (source.kind == .masterList || source.kind == .deviationList)
    }

    /// Whether the anchor, or a certificate above it, comes from a source that is held up.
    private func isSupported(anchorOf source: TrustSource, by supported: Set<Int>) -> Bool {
        let parts = contents.parts
        guard let anchor = source.anchorSHA256, var position = contents.position(sha256: anchor) else { return false }
        for _ in 0...Self.maximumLinks {
            let set = parts.certificates[position].sourceSet
            let from = parts.sourceSets.indices.contains(set) ? parts.sourceSets[set] : []
            if from.contains(where: { supported.contains($0) && parts.sources[$0].basis.vouches }) { return true }
            guard standings.indices.contains(position), standings[position].signature == .valid else { return false }
            let issuer = Int(standings[position].issuer)
            guard issuer != position, parts.certificates.indices.contains(issuer) else { return false }
            position = issuer
        }
        return false
    }
}
