import EMRTDSimulator
import LDS
import Testing

@Suite("PACE offers")
struct PACEOfferTests {
    private func options() throws -> PersonalisationOptions {
        .vietnamCitizen(today: try #require(CalendarDate(year: 2026, month: 11, day: 21)))
    }

    @Test("EF.CardAccess offers what was chosen", arguments: [UInt8(8), 12, 18], SessionCipher.allCases)
    func offers(parameterId: UInt8, cipher: SessionCipher) throws {
        var options = try options()
        try options.offerPACE(parameterId: parameterId, cipher: cipher)
        let document = try Personaliser(options).personalise()
        let file = try #require(document.file(named: "EF.CardAccess"))
        let infos = try SecurityInfos(parsing: file.content, in: .cardAccess).paceInfos
        #expect(infos.count == 1)
        #expect(infos.first?.parameterId == Int(parameterId))
        #expect(infos.first?.protocol.cipher == cipher)
        #expect(infos.first?.protocol.mapping == .generic)
    }

    @Test("An id that is no curve's is refused and changes nothing", arguments: [UInt8(0), 2, 7, 19, 255])
    func refuses(parameterId: UInt8) throws {
        var options = try options()
        #expect(throws: PersonalisationError(.invalidOption, "")) {
            try options.offerPACE(parameterId: parameterId, cipher: .aes128)
        }
        try options.offerPACE(parameterId: 13, cipher: .aes256)
        #expect(throws: PersonalisationError.self) { try options.offerPACE(parameterId: parameterId, cipher: .aes128) }
        let document = try Personaliser(options).personalise()
        let file = try #require(document.file(named: "EF.CardAccess"))
        #expect(try SecurityInfos(parsing: file.content, in: .cardAccess).paceInfos.first?.parameterId == 13)
    }
}
