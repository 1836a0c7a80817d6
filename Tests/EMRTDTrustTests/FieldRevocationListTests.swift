import EMRTDTestSupport
import Foundation
import ISO7816
import Testing

@testable import EMRTDTrust

/// The revocation lists of the field against their CSCAs and against `openssl crl`.
@Suite("Revocation lists in the field")
struct FieldRevocationListTests {
    static let names = ["JPN.crl", "crl_de_fp_e421c6cf21.crl", "crl_us_fp_ec0ddb2ee9.crl"]

    @Test(arguments: names) func revocationList(_ name: String) throws {
        guard let bytes = try FieldLists.bytes("port_certs_crls/" + name), let field = try FieldLists.shared.get()
        else { return }
        let list = try CertificateRevocationList(encoded: bytes)
        let folder = try #require(fieldData()).appendingPathComponent("port_certs_crls").path
        let certificates = try TrustStore(contentsOf: folder).certificates + field.union
        let scheme = try list.signatureAlgorithm.scheme()
        let issuers = try certificates.filter { issuer in
            guard issuer.mayBeCSCA, issuer.subject.matches(list.issuer) else { return false }
            return try SignatureChecking.standard.check(
                issuer.subjectKey.publicKey(), list.signature[...], list.toBeSigned, scheme) != nil
        }
        print(
            "\(name): \(list); next \(list.nextUpdate?.description ?? "-"), signed by \(Set(issuers.map(\.description)))"
        )
        #expect(!issuers.isEmpty)
        #expect(issuers.allSatisfy { $0.subjectKeyIdentifier == list.authorityKeyIdentifier })
        #expect(list.unknownCriticalExtensions.isEmpty && !list.signatureAlgorithmsDiffer && list.version == 2)
        // All three are long out of date.
        let due = try #require(list.nextUpdate)
        #expect(due < inspectionDay && list.thisUpdate < due)

        let directory = try OpenSSL.Directory()
        let file = try directory.write("list.crl", bytes)
        let text = String(
            decoding: try OpenSSL.run(["crl", "-inform", "DER", "-in", file, "-text", "-noout"]).output, as: UTF8.self)
        let serials = text.split(separator: "\n").compactMap { line -> String? in
            let parts = line.split(separator: ":")
            return parts.count == 2 && parts[0].trimmingCharacters(in: .whitespaces) == "Serial Number"
                ? parts[1].trimmingCharacters(in: .whitespaces) : nil
        }
        #expect(serials.count == list.revokedCount)
        for serial in serials { #expect(list.entry(forSerialNumber: hex(serial)) != nil, "\(serial)") }
        // The lists of the field have no entries: none of the certificates at hand is revoked.
        #expect(text.contains("No Revoked Certificates") == (list.revokedCount == 0))
        for certificate in certificates { #expect(list.entry(forSerialNumber: certificate.serialNumber) == nil) }
    }
}
