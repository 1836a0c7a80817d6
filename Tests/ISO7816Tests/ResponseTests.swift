import EMRTDTestSupport
import ISO7816
import Testing

@Suite struct ResponseTests {
    @Test func responses() throws {
        let empty = try ResponseAPDU(parsing: hex("9000"))
        #expect(empty.data.isEmpty && empty.statusWord.isSuccess)
        let full = try ResponseAPDU(parsing: hex("01026282"))
        #expect(full.data == [1, 2] && full.statusWord == .endOfFile)
        #expect(full.encoded == hex("01026282"))
        for text in ["", "90"] {
            #expect(throws: ISO7816Error(.invalidAPDU)) { try ResponseAPDU(parsing: hex(text)) }
        }
    }

    @Test func statusWordsWithANumber() {
        #expect((0x63C0 as StatusWord).retriesLeft == 0 && (0x63CF as StatusWord).retriesLeft == 15)
        #expect((0x6300 as StatusWord).retriesLeft == nil && (0x63D0 as StatusWord).retriesLeft == nil)
        #expect((0x6100 as StatusWord).bytesAvailable == 256 && (0x6101 as StatusWord).bytesAvailable == 1)
        #expect((0x6C00 as StatusWord).exactLength == 256 && (0x6CE7 as StatusWord).exactLength == 0xE7)
        #expect((0x9000 as StatusWord).bytesAvailable == nil && (0x6700 as StatusWord).exactLength == nil)
    }

    @Test func classesOfStatusWords() {
        #expect((0x6282 as StatusWord).isWarning && (0x63C2 as StatusWord).isWarning)
        #expect(!(0x6982 as StatusWord).isWarning && !(0x6982 as StatusWord).isSuccess)
        #expect(!(0x9001 as StatusWord).isSuccess)
        #expect((0x6982 as StatusWord).sw1 == 0x69 && (0x6982 as StatusWord).sw2 == 0x82)
    }

    @Test func textOfEveryStatusWord() {
        for value in UInt16.min...UInt16.max {
            let word = StatusWord(value)
            #expect(word.description.utf8.count == 4)
            if word.isSuccess { #expect(word.meaning == "success") }
        }
        #expect((0x63C2 as StatusWord).meaning.contains("2 tries"))
        #expect((0x6A82 as StatusWord).description == "6A82")
    }

    @Test func errorsCompareByCode() {
        #expect(ISO7816Error(.truncated, "a", offset: 1) == ISO7816Error(.truncated, "b"))
        #expect(ISO7816Error(.truncated) != ISO7816Error(.invalidTag))
        #expect(Set([ISO7816Error(.truncated, "a"), ISO7816Error(.truncated, "b")]).count == 1)
    }
}
