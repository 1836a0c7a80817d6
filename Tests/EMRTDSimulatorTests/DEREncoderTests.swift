import EMRTDSimulator
import EMRTDTestSupport
import LDS
import Testing

@Suite struct DEREncoderTests {
    @Test func integersAreMinimalAndPositive() {
        #expect(DEREncoder.integer(0) == hex("020100"))
        #expect(DEREncoder.integer(127) == hex("02017F"))
        #expect(DEREncoder.integer(128) == hex("02020080"))
        #expect(DEREncoder.integer(0xFFFF) == hex("020300FFFF"))
        #expect(DEREncoder.integer(.max) == hex("020900FFFFFFFFFFFFFFFF"))
        #expect(DEREncoder.integer(magnitude: hex("0000")) == hex("020100"))
        #expect(DEREncoder.integer(magnitude: hex("")) == hex("020100"))
        #expect(DEREncoder.integer(magnitude: hex("000080")) == hex("02020080"))
    }

    @Test func objectIdentifiersEqualPublishedOnes() throws {
        #expect(try DEREncoder.objectIdentifier("2.23.136.1.1.1") == hex("0606678108010101"))
        #expect(try DEREncoder.objectIdentifier("1.0.10646.1.0.8") == hex("060628D316010008"))
        #expect(try DEREncoder.objectIdentifier("0.4.0.127.0.7.2.2.4.2.2") == hex("060A04007F00070202040202"))
    }

    @Test(arguments: ["2.25.176756797023413405682327280519687391820", "2.999.3", "1.39.1", "2.48.0", "2.16.840.1"])
    func objectIdentifiersAreReadByOpenSSL(_ dotted: String) throws {
        let dump = try OpenSSL.dump(try DEREncoder.objectIdentifier(dotted))
        #expect(dump.contains("OBJECT"))
        #expect(dump.contains(":\(dotted)\n"))
    }

    @Test(arguments: ["", "1", "3.1", "1.40", "0.40", "1..2", "1.2.", "1.2.x", "1.02", "1.2.-3", "1.2.٣", ".1.2"])
    func refusesMalformedObjectIdentifiers(_ dotted: String) {
        #expect(throws: PersonalisationError(.invalidObjectIdentifier, "")) { try DEREncoder.objectIdentifier(dotted) }
        #expect(throws: PersonalisationError.self) {
            try DEREncoder.objectIdentifier("1.2." + String(repeating: "9", count: 41))
        }
    }

    @Test func setsAreSorted() {
        let set = DEREncoder.set([hex("020103"), hex("0403010203"), hex("020101"), hex("300D0601")])
        #expect(set == hex("310F 020101 020103 0403010203 300D0601"))
    }

    @Test func namedBitsDropTrailingZeros() {
        #expect(DEREncoder.namedBits([0]) == hex("03020780"))
        #expect(DEREncoder.namedBits([5, 6]) == hex("03020106"))
        #expect(DEREncoder.namedBits([8]) == hex("0303070080"))
        #expect(DEREncoder.namedBits([]) == hex("030100"))
        #expect(DEREncoder.namedBits([-1, 16]) == hex("030100"))
    }

    @Test func timesChangeTheirTypeIn2050() throws {
        let last = try #require(CalendarDate(year: 2049, month: 12, day: 31))
        #expect(DEREncoder.time(last, endOfDay: true) == [0x17, 13] + Array("491231235959Z".utf8))
        #expect(DEREncoder.time(last.adding(days: 1)) == [0x18, 15] + Array("20500101000000Z".utf8))
        #expect(DEREncoder.time(try #require(CalendarDate(year: 1949, month: 1, day: 1))).first == 0x18)
    }

    @Test(arguments: ["Nữ", "a*b", "a@b", "a\u{0}"])
    func refusesWhatIsNotPrintable(_ text: String) {
        #expect(throws: PersonalisationError(.invalidCharacter, "")) { try DEREncoder.printableString(text) }
    }
}
