import CEMRTDCrypto

/// The block ciphers of secure messaging (Doc 9303-11, 9.8): two-key 3DES and AES, in CBC mode.
package enum BlockCipher: Sendable, Hashable, CaseIterable {
    case tripleDES, aes128, aes192, aes256

    var id: emrtd_cipher_id {
        switch self {
        case .tripleDES: EMRTD_3DES
        case .aes128: EMRTD_AES128
        case .aes192: EMRTD_AES192
        case .aes256: EMRTD_AES256
        }
    }

    /// Bytes of a key: 16, 16, 24 or 32.
    package var keyLength: Int { emrtd_cipher_key_length(id) }
    /// Bytes of a block: 8 or 16.
    package var blockLength: Int { emrtd_cipher_block_length(id) }

    /// CBC encryption of whole blocks without padding; an `iv` of `nil` is all zeros.
    package func encrypt(_ bytes: some Collection<UInt8>, key: borrowing SecretBytes, iv: [UInt8]? = nil) throws
        -> [UInt8]
    {
        try crypt(bytes, key: key, iv: iv, encrypt: true)
    }

    /// CBC decryption of whole blocks, padding left in place.
    package func decrypt(_ bytes: some Collection<UInt8>, key: borrowing SecretBytes, iv: [UInt8]? = nil) throws
        -> [UInt8]
    {
        try crypt(bytes, key: key, iv: iv, encrypt: false)
    }

    /// CBC decryption straight into a secret.
    package func decryptSecret(_ bytes: some Collection<UInt8>, key: borrowing SecretBytes) throws -> SecretBytes {
        try checkLengths(bytes.count, key: key, iv: nil)
        let length = bytes.count
        return try key.withBytes { keyPointer, _ in
            try SecretBytes(count: length) { out in
                try bytes.withPointer { pointer, count in
                    try check(emrtd_cbc(id, 0, keyPointer, nil, pointer, count, out), input: .invalidLength, "CBC")
                }
            }
        }
    }

    /// CBC encryption of public bytes into a secret, with an IV of zero.
    package func encryptToSecret(_ bytes: [UInt8], key: borrowing SecretBytes) throws -> SecretBytes {
        try encryptToSecret(SecretBytes(copying: bytes), key: key)
    }

    /// CBC encryption of a secret into another, with an IV of zero.
    package func encryptToSecret(_ secret: borrowing SecretBytes, key: borrowing SecretBytes) throws -> SecretBytes {
        try checkLengths(secret.count, key: key, iv: nil)
        return try key.withBytes { keyPointer, _ in
            try secret.withBytes { pointer, count in
                try SecretBytes(count: count) { out in
                    try check(emrtd_cbc(id, 1, keyPointer, nil, pointer, count, out), input: .invalidLength, "CBC")
                }
            }
        }
    }

    /// CBC encryption of a secret, for example PACE's nonce.
    package func encrypt(secret: borrowing SecretBytes, key: borrowing SecretBytes) throws -> [UInt8] {
        try checkLengths(secret.count, key: key, iv: nil)
        return try key.withBytes { keyPointer, _ in
            try secret.withBytes { pointer, count in
                try filled(count) { out in
                    try check(emrtd_cbc(id, 1, keyPointer, nil, pointer, count, out), input: .invalidLength, "CBC")
                }
            }
        }
    }

    private func checkLengths(_ count: Int, key: borrowing SecretBytes, iv: [UInt8]?) throws {
        guard key.count == keyLength else {
            throw CryptoError(.invalidLength, "a key of \(key.count) bytes where \(keyLength) are needed")
        }
        guard count % blockLength == 0 else {
            throw CryptoError(.invalidLength, "\(count) bytes are not whole blocks of \(blockLength)")
        }
        guard iv == nil || iv?.count == blockLength else {
            throw CryptoError(.invalidLength, "the IV is not one block")
        }
    }

    private func crypt(
        _ bytes: some Collection<UInt8>, key: borrowing SecretBytes, iv: [UInt8]?, encrypt: Bool
    ) throws -> [UInt8] {
        try checkLengths(bytes.count, key: key, iv: iv)
        return try key.withBytes { keyPointer, _ in
            try bytes.withPointer { pointer, count in
                try filled(count) { out in
                    let status: emrtd_status
                    if let iv {
                        status = iv.withPointer { p, _ in
                            emrtd_cbc(id, encrypt ? 1 : 0, keyPointer, p, pointer, count, out)
                        }
                    } else {
                        status = emrtd_cbc(id, encrypt ? 1 : 0, keyPointer, nil, pointer, count, out)
                    }
                    try check(status, input: .invalidLength, "CBC")
                }
            }
        }
    }
}

extension BlockCipher {
    /// The key derivation function of Doc 9303-11, 9.7.1: SHA-1 for 3DES and AES-128, SHA-256 for AES-192 and AES-256, over
    /// the secret and a 32-bit counter. 3DES keys get odd parity.
    package func deriveKey(_ secret: borrowing SecretBytes, counter: KDFCounter) throws -> SecretBytes {
        let digest: DigestAlgorithm = keyLength > 16 ? .sha256 : .sha1
        let length = keyLength
        let isDES = self == .tripleDES
        return try secret.withBytes { pointer, count in
            try SecretBytes(count: length) { out in
                try check(
                    emrtd_kdf(digest.id, pointer, count, counter.rawValue, out, length), input: .invalidLength, "KDF")
                if isDES { emrtd_des_parity(out, length) }
            }
        }
    }
}

/// The counter of the key derivation function (Doc 9303-11, 9.7.1.3 to 9.7.1.5).
package enum KDFCounter: UInt32, Sendable {
    /// KDF_Enc.
    case encryption = 1
    /// KDF_MAC.
    case mac = 2
    /// KDF_pi: the key that encrypts PACE's nonce.
    case password = 3
}
