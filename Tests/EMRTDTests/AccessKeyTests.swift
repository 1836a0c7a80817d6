import EMRTD
import EMRTDCrypto
import LDS
import Testing

@Suite struct AccessKeyTests {
    private func error(_ body: () throws -> AccessKey) -> EMRTDError? {
        do {
            _ = try body()
            return nil
        } catch { return error as? EMRTDError }
    }

    @Test(arguments: ["1", "123456", "000000", "0123456789ABCDEF", "!~"])
    func goodCAN(_ text: String) throws {
        let key = try AccessKey.can(text)
        #expect(key.kind == .can && key.description == "CAN")
        #expect(try AccessKey.can(Array(text.utf8)).secret.count == text.utf8.count)
    }

    @Test(arguments: [
        "", "12345678901234567", "12 456", " 123456", "123456\n", "123456\0", "١٢٣٤٥٦", "１２３４５６", "12345é",
        "\u{7F}23456",
        "\u{202E}123456", String(repeating: "1", count: 100_000),
    ])
    func badCAN(_ text: String) throws {
        let error = try #require(error { try .can(text) })
        #expect(error.code == .invalidAccessKey && error.stage == .access && error.remedy == .checkPassword)
        #expect(text.count < 4 || !error.description.contains(text))
        #expect(self.error { try .can(Array(text.utf8)) }?.code == .invalidAccessKey)
    }

    /// Doc 9303-11, appendix D.2: the MRZ_information of the worked example, and its SHA-1.
    @Test func publishedExample() throws {
        let key = try AccessKey.mrz(documentNumber: "L898902C", dateOfBirth: "690806", dateOfExpiry: "940623")
        #expect(key.kind == .mrz && key.description == "MRZ")
        let hash = key.secret.withBytes { pointer, count in Array(UnsafeBufferPointer(start: pointer, count: count)) }
        #expect(
            hash.starts(with: [
                0x23, 0x9A, 0xB9, 0xCB, 0x28, 0x2D, 0xAF, 0x66, 0x23, 0x1D, 0xC5, 0xA4, 0xDF, 0x6B, 0xFB, 0xAE,
            ]))
        #expect(hash.count == 20)
        // Q16: the number with and without its fillers is the same key.
        let filled = try AccessKey.mrz(documentNumber: "L898902C<", dateOfBirth: "690806", dateOfExpiry: "940623")
        filled.secret.withBytes { pointer, count in
            #expect(Array(UnsafeBufferPointer(start: pointer, count: count)) == hash)
        }
    }

    @Test(arguments: [
        ("", "690806", "940623"), ("L898902C", "", "940623"), ("L898902C", "690806", ""),
        ("L898902C", "1969-08-06", "940623"),
        ("L898902C", "69080", "940623"), ("L898902C", "6908060", "940623"), ("L898902C", "690806", "94062é"),
        ("L8989é2C", "690806", "940623"), ("１２３", "690806", "940623"), ("L898 902", "690806", "940623"),
        (String(repeating: "A", count: 500), "690806", "940623"), ("L898902C", "ABCDEF", "940623"),
        ("A\0B", "690806", "940623"),
    ])
    func badMRZData(_ number: String, _ birth: String, _ expiry: String) throws {
        let error = try #require(error { try .mrz(documentNumber: number, dateOfBirth: birth, dateOfExpiry: expiry) })
        #expect(error.code == .invalidAccessKey && error.remedy == .checkPassword)
        for text in [number, birth, expiry] where text.count > 3 { #expect(!error.description.contains(text)) }
    }

    @Test func secretsAreNotInDescriptions() throws {
        let key = try AccessKey.can("734512")
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] { #expect(!text.contains("734512")) }
    }
}

@Suite struct ReadPlanTests {
    @Test func whatPlansInclude() {
        func groups(_ plan: ReadPlan) -> [Int] { DataGroupNumber.allCases.filter(plan.includes).map(\.number) }
        #expect(groups(.identity) == [1, 11, 13])
        #expect(groups(.identityAndPortrait) == [1, 2, 11, 13])
        #expect(groups(.everything) == Array(1...16))
        #expect(groups(.groups([])) == [1])
        #expect(groups(.groups([.dg2, .dg16])) == [1, 2, 16])
        #expect(ReadPlan.everything.dataGroups == nil)
        #expect(ReadPlan.groups([.dg11, .dg13]) == .identity)
        #expect(ReadPlan.groups(Set(DataGroupNumber.allCases)) != .everything)
    }
}
