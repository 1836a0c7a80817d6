import EMRTDCrypto
import EMRTDSimulator
import EMRTDTrust
import LDS
import Testing

@Suite struct MasterListBuilderTests {
    private static let signingTime = CalendarDate(clampingDaysSinceEpoch: 20_400)

    /// A CSCA, a signer of lists, and some CSCAs to list.
    private func made(_ key: SigningKeyOptions) throws -> (csca: CertifiedKey, signer: CertifiedKey, listed: [[UInt8]])
    {
        let csca = try CertifiedKey.selfSigned(CertificateRequest(.csca, key: key, validity: TestPKITests.validity))
        let signer = try csca.issue(CertificateRequest(.masterListSigner, key: key, validity: TestPKITests.validity))
        let others = try ["AA", "BB"].map { country in
            try CertifiedKey.selfSigned(
                CertificateRequest(
                    .csca, country: country, key: RevocationListBuilderTests.key, validity: TestPKITests.validity)
            ).certificate
        }
        return (csca, signer, others + [csca.certificate])
    }

    private func verify(_ list: [UInt8], anchor: CertifiedKey) throws -> OpenSSL.Result {
        try OpenSSL.run(
            [
                "cms", "-verify", "-binary", "-inform", "DER", "-in", "list", "-CAfile", "csca.pem", "-purpose", "any",
                "-attime", "1765000000", "-out", "content",
            ], files: ["list": list, "csca.pem": OpenSSL.pem(anchor.certificate)])
    }

    @Test(arguments: TestPKITests.namedKeys) func opensslVerifiesEveryList(_ key: SigningKeyOptions) throws {
        let (csca, signer, listed) = try made(key)
        let list = try MasterListBuilder(listed, issuer: csca, signingTime: Self.signingTime).encoded(signer: signer)
        let result = try verify(list, anchor: csca)
        #expect(result.isSuccess, "\(result.error)")
        let stranger = try CertifiedKey.selfSigned(
            CertificateRequest(.csca, key: key, validity: TestPKITests.validity))
        #expect(try !verify(list, anchor: stranger).isSuccess)
        let parsed = try MasterList(encoded: list)
        #expect(Set(parsed.certificates.map(\.encoded)) == Set(listed) && parsed.version == 0)
        #expect(parsed.signerCertificates.map(\.encoded) == [signer.certificate, csca.certificate])
        #expect(parsed.signingTime == Timestamp(year: 2025, month: 11, day: 8))
        let text = try OpenSSL.text(ofCertificate: signer.certificate)
        #expect(text.contains("X509v3 Extended Key Usage: critical") && text.contains("2.23.136.1.1.3"))
    }

    /// Two lists of the field lack the NULL of the DigestInfo. OpenSSL refuses such signatures; without the padding the
    /// DigestInfo can be read.
    @Test func aDigestInfoWithoutNull() throws {
        var (csca, signer, listed) = try made(SigningKeyOptions(.rsaPKCS1(bits: 2048), .sha256))
        signer.key = signer.key.signing(.rsaPKCS1(.sha256), form: .digestInfoWithoutNull)
        let list = try MasterListBuilder(listed, issuer: csca, signingTime: Self.signingTime).encoded(signer: signer)
        let result = try verify(list, anchor: csca)
        #expect(!result.isSuccess)
        let key = try OpenSSL.run(
            ["x509", "-inform", "DER", "-in", "c", "-noout", "-pubkey"], files: ["c": signer.certificate])
        let recovered = try OpenSSL.run(
            ["rsautl", "-verify", "-pubin", "-inkey", "k", "-in", "s", "-asn1parse"],
            files: ["k": Array(key.output.utf8), "s": signer.key.sign([1, 2, 3])])
        #expect(recovered.output.contains("OBJECT            :sha256") && !recovered.output.contains("NULL"))
        #expect(recovered.isSuccess, "\(recovered.error)")
    }

    @Test func faultsAreSeen() throws {
        let (csca, signer, listed) = try made(RevocationListBuilderTests.key)
        // OpenSSL does not compare the contentType attribute.
        for fault in SignedDataFault.allCases where fault != .contentTypeAttribute {
            var builder = MasterListBuilder(listed, issuer: csca, signingTime: Self.signingTime)
            builder.form.faults = [fault]
            #expect(try !verify(builder.encoded(signer: signer), anchor: csca).isSuccess, "\(fault)")
        }
        var builder = MasterListBuilder(listed, signingTime: nil)
        builder.form.certificates = .none
        #expect(try !verify(builder.encoded(signer: signer), anchor: csca).isSuccess)
        #expect(throws: PersonalisationError(.invalidOption, "")) {
            builder.form.lengths = .indefinite(segment: 0)
            return try builder.encoded(signer: signer)
        }
    }
}
