import EMRTDCrypto
import EMRTDSimulator
import EMRTDTestSupport
import EMRTDTrust
import Foundation
import ISO7816
import LDS
import Testing

@Suite struct TestPKITests {
    static let validity: ClosedRange<CalendarDate> =
        CalendarDate(clampingDaysSinceEpoch: 18_000)...CalendarDate(clampingDaysSinceEpoch: 24_000)

    static func pki(_ key: SigningKeyOptions) throws -> TestPKI {
        try TestPKI(country: "UT", issuingState: "UTO", key: key, validity: validity)
    }

    /// Keys whose certificates `openssl verify` accepts: curves by name.
    static let namedKeys: [SigningKeyOptions] =
        [
            .init(.ecdsa(.secp256r1, .named), .sha256), .init(.ecdsa(.secp384r1, .named), .sha384),
            .init(.ecdsa(.secp521r1, .named), .sha512), .init(.ecdsa(.brainpoolP256r1, .named), .sha256),
            .init(.ecdsa(.brainpoolP384r1, .named), .sha384), .init(.ecdsa(.brainpoolP512r1, .named), .sha512),
            .init(.ecdsa(.secp224r1, .named), .sha224), .init(.rsaPKCS1(bits: 2048), .sha256),
            .init(.rsaPSS(bits: 2048), .sha256), .init(.rsaPSS(bits: 2048), .sha512),
        ]

    @Test(arguments: namedKeys)
    func opensslVerifiesTheChain(_ options: SigningKeyOptions) throws {
        let pki = try Self.pki(options)
        let signer = try pki.makeDocumentSigner(
            key: options, validity: Self.validity, usagePeriod: Self.validity, documentTypes: ["P"])
        let inside = try noon(2025, 1, 1)
        let chain = try OpenSSL.verify(signer.certificate, anchor: pki.cscaCertificate, at: inside)
        #expect(chain.isSuccess, "\(chain.error)")
        let root = try OpenSSL.verify(pki.cscaCertificate, anchor: pki.cscaCertificate, at: inside)
        #expect(root.isSuccess, "\(root.error)")
    }

    @Test func opensslRefusesTheWrongChain() throws {
        let options = SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256)
        let pki = try Self.pki(options)
        let signer = try pki.makeDocumentSigner(key: options, validity: Self.validity)
        let stranger = try Self.pki(options)
        let inside = try noon(2025, 1, 1)
        #expect(!(try OpenSSL.verify(signer.certificate, anchor: stranger.cscaCertificate, at: inside).isSuccess))
        let late = try OpenSSL.verify(signer.certificate, anchor: pki.cscaCertificate, at: try noon(2040, 1, 1))
        #expect(late.error.contains("expired"))
        var damaged = signer.certificate
        damaged[damaged.count - 1] ^= 1
        #expect(!(try OpenSSL.verify(damaged, anchor: pki.cscaCertificate, at: inside).isSuccess))
        // A document signer is no CA.
        #expect(!(try OpenSSL.verify(signer.certificate, anchor: signer.certificate, at: inside).isSuccess))
    }

    @Test func theCertificatesSayWhatTheStandardDemands() throws {
        let options = SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256)
        let pki = try Self.pki(options)
        let root = try OpenSSL.text(ofCertificate: pki.cscaCertificate)
        for line in [
            "Version: 3 (0x2)", "Signature Algorithm: ecdsa-with-SHA256",
            "Issuer: C=UT, O=swift-emrtd test PKI, CN=CSCA of simulated documents",
            "Subject: C=UT, O=swift-emrtd test PKI, CN=CSCA of simulated documents",
            "Not Before: Apr 14 00:00:00 2019 GMT", "Not After : Sep 17 23:59:59 2035 GMT",
            "X509v3 Basic Constraints: critical", "CA:TRUE, pathlen:0", "X509v3 Key Usage: critical",
            "Certificate Sign, CRL Sign", "X509v3 Subject Key Identifier:", "X509v3 Authority Key Identifier:",
            "X509v3 Private Key Usage Period:", "DirName:L=UTO", "URI:http://test-pki.invalid/csca.crl",
            "\(TestPKIMark.objectIdentifier):", "swift-emrtd test PKI: not a genuine document", "ASN1 OID: prime256v1",
        ] {
            #expect(root.contains(line), "missing: \(line)")
        }
        let signer = try pki.makeDocumentSigner(
            key: options, validity: Self.validity, usagePeriod: Self.validity, documentTypes: ["P", "ID"])
        let text = try OpenSSL.text(ofCertificate: signer.certificate)
        for line in [
            "Subject: C=UT, O=swift-emrtd test PKI, CN=Document signer of simulated documents",
            "X509v3 Key Usage: critical", "Digital Signature", "2.23.136.1.1.6.2:", "\(TestPKIMark.objectIdentifier):",
        ] {
            #expect(text.contains(line), "missing: \(line)")
        }
        #expect(!text.contains("CA:TRUE") && !text.contains("Certificate Sign"))
        let plain = try pki.makeDocumentSigner(key: options, validity: Self.validity)
        let plainText = try OpenSSL.text(ofCertificate: plain.certificate)
        #expect(!plainText.contains("2.23.136.1.1.6.2") && !plainText.contains("Private Key Usage"))
    }

    @Test func serialNumbersArePositiveAndDiffer() throws {
        let options = SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256)
        let pki = try Self.pki(options)
        let serials = try (0..<8).map { _ in
            try pki.makeDocumentSigner(key: options, validity: Self.validity).serialNumber
        }
        #expect(Set(serials).count == 8)
        #expect(serials.allSatisfy { $0.count == 16 && (0x40...0x7F).contains($0[0]) })
    }

    /// `openssl verify` refuses explicit parameters in chains, so the signatures are checked one by one.
    @Test(arguments: StandardCurve.allCases)
    func explicitParametersAreRightOnEveryCurve(_ curve: StandardCurve) throws {
        let options = SigningKeyOptions(.ecdsa(curve, .explicit), curve.bitLength >= 256 ? .sha256 : .sha1)
        let pki = try Self.pki(options)
        let signer = try pki.makeDocumentSigner(key: options, validity: Self.validity)
        let text = try OpenSSL.text(ofCertificate: signer.certificate)
        #expect(text.contains("Field Type: prime-field") && text.contains("Cofactor:  1 (0x1)"))
        let key = try OpenSSL.run(
            ["x509", "-inform", "DER", "-in", "c.der", "-noout", "-pubkey"], files: ["c.der": pki.cscaCertificate])
        #expect(key.isSuccess)
        // OpenSSL recognises the curve from the parameters, which proves that all of them are right.
        let check = try OpenSSL.run(
            ["ec", "-pubin", "-in", "k.pem", "-noout", "-param_enc", "named_curve", "-text"],
            files: ["k.pem": Array(key.output.utf8)])
        let name = curve == .secp256r1 ? "prime256v1" : curve == .secp192r1 ? "prime192v1" : "\(curve)"
        #expect(check.isSuccess && check.output.contains("ASN1 OID: \(name)\n"), "\(check.output) \(check.error)")
        for certificate in [signer.certificate, pki.cscaCertificate] {
            let parts = try TLV(exactly: certificate).children()
            let verified = try OpenSSL.run(
                [
                    "dgst", curve.bitLength >= 256 ? "-sha256" : "-sha1", "-verify", "k.pem", "-signature", "s", "tbs",
                ],
                files: [
                    "k.pem": Array(key.output.utf8), "s": Array(parts[2].value.dropFirst()),
                    "tbs": Array(parts[0].encoded),
                ])
            #expect(verified.isSuccess, "\(verified.error)")
        }
    }

    @Test func refusesBadNames() {
        let options = SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256)
        for country in ["", "U", "UTO", "ut", "Đ1"] {
            #expect(throws: PersonalisationError(.invalidCharacter, "")) {
                try TestPKI(country: country, issuingState: "UTO", key: options, validity: Self.validity)
            }
        }
        #expect(throws: PersonalisationError(.invalidCharacter, "")) {
            try TestPKI(country: "UT", issuingState: "ŨTO", key: options, validity: Self.validity)
        }
        let long = CertificateName(country: "UT", organization: String(repeating: "a", count: 65), commonName: "b")
        #expect(throws: PersonalisationError(.invalidLength, "")) { try long.encoded() }
        let empty = CertificateName(country: "UT", organization: "a", commonName: "")
        #expect(throws: PersonalisationError(.invalidLength, "")) { try empty.encoded() }
    }

    @Test func refusesAValidityThatEndsBeforeItBegins() throws {
        let key = try SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256).generate()
        let name = try CertificateName(country: "UT", organization: "a", commonName: "b").encoded()
        let builder = try CertificateBuilder(
            issuer: name, subject: name, notBefore: Self.validity.upperBound, notAfter: Self.validity.lowerBound,
            publicKey: key.privateKey.publicKey, parameters: .named)
        #expect(throws: PersonalisationError(.invalidDate, "")) { try builder.signed(by: key) }
    }

    @Test func aSchemeThatDoesNotFitTheKeyIsAnError() throws {
        let key = SigningKey(try .generateEC(.secp256r1), scheme: .rsaPKCS1(.sha256), parameters: .named)
        #expect(throws: CryptoError.self) { try key.sign([1]) }
        #expect(throws: CryptoError.self) { try SigningKeyOptions(.rsaPKCS1(bits: 512), .sha256).generate() }
    }
}
