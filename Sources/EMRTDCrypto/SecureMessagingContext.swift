import CEMRTDCrypto

/// The cryptography of one secure messaging session (Doc 9303-11, 9.8): the two keys, the send sequence counter, and
/// contexts that live as long as the session. The layer above builds and parses the data objects. Not for use by two
/// threads at a time.
package final class SecureMessagingContext {
    /// The cipher of the session.
    package let cipher: BlockCipher
    private let context: OpaquePointer

    /// Creates a context.
    ///
    /// - Parameters:
    ///   - encryptionKey: KSenc, of the cipher's key length.
    ///   - macKey: KSmac, of the same length.
    ///   - sendSequenceCounter: one block, or `nil` for zero (after PACE and Chip Authentication).
    package init(
        _ cipher: BlockCipher, encryptionKey: borrowing SecretBytes, macKey: borrowing SecretBytes,
        sendSequenceCounter: [UInt8]? = nil
    ) throws {
        guard encryptionKey.count == cipher.keyLength, macKey.count == cipher.keyLength else {
            throw CryptoError(.invalidLength, "session keys of the wrong length")
        }
        guard sendSequenceCounter == nil || sendSequenceCounter?.count == cipher.blockLength else {
            throw CryptoError(.invalidLength, "the send sequence counter is not one block")
        }
        let made = encryptionKey.withBytes { kenc, _ in
            macKey.withBytes { kmac, _ in
                if let sendSequenceCounter {
                    return sendSequenceCounter.withPointer { ssc, _ in emrtd_sm_new(cipher.id, kenc, kmac, ssc) }
                }
                return emrtd_sm_new(cipher.id, kenc, kmac, nil)
            }
        }
        guard let made else { throw CryptoError(.internalFailure, "secure messaging context") }
        context = made
        self.cipher = cipher
    }

    deinit { emrtd_sm_free(context) }

    /// Adds one to the send sequence counter: before each command and before each response (9.8.2).
    package func step() throws { try check(emrtd_sm_step(context), input: .invalidLength, "SSC") }

    /// The counter's present value, for tests against worked examples.
    package var sendSequenceCounter: [UInt8] { filled(cipher.blockLength) { emrtd_sm_ssc(context, $0) } }

    /// Pads with method 2 and encrypts under the present counter.
    package func encrypt(_ bytes: some Collection<UInt8>) throws -> [UInt8] {
        let padded = (bytes.count / cipher.blockLength + 1) * cipher.blockLength
        return try filled(padded) { out in
            try bytes.withPointer { pointer, count in
                try check(emrtd_sm_encrypt(context, pointer, count, out), input: .invalidLength, "encryption")
            }
        }
    }

    /// Decrypts whole blocks under the present counter and removes the padding.
    ///
    /// - Throws: ``CryptoError`` `invalidPadding`, `invalidLength`.
    package func decrypt(_ bytes: some Collection<UInt8>) throws -> [UInt8] {
        var length = 0
        var out = try filled(bytes.count) { out in
            try bytes.withPointer { pointer, count in
                try check(emrtd_sm_decrypt(context, pointer, count, out, &length), input: .invalidLength, "cryptogram")
            }
        }
        out.removeLast(out.count - length)
        return out
    }

    /// The 8-byte MAC over the counter, the padded header (where there is one) and the padded data objects.
    package func mac(header: [UInt8] = [], body: some Collection<UInt8>) throws -> [UInt8] {
        try filled(8) { out in
            try header.withPointer { hp, hc in
                try body.withPointer { bp, bc in
                    try check(emrtd_sm_mac(context, hp, hc, bp, bc, out), input: .invalidLength, "MAC")
                }
            }
        }
    }
}
