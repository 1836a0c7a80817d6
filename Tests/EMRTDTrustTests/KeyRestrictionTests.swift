import EMRTDCrypto
import EMRTDSimulator
@testable import EMRTDTrust
import Testing

/// One RSA key in several certificates, of which one restricts it to RSASSA-PSS (RFC 4055, 1.2 and 3.1): each certificate decides
/// over the signatures that count as its own.
@Suite("Restricted keys")
struct KeyRestrictionTests {
    typealias PKI = BuiltPKI

    static let pss = SignatureScheme.rsaPSS(.sha256, mgf: .sha256, saltLength: 32)
    static let pkcs1 = SignatureScheme.rsaPKCS1(.sha256)
    private static let key = Result { try PrivateKey.generateRSA(bits: 2048) }

    /// The key, signing in one way.
    private func key(_ scheme: SignatureScheme) throws -> SigningKey {
        SigningKey(try Self.key.get(), scheme: scheme, parameters: .named)
    }

    /// SubjectPublicKeyInfo under id-RSASSA-PSS with parameters.
    private func restricted(_ scheme: SignatureScheme = pss) throws -> [UInt8] {
        DEREncoder.sequence(
            try AlgorithmEncoding.identifier(of: scheme),
            DEREncoder.bitString(AlgorithmEncoding.keyBits(try Self.key.get().publicKey)))
    }

    /// The free certificate signs itself with PKCS #1, the restricted one with PSS.
    private func free(issuer: PKI.Holder? = nil) throws -> PKI.Holder {
        try PKI.csca(key: key(Self.pkcs1), issuer: issuer, .init(serial: [1]))
    }

    private func pssOnly(_ scheme: SignatureScheme = pss) throws -> PKI.Holder {
        try PKI.csca(key: key(scheme), .init(serial: [2], subjectKey: restricted(scheme)))
    }

    private func report(_ signature: SignatureScheme, _ store: [PKI.Holder]) throws -> PassiveAuthenticationReport {
        let issuer = try #require(store.first)
        let signing = PKI.Holder(
            key: try key(signature), name: issuer.name, identifier: issuer.identifier, certificate: issuer.certificate)
        return PKI.report(
            try PKI.sod(PKI.groups, PKI.signer(signing)), TrustStore(certificates: store.map(\.certificate)))
    }

    @Test func aRestrictedKeySignsInNoOtherWay() throws {
        let root = try pssOnly()
        #expect(isGreen(try report(Self.pss, [root])))
        #expect(isGreen(try report(.rsaPSS(.sha256, mgf: .sha256, saltLength: 40), [root])))
        for other: SignatureScheme in [
            Self.pkcs1, .rsaPSS(.sha256, mgf: .sha256, saltLength: 31), .rsaPSS(.sha256, mgf: .sha512, saltLength: 32),
            .rsaPSS(.sha512, mgf: .sha256, saltLength: 32),
        ] {
            let found = try report(other, [root])
            #expect(found[.dsChain]?.code == .dsSignatureWrong && !isGreen(found), "\(other)")
        }
    }

    /// Whichever comes first: the certificate that allows the signature is the CSCA.
    @Test func eachCertificateOfTheKeyIsAsked() throws {
        let (free, pssOnly) = (try free(), try pssOnly())
        for store in [[free, pssOnly], [pssOnly, free]] {
            let pkcs1 = try report(Self.pkcs1, store)
            #expect(isGreen(pkcs1) && pkcs1.csca == free.certificate)
            let pss = try report(Self.pss, store)
            #expect(isGreen(pss) && pss[.dsChain]?.result == .successful)
        }
    }

    /// The free certificate leads nowhere; that it fits must not hide the restricted one, which is a root.
    @Test func theRestrictedRootIsFoundBehindAnotherCertificateOfTheKey() throws {
        let unknown = try PKI.csca("Elsewhere")
        let (free, pssOnly) = (try free(issuer: unknown), try pssOnly())
        for store in [[free, pssOnly], [pssOnly, free]] {
            let pss = try report(Self.pss, store)
            #expect(isGreen(pss) && pss.csca == pssOnly.certificate, "\(pss.checks)")
            let pkcs1 = try report(Self.pkcs1, store)
            #expect(pkcs1[.dsChain]?.code == .dsLinkCertificateAlone && !isGreen(pkcs1), "\(pkcs1.checks)")
        }
    }

    /// A link certificate that the free certificate's key signed is not the restricted root's, unless it is signed as that allows.
    @Test(arguments: [(pkcs1, false), (pss, true)])
    func anchorsAreNotHandedOn(_ scheme: SignatureScheme, _ isAnchored: Bool) throws {
        let unknown = try PKI.csca("Elsewhere")
        let (free, pssOnly) = (try free(issuer: unknown), try pssOnly())
        let signing = PKI.Holder(
            key: try key(scheme), name: free.name, identifier: free.identifier, certificate: free.certificate)
        let link = try PKI.csca("New CSCA", issuer: signing)
        for order in [[free, pssOnly, link], [pssOnly, free, link]] {
            let store = TrustStore(certificates: order.map(\.certificate))
            #expect(store.standing(of: link.certificate)?.isAnchored == isAnchored)
            #expect(isGreen(PKI.report(try PKI.sod(PKI.groups, PKI.signer(link)), store)) == isAnchored)
            let above = store.links(above: link.certificate).map(\.certificate)
            #expect(above == [isAnchored ? pssOnly.certificate : free.certificate])
        }
    }

    /// Of the certificates of one key that may have signed a revocation list each is asked.
    @Test func revocationLists() throws {
        let (free, pssOnly) = (try free(), try pssOnly())
        for order in [[free, pssOnly], [pssOnly, free]] {
            let list = try PKI.revocationList(free, [PKI.revoked([0x40, 1, 2, 3])])
            let store = TrustStore(certificates: order.map(\.certificate), revocationLists: [list])
            let stored = try #require(store.revocationLists(issuedBy: pssOnly.certificate).first)
            #expect(stored.standing.signature == .valid(issuerSHA256: free.certificate.fingerprint))
            #expect(stored.issuer == free.certificate)
            // What is revoked is revoked, under whichever certificate of the key the signer was issued.
            for scheme in [Self.pkcs1, Self.pss] {
                let signing = PKI.Holder(
                    key: try key(scheme), name: free.name, identifier: free.identifier, certificate: free.certificate)
                let report = PKI.report(try PKI.sod(PKI.groups, PKI.signer(signing)), store)
                #expect(report[.dsRevocation]?.code == .dsRevoked, "\(report.checks)")
            }
        }
        let alone = TrustStore(
            certificates: [pssOnly.certificate], revocationLists: [try PKI.revocationList(free)])
        let stored = try #require(alone.revocationLists(issuedBy: pssOnly.certificate).first)
        #expect(stored.standing.signature == .invalid)
    }

    /// The key of the signer's own certificate decides over the signature of the EF.SOD.
    @Test func documentSigners() throws {
        let csca = try PKI.csca()
        let store = TrustStore(certificates: [csca.certificate])
        for (scheme, isRight) in [(Self.pss, true), (Self.pkcs1, false)] {
            let signer = try PKI.signer(csca, key: key(scheme), .init(subjectKey: restricted()))
            let report = PKI.report(try PKI.sod(PKI.groups, signer), store)
            #expect(isGreen(report) == isRight)
            #expect(report[.sodSignature]?.code == (isRight ? .ok : .sodSignatureWrong))
            // Nor does another certificate of the key help that nobody of the store signed.
            let free = try PKI.signer(PKI.csca("Elsewhere"), key: key(scheme))
            let both = PKI.report(
                try PKI.sod(PKI.groups, signer, .init(certificates: [signer.certificate, free.certificate])), store)
            #expect(isGreen(both) == isRight, "\(both.checks)")
        }
    }
}

@Suite("Signature algorithms of certificates")
struct SignatureAlgorithmTests {
    typealias PKI = BuiltPKI

    /// What a signature without the NULL of DigestInfo is, is asked where every other signature is asked.
    @Test func theFormWithoutNullIsAskedThroughTheSameFunction() throws {
        let regular = try PKI.key(.rsaPKCS1(bits: 1024))
        let message: [UInt8] = [1, 2, 3]
        let signature = try regular.signing(regular.scheme, form: .digestInfoWithoutNull).sign(message)[...]
        let key = regular.privateKey.publicKey
        #expect(
            try SignatureChecking.standard.check(key, signature, message[...], .rsaPKCS1(.sha256)) == [
                .pkcs1WithoutNull
            ])
        let refusing = SignatureChecking { _, _, _, _ in false }
        #expect(try refusing.check(key, signature, message[...], .rsaPKCS1(.sha256)) == nil)
        struct Surprise: Error {}
        let broken = SignatureChecking { key, signature, message, scheme in
            if case .rsaPKCS1WithoutNull = scheme { throw Surprise() }
            return try SignatureChecking.standard.verify(key, signature, message, scheme)
        }
        #expect(throws: Surprise.self) { try broken.check(key, signature, message[...], .rsaPKCS1(.sha256)) }
    }

    /// RFC 5280, 4.1.1.2: the algorithm inside the signed part must be the one outside.
    @Test func twoAlgorithms() throws {
        let other = try AlgorithmEncoding.identifier(of: SignatureScheme.ecdsa(.sha384))
        let csca = try PKI.csca()
        let store = TrustStore(certificates: [csca.certificate])
        let signer = try PKI.signer(csca, .init(innerAlgorithm: other))
        #expect(signer.certificate.oddities.contains(.signatureAlgorithmsDiffer))
        #expect(try SignatureChecking.standard.check(signer.certificate, signedBy: csca.certificate) == nil)
        let report = PKI.report(try PKI.sod(PKI.groups, signer), store)
        #expect(report[.sodSignature]?.code == .ok)
        #expect(report[.dsChain]?.result == .failed && report[.dsChain]?.code == .dsSignatureWrong)
        #expect(!isGreen(report))

        // A root like that is damaged, and so is a link certificate.
        let root = try PKI.csca("Root", .init(innerAlgorithm: other))
        let roots = TrustStore(certificates: [root.certificate])
        #expect(roots.standing(of: root.certificate)?.signature == .invalid)
        #expect(!isGreen(PKI.report(try PKI.sod(PKI.groups, PKI.signer(root)), roots)))
        let link = try PKI.csca("New CSCA", issuer: csca, .init(innerAlgorithm: other))
        let links = TrustStore(certificates: [csca.certificate, link.certificate])
        #expect(links.standing(of: link.certificate)?.isAnchored == false)
        #expect(!isGreen(PKI.report(try PKI.sod(PKI.groups, PKI.signer(link)), links)))
    }

    /// Parameters are part of the algorithm: absent and NULL are not the same bytes.
    @Test func twoFormsOfParameters() throws {
        let csca = try PKI.csca(key: PKI.key(.rsaPKCS1(bits: 2048)))
        let bare = DEREncoder.sequence(PKI.oid("1.2.840.113549.1.1.11"))
        let signer = try PKI.signer(csca, .init(innerAlgorithm: bare))
        #expect(signer.certificate.oddities.contains(.signatureAlgorithmsDiffer))
        let report = PKI.report(
            try PKI.sod(PKI.groups, signer), TrustStore(certificates: [csca.certificate]))
        #expect(report[.dsChain]?.code == .dsSignatureWrong && !isGreen(report))
    }
}
