import EMRTD
import EMRTDCrypto
import EMRTDTrust
import Foundation
import LDS
import Testing

@testable import EMRTDSimulator

/// A revocation list in the trust store, from its import to the verdict.
@Suite(.leavesNoSecrets) struct RevocationReadingTests {
    /// Reads a passport with a trust store on disk that has the CSCA and a list with the signer, or without.
    static func inspect(revoked: Bool) async throws -> Inspection {
        let today = TestDocuments.today
        let csca = try CertifiedKey.selfSigned(
            CertificateRequest(
                .csca, country: "UT", issuingState: "UTO", key: SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256),
                validity: today.adding(days: -900)...today.adding(years: 10)))
        let document = try TestDocuments.passport { $0.existingPKI = .csca(csca) }
        let sod = try DocumentSecurityObject(encoded: document.file(named: "EF.SOD")?.content ?? [])
        let serial = try #require(sod.certificates.first).serialNumber
        let list = try RevocationListBuilder(
            issuer: csca, thisUpdate: today.adding(days: -1), nextUpdate: today.adding(days: 60),
            entries: [.init(revoked ? serial : [0x41], date: today.adding(days: -2), reason: 1)]
        ).signed(by: csca.key)

        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("revocation-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var paths: [String] = []
        for (name, bytes) in [("csca.cer", csca.certificate), ("list.crl", list)] {
            let file = folder.appendingPathComponent(name)
            try Data(bytes).write(to: file)
            paths.append(file.path)
        }
        let directory = TrustStoreDirectory(path: folder.path + "/store")
        let report = try directory.importFiles(paths, options: TrustImportOptions(date: TestDocuments.date))
        #expect(report.isComplete, "\(report.items)")
        let reader = DocumentReader(trust: try directory.load(), policy: Reading.policy())
        return try await reader.inspect(
            SimulatedChip(document), with: document.can, reading: .everything, at: TestDocuments.date)
    }

    @Test func aRevokedSigner() async throws {
        let inspection = try await Self.inspect(revoked: true)
        #expect(inspection.verdict == .rejected, "\(inspection.summary)")
        #expect(inspection.outcome(.dsRevocation) == "failed ds.revoked")
        #expect(inspection.outcome(.dsChain) == "successful ok")
        #expect(!inspection.isDataAuthenticated, "nobody knows what a revoked signer signed")
    }

    @Test func aSignerThatIsNot() async throws {
        let inspection = try await Self.inspect(revoked: false)
        #expect(inspection.verdict == .genuine, "\(inspection.summary)")
        #expect(inspection.outcome(.dsRevocation) == "successful ok")
        #expect(inspection.isDataAuthenticated)
    }
}
