import CEMRTDCrypto

/// A public key on one of the known curves, decoded: it can verify any number of signatures, on any thread.
package struct ECPublicKey: Sendable, Hashable {
    package let curve: StandardCurve
    /// The point, uncompressed, of fixed width.
    package let point: [UInt8]
    let handle: ECKeyHandle

    /// Checks that the point (compressed or not) is on the curve and not infinity.
    ///
    /// - Throws: ``CryptoError`` `invalidPoint`.
    package init(curve: StandardCurve, point bytes: some Collection<UInt8>) throws {
        self.curve = curve
        handle = try ECKeyHandle(curve, point: bytes)
        point =
            bytes.count == curve.pointLength && bytes.first == 4
            ? Array(bytes) : try handle.uncompressedPoint(length: curve.pointLength)
    }

    package static func == (a: ECPublicKey, b: ECPublicKey) -> Bool { a.curve == b.curve && a.point == b.point }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(curve)
        hasher.combine(point)
    }
}

/// An RSA public key, decoded: it can verify any number of signatures, on any thread. Both numbers are big endian without
/// leading zeros.
package struct RSAPublicKey: Sendable, Hashable {
    package let modulus: [UInt8]
    package let exponent: [UInt8]
    /// What the key may be used for, where its owner says so.
    package let restriction: RSAKeyRestriction?
    let handle: RSAKeyHandle

    /// The longest modulus accepted, in bits: bounds the time of one verification.
    package static let maximumBits = 8192

    /// Bits of the modulus.
    package var bitCount: Int {
        guard let first = modulus.first else { return 0 }
        return modulus.count * 8 - first.leadingZeroBitCount
    }

    /// Creates a key from big-endian numbers; leading zeros are dropped.
    ///
    /// - Throws: ``CryptoError`` `invalidKey` for a modulus that is even, under 512 or over 8192 bits, or an exponent that
    ///   is even, 1 or longer than 64 bits.
    package init(modulus: [UInt8], exponent: [UInt8], restriction: RSAKeyRestriction? = nil) throws {
        self.restriction = restriction
        self.modulus = modulus.withoutLeadingZeros
        self.exponent = exponent.withoutLeadingZeros
        guard let lowest = self.modulus.last, lowest & 1 == 1, (64...Self.maximumBits / 8).contains(self.modulus.count)
        else { throw CryptoError(.invalidKey, "an RSA modulus that is even or not of 512 to \(Self.maximumBits) bits") }
        guard let last = self.exponent.last, last & 1 == 1, self.exponent != [1], self.exponent.count <= 8 else {
            throw CryptoError(.invalidKey, "an RSA exponent that is even, 1 or longer than 64 bits")
        }
        handle = try RSAKeyHandle(modulus: self.modulus, exponent: self.exponent)
    }

    package static func == (a: RSAPublicKey, b: RSAPublicKey) -> Bool {
        a.modulus == b.modulus && a.exponent == b.exponent && a.restriction == b.restriction
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(modulus)
        hasher.combine(exponent)
    }
}

/// What a key under id-RSASSA-PSS may be used for (RFC 4055, 1.2 and 3.3): RSASSA-PSS alone, and where the key has parameters, with
/// these hash functions and a salt that is no shorter. A signature of any other kind is wrong under such a key.
package enum RSAKeyRestriction: Sendable, Hashable {
    case pss
    case pssWith(DigestAlgorithm, mgf: DigestAlgorithm, minimumSaltLength: Int)

    func allows(_ scheme: SignatureScheme) -> Bool {
        guard case .rsaPSS(let digest, let mgf, let salt) = scheme else { return false }
        return switch self {
        case .pss: true
        case .pssWith(digest, mgf, let minimum): salt >= minimum
        case .pssWith: false
        }
    }
}

/// A public key that can verify signatures.
package enum PublicKey: Sendable, Hashable {
    case ec(ECPublicKey)
    case rsa(RSAPublicKey)

    /// Whether a scheme is one for such a key, and allowed by its restriction where it has one.
    package func allows(_ scheme: SignatureScheme) -> Bool {
        switch (self, scheme) {
        case (.ec, .ecdsa), (.ec, .ecdsaPlain): true
        case (.rsa(let key), .rsaPKCS1), (.rsa(let key), .rsaPKCS1WithoutNull), (.rsa(let key), .rsaPSS):
            key.restriction?.allows(scheme) ?? true
        case (.ec, _), (.rsa, _): false
        }
    }

    /// Whether both are one key: the same numbers, whatever the owners restrict it to.
    package func hasSameNumbers(as other: PublicKey) -> Bool {
        switch (self, other) {
        case (.ec(let a), .ec(let b)): a == b
        case (.rsa(let a), .rsa(let b)): a.modulus == b.modulus && a.exponent == b.exponent
        case (.ec, _), (.rsa, _): false
        }
    }

    /// What it is, for reports: `EC brainpoolP384r1`, `RSA 2048`.
    package var label: String {
        switch self {
        case .ec(let key): "EC \(key.curve)"
        case .rsa(let key): "RSA \(key.bitCount)"
        }
    }
}

extension [UInt8] {
    fileprivate var withoutLeadingZeros: [UInt8] { first == 0 ? Array(drop { $0 == 0 }) : self }
}
