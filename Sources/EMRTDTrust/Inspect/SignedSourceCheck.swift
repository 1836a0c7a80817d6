import ISO7816

/// Looks through the signed lists that a store took: what vouched for one when it was imported may be gone, revoked or expired
/// since, and the state may have signed a newer one.
struct SignedSourceCheck {
    let store: TrustStore
    let date: Timestamp

    func findings() -> [TrustStoreFinding] {
        guard store.sources.contains(where: Self.isList) else { return [] }
        let unsupported = Set(SourceSupport(store.contents).unsupported().map(\.key))
        let parts = store.contents.parts
        let series = parts.series(at: date)
        var succession = ListSuccession(at: date)
        for (source, series) in zip(parts.sources, series) { succession.add(source, series) }
        return zip(store.sources, series).flatMap { list, series -> [TrustStoreFinding] in
            guard Self.isList(list) else { return [] }
            let path = list.signerCertificates
            return [
                revocation(list, path), anchor(list, path, isSupported: !unsupported.contains(list.key)),
                expiry(list, path),
                superseded(list, by: succession.newer(than: list, series)),
            ].compactMap { $0 }
        }
    }

    private static func isList(_ source: TrustSource) -> Bool {
        source.basis == .signed && (source.kind == .masterList || source.kind == .deviationList)
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

    private func superseded(_ list: TrustSource, by newest: TrustSource?) -> TrustStoreFinding? {
        guard let newest, let issuedAt = list.issuedAt, let time = newest.issuedAt else { return nil }
        return finding(
            .supersededSource, .warning, list, "issued \(issuedAt.day), followed by \(newest.label) of \(time.day)",
            "Look at both with emrtd trust show; where the older list is out of date, "
                + "\(Self.removal(list, isFirst: false)).")
    }

    private static func removal(_ list: TrustSource, isFirst: Bool = true) -> String {
        "\(isFirst ? "R" : "r")emove the list with emrtd trust remove --source \(list.id.lowercased())"
    }
}

extension TrustSource {
    /// The name, the kind and the start of the SHA-256.
    var label: String { "\(name) (\(kind.rawValue) \(id.lowercased()))" }
}
