package import EMRTDCrypto
import ISO7816

/// The pseudo-random function of Integrated Mapping (Doc 9303-11, 4.4.3.3.2): stretches the chip's nonce s under the terminal's
/// nonce t to a number 64 bits longer than the field, which the group then encodes as a generator.
package enum IntegratedMapping {
    /// Bytes of the chip's nonce s: the least multiple of a cipher block that is no shorter than the key, at least 16.
    package static func nonceLength(_ cipher: BlockCipher) -> Int { cipher.keyLength > 16 ? 32 : 16 }

    /// R(s, t) as a big-endian number, not yet reduced.
    ///
    /// - Parameters:
    ///   - nonce: s, 16 or 32 bytes as ``nonceLength(_:)`` says.
    ///   - terminalNonce: t, as long as a key of the cipher.
    /// - Throws: ``CryptoError`` `invalidLength`.
    package static func number(
        nonce: borrowing SecretBytes, terminalNonce: borrowing SecretBytes, cipher: BlockCipher,
        domain: DomainParameters
    ) throws -> SecretBytes {
        let length = nonceLength(cipher)
        guard nonce.count == length else {
            throw CryptoError(.invalidLength, "a nonce of \(nonce.count) bytes where \(length) are needed")
        }
        let constants = length == 32 ? constants256 : constants128
        // k0 = E(t, s); x_i = E(k_i-1, c1) is the output and k_i = E(k_i-1, c0) the next key. n rounds of l bits, where
        // n * l >= log2(p) + 64.
        let rounds = (domain.bitLength + 64 + length * 8 - 1) / (length * 8)
        var key = try cipher.encryptToSecret(nonce, key: terminalNonce).prefix(cipher.keyLength)
        return try SecretBytes(count: rounds * length) { out in
            for round in 0..<rounds {
                let part = try cipher.encryptToSecret(constants.c1, key: key)
                part.withBytes { source, count in (out + round * length).update(from: source, count: count) }
                key = try cipher.encryptToSecret(constants.c0, key: key).prefix(cipher.keyLength)
            }
        }
    }

    /// The generator that both nonces map to.
    package static func generator(
        _ group: any KeyAgreementGroup, nonce: borrowing SecretBytes, terminalNonce: borrowing SecretBytes,
        cipher: BlockCipher
    ) throws -> [UInt8] {
        try group.mapIntegrated(
            number(nonce: nonce, terminalNonce: terminalNonce, cipher: cipher, domain: group.domain))
    }

    /// c0 and c1 for l = 128 (Doc 9303-11, 4.4.3.3.2).
    private static let constants128 = (
        c0: bytes(0xA668_892A_7C41_E3CA, 0x739F_40B0_57D8_5904), c1: bytes(0xA4E1_36AC_725F_738B, 0x01C1_F602_17C1_88AD)
    )

    /// c0 and c1 for l = 256.
    private static let constants256 = (
        c0: bytes(0xD463_D652_3412_4EF7, 0x8970_5498_6DCA_0A17, 0x4E28_DF75_8CBA_A03F, 0x2406_1641_4D5A_1676),
        c1: bytes(0x54BD_7255_F0AA_F831, 0xBEC3_423F_CF39_D69B, 0x6CBF_0666_77D0_FAAE, 0x5AAD_D99D_F8E5_3517)
    )

    private static func bytes(_ words: UInt64...) -> [UInt8] {
        words.flatMap { word in stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) } }
    }
}
