import Benchmark
import EMRTDSimulator
import EMRTDTrust
import Foundation

/// Loading a trust store from its directory: the file is in the memory of the system, the process has nothing of it.
func trustStores() {
    for (name, cscas, signers, limit) in [
        ("600 CSCAs", 600, 0, Limits.loadingCSCAs), ("30,000 document signers", 600, 30_000, Limits.loadingSigners),
    ] {
        // Made when the benchmark runs for the first time: importing takes much longer than loading.
        let made = Once { try StoredCertificates(cscas: cscas, signers: signers) }
        let samples = Samples<Duration>(minimum: 5)
        Benchmark("Load \(name)", configuration: .init(metrics: [.wallClock], maxIterations: 30)) { benchmark in
            let stored = try made.value()
            let clock = ContinuousClock()
            benchmark.startMeasurement()
            let start = clock.now
            let store = try stored.directory.load()
            let time = clock.now - start
            benchmark.stopMeasurement()
            if store.certificates.count != cscas + signers {
                benchmark.fail("\(store.certificates.count) certificates instead of \(cscas + signers)")
            }
            if let median = samples.median(adding: time), median > limit {
                benchmark.fail("\(median), \(limit) is the limit")
            }
        }
    }
}

/// A store of certificates that differ from two templates in serial number, key identifiers, names and signature. The CSCAs are
/// made link certificates of a CSCA that the store lacks, since importing refuses a self-signed one whose signature is wrong.
private final class StoredCertificates: Sendable {
    let directory: TrustStoreDirectory
    private let folder: URL

    init(cscas: Int, signers: Int) throws {
        var options = PersonalisationOptions.passportTD3(today: Card.today())
        options.signDocuments(with: .p256)
        let document = try Personaliser(options).personalise()
        var text = ""
        for index in 0..<cscas {
            text += Self.pem(Self.varied(document.cscaCertificate, serial: index, issuer: index, isCSCA: true))
        }
        for index in 0..<signers {
            text += Self.pem(
                Self.varied(
                    document.documentSignerCertificate, serial: 1 << 20 + index, issuer: index % cscas, isCSCA: false))
        }
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("emrtd-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("certificates.pem")
        try Data(text.utf8).write(to: file)
        directory = TrustStoreDirectory(path: folder.appendingPathComponent("store").path)
        _ = try directory.importFiles([file.path], options: TrustImportOptions(allowsUnverified: true))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// A certificate with another serial number and signature, and the names and key identifiers of another CSCA.
    private static func varied(_ template: [UInt8], serial: Int, issuer: Int, isCSCA: Bool) -> [UInt8] {
        var bytes = template
        func put(_ number: Int, endingBefore end: Int) {
            for offset in 0..<4 { bytes[end - 1 - offset] = UInt8(truncatingIfNeeded: number >> (8 * offset)) }
        }
        put(serial, endingBefore: bytes.count)
        // [0] version 3, then the serial number.
        for position in positions(of: [0xA0, 0x03, 0x02, 0x01, 0x02, 0x02], in: bytes) {
            put(serial, endingBefore: position + 7 + Int(bytes[position + 6]))
        }
        // SubjectKeyIdentifier and AuthorityKeyIdentifier; a document signer's own is left as it is.
        for position in positions(of: [0x80, 0x14], in: bytes) {
            put(isCSCA ? 1 << 24 + issuer : issuer, endingBefore: position + 22)
        }
        for position in positions(of: [0x55, 0x1D, 0x0E, 0x04, 0x16, 0x04, 0x14], in: bytes) {
            put(issuer, endingBefore: position + 27)
        }
        let letters = (0..<4).map { UInt8(ascii: "A") + UInt8(issuer / [1, 16, 256, 4096][$0] % 16) }
        // The issuer's name comes first, then the subject's.
        for position in positions(of: Array("CSCA".utf8), in: bytes).dropFirst(isCSCA ? 1 : 0) {
            bytes.replaceSubrange(position..<position + 4, with: letters)
        }
        return bytes
    }

    private static func positions(of pattern: [UInt8], in bytes: [UInt8]) -> [Int] {
        bytes.indices.dropLast(pattern.count).filter { bytes[$0...].starts(with: pattern) }
    }

    private static func pem(_ bytes: [UInt8]) -> String {
        "-----BEGIN CERTIFICATE-----\n"
            + Data(bytes).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
            + "\n-----END CERTIFICATE-----\n"
    }
}
