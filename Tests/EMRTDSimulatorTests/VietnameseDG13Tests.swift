import EMRTDSimulator
import EMRTDTestSupport
import LDS
import Testing

@Suite struct VietnameseDG13Tests {
    private struct Samples: Decodable {
        let dg13: [String: String]
        let cardAccess: String
    }

    private func builder(_ nesting: VietnameseDG13Builder.ParentNesting) -> VietnameseDG13Builder {
        var out = VietnameseDG13Builder(parentNesting: nesting)
        out.nationality = "Việt Nam"
        out.ethnicity = "Kinh"
        out.religion = "Không"
        out.placeOfOrigin = "Xã Mẫu, Huyện Mẫu, Tỉnh Mẫu"
        out.residence = VietnameseCitizen.invented.residence
        out.identifyingFeatures = "Nốt ruồi C:1cm trên đuôi lông mày trái"
        out.issueDate = "10/08/2021"
        out.unknown = "0123456789ABCDEF"
        return out
    }

    private func full(_ nesting: VietnameseDG13Builder.ParentNesting) -> VietnameseDG13Builder {
        var out = builder(nesting)
        out.number = "003190000123"
        out.fullName = "Đặng Thị Ước"
        out.dateOfBirth = "05/07/1990"
        out.sex = "Nữ"
        out.expiryDate = "05/07/2030"
        out.father = "Đặng Văn Mẫu"
        out.mother = "Nguyễn Thị Thử"
        out.spouse = "Trần Văn Ví Dụ"
        out.oldNumber = "000000123"
        return out
    }

    private func sparse(_ nesting: VietnameseDG13Builder.ParentNesting) -> VietnameseDG13Builder {
        var out = builder(nesting)
        out.number = "003050000456"
        out.fullName = "Nguyễn Văn Mẫu"
        out.dateOfBirth = "01/01/1950"
        out.sex = "Nam"
        out.expiryDate = "Không thời hạn"
        out.mother = "Lê Thị Thử"
        return out
    }

    @Test func equalsTheSamplesByteForByte() throws {
        let samples = try vectors("vietnam-card.json", as: Samples.self).dg13
        #expect(hex(try full(.onePerParent).encoded()) == samples["full_leeon_nesting"])
        #expect(hex(try full(.oneForBoth).encoded()) == samples["full_nghialio_nesting"])
        #expect(hex(try sparse(.onePerParent).encoded()) == samples["sparse_no_expiry_father_blank_leeon"])
        #expect(hex(try sparse(.oneForBoth).encoded()) == samples["sparse_father_blank_one_seq_AMBIGUOUS"])
    }

    @Test func theProfilesHoldersAreTheSamples() throws {
        let samples = try vectors("vietnam-card.json", as: Samples.self)
        let today = try #require(CalendarDate(year: 2026, month: 3, day: 1))
        var options = PersonalisationOptions.vietnamCitizen(today: today)
        options.activeAuthentication = nil
        let document = try Personaliser(options).personalise()
        #expect(document.file(named: "DG13").map { hex($0.content) } == samples.dg13["full_leeon_nesting"])
        #expect(document.file(named: "EF.CardAccess").map { hex($0.content) } == samples.cardAccess.uppercased())
        options.holder = .vietnamese(.inventedWithoutExpiry)
        let other = try Personaliser(options).personalise()
        #expect(
            other.file(named: "DG13").map { hex($0.content) } == samples.dg13["sparse_no_expiry_father_blank_leeon"])
    }

    @Test func emptyGroupKeepsItsNumbers() throws {
        let empty = try VietnameseDG13Builder().encoded()
        let fields = (1...16).map { hex("3003 0201") + [UInt8($0)] }.flatMap { $0 }
        #expect(empty == hex("6D5F 305D 020101 060628D316010008 3150") + fields)
    }

    @Test func refusesLettersBeyondPrintableString() {
        let fields: [WritableKeyPath<VietnameseDG13Builder, String?>] = [
            \.number, \.dateOfBirth, \.issueDate, \.oldNumber, \.unknown,
        ]
        for field in fields {
            var builder = VietnameseDG13Builder()
            builder[keyPath: field] = "Không"
            #expect(throws: PersonalisationError(.invalidCharacter, "")) { try builder.encoded() }
        }
    }
}
