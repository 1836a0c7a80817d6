import CEMRTDCrypto

/// A keyed MAC: the retail MAC (ISO/IEC 9797-1 algorithm 3 on DES) for 3DES, AES-CMAC for AES (Doc 9303-11, 9.8.7). The
/// key schedule is made once and used for every message. Not for use by two threads at a time.
package final class MessageAuthenticator {
    private let context: OpaquePointer
    private let blockLength: Int

    /// Creates a MAC under a key of the cipher's length.
    package init(_ cipher: BlockCipher, key: borrowing SecretBytes) throws {
        guard key.count == cipher.keyLength else {
            throw CryptoError(.invalidLength, "a MAC key of \(key.count) bytes where \(cipher.keyLength) are needed")
        }
        guard let context = key.withBytes({ pointer, _ in emrtd_mac_new(cipher.id, pointer) }) else {
            throw CryptoError(.internalFailure, "MAC context")
        }
        self.context = context
        blockLength = cipher.blockLength
    }

    deinit { emrtd_mac_free(context) }

    /// The MAC of a message.
    ///
    /// - Parameters:
    ///   - bytes: the message. Unpadded retail MACs want whole blocks.
    ///   - padded: whether padding method 2 (80 00 ...) is added first. The token of PACE is not padded for CMAC, and is
    ///     padded for the retail MAC.
    ///   - length: bytes of the MAC, at most a block.
    package func mac(_ bytes: some Collection<UInt8>, padded: Bool, length: Int = 8) throws -> [UInt8] {
        try check(emrtd_mac_start(context), input: .invalidLength, "MAC")
        try bytes.withPointer { pointer, count in
            try check(emrtd_mac_update(context, pointer, count), input: .invalidLength, "MAC")
        }
        if padded { try check(emrtd_mac_pad(context), input: .invalidLength, "MAC") }
        guard length <= blockLength else { throw CryptoError(.invalidLength, "a MAC of \(length) bytes") }
        return try filled(length) {
            try check(emrtd_mac_finish(context, $0, length), input: .invalidLength, "MAC input is not whole blocks")
        }
    }
}
