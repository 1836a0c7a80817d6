import EMRTDSimulator
import EMRTDTrust
import Foundation
import LDS
import Testing

@Suite struct LDIFBuilderTests {
    /// Unfolded by hand, with Foundation's base64: RFC 2849, 2.
    private func values(_ text: [UInt8], _ lineEnd: String) throws -> [String: [UInt8]] {
        let unfolded = String(decoding: text, as: UTF8.self).replacingOccurrences(of: lineEnd + " ", with: "")
        var out: [String: [UInt8]] = [:]
        for line in unfolded.components(separatedBy: lineEnd) {
            guard let colons = line.range(of: ":: ") else { continue }
            out[String(line[..<colons.lowerBound])] = [UInt8](
                try #require(Data(base64Encoded: String(line[colons.upperBound...]))))
        }
        return out
    }

    @Test(arguments: ["\n", "\r\n"], [0, 20, 76, 78]) func theTextHoldsWhatWasPutIn(lineEnd: String, width: Int) throws
    {
        var builder = LDIFBuilder()
        (builder.lineEnd, builder.width) = (lineEnd, width)
        let pki = try TestPKITests.pki(RevocationListBuilderTests.key)
        let signer = try pki.makeDocumentSigner(key: RevocationListBuilderTests.key, validity: TestPKITests.validity)
        let list = try RevocationListBuilder(
            issuer: pki.csca, thisUpdate: RevocationListBuilderTests.issued, nextUpdate: nil
        ).signed(by: pki.csca.key)
        builder.addDocumentSigner(signer.certificate, country: "UT", serial: "0A")
        builder.addCSCA(pki.cscaCertificate, country: "UT", serial: "0B")
        builder.addRevocationList(list, country: "UT")
        // All lengths of the last group of base64.
        for count in 1...3 {
            builder.addMasterList([UInt8](repeating: 0xFB, count: count), country: "UT", attribute: "list\(count)")
        }
        let text = builder.encoded()
        let values = try values(text, lineEnd)
        #expect(values["userCertificate;binary"] == signer.certificate)
        #expect(values["cACertificate;binary"] == pki.cscaCertificate)
        #expect(values["certificateRevocationList;binary"] == list)
        for count in 1...3 { #expect(values["list\(count)"] == [UInt8](repeating: 0xFB, count: count)) }
        let lines = String(decoding: text, as: UTF8.self).components(separatedBy: lineEnd)
        #expect(lines.first == "version: 1" && (width == 0 || lines.allSatisfy { $0.utf8.count <= width }))
        let parsed = try LDIF(text)
        #expect(parsed.problems.isEmpty && parsed.entries.count == 6)
    }

    @Test func theOptionBinaryCanBeLeftOut() throws {
        var builder = LDIFBuilder()
        builder.usesBinaryOption = false
        builder.addDocumentSigner([1], country: "UT", serial: "1")
        #expect(String(decoding: builder.encoded(), as: UTF8.self).contains("\nuserCertificate:: AQ==\n"))
    }
}
