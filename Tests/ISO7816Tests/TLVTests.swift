import EMRTDTestSupport
import ISO7816
import Testing

@Suite struct TLVTests {
    @Test(arguments: [0, 1, 127, 128, 255, 256, 65535, 65536])
    func lengthRoundTrip(_ count: Int) throws {
        let value = [UInt8](repeating: 0xA5, count: count)
        for tag: ISO7816.Tag in [0x04, 0x5F1F, 0x7F61, 0x5F8102] {
            let object = try TLV(exactly: TLV.encode(tag, value))
            #expect(object.tag == tag)
            #expect(object.value.count == count)
        }
        #expect(TLV.encodeLength(count).count == (count < 128 ? 1 : count < 256 ? 2 : count < 65536 ? 3 : 4))
    }

    @Test func lengthForms() throws {
        for text in ["0401AA", "048101AA", "04820001AA", "0483000001AA", "048400000001AA"] {
            let object = try TLV(exactly: hex(text))
            #expect(Array(object.value) == [0xAA])
            #expect(Array(object.encoded) == hex(text))
        }
    }

    @Test(
        arguments: [
            ("", ISO7816Error.Code.truncated), ("04", .truncated), ("5F", .truncated), ("5F81", .truncated),
            ("0401", .truncated), ("0481", .truncated), ("048201", .truncated), ("04820100", .truncated),
            ("0480", .invalidLength), ("04850000000001AA", .invalidLength), ("04FF", .invalidLength),
            ("0484FFFFFFFF", .invalidLength), ("048480000000", .invalidLength), ("04847FFFFFFF", .truncated),
            ("5F81828304", .invalidTag), ("5F8182838400", .invalidTag), ("7FFFFFFFFFFFFF", .invalidTag),
        ])
    func malformed(_ text: String, _ code: ISO7816Error.Code) {
        let error = #expect(throws: ISO7816Error.self) { try TLV(prefixOf: hex(text)[...]) }
        #expect(error?.code == code)
    }

    @Test func headerNeedsNoValue() throws {
        let header = try TLVHeader(prefixOf: hex("75823AE7")[...])
        #expect(header.tag == 0x75)
        #expect(header.headerLength == 4)
        #expect(header.valueLength == 0x3AE7)
        #expect(header.totalLength == 0x3AEB)
    }

    @Test func trailingBytes() throws {
        #expect(throws: ISO7816Error(.trailingBytes)) { try TLV(exactly: hex("0401AA00")) }
        #expect(try TLV(prefixOf: hex("0401AA00")[...]).encoded.count == 3)
    }

    @Test func slicesKeepTheOffsetsOfTheBuffer() throws {
        let bytes = hex("FFFF300602010504015A")
        let object = try TLV(exactly: bytes[2...])
        let children = try object.children()
        #expect(children.map(\.tag) == [0x02, 0x04])
        #expect(children[1].value.startIndex == 9)
        #expect(bytes[children[1].value.startIndex] == 0x5A)
    }

    @Test func children() throws {
        let object = try TLV(exactly: hex("7F6106020101020102"))
        #expect(try object.child(0x02).value.first == 1)
        #expect(try object.firstChild(0x04) == nil)
        #expect(throws: ISO7816Error(.missingDataObject)) { try object.child(0x04) }
        #expect(throws: ISO7816Error(.truncated)) { try TLV(exactly: hex("30020205")).children() }
    }

    @Test func numberOfObjectsIsBounded() throws {
        let most = [UInt8](repeating: 0, count: 2 * TLV.maximumCount)
        #expect(try TLV.parseAll(most[...]).count == TLV.maximumCount)
        let error = #expect(throws: ISO7816Error.self) { try TLV.parseAll((most + [0, 0])[...]) }
        #expect(error?.code == .limitExceeded)
        #expect(error?.offset == 2 * TLV.maximumCount)
    }

    @Test func nestingCostsNoStack() throws {
        // 20,000 objects inside each other: each level is one step of a loop.
        var backwards: [UInt8] = []
        for _ in 0..<20_000 { backwards += TLV.encodeLength(backwards.count).reversed() + [0x30] }
        var buffer = Array(backwards.reversed())[...]
        var depth = 0
        while let object = try? TLV(prefixOf: buffer), depth < 100_000 {
            buffer = object.value
            depth += 1
        }
        #expect(depth == 20_000)
    }

    @Test func encodesChildren() {
        #expect(TLV.encode(0x30, children: [hex("020101"), hex("0500")]) == hex("30050201010500"))
    }

    @Test func tags() {
        #expect((0x5F1F as ISO7816.Tag).bytes == hex("5F1F"))
        #expect((0x00 as ISO7816.Tag).bytes == [0])
        #expect((0x7F61 as ISO7816.Tag).isConstructed && (0x30 as ISO7816.Tag).isConstructed)
        #expect(!(0x5F1F as ISO7816.Tag).isConstructed && !(0x04 as ISO7816.Tag).isConstructed)
        #expect("\(0x7F2E as ISO7816.Tag)" == "7F2E")
    }

    @Test func everyTruncationAndRandomBytes() {
        let good = TLV.encode(0x7F61, children: [hex("020101"), TLV.encode(0x5F2E, [UInt8](repeating: 7, count: 300))])
        for count in good.indices {
            #expect(throws: ISO7816Error.self) { try TLV(exactly: good[..<count]) }
        }
        var state: UInt64 = 7
        for _ in 0..<5000 {
            let bytes = (0..<12).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 56)
            }
            if let objects = try? TLV.parseAll(bytes[...]) {
                #expect(objects.reduce(0) { $0 + $1.encoded.count } == bytes.count)
            }
        }
    }
}
