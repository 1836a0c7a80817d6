import LDS
import Testing
import VietnamID

@Suite struct VietnamMRZTests {
    @Test(
        arguments: [
            ("normal", "003190000123", "1990-07-05", "2030-07-05", "DANG", "THI UOC", false),
            ("no_expiry", "003050000456", "1950-01-01", nil, "NGUYEN", "VAN MAU", false),
            ("single_name", "003090000789", "1990-01-01", "2030-01-01", "MAU", "", false),
            (
                "long_name_truncated", "003190000321", "1990-07-05", "2030-07-05", "CONG", "TANG TON NU NGUYEN HOANG",
                true
            ),
        ] as [(String, String, String, String?, String, String, Bool)])
    func samples(
        _ name: String, _ number: String, _ birth: String, _ expiry: String?, _ primary: String, _ secondary: String,
        _ truncated: Bool
    ) throws {
        let lines = try #require(VietnamVectors.all.mrz[name])
        let mrz = try MRZ(text: lines.joined(separator: "\n"))
        #expect(mrz.allChecksAreCorrect)
        #expect(mrz.primaryIdentifier == primary && mrz.secondaryIdentifier == secondary)
        #expect(mrz.nameIsTruncated == truncated)
        let today = try #require(CalendarDate("2026-11-21"))
        let card = try #require(VietnamMRZ(mrz))
        #expect(card.number?.text == number)
        #expect(card.documentNumberAgrees == true)
        #expect(card.optionalCheckDigitIsCorrect)
        #expect(card.dateOfBirth(notAfter: today)?.description == birth)
        switch card.expiry(seenFrom: today) {
        case .date(let date): #expect(date.description == expiry)
        case .unlimited: #expect(expiry == nil && mrz.dateOfExpiry.rawValue == "991231")
        case .unreadable: Issue.record("unreadable expiry")
        }
        // Keys use the zone as it stands, 991231 included.
        #expect(mrz.information.count == 24)
        #expect(
            mrz.information
                == (try MRZ.mrzInformation(
                    documentNumber: String(number.suffix(9)), dateOfBirth: mrz.dateOfBirth.rawValue,
                    dateOfExpiry: mrz.dateOfExpiry.rawValue)))
    }

    @Test func centuryComesFromTheNumber() throws {
        // Born 1920 by the number: a window over two-digit years would say 2020.
        let line1 = "IDVNM1200001230003120000123<<"
        let optional = line1.dropFirst(15)
        let check = try #require(MRZCheckDigit.compute(over: optional.utf8))
        let mrz = try MRZ(
            text: line1 + String(Character(Unicode.Scalar(check))) + "2007057F3007055VNM<<<<<<<<<<<4"
                + "DANG<<THI<UOC<<<<<<<<<<<<<<<<<")
        let today = try #require(CalendarDate("2026-11-21"))
        #expect(mrz.dateOfBirth.birth(notAfter: today)?.year == 2020)
        #expect(VietnamMRZ(mrz)?.dateOfBirth(notAfter: today)?.year == 1920)
    }

    @Test func otherZonesAreNone() throws {
        let other = try MRZ(
            text: "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
        #expect(VietnamMRZ(other) == nil)
        let passport = try MRZ(
            text: "P<VNMERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10")
        #expect(VietnamMRZ(passport) == nil)
    }

    @Test func damagedOptionalData() throws {
        let lines = try #require(VietnamVectors.all.mrz["normal"])
        func card(_ line1: String) throws -> VietnamMRZ {
            try #require(VietnamMRZ(try MRZ(text: ([line1] + lines.dropFirst()).joined())))
        }
        let noNumber = try card("IDVNM1900001230<<<<<<<<<<<<<<<")
        #expect(noNumber.number == nil && noNumber.documentNumberAgrees == nil)
        let other = try card("IDVNM1900001230003190000124<<3")
        #expect(other.documentNumberAgrees == false && !other.optionalCheckDigitIsCorrect)
        let today = try #require(CalendarDate("2026-11-21"))
        #expect(noNumber.dateOfBirth(notAfter: today)?.description == "1990-07-05")
    }
}
