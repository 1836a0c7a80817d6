import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// Certificates and terminal signatures made here and judged by OpenPACE, and the other way round.
///
/// OpenPACE judges names, signatures and domain parameters of certificates of every algorithm. It knows no version 1, but what is
/// signed there has the same shape with nothing at the end, so that it judges that too. It looks at no order of roles and no
/// terminal types, which this library and cards do.
@Suite struct OpenPACECertificateTests {
    private typealias Rights = CertificateHolderAuthorization
    private let judge: OpenPACEJudge

    init() throws { judge = try OpenPACEJudge() }

    /// The verdict of this library.
    private func refusal(_ chain: [CVCertificate], _ trust: CVCertificate) throws -> CVRefusal? {
        var points = try CVTrustPoints([trust], date: trust.effectiveDate)
        var issuer = try #require(points.keys.first)
        for certificate in chain {
            switch try points.verify(certificate, issuer: issuer) {
            case .success(let key): issuer = key
            case .failure(let refusal): return refusal
            }
        }
        return nil
    }

    private func agree(_ chain: [CVAuthority], _ trust: CVAuthority) throws {
        let certificates = chain.map(\.certificate)
        #expect(try judge.accepts(chain: certificates.map(\.encoded), trust: trust.certificate.encoded))
        #expect(try refusal(certificates, trust.certificate) == nil)
    }

    @Test(arguments: TerminalSignatureAlgorithm.allCases)
    func everyAlgorithm(_ algorithm: TerminalSignatureAlgorithm) throws {
        let pki = try TerminalPKI(algorithm)
        try agree([pki.verifier, pki.terminal], pki.root)
        try agree([pki.next, pki.nextVerifier, pki.nextTerminal], pki.root)
        try agree([pki.nextVerifier, pki.nextTerminal], pki.next)
    }

    private func authority(_ algorithm: TerminalSignatureAlgorithm, _ curve: StandardCurve = .brainpoolP256r1) throws
        -> CVAuthority
    {
        try CVAuthority(
            root: TerminalPKI.reference("XXCVCA00001"), key: CVAuthority.makeKey(for: algorithm, curve: curve),
            algorithm: algorithm,
            authorization: .inspectionSystem(.certificationAuthority, readsDG3: true, readsDG4: true),
            validity: TerminalPKI.days("2020-01-01", "2022-12-31"))
    }

    private func verifier(_ issuer: CVAuthority, _ key: PrivateKey, _ name: String = "XXDV00001") throws -> CVAuthority
    {
        try issuer.issue(
            TerminalPKI.reference(name), key: key,
            authorization: .inspectionSystem(.foreignDocumentVerifier, readsDG3: true, readsDG4: false),
            validity: TerminalPKI.days("2020-06-01", "2021-06-01"))
    }

    @Test(arguments: StandardCurve.allCases) func everyCurve(_ curve: StandardCurve) throws {
        let root = try authority(.ecdsaSHA256, curve)
        try agree([verifier(root, CVAuthority.makeKey(for: .ecdsaSHA256, curve: curve))], root)
    }

    /// A link to a key of another kind: the new trust point brings its own domain parameters.
    @Test(arguments: [
        (TerminalSignatureAlgorithm.rsaPKCS1SHA256, TerminalSignatureAlgorithm.ecdsaSHA384),
        (.ecdsaSHA1, .rsaPSSSHA256),
        (.ecdsaSHA224, .ecdsaSHA512),
    ])
    func linksToAnotherKindOfKey(
        _ old: TerminalSignatureAlgorithm, _ new: TerminalSignatureAlgorithm
    ) throws {
        let root = try authority(old, .secp256r1)
        let link = try root.issue(
            TerminalPKI.reference("XXCVCA00002"), key: CVAuthority.makeKey(for: new, curve: .brainpoolP384r1),
            algorithm: new, authorization: root.certificate.authorization,
            validity: TerminalPKI.days("2022-06-01", "2025-06-01"))
        let below = try link.issue(
            TerminalPKI.reference("XXDV00002"), key: CVAuthority.makeKey(for: new, curve: .brainpoolP384r1),
            authorization: .inspectionSystem(.domesticDocumentVerifier, readsDG3: true, readsDG4: true),
            validity: TerminalPKI.days("2022-07-01", "2023-07-01"))
        try agree([link, below], root)
    }

    @Test func extensions() throws {
        let root = try authority(.ecdsaSHA256)
        let template = TLV.encode(
            0x73,
            children: [TLV.encode(0x06, [0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x03, 0x01]), [0x80, 0x01, 0x07]])
        let extended = try root.issue(
            TerminalPKI.reference("XXDV00003"), key: CVAuthority.makeKey(for: .ecdsaSHA256),
            authorization: .inspectionSystem(.domesticDocumentVerifier, readsDG3: true, readsDG4: true),
            validity: TerminalPKI.days("2020-06-01", "2021-06-01")
        ) { $0.extensions = [template] }
        try agree([extended], root)
    }

    /// No altered byte of a certificate passes, here or there.
    @Test(arguments: [TerminalSignatureAlgorithm.ecdsaSHA256, .rsaPKCS1SHA256])
    func everyAlteredByte(_ algorithm: TerminalSignatureAlgorithm) throws {
        let pki = try TerminalPKI(algorithm)
        let trust = pki.root.certificate
        let good = pki.verifier.certificate.encoded
        for index in good.indices {
            var spoilt = good
            spoilt[index] ^= 1
            // Some do not even parse.
            let refused = try (try? CVCertificate(parsing: spoilt)).map { try refusal([$0], trust) != nil } ?? true
            #expect(refused, "byte \(index)")
            let answer = try judge.ask("chain", .bytes(trust.encoded), .list([spoilt]))
            #expect(answer.first == "no", "byte \(index)")
        }
    }

    @Test func certificatesOfAnotherIssuer() throws {
        let (one, two) = (try TerminalPKI(), try TerminalPKI())
        for (chain, trust) in [([two.verifier], one.root), ([one.verifier, two.terminal], one.root)] {
            let certificates = chain.map(\.certificate)
            #expect(try !judge.accepts(chain: certificates.map(\.encoded), trust: trust.certificate.encoded))
            #expect(try refusal(certificates, trust.certificate)?.code == .invalidSignature)
        }
        #expect(try !judge.accepts(chain: [one.terminal.certificate.encoded], trust: one.root.certificate.encoded))
        #expect(try refusal([one.terminal.certificate], one.root.certificate)?.code == .unknownAuthority)
    }

    /// Chains whose signatures are right, but whose roles or terminal types do not belong together.
    @Test func chainsThatBreakTheHierarchy() throws {
        let pki = try TerminalPKI()
        let days = try TerminalPKI.days("2020-06-01", "2021-06-01")
        func issue(_ issuer: CVAuthority, _ rights: Rights) throws -> CVAuthority {
            try issuer.issue(
                TerminalPKI.reference("XXOTHER00001"), key: CVAuthority.makeKey(for: .ecdsaSHA256),
                authorization: rights, validity: days
            ) { $0.includesDomainParameters = rights.role == .certificationAuthority }
        }
        let verifier = Rights.inspectionSystem(.domesticDocumentVerifier, readsDG3: true, readsDG4: true)
        let authority = Rights.inspectionSystem(.certificationAuthority, readsDG3: true, readsDG4: true)
        let otherType = try #require(Rights(.authenticationTerminal, bits: [0x80, 0, 0, 0, 1]))
        let chains: [([CVAuthority], CVRefusal.Code)] = [
            ([try issue(pki.root, .inspectionSystem(readsDG3: true, readsDG4: true))], .wrongRole),
            ([pki.verifier, try issue(pki.verifier, verifier)], .wrongRole),
            ([pki.verifier, try issue(pki.verifier, authority)], .wrongRole),
            ([pki.verifier, pki.terminal, try issue(pki.terminal, verifier)], .wrongRole),
            ([try issue(pki.root, otherType)], .wrongTerminalType),
        ]
        for (chain, code) in chains {
            let certificates = chain.map(\.certificate)
            #expect(try refusal(certificates, pki.root.certificate)?.code == code)
            // Not for a signature: OpenPACE takes all of these.
            #expect(try judge.accepts(chain: certificates.map(\.encoded), trust: pki.root.certificate.encoded))
        }
    }

    // MARK: Terminal signatures

    /// What a run of version 1 or 2 made the terminal sign, and its signature.
    private struct Signed {
        let challenge: [UInt8]
        let chip: [UInt8]
        let key: [UInt8]
        var auxiliary: [UInt8] = []
        let signature: [UInt8]
    }

    private func isRight(_ signed: Signed, _ pki: TerminalPKI, alter: (inout [[UInt8]]) -> Void = { _ in }) throws
        -> Bool
    {
        var parts = [signed.challenge, signed.chip, signed.key, signed.auxiliary, signed.signature]
        alter(&parts)
        return try judge.agrees(
            "signature",
            judge.ask(
                "signature", .bytes(pki.root.certificate.encoded),
                .list([pki.verifier, pki.terminal].map(\.certificate.encoded)), .bytes(parts[0]), .bytes(parts[1]),
                .bytes(parts[2]), .bytes(parts[3]), .bytes(parts[4])))
    }

    private func checkJudgement(_ signed: Signed, _ pki: TerminalPKI) throws {
        #expect(try isRight(signed, pki))
        for part in 0..<5 {
            #expect(
                try !isRight(signed, pki) {
                    if $0[part].isEmpty { $0[part] = [0x67, 0x00] } else { $0[part][$0[part].count / 2] ^= 1 }
                }, "part \(part)")
        }
    }

    @Test(arguments: TerminalSignatureAlgorithm.allCases)
    func signaturesOfVersion1(_ algorithm: TerminalSignatureAlgorithm) async throws {
        let pki = try TerminalPKI(algorithm)
        let domain = DomainParameters.ecdh(.brainpoolP256r1)
        let key = try KeyAgreementKeyPair.generate(domain).publicKey.encoded
        let number = Array("T220001293".utf8)
        let binding = try TerminalAuthenticationBinding(
            chip: .documentNumber(number), terminalKey: key, domain: domain)
        let card = TerminalAuthenticationCard(try pki.trustPoints(), binding: binding)
        var challenge: [UInt8] = []
        card.alterAnswer = { command, answer in if command.ins == 0x84 { challenge = answer.data } }
        let reference = pki.root.certificate.holderReference
        _ = try await TerminalAuthenticationTerminal(pki.credentials(), trustPoints: [reference])
            .run(card, binding: binding)
        let signature = try #require(card.commands.last { $0.ins == 0x82 }).data
        try checkJudgement(
            Signed(challenge: challenge, chip: number, key: domain.compressed(publicKey: key), signature: signature),
            pki)
    }

    @Test(arguments: TerminalSignatureAlgorithm.allCases)
    func signaturesOfVersion2(_ algorithm: TerminalSignatureAlgorithm) async throws {
        let pki = try TerminalPKI(algorithm)
        let domain = DomainParameters.dh(.modp1024q160)
        let keys = try (0..<2).map { _ in try KeyAgreementKeyPair.generate(domain).publicKey.encoded }
        let chip = try domain.compressed(publicKey: keys[0])
        let announced = try domain.compressed(publicKey: keys[1])
        let identifier = try #require(OID("0.4.0.127.0.7.3.1.4.2"))
        let auxiliary = try #require(AuthenticatedAuxiliaryData([.init(identifier, Array("20201231".utf8))]))
        var authentication = TerminalAuthentication2Chip(trustPoints: [try pki.trustPoints()])
        authentication.begin(pki.terminal.certificate.authorization, chipIdentifier: chip)
        var challenge: [UInt8] = []
        let card = AnsweringCard { command in
            let answer = try authentication.process(command) ?? ResponseAPDU(statusWord: .instructionNotSupported)
            if command.ins == 0x84 { challenge = answer.data }
            return answer
        }
        _ = try await TerminalAuthentication2Terminal(
            pki.credentials(), trustPointNames: [pki.root.certificate.holderReference.bytes]
        ).run(card, chipKey: keys[0], domain: domain, announced: announced, auxiliaryData: auxiliary)
        let signature = try #require(card.commands.last { $0.ins == 0x82 }).data
        try checkJudgement(
            Signed(
                challenge: challenge, chip: chip, key: announced, auxiliary: auxiliary.encoded, signature: signature),
            pki)
    }

    /// OpenPACE is the terminal: what it signs with a key that openssl made opens the chip. Its PSS signatures have the longest salt
    /// there is room for, not one as long as the hash (RFC 8017, A.2.3), and are refused.
    @Test(
        arguments: [
            TerminalSignatureAlgorithm.ecdsaSHA1, .ecdsaSHA256, .ecdsaSHA512, .rsaPKCS1SHA1, .rsaPKCS1SHA512,
            .rsaPSSSHA256,
        ], [0, 13])
    func signaturesOfOpenPACE(_ algorithm: TerminalSignatureAlgorithm, _ parameterId: Int) async throws {
        let domain = try #require(DomainParameters(parameterId: parameterId))
        let folder = try OpenSSLFolder()
        let command =
            algorithm.isRSA
            ? "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -outform DER -out key"
            : "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1 -outform DER -out key"
        try #require(try folder.openssl(command) == 0)
        let file = try folder.read("key")
        var copy = file
        let key = try PrivateKey.imported(clearing: &copy)
        let pki = try TerminalPKI(algorithm)
        // OpenPACE takes the key's domain parameters from its certificate.
        let terminal = try pki.verifier.issue(
            TerminalPKI.reference("XXIS00007"), key: key,
            authorization: .inspectionSystem(readsDG3: true, readsDG4: true),
            validity: TerminalPKI.days("2020-07-01", "2020-09-30"))
        let keys = try (0..<2).map { _ in try KeyAgreementKeyPair.generate(domain).publicKey.encoded }
        var chip = TerminalAuthentication2Chip(trustPoints: [try pki.trustPoints()])
        chip.begin(
            terminal.certificate.authorization, chipIdentifier: try domain.compressed(publicKey: keys[0]))
        let credentials = try TerminalCredentials(
            certificates: [pki.verifier, terminal].map(\.certificate.encoded), key: SoftwareTerminalKey(key))
        let card = AnsweringCard { try chip.process($0) ?? ResponseAPDU(statusWord: .instructionNotSupported) }
        try await TerminalAuthenticationSteps.present(
            credentials.path(from: [pki.root.certificate.holderReference]), card)
        let setting = [
            TLV.encode(0x80, algorithm.objectIdentifier.encoded),
            TLV.encode(0x83, terminal.certificate.holderReference.bytes),
            TLV.encode(0x91, try domain.compressed(publicKey: keys[1])),
        ]
        let status = try await card.exchange(
            CommandAPDU(ins: 0x22, p1: 0x81, p2: 0xA4, data: setting.flatMap { $0 })
        ).statusWord
        #expect(status.isSuccess)
        let challenge = try await TerminalAuthenticationSteps.getChallenge(card)
        let answer = try judge.ask(
            "sign", .bytes(file), .bytes(terminal.certificate.encoded), .bytes(challenge),
            .bytes(domain.compressed(publicKey: keys[0])), .bytes(domain.compressed(publicKey: keys[1])), .bytes([]))
        let signature = try #require(try judge.values(answer).first)
        if algorithm == .rsaPSSSHA256 {
            let message = try TerminalAuthenticationBinding(
                chipIdentifier: domain.compressed(publicKey: keys[0]), announced: domain.compressed(publicKey: keys[1]),
                auxiliaryData: []
            ).message(challenge: challenge)
            let longest = SignatureScheme.rsaPSS(.sha256, mgf: .sha256, saltLength: 256 - 32 - 2)
            #expect(try key.publicKey.isValid(signature: signature, for: message, scheme: longest))
            let answer = try await card.exchange(CommandAPDU(ins: 0x82, data: signature))
            #expect(answer.statusWord == 0x6300 && chip.grantedAuthorization == nil)
        } else {
            try await TerminalAuthenticationSteps.externalAuthenticate(signature, card)
            #expect(chip.grantedAuthorization?.readsDG3 == true)
        }
    }
}
