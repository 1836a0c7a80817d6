package import EMRTDCrypto

/// Chip Authentication version 1, chip side (Doc 9303-11, 6.2).
package enum ChipAuthenticationChip {
    /// The keys of the session that begins after the answer, from the terminal's ephemeral public key; `nil` where that is
    /// no public key of the group of the chip's key.
    package static func agree(
        _ cipher: BlockCipher, key: KeyAgreementKeyPair, terminalKey: [UInt8]
    ) throws -> SessionKeys? {
        let group = try key.publicKey.domain.makeGroup()
        let secret: SecretBytes
        do { secret = try group.sharedSecret(key.scalar.copy(), publicKey: group.decodePublicKey(terminalKey)) } catch {
            guard let error = error as? CryptoError, !error.saysNothing else { throw error }
            return nil
        }
        return try SessionKeys(cipher, secret: secret)
    }
}
