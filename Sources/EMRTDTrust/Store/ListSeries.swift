/// Which signed lists follow one another: those of one kind that one state signs. A state has one present master list, and signs
/// the next one with another signer, or under a new CSCA.
struct ListSeries {
    let kind: TrustSource.Kind
    /// Deviation lists and defect lists of a state stand beside one another.
    let form: DeviationList.Form?
    /// The country of the signer, or else of the certificate above it.
    let country: String
    /// A list of a test PKI never stands for a state's.
    let isTestPKI: Bool

    /// - Parameter path: the signer and the certificates above it; `nil` is given where none of them names a country.
    init?(_ kind: TrustSource.Kind, form: DeviationList.Form?, path: [Certificate], isTestPKI: Bool) {
        guard kind == .masterList || kind == .deviationList,
            let country = path.lazy.compactMap(\.country).first
        else { return nil }
        self.kind = kind
        self.form = form
        self.country = country
        self.isTestPKI = isTestPKI
    }

    /// The series of a source; `nil` where nobody vouches for it, or it is no signed list.
    init?(_ source: TrustSource, in parts: TrustStoreContents.Parts) {
        guard source.basis == .signed, source.kind == .masterList || source.kind == .deviationList else { return nil }
        let object = parts.others.first { $0.kind == source.kind && $0.sha256 == source.sha256 }
        let form = object.flatMap { try? DeviationList(encoded: parts.bytes[$0.range]).form }
        self.init(source.kind, form: form, path: source.signerCertificates, isTestPKI: source.isTestPKI)
    }

    /// Whether the newer list of the two stands for the older one.
    func isSame(as other: ListSeries) -> Bool {
        kind == other.kind && form == other.form && isTestPKI == other.isTestPKI
            && CountryCode.agree(country, other.country)
    }

    /// The sources of this series.
    func members(of parts: TrustStoreContents.Parts) -> [TrustSource] {
        parts.sources.filter { source in
            source.kind == kind && (ListSeries(source, in: parts).map(isSame) ?? false)
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

extension Sequence<TrustSource> {
    /// The one that was signed last, of those that say when and do not say a time that is still to come.
    func newest(at date: Timestamp) -> TrustSource? {
        filter { $0.issuedAt.map { $0 <= date } ?? false }.max { a, b in
            guard let first = a.issuedAt, let second = b.issuedAt else { return false }
            return first < second
        }
    }
}
