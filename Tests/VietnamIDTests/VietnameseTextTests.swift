import Foundation
import LDS
import Testing
import VietnamID

@Suite struct VietnameseTextTests {
    @Test(
        arguments: [
            "Đặng Thị Ước", "NGUYỄN VĂN QUÝ", "Huỳnh Thuỵ Ỷ", "hòa hoà thuý thúy", "ẵ ậ ệ ộ ợ ự ỹ", "Đắk Lắk", "abc",
            "",
            "Ürümqi Ç ñ",
        ])
    func composesWhatFoundationDecomposes(_ text: String) {
        let decomposed = VietnameseText(text.decomposedStringWithCanonicalMapping.utf8)
        #expect(Array(decomposed.composed.utf8) == Array(text.precomposedStringWithCanonicalMapping.utf8))
        #expect(
            Array(VietnameseText(text.utf8).composed.utf8) == Array(text.precomposedStringWithCanonicalMapping.utf8))
        #expect(decomposed.string == text)
    }

    @Test func everyVietnameseLetterInAnyOrderOfMarks() {
        for value in Array(0xC0...0xFF) + Array(0x102...0x1B0) + Array(0x1EA0...0x1EF9) as [UInt32] {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let letter = String(scalar)
            let parts = Array(letter.decomposedStringWithCanonicalMapping.unicodeScalars)
            guard parts.count == 3 else { continue }
            for order in [parts, [parts[0], parts[2], parts[1]]] {
                var view = String.UnicodeScalarView()
                view.append(contentsOf: order)
                let mixed = String(view)
                let expected = mixed.precomposedStringWithCanonicalMapping
                guard expected.unicodeScalars.count == 1, value >= 0x1EA0 else { continue }
                #expect(Array(VietnameseText(mixed.utf8).composed.utf8) == Array(expected.utf8))
            }
        }
    }

    @Test func malformedUTF8IsMarked() {
        for bytes in [[0xC3, 0x28], [0xFF], [0xE1, 0xBA], [0xC0, 0x80], [0xED, 0xA0, 0x80]] as [[UInt8]] {
            let text = VietnameseText(bytes)
            #expect(!text.isValidUTF8 && text.rawBytes == bytes && text.string.contains("\u{FFFD}"))
        }
        #expect(VietnameseText([]).isValidUTF8)
    }

    @Test(
        arguments: [
            ("05/07/1990", "1990-07-05"), ("5/7/1990", "1990-07-05"), ("00/00/1950", "1950-XX-XX"),
            ("00/07/1950", "1950-07-XX"), ("1950", "1950-XX-XX"), ("29/02/2024", "2024-02-29"),
            ("29/02/2023", nil), ("31/04/1990", nil), ("05-07-1990", nil), ("05/07/90", nil), ("1990/07/05", nil),
            ("", nil), ("//", nil), ("05/07/", nil), ("05/13/1990", nil), ("٠٥/٠٧/١٩٩٠", nil), (" 05/07/1990", nil),
        ] as [(String, String?)])
    func dates(_ text: String, _ expected: String?) {
        #expect(VietnameseDate(VietnameseText(text.utf8)).date?.description == expected)
    }

    @Test(arguments: ["Không thời hạn", "KHÔNG THỜI HẠN", " không  thời hạn "])
    func noExpiry(_ text: String) {
        #expect(CardExpiry(VietnameseText(text.utf8)) == .unlimited)
        #expect(CardExpiry(VietnameseText(text.decomposedStringWithCanonicalMapping.utf8)) == .unlimited)
    }

    @Test(arguments: ["", "Không", "99/99/9999", "vô thời hạn"])
    func unreadableExpiry(_ text: String) {
        #expect(CardExpiry(VietnameseText(text.utf8)) == .unreadable)
    }
}
