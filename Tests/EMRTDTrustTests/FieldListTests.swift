import EMRTDTestSupport
import Foundation
import Testing

@testable import EMRTDTrust

/// Signed lists, directory texts and revocation lists of the field.
@Suite("Lists in the field")
struct FieldListTests {
    static let lists = [
        ("gmrtd/DE_ML_2025-11-27-07-39-21.ml", 577), ("icao/ICAO_ml_zenopie_2025-08.ml", 520),
        ("gmrtd/NL_ML_2025-12-20.ml", 395),
    ]

    static func bytes(_ path: String) throws -> [UInt8]? {
        try fieldData().map { [UInt8](try Data(contentsOf: $0.appendingPathComponent(path))) }
    }

    @Test func masterListsAreRead() throws {
        for (path, count) in Self.lists {
            guard let bytes = try Self.bytes("masterlists/" + path) else { return }
            let list = try MasterList(encoded: bytes)
            #expect(list.unreadable.isEmpty)
            print("\(path): version \(list.version), \(list.certificates.count) certificates, signed \(list.signingTime?.description ?? "?"), beside: \(list.signerCertificates.map(\.description)) signers \(list.signedData.signers.map { ($0.version, $0.signatureAlgorithm.label) }) BER \(list.signedData.isBER)")
            #expect(list.certificates.count == count)
        }
    }

    @Test func ldifIsRead() throws {
        guard let bytes = try Self.bytes("ldif/icaopkd-003-complete-000090.ldif") else { return }
        let clock = ContinuousClock()
        var ldif: LDIF?
        let time = try clock.measure { ldif = try LDIF(bytes) }
        let text = try #require(ldif)
        print("LDIF: \(text.entries.count) records, \(text.problems) \(time)")
        #expect(text.certificates.count == 502)
        for value in text.certificates { _ = try Certificate(encoded: value.bytes) }
    }

    @Test func revocationLists() throws {
        for name in ["JPN.crl", "crl_de_fp_e421c6cf21.crl", "crl_us_fp_ec0ddb2ee9.crl"] {
            guard let bytes = try Self.bytes("port_certs_crls/" + name) else { return }
            let list = try CertificateRevocationList(encoded: bytes)
            print("\(name): \(list) next \(list.nextUpdate?.description ?? "-") number \(list.number ?? []) aki \(list.authorityKeyIdentifier ?? []) crit \(list.unknownCriticalExtensions)")
            for serial in list.serialNumbers { print(list.entry(forSerialNumber: serial) as Any) }
        }
    }
}
