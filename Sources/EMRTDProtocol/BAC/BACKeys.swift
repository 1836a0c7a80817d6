package import EMRTDCrypto

/// The document basic access keys K_Enc and K_MAC (Doc 9303-11, 4.3.2 and 9.7.2), both two-key 3DES.
package struct BACKeys: ~Copyable, Sendable {
    /// K_Enc.
    package let encryption: SecretBytes
    /// K_MAC.
    package let mac: SecretBytes

    /// Derives the keys from the full SHA-1 of the MRZ_information (20 bytes), of which Kseed is the first 16.
    package init(mrzHash: borrowing SecretBytes) throws {
        let seed = try mrzHash.prefix(16)
        let encryption = try BlockCipher.tripleDES.deriveKey(seed, counter: .encryption)
        let mac = try BlockCipher.tripleDES.deriveKey(seed, counter: .mac)
        self.encryption = encryption
        self.mac = mac
    }

    /// Derives the keys from Kseed, 16 bytes.
    package init(seed: borrowing SecretBytes) throws {
        let encryption = try BlockCipher.tripleDES.deriveKey(seed, counter: .encryption)
        let mac = try BlockCipher.tripleDES.deriveKey(seed, counter: .mac)
        self.encryption = encryption
        self.mac = mac
    }

    /// E = E(K_Enc, S), M = MAC(K_MAC, E): E || M.
    borrowing func seal(_ plain: borrowing SecretBytes) throws -> [UInt8] {
        let cryptogram = try BlockCipher.tripleDES.encrypt(secret: plain, key: encryption)
        return cryptogram + (try MessageAuthenticator(.tripleDES, key: mac).mac(cryptogram, padded: true))
    }

    /// Opens 40 bytes E || M; `nil` where the MAC is wrong.
    borrowing func open(_ sealed: [UInt8]) throws -> SecretBytes? {
        guard sealed.count == 40,
            constantTimeEqual(
                try MessageAuthenticator(.tripleDES, key: mac).mac(sealed[..<32], padded: true), sealed[32...])
        else { return nil }
        return try BlockCipher.tripleDES.decryptSecret(sealed[..<32], key: encryption)
    }
}

/// The secret parts of S or R in mutual authentication: two nonces of 8 bytes and key material of 16.
struct BACExchangeData {
    static func make(first: [UInt8], second: [UInt8], key: borrowing SecretBytes) throws -> SecretBytes {
        try key.withBytes { kp, kc in
            try SecretBytes(count: 16 + kc) { out in
                for (index, byte) in (first + second).enumerated() { out[index] = byte }
                (out + 16).update(from: kp, count: kc)
            }
        }
    }

    /// The two nonces of opened data.
    static func nonces(_ data: borrowing SecretBytes) -> (first: [UInt8], second: [UInt8]) {
        data.withBytes { pointer, _ in
            (
                Array(UnsafeBufferPointer(start: pointer, count: 8)),
                Array(UnsafeBufferPointer(start: pointer + 8, count: 8))
            )
        }
    }

    /// Session keys from K.IFD xor K.IC, and SSC = last half of RND.IC || last half of RND.IFD (9.8.6.3).
    static func sessionKeys(
        own: borrowing SecretBytes, other: borrowing SecretBytes, rndIC: [UInt8], rndIFD: [UInt8]
    ) throws -> SessionKeys {
        let seed = try own.withBytes { a, _ in
            try other.withBytes { b, _ in
                try SecretBytes(count: 16) { out in for index in 0..<16 { out[index] = a[index] ^ b[16 + index] } }
            }
        }
        return try SessionKeys(.tripleDES, secret: seed, sendSequenceCounter: Array(rndIC.suffix(4) + rndIFD.suffix(4)))
    }
}
