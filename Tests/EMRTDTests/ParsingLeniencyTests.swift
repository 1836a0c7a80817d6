import EMRTD
import EMRTDTrust
import LDS
import Testing

/// An exception that a parser takes shows in the report; none is silent.
@Suite struct ParsingLeniencyTests {
    @Test func trailingBytesShowInTheReport() {
        // EF.COM that lists DG1, with two bytes after its end.
        let com: [UInt8] =
            [0x60, 0x13, 0x5F, 0x01, 0x04] + Array("0107".utf8) + [0x5F, 0x36, 0x06] + Array("040000".utf8)
            + [0x5C, 0x01, 0x61]
        let padded = [com[0], UInt8(com.count - 2)] + com.dropFirst(2) + [0x00, 0x00]
        let reader = DocumentReader(trust: .empty)
        let noted = reader.verify([.com: padded])
        #expect(noted.notes == ["leniency: trailingBytes in EF.COM: 2 bytes after the outer object"])
        #expect(noted.json().contains("trailingBytes"))
        #expect(reader.verify([.com: Array(padded.dropLast(2))]).notes.isEmpty)
    }
}
