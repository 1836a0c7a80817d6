import EMRTDSimulator
import EMRTDTestSupport
import Foundation
import ISO7816
import Testing

@Suite struct DataGroupBuilderTests {
    @Test func comListsTagsInAscendingOrderOfTheGroups() throws {
        // Doc 9303-10, 4.6.1.1, with other groups.
        #expect(
            try DataGroupBuilder.com(dataGroups: [15, 2, 1, 3, 14, 13])
                == hex("6018 5F0104 30313037 5F3606 303430303030 5C06 6175636D6E6F"))
        #expect(throws: PersonalisationError(.invalidOption, "")) { try DataGroupBuilder.com(dataGroups: [0]) }
        #expect(throws: PersonalisationError(.invalidOption, "")) { try DataGroupBuilder.com(dataGroups: [17]) }
    }

    @Test func dg1HoldsTheZone() throws {
        let line = String(repeating: "<", count: 44)
        let group = try DataGroupBuilder.dg1(mrz: [line, line])
        #expect(Array(group.prefix(5)) == hex("615B5F1F58"))
        #expect(throws: PersonalisationError(.invalidLength, "")) { try DataGroupBuilder.dg1(mrz: [line]) }
        #expect(throws: PersonalisationError(.invalidLength, "")) { try DataGroupBuilder.dg1(mrz: [line, line + "<"]) }
        #expect(throws: PersonalisationError(.invalidLength, "")) { try DataGroupBuilder.dg1(mrz: []) }
    }

    /// The record's lengths are counted again from the outside in.
    @Test func dg2IsAFacialRecord() throws {
        let image: [UInt8] = [0xFF, 0xD8, 0xFF, 0xD9]
        let group = try DataGroupBuilder.dg2(image: image, width: 480, height: 640, sex: .female)
        let template = try TLV(exactly: group).child(0x7F61)
        #expect(try Array(template.child(0x02).value) == [1])
        let information = try template.child(0x7F60)
        #expect(Array(try information.child(0xA1).value) == hex("80020101 810102 87020101 88020008"))
        let record = Array(try information.child(0x5F2E).value)
        #expect(
            record
                == hex("46414300 30313000 00000032 0001") + hex("00000024 0000 02 00 00 000000 0000 000000 000000")
                + hex("01 00 01E0 0280 01 02 0000 0000") + image)
        #expect(record.count == 0x32)
        #expect(throws: PersonalisationError(.invalidLength, "")) {
            try DataGroupBuilder.dg2(image: [], width: 1, height: 1)
        }
        #expect(throws: PersonalisationError(.invalidLength, "")) {
            try DataGroupBuilder.dg2(image: [UInt8](repeating: 0, count: 60_001), width: 1, height: 1)
        }
    }

    @Test func dg3IsTwoFingerRecords() throws {
        let template = try TLV(exactly: try DataGroupBuilder.dg3(size: 16)).child(0x7F61)
        let objects = try template.children()
        #expect(objects.count == 3)
        #expect(Array(objects[0].encoded) == hex("020102"))
        for finger in objects.dropFirst() {
            let record = Array(try finger.child(0x5F2E).value)
            #expect(Array(record.prefix(14)) == hex("46495200 30313000 00000000012E"))
            #expect(record.count == 0x12E)
        }
        #expect(throws: PersonalisationError(.invalidLength, "")) { try DataGroupBuilder.dg3(size: 7) }
        #expect(throws: PersonalisationError(.invalidLength, "")) { try DataGroupBuilder.dg3(size: 161) }
    }

    @Test func theEmbeddedPortraitIsAWholeJPEG() throws {
        let jpeg = try TestPortrait.jpeg()
        #expect(jpeg.count == TestPortrait.byteCount)
        // Every segment up to the frame header, which states the size.
        var index = 2
        #expect(Array(jpeg.prefix(2)) == hex("FFD8"))
        #expect(Array(jpeg.suffix(2)) == hex("FFD9"))
        while jpeg[index] == 0xFF, ![0xC0, 0xC2].contains(jpeg[index + 1]) {
            index += 2 + Int(jpeg[index + 2]) << 8 + Int(jpeg[index + 3])
        }
        #expect(Array(jpeg[(index + 5)..<(index + 9)]) == hex("028001E0"))
    }
}
