import EMRTDCrypto
import EMRTDSimulator
import EMRTDTestSupport
import Foundation
import ISO7816
import Synchronization
import Testing

@testable import EMRTDTrust

/// What somebody could try who hands a file to the keeper of a trust store.
@Suite("Attacks on the trust store")
struct TrustStoreAttackTests {
    let folder: OpenSSLFolder
    let date: Timestamp

    init() throws {
        folder = try OpenSSLFolder()
        date = try #require(Timestamp(date: "2026-03-01"))
    }

    private var directory: TrustStoreDirectory { TrustStoreDirectory(path: folder.url.path + "/store") }

    private func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        try folder.write(name, bytes)
        return folder.url.appendingPathComponent(name).path
    }

    /// Imports certificates as files, whoever keeps the store having named them.
    @discardableResult
    private func name(_ certificates: [Certificate], test: Bool = false) throws -> TrustImportReport {
        var paths: [String] = []
        for certificate in certificates {
            paths.append(try file(certificate.fingerprint.hexadecimal + ".cer", certificate.encoded))
        }
        return try directory.importFiles(paths, options: TrustImportOptions(marksTestPKI: test, date: date))
    }

    /// Imports certificates in an LDIF file, for which nobody vouches.
    @discardableResult
    private func publish(
        _ certificates: [Certificate], attribute: String = "userCertificate;binary", unverified: Bool = false
    ) throws -> TrustImportReport {
        var text = "version: 1\n\n"
        for (index, certificate) in certificates.enumerated() {
            text += "dn: cn=\(index),c=XX\n\(attribute):: \(Data(certificate.encoded).base64EncodedString())\n\n"
        }
        let path = try file("published-\(text.hashValue).ldif", Array(text.utf8))
        return try directory.importFiles(
            [path], options: TrustImportOptions(allowsUnverified: unverified, date: date))
    }

    private func standing(_ holder: BuiltPKI.Holder) throws -> CertificateStanding? {
        try directory.load().standing(of: holder.certificate)
    }

    // MARK: Roots

    /// A directory brings no root, however it writes its key identifiers and names.
    @Test func rootsInLDIF() throws {
        let real = try BuiltPKI.csca("Real")
        try name([real.certificate])
        let plain = try BuiltPKI.csca("Plain")
        let key = try BuiltPKI.key()
        let name = BuiltPKI.name("VN", "Odd")
        let identifier = [UInt8](repeating: 7, count: 20)
        func odd(_ authority: [UInt8]?, issuer: [UInt8]? = nil) throws -> Certificate {
            try BuiltPKI.certificate(
                key, name: name, identifier: identifier, issuer: nil, isAuthority: true,
                .init(
                    extensions: [
                        BuiltPKI.Extensions.keyUsage([5, 6]), BuiltPKI.Extensions.keyIdentifier(identifier),
                        BuiltPKI.Extensions.authority,
                    ] + (authority.map { [BuiltPKI.Extensions.authorityKeyIdentifier($0)] } ?? []), issuerName: issuer))
        }
        let roots = [
            plain.certificate, try odd(nil), try odd(identifier), try odd([9, 9]),
            try odd(identifier, issuer: BuiltPKI.name("VN", "Somebody else")),
        ]
        for attribute in ["userCertificate;binary", "userCertificate", "cACertificate;binary", "CACERTIFICATE"] {
            try publish(roots, attribute: attribute)
            let store = try directory.load()
            for root in roots {
                let standing = store.standing(of: root)
                #expect(standing?.isAnchored != true, "\(root)")
            }
        }
        // Asked for, they are roots that nobody vouches for.
        try publish(roots, unverified: true)
        let store = try directory.load()
        for root in roots {
            let standing = try #require(store.standing(of: root))
            #expect(standing.isAnchored && !standing.isVerified, "\(root)")
        }
        // Importing it again without asking does not take the mark off.
        try publish(roots)
        #expect(try directory.load().sources.contains { $0.basis == .unverified })
    }

    /// Where nothing else is in the file it is refused as a whole, and says why.
    @Test func onlyRootsInLDIF() throws {
        let report = try publish([BuiltPKI.csca("Alone").certificate])
        guard case .refused(let refusal) = try #require(report.items.first).outcome else {
            Issue.record("a directory of roots was taken")
            return
        }
        #expect(refusal.code == .notAnchored && !refusal.advice.isEmpty && !directory.exists)
    }

    /// The mark of a test PKI stays, whatever else brings the certificate, but for a signed list of production.
    @Test func marksOfTestPKIs() throws {
        let test = try BuiltPKI.csca("Test")
        let signer = try BuiltPKI.signer(test)
        try name([test.certificate], test: true)
        try name([test.certificate])
        try publish([test.certificate, signer.certificate])
        try publish([test.certificate], unverified: true)
        #expect(try standing(test)?.isTestPKI == true)
        #expect(try standing(signer)?.isTestPKI == true)
        let list = try BuiltPKI.masterList([test.certificate], [BuiltPKI.listSigner(test)])
        _ = try directory.importFiles([file("test.ml", list.encoded)], options: TrustImportOptions(date: date))
        #expect(try standing(test)?.isTestPKI == true, "its own list does not vouch for it")
        let real = try BuiltPKI.csca("Real")
        try name([real.certificate])
        let production = try BuiltPKI.masterList([test.certificate], [BuiltPKI.listSigner(real)])
        _ = try directory.importFiles([file("real.ml", production.encoded)], options: TrustImportOptions(date: date))
        #expect(try standing(test)?.isTestPKI == false)
    }

    /// A list or directory of a test PKI can hold the CSCA certificate of any state.
    @Test(arguments: [false, true]) func listsOfTestPKIsMarkNoProduction(_ isNamedFirst: Bool) throws {
        let real = try BuiltPKI.csca("Real")
        let signer = try BuiltPKI.signer(real)
        let test = try BuiltPKI.csca("Test")
        if isNamedFirst { try name([real.certificate]) }
        try name([test.certificate], test: true)
        let list = try BuiltPKI.masterList([test, real].map(\.certificate), [BuiltPKI.listSigner(test)])
        _ = try directory.importFiles(
            [file("test.ml", list.encoded)], options: TrustImportOptions(marksTestPKI: true, date: date))
        if !isNamedFirst {
            #expect(try standing(real)?.isTestPKI == true)
            // As an anchor alone it stays what it is.
            let other = try BuiltPKI.masterList([signer.certificate], [BuiltPKI.listSigner(real)])
            let report = try directory.importFiles(
                [file("real.ml", other.encoded)],
                options: TrustImportOptions(anchors: [.file(file("real", real.certificate.encoded))], date: date))
            #expect(report.items.first?.source?.isTestPKI == true)
            try name([real.certificate])
        }
        #expect(try standing(real)?.isTestPKI == false && standing(test)?.isTestPKI == true)
        try name([signer.certificate])
        #expect(try standing(signer)?.isTestPKI == false)
        #expect(try directory.load().anchors == [real.certificate])
        try name([real.certificate], test: true)
        #expect(try standing(real)?.isTestPKI == true)
    }

    /// A test CSCA that certifies the key of a production CSCA taints nothing.
    @Test func testPKIsTaintNothing() throws {
        let real = try BuiltPKI.csca("Real")
        let link = try BuiltPKI.csca("New", issuer: real)
        let signer = try BuiltPKI.signer(link)
        try name([real.certificate, link.certificate, signer.certificate])
        let test = try BuiltPKI.csca("Test")
        let taint = try BuiltPKI.csca("Real", key: real.key, issuer: test, .init(serial: [0x55]))
        try name([test.certificate, taint.certificate], test: true)
        for holder in [real, link, signer] {
            let standing = try #require(try standing(holder))
            #expect(standing.isAnchored && standing.isVerified && !standing.isTestPKI)
        }
        #expect(try standing(taint)?.isTestPKI == true)
    }

    // MARK: Paths

    /// The CSCA of one state makes no CSCA of another.
    @Test func attack9CSCAMadeByAnotherState() throws {
        let foreign = try BuiltPKI.csca("Q", country: "QA")
        let made = try BuiltPKI.csca("V", country: "VN", issuer: foreign)
        let own = try BuiltPKI.csca("Q2", country: "qa", issuer: foreign)
        try name([foreign.certificate])
        try publish([made.certificate, own.certificate])
        #expect(try standing(made)?.isAnchored == false)
        #expect(try standing(own)?.isAnchored == true, "letter case is no other state")
    }

    /// A certificate that may not sign others carries no trust on, unless it is a root.
    @Test func attack12CertificatesThatMayNotSign() throws {
        let root = try BuiltPKI.csca("Root")
        let bare: BuiltPKI.Options = .init(extensions: [BuiltPKI.Extensions.keyIdentifier([1, 2])])
        let rootName = root.name
        let key = try BuiltPKI.key()
        let middle = BuiltPKI.Holder(
            key: key, name: rootName, identifier: [1, 2],
            certificate: try BuiltPKI.certificate(
                key, name: rootName, identifier: [1, 2], issuer: root, isAuthority: false, bare))
        let made = try BuiltPKI.csca("Made", issuer: middle)
        try name([root.certificate])
        try publish([middle.certificate, made.certificate])
        #expect(try standing(made)?.isAnchored == false)
        // A root without extensions is tolerated: early CSCAs were like that.
        let oldKey = try BuiltPKI.key()
        let oldName = BuiltPKI.name("VN", "Old")
        let old = BuiltPKI.Holder(
            key: oldKey, name: oldName, identifier: [3],
            certificate: try BuiltPKI.certificate(
                oldKey, name: oldName, identifier: [3], issuer: nil, isAuthority: false, .init(extensions: [])))
        let link = try BuiltPKI.csca("Newer", issuer: old)
        try name([old.certificate, link.certificate])
        #expect(try standing(link)?.isAnchored == true)
        // Not where a critical extension is unknown.
        let critical = try BuiltPKI.csca(
            "Critical", .init(extra: [BuiltPKI.Extensions.item("1.3.6.1.4.1.32473.9", [5, 0], true)]))
        let below = try BuiltPKI.csca("Below", issuer: critical)
        try name([critical.certificate, below.certificate])
        #expect(try standing(below)?.isAnchored == false)
    }

    /// Certificates that sign each other are no roots.
    @Test func loops() throws {
        let a = try BuiltPKI.csca("A")
        let b = try BuiltPKI.csca("B", issuer: a)
        let back = try BuiltPKI.csca("A", key: a.key, issuer: b, .init(serial: [0x66]))
        try name([b.certificate, back.certificate])
        #expect(try standing(b)?.signature == .valid(issuerSHA256: back.certificate.fingerprint))
        #expect(try standing(b)?.isAnchored == false && standing(back)?.isAnchored == false)
    }

    // MARK: Good cards

    /// Rubbish with a CSCA's name and key identifier, imported before it, does not crowd it out.
    @Test func rubbishOfTheSameName() throws {
        let real = try BuiltPKI.csca("Real")
        let signer = try BuiltPKI.signer(real)
        let key = try BuiltPKI.key()
        let other = try BuiltPKI.csca("Other")
        let rubbish = try (0..<160).map { number in
            try BuiltPKI.certificate(
                key, name: real.name, identifier: real.identifier, issuer: other, isAuthority: true,
                .init(serial: [0x10, UInt8(number)]))
        }
        try publish(rubbish)
        try name([real.certificate])
        let store = try directory.load()
        #expect(store.possibleIssuers(of: signer.certificate).first?.certificate == real.certificate)
        let finding = try PathCheck(store: store, policy: .field, checking: .standard, date: date).check(
            signer.certificate)
        #expect(finding.result.result == .successful, "\(finding.result)")
    }

    /// Certificates of one name cost a bounded number of verifications.
    @Test func thousandsOfOneName() throws {
        let root = try BuiltPKI.csca("Root")
        let key = try BuiltPKI.key()
        let stranger = try BuiltPKI.csca("Stranger")
        var many: [Certificate] = []
        for number in 0..<600 {
            let identifier = [UInt8(number >> 8), UInt8(number & 255)]
            let options = BuiltPKI.Options(
                serial: [0x10] + identifier,
                extensions: [BuiltPKI.Extensions.keyUsage([5]), BuiltPKI.Extensions.authority], issuerName: root.name)
            many.append(
                try BuiltPKI.certificate(
                    key, name: root.name, identifier: identifier, issuer: stranger, isAuthority: true, options))
        }
        final class Count: Sendable { let value = Mutex(0) }
        let count = Count()
        let checking = SignatureChecking { _, _, _, _ in
            count.value.withLock { $0 += 1 }
            return false
        }
        var builder = TrustStoreBuilder()
        builder.add(certificates: many, revocationLists: [CertificateRevocationList]())
        let standings = try StandingComputation(builder.contents(), checking: checking).run()
        #expect(standings.count == 600 && standings.allSatisfy { !$0.isAnchored })
        let spent = count.value.withLock { $0 }
        #expect(spent < 600 * 6 + 1100, "\(spent) verifications")
    }

    /// A list may carry many certificates beside its content.
    @Test func manyCertificatesBesideTheContent() throws {
        let csca = try BuiltPKI.csca("CSCA")
        let signer = try BuiltPKI.listSigner(csca)
        let others = try (0..<40).map { try BuiltPKI.csca("Other \($0)").certificate }
        let list = try BuiltPKI.masterList(
            [csca.certificate] + others, [signer], .init(certificates: [signer.certificate, csca.certificate] + others))
        let path = try file("wide.ml", list.encoded)
        let refused = try directory.importFiles([path], options: TrustImportOptions(date: date))
        guard case .refused(let refusal) = try #require(refused.items.first).outcome else {
            Issue.record("a list without an anchor was taken")
            return
        }
        #expect(refusal.code == .notAnchored)
        #expect(refusal.advice.contains(csca.certificate.fingerprint.hexadecimal.lowercased()))
        let options = TrustImportOptions(anchors: [.sha256(csca.certificate.fingerprint)], date: date)
        let report = try directory.importFiles([path], options: options)
        #expect(report.items.map(\.outcome) == [.imported(added: 41, known: 0)], "\(report.items)")
    }

    /// A link certificate of the CSCA's own name without key identifiers is taken beside the key that signed it, and a damaged
    /// CSCA certificate of that form is not.
    @Test func linksWithoutIdentifiers() throws {
        let old = try BuiltPKI.csca("Same")
        let bare: BuiltPKI.Options = .init(
            serial: [0x77], extensions: [BuiltPKI.Extensions.keyUsage([5, 6]), BuiltPKI.Extensions.authority])
        let link = try BuiltPKI.csca("Same", issuer: old, bare)
        let alone = try name([link.certificate])
        #expect(!alone.isComplete)
        let report = try name([old.certificate, link.certificate])
        #expect(report.isComplete)
        #expect(try standing(link)?.isAnchored == true)
    }

    // MARK: Files

    /// Inside an LDIF file only what an attribute stands for is taken.
    @Test func foreignObjectsInLDIF() throws {
        let csca = try BuiltPKI.csca("CSCA")
        for attribute in ["pkdMasterListContent", "certificateRevocationList;binary"] {
            let report = try publish([csca.certificate], attribute: attribute)
            #expect(!report.isComplete && report.items.allSatisfy { $0.source == nil }, "\(report.items)")
        }
        #expect(!directory.exists)
    }

    /// A file full of broken entries leaves a hundred notes.
    @Test func brokenEntriesAreCounted() throws {
        let csca = try BuiltPKI.csca("CSCA")
        let signer = try BuiltPKI.signer(csca)
        var text = "version: 1\n\ndn: cn=a\nuserCertificate;binary:: "
        text += Data(signer.certificate.encoded).base64EncodedString() + "\n"
        for _ in 0..<5000 { text += "\ndn: cn=b\nuserCertificate;binary: x\n" }
        let report = try directory.importFiles(
            [file("broken.ldif", Array(text.utf8))], options: TrustImportOptions(date: date))
        let notes = try #require(report.items.first).notes
        #expect(notes.count == TrustSource.maximumNotes + 1 && notes.last?.hasSuffix("more notes") == true)
        #expect(try directory.load().sources.first?.notes.count == TrustSource.maximumNotes + 1)
    }

    /// A store that lost its file is no folder of anchors.
    @Test func aStoreWithoutItsFile() throws {
        let csca = try BuiltPKI.csca("CSCA")
        try name([csca.certificate])
        _ = try file("store/evil.cer", BuiltPKI.csca("Evil").certificate.encoded)
        let place = directory.path + "/" + TrustStoreDirectory.fileName
        try FileManager.default.removeItem(atPath: place)
        #expect(throws: TrustError(.storeChanged)) { try TrustStore(contentsOf: directory.path) }
        #expect(throws: TrustError(.storeChanged)) { try name([csca.certificate]) }
        // A link that leads nowhere is not written over.
        try FileManager.default.removeItem(atPath: directory.path + "/evil.cer")
        try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: "/nowhere/at/all")
        #expect(throws: TrustError(.unreadableFile)) { try name([csca.certificate]) }
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: place) == "/nowhere/at/all")
    }

    /// Importing keeps the rights to read.
    @Test func rightsToReadStay() throws {
        func mode() throws -> Int {
            let place = directory.path + "/" + TrustStoreDirectory.fileName
            let found = try FileManager.default.attributesOfItem(atPath: place)[.posixPermissions] as? Int
            return try #require(found)
        }
        try name([BuiltPKI.csca("A").certificate])
        let place = directory.path + "/" + TrustStoreDirectory.fileName
        for rights in [0o600, 0o640, 0o644] {
            try FileManager.default.setAttributes([.posixPermissions: rights], ofItemAtPath: place)
            try name([BuiltPKI.csca("B \(rights)").certificate])
            #expect(try mode() == rights)
        }
    }

    /// An older list of the same signer is named as such: it can bring back what the newer one left out.
    @Test func wordsForFailedWriting() {
        #expect(TrustStoreDirectory.words(ENOSPC).contains("no room"))
        #expect(TrustStoreDirectory.words(EDQUOT).contains("no room"))
        #expect(TrustStoreDirectory.words(EROFS).contains("read-only"))
        #expect(TrustStoreDirectory.words(EIO) == "errno \(EIO)")
    }

    /// Where a file is in the way the store has no place.
    @Test func noPlaceForADirectory() throws {
        let blocked = TrustStoreDirectory(path: try file("blocked", [1]) + "/store")
        let error = #expect(throws: TrustError.self) { try blocked.importFiles([]) }
        #expect(error?.code == .unwritableFile && error?.reason.contains("errno \(ENOTDIR)") == true)
    }

    @Test func olderLists() throws {
        let csca = try BuiltPKI.csca("CSCA")
        let signer = try BuiltPKI.listSigner(csca)
        let extra = try BuiltPKI.csca("Extra")
        try name([csca.certificate])
        let newer = try BuiltPKI.masterList([csca.certificate], [signer], .init(signingTime: "260201000000Z"))
        let older = try BuiltPKI.masterList(
            [csca.certificate, extra.certificate], [signer], .init(signingTime: "250201000000Z"))
        let options = TrustImportOptions(date: date)
        let first = try directory.importFiles([file("newer.ml", newer.encoded)], options: options)
        #expect(first.items[0].notes.isEmpty, "\(first.items[0].notes)")
        let second = try directory.importFiles([file("older.ml", older.encoded)], options: options)
        #expect(second.items[0].notes.contains { $0.contains("newer list") })
    }
}
