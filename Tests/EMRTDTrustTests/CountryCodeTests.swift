@testable import EMRTDTrust
import Testing

/// Country codes against each other.
struct CountryCodeTests {
    @Test(
        "codes of one state agree",
        arguments: [
            ("VN", "VN"), ("VN", "vn"), ("VN", "VNM"), ("DE", "D"), ("D", "DEU"), ("KS", "XK"), ("RKS", "XK"),
            ("UN", "ZZ"),
            ("UNO", "UNA"), ("CN", "HK"), ("GB", "GBR"), ("XOM", "xom"), ("Q1", "Q1"), (" VN", "VN "),
        ])
    func agreeing(_ a: String, _ b: String) {
        #expect(CountryCode.agree(a, b))
        #expect(CountryCode.agree(b, a))
    }

    @Test(
        "codes of two states do not",
        arguments: [
            ("VN", "DE"), ("VN", "VU"), ("VNM", "VUT"), ("D", "DK"), ("UN", "EU"), ("HK", "TW"), ("Q1", "Q2"),
            ("", "VN"),
            ("GB", "IE"), ("KS", "RS"),
        ])
    func differing(_ a: String, _ b: String) {
        #expect(!CountryCode.agree(a, b))
        #expect(!CountryCode.agree(b, a))
    }

    @Test("a certificate without a country agrees with all") func missing() throws {
        let known = try BuiltPKI.csca()
        let other = try BuiltPKI.csca(country: "DE")
        let nameless = try BuiltPKI.certificate(
            known.key, name: [0x30, 0], identifier: known.identifier, issuer: nil, isAuthority: true, .init())
        #expect(nameless.country == nil)
        #expect(CountryCode.agree(nameless, known.certificate))
        #expect(CountryCode.agree(known.certificate, nameless))
        #expect(!CountryCode.agree(other.certificate, known.certificate))
    }
}
