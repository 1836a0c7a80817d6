package import EMRTDCrypto

/// ISO/IEC 9796-2 digital signature scheme 1 with partial message recovery, as Active Authentication uses it
/// (Doc 9303-11, 6.1.2.1).
package enum ISO9796Signature {
    /// What a signature that is right was made with.
    package struct Verified: Sendable, Hashable {
        package let digest: DigestAlgorithm
        /// Bytes of the trailer: 1 (BC) or 2 (xx CC).
        package let trailerLength: Int
    }

    /// Verifies a signature over M1 || message, where M1 is what the chip chose and the signature carries.
    ///
    /// Both forms of the standard are accepted: the signature s, and n - s (ISO/IEC 9796-2, B.6 and B.4). The recovered block is
    /// 6A || M1 || H(M1 || message) || trailer, where the trailer is BC (SHA-1) or xx CC (xx names the hash), and where 6B BB
    /// ... BA may stand for 6A if M1 is shorter than there is room for.
    ///
    /// - Returns: the hash function and the trailer, or `nil` where the signature is wrong.
    package static func verify(_ signature: [UInt8], message: [UInt8], key: RSAPublicKey) throws -> Verified? {
        guard let recovered = try key.recover(signature) else { return nil }
        if let found = try check(recovered, message: message) { return found }
        return try check(difference(key.modulus, recovered), message: message)
    }

    /// Builds the block that the chip signs: M1 is as long as the modulus allows.
    ///
    /// - Parameters:
    ///   - length: bytes of the modulus.
    ///   - digest: SHA-1 gives trailer BC, any other its own xx CC.
    ///   - randomM1: makes the M1 of the length asked for.
    package static func block(
        length: Int, message: [UInt8], digest: DigestAlgorithm, randomM1: (Int) throws -> [UInt8]
    ) throws -> [UInt8] {
        let trailer = digest == .sha1 ? [0xBC] : [trailerByte(digest), 0xCC]
        let room = length - 1 - digest.length - trailer.count
        guard room > 0 else { throw CryptoError(.invalidLength, "a modulus of \(length) bytes is too short") }
        let m1 = try randomM1(room)
        return [0x6A] + m1 + (try digest.digest(m1 + message)) + trailer
    }

    private static func check(_ block: [UInt8], message: [UInt8]) throws -> Verified? {
        guard let start = recoverableStart(block), let last = block.last else { return nil }
        let digest: DigestAlgorithm
        let trailerLength: Int
        if last == 0xBC {
            (digest, trailerLength) = (.sha1, 1)
        } else if last == 0xCC,
            let named = DigestAlgorithm.allCases.first(where: { trailerByte($0) == block.dropLast().last })
        {
            (digest, trailerLength) = (named, 2)
        } else {
            return nil
        }
        let body = block.dropFirst(start).dropLast(trailerLength)
        // M1 is never empty: its random bytes are what makes the signature unpredictable.
        guard body.count > digest.length else { return nil }
        let m1 = body.dropLast(digest.length)
        guard constantTimeEqual(try digest.digest(Array(m1) + message), body.suffix(digest.length)) else { return nil }
        return Verified(digest: digest, trailerLength: trailerLength)
    }

    /// Where M1 begins: after 6A, or after 6B BB ... BA. The two bits 01 and one for partial recovery, then padding nibbles B
    /// up to the nibble A.
    private static func recoverableStart(_ block: [UInt8]) -> Int? {
        switch block.first {
        case 0x6A: return 1
        case 0x6B:
            let padding = block.dropFirst().prefix { $0 == 0xBB }.count
            return block.dropFirst(1 + padding).first == 0xBA ? padding + 2 : nil
        default: return nil
        }
    }

    /// The hash identifiers of ISO/IEC 10118-3, used in the two-byte trailer.
    private static func trailerByte(_ digest: DigestAlgorithm) -> UInt8 {
        switch digest {
        case .sha1: 0x33
        case .sha256: 0x34
        case .sha512: 0x35
        case .sha384: 0x36
        case .sha224: 0x38
        }
    }

    /// n - s where that is smaller than s: the form of ISO/IEC 9796-2, B.4.
    package static func alternative(_ signature: [UInt8], modulus: [UInt8]) -> [UInt8] {
        let other = difference(modulus, signature)
        return other.lexicographicallyPrecedes(signature) ? other : signature
    }

    /// a - b for big-endian numbers of the same length, a > b.
    private static func difference(_ a: [UInt8], _ b: [UInt8]) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: a.count)
        var borrow = 0
        for (index, (x, y)) in zip(a, b).enumerated().reversed() {
            let value = Int(x) - Int(y) - borrow
            borrow = value < 0 ? 1 : 0
            out[index] = UInt8(truncatingIfNeeded: value)
        }
        return out
    }
}
