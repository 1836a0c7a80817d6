import EMRTDCrypto
import EMRTDSimulator
import EMRTDTestSupport
import Testing

@testable import EMRTDTrust

/// Who vouches for a signed list, with lists built to order.
@Suite("Signed lists")
struct SignedListTests {
    typealias PKI = BuiltPKI

    /// A day on which everything built is valid.
    static let date = Timestamp(secondsSince1970: 1_770_000_000)  // 2026-02-02

    func check(
        _ list: MasterList, store: [Certificate] = [], anchors: [Certificate] = [], date: Timestamp = Self.date
    ) -> SignedListFinding {
        SignedListCheck(
            store: TrustStore(certificates: store), anchors: Set(anchors.map(\.fingerprint)), date: date
        ).check(list)
    }

    /// The finding as one word and, where refused, the code.
    func outcome(_ finding: SignedListFinding) -> String {
        switch finding {
        case .verified: "verified"
        case .anchorUnknown: "anchorUnknown"
        case .refused(let code, _): "refused \(code)"
        }
    }

    func remarks(_ finding: SignedListFinding) -> Set<CheckCode> {
        guard case .verified(let found) = finding else { return [] }
        return Set(found.remarks.map(\.code))
    }

    @Test func contentAndSigner() throws {
        let csca = try PKI.csca()
        let other = try PKI.csca("Another", country: "UT")
        let signer = try PKI.listSigner(csca)
        let list = try PKI.masterList([csca.certificate, other.certificate], [signer])
        #expect(Set(list.certificates) == [csca.certificate, other.certificate] && list.version == 0)
        #expect(list.signerCertificates == [signer.certificate] && list.unreadable.isEmpty)
        #expect(list.signingTime?.description == "2026-01-01T00:00:00Z")
        guard case .verified(let found) = check(list, store: [csca.certificate]) else {
            Issue.record("not verified")
            return
        }
        #expect(found.signer == signer.certificate && found.anchor == csca.certificate)
        #expect(found.path == [csca.certificate] && found.remarks.isEmpty && found.leniencies.isEmpty)
    }

    @Test func unreadableCertificatesAreListedByPlace() throws {
        let csca = try PKI.csca()
        let content = DEREncoder.sequence(
            DEREncoder.integer(0),
            [0x31, 0x82] + lengthBytes(csca.certificate.encoded.count + 4) + [0x30, 2, 5, 0] + csca.certificate.encoded)
        let bytes = try PKI.message(content, type: "2.23.136.1.1.2", [PKI.listSigner(csca)])
        let list = try MasterList(encoded: bytes)
        #expect(list.certificates == [csca.certificate] && list.unreadable.map(\.index) == [0])
    }

    func lengthBytes(_ count: Int) -> [UInt8] { [UInt8(count >> 8), UInt8(count & 0xFF)] }

    @Test func anchors() throws {
        let csca = try PKI.csca()
        let foreign = try PKI.csca("Another", country: "UT")
        let namesake = try PKI.csca()
        let signer = try PKI.listSigner(csca)
        let inside = try PKI.masterList([csca.certificate, foreign.certificate], [signer])
        // A CSCA inside the list never vouches for it by itself.
        #expect(outcome(check(inside)) == "anchorUnknown")
        #expect(outcome(check(inside, store: [foreign.certificate])) == "anchorUnknown")
        #expect(outcome(check(inside, store: [namesake.certificate])) == "anchorUnknown")
        #expect(outcome(check(inside, anchors: [foreign.certificate])) == "anchorUnknown")
        #expect(outcome(check(inside, store: [signer.certificate])) == "anchorUnknown")
        // Named: in the content, beside it, in the store, and the signer itself.
        #expect(outcome(check(inside, anchors: [csca.certificate])) == "verified")
        #expect(outcome(check(inside, anchors: [signer.certificate])) == "verified")
        var options = PKI.MessageOptions()
        options.certificates = [signer.certificate, csca.certificate]
        let beside = try PKI.masterList([foreign.certificate], [signer], options)
        #expect(outcome(check(beside, anchors: [csca.certificate])) == "verified")
        #expect(outcome(check(beside)) == "anchorUnknown")
        let absent = try PKI.masterList([foreign.certificate], [signer])
        #expect(outcome(check(absent, store: [csca.certificate])) == "verified")
        #expect(outcome(check(absent, anchors: [csca.certificate])) == "anchorUnknown")
        // The one to ask about.
        guard case .anchorUnknown(let who, _, let wanted) = check(inside) else { return }
        #expect(who == signer.certificate && wanted == csca.certificate)
    }

    @Test func linkCertificatesLeadFromAnOldAnchor() throws {
        let old = try PKI.csca("Old")
        let new = try PKI.csca("New")
        var newer = try PKI.csca("Newer", key: PKI.key(.ecdsa(.brainpoolP256r1, .named)))
        let link = try PKI.csca("New", key: new.key, issuer: old)
        let secondLink = try PKI.csca("Newer", key: newer.key, issuer: new)
        newer.identifier = secondLink.identifier
        let signer = try PKI.listSigner(newer)
        let all = [new.certificate, newer.certificate, link.certificate, secondLink.certificate]
        let list = try PKI.masterList(all, [signer])
        guard case .verified(let found) = check(list, store: [old.certificate]) else {
            Issue.record("\(check(list, store: [old.certificate]))")
            return
        }
        #expect(found.anchor == old.certificate)
        #expect(found.path == [secondLink.certificate, link.certificate, old.certificate])
        // Without one of the links there is no way; with a link of another key neither.
        for missing in [link.certificate, secondLink.certificate] {
            let less = try PKI.masterList(all.filter { $0 != missing }, [signer])
            #expect(outcome(check(less, store: [old.certificate])) == "anchorUnknown")
        }
        let impostor = try PKI.csca("Old")
        let falseLink = try PKI.csca("New", key: new.key, issuer: impostor)
        let forged = try PKI.masterList(all.filter { $0 != link.certificate } + [falseLink.certificate], [signer])
        #expect(outcome(check(forged, store: [old.certificate])) == "anchorUnknown")
        // A document signer of the old CSCA is no link.
        let documentSigner = try PKI.signer(old)
        let abused = PKI.Holder(
            key: documentSigner.key, name: documentSigner.name, identifier: documentSigner.identifier,
            certificate: documentSigner.certificate)
        let under = try PKI.listSigner(abused)
        #expect(
            outcome(check(try PKI.masterList([documentSigner.certificate], [under]), store: [old.certificate]))
                == "anchorUnknown")
    }

    @Test func aStateMakesNoCSCAOfAnother() throws {
        let foreign = try PKI.csca("Root", country: "UT")
        let link = try PKI.csca(issuer: foreign)
        let signer = try PKI.listSigner(link)
        let list = try PKI.masterList([link.certificate], [signer])
        #expect(outcome(check(list, store: [foreign.certificate])) == "anchorUnknown")
        // Nor for a CSCA that signs the list itself, or whose other certificate signed it.
        let own = try PKI.masterList([link.certificate], [link])
        #expect(outcome(check(own, store: [foreign.certificate])) == "anchorUnknown")
        let root = try PKI.csca(key: link.key)
        let twin = try PKI.masterList([root.certificate, link.certificate], [root])
        #expect(outcome(check(twin, store: [foreign.certificate])) == "anchorUnknown")
        // The three letters, or none, are no other state.
        for country in ["VNM", "vn"] {
            let alias = try PKI.csca("Root", country: country)
            let link = try PKI.csca(issuer: alias)
            let list = try PKI.masterList([link.certificate], [PKI.listSigner(link)])
            #expect(outcome(check(list, store: [alias.certificate])) == "verified")
        }
        var nameless = foreign
        nameless.name = DEREncoder.sequence(
            DEREncoder.set([DEREncoder.sequence(PKI.oid("2.5.4.3"), DEREncoder.utf8String("Root"))]))
        nameless.certificate = try PKI.certificate(
            nameless.key, name: nameless.name, identifier: nameless.identifier, issuer: nil, isAuthority: true, .init())
        let under = try PKI.csca(issuer: nameless)
        let found = check(
            try PKI.masterList([under.certificate], [PKI.listSigner(under)]), store: [nameless.certificate])
        #expect(outcome(found) == "verified" && remarks(found) == [.listCountryUnknown])
    }

    @Test func revokedSigners() throws {
        let old = try PKI.csca("Old")
        let csca = try PKI.csca(issuer: old, .init(serial: [0x51]))
        let signer = try PKI.listSigner(csca, .init(serial: [0x40, 7]))
        let list = try PKI.masterList([csca.certificate], [signer])
        func judged(
            _ lists: [CertificateRevocationList], anchors: [PKI.Holder] = []
        ) -> String {
            let store = TrustStore(
                certificates: ([csca, old] + anchors).map(\.certificate), revocationLists: lists)
            return outcome(SignedListCheck(store: store, anchors: [], date: Self.date).check(list))
        }
        let revoked = "refused signerRevoked"
        #expect(judged([]) == "verified")
        #expect(judged([try PKI.revocationList(csca)]) == "verified")
        #expect(judged([try PKI.revocationList(csca, [PKI.revoked([0x40, 7], reason: 1)])]) == revoked)
        #expect(judged([try PKI.revocationList(csca, [PKI.revoked([0x40, 8])])]) == "verified")
        // Another number space, a wrong signature, and a key that nothing vouches for.
        #expect(judged([try PKI.revocationList(old, [PKI.revoked([0x40, 7])])]) == "verified")
        #expect(judged([try PKI.revocationList(csca, [PKI.revoked([0x40, 7])], damaged: true)]) == "verified")
        #expect(judged([try PKI.revocationList(PKI.csca(), [PKI.revoked([0x40, 7])])]) == "verified")
        // The link certificate that is the anchor.
        #expect(judged([try PKI.revocationList(old, [PKI.revoked([0x51])])]) == revoked)
        // The link certificate on the path, where the path leads through it.
        let through = TrustStore(
            certificates: [old.certificate],
            revocationLists: [try PKI.revocationList(old, [PKI.revoked([0x51])])])
        #expect(outcome(SignedListCheck(store: through, anchors: [], date: Self.date).check(list)) == revoked)
    }

    @Test func aListThatACSCASigned() throws {
        let csca = try PKI.csca()
        let old = try PKI.csca("Old")
        let list = try PKI.masterList([csca.certificate], [csca])
        #expect(outcome(check(list)) == "anchorUnknown")
        #expect(remarks(check(list, store: [csca.certificate])) == [.listSignedByCSCA])
        #expect(remarks(check(list, anchors: [csca.certificate])) == [.listSignedByCSCA])
        let link = try PKI.csca(key: csca.key, issuer: old)
        let linked = try PKI.masterList([csca.certificate, link.certificate], [csca])
        #expect(outcome(check(linked, store: [old.certificate])) == "verified")
    }

    @Test func profiles() throws {
        let csca = try PKI.csca()
        func judged(_ signer: PKI.Holder) throws -> SignedListFinding {
            check(try PKI.masterList([csca.certificate], [signer]), store: [csca.certificate])
        }
        let refused = "refused signerNotAllowed"
        // A document signer, a signer of deviation lists, a server.
        #expect(outcome(try judged(PKI.signer(csca))) == refused)
        #expect(outcome(try judged(PKI.listSigner(csca, purposes: []))) == refused)
        #expect(outcome(try judged(PKI.listSigner(csca, purposes: [PKI.deviationListSigning]))) == refused)
        #expect(outcome(try judged(PKI.listSigner(csca, purposes: ["1.3.6.1.5.5.7.3.1"]))) == refused)
        #expect(outcome(try judged(PKI.listSigner(csca, usage: [1]))) == refused)
        #expect(remarks(try judged(PKI.listSigner(csca, critical: false))) == [.listUsageNotCritical])
        #expect(remarks(try judged(PKI.listSigner(csca, usage: nil))) == [.listKeyUsageMissing])
        var options = PKI.Options()
        options.extra = [PKI.Extensions.item("1.2.3.4", [5, 0], true)]
        #expect(outcome(try judged(PKI.listSigner(csca, options))) == refused)
        options.extra = [PKI.Extensions.authority]
        #expect(outcome(try judged(PKI.listSigner(csca, usage: [0, 5], options))) == refused)
        #expect(outcome(try judged(PKI.listSigner(csca, country: "UT"))) == "refused countryDiffers")
        #expect(outcome(try judged(PKI.listSigner(csca, country: "vn"))) == "verified")
    }

    @Test func validity() throws {
        let csca = try PKI.csca()
        func judged(_ start: String, _ end: String, signedAt: String?, date: Timestamp = Self.date) throws
            -> SignedListFinding
        {
            var options = PKI.Options()
            (options.start, options.end) = (start, end)
            var message = PKI.MessageOptions()
            message.signingTime = signedAt
            let list = try PKI.masterList([csca.certificate], [PKI.listSigner(csca, options)], message)
            return check(list, store: [csca.certificate], date: date)
        }
        let (start, end) = ("20250101000000Z", "20270101000000Z")
        let later = try #require(Timestamp(date: "2028-01-01"))
        #expect(remarks(try judged(start, end, signedAt: "260101000000Z")).isEmpty)
        #expect(remarks(try judged(start, end, signedAt: "260101000000Z", date: later)) == [.listSignerExpired])
        #expect(outcome(try judged(start, end, signedAt: "241231000000Z")) == "refused signerNotValid")
        #expect(outcome(try judged(start, end, signedAt: "270102000000Z", date: later)) == "refused signerNotValid")
        #expect(remarks(try judged(start, end, signedAt: "261201000000Z")) == [.listSignedInFuture])
        #expect(remarks(try judged(start, end, signedAt: nil)) == [.listSigningTimeUnknown])
        #expect(outcome(try judged(start, end, signedAt: nil, date: later)) == "refused signerNotValid")
        let after = try #require(Timestamp(date: "2036-01-01"))
        #expect(
            remarks(try judged(start, end, signedAt: "260101000000Z", date: after))
                == [.listSignerExpired, .listIssuerExpired])
        var options = PKI.Options()
        options.extra = [PKI.Extensions.privateKeyUsage("20250101000000Z", "20250601000000Z")]
        let list = try PKI.masterList([csca.certificate], [PKI.listSigner(csca, options)])
        #expect(remarks(check(list, store: [csca.certificate])) == [.listPrivateKeyPeriod])
    }

    @Test func signaturesAndAttributes() throws {
        let csca = try PKI.csca()
        let signer = try PKI.listSigner(csca)
        func judged(_ signers: [PKI.Holder], _ change: (inout PKI.MessageOptions) -> Void) throws -> String {
            var options = PKI.MessageOptions()
            change(&options)
            return outcome(
                check(try PKI.masterList([csca.certificate], signers, options), store: [csca.certificate]))
        }
        #expect(try judged([signer]) { $0.usesKeyIdentifier = true } == "verified")
        #expect(try judged([signer]) { $0.damagesSignature = true } == "refused signatureWrong")
        #expect(try judged([signer]) { $0.hasAttributes = false } == "refused signatureWrong")
        #expect(try judged([signer]) { $0.contentTypeAttribute = "1.2.840.113549.1.7.1" } == "refused signatureWrong")
        #expect(try judged([signer]) { $0.certificates = [] } == "refused signatureWrong")
        #expect(try judged([signer]) { $0.certificates = [csca.certificate] } == "refused signatureWrong")
        #expect(try judged([]) { _ in } == "refused notSigned")
        #expect(try judged([signer]) { $0.digest = .sha1 } == "refused tooWeak")
        let twice = PKI.attribute("1.2.840.113549.1.9.4", DEREncoder.octetString([1]))
        #expect(try judged([signer]) { $0.extraAttributes = [twice] } == "refused signatureWrong")
        // Every signer counts, in any order.
        let second = try PKI.listSigner(csca)
        let stranger = try PKI.listSigner(PKI.csca("Another"))
        let wrongPurpose = try PKI.signer(csca)
        #expect(try judged([signer, second]) { _ in } == "verified")
        for pair in [[signer, stranger], [stranger, signer]] {
            #expect(try judged(pair) { _ in } == "anchorUnknown")
        }
        for pair in [[signer, wrongPurpose], [wrongPurpose, signer]] {
            #expect(try judged(pair) { _ in } == "refused signerNotAllowed")
        }
    }

    @Test func weakKeysAndSignatures() throws {
        let csca = try PKI.csca(key: PKI.key(.rsaPKCS1(bits: 2048)))
        let short = try PKI.listSigner(csca, key: PKI.key(.rsaPKCS1(bits: 1024)))
        #expect(outcome(check(try PKI.masterList([], [short]), store: [csca.certificate])) == "refused tooWeak")
        let old = try PKI.csca(key: PKI.key(.rsaPKCS1(bits: 2048), .sha1))
        let under = try PKI.listSigner(old)
        #expect(outcome(check(try PKI.masterList([], [under]), store: [old.certificate])) == "refused tooWeak")
    }

    @Test func otherContentIsRefused() throws {
        let csca = try PKI.csca()
        let signer = try PKI.listSigner(csca)
        let content = PKI.masterListContent([csca.certificate])
        #expect(throws: TrustError(.wrongContent)) {
            try MasterList(encoded: PKI.message(content, type: "2.23.136.1.1.1", [signer]))
        }
        #expect(throws: TrustError(.wrongContent)) {
            try DeviationList(encoded: PKI.message(content, type: "2.23.136.1.1.2", [signer]))
        }
        for wrong: [UInt8] in [
            [], [0x30, 0], [0x30, 3, 2, 1, 0], [0x31, 0], content + [0], [0x30, 5, 2, 1, 0, 0x30, 0],
        ] {
            #expect(throws: TrustError.self) {
                try MasterList(encoded: PKI.message(wrong, type: "2.23.136.1.1.2", [signer]))
            }
        }
        #expect(
            try MasterList(encoded: PKI.message([0x30, 5, 2, 1, 0, 0x31, 0], type: "2.23.136.1.1.2", [signer]))
                .certificates.isEmpty)
        #expect(throws: TrustError(.malformed)) { try MasterList(encoded: csca.certificate.encoded) }
    }

    /// Half a million elements of two bytes, and lists that are too large.
    @Test func manySmallElementsAndTooManyBytes() {
        let body = Array(repeatElement([5, 0] as [UInt8], count: 500_000).joined())
        let bytes =
            [0x30, 0x83, UInt8(body.count >> 16), UInt8(body.count >> 8 & 0xFF), UInt8(body.count & 0xFF)] + body
        #expect(throws: TrustError(.malformed)) { try MasterList(encoded: bytes) }
        #expect(throws: TrustError(.malformed)) { try DeviationList(encoded: bytes) }
        let large = [UInt8](repeating: 0, count: MasterList.maximumSize + 1)
        #expect(throws: TrustError(.limitExceeded)) { try MasterList(encoded: large) }
        #expect(throws: TrustError(.limitExceeded)) { try DeviationList(encoded: large) }
    }

    @Test func truncatedAndFlipped() throws {
        let csca = try PKI.csca()
        let signer = try PKI.listSigner(csca)
        let good = try PKI.masterList([csca.certificate], [signer])
        let checking = SignedListCheck(
            store: TrustStore(certificates: [csca.certificate]), anchors: [], date: Self.date)
        for length in good.encoded.indices {
            #expect(throws: TrustError.self) { try MasterList(encoded: good.encoded.prefix(length)) }
        }
        var accepted = 0
        for position in good.encoded.indices {
            var bytes = good.encoded
            bytes[position] ^= 1 << UInt8(position % 8)
            guard let list = try? MasterList(encoded: bytes), case .verified = checking.check(list) else { continue }
            accepted += 1
            // Unsigned fields may change without harm; what is taken from the list may not.
            #expect(list.certificates == good.certificates && list.signingTime == good.signingTime, "\(position)")
        }
        #expect(accepted < 100)
    }
}

/// What stands beside the signed content: nothing of it is trusted, and damage to it is damage to the list.
@Suite("Unsigned parts of signed lists")
struct UnsignedPartsTests {
    private let date = Timestamp(secondsSince1970: 1_772_323_200)

    private func finding(_ encoded: [UInt8], _ store: TrustStore) throws -> SignedListFinding {
        SignedListCheck(store: store, anchors: [], date: date).check(try MasterList(encoded: encoded))
    }

    private func isVerified(_ finding: SignedListFinding) -> Bool {
        if case .verified = finding { true } else { false }
    }

    /// No bit of a certificate beside the content can change unseen, whether or not the store has the certificate.
    @Test(arguments: [false, true]) func damagedCertificates(_ storeKnowsIt: Bool) throws {
        let csca = try BuiltPKI.csca("CSCA")
        let signer = try BuiltPKI.listSigner(csca)
        let other = try BuiltPKI.csca("Other", country: "UT")
        let list = try BuiltPKI.masterList(
            [csca.certificate], [signer],
            .init(certificates: [signer.certificate, csca.certificate, other.certificate]))
        let known = [csca.certificate] + (storeKnowsIt ? [other.certificate] : [])
        let store = TrustStore(certificates: known)
        #expect(isVerified(try finding(list.encoded, store)))
        let place = try #require(list.encoded.firstRange(of: other.certificate.encoded))
        var accepted: [Int] = []
        for position in place {
            for bit in 0..<8 {
                var changed = list.encoded
                changed[position] ^= 1 << bit
                guard let finding = try? finding(changed, store) else { continue }
                if isVerified(finding) { accepted.append(position - place.lowerBound) }
            }
        }
        // Of a certificate that nobody else has, another name or another issuer's key identifier cannot be told from a real one.
        if storeKnowsIt { #expect(accepted.isEmpty, "\(accepted)") }
        print("accepted with a changed certificate: \(accepted.count)")
    }

    /// Certificates of issuers that nobody knows are no damage.
    @Test func strangers() throws {
        let csca = try BuiltPKI.csca("CSCA")
        let signer = try BuiltPKI.listSigner(csca)
        let stranger = try BuiltPKI.signer(BuiltPKI.csca("Stranger"))
        let list = try BuiltPKI.masterList(
            [csca.certificate], [signer], .init(certificates: [signer.certificate, stranger.certificate]))
        #expect(isVerified(try finding(list.encoded, TrustStore(certificates: [csca.certificate]))))
    }
}
