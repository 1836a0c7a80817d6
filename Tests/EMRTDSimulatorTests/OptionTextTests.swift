import EMRTDCrypto
import EMRTDSimulator
import Testing

@Suite("Options as text")
struct OptionTextTests {
    typealias CA = PersonalisationOptions.ChipAuthenticationOption
    typealias AA = PersonalisationOptions.ActiveAuthenticationOption

    @Test func pace() throws {
        #expect(try PACEOffer(text: "ECDH-GM-AES-128:13") == PACEOffer(.generic, .ecdh, .aes128, parameterId: 13))
        #expect(try PACEOffer(text: "DH-IM-3DES:2") == PACEOffer(.integrated, .dh, .tripleDES, parameterId: 2))
        #expect(
            try PACEOffer(text: "ECDH-CAM-AES-256:18")
                == PACEOffer(.chipAuthentication, .ecdh, .aes256, parameterId: 18))
        for (text, naming) in [
            ("@40", .explicit(ownId: 40)), ("@40:explicit", .explicit(ownId: 40)),
            ("@41:reference", .reference(ownId: 41)), ("@42:unknown", .unknown(ownId: 42)),
        ] as [(String, PACEOffer.Naming)] {
            #expect(try PACEOffer(text: "DH-GM-AES-192:0" + text).naming == naming)
        }
        #expect(try PACEOffer.list(text: "ECDH-GM-AES-128:13,DH-IM-3DES:2").count == 2)
    }

    @Test(arguments: [
        "", "ECDH", "ECDH-GM-AES-128", "ECDH-GM-AES-128:", "ECDH-GM-AES-128:x", "ECDH-GM-AES-128:-1",
        "ECDH-GM-AES-128:7", "ECDH-GM-AES-128:19", "ECDH-GM-AES-128:2", "DH-GM-AES-128:13", "DH-GM-AES-128:3",
        "ECDH-GM-AES-512:13", "ECDH-GM-DES:13", "ECDH-XM-AES-128:13", "ECDH-CAM-3DES:13", "DH-CAM-AES-128:2",
        "ECDH-IM-AES-128:10", "ecdh-gm-aes-128:13", "ECDH-GM-AES-128:13:unknown", "ECDH-GM-AES-128:13@", "RSA-GM:1",
        "ECDH-GM-AES-128:13@4x", "ECDH-GM-AES-128:13@40:other", "ECDH-GM-AES-128:13@40@41", "ECDH-GM-AES-128:300",
        "ECDH-GM-AES-128:13:", "ECDH-GM-AES-128:13,", ",", "ECDH-GM-AES-128:13 ", "ECDH-GM-AES-128:999999999999",
    ])
    func notPACE(_ text: String) {
        let error = #expect(throws: PersonalisationError.self) { try PACEOffer.list(text: text) }
        #expect(error?.code == .invalidOption && error?.reason.isEmpty == false)
    }

    @Test func chipAuthentication() throws {
        #expect(try CA(text: "ECDH-AES-256:16") == CA(.brainpoolP384r1, [.aes256]))
        #expect(try CA(text: "DH-3DES:2") == CA(.dh(.modp2048q256), [.tripleDES]))
        #expect(
            try CA(text: "ECDH-3DES+AES-128:13@41:standardized")
                == CA(.ecdh(.brainpoolP256r1), [.tripleDES, .aes128], keyId: 41, form: .standardized))
        #expect(try CA(text: "DH-AES-128:1:pkcs3").form == .pkcs3)
    }

    @Test(arguments: [
        "", "ECDH-AES-256", "ECDH:16", "ECDH-AES-256:2", "DH-3DES:13", "DH-3DES:3", "DH-3DES:", "ECDH-AES-256:16@",
        "ECDH-AES-256:16@x", "ECDH-AES-256:16:pkcs3", "DH-3DES:2:named", "DH-3DES:2:other", "ECDH-AES-128+:13",
        "ECDH-AES-128+AES-128:13", "ECDH-GM-AES-128:13", "DH-DES:2", "dh-3des:2", "ECDH-AES-256:16:named:named",
    ])
    func notChipAuthentication(_ text: String) {
        #expect(throws: PersonalisationError(.invalidOption, "")) { try CA(text: text) }
    }

    @Test func activeAuthentication() throws {
        #expect(try AA(text: "RSA-2048-SHA-256") == .rsa(bits: 2048, .sha256))
        #expect(try AA(text: "RSA-1024-SHA-1") == .rsa(bits: 1024, .sha1))
        for curve in StandardCurve.allCases {
            #expect(try AA(text: "ECDSA-\(curve)-SHA-512") == .ecdsa(curve, .sha512))
        }
    }

    @Test(arguments: [
        "", "RSA", "RSA-2048", "RSA-2048-SHA256", "RSA-2048-MD5", "RSA-512-SHA-1", "RSA-8192-SHA-1", "RSA-2047-SHA-1",
        "RSA-x-SHA-1", "ECDSA-SHA-256", "ECDSA-P-256-SHA-256", "ECDSA-secp256k1-SHA-256", "DSA-2048-SHA-256",
        "rsa-2048-sha-256", "RSA--SHA-256",
    ])
    func notActiveAuthentication(_ text: String) {
        #expect(throws: PersonalisationError(.invalidOption, "")) { try AA(text: text) }
    }

    @Test func formsOfEFSOD() throws {
        var sod = SODBuilder()
        try sod.apply(
            text: "indefinite-lengths,no-outer-tag,old-content-type,groups=SHA-1,content=SHA-512,wrong-signature")
        #expect(sod.form.lengths == .indefinite(segment: 100) && !sod.hasOuterTag && sod.contentType == "1.3.27.1.1.1")
        #expect(sod.groupDigest == .sha1 && sod.form.contentDigest == .sha512 && sod.form.faults == [.signature])
        for option in SODOption.allCases {
            var one = SODBuilder()
            try one.apply(text: option.rawValue)
        }
    }

    @Test(arguments: [
        "", ",", "indefinite", "indefinite-lengths,", "indefiniteLengths", "groups", "groups=", "groups=MD5",
        "content=sha-1", "no-signer ",
        "no-signer,no-signer", "groups=SHA-1,groups=SHA-1",
    ])
    func noFormsOfEFSOD(_ text: String) {
        var sod = SODBuilder()
        #expect(throws: PersonalisationError(.invalidOption, "")) { try sod.apply(text: text) }
    }
}
