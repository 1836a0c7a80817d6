import EMRTDCrypto
import EMRTDSimulator
import EMRTDTrust
import LDS
import Testing

/// What a request changes, seen by openssl.
@Suite struct CertificateRequestTests {
    private static let key = RevocationListBuilderTests.key

    private func csca(_ key: SigningKeyOptions = key, _ change: (inout CertificateRequest) -> Void = { _ in }) throws
        -> CertifiedKey
    {
        var request = CertificateRequest(.csca, key: key, validity: TestPKITests.validity)
        change(&request)
        return try .selfSigned(request)
    }

    /// A link certificate: with the old anchor alone the new CSCA's document signers verify, across kinds of keys.
    @Test(arguments: [
        (
            SigningKeyOptions(.rsaPKCS1(bits: 2048), .sha256),
            SigningKeyOptions(.ecdsa(.brainpoolP384r1, .named), .sha384)
        ),
        (SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256), SigningKeyOptions(.rsaPSS(bits: 2048), .sha512)),
    ])
    func linkCertificates(_ old: SigningKeyOptions, _ new: SigningKeyOptions) throws {
        let older = try csca(old)
        let newer = try csca(new) { $0.subject.commonName = "CSCA 2" }
        let link = try older.link(to: newer, validity: TestPKITests.validity)
        #expect(link.subject == newer.subject && link.issuer == older.subject)
        #expect(link.keyIdentifier == newer.keyIdentifier)
        // A path length of 0 in the anchor forbids the link's path: RFC 5280 alone knows no link certificates, so
        // each signature is judged by itself.
        let direct = try OpenSSL.run(
            ["verify", "-partial_chain", "-attime", "1765000000", "-CAfile", "old.pem", "link.pem"],
            files: ["old.pem": OpenSSL.pem(older.certificate), "link.pem": OpenSSL.pem(link.certificate)])
        #expect(direct.isSuccess, "\(direct.error)")
        let signer = try newer.issue(CertificateRequest(.documentSigner, key: new, validity: TestPKITests.validity))
        let behind = try OpenSSL.run(
            ["verify", "-partial_chain", "-attime", "1765000000", "-CAfile", "link.pem", "ds.pem"],
            files: ["ds.pem": OpenSSL.pem(signer.certificate), "link.pem": OpenSSL.pem(link.certificate)])
        #expect(behind.isSuccess, "\(behind.error)")
    }

    @Test func namesSerialNumbersAndExtensionsAsAsked() throws {
        let csca = try csca {
            $0.serialNumber = [0xFE]
            ($0.isCA, $0.pathLength) = (false, nil)
            ($0.hasAuthorityKeyIdentifier, $0.isMarked, $0.revocationListAddress) = (false, false, nil)
            $0.issuingState = nil
        }
        let text = try OpenSSL.text(ofCertificate: csca.certificate)
        #expect(text.contains("Serial Number: -2 (-0x2)") && text.contains("CA:FALSE"))
        for word in ["Authority Key", TestPKIMark.objectIdentifier, "URI:", "DirName"] { #expect(!text.contains(word)) }
        #expect(try !Certificate(encoded: csca.certificate).isTestPKI)
        #expect(try Certificate(encoded: csca.certificate).oddities.contains(.negativeSerialNumber))

        var request = CertificateRequest(.documentSigner, key: Self.key, validity: TestPKITests.validity)
        request.keyUsage = nil
        request.documentTypes = ["P", "ID"]
        request.privateKeyUsagePeriod = TestPKITests.validity
        request.hasSubjectKeyIdentifier = false
        request.additionalExtensions = [.init("1.2.3.4", isCritical: true, value: DEREncoder.null)]
        let signer = try csca.issue(request)
        let signerText = try OpenSSL.text(ofCertificate: signer.certificate)
        for word in ["1.2.3.4: critical", "Private Key Usage Period", "2.23.136.1.1.6.2"] {
            #expect(signerText.contains(word))
        }
        for word in ["Key Usage: critical", "Subject Key Identifier"] { #expect(!signerText.contains(word)) }
        // A CSCA that is no CA.
        #expect(
            try !OpenSSL.verify(signer.certificate, anchor: csca.certificate, at: noon(2025, 1, 1)).isSuccess)
        // A certificate without any extension.
        var bare = request
        (bare.documentTypes, bare.privateKeyUsagePeriod, bare.issuingState) = ([], nil, nil)
        (bare.hasAuthorityKeyIdentifier, bare.isMarked, bare.revocationListAddress) = (false, false, nil)
        bare.additionalExtensions = []
        #expect(try !OpenSSL.text(ofCertificate: csca.issue(bare).certificate).contains("extensions"))
    }

    @Test func oddValidity() throws {
        func time(_ tag: UInt8, _ text: String) -> [UInt8] { [tag, UInt8(text.utf8.count)] + Array(text.utf8) }
        for (first, last, shown) in [
            (time(0x18, "20200101000000Z"), time(0x18, "99991231235959Z"), "Dec 31 23:59:59 9999 GMT"),
            (time(0x17, "300101000000Z"), time(0x17, "200101000000Z"), "Jan  1 00:00:00 2020 GMT"),
            (time(0x17, "200101000000Z"), time(0x17, "Somewhen"), "Bad time value"),
        ] {
            let odd = try csca { $0.encodedValidity = DEREncoder.sequence(first, last) }
            #expect(try OpenSSL.text(ofCertificate: odd.certificate).contains("Not After : " + shown))
        }
    }

    /// CSCAs of one name and different keys: the key decides.
    @Test func severalCSCAsOfOneName() throws {
        let twins = try (0..<3).map { _ in try csca() }
        #expect(Set(twins.map(\.subject)).count == 1 && Set(twins.map(\.keyIdentifier)).count == 3)
        let request = CertificateRequest(.documentSigner, key: Self.key, validity: TestPKITests.validity)
        let signer = try twins[1].issue(request)
        for (index, twin) in twins.enumerated() {
            let result = try OpenSSL.verify(signer.certificate, anchor: twin.certificate, at: noon(2025, 1, 1))
            #expect(result.isSuccess == (index == 1))
        }
    }

    @Test(arguments: [
        (SigningKeyOptions(.rsaPKCS1(bits: 2048), .sha256), SignatureForm.superfluousZeros),
        (SigningKeyOptions(.rsaPSS(bits: 2048), .sha256), .digestInfoWithoutNull),
        (SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256), .digestInfoWithoutNull),
    ])
    func aFormThatDoesNotFitTheKeyIsAnError(_ key: SigningKeyOptions, _ form: SignatureForm) throws {
        var signer = try key.generate()
        signer.form = form
        #expect(throws: PersonalisationError(.invalidOption, "")) { try signer.sign([1]) }
    }
}
