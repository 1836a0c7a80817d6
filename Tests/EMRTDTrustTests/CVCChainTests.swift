import EMRTDCrypto
import EMRTDTestSupport
import LDS
import Testing

@testable import EMRTDTrust

/// Chains that were made here, and what must not pass as one.
@Suite("CV certificates: chains") struct CVCChainTests {
    typealias Authority = CVCTestAuthority

    static func verify(
        _ certificates: [CVCertificate], from trust: [CVCertificate], on date: String = "2020-07-15",
        clock: CVTrustPoints.Clock = .approximated
    ) throws -> Result<(terminal: CVVerifiedKey, trustPoints: CVTrustPoints), CVRefusal> {
        let points = try CVTrustPoints(trust, date: day(date), clock: clock)
        return try #require(CVCertificateChain(certificates)).verify(from: points)
    }

    static func refusal(
        _ certificates: [CVCertificate], from trust: [CVCertificate], on date: String = "2020-07-15",
        clock: CVTrustPoints.Clock = .approximated
    ) throws -> CVRefusal.Code? {
        switch try verify(certificates, from: trust, on: date, clock: clock) {
        case .success: nil
        case .failure(let refusal): refusal.code
        }
    }

    @Test(arguments: TerminalSignatureAlgorithm.allCases)
    func everyAlgorithm(algorithm: TerminalSignatureAlgorithm) throws {
        let root = try Authority("XXCVCA00001", algorithm)
        let verifier = try root.verifier(readsDG4: false)
        let terminal = try verifier.terminal()
        let result = try Self.verify(
            [verifier.certificate, terminal.certificate], from: [root.certificate], on: "2020-07-15")
        let key = try result.get().terminal
        #expect(key.publicKey == terminal.key.publicKey && key.authorization.readsDG3 && !key.authorization.readsDG4)
        // Key and algorithm of another kind.
        let other: TerminalSignatureAlgorithm = algorithm.isRSA ? .ecdsaSHA256 : .rsaPSSSHA256
        #expect(throws: TrustError(.unusableKey)) { try CVPublicKey(root.key.publicKey, other) }
        var builder = CVCertificateBuilder(
            holder: root.certificate.holderReference, key: root.key.publicKey, algorithm: algorithm,
            authorization: root.certificate.authorization, effectiveDate: try day("2020-01-01"),
            expirationDate: try day("2020-02-01"))
        let issuer = CVCertificateBuilder.Issuer(root.certificate.holderReference, root.key, other)
        #expect(throws: CryptoError(.invalidKey)) { try builder.signed(by: issuer) }
        builder.effectiveDate = try day("1999-12-31")
        #expect(throws: TrustError(.malformed)) { try builder.selfSigned(with: root.key) }
    }

    /// A key that is too short for its algorithm has no valid signature, and is no failure of the library.
    @Test func signaturesThatCannotBe() throws {
        let key = try PrivateKey.generateRSA(bits: 1024)
        #expect(
            try !key.publicKey.isValid(
                signature: [UInt8](repeating: 1, count: 128), for: [1],
                scheme: TerminalSignatureAlgorithm.rsaPSSSHA512.scheme))
    }

    @Test(arguments: [StandardCurve.secp224r1, .secp256r1, .brainpoolP320r1, .secp384r1, .brainpoolP512r1, .secp521r1])
    func everyCurveIsInherited(curve: StandardCurve) throws {
        let root = try Authority("XXCVCA00001", .ecdsaSHA512, curve: curve)
        let verifier = try root.verifier()
        let terminal = try verifier.terminal()
        #expect(!verifier.certificate.publicKey.hasDomainParameters)
        let key = try Self.verify([verifier.certificate, terminal.certificate], from: [root.certificate]).get().terminal
        #expect(key.publicKey == terminal.key.publicKey)
    }

    /// A link may bring another kind of key, and other domain parameters.
    @Test func linksChangeTheKey() throws {
        let first = try Authority("XXCVCA00001", .rsaPSSSHA256)
        let second = try first.link("XXCVCA00002", from: "2021-01-01", algorithm: .ecdsaSHA256, curve: .secp256r1)
        let third = try second.link(
            "XXCVCA00003", from: "2022-01-01", to: "2026-01-01", algorithm: .ecdsaSHA384, curve: .brainpoolP384r1)
        let verifier = try third.verifier(from: "2022-02-01", to: "2023-01-01")
        let terminal = try verifier.terminal(from: "2022-03-01", to: "2022-06-01")
        let (key, points) = try Self.verify(
            [second, third, verifier, terminal].map(\.certificate), from: [first.certificate], on: "2020-02-01"
        ).get()
        #expect(key.publicKey == terminal.key.publicKey)
        #expect(points.references.map(\.description) == ["XXCVCA00003", "XXCVCA00002"])
        #expect(try points.currentDate == day("2022-03-01"))
        // Afterwards the chip needs the last part alone.
        let chain = try #require(CVCertificateChain([verifier.certificate, terminal.certificate]))
        #expect(throws: Never.self) { try chain.verify(from: points).get() }
    }

    @Test func aLinkWithoutParametersInheritsThem() throws {
        let first = try Authority()
        let second = try first.link { $0.includesDomainParameters = false }
        let verifier = try second.verifier(from: "2022-07-01", to: "2023-01-01")
        let terminal = try verifier.terminal(from: "2022-07-01", to: "2022-09-01")
        let path = [second, verifier, terminal].map(\.certificate)
        #expect(try Self.refusal(path, from: [first.certificate]) == nil)
        // But not from RSA, nor a point of another curve.
        let rsa = try Authority("XXCVCA00001", .rsaPSSSHA256)
        let orphan = try rsa.link(algorithm: .ecdsaSHA256) { $0.includesDomainParameters = false }
        var points = try CVTrustPoints([rsa.certificate], date: day("2020-01-01"))
        let before = points
        let issuer = try #require(points.keys.first)
        guard
            case .failure(CVRefusal(.unusableKey, "", certificate: nil)) = try points.verify(
                orphan.certificate, issuer: issuer)
        else { throw MissingField(key: "refusal") }
        #expect(points == before)
        let moved = try first.link(curve: .secp384r1) { $0.includesDomainParameters = false }
        #expect(
            try Self.refusal([moved, verifier, terminal].map(\.certificate), from: [first.certificate]) == .unusableKey)
    }

    // MARK: signatures and names

    @Test func everyCertificateOfTheChainIsChecked() throws {
        let root = try Authority()
        let verifier = try root.verifier()
        let terminal = try verifier.terminal()
        let foreign = try Authority()  // the same names with other keys
        let foreignVerifier = try foreign.verifier()
        #expect(
            try Self.refusal([foreignVerifier, terminal].map(\.certificate), from: [root.certificate])
                == .invalidSignature)
        #expect(
            try Self.refusal([verifier, try foreignVerifier.terminal()].map(\.certificate), from: [root.certificate])
                == .invalidSignature)
        #expect(
            try Self.refusal([verifier, terminal].map(\.certificate), from: [Authority("XXCVCA00009").certificate])
                == .unknownAuthority)
        // A self-signed certificate that looks like a trust point.
        #expect(
            try Self.refusal([verifier, terminal].map(\.certificate), from: [foreign.certificate]) == .invalidSignature)
    }

    @Test func everyByteOfABodyIsSigned() throws {
        let root = try Authority()
        let verifier = try root.verifier()
        let bytes = verifier.certificate.encoded
        var points = try CVTrustPoints([root.certificate], date: day("2020-01-01"))
        let issuer = try #require(points.keys.first)
        var parsed = 0
        for index in bytes.indices {
            var spoilt = bytes
            spoilt[index] ^= 1
            guard let certificate = try? CVCertificate(parsing: spoilt) else { continue }
            parsed += 1
            guard case .failure = try points.verify(certificate, issuer: issuer) else {
                Issue.record("byte \(index)")
                continue
            }
        }
        #expect(parsed > 100)
        #expect(try points == CVTrustPoints([root.certificate], date: day("2020-01-01")))
    }

    @Test func pathsThatAreNone() throws {
        let root = try Authority()
        let verifier = try root.verifier()
        let terminal = try verifier.terminal()
        #expect(CVCertificateChain([]) == nil)
        #expect(CVCertificateChain([verifier.certificate]) == nil, "ends at a document verifier")
        #expect(CVCertificateChain([terminal.certificate, verifier.certificate]) == nil)
        #expect(CVCertificateChain([root.certificate, terminal.certificate]) == nil, "names do not fit")
        let links = [CVCertificate](repeating: root.certificate, count: 12)
        #expect(CVCertificateChain(links + [verifier.certificate, terminal.certificate]) == nil, "too long")
    }

    // MARK: roles, types, rights

    @Test func roleOrder() throws {
        let root = try Authority()
        let verifier = try root.verifier()
        let terminal = try verifier.terminal()
        // CVCA -> terminal; DV -> DV -> terminal; terminal -> terminal; DV -> CVCA.
        let direct = try root.terminal()
        #expect(try Self.refusal([direct.certificate], from: [root.certificate]) == .wrongRole)
        let second = try verifier.verifier("XXDV00002")
        #expect(
            try Self.refusal([verifier, second, try second.terminal()].map(\.certificate), from: [root.certificate])
                == .wrongRole)
        let below = try terminal.terminal("XXIS00002")
        #expect(
            try Self.refusal([verifier, terminal, below].map(\.certificate), from: [root.certificate]) == .wrongRole)
        let usurper = try verifier.link("XXCVCA00002", from: "2020-07-01")
        var points = try CVTrustPoints([root.certificate], date: day("2020-07-01"))
        let rootKey = try #require(points.keys.first)
        let verifierKey = try points.verify(verifier.certificate, issuer: rootKey).get()
        #expect(throws: CVRefusal(.wrongRole, "", certificate: nil)) {
            try points.verify(usurper.certificate, issuer: verifierKey).get()
        }
        #expect(points.references.count == 1)
    }

    @Test func terminalTypes() throws {
        let root = try Authority()
        let signature = try #require(CertificateHolderAuthorization(.signatureTerminal, bits: [0x83]))
        let verifier = try root.issue("XXDV00001", signature)
        let terminal = try verifier.issue(
            "XXST00001", #require(CertificateHolderAuthorization(.signatureTerminal, bits: [3])))
        #expect(
            try Self.refusal([verifier, terminal].map(\.certificate), from: [root.certificate]) == .wrongTerminalType)
        let own = try root.verifier()
        let odd = try own.issue("XXST00001", #require(CertificateHolderAuthorization(.signatureTerminal, bits: [3])))
        #expect(try Self.refusal([own, odd].map(\.certificate), from: [root.certificate]) == .wrongTerminalType)
    }

    @Test(arguments: [(true, true), (true, false), (false, true), (false, false)])
    func rightsAreTheAnd(root: (Bool, Bool)) throws {
        for verifierRights in [(true, true), (false, true)] {
            let authority = try Authority(
                rights: .inspectionSystem(.certificationAuthority, readsDG3: root.0, readsDG4: root.1))
            let verifier = try authority.verifier(
                "XXDV00001", .foreignDocumentVerifier, readsDG3: verifierRights.0, readsDG4: verifierRights.1)
            let terminal = try verifier.terminal(readsDG4: false)
            let key = try Self.verify([verifier.certificate, terminal.certificate], from: [authority.certificate])
                .get().terminal
            #expect(key.authorization.readsDG3 == (root.0 && verifierRights.0))
            #expect(!key.authorization.readsDG4 && key.authorization.role == .terminal)
        }
    }

    // MARK: dates

    @Test func expiry() throws {
        let root = try Authority()  // to 2022-12-31
        let verifier = try root.verifier()  // to 2021-06-01
        let terminal = try verifier.terminal()  // to 2020-09-30
        let path = [verifier.certificate, terminal.certificate]
        #expect(try Self.refusal(path, from: [root.certificate], on: "2020-09-30") == nil, "the last day counts")
        #expect(try Self.refusal(path, from: [root.certificate], on: "2020-10-01") == .expired)
        #expect(try Self.refusal(path, from: [root.certificate], on: "2021-06-02") == .expired)
        #expect(try Self.refusal(path, from: [root.certificate], on: "2020-01-01") == nil, "a chip knows no future")
        #expect(try Self.refusal(path, from: [root.certificate], on: "2020-01-01", clock: .exact) == .notYetEffective)
        #expect(try Self.refusal(path, from: [root.certificate], on: "2020-07-15", clock: .exact) == nil)
    }

    /// An expired trust point may sign links, and nothing else.
    @Test func expiredTrustPoints() throws {
        let root = try Authority()
        let late = try root.verifier("XXDV00009", from: "2022-12-01", to: "2025-01-01")
        let lateTerminal = try late.terminal(from: "2022-12-01", to: "2025-01-01")
        #expect(
            try Self.refusal([late, lateTerminal].map(\.certificate), from: [root.certificate], on: "2023-01-01")
                == .expiredTrustPoint)
        let next = try root.link(from: "2022-06-01", to: "2025-06-01")
        let verifier = try next.verifier(from: "2023-01-01", to: "2024-01-01")
        let terminal = try verifier.terminal(from: "2023-01-01", to: "2024-01-01")
        let path = [next, verifier, terminal].map(\.certificate)
        #expect(try Self.refusal(path, from: [root.certificate], on: "2023-01-01") == nil)
        // An expired link is accepted too (Doc 9303-11, 7.1.4.3.3), but leads nowhere.
        #expect(try Self.refusal(path, from: [root.certificate], on: "2025-07-01") == .expired)
        let long = try next.verifier("XXDV00003", from: "2023-01-01", to: "2030-01-01")
        let longTerminal = try long.terminal(from: "2023-01-01", to: "2030-01-01")
        #expect(
            try Self.refusal([next, long, longTerminal].map(\.certificate), from: [root.certificate], on: "2025-07-01")
                == .expiredTrustPoint)
    }

    @Test func theDateAdvances() throws {
        for (role, moves) in [
            (CertificateHolderAuthorization.Role.domesticDocumentVerifier, true), (.foreignDocumentVerifier, false),
        ] {
            let root = try Authority()
            let verifier = try root.verifier("XXDV00001", role, from: "2020-06-01")
            let terminal = try verifier.terminal(from: "2020-07-01")
            let (_, points) = try Self.verify(
                [verifier.certificate, terminal.certificate], from: [root.certificate], on: "2020-02-01"
            ).get()
            #expect(try points.currentDate == day(moves ? "2020-07-01" : "2020-06-01"))
            // It never goes back, and a real clock stands.
            let (_, later) = try Self.verify(
                [verifier.certificate, terminal.certificate], from: [root.certificate], on: "2020-08-01"
            ).get()
            #expect(try later.currentDate == day("2020-08-01"))
        }
    }

    // MARK: trust points

    @Test func twoTrustPointsAtMost() throws {
        let first = try Authority()
        let second = try first.link("XXCVCA00002", from: "2021-01-01")
        let third = try second.link("XXCVCA00003", from: "2022-01-01")
        var points = try CVTrustPoints([first.certificate], date: day("2020-01-01"))
        for certificate in [second, third].map(\.certificate) {
            let issuer = try #require(points.key(certificate.authorityReference))
            _ = try points.verify(certificate, issuer: issuer).get()
        }
        #expect(points.references.map(\.description) == ["XXCVCA00003", "XXCVCA00002"])
        // The link again, and the CVCA's own certificate with the same key: nothing new.
        let issuer = try #require(points.key(third.certificate.authorityReference))
        _ = try points.verify(third.certificate, issuer: issuer).get()
        #expect(points.references.count == 2)
        // A link to an older day than both does not push one out.
        let old = try second.link("XXCVCA00000", from: "2019-01-01")
        _ = try points.verify(old.certificate, issuer: issuer).get()
        #expect(points.references.map(\.description) == ["XXCVCA00003", "XXCVCA00002"])
    }

    @Test func namesOfTrustPointsAreNotOverwritten() throws {
        let root = try Authority()
        let impostor = try root.link("XXCVCA00001x", from: "2020-02-01")
        var points = try CVTrustPoints([root.certificate, impostor.certificate], date: day("2020-01-01"))
        let issuer = try #require(points.key(root.certificate.holderReference))
        let same = try root.link("XXCVCA00001x", from: "2020-03-01")
        #expect(throws: CVRefusal(.referenceInUse, "", certificate: nil)) {
            try points.verify(same.certificate, issuer: issuer).get()
        }
        let verifier = try root.verifier("XXCVCA00001x")
        #expect(throws: CVRefusal(.referenceInUse, "", certificate: nil)) {
            try points.verify(verifier.certificate, issuer: issuer).get()
        }
    }

    @Test func trustPointsThatAreNone() throws {
        let root = try Authority()
        let verifier = try root.verifier()
        let date = try day("2020-01-01")
        let bad: [[CVCertificate]] = [
            [], [verifier.certificate], [root.certificate, root.certificate],
            [root.certificate, try Authority("XXCVCA00002").certificate, try Authority("XXCVCA00003").certificate],
            [
                root.certificate,
                try Authority("XXCVCA00002", rights: #require(.init(.signatureTerminal, bits: [0xC3]))).certificate,
            ],
        ]
        for certificates in bad {
            #expect(throws: TrustError(.unusableKey)) { try CVTrustPoints(certificates, date: date) }
        }
        var spoilt = root.certificate.encoded
        spoilt[spoilt.count - 1] ^= 1
        let forged = try CVCertificate(parsing: spoilt)
        #expect(throws: TrustError(.unusableKey)) { try CVTrustPoints([forged], date: date) }
    }

    // MARK: path building

    @Test func paths() throws {
        let first = try Authority()
        let second = try first.link("XXCVCA00002", from: "2021-01-01")
        let third = try second.link("XXCVCA00003", from: "2022-01-01")
        let verifier = try third.verifier(from: "2022-02-01", to: "2023-01-01")
        let terminal = try verifier.terminal(from: "2022-03-01", to: "2022-06-01")
        let noise = try Authority("XXCVCA00007").verifier("XXDV00007")
        let pool = [noise, terminal, first, verifier, third, second].map(\.certificate)
        func path(_ names: String...) throws -> [String]? {
            try CVCertificateChain.path(
                to: terminal.certificate, from: names.map { try #require(CVReference($0)) }, in: pool)?
                .certificates.map(\.holderReference.description)
        }
        #expect(try path("XXCVCA00003") == ["XXDV00001", "XXIS00001"])
        #expect(try path("XXCVCA00002") == ["XXCVCA00003", "XXDV00001", "XXIS00001"])
        #expect(try path("XXCVCA00001") == ["XXCVCA00002", "XXCVCA00003", "XXDV00001", "XXIS00001"])
        #expect(try path("XXCVCA00001", "XXCVCA00002") == ["XXCVCA00003", "XXDV00001", "XXIS00001"], "the shortest")
        #expect(try path("XXCVCA00007") == nil && path("XXCVCA00004") == nil && path() == nil)
        #expect(
            CVCertificateChain.path(to: terminal.certificate, from: [first.certificate.holderReference], in: []) == nil)
    }

    /// Circles of names end.
    @Test func circles() throws {
        let first = try Authority("XXCVCA00001")
        let second = try first.link("XXCVCA00002")
        let back = try second.link("XXCVCA00001")
        let verifier = try first.verifier()
        let terminal = try verifier.terminal()
        let pool = [first, second, back, verifier].map(\.certificate)
        let reference = try #require(CVReference("XXCVCA00009"))
        #expect(CVCertificateChain.path(to: terminal.certificate, from: [reference], in: pool) == nil)
    }
}
