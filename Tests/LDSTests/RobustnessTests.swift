import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// Every parser on every truncation, every changed byte and on random bytes: a value or an ``LDSError``, nothing else.
@Suite struct RobustnessTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var good: [UInt8]
        var parse: @Sendable ([UInt8]) throws -> Void
    }

    static let cases: [Case] = [
        Case(testDescription: "EF.COM", good: hex("60165F0104303130375F36063034303030305C046175766C")) {
            _ = try EFCOM(parsing: $0)
        },
        Case(
            testDescription: "EF.CardAccess",
            good: TLV.encode(
                0x31,
                hex("300D060804007F0007020202020101300F060A04007F00070202030202020101")
                    + sequence(SecurityInfosTests.pace, integer(2), integer(13))
                    + sequence(identifier("2.23.136.1.1.5"), integer(1), identifier("0.4.0.127.0.7")))
        ) { bytes in
            let infos = try EFCardAccess(parsing: bytes).securityInfos
            _ = infos.infos.count + infos.paceInfos.count
        },
        Case(testDescription: "EF.SOD", good: TLV.encode(0x77, sequence(integer(1), octets([1, 2, 3])))) {
            _ = try EFSOD(parsing: $0)
        },
        Case(testDescription: "DG1", good: hex(Vector.named("dg1-a2-td1-corrected")?.outputs?.dg1 ?? "")) {
            let mrz = try DG1(parsing: $0).mrz
            _ = mrz.information.count + mrz.checks.count
            _ = mrz.dateOfBirth.birth(notAfter: reference)
            _ = mrz.dateOfExpiry.expiry(seenFrom: reference)
        },
        Case(
            testDescription: "DG2",
            good: group(
                record([block(FaceTests.jpeg, type: 0, points: 1), block(FaceTests.jp2, type: 1)]),
                record([block(FaceTests.codestream, type: 1)]))
        ) { _ = try DG2(parsing: $0).images.map(\.bytes.count) },
        Case(testDescription: "DG14", good: TLV.encode(0x6E, TLV.encode(0x31, keyInfo))) {
            _ = try DG14(parsing: $0).securityInfos.chipAuthenticationPublicKeyInfos.count
        },
        Case(
            testDescription: "DG15",
            good: TLV.encode(0x6F, sequence(PublicKeyTests.rsa, bits(sequence(integer(0, 0xC1, 1), integer(3)))))
        ) { _ = try DG15(parsing: $0) },
        Case(testDescription: "any group", good: hex("6D020500")) { _ = try RawDataGroup(parsing: $0) },
        Case(testDescription: "object identifier", good: hex("2A864886F70D010101")) {
            _ = try OID(encoded: $0).description
        },
        Case(testDescription: "MRZ text", good: Array("I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507".utf8)) {
            _ = try MRZ(text: String(decoding: $0, as: UTF8.self))
        },
    ]

    static let reference = CalendarDate(daysSinceEpoch: 20_000) ?? CalendarDate.distantPast

    static let keyInfo = sequence(
        identifier("0.4.0.127.0.7.2.2.1.2"),
        sequence(
            sequence(
                PublicKeyTests.ec,
                sequence(
                    integer(1), PublicKeyTests.prime, sequence(octets([0, 1]), octets([0, 2])), octets([4, 1, 2]),
                    integer(0, 0x83), integer(1))), bits([4, 1, 2])), integer(1))

    @Test(arguments: cases) func everyTruncation(_ parser: Case) throws {
        for count in parser.good.indices { try run(parser, Array(parser.good[..<count])) }
    }

    @Test(arguments: cases) func everyChangedByte(_ parser: Case) throws {
        for index in parser.good.indices {
            for mask in [0x01, 0x80, 0xFF, 0x20, 0x7F] as [UInt8] {
                var bad = parser.good
                bad[index] ^= mask
                try run(parser, bad)
            }
        }
    }

    @Test(arguments: cases) func randomBytes(_ parser: Case) throws {
        var generator = SplitMix(state: 0x9303)
        for _ in 0..<2000 {
            var bytes = (0..<Int.random(in: 0...64, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            // Half of them get past the outer tag, and some of those past the length as well.
            if Bool.random(using: &generator), let tag = parser.good.first { bytes = [tag] + bytes }
            if Bool.random(using: &generator), bytes.count > 2 {
                bytes[1] = UInt8(truncatingIfNeeded: bytes.count - 2)
            }
            try run(parser, bytes)
        }
    }

    @Test(arguments: cases) func splicedFromGoodParts(_ parser: Case) throws {
        var generator = SplitMix(state: 11)
        let count = parser.good.count
        for _ in 0..<500 {
            var bytes = parser.good
            for _ in 0..<3 {
                let from = Int.random(in: 0..<count, using: &generator)
                let length = Int.random(in: 0...(count - from), using: &generator)
                let to = Int.random(in: 0...bytes.count, using: &generator)
                bytes.insert(contentsOf: parser.good[from..<(from + length)], at: to)
            }
            try run(parser, bytes)
        }
    }

    private func run(_ parser: Case, _ bytes: [UInt8]) throws {
        do {
            try parser.parse(bytes)
        } catch is LDSError {
            // An error of this module is what bad input may give.
        }
    }
}

extension CalendarDate {
    fileprivate static var distantPast: CalendarDate { CalendarDate(year: 1, month: 1, day: 1).unsafelyUnwrapped }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
