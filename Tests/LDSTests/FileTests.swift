import EMRTDTestSupport
import ISO7816
import LDS
import Testing

@Suite struct FileTests {
    @Test(arguments: Vector.lds.filter { $0.outputs?.efCOM != nil })
    func publishedCOM(_ vector: Vector) throws {
        let outputs = try #require(vector.outputs)
        let bytes = hex(outputs.efCOM ?? "")
        let com = try EFCOM(parsing: bytes)
        #expect(com.rawBytes == bytes)
        #expect(com.ldsVersion == outputs.ldsVersion)
        #expect(com.unicodeVersion == outputs.unicodeVersion)
        #expect(com.dataGroups.map(\.tag.description) == outputs.tags)
        #expect(com.otherTags.isEmpty && com.leniencies.isEmpty)
    }

    @Test func comThatLies() throws {
        // Lists EF.COM, EF.SOD, a tag of two bytes, DG1 twice and a cut off tag; versions absent or odd.
        let com = try EFCOM(parsing: hex("60115F0104303158375C086160776175" + "7F617F"))
        #expect(com.dataGroups == [.dg1, .dg2])
        #expect(com.otherTags == [0x60, 0x77, 0x7F61, 0x7F])
        #expect(com.ldsVersion == nil && com.unicodeVersion == nil)
        #expect(Set(com.leniencies.map(\.code)) == [.invalidTagList, .invalidVersion])
    }

    @Test(
        arguments: [
            ("", LDSError.Code.truncated), ("60", .truncated), ("61025C00", .wrongTag), ("6000", .missingField),
            ("60175F0104", .truncated), ("60045C056175", .truncated), ("60800000", .malformedTLV),
        ])
    func malformedCOM(_ text: String, _ code: LDSError.Code) {
        let error = #expect(throws: LDSError.self) { try EFCOM(parsing: hex(text)) }
        #expect(error?.code == code && error?.file == .com)
    }

    @Test func sodWrappers() throws {
        let definite = try EFSOD(parsing: hex("77043002 0500 AA".replacing(" ", with: "")))
        #expect(definite.contents == hex("30020500"))
        #expect(definite.leniencies.map(\.code) == [.trailingBytes])
        let indefinite = try EFSOD(parsing: hex("7780308005000000" + "0000"))
        #expect(indefinite.contents == hex("3080050000000000"))
        #expect(indefinite.leniencies.map(\.code) == [.indefiniteLength])
        #expect(throws: LDSError(.wrongTag)) { try EFSOD(parsing: hex("30020500")) }
        #expect(throws: LDSError(.truncated)) { try EFSOD(parsing: hex("7705300205")) }
        #expect(throws: LDSError.self) { try EFSOD(parsing: hex("7780")) }
    }

    @Test(arguments: ["dg1-a2-td1-corrected", "dg1-a2-td2-corrected"])
    func publishedDG1(_ id: String) throws {
        let bytes = hex(try #require(Vector.named(id)?.outputs?.dg1))
        let dg1 = try DG1(parsing: bytes)
        #expect(dg1.rawBytes == bytes)
        #expect(dg1.mrz.allChecksAreCorrect && dg1.leniencies.isEmpty)
        #expect("\(dg1)" == "DG1, \(bytes.count) bytes")
    }

    @Test func misprintedDG1ReportsItsCompositeDigit() throws {
        let printed = try #require(Vector.named("dg1-a2-td1")?.inputs?.asPrinted)
        let dg1 = try DG1(parsing: TLV.encode(0x61, TLV.encode(0x5F1F, Array(printed.utf8))))
        let wrong = dg1.mrz.checks.filter { !$0.isCorrect }
        #expect(wrong.map(\.field) == [.composite])
        #expect(wrong.first?.expected == "8" && wrong.first?.found == "4")
        let other = try #require(Vector.named("dg1-a2-td2")?.inputs?.asPrinted)
        let error = #expect(throws: LDSError.self) {
            try DG1(parsing: TLV.encode(0x61, TLV.encode(0x5F1F, Array(other.utf8))))
        }
        #expect(error?.code == .invalidLength && error?.file == .dataGroup(.dg1))
    }

    @Test(arguments: ["61", "6100", "61035F1F00", "750361", "615D5F1F5A49", "61025F1E"])
    func malformedDG1(_ text: String) {
        let error = #expect(throws: LDSError.self) { try DG1(parsing: hex(text)) }
        #expect(error?.file == .dataGroup(.dg1))
    }

    @Test func rawGroups() throws {
        let raw = try RawDataGroup(parsing: hex("6D020500"))
        #expect(raw.number == .dg13 && raw.contents == hex("0500"))
        #expect(throws: LDSError(.wrongTag)) { try RawDataGroup(parsing: hex("6D020500"), as: .dg14) }
        #expect(throws: LDSError(.wrongTag)) { try RawDataGroup(parsing: hex("60020500")) }
        #expect(throws: LDSError(.truncated)) { try RawDataGroup(parsing: hex("6D0305")) }
    }
}
