import EMRTDSimulator
import EMRTDTestSupport
import Foundation
import Testing

@testable import EMRTDTrust

/// Lists that follow one another, and lists that have lost what vouched for them, in a store on disk.
@Suite("Succession of signed lists")
struct ListSuccessionTests {
    typealias PKI = BuiltPKI

    let folder: OpenSSLFolder
    let csca: PKI.Holder
    let first: PKI.Holder
    let second: PKI.Holder
    let date = SignedListTests.date

    init() throws {
        folder = try OpenSSLFolder()
        csca = try PKI.csca()
        first = try PKI.csca("First", country: "UT")
        second = try PKI.csca("Second", country: "UT")
    }

    private var directory: TrustStoreDirectory { TrustStoreDirectory(path: folder.url.path + "/store") }

    /// A master list of the CSCA of this suite with further certificates.
    private func list(
        _ certificates: [Certificate], _ time: String?, under issuer: PKI.Holder? = nil, country: String = "VN"
    ) throws -> [UInt8] {
        let signer = try PKI.listSigner(issuer ?? csca, country: country)
        return try PKI.masterList(certificates, [signer], .init(signingTime: time)).encoded
    }

    private func old() throws -> [UInt8] {
        try list([csca, first, second].map(\.certificate), "250101000000Z")
    }
    private func new() throws -> [UInt8] { try list([csca, first].map(\.certificate), "260101000000Z") }

    @discardableResult
    private func importing(
        _ files: [(String, [UInt8])], anchors: [PKI.Holder] = [], unverified: Bool = false, testPKI: Bool = false
    ) throws -> TrustImportReport {
        try directory.importInputs(
            files.map { .bytes($0.1, name: $0.0) },
            options: TrustImportOptions(
                anchors: anchors.map { .sha256($0.certificate.fingerprint) }, allowsUnverified: unverified,
                marksTestPKI: testPKI, date: date))
    }

    private func findings(_ date: Timestamp? = nil) throws -> [TrustStoreFinding] {
        let codes: Set<TrustStoreFinding.Code> = [.supersededSource, .signerRevoked, .anchorMissing, .signerExpired]
        return try TrustStoreCheck(date: date ?? self.date).findings(in: directory.load())
            .filter { codes.contains($0.code) }
    }

    private func names() throws -> [String] { try directory.load().sources.map(\.name) }

    private func refusal(_ item: TrustImportReport.Item?) -> TrustImportRefusal.Code? {
        if case .refused(let refusal)? = item?.outcome { refusal.code } else { nil }
    }

    // MARK: Newer and older

    @Test func twoListsOfOneStateAreNamed() throws {
        try importing([("csca", csca.certificate.encoded), ("old", old()), ("new", new())])
        let found = try findings()
        #expect(found.map(\.code) == [.supersededSource] && found.map(\.severity) == [.warning])
        let reason = found.first?.reason ?? ""
        #expect(reason.hasPrefix("old (masterList") && reason.contains("followed by new"))
        let source = try #require(try directory.load().sources.first { $0.name == "old" })
        #expect(found.first?.advice?.contains("emrtd trust remove --source \(source.id.lowercased())") == true)
        _ = try directory.remove([.source(id: source.id)])
        #expect(try findings().isEmpty)
    }

    @Test func anOlderListIsReportedAndNeverTheNewest() throws {
        try importing([("csca", csca.certificate.encoded), ("new", new())])
        let item = try #require(try importing([("old", old())]).items.first)
        #expect(item.outcome == .imported(added: 1, known: 2) && item.newer?.name == "new")
        #expect(item.notes.contains { $0.contains("newer list of the same CSCA, new of 2026-01-01") })
        #expect(try findings().map(\.code) == [.supersededSource])
    }

    /// Other purposes, states and test PKIs have lists of their own.
    @Test func listsOfOthersFollowNone() throws {
        let other = try PKI.csca("Other", country: "VN")
        let foreign = try PKI.csca(country: "DE")
        let certificates = [csca, other, foreign].map { ("csca", $0.certificate.encoded) }
        let files = [
            ("old", try old()), ("other", try list([other.certificate], "260101000000Z", under: other)),
            ("foreign", try list([foreign.certificate], "260101000000Z", under: foreign, country: "DE")),
        ]
        let report = try importing(certificates + files.reversed())
        #expect(report.items.allSatisfy { $0.newer == nil })
        #expect(try findings().isEmpty)
        try importing([("test", new())], testPKI: true)
        #expect(try findings().isEmpty)
        // Nor is a list of a test PKI called an old one.
        let ofTest = try list([csca.certificate], "240101000000Z")
        #expect(try importing([("ofTest", ofTest)], testPKI: true).items.first?.newer == nil)
        #expect(try findings().isEmpty)
    }

    /// A signer that was named has no CSCA to tell its lists by.
    @Test func listsWithoutACSCAFollowNone() throws {
        let signer = try PKI.listSigner(csca)
        let files = try ["260101000000Z", "250101000000Z"].map { (time: String) in
            (time, try PKI.masterList([first.certificate], [signer], .init(signingTime: time)).encoded)
        }
        let report = try importing(files, anchors: [signer])
        #expect(report.isComplete && report.items.allSatisfy { $0.newer == nil })
        #expect(try findings().filter { $0.code == .supersededSource }.isEmpty)
        #expect(ListSeries(.masterList, form: nil, path: [signer.certificate]) == nil)
        #expect(ListSeries(.masterList, form: nil, path: []) == nil)
    }

    /// A list of another CSCA of the state with the name of this one is of the same series.
    @Test func aNewKeyOfTheCSCAGoesOn() throws {
        let successor = try PKI.csca()
        try importing([("csca", csca.certificate.encoded), ("successor", successor.certificate.encoded)])
        try importing([("next", list([successor.certificate], "260101000000Z", under: successor))])
        #expect(try importing([("old", old())]).items.first?.newer?.name == "next")
        #expect(try findings().map(\.code) == [.supersededSource])
    }

    /// Whoever can sign nothing that is trusted makes no list an old one.
    @Test func whatIsNotTrustedIsFollowedByNone() throws {
        try importing([("csca", csca.certificate.encoded), ("old", old())])
        let impostor = try PKI.csca()
        let forged = try list([impostor.certificate], "260101000000Z", under: impostor)
        try importing([("forged", forged)], unverified: true)
        #expect(try findings().isEmpty)
        let early = try list([impostor.certificate], "240101000000Z", under: impostor)
        #expect(try importing([("early", early)], unverified: true).items.first?.newer == nil)
        #expect(try findings().isEmpty)
    }

    @Test func aTimeThatIsUnknownOrToComeSaysNothing() throws {
        try importing([("csca", csca.certificate.encoded), ("old", old())])
        for (name, time) in [("future", "300101000000Z"), ("timeless", nil)] {
            #expect(try importing([(name, list([csca.certificate], time))]).items.first?.newer == nil)
        }
        #expect(try findings().isEmpty)
        #expect(try importing([("new", new())]).items.first?.newer == nil)
        #expect(try findings().map { $0.reason.prefix(3) } == ["old"])
    }

    /// What is not signed can be changed at will, so one list can be copied without end.
    @Test func manyCopiesOfOneList() throws {
        let signer = try PKI.listSigner(csca)
        let copies = try (0..<copyCount).map { number in
            var options = PKI.MessageOptions(signingTime: number == 0 ? "250101000000Z" : "260101000000Z")
            options.unsignedAttributes = [
                PKI.attribute("1.2.3.4", DEREncoder.octetString([UInt8(number >> 8), UInt8(number & 255)]))
            ]
            return (
                "copy \(number)",
                try PKI.masterList([csca, first, second].map(\.certificate), [signer], options).encoded
            )
        }
        let files = [("csca", csca.certificate.encoded)] + copies
        #expect(try importing(files).isComplete)
        // A set of sources for each step on the way would make a store of millions of numbers.
        let store = try directory.load()
        #expect(store.sources.count == copyCount + 1 && store.contents.parts.sourceSets.count <= 3)
        #expect(store.certificates.count == 3)
        #expect(try findings().map { $0.reason.prefix(7) } == ["copy 0 "])
    }

    private var copyCount: Int { ProcessInfo.processInfo.environment["COPIES"].flatMap(Int.init) ?? 60 }

    // MARK: What vouched for a list

    @Test func anAnchorThatWasTakenOut() throws {
        try importing([("csca", csca.certificate.encoded), ("new", new())])
        #expect(try findings().isEmpty)
        let source = try #require(try directory.load().sources.first)
        _ = try directory.remove([.source(id: source.id)])
        // The certificate is still there, for the list alone.
        #expect(try directory.load().anchors.contains(csca.certificate))
        var found = try findings()
        #expect(found.map(\.code) == [.anchorMissing] && found.map(\.severity) == [.serious])
        #expect(found.first?.advice?.contains("import it; else remove the list with emrtd trust remove") == true)
        // Importing the list again changes nothing: it would vouch for itself.
        try importing([("new", new())])
        #expect(try findings().map(\.code) == [.anchorMissing, .anchorMissing])
        // The certificate itself does.
        try importing([("csca", csca.certificate.encoded)])
        #expect(try findings().isEmpty)
        _ = try directory.remove([.object(sha256: csca.certificate.fingerprint)])
        found = try findings()
        #expect(!found.isEmpty && found.allSatisfy { $0.code == .anchorMissing && $0.severity == .serious })
    }

    @Test func aNamedAnchorThatIsNotInTheStore() throws {
        try folder.write("csca", csca.certificate.encoded)
        let path = folder.url.appendingPathComponent("csca").path
        _ = try directory.importInputs(
            [.bytes(try list([first.certificate], "260101000000Z"), name: "bare")],
            options: TrustImportOptions(anchors: [.file(path)], date: date))
        let found = try findings()
        #expect(found.map(\.code) == [.anchorMissing] && found.map(\.severity) == [.warning])
        #expect(found.first?.reason.contains("is not in the store") == true)
    }

    /// Two lists, each with the other's CSCA.
    @Test func listsThatHoldEachOtherUp() throws {
        let other = try PKI.csca("Other", country: "DE")
        let both = [csca, other].map(\.certificate)
        try importing([
            ("csca", csca.certificate.encoded), ("one", list(both, "260101000000Z")),
            ("two", list(both, "260101000000Z", under: other, country: "DE")),
        ])
        #expect(try findings().isEmpty)
        let source = try #require(try directory.load().sources.first)
        _ = try directory.remove([.source(id: source.id)])
        #expect(try findings().map(\.code) == [.anchorMissing, .anchorMissing])
    }

    @Test func aSignerThatWasRevoked() throws {
        let signer = try PKI.listSigner(csca, .init(serial: [0x40, 7]))
        let list = try PKI.masterList([csca.certificate], [signer])
        try importing([("csca", csca.certificate.encoded), ("list", list.encoded)])
        #expect(try findings().isEmpty)
        let harmless = try PKI.encodedRevocationList(csca, .init(entries: [(serial: [0x40, 8], extensions: [])]))
        try importing([("harmless", harmless)])
        #expect(try findings().isEmpty)
        let crl = try PKI.encodedRevocationList(csca, .init(entries: [(serial: [0x40, 7], extensions: [])]))
        try importing([("crl", crl)])
        let found = try findings()
        #expect(found.map(\.code) == [.signerRevoked] && found.map(\.severity) == [.serious])
        #expect(found.first?.reason.contains("List Signer") == true)
        #expect(found.first?.advice?.hasPrefix("Remove the list") == true)
    }

    /// In whatever order the files come, nothing of the list stays, nor of what it vouched for.
    @Test(arguments: [false, true], [false, true])
    func aRevocationThatComesAlong(_ isReversed: Bool, _ unverified: Bool) throws {
        let signer = try PKI.listSigner(csca, .init(serial: [0x40, 7]))
        let bad = try PKI.masterList([csca, first].map(\.certificate), [signer]).encoded
        let next = try list([second.certificate], "260101000000Z", under: first, country: "UT")
        let crl = try PKI.encodedRevocationList(csca, .init(entries: [(serial: [0x40, 7], extensions: [])]))
        let files = [("csca", csca.certificate.encoded), ("bad", bad), ("next", next), ("crl", crl)]
        let report = try importing(isReversed ? files.reversed() : files)
        let items = Dictionary(uniqueKeysWithValues: report.items.map { ($0.path, $0) })
        #expect(refusal(items["bad"]) == .signerRevoked && refusal(items["next"]) == .notAnchored)
        #expect(try Set(names()) == ["csca", "crl"] && report.revokedSources.isEmpty)
        #expect(try directory.load().certificates == [csca.certificate])
        #expect(items["bad"]?.source == nil && items["bad"]?.newRoots == [])
        guard unverified else { return }
        let again = try importing(files, unverified: true)
        #expect(again.items.map { refusal($0) } == [nil, .signerRevoked, nil, nil])
    }

    /// A CSCA that was only named signed the revocation list, which the store therefore does not take.
    @Test func aRevocationByANamedAnchor() throws {
        try folder.write("csca", csca.certificate.encoded)
        let path = folder.url.appendingPathComponent("csca").path
        let signer = try PKI.listSigner(csca, .init(serial: [0x40, 7]))
        let bad = try PKI.masterList(
            [first.certificate], [signer], .init(certificates: [signer, csca].map(\.certificate)))
        let crl = try PKI.encodedRevocationList(csca, .init(entries: [(serial: [0x40, 7], extensions: [])]))
        for anchor in [TrustImportOptions.Anchor.file(path), .sha256(csca.certificate.fingerprint)] {
            let report = try directory.importInputs(
                [.bytes(bad.encoded, name: "bad"), .bytes(crl, name: "crl")],
                options: TrustImportOptions(anchors: [anchor], date: date))
            #expect(refusal(report.items.first) == .signerRevoked)
            #expect(!directory.exists)
        }
    }

    /// Files that are trusted without a store are judged as an import is.
    @Test func aRevocationAmongTrustedFiles() throws {
        let signer = try PKI.listSigner(csca, .init(serial: [0x40, 7]))
        let bad = try PKI.masterList([csca, first].map(\.certificate), [signer]).encoded
        try folder.write("a.cer", csca.certificate.encoded)
        try folder.write("b.ml", bad)
        let paths = { (names: [String]) in names.map { folder.url.appendingPathComponent($0).path } }
        #expect(try TrustStore(contentsOf: paths(["a.cer", "b.ml"])).certificates.count == 2)
        try folder.write(
            "c.crl", PKI.encodedRevocationList(csca, .init(entries: [(serial: [0x40, 7], extensions: [])])))
        let store = try TrustStore(contentsOf: paths(["a.cer", "b.ml", "c.crl"]))
        #expect(store.certificates == [csca.certificate])
        #expect(store.problems.contains { $0.description.contains("was revoked") })
    }

    @Test func listsOfTheStoreThatAreNowRevoked() throws {
        let signer = try PKI.listSigner(csca, .init(serial: [0x40, 7]))
        let bad = try PKI.masterList([csca, first].map(\.certificate), [signer]).encoded
        try importing([("csca", csca.certificate.encoded), ("bad", bad)])
        #expect(try importing([("new", new())]).revokedSources.isEmpty)
        let crl = try PKI.encodedRevocationList(csca, .init(entries: [(serial: [0x40, 7], extensions: [])]))
        #expect(try importing([("crl", crl)]).revokedSources.map(\.name) == ["bad"])
        #expect(try findings().contains { $0.code == .signerRevoked })
        // It is said once, and by the check from then on.
        #expect(try importing([("second", second.certificate.encoded)]).revokedSources.isEmpty)
        #expect(try importing([("bad", bad)]).items.map { refusal($0) } == [.signerRevoked])
    }

    @Test func aCSCAThatWasRevoked() throws {
        let root = try PKI.csca("Root")
        let under = try PKI.csca(issuer: root, .init(serial: [0x51]))
        let list = try self.list([under.certificate], "260101000000Z", under: under)
        try importing([("root", root.certificate.encoded), ("under", under.certificate.encoded), ("list", list)])
        #expect(try findings().isEmpty)
        let crl = try PKI.encodedRevocationList(root, .init(entries: [(serial: [0x51], extensions: [])]))
        try importing([("crl", crl)])
        #expect(try findings().map(\.code) == [.signerRevoked])
    }

    @Test func aSignerThatHasExpired() throws {
        try importing([("csca", csca.certificate.encoded), ("new", new())])
        let found = try findings(Timestamp(secondsSince1970: 2_100_000_000))
        #expect(found.map(\.code) == [.signerExpired] && found.map(\.severity) == [.note])
    }

    // MARK: What comes in

    @Test func newRootsAreCountedByState() throws {
        let german = try PKI.csca("German", country: "de")
        let link = try PKI.csca("Link", country: "UT", issuer: first)
        let files = [("csca", csca.certificate.encoded), ("first", first.certificate.encoded)]
        let report = try importing(
            files + [("list", list([csca, first, second, german, link].map(\.certificate), "260101000000Z"))])
        let roots = try #require(report.items.last?.newRoots)
        #expect(roots.map(\.country) == ["DE", "UT"] && roots.map(\.count) == [1, 1])
        // Both states came in this import.
        #expect(roots.map(\.isNewState) == [true, true])
        let third = try PKI.csca("Third", country: "UT")
        let later = try importing([("later", list([third, german].map(\.certificate), "260102000000Z"))])
        #expect(later.items.last?.newRoots.map(\.country) == ["UT"])
        #expect(later.items.last?.newRoots.map(\.isNewState) == [false])
        #expect(try importing([("first", first.certificate.encoded)]).items.last?.newRoots == [])
    }

    /// --unverified takes roots that nobody vouches for, whatever kind of file they come in.
    @Test func certificatesThatNobodyVouchesFor() throws {
        let pem =
            "-----BEGIN CERTIFICATE-----\n" + Data(first.certificate.encoded).base64EncodedString()
            + "\n-----END CERTIFICATE-----\n"
        // A list of such a root is as unverified as the root.
        let files = [("csca", csca.certificate.encoded), ("pem", Array(pem.utf8)), ("new", try new())]
        #expect(
            try importing(files, unverified: true).items.map(\.source?.basis) == [
                .unverified, .unverified, .unverified,
            ])
        #expect(try directory.load().storedCertificates.allSatisfy { !$0.standing.isVerified })
        let codes = try TrustStoreCheck(date: date).findings(in: directory.load()).map(\.code)
        #expect(codes.filter { $0 == .unverifiedSource }.count == 3)
        // Nor does it take the mark off what is named later without it, or the trust from what was named before.
        #expect(try importing([("csca", csca.certificate.encoded)]).items.first?.source?.basis == .named)
        #expect(
            try importing([("csca", csca.certificate.encoded)], unverified: true).items.first?.source?.basis == .named)
        #expect(
            try importing([("second", second.certificate.encoded)], anchors: [second], unverified: true)
                .items.first?.source?.basis == .named)
    }

    @Test func bytesAreBoundedAsFilesAre() throws {
        let report = try importing([
            ("large", [UInt8](repeating: 0x30, count: TrustStore.maximumImportSize + 1)), ("empty", []),
        ])
        #expect(report.items.map { refusal($0) } == [.unreadable, .notRecognised])
        #expect(!directory.exists)
    }

    /// Damage to the outer structure of a list is reported of the list, wherever it is.
    @Test func damagedListsAreLists() throws {
        let list = try new()
        for position in 1..<24 {
            var damaged = list
            damaged[position] ^= 0x40
            guard case .refused(let refusal)? = try importing([("damaged", damaged)]).items.first?.outcome else {
                Issue.record("byte \(position) was taken")
                continue
            }
            #expect(!refusal.reason.contains("Certificate"), "byte \(position): \(refusal.reason)")
        }
        // What begins as a certificate is one.
        let cut = Array(csca.certificate.encoded.dropLast())
        guard case .refused(let refusal)? = try importing([("cut", cut)]).items.first?.outcome else {
            Issue.record("a cut certificate was taken")
            return
        }
        #expect(refusal.reason.contains("Certificate"))
    }

    @Test func thePathIsKeptOnDisk() throws {
        try importing([("new", new())], anchors: [csca])
        let source = try #require(try directory.load().sources.first)
        #expect(source.isAnchorNamed && source.signerPath.last == csca.certificate.encoded)
        #expect(source.signerCertificates.map(\.subject.country) == ["VN", "VN"])
    }
}
