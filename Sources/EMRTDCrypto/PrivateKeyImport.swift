import CEMRTDCrypto

extension CryptoError.Code {
    /// A file with a private key that is encrypted: decrypt it first, or let a hardware module hold the key.
    package static let encryptedKey = CryptoError.Code("encryptedKey")
    /// A file that holds no private key, or one of a kind that is not used here.
    package static let unsupportedKey = CryptoError.Code("unsupportedKey")
}

extension PrivateKey {
    /// The largest file that is looked at, in bytes.
    package static let maximumFileSize = 65_536

    /// The RSA or EC private key of a file: PKCS #8, SEC 1 (RFC 5915) or PKCS #1, in PEM or DER, not encrypted.
    ///
    /// Curves are the standard ones, by name or spelt out with every value equal. The private half must belong to the public
    /// one. A PEM file may hold other things (`EC PARAMETERS`, certificates) but one private key. The bytes are cleared
    /// whatever comes out.
    ///
    /// - Throws: ``CryptoError`` `encryptedKey`, `unsupportedKey`, or `invalidKey` for halves that do not belong together and
    ///   RSA keys of less than 1024 or more than 8192 bits.
    package static func imported(clearing bytes: inout [UInt8]) throws -> PrivateKey {
        defer { cleanse(&bytes) }
        guard bytes.count <= maximumFileSize else {
            throw CryptoError(.unsupportedKey, "a file of \(bytes.count) bytes, \(maximumFileSize) are the most")
        }
        let isPEM = try bytes.withUnsafeBufferPointer { try checkForm($0) }
        var encrypted: Int32 = 0
        guard let key = emrtd_private_key_import(bytes, bytes.count, isPEM ? 1 : 0, &encrypted) else {
            if encrypted == 1 { throw Self.encrypted }
            throw CryptoError(.unsupportedKey, "no private key in PKCS #8, SEC 1 or PKCS #1 form was found")
        }
        switch emrtd_private_key_kind(key) {
        case EMRTD_KEY_RSA:
            guard let own = try? rsa(key), case .rsa(let publicKey) = own.publicKey, publicKey.bitCount >= 1024 else {
                throw CryptoError(.invalidKey, "an RSA key not of 1024 to \(RSAPublicKey.maximumBits) bits")
            }
            try check(
                emrtd_private_key_check(key), input: .invalidKey, "the numbers of the RSA key do not fit together")
            return own
        case EMRTD_KEY_EC:
            // What is kept is made anew from curve and scalar.
            return try withExtendedLifetime(KeyHandle(key)) { try elliptic(key) }
        default:
            emrtd_private_key_free(key)
            throw CryptoError(.unsupportedKey, "the private key is neither RSA nor EC")
        }
    }

    private static func elliptic(_ key: OpaquePointer) throws -> PrivateKey {
        func value(_ which: emrtd_ec_value) throws -> [UInt8] {
            var out = [UInt8](repeating: 0, count: 256)
            var count = 0
            try check(
                emrtd_private_key_ec_value(key, which, &out, &count, out.count), input: .unsupportedKey,
                "the EC key cannot be read")
            return Array(out.prefix(count))
        }
        let parameters = ExplicitCurveParameters(
            prime: try value(EMRTD_EC_PRIME), a: try value(EMRTD_EC_A), b: try value(EMRTD_EC_B),
            generator: try value(EMRTD_EC_GENERATOR), order: try value(EMRTD_EC_ORDER),
            cofactor: try value(EMRTD_EC_COFACTOR))
        guard let curve = try StandardCurve.matching(parameters) else {
            throw CryptoError(.unsupportedKey, "the key's curve is none of the standard ones of Doc 9303")
        }
        var count = 0
        let padded = try SecretBytes(count: 256) {
            try check(
                emrtd_private_key_ec_value(key, EMRTD_EC_SCALAR, $0, &count, 256), input: .unsupportedKey,
                "the EC key has no private number")
        }
        guard count <= curve.orderLength else {
            throw CryptoError(.invalidKey, "the private number is longer than the order of \(curve)")
        }
        // As wide as the order, so that no operation with it tells its length.
        let scalar = try padded.withBytes { source, _ in
            try SecretBytes(count: curve.orderLength) {
                ($0 + (curve.orderLength - count)).update(from: source, count: count)
            }
        }
        let own = try ec(curve, scalar: scalar)
        // libcrypto makes up the public point where the file has none; where it has one, it must be the right one.
        guard own.publicKey == .ec(try ECPublicKey(curve: curve, point: value(EMRTD_EC_PUBLIC))) else {
            throw CryptoError(.invalidKey, "the public point does not belong to the private number")
        }
        return own
    }

    private static var encrypted: CryptoError {
        CryptoError(.encryptedKey, "the private key is encrypted; decrypt the file, for example with `openssl pkey`")
    }

    /// Whether the file is PEM; refuses what can be told to be no unencrypted private key.
    private static func checkForm(_ bytes: UnsafeBufferPointer<UInt8>) throws -> Bool {
        func count(_ text: StaticString) -> Int {
            text.withUTF8Buffer { text in
                guard bytes.count >= text.count else { return 0 }
                return (0...(bytes.count - text.count)).count { start in
                    bytes[start] == text[0] && bytes[start..<(start + text.count)].elementsEqual(text)
                }
            }
        }
        guard count("-----BEGIN ") > 0 else {
            // SEQUENCE { SEQUENCE ...: EncryptedPrivateKeyInfo starts so, and so do public keys and certificates.
            if bytes.first == 0x30,
                bytes.dropFirst(bytes.count > 1 && bytes[1] > 0x80 ? 2 + Int(bytes[1] & 0x7F) : 2).first == 0x30
            {
                throw CryptoError(
                    .encryptedKey, "the file holds an encrypted private key, a public key or a certificate")
            }
            return false
        }
        if count("-----BEGIN ENCRYPTED PRIVATE KEY-----") + count("Proc-Type: 4,ENCRYPTED") > 0 { throw encrypted }
        let keys = count("PRIVATE KEY-----") / 2
        guard keys == 1 else {
            throw CryptoError(
                .unsupportedKey, keys == 0 ? "the file holds no private key" : "the file holds \(keys) private keys")
        }
        return true
    }
}
