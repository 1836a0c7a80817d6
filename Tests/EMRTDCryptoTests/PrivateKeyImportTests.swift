import EMRTDCrypto
import EMRTDTestSupport
import Testing

/// Private keys in files of the openssl command line.
@Suite struct PrivateKeyImportTests {
    /// Runs openssl over a file; what it wrote.
    static func openssl(_ arguments: [String], input: [UInt8] = []) throws -> [UInt8] {
        let folder = try OpenSSLFolder()
        var arguments = arguments
        arguments.insert("-out out", at: 1)
        if !input.isEmpty {
            try folder.write("in", input)
            arguments.insert("-in in", at: 1)
        }
        try #require(try folder.openssl(arguments.joined(separator: " ")) == 0, "openssl \(arguments)")
        return try folder.read("out")
    }

    static func load(_ bytes: [UInt8]) throws -> PrivateKey {
        var copy = bytes
        defer { #expect(copy.allSatisfy { $0 == 0 }, "the bytes are cleared whatever comes out") }
        return try PrivateKey.imported(clearing: &copy)
    }

    static func ec(_ curve: String) throws -> [UInt8] {
        try openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:\(curve)"])
    }

    static let curves: [(String, StandardCurve)] = [
        ("prime192v1", .secp192r1), ("brainpoolP192r1", .brainpoolP192r1), ("secp224r1", .secp224r1),
        ("brainpoolP224r1", .brainpoolP224r1), ("prime256v1", .secp256r1), ("brainpoolP256r1", .brainpoolP256r1),
        ("brainpoolP320r1", .brainpoolP320r1), ("secp384r1", .secp384r1), ("brainpoolP384r1", .brainpoolP384r1),
        ("brainpoolP512r1", .brainpoolP512r1), ("secp521r1", .secp521r1),
    ]

    /// Every curve: PKCS #8 and SEC 1, PEM and DER, by name and spelt out, with and without the public point.
    @Test(arguments: curves)
    func ellipticCurves(name: String, curve: StandardCurve) throws {
        let pem = try Self.ec(name)
        let key = try Self.load(pem)
        guard case .ec(let point) = key.publicKey else { throw MissingField(key: "point") }
        #expect(point.curve == curve)
        let forms: [[String]] = [
            ["pkey", "-outform", "DER"], ["ec"], ["ec", "-outform", "DER"],
            ["ec", "-param_enc", "explicit"], ["ec", "-param_enc", "explicit", "-outform", "DER"],
            ["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"], ["ec", "-no_public", "-outform", "DER"],
            ["ec", "-conv_form", "compressed"], ["pkey", "-ec_param_enc", "explicit", "-outform", "DER"],
        ]
        for form in forms {
            #expect(try Self.load(Self.openssl(form, input: pem)).publicKey == key.publicKey, "\(form)")
        }
        // Parameters before the key, as `openssl ecparam -genkey` writes them, and other text.
        let parameters = try Self.openssl(["ecparam", "-name", name])
        #expect(
            try Self.load(Array("a note\n".utf8) + parameters + Self.openssl(["ec"], input: pem)).publicKey
                == key.publicKey)
        let signature = try key.sign([1, 2], scheme: .ecdsaPlain(.sha256))
        #expect(try key.publicKey.isValid(signature: signature, for: [1, 2], scheme: .ecdsaPlain(.sha256)))
    }

    /// Numbers keep the width of the order, however small they are and however the file writes them.
    @Test(arguments: [3, 31, 32]) func privateNumbersOfFixedWidth(_ count: Int) throws {
        let number = [UInt8](repeating: 0, count: 32 - count) + [UInt8](repeating: 0x5A, count: count)
        for written in [number, Array(number.suffix(count))] {
            let file = OpenSSLTests.der(
                0x30,
                [0x02, 0x01, 0x01] + OpenSSLTests.der(0x04, written)
                    + OpenSSLTests.der(0xA0, OpenSSLTests.identifier("1.2.840.10045.3.1.7")))
            let key = try Self.load(file)
            let scalar = try key.withScalar { open($0) }
            #expect(scalar == number)
            let point = try CurveGroup(.secp256r1).multiply(SecretBytes(copying: number))
            #expect(key.publicKey == .ec(try ECPublicKey(curve: .secp256r1, point: point)))
        }
    }

    @Test func rsa() throws {
        let pem = try Self.openssl(["genrsa", "2048"])
        let key = try Self.load(pem)
        for form in [
            ["rsa", "-traditional"], ["rsa", "-traditional", "-outform", "DER"], ["pkey", "-outform", "DER"],
        ] {
            #expect(try Self.load(Self.openssl(form, input: pem)).publicKey == key.publicKey)
        }
        let signature = try key.sign([1, 2], scheme: .rsaPSS(.sha256, mgf: .sha256, saltLength: 32))
        #expect(
            try key.publicKey.isValid(
                signature: signature, for: [1, 2], scheme: .rsaPSS(.sha256, mgf: .sha256, saltLength: 32)))
    }

    @Test func keysDoNotOutliveTheirOwners() throws {
        let pem = try Self.ec("prime256v1")
        for _ in 0..<3 { _ = try Self.load(pem) }
        _ = try? Self.load(Array(pem.dropLast(60)))
    }

    // MARK: refused

    @Test func encryptedKeys() throws {
        let ec = try Self.ec("prime256v1")
        let rsa = try Self.openssl(["genrsa", "1024"])
        for pem in [ec, rsa] {
            let forms = [
                ["pkcs8", "-topk8", "-passout", "pass:x"],
                ["pkcs8", "-topk8", "-passout", "pass:x", "-outform", "DER"],
            ]
            for form in forms {
                #expect(throws: CryptoError(.encryptedKey)) { try Self.load(Self.openssl(form, input: pem)) }
            }
        }
        #expect(throws: CryptoError(.encryptedKey)) {
            try Self.load(Self.openssl(["ec", "-aes128", "-passout", "pass:x"], input: ec))
        }
        #expect(throws: CryptoError(.encryptedKey)) {
            try Self.load(Self.openssl(["rsa", "-traditional", "-aes128", "-passout", "pass:x"], input: rsa))
        }
    }

    @Test func otherKeysAndCurves() throws {
        for algorithm in ["ED25519", "X25519", "ED448"] {
            for form in ["PEM", "DER"] {
                #expect(throws: CryptoError(.unsupportedKey)) {
                    try Self.load(Self.openssl(["genpkey", "-algorithm", algorithm, "-outform", form]))
                }
            }
        }
        for curve in ["secp256k1", "sect233r1", "brainpoolP256t1"] {
            let pem = try Self.ec(curve)
            #expect(throws: CryptoError(.unsupportedKey)) { try Self.load(pem) }
            #expect(throws: CryptoError(.unsupportedKey)) {
                try Self.load(Self.openssl(["ec", "-param_enc", "explicit"], input: pem))
            }
        }
        #expect(throws: CryptoError(.unsupportedKey)) {
            try Self.load(Self.openssl(["genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:1024"]))
        }
        #expect(throws: CryptoError(.invalidKey)) { try Self.load(Self.openssl(["genrsa", "512"])) }
    }

    @Test func publicKeysAndCertificates() throws {
        let pem = try Self.ec("prime256v1")
        #expect(throws: CryptoError(.unsupportedKey)) { try Self.load(Self.openssl(["pkey", "-pubout"], input: pem)) }
        #expect(throws: CryptoError(.encryptedKey)) {
            try Self.load(Self.openssl(["pkey", "-pubout", "-outform", "DER"], input: pem))
        }
        #expect(throws: CryptoError(.unsupportedKey), "parameters alone") {
            try Self.load(Self.openssl(["ecparam", "-name", "prime256v1"]))
        }
    }

    @Test func filesThatAreNone() throws {
        let pem = try Self.ec("prime256v1")
        let der = try Self.openssl(["pkey", "-outform", "DER"], input: pem)
        let bad: [[UInt8]] = [
            [], [0x30], [0x30, 0x00], [0x30, 0x80], [0x30, 0xFF, 0x02], der + [0], pem + pem, Array("hello".utf8),
            [UInt8](repeating: 0x30, count: 65_537), [UInt8](repeating: 0x2D, count: 65_536),
            Array("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".utf8),
            Array("-----BEGIN PRIVATE KEY-----\n".utf8), Array(pem.dropLast(40)),
        ]
        for bytes in bad {
            #expect(throws: (any Error).self, "\(bytes.prefix(20))") {
                do { _ = try Self.load(bytes) } catch let error as CryptoError {
                    #expect([.unsupportedKey, .encryptedKey].contains(error.code))
                    throw error
                }
            }
        }
        for count in 0..<der.count {
            #expect(throws: (any Error).self) { try Self.load(Array(der.prefix(count))) }
        }
    }

    /// The public point of the file belongs to another key; a curve with one changed parameter.
    @Test func halvesThatDoNotBelongTogether() throws {
        let der = try Self.openssl(["ec", "-outform", "DER"], input: Self.ec("brainpoolP256r1"))
        let other = try Self.load(Self.ec("brainpoolP256r1"))
        guard case .ec(let point) = other.publicKey else { throw MissingField(key: "point") }
        #expect(throws: (any Error).self) { try Self.load(Array(der.dropLast(65)) + point.point) }
        let explicit = try Self.openssl(
            ["ec", "-param_enc", "explicit", "-outform", "DER"], input: Self.ec("brainpoolP256r1"))
        for value in [try StandardCurve.brainpoolP256r1.parameters()] {
            for number in [value.prime, value.a, value.b, value.order, Array(value.generator.dropFirst())] {
                let start = try #require(explicit.indices.first { explicit[$0...].starts(with: number) })
                var spoilt = explicit
                spoilt[start + number.count - 1] ^= 2
                #expect(throws: (any Error).self) { try Self.load(spoilt) }
            }
        }
        let rsa = try Self.openssl(
            ["rsa", "-traditional", "-outform", "DER"], input: Self.openssl(["genrsa", "1024"]))
        for index in [200, 300, 400, 500] {
            var spoilt = rsa
            spoilt[index] ^= 4
            #expect(throws: CryptoError(.invalidKey)) { try Self.load(spoilt) }
        }
    }
}
