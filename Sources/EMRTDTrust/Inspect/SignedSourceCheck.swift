import ISO7816

/// Looks through the signed lists that a store took: what vouched for one when it was imported may be gone, revoked or expired
/// since, and the state may have signed a newer one.
struct SignedSourceCheck {
    let store: TrustStore
    let date: Timestamp

    func findings() -> [TrustStoreFinding] {
        let lists = store.sources.filter {
            $0.basis == .signed && ($0.kind == .masterList || $0.kind == .deviationList)
        }
        guard !lists.isEmpty else { return [] }
        let unsupported = Set(SourceSupport(store.contents).unsupported().map(\.key))
        return lists.flatMap { list in
            let path = list.signerCertificates
            return [
                revocation(list, path), anchor(list, path, isSupported: !unsupported.contains(list.key)),
                expiry(list, path),
                succession(list, among: lists),
            ].compactMap { $0 }
        }
    }

    private func finding(
        _ code: TrustStoreFinding.Code, _ severity: TrustStoreFinding.Severity, _ list: TrustSource, _ reason: String,
        _ advice: String
    ) -> TrustStoreFinding {
        TrustStoreFinding(
            code: code, severity: severity, sha256: list.sha256, reason: "\(list.label): \(reason)", advice: advice)
    }

    private func revocation(_ list: TrustSource, _ path: [Certificate]) -> TrustStoreFinding? {
        let check = SignedListCheck(store: store, anchors: [], date: date)
        let reason: String?
        do {
            reason = try check.revoked(in: path)
        } catch {
            return finding(
                .unsupported, .warning, list, "whether its signer was revoked could not be found out",
                "Run the check again; where it says so again, report a bug.")
        }
        guard let reason else { return nil }
        return finding(
            .signerRevoked, .serious, list, reason,
            "\(Self.removal(list)), and import the list that the publisher signs with its present signer.")
    }

    private func anchor(_ list: TrustSource, _ path: [Certificate], isSupported: Bool) -> TrustStoreFinding? {
        guard let sha256 = list.anchorSHA256 else { return nil }
        let isThere = store.contents.position(sha256: sha256) != nil
        guard !isThere || !isSupported else { return nil }
        let name = "\(path.last.map { "\($0.subject)" } ?? "its anchor") (\(sha256.hexadecimal.lowercased()))"
        let reason =
            isThere
            ? "\(name), up to which it was verified, is in the store for nothing but lists that it vouches for itself"
            : "\(name), up to which it was verified, is not in the store"
        // A certificate that was named in the import need never have been in the store.
        return finding(
            .anchorMissing, list.isAnchorNamed ? .warning : .serious, list, reason,
            "Where that certificate is still to be trusted, import it; else \(Self.removal(list, isFirst: false)).")
    }

    private func expiry(_ list: TrustSource, _ path: [Certificate]) -> TrustStoreFinding? {
        guard let expired = path.first(where: { $0.notAfter.map { $0 < date } ?? false }), let end = expired.notAfter
        else { return nil }
        return finding(
            .signerExpired, .note, list, "\(expired.subject) on the signer's path expired on \(end.day)",
            "Import a newer list where the publisher has one.")
    }

    private func succession(_ list: TrustSource, among lists: [TrustSource]) -> TrustStoreFinding? {
        // Most stores have one list of a state: nothing else is parsed then.
        guard let issuedAt = list.issuedAt, lists.contains(where: { $0.kind == list.kind && $0.key != list.key }),
            let series = ListSeries(list, in: store.contents.parts),
            let newest = series.members(of: store.contents.parts).newest(at: date), let time = newest.issuedAt,
            time > issuedAt
        else { return nil }
        return finding(
            .supersededSource, .warning, list, "issued \(issuedAt.day), followed by \(newest.label) of \(time.day)",
            "\(Self.removal(list)); emrtd trust import --replace does that with the next one.")
    }

    private static func removal(_ list: TrustSource, isFirst: Bool = true) -> String {
        "\(isFirst ? "R" : "r")emove the list with emrtd trust remove --source \(list.id.lowercased())"
    }
}

extension TrustSource {
    /// The name, the kind and the start of the SHA-256.
    var label: String { "\(name) (\(kind.rawValue) \(id.lowercased()))" }
}
