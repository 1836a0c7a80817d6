import EMRTDTestSupport
import Foundation
import Testing

/// OpenSSL's command line, the judge of everything the personaliser encodes: nobody here wrote it.
enum OpenSSL {
    struct Result {
        let status: Int32
        let output: String
        let error: String

        var isSuccess: Bool { status == 0 }
    }

    /// Runs `openssl` with arguments in a folder of its own that holds the named files.
    static func run(_ arguments: [String], files: [String: [UInt8]] = [:]) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("emrtd-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, bytes) in files { try Data(bytes).write(to: folder.appendingPathComponent(name)) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = folder
        // Into files, not pipes: a full pipe would stop the child.
        let outputURL = folder.appendingPathComponent("stdout")
        let errorURL = folder.appendingPathComponent("stderr")
        for url in [outputURL, errorURL] { _ = FileManager.default.createFile(atPath: url.path, contents: nil) }
        process.standardOutput = try FileHandle(forWritingTo: outputURL)
        process.standardError = try FileHandle(forWritingTo: errorURL)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: String(decoding: try Data(contentsOf: outputURL), as: UTF8.self),
            error: String(decoding: try Data(contentsOf: errorURL), as: UTF8.self))
    }

    /// `openssl x509 -text`, in the spelling of names that OpenSSL 3.0 and its successors have in common.
    static func text(ofCertificate der: [UInt8]) throws -> String {
        let result = try run(["x509", "-inform", "DER", "-in", "c.der", "-noout", "-text"], files: ["c.der": der])
        #expect(result.isSuccess, "\(result.error)")
        return result.output.replacingOccurrences(of: " = ", with: "=")
            .replacingOccurrences(of: "DirName:/", with: "DirName:").replacingOccurrences(
                of: "DirName: ", with: "DirName:")
    }

    /// `openssl verify` of a certificate against one anchor, on a day.
    static func verify(_ certificate: [UInt8], anchor: [UInt8], at date: Date) throws -> Result {
        try run(
            [
                "verify", "-attime", String(Int(date.timeIntervalSince1970)), "-check_ss_sig", "-x509_strict",
                "-CAfile",
                "csca.pem", "c.pem",
            ], files: ["csca.pem": pem(anchor), "c.pem": pem(certificate)])
    }

    /// `openssl cms -verify` of an EF.SOD, given with its tag 77, on a day.
    static func verify(sod: [UInt8], anchor: [UInt8], at date: Date) throws -> Result {
        try run(
            [
                "cms", "-verify", "-inform", "DER", "-in", "sod.cms", "-CAfile", "csca.pem", "-purpose", "any",
                "-binary",
                "-attime", String(Int(date.timeIntervalSince1970)), "-out", "content",
            ], files: ["csca.pem": pem(anchor), "sod.cms": withoutOuterTag(sod)])
    }

    /// `openssl asn1parse`.
    static func dump(_ der: [UInt8]) throws -> String {
        let result = try run(["asn1parse", "-inform", "DER", "-in", "x.der"], files: ["x.der": der])
        #expect(result.isSuccess, "\(result.error)")
        return result.output
    }

    static func pem(_ certificate: [UInt8]) -> [UInt8] {
        let text = Data(certificate).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        return Array("-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n".utf8)
    }

    /// The value of a TLV object with a tag of one byte.
    static func withoutOuterTag(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count > 2 else { return [] }
        return Array(bytes.dropFirst(bytes[1] < 0x80 ? 2 : 2 + Int(bytes[1] & 0x7F)))
    }
}

/// Noon UTC of a day.
func noon(_ year: Int, _ month: Int, _ day: Int) throws -> Date {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
    return try #require(calendar.date(from: DateComponents(year: year, month: month, day: day, hour: 12)))
}
