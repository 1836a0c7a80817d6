import CEMRTDCrypto

/// Secret bytes (keys, seeds, nonces, private scalars) in C memory that is cleared over its whole capacity when the value
/// ends. Not copyable, no description, not encodable: a secret leaves only through ``withBytes(_:)``.
package struct SecretBytes: ~Copyable, Sendable {
    private let storage: OpaqueSecret

    /// Number of bytes.
    package var count: Int { emrtd_secret_count(storage.pointer) }

    /// Bytes of zero.
    package init(count: Int) throws {
        try self.init(count: count) { _ in }
    }

    /// Copies bytes; the source is the caller's to clear.
    package init(copying bytes: some Collection<UInt8>) throws {
        try self.init(count: bytes.count) { target in
            bytes.withPointer { source, count in target.update(from: source, count: count) }
        }
    }

    /// Bytes made by `body`, which gets a buffer of `count` zero bytes.
    package init(count: Int, fill body: (UnsafeMutablePointer<UInt8>) throws -> Void) throws {
        guard count >= 0, let pointer = emrtd_secret_new(count) else {
            throw CryptoError(.internalFailure, "no memory for a secret")
        }
        do {
            try body(emrtd_secret_bytes(pointer))
        } catch {
            emrtd_secret_free(pointer)
            throw error
        }
        storage = OpaqueSecret(pointer: pointer)
    }

    deinit { emrtd_secret_free(storage.pointer) }

    /// Gives access to the bytes for the time of a call. The pointer must not be kept, nor the bytes copied to memory that
    /// is not cleared.
    package borrowing func withBytes<R: ~Copyable>(_ body: (UnsafePointer<UInt8>, Int) throws -> R) rethrows -> R {
        try body(UnsafePointer(emrtd_secret_bytes(storage.pointer)), count)
    }

    /// A second copy with a life of its own.
    package borrowing func copy() throws -> SecretBytes {
        try withBytes { source, count in
            try SecretBytes(count: count) { $0.update(from: source, count: count) }
        }
    }

    /// The first `count` bytes as a secret of their own, for example Kseed out of a hash.
    package borrowing func prefix(_ count: Int) throws -> SecretBytes {
        guard count <= self.count else {
            throw CryptoError(.invalidLength, "a secret of \(self.count) bytes is too short")
        }
        return try withBytes { source, _ in
            try SecretBytes(count: count) { $0.update(from: source, count: count) }
        }
    }

    /// Secrets and keyed contexts alive in this process: after a session ends this is what it was before.
    package static var alive: Int { emrtd_secrets_alive() }
}

/// The pointer to the C object; never shared between two values, so it may cross threads with its owner.
private struct OpaqueSecret: @unchecked Sendable {
    let pointer: OpaquePointer
}

/// A secret that several owners share, cleared when the last one ends.
package final class SharedSecret: Sendable {
    private let bytes: SecretBytes

    package init(_ bytes: consuming SecretBytes) { self.bytes = bytes }

    package var count: Int { bytes.count }

    package func withBytes<R: ~Copyable>(_ body: (UnsafePointer<UInt8>, Int) throws -> R) rethrows -> R {
        try bytes.withBytes(body)
    }

    package func copy() throws -> SecretBytes { try bytes.copy() }
}

/// Whether two byte strings are equal, in a time that depends on their lengths alone.
package func constantTimeEqual(_ a: some Collection<UInt8>, _ b: some Collection<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    return a.withPointer { pa, count in b.withPointer { pb, _ in emrtd_equal(pa, pb, count) == 1 } }
}

/// Random bytes from libcrypto's private generator.
package func randomBytes(_ count: Int) throws -> [UInt8] {
    guard count >= 0 else { throw CryptoError(.invalidLength, "\(count) random bytes") }
    return try filled(count) { try check(emrtd_random($0, count), input: .invalidLength, "random generator") }
}

/// Random secret bytes.
package func randomSecret(_ count: Int) throws -> SecretBytes {
    try SecretBytes(count: count) { try check(emrtd_random($0, count), input: .invalidLength, "random generator") }
}

/// Clears an array before it is given up.
package func cleanse(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { buffer in
        if let base = buffer.baseAddress { emrtd_cleanse(base, buffer.count) }
    }
}
