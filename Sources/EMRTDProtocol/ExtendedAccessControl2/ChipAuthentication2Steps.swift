package import EMRTDCrypto
import ISO7816
import LDS

/// The steps of Chip Authentication version 2 that both sides share (TR-03110-2, 3.4; TR-03110-3, A.4 and A.2.3).
package enum ChipAuthentication2Steps {
    /// Bytes of the chip's nonce r_PICC.
    package static let nonceLength = 8
    /// Bytes of the token T_PICC.
    package static let tokenLength = 8

    /// The session keys: KDF(K, r, 1) and KDF(K, r, 2), where the hash runs over K || r || counter (TR-03110-3, A.2.3).
    package static func keys(
        _ parameters: ChipAuthentication2Parameters, secret: borrowing SecretBytes, nonce: [UInt8]
    ) throws -> SessionKeys {
        let seed = try secret.withBytes { source, count in
            try SecretBytes(count: count + nonce.count) { target in
                target.update(from: source, count: count)
                for (index, byte) in nonce.enumerated() { target[count + index] = byte }
            }
        }
        return try SessionKeys(parameters.cipher, secret: seed)
    }

    /// The token T_PICC: the MAC over the terminal's ephemeral public key as a public key data object, as in PACE
    /// (TR-03110-3, A.2.4).
    package static func token(
        _ parameters: ChipAuthentication2Parameters, keys: borrowing SessionKeys, terminalKey: [UInt8]
    ) throws -> [UInt8] {
        try KeyAgreementToken.token(
            parameters.protocol.objectIdentifier, parameters.protocol.agreement, keys: keys, publicKey: terminalKey)
    }
}
