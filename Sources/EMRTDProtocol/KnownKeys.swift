package import EMRTDCrypto
import ISO7816
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

extension BlockCipher {
    /// The strength in bits of a symmetric key (NIST SP 800-57-1, table 2): 80 for two-key 3DES.
    package var strength: Int { self == .tripleDES ? 80 : keyLength * 8 }
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

    /// The key as one that keys can be agreed with: a point on a known curve, or a number in a known prime field, named by
    /// number or with parameters that match in every value. The key itself is checked to belong to the group.
    ///
    /// - Throws: ``KnownKeyError``.
    package func keyAgreementKey() throws -> KeyAgreementPublicKey {
        let domain: DomainParameters?
        var encoded: [UInt8]
        switch key {
        case .ec(let parameters, let point): (domain, encoded) = (parameters.knownCurve.map { .ecdh($0) }, point)
        case .standardized(let identifier, let bits):
            (domain, encoded) = (DomainParameters(parameterId: identifier), bits)
            // A number of a prime field may come as an INTEGER.
            if case .dh? = domain, let number = try? TLV(exactly: bits), number.tag == 0x02 {
                encoded = Array(number.value)
            }
        case .dh(let values, let number):
            let group = DHGroup.matching(prime: values.prime, generator: values.generator, order: values.order)
            (domain, encoded) = (group.map { .dh($0) }, number)
        case .rsa, .unknown: throw KnownKeyError.unknownAlgorithm
        }
        guard let domain else { throw KnownKeyError.unknownCurve }
        switch domain {
        case .dh:
            let number = encoded.drop { $0 == 0 }
            let missing = max(0, domain.publicKeyLength - number.count)
            encoded = [UInt8](repeating: 0, count: missing) + number
        case .ecdh(let curve):
            // Certificates and files may compress a point, protocols never do.
            guard let key = try? ECPublicKey(curve: curve, point: encoded) else { throw KnownKeyError.invalidKey }
            encoded = key.point
        }
        guard let key = try? KeyAgreementPublicKey(domain: domain, encoded: encoded) else {
            throw KnownKeyError.invalidKey
        }
        return key
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
            // Where libcrypto fails the curve is not known either: a key on it is not used, which is no verdict on it.
            try? StandardCurve.matching(
                ExplicitCurveParameters(
                    prime: values.prime, a: values.a, b: values.b, generator: values.generator, order: values.order,
                    cofactor: values.cofactor))
        case .implicit: nil
        }
    }
}
