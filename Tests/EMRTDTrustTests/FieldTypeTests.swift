import EMRTDCrypto
import EMRTDTestSupport
import Foundation
import Testing

@testable import EMRTDTrust

@Suite("Times, names, object identifiers, countries")
struct FieldTypeTests {
    func element(_ bytes: String) throws -> ASN1Element { try ASN1Element(hex(bytes)[...], .ber, name: "test") }

    @Test func timestampsAgreeWithFoundation() throws {
        let format = ISO8601DateFormatter()
        for seconds in stride(from: Int64(-62_000_000_000), to: 250_000_000_000, by: 123_456_789) {
            let text = Timestamp(secondsSince1970: seconds).description
            #expect(
                text == format.string(from: Date(timeIntervalSince1970: Double(seconds))) || seconds < -12_000_000_000)
            let parts = text.dropLast(10)
            let day = try #require(Timestamp(date: parts))
            #expect(day.secondsSince1970 <= seconds && seconds - day.secondsSince1970 < 86_400)
        }
        #expect(Timestamp(date: "2024-02-29") != nil)
        for wrong in [
            "2023-02-29", "2024-13-01", "2024-00-10", "2024-1-1", "20240101", "2024-01-01 ", "-024-01-01", "", "a-b-c",
        ] {
            #expect(Timestamp(date: wrong) == nil, "\(wrong)")
        }
        #expect(Timestamp.now() > inspectionDay || Timestamp.now() < inspectionDay)
    }

    @Test(arguments: [
        ("170D3133313231363231343331385A", "2013-12-16T21:43:18Z"),
        ("170D3530303130313030303030305A", "1950-01-01T00:00:00Z"),
        ("170D3439313233313233353935395A", "2049-12-31T23:59:59Z"),
        ("170B3133313231363231343 35A".filter { $0 != " " }, "2013-12-16T21:43:00Z"),
        ("180F32303530303130313030303030305A", "2050-01-01T00:00:00Z"),
        ("1811323031333132313632313433 31382E355A".filter { $0 != " " }, "2013-12-16T21:43:18Z"),
        ("17113133313231363231343331382B30313030", "2013-12-16T20:43:18Z"),
    ])
    func times(_ bytes: String, _ expected: String) throws {
        let time = try? element(bytes).time()
        #expect(time?.description == expected)
    }

    @Test(arguments: [
        "1700", "170D3133313331363231343331385A", "170C313331323136323134333138", "170D313331323136323134333138FF",
        "0C0D3133313231363231343331385A", "180D3133313231363231343331385A", "170E3133313231363231343331385A5A",
    ])
    func brokenTimes(_ bytes: String) throws { #expect(try element(bytes).time() == nil) }

    @Test func objectIdentifiers() {
        #expect(ASN1OID.ldsSecurityObject.description == "2.23.136.1.1.1")
        #expect(ASN1OID(contents: [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 2]) == .signedData)
        #expect(ASN1OID.signedData.description == "1.2.840.113549.1.7.2")
        #expect(ASN1OID(0, 4, 0, 127, 0, 7).description == "0.4.0.127.0.7")
        #expect(ASN1OID(contents: [0x88, 0x37]).description == "2.999")
        #expect(ASN1OID(contents: [0x27]).description == "0.39" && ASN1OID(contents: [0x28]).description == "1.0")
        #expect(ASN1OID(contents: [0x4F]).description == "1.39" && ASN1OID(contents: [0x50]).description == "2.0")
        // openssl reads the mark's identifier the same way.
        #expect(TestPKIMark.oid.description == TestPKIMark.objectIdentifier)
    }

    @Test func testPKIMarkIsWhatOpenSSLMade() throws {
        // The vectors' CSCA got the extension from openssl's configuration, by the dotted object identifier.
        #expect(try SODVectors.load().certificate("markedCSCA").isTestPKI)
        #expect(try !SODVectors.load().certificate("csca").isTestPKI)
    }

    @Test func stringTypes() throws {
        #expect(try element("0C04C490C3A1").text == "Đá")
        #expect(try element("1404E9742EE9").text == "ét.é")  // TeletexString in Latin-1
        #expect(try element("1E0401100061").text == "Đa")
        #expect(try element("1C080000011000000061").text == "Đa")
        #expect(try element("1C0400110000").text == "\u{FFFD}")
        #expect(try element("020101").text == "#020101")
        #expect("a\u{1B}[31m\u{202E}b\u{0}".printable == "a\u{FFFD}[31m\u{FFFD}b\u{FFFD}")
    }

    @Test func documentTypes() throws {
        let certificate = try SODVectors.load().certificate("documentTypesDS")
        #expect(certificate.extensions.documentTypes == ["P", "ID"])
        #expect(certificate.parsingOddities.isEmpty && certificate.country == "VN" && certificate.version == 3)
    }

    @Test(arguments: [
        ("VNM", "VN"), ("D", "DE"), ("D<<", "DE"), ("DEU", "DE"), ("RKS", "KS"), ("RKS", "XK"), ("UNO", "UN"),
        ("EUE", "EU"),
        ("GBD", "GB"), ("CHN", "HK"), ("ROM", "RO"), ("ROU", "RO"), ("fr", "FR"), ("UTO", "UT"), ("ZWE", "ZW"),
        ("AFG", "AF"),
    ])
    func countries(_ state: String, _ country: String) {
        #expect(CountryCode.alpha2(forIssuingState: state).contains(country))
    }

    @Test(arguments: ["", "<<<", "XXX", "QQQ", "1", "12", "VNMM", "\u{1F600}\u{1F600}", "V\u{0}"])
    func unknownCountries(_ state: String) { #expect(CountryCode.alpha2(forIssuingState: state).isEmpty) }

    @Test func pssDefaults() throws {
        let defaults = try SignatureAlgorithm(element("300D06092A864886F70D01010A3000"))
        #expect(try defaults.scheme() == .rsaPSS(.sha1, mgf: .sha1, saltLength: 20))
        let trailer = try SignatureAlgorithm(element("301206092A864886F70D01010A3005A303020102"))
        #expect(throws: TrustError(.unsupportedAlgorithm)) { try trailer.scheme() }
        let md5 = try SignatureAlgorithm(element("300D06092A864886F70D0101040500"))
        #expect(throws: TrustError(.forbiddenAlgorithm)) { try md5.scheme() }
        let bare = try SignatureAlgorithm(element("300D06092A864886F70D0101010500"))
        #expect(throws: TrustError(.unsupportedAlgorithm)) { try bare.scheme() }
        #expect(try bare.scheme(digest: .sha384) == .rsaPKCS1(.sha384))
    }
}
