import EMRTDCrypto
import EMRTDTestSupport
import Foundation
import Testing

/// Signatures made here and verified by the `openssl` program, and the other way round.
@Suite struct OpenSSLTests {
    static func der(_ tag: UInt8, _ value: [UInt8]) -> [UInt8] {
        let count = value.count
        let length: [UInt8] =
            count < 0x80
            ? [UInt8(count)] : count < 0x100 ? [0x81, UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
        return [tag] + length + value
    }

    static func identifier(_ dotted: String) -> [UInt8] {
        let arcs = dotted.split(separator: ".").compactMap { Int($0) }
        var out = [UInt8(arcs[0] * 40 + arcs[1])]
        for arc in arcs.dropFirst(2) {
            var digits = [UInt8(arc & 0x7F)]
            var rest = arc >> 7
            while rest > 0 {
                digits.insert(0x80 | UInt8(rest & 0x7F), at: 0)
                rest >>= 7
            }
            out += digits
        }
        return der(0x06, out)
    }

    static func subjectPublicKeyInfo(_ key: PublicKey) -> [UInt8] {
        func integer(_ number: [UInt8]) -> [UInt8] {
            der(0x02, (number.first.map { $0 >= 0x80 } ?? true ? [0] : []) + number)
        }
        switch key {
        case .ec(let key):
            return der(
                0x30,
                der(0x30, identifier("1.2.840.10045.2.1") + identifier(key.curve.objectIdentifier))
                    + der(0x03, [0] + key.point))
        case .rsa(let key):
            return der(
                0x30,
                der(0x30, identifier("1.2.840.113549.1.1.1") + [0x05, 0x00])
                    + der(0x03, [0] + der(0x30, integer(key.modulus) + integer(key.exponent))))
        }
    }

    static func options(_ scheme: SignatureScheme) -> String {
        switch scheme {
        case .rsaPSS(_, let mgf, let salt):
            " -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:\(salt) -sigopt rsa_mgf1_md:\(mgf.rawValue)"
        default: ""
        }
    }

    static let message = deterministicBytes(123)

    /// `openssl dgst -verify` says yes, and no to another message.
    static func expectVerifies(_ key: PrivateKey, _ scheme: SignatureScheme) throws {
        let folder = try OpenSSLFolder()
        try folder.write("key", subjectPublicKeyInfo(key.publicKey))
        try folder.write("message", message)
        try folder.write("other", message + [0])
        try folder.write("signature", key.sign(message, scheme: scheme))
        let command = "dgst -\(scheme.digest.rawValue) -keyform DER -verify key -signature signature\(options(scheme))"
        #expect(try folder.openssl(command, "message") == 0, "\(scheme)")
        #expect(try folder.openssl(command, "other") != 0, "\(scheme)")
    }

    /// What `openssl dgst -sign` makes is right here, and wrong for another message.
    static func expectIsVerified(_ folder: OpenSSLFolder, _ publicKey: PublicKey, _ scheme: SignatureScheme) throws {
        try folder.write("message", message)
        let command = "dgst -\(scheme.digest.rawValue) -keyform DER -sign key -out signature\(options(scheme))"
        try #require(try folder.openssl(command, "message") == 0)
        let signature = try folder.read("signature")
        #expect(try publicKey.isValid(signature: signature, for: message, scheme: scheme), "\(scheme)")
        #expect(try !publicKey.isValid(signature: signature, for: message + [0], scheme: scheme), "\(scheme)")
    }

    static func name(_ curve: StandardCurve) -> String {
        switch curve {
        case .secp192r1: "prime192v1"
        case .secp256r1: "prime256v1"
        default: "\(curve)"
        }
    }

    static let rsaSchemes: [SignatureScheme] = [
        .rsaPKCS1(.sha1), .rsaPKCS1(.sha224), .rsaPKCS1(.sha256), .rsaPKCS1(.sha384), .rsaPKCS1(.sha512),
        .rsaPSS(.sha256, mgf: .sha256, saltLength: 32), .rsaPSS(.sha512, mgf: .sha256, saltLength: 0),
        .rsaPSS(.sha384, mgf: .sha384, saltLength: 48),
    ]

    @Test(arguments: StandardCurve.allCases)
    func opensslVerifiesECDSA(_ curve: StandardCurve) throws {
        let key = try PrivateKey.generateEC(curve)
        for digest in [DigestAlgorithm.sha224, .sha512] { try Self.expectVerifies(key, .ecdsa(digest)) }
    }

    @Test func opensslVerifiesRSA() throws {
        let key = try PrivateKey.generateRSA(bits: 2048)
        for scheme in Self.rsaSchemes { try Self.expectVerifies(key, scheme) }
    }

    @Test(arguments: StandardCurve.allCases)
    func ecdsaOfOpenSSL(_ curve: StandardCurve) throws {
        let folder = try OpenSSLFolder()
        try #require(
            try folder.openssl(
                "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:\(Self.name(curve)) -outform DER -out key") == 0)
        try #require(try folder.openssl("pkey -inform DER -in key -pubout -outform DER -out public") == 0)
        let info = try folder.read("public")
        let key = PublicKey.ec(try ECPublicKey(curve: curve, point: info.suffix(curve.pointLength)))
        #expect(Self.subjectPublicKeyInfo(key) == info)
        for digest in [DigestAlgorithm.sha1, .sha256, .sha512] {
            try Self.expectIsVerified(folder, key, .ecdsa(digest))
        }
    }

    @Test func rsaOfOpenSSL() throws {
        let folder = try OpenSSLFolder()
        try #require(
            try folder.openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -outform DER -out key") == 0)
        try #require(try folder.openssl("pkey -inform DER -in key -pubout -outform DER -out public") == 0)
        // SubjectPublicKeyInfo ends in INTEGER (257 bytes with its sign byte), INTEGER 010001.
        let info = try folder.read("public")
        let key = PublicKey.rsa(try RSAPublicKey(modulus: Array(info.dropLast(5).suffix(256)), exponent: [1, 0, 1]))
        #expect(Self.subjectPublicKeyInfo(key) == info)
        for scheme in Self.rsaSchemes { try Self.expectIsVerified(folder, key, scheme) }
    }

    /// ECDH with a key of the program: `pkeyutl -derive` gives the same secret.
    @Test(arguments: StandardCurve.allCases)
    func keyAgreement(_ curve: StandardCurve) throws {
        let folder = try OpenSSLFolder()
        try #require(
            try folder.openssl(
                "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:\(Self.name(curve)) -outform DER -out key") == 0)
        try #require(try folder.openssl("pkey -inform DER -in key -pubout -outform DER -out public") == 0)
        let point = Array(try folder.read("public").suffix(curve.pointLength))
        let group = try CurveGroup(curve)
        let scalar = try group.randomScalar()
        let own = PublicKey.ec(try ECPublicKey(curve: curve, point: group.multiply(scalar)))
        try folder.write("peer", Self.subjectPublicKeyInfo(own))
        try #require(
            try folder.openssl("pkeyutl -derive -keyform DER -inkey key -peerform DER -peerkey peer -out secret") == 0)
        #expect(open(try group.sharedSecret(scalar, point: point)) == (try folder.read("secret")))
    }
}
