/// Which signed lists follow one another: those of one kind whose signers the CSCA of one name anchors. A state has one present
/// master list, and signs the next one with another signer, or under a new key of its CSCA.
struct ListSeries: Hashable {
    let kind: TrustSource.Kind
    /// Deviation lists and defect lists of a state stand beside one another.
    let form: DeviationList.Form?
    /// The normalised subject name of the CSCA. Countries are not enough: several lists of a state may have several purposes.
    let anchor: String

    /// - Parameter path: the signer and the certificates above it; `nil` is given where no named CSCA is at its end.
    init?(_ kind: TrustSource.Kind, form: DeviationList.Form?, path: [Certificate]) {
        guard kind == .masterList || kind == .deviationList, let csca = path.last, csca.isCapableOfSigningCertificates,
            !csca.subject.normalised.isEmpty
        else { return nil }
        self.kind = kind
        self.form = form
        anchor = csca.subject.normalised
    }
}

/// The newest signed list of each series of a store. Each list is looked at once, however many there are.
///
/// A list without a signing time, or with one that is still to come, is no part of it; nor is one that nobody vouches for or that
/// belongs to a test PKI.
struct ListSuccession {
    private let date: Timestamp
    private(set) var newest: [ListSeries: TrustSource] = [:]

    init(at date: Timestamp) { self.date = date }

    /// Takes a list in.
    mutating func add(_ list: TrustSource, _ series: ListSeries?) {
        guard let series, let time = list.issuedAt, Self.counts(list, at: date) else { return }
        if let other = newest[series]?.issuedAt, other >= time { return }
        newest[series] = list
    }

    /// The newest list of the series where it is newer than this one.
    func newer(than list: TrustSource, _ series: ListSeries?) -> TrustSource? {
        guard let series, let time = list.issuedAt, Self.counts(list, at: date), let other = newest[series],
            let newer = other.issuedAt, newer > time
        else { return nil }
        return other
    }

    static func counts(_ list: TrustSource, at date: Timestamp) -> Bool {
        list.basis == .signed && !list.isTestPKI && list.issuedAt.map { $0 <= date } ?? false
    }
}

extension TrustStoreContents.Parts {
    /// The series of each signed list that counts; as many as there are sources.
    func series(at date: Timestamp) -> [ListSeries?] {
        var forms: [[UInt8]: DeviationList.Form] = [:]
        for other in others where other.kind == .deviationList {
            if let list = try? DeviationList(encoded: bytes[other.range]) { forms[other.sha256] = list.form }
        }
        return sources.map { source in
            guard ListSuccession.counts(source, at: date) else { return nil }
            return ListSeries(source.kind, form: forms[source.sha256], path: source.signerCertificates)
        }
    }
}

extension TrustSource {
    /// ``signerPath``, parsed.
    var signerCertificates: [Certificate] { signerPath.compactMap { try? Certificate(encoded: $0) } }

    /// What distinguishes sources in a store.
    struct Key: Hashable {
        let kind: Kind
        let sha256: [UInt8]
    }

    var key: Key { Key(kind: kind, sha256: sha256) }
}
