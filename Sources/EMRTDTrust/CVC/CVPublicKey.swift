package import EMRTDCrypto
package import ISO7816
import LDS

/// The public key of a CV certificate, 7F49 (TR-03110-3, D.3; Doc 9303-12, 7.2.2.3). Keys of document verifiers and terminals
/// come without domain parameters: those are the ones of their issuer.
package struct CVPublicKey: Sendable, Hashable {
    /// The key as far as the certificate gives it.
    package enum Material: Sendable, Hashable {
        case rsa(RSAPublicKey)
        /// A point, uncompressed, on a curve that the certificate spells out.
        case ec(ECPublicKey)
        /// A point, uncompressed, on the curve of the issuer; not checked yet.
        case inheritedCurve(point: [UInt8])
    }

    /// What the owner of the key signs with.
    package let algorithm: TerminalSignatureAlgorithm
    /// The key.
    package let material: Material

    /// A key; with its domain parameters where it is an EC key.
    ///
    /// - Throws: ``TrustError`` `unusableKey` where the algorithm is not for such a key.
    package init(_ key: PublicKey, _ algorithm: TerminalSignatureAlgorithm) throws {
        switch (key, algorithm.isRSA) {
        case (.rsa(let key), true): material = .rsa(key)
        case (.ec(let key), false): material = .ec(key)
        default: throw TrustError(.unusableKey, "a key \(key.label) for \(algorithm)", location: "CV certificate")
        }
        self.algorithm = algorithm
    }

    /// Whether the certificate spells out domain parameters.
    package var hasDomainParameters: Bool {
        if case .ec = material { true } else { false }
    }

    /// The key, on the issuer's curve where it has none of its own.
    ///
    /// - Throws: ``TrustError`` `unusableKey` where there is no curve to inherit, or the point is not on it;
    ///   `internalFailure` where libcrypto fails.
    package func publicKey(inheritingFrom issuer: PublicKey?) throws -> PublicKey {
        switch material {
        case .rsa(let key): return .rsa(key)
        case .ec(let key): return .ec(key)
        case .inheritedCurve(let point):
            guard case .ec(let issuer) = issuer else {
                throw TrustError(
                    .unusableKey, "an EC key without domain parameters, and no issuer to inherit them from",
                    location: "CV certificate")
            }
            return .ec(try Self.key(on: issuer.curve, point: point))
        }
    }

    private static func key(on curve: StandardCurve, point: [UInt8]) throws -> ECPublicKey {
        let refusal = TrustError(.unusableKey, "the public point is not on \(curve)", location: "CV certificate")
        guard point.count == curve.pointLength, point.first == 4 else { throw refusal }
        do { return try ECPublicKey(curve: curve, point: point) } catch { throw TrustError.ofKey(error, or: refusal) }
    }
}

extension CVPublicKey {
    /// The longest number or point, in bytes: bounds the work on a certificate.
    private static let number = 1...1025

    /// Parses a public key object.
    ///
    /// - Throws: ``TrustError`` `malformed`, `unsupportedAlgorithm`, `unusableKey`, `unknownCurve`, or `internalFailure` where
    ///   libcrypto fails.
    package init(parsing object: TLV) throws {
        var fields = try CVFields(object, "the public key")
        let identifier = try fields.required(0x06, "algorithm", 1...32)
        let oid = try cvParsing { try OID(encoded: identifier.value) }
        guard let algorithm = TerminalSignatureAlgorithm(oid) else {
            throw TrustError(
                .unsupportedAlgorithm, "the algorithm \(oid) is not known", location: "CV certificate, public key")
        }
        self.algorithm = algorithm
        if algorithm.isRSA {
            let modulus = try fields.required(0x81, "modulus", Self.number)
            let exponent = try fields.required(0x82, "exponent", 1...9)
            try fields.finish()
            do {
                material = .rsa(try RSAPublicKey(modulus: Array(modulus.value), exponent: Array(exponent.value)))
            } catch {
                throw TrustError.ofKey(
                    error,
                    or: TrustError(.unusableKey, "an RSA key out of range", location: "CV certificate, public key"))
            }
            return
        }
        guard let prime = try fields.optional(0x81, "prime modulus", Self.number) else {
            material = .inheritedCurve(point: Array(try fields.required(0x86, "public point", Self.number).value))
            try fields.finish()
            return
        }
        let a = try fields.required(0x82, "first coefficient", Self.number)
        let b = try fields.required(0x83, "second coefficient", Self.number)
        let generator = try fields.required(0x84, "base point", Self.number)
        let order = try fields.required(0x85, "order", Self.number)
        let point = try fields.required(0x86, "public point", Self.number)
        let cofactor = try fields.required(0x87, "cofactor", 1...8)
        try fields.finish()
        let parameters = ExplicitCurveParameters(
            prime: Array(prime.value), a: Array(a.value), b: Array(b.value), generator: Array(generator.value),
            order: Array(order.value), cofactor: Array(cofactor.value))
        let unknown = TrustError(
            .unknownCurve, "the domain parameters are not those of any standard curve",
            location: "CV certificate, public key")
        let curve: StandardCurve?
        do { curve = try StandardCurve.matching(parameters) } catch { throw TrustError.ofKey(error, or: unknown) }
        guard let curve else { throw unknown }
        material = .ec(try Self.key(on: curve, point: Array(point.value)))
    }

    /// The object 7F49.
    ///
    /// - Parameter includesDomainParameters: whether an EC key is written with the parameters of its curve.
    package func encoded(includesDomainParameters: Bool) throws -> [UInt8] {
        var fields = [TLV.encode(0x06, algorithm.objectIdentifier.encoded)]
        switch material {
        case .rsa(let key):
            fields += [TLV.encode(0x81, key.modulus), TLV.encode(0x82, key.exponent)]
        case .inheritedCurve(let point):
            fields += [TLV.encode(0x86, point)]
        case .ec(let key) where includesDomainParameters:
            let values = try key.curve.parameters()
            fields += [
                TLV.encode(0x81, values.prime), TLV.encode(0x82, values.a), TLV.encode(0x83, values.b),
                TLV.encode(0x84, values.generator), TLV.encode(0x85, values.order), TLV.encode(0x86, key.point),
                TLV.encode(0x87, [1]),
            ]
        case .ec(let key):
            fields += [TLV.encode(0x86, key.point)]
        }
        return TLV.encode(0x7F49, children: fields)
    }
}
