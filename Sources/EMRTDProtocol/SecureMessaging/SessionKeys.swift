package import EMRTDCrypto

/// What an access or chip protocol yields: KSenc, KSmac and the send sequence counter to start with
/// (Doc 9303-11, 4.3.2, 4.4.2 and 6.2.2).
package struct SessionKeys: ~Copyable, Sendable {
    /// The cipher of the session.
    package let cipher: BlockCipher
    /// KSenc.
    package let encryption: SecretBytes
    /// KSmac.
    package let mac: SecretBytes
    /// One block for BAC; `nil` (zero) after PACE and Chip Authentication.
    package let sendSequenceCounter: [UInt8]?

    package init(
        _ cipher: BlockCipher, encryption: consuming SecretBytes, mac: consuming SecretBytes,
        sendSequenceCounter: [UInt8]? = nil
    ) {
        self.cipher = cipher
        self.encryption = encryption
        self.mac = mac
        self.sendSequenceCounter = sendSequenceCounter
    }

    /// Derives both keys from a shared secret with counters 1 and 2 (Doc 9303-11, 9.7.1).
    package init(_ cipher: BlockCipher, secret: borrowing SecretBytes, sendSequenceCounter: [UInt8]? = nil) throws {
        self.init(
            cipher, encryption: try cipher.deriveKey(secret, counter: .encryption),
            mac: try cipher.deriveKey(secret, counter: .mac), sendSequenceCounter: sendSequenceCounter)
    }

    /// The contexts of a secure messaging session under these keys.
    package borrowing func makeContext() throws -> SecureMessagingContext {
        try SecureMessagingContext(
            cipher, encryptionKey: encryption, macKey: mac, sendSequenceCounter: sendSequenceCounter)
    }
}
