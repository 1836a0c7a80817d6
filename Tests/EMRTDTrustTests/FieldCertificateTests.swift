import EMRTDTestSupport
import Foundation
import LDS
import Testing

@testable import EMRTDTrust

@Suite("Certificates in the field")
struct FieldCertificateTests {
    func files(_ folder: String, _ endings: Set<String>) -> [URL] {
        guard let root = fieldData()?.appendingPathComponent(folder),
            let list = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        else { return [] }
        return list.compactMap { $0 as? URL }.filter { endings.contains($0.pathExtension) }.sorted { $0.path < $1.path }
    }

    @Test func singleCertificatesAndTheirPaths() throws {
        guard let root = fieldData() else { return }
        let store = try TrustStore(contentsOf: [
            root.appendingPathComponent("csca_certs").path, root.appendingPathComponent("port_certs_crls").path,
        ])
        // Of the three revocation lists the store has one issuer's certificate up to its root.
        #expect(store.problems.count == 2, "\(store.problems)")
        #expect(store.revocationLists.count == 1)
        #expect(store.certificates.count == 15)
        let signers = store.signers
        #expect(signers.count == 2)
        for signer in signers {
            let finding = try PathCheck(
                store: store, policy: .field, checking: .standard, date: try #require(signer.notBefore)
            ).check(signer)
            print("\(signer.subject): \(finding.result)")
            // The CSCA of the specimen's signer is not in the folder.
            let isSpecimen = signer.subject.commonName == "HJP PB DS"
            #expect(finding.result.result == (isSpecimen ? .undetermined : .successful))
        }
    }

    @Test func mockPKI() throws {
        var pairs = 0
        for file in files("mock_pki_selfxyz", ["pem"]) where file.lastPathComponent == "mock_dsc.pem" {
            let folder = file.deletingLastPathComponent()
            let csca = folder.appendingPathComponent("mock_csca.pem").path
            guard FileManager.default.fileExists(atPath: csca) else { continue }
            let store = try TrustStore(contentsOf: csca)
            let signer = try #require(try TrustStore(contentsOf: file.path).certificates.first)
            #expect(store.certificates.count == 1)
            let issuer = try #require(store.certificates.first)
            #expect(
                try SignatureChecking.standard.check(signer, signedBy: issuer) != nil, "\(folder.lastPathComponent)")
            #expect(
                try SignatureChecking.standard.check(issuer, signedBy: issuer) != nil, "\(folder.lastPathComponent)")
            #expect(try SignatureChecking.standard.check(issuer, signedBy: signer) == nil)
            pairs += 1
        }
        guard fieldData() != nil else { return }
        print("mock PKI: \(pairs) pairs verified")
        #expect(pairs == 32)
    }
}
