import EMRTDCrypto
import EMRTDSimulator
import EMRTDTrust
import LDS
import Testing

@Suite struct RevocationListBuilderTests {
    static let key = SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256)
    static let issued = CalendarDate(clampingDaysSinceEpoch: 20_400)

    private func csca(_ key: SigningKeyOptions = key) throws -> CertifiedKey {
        try .selfSigned(CertificateRequest(.csca, key: key, validity: TestPKITests.validity))
    }

    /// `openssl crl`: whether the signature is the CSCA's, and what the list says.
    private func judged(_ list: [UInt8], by csca: CertifiedKey) throws -> (isValid: Bool, text: String) {
        let result = try OpenSSL.run(
            ["crl", "-inform", "DER", "-in", "l.crl", "-CAfile", "csca.pem", "-noout", "-text"],
            files: ["l.crl": list, "csca.pem": OpenSSL.pem(csca.certificate)])
        return (result.error.contains("verify OK"), result.output)
    }

    @Test(arguments: TestPKITests.namedKeys) func opensslVerifiesEveryList(_ key: SigningKeyOptions) throws {
        let csca = try csca(key)
        let list = try RevocationListBuilder(
            issuer: csca, thisUpdate: Self.issued, nextUpdate: Self.issued.adding(days: 90), number: [2, 1],
            entries: [
                .init([0x01, 0x02], date: Self.issued.adding(days: -1), reason: 1),
                .init([0xFF], date: Self.issued),
            ]
        ).signed(by: csca.key)
        let (isValid, text) = try judged(list, by: csca)
        #expect(isValid)
        for line in [
            "Version 2 (0x1)", "Last Update: Nov  8 00:00:00 2025 GMT", "Next Update: Feb  6 00:00:00 2026 GMT",
            "Serial Number: 0102", "Serial Number: -01", "Key Compromise", "X509v3 CRL Number:", "513",
            "X509v3 Authority Key Identifier:", "\(TestPKIMark.objectIdentifier):",
        ] {
            #expect(text.contains(line), "missing: \(line) in \(text)")
        }
        let parsed = try CertificateRevocationList(encoded: list)
        #expect(parsed.revokedCount == 2 && parsed.number == [2, 1] && parsed.unknownCriticalExtensions.isEmpty)
        #expect(parsed.authorityKeyIdentifier == csca.keyIdentifier)
        #expect(parsed.entry(forSerialNumber: [0x01, 0x02]) != nil && parsed.entry(forSerialNumber: [3]) == nil)
        #expect(try !judged(list, by: self.csca(key)).isValid)
    }

    @Test func everyPartCanBeLeftOut() throws {
        let csca = try csca()
        var builder = RevocationListBuilder(issuer: csca, thisUpdate: Self.issued, nextUpdate: nil, number: nil)
        builder.authorityKeyIdentifier = nil
        builder.isMarked = false
        let (isValid, text) = try judged(builder.signed(by: csca.key), by: csca)
        #expect(isValid && text.contains("Next Update: NONE") && text.contains("No Revoked Certificates."))
        #expect(!text.contains("CRL extensions"))
        builder.version = nil
        #expect(try judged(builder.signed(by: csca.key), by: csca).text.contains("Version 1 (0x0)"))
    }

    @Test func aStrangersKeyAndCriticalExtensions() throws {
        let csca = try csca()
        let stranger = try self.csca()
        var builder = RevocationListBuilder(issuer: csca, thisUpdate: Self.issued, nextUpdate: nil)
        // In the CSCA's name, signed by another.
        let foreign = try builder.signed(by: stranger.key)
        #expect(try !judged(foreign, by: csca).isValid)
        #expect(try CertificateRevocationList(encoded: foreign).issuer.encoded == csca.subject)
        builder.additionalExtensions = [.init("1.2.3.4", isCritical: true, value: DEREncoder.null)]
        builder.entries = [
            .init([5], date: Self.issued, additionalExtensions: [.init("1.2.3.5", isCritical: true, value: [5, 0])])
        ]
        let list = try builder.signed(by: csca.key)
        #expect(try judged(list, by: csca).text.contains("1.2.3.4: critical"))
        #expect(try CertificateRevocationList(encoded: list).unknownCriticalExtensions.count == 2)
        var damaged = list
        damaged[damaged.count - 1] ^= 1
        #expect(try !judged(damaged, by: csca).isValid)
    }
}
