import CEMRTDCrypto

/// A private signature key: the simulator's (its chip's active authentication key, its document signer, its certification
/// authorities), or the key of a terminal for Terminal Authentication.
package final class PrivateKey: Sendable {
    /// The public half.
    package let publicKey: PublicKey
    private let handle: KeyHandle
    private let scalar: SharedSecret?

    private init(publicKey: PublicKey, handle: KeyHandle, scalar: SharedSecret?) {
        self.publicKey = publicKey
        self.handle = handle
        self.scalar = scalar
    }

    /// A fresh key on a curve.
    package static func generateEC(_ curve: StandardCurve) throws -> PrivateKey {
        let group = try CurveGroup(curve)
        return try ec(curve, scalar: group.randomScalar())
    }

    /// The key on a curve with a given private scalar.
    package static func ec(_ curve: StandardCurve, scalar: consuming SecretBytes) throws -> PrivateKey {
        let point = try CurveGroup(curve).multiply(scalar)
        let key = scalar.withBytes { sp, sc in
            point.withPointer { pp, pc in emrtd_private_key_ec(Int32(curve.rawValue), sp, sc, pp, pc) }
        }
        guard let key else { throw CryptoError(.invalidKey, "a private scalar out of range for \(curve)") }
        return PrivateKey(
            publicKey: .ec(try ECPublicKey(curve: curve, point: point)), handle: KeyHandle(key),
            scalar: SharedSecret(scalar))
    }

    /// A fresh RSA key of 1024 to 8192 bits with the exponent 65537.
    package static func generateRSA(bits: Int) throws -> PrivateKey {
        guard (1024...RSAPublicKey.maximumBits).contains(bits), let key = emrtd_private_key_rsa_generate(bits) else {
            throw CryptoError(.invalidKey, "no RSA key of \(bits) bits")
        }
        return try rsa(key)
    }

    /// Takes over an RSA key of the C seam.
    static func rsa(_ key: OpaquePointer) throws -> PrivateKey {
        let handle = KeyHandle(key)
        let capacity = RSAPublicKey.maximumBits / 8
        var nCount = 0
        var eCount = 0
        var n = [UInt8](repeating: 0, count: capacity)
        var e = [UInt8](repeating: 0, count: capacity)
        try check(
            emrtd_private_key_rsa_public(key, &n, &nCount, &e, &eCount, capacity), input: .internalFailure, "RSA key")
        return PrivateKey(
            publicKey: .rsa(try RSAPublicKey(modulus: Array(n[..<nCount]), exponent: Array(e[..<eCount]))),
            handle: handle,
            scalar: nil)
    }

    /// The private scalar of a key on a curve, for key agreement with it; `nil` for RSA.
    package func withScalar<R>(_ body: (borrowing SecretBytes) throws -> R) throws -> R? {
        guard let scalar else { return nil }
        let copy = try scalar.copy()
        return try body(copy)
    }

    /// Signs a message.
    ///
    /// - Throws: ``CryptoError`` `invalidKey` where the scheme does not fit the key.
    package func sign(_ message: some Collection<UInt8>, scheme: SignatureScheme) throws -> [UInt8] {
        let digest = try scheme.digest.digest(message)
        switch (publicKey, scheme) {
        case (.ec(let key), .ecdsa), (.ec(let key), .ecdsaPlain):
            let length = key.curve.orderLength
            var r = [UInt8](repeating: 0, count: length)
            var s = r
            try check(
                emrtd_private_key_ecdsa(handle.pointer, digest, digest.count, &r, &s, length), input: .invalidKey,
                "ECDSA")
            if case .ecdsa = scheme { return ECDSASignature.der(r: r, s: s) }
            return r + s
        case (.rsa(let key), .rsaPKCS1(let hash)):
            return try filled(key.modulus.count) {
                try check(
                    emrtd_private_key_rsa_sign(handle.pointer, hash.id, hash.id, -1, digest, $0, key.modulus.count),
                    input: .invalidKey, "RSA")
            }
        case (.rsa(let key), .rsaPSS(let hash, let mgf, let salt)):
            // A negative length stands for PKCS#1 v1.5 in the C function.
            guard (0...512).contains(salt) else { throw CryptoError(.invalidLength, "a salt of \(salt) bytes") }
            return try filled(key.modulus.count) {
                try check(
                    emrtd_private_key_rsa_sign(
                        handle.pointer, hash.id, mgf.id, Int32(salt), digest, $0, key.modulus.count),
                    input: .invalidKey, "RSA-PSS")
            }
        case (.ec, _), (.rsa, _): throw CryptoError(.invalidKey, "the scheme does not fit a key \(publicKey.label)")
        }
    }

    /// block^d mod n without padding, for ISO/IEC 9796-2 signatures; the block is as long as the modulus, and less.
    ///
    /// - Throws: ``CryptoError`` `invalidKey` for another block, or a key that is not RSA.
    package func signRaw(_ block: [UInt8]) throws -> [UInt8] {
        guard case .rsa(let key) = publicKey, block.count == key.modulus.count,
            block.lexicographicallyPrecedes(key.modulus)
        else { throw CryptoError(.invalidKey, "a block of \(block.count) bytes for a key \(publicKey.label)") }
        return try filled(block.count) {
            try check(
                emrtd_private_key_rsa_raw(handle.pointer, block, $0, block.count), input: .invalidKey, "RSA raw")
        }
    }
}

/// Owns the C key. libcrypto's keys may be used from several threads at a time (each call makes its own context).
final class KeyHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { emrtd_private_key_free(pointer) }
}
