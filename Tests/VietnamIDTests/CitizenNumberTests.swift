import LDS
import Testing
import VietnamID

@Suite struct CitizenNumberTests {
    @Test func partsOfANumber() throws {
        let number = try CitizenNumber("003190000123")
        #expect(number.can == Array("000123".utf8))
        #expect(number.mrzDocumentNumber == "190000123")
        #expect(number.provinceCode == "003" && number.province == nil)
        #expect(number.sex == .female && number.birthCentury == 1900 && number.birthYear == 1990)
        #expect(number.text == "003190000123")
    }

    @Test(
        arguments: [
            ("003050000456", Sex.male, 1950), ("003199000000", .female, 1999), ("003200000000", .male, 2000),
            ("003312000000", .female, 2012), ("003400000000", .male, 2100), ("003700000000", .female, 2200),
            ("003899000000", .male, 2399), ("003999000000", .female, 2399),
        ])
    func centuryAndSex(_ text: String, _ sex: Sex, _ year: Int) throws {
        let number = try CitizenNumber(text)
        #expect(number.sex == sex && number.birthYear == year)
    }

    @Test(
        arguments: [
            ("", VietnamIDError.Code.invalidLength), ("00319000012", .invalidLength), ("0031900001234", .invalidLength),
            ("00319000012A", .invalidCharacter), (" 03190000123", .invalidCharacter),
            ("003190000123\n", .invalidCharacter), ("００３190000123", .invalidCharacter),
            ("003-190000123", .invalidCharacter), ("٠٠٣١٩٠٠٠٠١٢٣", .invalidCharacter),
        ])
    func anythingElse(_ text: String, _ code: VietnamIDError.Code) {
        let error = #expect(throws: VietnamIDError.self) { try CitizenNumber(text) }
        #expect(error?.code == code)
        #expect(error.map { "\($0)".contains("190000") } == false)
    }

    @Test func mismatchesAreWarnings() throws {
        let number = try CitizenNumber("001190000123")
        #expect(number.province?.name == "Hà Nội")
        #expect(number.warnings(birthYear: 1990, sex: .female).isEmpty)
        #expect(number.warnings().isEmpty)
        #expect(number.warnings(birthYear: 1991, sex: .male) == [.birthYearDiffers, .sexDiffers])
        #expect(try CitizenNumber("003190000123").warnings() == [.unknownProvince])
    }

    @Test func nothingShowsTheNumber() throws {
        let number = try CitizenNumber("003190000123")
        var dumped = ""
        dump(number, to: &dumped)
        for text in ["\(number)", String(reflecting: number), String(describing: [number]), dumped] {
            #expect(!text.contains("190000123") && !text.contains("000123") && !text.contains("49"))
        }
        #expect(number.masked == "003*********")
    }

    @Test func provinces() {
        #expect(Province.allCodes.count == 63)
        #expect(Province(code: "079")?.name == "Hồ Chí Minh" && Province(code: "096")?.name == "Cà Mau")
        for code in ["003", "097", "1", "", "0001"] { #expect(Province(code: code) == nil) }
    }

    @Test func sexFromTextAndZone() {
        #expect(Sex(vietnamese: "Nữ") == .female && Sex(vietnamese: "NAM") == .male)
        #expect(Sex(vietnamese: "Nu\u{031B}\u{0303}") == .female)
        #expect(Sex(vietnamese: "") == nil && Sex(vietnamese: "F") == nil)
        #expect(Sex(mrz: "F") == .female && Sex(mrz: "M") == .male && Sex(mrz: "<") == nil)
    }
}
