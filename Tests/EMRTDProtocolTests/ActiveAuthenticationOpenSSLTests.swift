import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// Active Authentication with keys that the `openssl` program made and signs with.
@Suite struct ActiveAuthenticationOpenSSLTests {
    /// Runs against a chip that signs in `folder`.
    private func run(
        _ folder: OpenSSLFolder, algorithm: OID? = nil, _ sign: @escaping ([UInt8]) throws -> [UInt8]
    ) async throws -> ActiveAuthentication.Result {
        try #require(try folder.openssl("pkey -in key.pem -pubout -outform DER -out public.der") == 0)
        let card = AnsweringCard { ResponseAPDU(data: try sign($0.data)) }
        return try await ActiveAuthentication.run(
            card, key: SubjectPublicKeyInfo(parsing: folder.read("public.der")), algorithm: algorithm,
            usesExtendedLength: true)
    }

    @Test(arguments: [1024, 1280, 2048, 3072], DigestAlgorithm.allCases)
    func rsa(_ bits: Int, _ digest: DigestAlgorithm) async throws {
        let folder = try OpenSSLFolder()
        // 3 as an exponent as well: some chips have it.
        let exponent = digest == .sha1 ? "3" : "65537"
        try #require(
            try folder.openssl(
                "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:\(bits) -pkeyopt rsa_keygen_pubexp:\(exponent)",
                "-out key.pem") == 0)
        for bad in [false, true] {
            let result = try await run(folder) { challenge in
                var block = try ISO9796Signature.block(
                    length: bits / 8, message: challenge, digest: digest, randomM1: randomBytes)
                if bad { block[bits / 16] ^= 1 }
                try folder.write("block", block)
                try #require(
                    try folder.openssl(
                        "pkeyutl -decrypt -inkey key.pem -pkeyopt rsa_padding_mode:none -in block -out signature") == 0)
                return try folder.read("signature")
            }
            if bad {
                #expect(ActiveAuthenticationTests.isWrong(result))
            } else {
                #expect(ActiveAuthenticationTests.leniencies(result) == [])
            }
        }
    }

    /// What our chip signs, opened by OpenSSL: the block is the one of Doc 9303-11, 6.1.2.2.
    @Test(arguments: DigestAlgorithm.allCases) func ourChip(_ digest: DigestAlgorithm) throws {
        let folder = try OpenSSLFolder()
        let key = try ActiveAuthenticationTests.rsa.get()
        guard case .rsa(let rsa) = key.publicKey else { return }
        let challenge = ActiveAuthenticationTests.challenge
        let info = try ActiveAuthenticationRunTests.rsa(modulus: rsa.modulus, exponent: rsa.exponent)
        try folder.write("public.der", info.encoded)
        try folder.write("signature", try ActiveAuthenticationChip(key: key, digest: digest).sign(challenge))
        try #require(
            try folder.openssl(
                "pkeyutl -verifyrecover -pubin -keyform DER -inkey public.der -pkeyopt rsa_padding_mode:none",
                "-in signature -out block") == 0)
        let block = try folder.read("block")
        let trailer: [UInt8] =
            switch digest {
            case .sha1: [0xBC]
            case .sha224: [0x38, 0xCC]
            case .sha256: [0x34, 0xCC]
            case .sha384: [0x36, 0xCC]
            case .sha512: [0x35, 0xCC]
            }
        let hash = block.dropLast(trailer.count).suffix(digest.length)
        let m1 = block[1..<hash.startIndex]
        #expect(block.count == 128 && block.first == 0x6A && Array(block.suffix(trailer.count)) == trailer)
        try folder.write("message", m1 + challenge)
        try #require(try folder.openssl("dgst -\(digest.rawValue) -binary -out hash message") == 0)
        #expect(try folder.read("hash") == Array(hash))
    }

    /// Curves by name and with all parameters written out, signatures in DER and plain, hashes longer than the order too.
    @Test(
        arguments: ["prime256v1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1", "secp224r1"],
        ["named_curve", "explicit"])
    func ecdsa(_ curve: String, _ encoding: String) async throws {
        let folder = try OpenSSLFolder()
        try #require(
            try folder.openssl(
                "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:\(curve) -pkeyopt ec_param_enc:\(encoding)",
                "-out key.pem") == 0)
        for digest in DigestAlgorithm.allCases {
            func der(_ challenge: [UInt8]) throws -> [UInt8] {
                try folder.write("challenge", challenge)
                try #require(
                    try folder.openssl("dgst -\(digest.rawValue) -sign key.pem -out signature challenge") == 0)
                return try folder.read("signature")
            }
            let named = ActiveAuthenticationTests.oid(digest)
            let first = try await run(folder, algorithm: named, der)
            #expect(ActiveAuthenticationTests.leniencies(first) == [.aaSignatureDER])
            let plain = try await run(folder, algorithm: named) { challenge in
                let (r, s) = try #require(ECDSASignature.parse(der: try der(challenge)))
                let width = try StandardCurve.length(curve)
                return [r, s].flatMap { [UInt8](repeating: 0, count: width - $0.count) + $0 }
            }
            #expect(ActiveAuthenticationTests.leniencies(plain) == [])
            let wrong = try await run(folder, algorithm: named) { try der($0 + [0]) }
            #expect(ActiveAuthenticationTests.isWrong(wrong))
        }
    }

    /// A curve that no document may have.
    @Test(arguments: ["named_curve", "explicit"]) func unknownCurve(_ encoding: String) async throws {
        let folder = try OpenSSLFolder()
        try #require(
            try folder.openssl(
                "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -pkeyopt ec_param_enc:\(encoding)",
                "-out key.pem") == 0)
        var asked = 0
        let result = try await run(folder) { _ in
            asked += 1
            return []
        }
        if case .notSupported = result {} else { Issue.record("\(result)") }
        #expect(asked == 0)
    }
}

extension StandardCurve {
    /// Bytes of r and s on a curve by OpenSSL's name.
    fileprivate static func length(_ name: String) throws -> Int {
        let bits = try #require(Int(name.drop { !$0.isNumber }.prefix { $0.isNumber }))
        return (bits + 7) / 8
    }
}
