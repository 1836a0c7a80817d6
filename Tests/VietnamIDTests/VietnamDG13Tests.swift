import EMRTDTestSupport
import ISO7816
import LDS
import Testing
import VietnamID

@Suite struct VietnamDG13Tests {
    static let samples = VietnamVectors.all.dg13

    @Test(arguments: [samples.fullOneSequencePerParent, samples.fullOneSequence])
    func fullCard(_ text: String) throws {
        let dg13 = VietnamDG13(parsing: hex(text))
        let fields = try #require(dg13.fields)
        #expect(dg13.rawBytes == hex(text))
        #expect(fields.version == 1 && fields.entries.count == 16 && fields.notes.isEmpty)
        #expect(fields.number?.text == "003190000123")
        #expect(fields.fullName?.string == "Đặng Thị Ước")
        #expect(fields.dateOfBirth?.date?.description == "1990-07-05")
        #expect(fields.sex == .female && fields.nationality?.string == "Việt Nam")
        #expect(fields.ethnicity?.string == "Kinh" && fields.religion?.string == "Không")
        #expect(fields.placeOfOrigin?.string == "Xã Mẫu, Huyện Mẫu, Tỉnh Mẫu")
        #expect(fields.residence?.string.hasPrefix("Số 1 Đường Mẫu") == true)
        #expect((fields.residence?.rawBytes.count ?? 0) > 127)
        #expect(fields.identifyingFeatures?.string == "Nốt ruồi C:1cm trên đuôi lông mày trái")
        #expect(fields.dateOfIssue?.date?.description == "2021-08-10" && fields.generation == .citizenCard)
        #expect(fields.expiry == .date(try #require(PartialDate(year: 2030, month: 7, day: 5))))
        #expect(
            fields.parents
                == .named(father: VietnameseText("Đặng Văn Mẫu".utf8), mother: VietnameseText("Nguyễn Thị Thử".utf8)))
        #expect(fields.spouse?.string == "Trần Văn Ví Dụ")
        #expect(fields.oldNumber?.string == "000000123" && fields.field16?.string == "0123456789ABCDEF")
    }

    @Test func sparseCard() throws {
        let fields = try #require(VietnamDG13(parsing: hex(VietnamDG13Tests.samples.sparseFatherBlank)).fields)
        #expect(fields.number?.text == "003050000456")
        #expect(fields.expiry == .unlimited)
        #expect(fields.parents == .named(father: nil, mother: VietnameseText("Lê Thị Thử".utf8)))
        #expect(fields.spouse == nil && fields.oldNumber == nil && fields.notes.isEmpty)
    }

    @Test func oneParentInOneSequenceIsNotGuessed() throws {
        let fields = try #require(VietnamDG13(parsing: hex(VietnamDG13Tests.samples.sparseAmbiguous)).fields)
        #expect(fields.parents == .oneOfThem(VietnameseText("Lê Thị Thử".utf8)))
    }

    @Test func orderVersionAndLengthFormsDoNotMatter() throws {
        let entries = [field(2, string("Tên")), field(1, printable("003190000123"))]
        for version in [0, 1] as [UInt8] {
            let fields = try #require(VietnamDG13(parsing: file(entries, version: version)).fields)
            #expect(fields.fullName?.string == "Tên" && fields.number != nil && fields.notes.isEmpty)
        }
        // A length of four bytes where one would do, and text that contains the pattern of a field.
        let long = TLV.encode(0x30, hex("020102") + hex("0C8400000006") + hex("300302010141"))
        let fields = try #require(VietnamDG13(parsing: file([long])).fields)
        #expect(fields.fullName?.rawBytes == hex("300302010141"))
        #expect(fields.entries.count == 1)
    }

    @Test func parentsInEveryNesting() throws {
        let (father, mother) = (string("Cha"), string("Mẹ"))
        let both = VietnamDG13Fields.Parents.named(
            father: VietnameseText("Cha".utf8), mother: VietnameseText("Mẹ".utf8))
        func parents(_ values: [UInt8]...) throws -> VietnamDG13Fields.Parents {
            try #require(VietnamDG13(parsing: file([field(13, values.flatMap { $0 })])).fields).parents
        }
        #expect(try parents(nested(father), nested(mother)) == both)
        #expect(try parents(nested(father + mother)) == both)
        #expect(try parents(father, mother) == both)
        #expect(try parents() == .none && (try parents(nested([]))) == .none)
        #expect(try parents(nested([]), nested([])) == .none)
        #expect(try parents(nested(father), nested([])) == .named(father: VietnameseText("Cha".utf8), mother: nil))
        #expect(try parents(nested(string("") + mother)) == .named(father: nil, mother: VietnameseText("Mẹ".utf8)))
        #expect(try parents(nested(father)) == .oneOfThem(VietnameseText("Cha".utf8)))
        guard case .unclear(let texts) = try parents(nested(father), nested(mother), nested(father)) else {
            Issue.record("not unclear")
            return
        }
        #expect(texts.count == 3)
    }

    @Test func oldNumberByContent() throws {
        func fields(_ fifteen: String?, _ sixteen: String?) throws -> VietnamDG13Fields {
            let entries = [(15, fifteen), (16, sixteen)].map { index, text in
                field(UInt8(index), text.map { printable($0) } ?? [])
            }
            return try #require(VietnamDG13(parsing: file(entries)).fields)
        }
        #expect(try fields("000000123", "0123456789ABCDEF").oldNumber?.string == "000000123")
        let swapped = try fields("0123456789ABCDEF", "000000123")
        #expect(swapped.oldNumber?.string == "000000123" && swapped.field16?.string == "0123456789ABCDEF")
        #expect(swapped.notes.map(\.code) == [.oldNumberInField16])
        #expect(try fields(nil, "003190000123").oldNumber?.string == "003190000123")
        #expect(try fields(nil, "0123456789ABCDEF").oldNumber == nil)
        #expect(try fields("12345", nil).notes.map(\.code) == [.unclearField])
    }

    @Test func oddElementsBecomeNotes() throws {
        let name = field(2, string("Tên"))
        func notes(_ bytes: [UInt8]) throws -> [VietnamDG13Fields.Note.Code] {
            let fields = try #require(VietnamDG13(parsing: bytes).fields)
            #expect(fields.fullName?.string == "Tên")
            return fields.notes.map(\.code)
        }
        #expect(try notes(file([name, name])) == [.repeatedField])
        #expect(try notes(file([name, field(17, string("x")), field(0, [])])) == [.unknownField, .unknownField])
        #expect(try notes(file([name, hex("0401AA"), hex("3000"), hex("30030201FF")])) == [.malformedField])
        #expect(try notes(file([name, hex("3005")])) == [.malformedField])
        #expect(try notes(file([name, field(9, hex("0C02C328"))])) == [.invalidText])
        #expect(try notes(file([name, field(9, string("a") + string("b"))])) == [.unclearField])
        #expect(try notes(file([name], version: 2)) == [.unexpectedVersion])
        #expect(try notes(file([name]) + [0, 0]) == [.trailingBytes])
    }

    @Test(
        arguments: [
            ("", LDSError.Code.malformedTLV), ("6D", .malformedTLV), ("6D00", .malformedTLV), ("61020500", .wrongTag),
            ("6D020500", .unexpectedField), ("6D023000", .missingField), ("6D0530030201" + "01", .unsupportedFormat),
            ("6D0D300B020101060628D316010009", .unsupportedFormat),
            ("6D0D300B020101060628D316010008", .missingField),
            ("6D0F300D020101060628D3160100083100", .missingField),
            ("6D1030 0E020101060628D316010008310105".replacing(" ", with: ""), .missingField),
            ("6D8200FF", .malformedTLV), ("6D10000102030405060708090A0B0C0D0E0F", .unexpectedField),
        ])
    func otherLayoutsKeepTheBytesAndSayWhy(_ text: String, _ code: LDSError.Code) {
        let dg13 = VietnamDG13(parsing: hex(text))
        #expect(dg13.rawBytes == hex(text) && dg13.fields == nil)
        guard case .unknown(let error) = dg13.contents else { return }
        #expect(error.code == code && error.file == .dataGroup(.dg13))
    }

    @Test func encodedByAnAlgorithmOfTheAuthority() {
        // Circular 16/2024/TT-BCA, article 6(3): part of the chip may be encoded. Random bytes stand for that.
        var generator = Generator(state: 16)
        for count in [0, 1, 16, 600] {
            let opaque = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let dg13 = VietnamDG13(parsing: TLV.encode(0x6D, opaque))
            #expect(dg13.fields == nil)
        }
    }

    @Test func descriptionsShowNoPersonalData() throws {
        let dg13 = VietnamDG13(parsing: hex(VietnamDG13Tests.samples.fullOneSequence))
        let fields = try #require(dg13.fields)
        var dumped = ""
        dump(fields, to: &dumped)
        let texts = [
            "\(dg13)", "\(fields)", String(reflecting: fields), dumped, "\(String(describing: fields.fullName))",
        ]
        for text in texts + ["\(fields.entries)", "\(fields.notes)"] {
            #expect(!text.contains("Đặng") && !text.contains("003190000123") && !text.contains("2021"))
        }
    }

    @Test func everyTruncationAndChangedByte() {
        for text in [VietnamDG13Tests.samples.fullOneSequence, VietnamDG13Tests.samples.sparseFatherBlank] {
            let good = hex(text)
            for count in good.indices { look(VietnamDG13(parsing: Array(good[..<count]))) }
            for index in good.indices {
                for mask in [0x01, 0x80, 0xFF] as [UInt8] {
                    var bad = good
                    bad[index] ^= mask
                    look(VietnamDG13(parsing: bad))
                }
            }
        }
        var generator = Generator(state: 13)
        for _ in 0..<2000 {
            let count = Int.random(in: 0...80, using: &generator)
            let random = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            look(VietnamDG13(parsing: file([random])))
        }
    }

    private func look(_ dg13: VietnamDG13) {
        guard let fields = dg13.fields else { return }
        _ = (fields.expiry, fields.number, fields.sex, fields.generation, fields.parents, fields.fullName?.composed)
    }
}

/// A DG13 around encoded fields.
private func file(_ fields: [[UInt8]], version: UInt8 = 1) -> [UInt8] {
    let header = [0x02, 0x01, version] + TLV.encode(0x06, hex("28D316010008"))
    return TLV.encode(0x6D, TLV.encode(0x30, header + TLV.encode(0x31, fields.flatMap { $0 })))
}

private func field(_ index: UInt8, _ value: [UInt8]) -> [UInt8] { TLV.encode(0x30, [0x02, 0x01, index] + value) }
private func string(_ text: String) -> [UInt8] { TLV.encode(0x0C, Array(text.utf8)) }
private func printable(_ text: String) -> [UInt8] { TLV.encode(0x13, Array(text.utf8)) }
private func nested(_ value: [UInt8]) -> [UInt8] { TLV.encode(0x30, value) }

private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
