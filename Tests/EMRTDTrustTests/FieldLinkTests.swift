import EMRTDTestSupport
import Testing

@testable import EMRTDTrust

/// The link certificates of the master lists of the field.
@Suite("Links in the field")
struct FieldLinkTests {
    /// No step leads from one state to another, and where a link certificate is signed too weakly for its day, the store has a
    /// root of the same key, so that the documents under it pass.
    @Test func linksOfTheField() throws {
        guard let field = try FieldLists.shared.get() else { return }
        let store = field.store
        let all = store.storedCertificates
        let roots = Set(all.filter(\.standing.isSelfSigned).map(\.certificate.subjectKey.keyBytes))
        let check = PathCheck(store: store, policy: .field, checking: .standard, date: inspectionDay)
        var counts: [String: Int] = [:]
        var withoutRoot: [String] = []
        var otherStates: Set<String> = []
        for stored in all
        where stored.standing.isAnchored && !stored.standing.isSelfSigned && stored.certificate.mayBeCSCA {
            let links = store.links(above: stored.certificate)
            counts["\(links.count) above", default: 0] += 1
            for (child, parent) in zip([stored.certificate] + links.map(\.certificate), links.map(\.certificate))
            where !CountryCode.agree(child, parent) {
                otherStates.insert("\(child.country ?? "-") under \(parent.country ?? "-")")
            }
            var problem: String?
            do {
                let (leniencies, weak) = try check.judgeLinks(stored.certificate, links)
                for leniency in leniencies { counts[leniency.name, default: 0] += 1 }
                problem = Weakness.decisive(weak)?.what
            } catch let error as PathProblem {
                problem = error.reason
            }
            guard let problem else { continue }
            counts["refused", default: 0] += 1
            if !roots.contains(stored.certificate.subjectKey.keyBytes) {
                withoutRoot.append("\(stored.certificate): \(problem)")
            }
        }
        print("link certificates: \(counts.sorted { $0.key < $1.key })")
        #expect(counts["1 above", default: 0] > 200)
        #expect(otherStates.isEmpty && withoutRoot.isEmpty, "\(otherStates) \(withoutRoot)")
    }
}
