import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// Terminal Authentication version 1, both sides.
@Suite("Terminal Authentication") struct TerminalAuthenticationTests {
    static let number = TerminalAuthenticationBinding.ChipIdentifier.documentNumber(Array("003123456<".utf8 + [0x34]))

    static func binding(
        _ domain: DomainParameters = .ecdh(.secp256r1), chip: TerminalAuthenticationBinding.ChipIdentifier = number
    ) throws -> TerminalAuthenticationBinding {
        try TerminalAuthenticationBinding(
            chip: chip, terminalKey: KeyAgreementKeyPair.generate(domain).publicKey.encoded, domain: domain)
    }

    static func run(_ pki: TerminalPKI, _ card: TerminalAuthenticationCard, _ credentials: TerminalCredentials? = nil)
        async throws -> TerminalAuthenticationTerminal.Success
    {
        try await TerminalAuthenticationTerminal(
            credentials ?? pki.credentials(), trustPoints: card.chip.trustPoints.references
        ).run(card, binding: #require(card.binding))
    }

    @Test(arguments: TerminalSignatureAlgorithm.allCases)
    func bothSides(algorithm: TerminalSignatureAlgorithm) async throws {
        let pki = try TerminalPKI(algorithm)
        let card = TerminalAuthenticationCard(try pki.trustPoints(), binding: try Self.binding())
        let success = try await Self.run(pki, card)
        #expect(card.chip.grantsDG3 && !card.chip.grantsDG4)
        #expect(success.requestedAuthorization == card.chip.grantedAuthorization)
        #expect(success.chain.terminal == pki.terminal.certificate)
        let headers = card.commands.map { $0.header.map { $0 } }
        #expect(
            headers == [
                [0, 0x22, 0x81, 0xB6], [0, 0x2A, 0, 0xBE], [0, 0x22, 0x81, 0xB6], [0, 0x2A, 0, 0xBE],
                [0, 0x22, 0x81, 0xA4], [0, 0x84, 0, 0], [0, 0x82, 0, 0],
            ])
        #expect(card.commands[0].data == TLV.encode(0x83, Array("XXCVCA00001".utf8)))
        #expect(card.commands[4].data == TLV.encode(0x83, Array("XXIS00001".utf8)))
        #expect(card.commands[1].data == pki.verifier.certificate.encoded.suffix(card.commands[1].data.count))
        #expect(card.commands[5].expectedLength == 8)
    }

    @Test func boundToTheSession() async throws {
        let pki = try TerminalPKI()
        let chips: [TerminalAuthenticationBinding.ChipIdentifier] =
            try [
                Self.number, .documentNumber(Array("0031234570".utf8)),
            ]
            + [DomainParameters.ecdh(.brainpoolP256r1), .dh(.modp2048q256)].map {
                .pace(chipKey: try KeyAgreementKeyPair.generate($0).publicKey.encoded, domain: $0)
            }
        for chip in chips {
            for domain in [DomainParameters.ecdh(.secp521r1), .dh(.modp1024q160)] {
                let binding = try Self.binding(domain, chip: chip)
                let card = TerminalAuthenticationCard(try pki.trustPoints(), binding: binding)
                _ = try await Self.run(pki, card)
                #expect(card.chip.grantsDG3)
                // The signature for another session, or another chip, is worth nothing.
                let other = try Self.binding(domain, chip: chip)
                let deaf = TerminalAuthenticationCard(try pki.trustPoints(), binding: other)
                let error = await protocolError {
                    _ = try await TerminalAuthenticationTerminal(
                        pki.credentials(), trustPoints: deaf.chip.trustPoints.references
                    )
                    .run(deaf, binding: binding)
                }
                #expect(error?.code == .refused && error?.statusWord == .authenticationFailed)
                #expect(error?.step == "Terminal Authentication: EXTERNAL AUTHENTICATE")
                #expect(deaf.chip.grantedAuthorization == nil)
            }
        }
    }

    @Test func compression() throws {
        let vectors = VectorEntry.all("04_eac_ca_ta.json")
        let pair = try KeyAgreementKeyPair.generate(.ecdh(.secp521r1)).publicKey.encoded
        #expect(try DomainParameters.ecdh(.secp521r1).compressed(publicKey: pair) == Array(pair[1...66]))
        let dh = try vectors.named("eac-dh-ca-v2").inputs.bytes("pcd_pub_key")
        let expected = try vectors.named("eac-dh-ta-signature").inputs.bytes("Comp_PK_PCD")
        #expect(try DomainParameters.dh(.modp1024q160).compressed(publicKey: dh) == expected)
        // A number is hashed as it is exchanged: leading zeros do not count (9.4.1).
        #expect(
            try DomainParameters.dh(.modp2048q224).compressed(publicKey: [UInt8](repeating: 0, count: 128) + dh)
                == expected)
        for domain in [DomainParameters.ecdh(.secp256r1), .dh(.modp1024q160)] {
            #expect(throws: CryptoError(.invalidLength)) { try domain.compressed(publicKey: []) }
            #expect(throws: CryptoError(.invalidLength)) {
                try domain.compressed(publicKey: [UInt8](repeating: 4, count: domain.publicKeyLength + 1))
            }
        }
        #expect(throws: CryptoError(.invalidLength)) {
            try DomainParameters.ecdh(.secp256r1).compressed(publicKey: [4, 1, 2])
        }
        #expect(
            TerminalAuthenticationBinding.ChipIdentifier.bac(mrzInformation: Array("L898902C<369080619406236".utf8))
                == .documentNumber(Array("L898902C<3".utf8)))
        #expect(TerminalAuthenticationBinding.ChipIdentifier.bac(mrzInformation: Array("69080619406236".utf8)) == nil)
        #expect(TerminalAuthenticationBinding.ChipIdentifier.bac(mrzInformation: []) == nil)
    }

    /// The signatures of BSI's worked examples, whose keys are imported from PKCS #8.
    @Test(arguments: ["ecdh", "dh"]) func workedExamples(name: String) async throws {
        let vectors = VectorEntry.all("04_eac_ca_ta.json")
        let entry = try vectors.named("eac-\(name)-ta-signature")
        var file = try entry.inputs.bytes("ta_private_key_pkcs8")
        let key = try SoftwareTerminalKey(clearing: &file)
        let certificates = try ["dv", "terminal"].map {
            try vectors.named("eac-\(name)-cvc-\($0)").inputs.bytes("certificate")
        }
        let credentials = try TerminalCredentials(certificates: certificates, key: key)
        let terminal = try #require(credentials.terminalCertificates.first)
        let message = try entry.intermediate.bytes("signed_message")
        let signature = try await key.sign(message, algorithm: terminal.algorithm)
        if name == "dh" { #expect(try signature == entry.outputs.bytes("signature"), "RSA without a salt") }
        for (bytes, isValid) in [
            (signature, true), (try entry.outputs.bytes("signature"), true), (Array(signature.reversed()), false),
        ] {
            #expect(
                try key.publicKey.isValid(signature: bytes, for: message, scheme: terminal.algorithm.scheme) == isValid)
        }
    }

    // MARK: paths, links, what stays

    @Test func linksStay() async throws {
        let pki = try TerminalPKI()
        let all = [pki.verifier, pki.terminal, pki.next, pki.nextVerifier, pki.nextTerminal]
        // The newest terminal certificate counts more than the shorter path of the old one, which has expired for this chip.
        let renewed = TerminalAuthenticationCard(try pki.trustPoints("2022-01-01"), binding: try Self.binding())
        let newest = try await Self.run(pki, renewed, try pki.credentials(all))
        #expect(newest.chain.certificates.count == 3 && renewed.chip.grantsDG3)
        let card = TerminalAuthenticationCard(try pki.trustPoints("2022-01-01"), binding: try Self.binding())
        let old = try pki.credentials([pki.verifier, pki.terminal])
        let error = await protocolError { _ = try await Self.run(pki, card, old) }
        #expect(
            error?.step == "Terminal Authentication: PSO Verify Certificate"
                && error?.statusWord == .authenticationFailed)
        let later = try pki.credentials([pki.next, pki.nextVerifier, pki.nextTerminal])
        let success = try await Self.run(pki, card, later)
        #expect(success.chain.certificates.count == 3 && card.chip.grantsDG3)
        #expect(card.chip.trustPoints.references.map(\.description) == ["XXCVCA00002", "XXCVCA00001"])
        card.chip.reset()
        #expect(!card.chip.grantsDG3 && card.chip.trustPoints.references.count == 2)
        #expect(card.chip.trustPoints.currentDate == CalendarDate("2022-07-01"))
        let again = try await Self.run(pki, card, later)
        #expect(again.chain.certificates.count == 2 && card.chip.grantsDG3)
        // A link that came by stays even where the terminal got no further.
        let half = TerminalAuthenticationCard(try pki.trustPoints(), binding: nil)
        _ = half.chip.setDigitalSignatureTemplate(TLV.encode(0x83, Array("XXCVCA00001".utf8)))
        let data = pki.next.certificate.body + TLV.encode(0x5F37, pki.next.certificate.signature)
        #expect(try half.chip.verifyCertificate(data) == .success)
        half.chip.reset()
        #expect(half.chip.trustPoints.references.count == 2)
    }

    @Test func rights() async throws {
        for (terminal, verifier, granted) in [(true, true, true), (true, false, false), (false, true, false)] {
            let pki = try TerminalPKI(readsDG3: terminal, readsDG4: true, verifierReadsDG3: verifier)
            let card = TerminalAuthenticationCard(try pki.trustPoints(), binding: try Self.binding())
            let success = try await Self.run(pki, card)
            #expect(card.chip.grantsDG3 == granted && card.chip.grantsDG4)
            #expect(success.requestedAuthorization.readsDG3 == granted)
        }
    }

    @Test func noPath() async throws {
        let pki = try TerminalPKI()
        let foreign = try TerminalPKI(country: "YY")
        let card = TerminalAuthenticationCard(try foreign.trustPoints(), binding: try Self.binding())
        let error = await protocolError { _ = try await Self.run(pki, card) }
        #expect(error?.code == .noCertificatePath && card.commands.isEmpty)
        #expect(error?.reason.contains("YYCVCA00001") == true)
        for names in [[], [[]], [[UInt8](repeating: 0x41, count: 17)]] as [[[UInt8]]] {
            #expect(throws: ProtocolError(.noCertificatePath, "", step: "")) {
                try TerminalAuthenticationTerminal(pki.credentials(), trustPointNames: names)
            }
        }
        // A terminal with certificates of two countries finds the right ones.
        let both = try TerminalCredentials(
            certificates: [pki.verifier, pki.terminal, foreign.verifier, foreign.terminal].map(\.certificate.encoded),
            key: SoftwareTerminalKey(foreign.terminal.key))
        #expect(both.terminalCertificates == [foreign.terminal.certificate], "the other key's is left out")
        let success = try await TerminalAuthenticationTerminal(
            both, trustPointNames: [Array("YYCVCA00001".utf8)]
        ).run(card, binding: #require(card.binding))
        #expect(success.chain.terminal == foreign.terminal.certificate && card.chip.grantsDG3)
    }

    // MARK: credentials

    @Test func badCredentials() async throws {
        let pki = try TerminalPKI()
        let other = try TerminalPKI()
        let wrong: [([[UInt8]], String)] = [
            ([], "none of 0"), ([pki.verifier.certificate.encoded], "none of 1"),
            ([other.verifier, other.terminal].map(\.certificate.encoded), "belongs to the private key"),
            ([pki.verifier.certificate.encoded, [0x30, 0x00]], "certificate 2 of 2"),
            ([pki.terminal.certificate.encoded + [0]], "certificate 1 of 1"), ([[]], "certificate 1 of 1"),
            ([[UInt8]](repeating: pki.terminal.certificate.encoded, count: 1025), "1024"),
        ]
        for (certificates, reason) in wrong {
            let error = await protocolError { _ = try TerminalCredentials(certificates: certificates, key: pki.key) }
            #expect(
                error?.code == .invalidCredentials && error?.reason.contains(reason) == true,
                "\(reason): \(String(describing: error))")
        }
        for bytes in [[], Array("-----BEGIN ENCRYPTED PRIVATE KEY-----\n".utf8), [0x30, 0x03, 0x02, 0x01, 0x00]]
            as [[UInt8]]
        {
            var file = bytes
            #expect(throws: ProtocolError(.invalidCredentials, "", step: "")) {
                try SoftwareTerminalKey(clearing: &file)
            }
            #expect(file.allSatisfy { $0 == 0 })
        }
    }

    /// A key that is too short for the certificate's algorithm is told before any card is asked.
    @Test func aKeyThatCannotSign() async throws {
        let pki = try TerminalPKI()
        let short = try PrivateKey.generateRSA(bits: 1024)
        let holder = try pki.verifier.issue(
            TerminalPKI.reference("XXIS00009"), key: short, algorithm: .rsaPSSSHA512,
            authorization: .inspectionSystem(readsDG3: true, readsDG4: true),
            validity: TerminalPKI.days("2020-07-01", "2020-09-30"))
        let error = await protocolError {
            _ = try TerminalCredentials(certificates: [holder.certificate.encoded], key: SoftwareTerminalKey(short))
        }
        #expect(error?.code == .invalidCredentials)
        let mismatch = await protocolError {
            _ = try await SoftwareTerminalKey(short).sign([1], algorithm: .ecdsaSHA256)
        }
        #expect(mismatch?.code == .invalidCredentials)
    }

    struct RemoteKey: TerminalKey {
        let answer: @Sendable ([UInt8], TerminalSignatureAlgorithm) throws -> [UInt8]

        func sign(_ message: [UInt8], algorithm: TerminalSignatureAlgorithm) async throws -> [UInt8] {
            try answer(message, algorithm)
        }
    }

    struct Offline: Error {}

    @Test func keysElsewhere() async throws {
        let pki = try TerminalPKI()
        let certificates = [pki.verifier, pki.terminal].map(\.certificate.encoded)
        let own = pki.terminal.key
        let good = RemoteKey { try own.sign($0, scheme: $1.scheme) }
        let card = TerminalAuthenticationCard(try pki.trustPoints(), binding: try Self.binding())
        _ = try await Self.run(pki, card, TerminalCredentials(certificates: certificates, key: good))
        #expect(card.chip.grantsDG3)
        // No signature is made before a card asks for one; what the key throws comes out as it is.
        let broken = try TerminalCredentials(certificates: certificates, key: RemoteKey { _, _ in throw Offline() })
        card.chip.reset()
        await #expect(throws: Offline.self) { _ = try await Self.run(pki, card, broken) }
        for length in [0, 1025] {
            let odd = try TerminalCredentials(
                certificates: certificates, key: RemoteKey { _, _ in [UInt8](repeating: 1, count: length) })
            card.chip.reset()
            let error = await protocolError { _ = try await Self.run(pki, card, odd) }
            #expect(error?.code == .invalidCredentials)
        }
        let wrong = try TerminalCredentials(
            certificates: certificates, key: RemoteKey { _, _ in [UInt8](repeating: 1, count: 64) })
        card.chip.reset()
        let error = await protocolError { _ = try await Self.run(pki, card, wrong) }
        #expect(error?.code == .refused && error?.statusWord == .authenticationFailed && !card.chip.grantsDG3)
    }
}
