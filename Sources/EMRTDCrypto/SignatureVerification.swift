import CEMRTDCrypto

/// How a signature is made.
package enum SignatureScheme: Sendable, Hashable {
    /// RSASSA-PKCS1-v1_5 (RFC 8017, 8.2).
    case rsaPKCS1(DigestAlgorithm)
    /// RSASSA-PKCS1-v1_5 whose DigestInfo leaves out the NULL that RFC 8017, 9.2, demands of the parameters. Everything else is
    /// as strict as ever. For verification only; no object identifier means it.
    case rsaPKCS1WithoutNull(DigestAlgorithm)
    /// RSASSA-PSS (RFC 8017, 8.1); the salt length in bytes.
    case rsaPSS(DigestAlgorithm, mgf: DigestAlgorithm, saltLength: Int)
    /// ECDSA with the signature as DER Ecdsa-Sig-Value (RFC 3279, 2.2.3).
    case ecdsa(DigestAlgorithm)
    /// ECDSA with the signature as r || s of equal, fixed width (TR-03111, 5.2.1).
    case ecdsaPlain(DigestAlgorithm)

    /// The hash of the message.
    package var digest: DigestAlgorithm {
        switch self {
        case .rsaPKCS1(let digest), .rsaPKCS1WithoutNull(let digest), .rsaPSS(let digest, _, _), .ecdsa(let digest),
            .ecdsaPlain(let digest):
            digest
        }
    }
}

extension PublicKey {
    /// Whether a signature over a message is right. A wrong or malformed signature, and a scheme that does not fit the
    /// key or its restriction, is `false`.
    ///
    /// - Throws: ``CryptoError`` only where libcrypto fails.
    package func isValid(
        signature: some Collection<UInt8>, for message: some Collection<UInt8>, scheme: SignatureScheme
    ) throws -> Bool {
        try isValid(signature: signature, forDigest: scheme.digest.digest(message), scheme: scheme)
    }

    /// Whether a signature over a message with this digest is right.
    package func isValid(signature: some Collection<UInt8>, forDigest digest: [UInt8], scheme: SignatureScheme) throws
        -> Bool
    {
        guard digest.count == scheme.digest.length else {
            throw CryptoError(.invalidLength, "a digest of \(digest.count) bytes for \(scheme.digest)")
        }
        guard allows(scheme) else { return false }
        switch (self, scheme) {
        case (.ec(let key), .ecdsa):
            let bytes = Array(signature)
            guard let (r, s) = ECDSASignature.numbers(der: bytes[...]) else { return false }
            return try key.verify(r: r, s: s, digest: digest)
        case (.ec(let key), .ecdsaPlain):
            let bytes = Array(signature)
            guard bytes.count == 2 * key.curve.orderLength else { return false }
            return try key.verify(
                r: bytes[..<key.curve.orderLength], s: bytes[key.curve.orderLength...], digest: digest)
        case (.rsa(let key), .rsaPKCS1(let hash)):
            return try key.verifyPKCS1(signature, digest, hash, hasNull: true)
        case (.rsa(let key), .rsaPKCS1WithoutNull(let hash)):
            return try key.verifyPKCS1(signature, digest, hash, hasNull: false)
        case (.rsa(let key), .rsaPSS(let hash, let mgf, let salt)):
            guard (0...512).contains(salt) else { return false }
            return try isRight(
                digest.withPointer { dp, _ in
                    signature.withPointer { sp, sc in
                        emrtd_rsa_key_verify_pss(key.handle.pointer, hash.id, mgf.id, salt, dp, sp, sc)
                    }
                })
        case (.ec, _), (.rsa, _): return false
        }
    }
}

private func isRight(_ status: emrtd_status) throws -> Bool {
    if status == EMRTD_INVALID { return false }
    try check(status, input: .invalidKey, "verification")
    return true
}

extension ECPublicKey {
    /// ECDSA over numbers r and s, big endian; 0 and numbers of n or more are refused by libcrypto.
    func verify(r: ArraySlice<UInt8>, s: ArraySlice<UInt8>, digest: [UInt8]) throws -> Bool {
        try isRight(
            digest.withPointer { dp, dc in
                r.withPointer { rp, rc in
                    s.withPointer { sp, sc in emrtd_ec_key_verify(handle.pointer, dp, dc, rp, rc, sp, sc) }
                }
            })
    }
}

extension RSAPublicKey {
    fileprivate func verifyPKCS1(
        _ signature: some Collection<UInt8>, _ digest: [UInt8], _ hash: DigestAlgorithm, hasNull: Bool
    ) throws -> Bool {
        try isRight(
            digest.withPointer { dp, _ in
                signature.withPointer { sp, sc in
                    emrtd_rsa_key_verify_pkcs1(handle.pointer, hash.id, hasNull ? 1 : 0, dp, sp, sc)
                }
            })
    }

    /// signature^e mod n, as long as the modulus; `nil` where the signature is not smaller than the modulus or longer.
    package func recover(_ signature: [UInt8]) throws -> [UInt8]? {
        guard signature.count <= modulus.count else { return nil }
        let padded = [UInt8](repeating: 0, count: modulus.count - signature.count) + signature
        var refused = false
        let out = try filled(modulus.count) { out in
            let status = padded.withPointer { ip, _ in emrtd_rsa_key_public(handle.pointer, ip, out) }
            if status == EMRTD_INPUT { refused = true } else { try check(status, input: .invalidKey, "RSA") }
        }
        return refused ? nil : out
    }
}

/// The DER form of an ECDSA signature.
package enum ECDSASignature {
    /// The numbers r and s of `SEQUENCE { INTEGER, INTEGER }` in strict DER, without leading zeros; `nil` for anything else.
    package static func parse(der bytes: [UInt8]) -> (r: [UInt8], s: [UInt8])? {
        numbers(der: bytes[...]).map { (Array($0.r), Array($0.s)) }
    }

    static func numbers(der bytes: ArraySlice<UInt8>) -> (r: ArraySlice<UInt8>, s: ArraySlice<UInt8>)? {
        var rest = bytes
        guard let sequence = element(0x30, &rest), rest.isEmpty else { return nil }
        var inner = sequence
        guard let r = integer(&inner), let s = integer(&inner), inner.isEmpty else { return nil }
        return (r, s)
    }

    /// Encodes r and s (big endian, any leading zeros) as DER.
    package static func der(r: [UInt8], s: [UInt8]) -> [UInt8] {
        func integer(_ number: [UInt8]) -> [UInt8] {
            var digits = Array(number.drop { $0 == 0 })
            if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
            return [0x02, UInt8(truncatingIfNeeded: digits.count)] + digits
        }
        let body = integer(r) + integer(s)
        return [0x30] + (body.count < 0x80 ? [] : [0x81]) + [UInt8(truncatingIfNeeded: body.count)] + body
    }

    private static func element(_ tag: UInt8, _ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard rest.popFirst() == tag, let first = rest.popFirst() else { return nil }
        var length = Int(first)
        if first == 0x81 {
            guard let second = rest.popFirst(), second >= 0x80 else { return nil }
            length = Int(second)
        } else if first >= 0x80 {
            return nil
        }
        guard rest.count >= length else { return nil }
        defer { rest = rest.dropFirst(length) }
        return rest.prefix(length)
    }

    private static func integer(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let value = element(0x02, &rest), let first = value.first, first < 0x80 else { return nil }
        if first == 0, value.count > 1 {
            guard value[value.startIndex + 1] >= 0x80 else { return nil }
            return value.dropFirst()
        }
        return value
    }
}
