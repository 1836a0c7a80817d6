import Foundation
import Testing

@testable import EMRTDTrust

@Suite("Base64")
struct Base64Tests {
    /// RFC 4648, 10.
    @Test(
        arguments: zip(
            ["", "f", "fo", "foo", "foob", "fooba", "foobar"],
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]))
    func published(_ text: String, _ encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(Array(encoded.utf8)) == Array(text.utf8))
    }

    @Test func agreesWithFoundation() {
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
        for count in 0...256 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 7 * count + $0) }
            let text = Data(bytes).base64EncodedString()
            #expect(Base64.encode(bytes) == text)
            #expect(Base64.decode(Array(text.utf8)) == bytes)
        }
    }

    @Test(arguments: ["A", "AA=", "AAA", "A===", "AA=A", "AA A", "AA\nA", "AA\u{C1}", "QUJD====", "QU\u{FF}D", "-_8="])
    func broken(_ text: String) { #expect(Base64.decode(Array(text.utf8)) == nil) }
}
