package import EMRTDCrypto

/// Chip Authentication version 1 with ECDH and AES, chip side (Doc 9303-11, 6.2).
package enum ChipAuthenticationChip {
    /// The keys of the session that begins after the answer, from the terminal's ephemeral public key; `nil` where that is
    /// not a point of the key's curve.
    package static func agree(
        _ cipher: BlockCipher, curve: StandardCurve, privateKey: borrowing SecretBytes,
        terminalKey: some Collection<UInt8>
    ) throws -> SessionKeys? {
        let group = try CurveGroup(curve)
        guard terminalKey.first == 0x04, let point = try? group.decodePoint(terminalKey) else { return nil }
        return try SessionKeys(cipher, secret: group.sharedSecret(privateKey, point: point))
    }
}
