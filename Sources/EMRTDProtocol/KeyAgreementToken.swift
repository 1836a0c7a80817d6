import EMRTDCrypto
import ISO7816
import LDS

/// The authentication token of PACE and of Chip Authentication version 2 (Doc 9303-11, 4.4.3.4 and 9.4; TR-03110-3, A.2.4).
enum KeyAgreementToken {
    /// The MAC over an ephemeral public key: 8 bytes, over padded input for the retail MAC, over the input as it is for CMAC.
    static func token(
        _ identifier: OID, _ agreement: KeyAgreement, keys: borrowing SessionKeys, publicKey: [UInt8]
    ) throws -> [UInt8] {
        try MessageAuthenticator(keys.cipher, key: keys.mac).mac(
            input(identifier, agreement, publicKey: publicKey), padded: keys.cipher == .tripleDES)
    }

    /// What the token covers: `7F49 { 06 protocol, 86 point }`, with 84 and the number for prime fields (9.4.1 to 9.4.5).
    static func input(_ identifier: OID, _ agreement: KeyAgreement, publicKey: [UInt8]) -> [UInt8] {
        TLV.encode(
            0x7F49,
            children: [
                TLV.encode(0x06, identifier.encoded), TLV.encode(agreement == .dh ? 0x84 : 0x86, publicKey),
            ])
    }
}
