import EMRTDTestSupport
import ISO7816
import LDS
import Testing

@Suite struct FaceTests {
    static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3, 0xFF, 0xD9]
    static let jp2: [UInt8] = [0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20, 0x0D, 0x0A, 0x87, 0x0A]
    static let codestream: [UInt8] = [0xFF, 0x4F, 0xFF, 0x51, 0, 1]

    @Test(
        arguments: [(jpeg, 0, .jpeg), (jp2, 1, .jpeg2000), (codestream, 1, .jpeg2000Codestream)]
            as [([UInt8], UInt8, ImageFormat)])
    func oneImage(_ image: [UInt8], _ type: UInt8, _ format: ImageFormat) throws {
        let dg2 = try DG2(parsing: group(record([block(image, type: type, points: 2)])))
        #expect(dg2.leniencies.isEmpty)
        let face = try #require(dg2.images.first)
        #expect(Array(face.bytes) == image)
        #expect(face.format == format)
        #expect(face.width == 300 && face.height == 400)
        #expect(dg2.templates.first?.formatType == 8 && dg2.templates.first?.formatOwner == 0x0101)
    }

    @Test func severalImagesAndTemplates() throws {
        let two = record([block(FaceTests.jpeg, type: 0), block(FaceTests.jp2, type: 1, points: 1)])
        let dg2 = try DG2(parsing: group(two, record([block(FaceTests.jpeg, type: 0)])))
        #expect(dg2.images.map(\.format) == [.jpeg, .jpeg2000, .jpeg])
        #expect(dg2.leniencies.isEmpty)
    }

    @Test func recordInside7F2E() throws {
        let dg2 = try DG2(parsing: group(record([block(FaceTests.jpeg, type: 0)]), tag: 0x7F2E))
        #expect(dg2.images.count == 1)
    }

    @Test(arguments: [-8, -1, 1, 8])
    func recordLengthAFewBytesOff(_ off: Int) throws {
        let dg2 = try DG2(parsing: group(record([block(FaceTests.jpeg, type: 0)], off: off)))
        #expect(dg2.images.map { Array($0.bytes) } == [FaceTests.jpeg])
        #expect(dg2.leniencies.map(\.code) == [.recordLengthMismatch])
    }

    @Test func recordLengthFarOff() throws {
        let dg2 = try DG2(parsing: group(record([block(FaceTests.jpeg, type: 0)], off: 9)))
        guard case .malformed(let error) = dg2.faces.first else {
            Issue.record("not malformed")
            return
        }
        #expect(error == LDSError(.truncated) && error.file == .dataGroup(.dg2))
        #expect(dg2.templates.count == 1 && dg2.images.isEmpty)
    }

    @Test(arguments: [1, 8])
    func blockLengthAFewBytesTooMany(_ off: Int) throws {
        let dg2 = try DG2(parsing: group(record([block(FaceTests.jpeg, type: 0, off: off)])))
        #expect(dg2.images.map { Array($0.bytes) } == [FaceTests.jpeg])
        #expect(dg2.leniencies.map(\.code) == [.recordLengthMismatch])
    }

    @Test(arguments: [9, 1000, -9, -32, -1000])
    func blockLengthFarOff(_ off: Int) throws {
        let dg2 = try DG2(parsing: group(record([block(FaceTests.jpeg, type: 0, off: off)])))
        guard case .malformed = dg2.faces.first else {
            Issue.record("not malformed")
            return
        }
    }

    @Test func padding() throws {
        let padded = record([block(FaceTests.jpeg, type: 0)]) + [UInt8](repeating: 0, count: 100)
        let dg2 = try DG2(parsing: group(padded))
        #expect(dg2.images.map { Array($0.bytes) } == [FaceTests.jpeg])
        #expect(Set(dg2.leniencies.map(\.code)) == [.recordPadding])
    }

    @Test(arguments: [(jpeg, 1), (jp2, 0), ([1, 2, 3], 0), (jpeg, 7)] as [([UInt8], UInt8)])
    func imageOfAnotherType(_ image: [UInt8], _ type: UInt8) throws {
        let dg2 = try DG2(parsing: group(record([block(image, type: type)])))
        #expect(dg2.leniencies.map(\.code) == [.imageTypeMismatch])
        #expect(dg2.images.first?.format == ImageFormat(of: image))
    }

    @Test func unsupportedEncodingsKeepTheirBytes() throws {
        let minimal = hex(try #require(Vector.named("dg2-39794-5-minimal-synthetic")?.outputs?.dg2))
        let dg2 = try DG2(parsing: minimal)
        #expect(dg2.rawBytes == minimal && dg2.images.isEmpty)
        guard case .unsupported(let error) = dg2.faces.first else {
            Issue.record("not unsupported")
            return
        }
        #expect(error == LDSError(.unsupportedFormat))
        #expect(dg2.templates.first?.dataTag == 0x7F2E && dg2.templates.first?.formatType == 0x2A)
        var other = record([block(FaceTests.jpeg, type: 0)])
        other[5] = 0x32  // version 020
        guard case .unsupported = try DG2(parsing: group(other)).faces.first else {
            Issue.record("not unsupported")
            return
        }
    }

    @Test func publishedPrefix() throws {
        let prefix = hex(try #require(Vector.named("dg2-appendix-a3")?.outputs?.correctedPrefix))
        let dg2 = try DG2(parsing: prefix + [UInt8](repeating: 0, count: 12642))
        #expect(dg2.templates.first?.data.count == 12642)
        #expect(dg2.templates.first?.creationDate == hex("20020315133000"))
        #expect(dg2.leniencies.isEmpty)
    }

    @Test(
        arguments: [
            "7500", "75027F61", "75037F6100", "75067F6103020100AA", "75097F610602010 17F6000".replacing(" ", with: ""),
            "750E7F610B0201017F6006A10405000500", "61020500",
        ])
    func malformedTemplates(_ text: String) {
        let result = Result { try DG2(parsing: hex(text)) }
        if case .success(let dg2) = result { #expect(dg2.images.isEmpty && !dg2.leniencies.isEmpty) }
    }

    @Test func noImagesAndTooMany() throws {
        for count in [0, 33, 65535] {
            var none = record([block(FaceTests.jpeg, type: 0)])
            none[12] = UInt8(count >> 8)
            none[13] = UInt8(count & 0xFF)
            guard case .malformed = try DG2(parsing: group(none)).faces.first else {
                Issue.record("not malformed")
                return
            }
        }
        let many = [[UInt8]](repeating: record([block(FaceTests.jpeg, type: 0)]), count: 33)
        #expect(throws: LDSError(.limitExceeded)) { try DG2(parsing: group(many, tag: 0x5F2E)) }
    }

    @Test func wrongInstanceCountIsReported() throws {
        var bytes = group(record([block(FaceTests.jpeg, type: 0)]))
        let index = try #require(bytes.firstIndex(of: 0x02))
        bytes[index + 2] = 5
        #expect(try DG2(parsing: bytes).leniencies.map(\.code) == [.instanceCountMismatch])
    }
}

/// One image block of ISO/IEC 19794-5.
func block(_ image: [UInt8], type: UInt8, points: Int = 0, off: Int = 0) -> [UInt8] {
    let length = 20 + 8 * points + 12 + image.count + off
    return bigEndian(length, 4) + bigEndian(points, 2) + [UInt8](repeating: 0, count: 14 + 8 * points) + [1, type]
        + bigEndian(300, 2) + bigEndian(400, 2) + [0, 0, 0, 0, 0, 0] + image
}

/// A facial record around blocks.
func record(_ blocks: [[UInt8]], off: Int = 0) -> [UInt8] {
    let body = blocks.flatMap { $0 }
    return Array("FAC\0010\0".utf8) + bigEndian(14 + body.count + off, 4) + bigEndian(blocks.count, 2) + body
}

/// DG2 around records.
func group(_ records: [UInt8]..., tag: ISO7816.Tag = 0x5F2E) -> [UInt8] { group(records, tag: tag) }

func group(_ records: [[UInt8]], tag: ISO7816.Tag) -> [UInt8] {
    let header = TLV.encode(0xA1, hex("8101028201008702010188020008"))
    let templates = records.map { TLV.encode(0x7F60, header + TLV.encode(tag, $0)) }
    return TLV.encode(
        0x75, TLV.encode(0x7F61, [0x02, 0x01, UInt8(truncatingIfNeeded: records.count)] + templates.flatMap { $0 }))
}

private func bigEndian(_ number: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * (count - 1 - $0))) }
}
