import ISO7816
import Testing

@testable import EMRTDPCSC

@Suite("Tries of a card that does not answer")
struct AcquisitionTriesTests {
    private func sighting(_ counter: UInt16, _ reader: String = "Reader") -> ReaderWatch.Sighting {
        ReaderWatch.Sighting(reader: ReaderName(bytes: Array(reader.utf8)), eventCounter: counter)
    }

    @Test("a card that lies still is not tried for ever")
    func bounded() {
        var tries = CardAcquisition.Tries()
        var allowed = 0
        while allowed < 1000, tries.mayTryAgain(sighting(1)) { allowed += 1 }
        #expect(allowed == CardAcquisition.Tries.most - 1)
    }

    @Test("a card that is put down anew starts anew")
    func anew() {
        var tries = CardAcquisition.Tries()
        for counter in UInt16(0)..<100 {
            let isAllowed = tries.mayTryAgain(sighting(counter))
            #expect(isAllowed)
        }
    }

    @Test("each reader has its own count")
    func readers() {
        var tries = CardAcquisition.Tries()
        var allowed = 0
        while allowed < 1000, tries.mayTryAgain(sighting(7, "A")), tries.mayTryAgain(sighting(7, "B")) { allowed += 1 }
        #expect(allowed == CardAcquisition.Tries.most - 1)
    }
}
