import ISO7816
import Testing

@Suite struct HexadecimalTests {
    @Test func bothWays() {
        let all = (0...255).map { UInt8($0) }
        #expect([UInt8](hexadecimal: all.hexadecimal) == all)
        #expect([UInt8](hexadecimal: all.hexadecimal.lowercased()) == all)
        #expect([UInt8](hexadecimal: "") == [])
    }

    @Test(arguments: ["0", "0g", "00 ", " 00", "0x00", "é0", "００", "000", "-1"])
    func anythingElse(_ text: String) { #expect([UInt8](hexadecimal: text) == nil) }
}
