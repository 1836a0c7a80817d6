import EMRTDTestSupport
import LDS
import Testing

@Suite struct EFCVCATests {
    static let one = hex("420E44454356434165494430303130330000000000000000000000000000000000000000")
    static let two = hex("420E4445435643416549443030313033420E444543564341654944303031303200000000")

    @Test func names() throws {
        #expect(try EFCVCA(parsing: Self.one).certificationAuthorityReferences == [Array("DECVCAeID00103".utf8)])
        let both = try EFCVCA(parsing: Self.two)
        #expect(
            both.certificationAuthorityReferences.map { String(decoding: $0, as: UTF8.self) } == [
                "DECVCAeID00103", "DECVCAeID00102",
            ])
        #expect(both.rawBytes == Self.two && both.file == .cvca && both.leniencies.isEmpty)
        #expect(both.description == "EF.CVCA, 36 bytes")
        #expect(try EFCVCA(parsing: hex("420141")).certificationAuthorityReferences == [[0x41]])
    }

    @Test func damage() {
        let bad: [(String, LDSError.Code)] = [
            ("", .missingField), ("00", .missingField), ("000000420141", .missingField), ("430141", .missingField),
            ("42", .truncated), ("4202", .truncated), ("420241", .truncated), ("42014142", .truncated),
            ("4200", .invalidLength), ("4211" + String(repeating: "41", count: 17), .invalidLength),
            ("42810141", .invalidLength), ("420141420142420143", .unexpectedField),
            ("420141000001", .trailingBytes), ("42014100420142", .trailingBytes), ("4201419000", .trailingBytes),
        ]
        for (text, code) in bad {
            #expect(throws: LDSError(code), "\(text)") { try EFCVCA(parsing: hex(text)) }
        }
    }

    @Test func whereItLies() throws {
        func info(_ fields: String) throws -> TerminalAuthenticationInfo {
            let value = hex("060804007F0007020202" + fields)
            let set = [0x31, UInt8(value.count + 2), 0x30, UInt8(value.count)] + value
            return try #require(try EFCardAccess(parsing: set).securityInfos.terminalAuthenticationInfos.first)
        }
        let plain = try info("020101")
        #expect(plain.efCVCAFileIdentifier == 0x011C && plain.efCVCAShortFileIdentifier == 0x1C)
        let named = try info("020101" + "30070402011A04011A")
        #expect(named.efCVCAFileIdentifier == 0x011A && named.efCVCAShortFileIdentifier == 0x1A)
        let long = try info("020101" + "30040402011A")
        #expect(long.efCVCAFileIdentifier == 0x011A && long.efCVCAShortFileIdentifier == nil)
        #expect(try info("020101" + "30070402011A0401FF").efCVCAShortFileIdentifier == nil)
    }
}
