package import EMRTDCrypto
package import LDS

extension SessionCipher {
    /// The block cipher with this name.
    package var blockCipher: BlockCipher {
        switch self {
        case .tripleDES: .tripleDES
        case .aes128: .aes128
        case .aes192: .aes192
        case .aes256: .aes256
        }
    }
}

/// Why a public key of the card cannot be used.
package enum KnownKeyError: Error, Sendable, Hashable {
    /// Explicit domain parameters that match no known curve in all their values, or a curve that is not known.
    case unknownCurve
    /// An algorithm other than RSA and elliptic curves.
    case unknownAlgorithm
    /// The point or the modulus is not acceptable.
    case invalidKey
}

extension SubjectPublicKeyInfo {
    /// The key as one that can be computed with: RSA, or a point on a known curve whose parameters, where they are spelled
    /// out, match in every value.
    ///
    /// - Throws: ``KnownKeyError``.
    package func knownKey() throws -> PublicKey {
        switch key {
        case .rsa(let modulus, let exponent):
            guard let key = try? RSAPublicKey(modulus: modulus, exponent: exponent) else {
                throw KnownKeyError.invalidKey
            }
            return .rsa(key)
        case .ec(let parameters, let point):
            return .ec(try Self.point(point, on: parameters.knownCurve))
        case .standardized(let identifier, let bits):
            return .ec(try Self.point(bits, on: UInt8(exactly: identifier).flatMap(StandardCurve.init(rawValue:))))
        case .dh, .unknown: throw KnownKeyError.unknownAlgorithm
        }
    }

    private static func point(_ bytes: [UInt8], on curve: StandardCurve?) throws -> ECPublicKey {
        guard let curve else { throw KnownKeyError.unknownCurve }
        guard let key = try? ECPublicKey(curve: curve, point: bytes) else { throw KnownKeyError.invalidKey }
        return key
    }
}

extension ECDomainParameters {
    /// The known curve that is named, or whose values are all equal to the explicit ones; `nil` otherwise.
    package var knownCurve: StandardCurve? {
        switch self {
        case .named(let identifier): StandardCurve(objectIdentifier: identifier.description)
        case .explicit(let values):
            StandardCurve.matching(
                ExplicitCurveParameters(
                    prime: values.prime, a: values.a, b: values.b, generator: values.generator, order: values.order,
                    cofactor: values.cofactor))
        case .implicit: nil
        }
    }
}
