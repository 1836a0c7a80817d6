import EMRTDTestSupport
import Foundation
import LDS
import Testing

@testable import EMRTDTrust

/// CV certificates that others made, from the field data.
enum CVCField {
    /// The bytes of a file of the field data, hexadecimal files decoded; `nil` without field data.
    static func file(_ name: String) throws -> [UInt8]? {
        guard let url = fieldData()?.appendingPathComponent(name) else { return nil }
        let data = try Data(contentsOf: url)
        return url.pathExtension == "hex" ? hex(String(decoding: data, as: UTF8.self)) : [UInt8](data)
    }

    /// A certificate of the field data; `nil` without field data.
    static func certificate(_ name: String) throws -> CVCertificate? {
        try file(name).map { try CVCertificate(parsing: $0) }
    }

    /// A certificate by the name of its file among those of AusweisApp.
    static func ausweisapp(_ name: String) throws -> CVCertificate? {
        try certificate("cvc_ausweisapp/\(name).hex")
    }

    /// Every certificate file.
    static func all() throws -> [(name: String, bytes: [UInt8])] {
        guard let root = fieldData() else { return [] }
        var found: [(String, [UInt8])] = []
        for folder in ["cvc_ausweisapp", "cvc_openpace", "cvc_persosim"] {
            let names = try FileManager.default.subpathsOfDirectory(
                atPath: root.appendingPathComponent(folder).path)
            for name in names.sorted() {
                let isCertificate =
                    name.hasPrefix("cv") || name.hasSuffix(".cvcert") || name.hasPrefix("DECVCA")
                if isCertificate, let bytes = try file("\(folder)/\(name)") {
                    found.append(("\(folder)/\(name)", bytes))
                }
            }
        }
        return found
    }
}

func day(_ text: String) throws -> CalendarDate { try #require(CalendarDate(text)) }
