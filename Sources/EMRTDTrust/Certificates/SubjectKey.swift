package import EMRTDCrypto
import Synchronization

/// A SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), checked for its outer form only; ``publicKey()`` decodes the key, once for all
/// copies of the value.
package struct SubjectKey: Sendable, Hashable {
    /// The structure as it came.
    package let encoded: [UInt8]
    /// The algorithm's object identifier.
    package let algorithm: ASN1OID
    /// The bits of subjectPublicKey.
    package let keyBytes: [UInt8]
    private let parameters: [UInt8]
    private let decoded = DecodedKey()

    /// Parses a SubjectPublicKeyInfo.
    package init(encoded bytes: some Collection<UInt8>) throws(TrustError) {
        try self.init(ASN1Element(Array(bytes)[...], .ber, name: "SubjectPublicKeyInfo", maximumSize: 1 << 14))
    }

    init(_ element: ASN1Element) throws(TrustError) {
        encoded = Array(element.encoded)
        var fields = try element.fields(.sequence)
        var identifier = try fields.required("algorithm").fields(.sequence)
        algorithm = try identifier.required("algorithm").oid()
        parameters = Array(identifier.next()?.encoded ?? [])
        try identifier.finish()
        keyBytes = Array(try fields.required("subjectPublicKey").bitStringBytes())
        try fields.finish()
    }

    package static func == (a: SubjectKey, b: SubjectKey) -> Bool { a.encoded == b.encoded }

    package func hash(into hasher: inout Hasher) { hasher.combine(encoded) }

    /// Whether the key spells out its curve parameters.
    package var hasExplicitParameters: Bool { algorithm == .ecPublicKey && parameters.first == 0x30 }

    /// The key, with every property that makes it usable checked: the modulus's range, the curve, the point.
    ///
    /// - Throws: ``TrustError`` `unusableKey`, `unknownCurve` or `malformed`, or `internalFailure` where libcrypto failed.
    package func publicKey() throws(TrustError) -> PublicKey {
        try decoded.value { () throws(TrustError) in try decode() }
    }

    private func decode() throws(TrustError) -> PublicKey {
        switch algorithm {
        case .rsaEncryption, .rsaPSS: return .rsa(try rsaKey())
        case .ecPublicKey:
            let curve = try self.curve()
            do {
                return .ec(try ECPublicKey(curve: curve, point: keyBytes))
            } catch {
                throw TrustError.ofKey(
                    error,
                    or: TrustError(.unusableKey, "the point is not on \(curve)", location: "SubjectPublicKeyInfo"))
            }
        default:
            throw TrustError(.unusableKey, "the key type \(algorithm) is not known", location: "SubjectPublicKeyInfo")
        }
    }

    private func rsaKey() throws(TrustError) -> RSAPublicKey {
        var fields = try ASN1Element(keyBytes[...], .ber, name: "RSAPublicKey").fields(.sequence)
        let modulus = try fields.required("modulus").unsignedInteger()
        let exponent = try fields.required("publicExponent").unsignedInteger()
        try fields.finish()
        var restriction: RSAKeyRestriction?
        if algorithm == .rsaPSS {
            restriction = .pss
            if !parameters.isEmpty, parameters != [0x05, 0x00] {
                let pss = try PSSParameters(encoded: parameters[...])
                restriction = .pssWith(pss.hash, mgf: pss.mask, minimumSaltLength: pss.saltLength)
            }
        }
        do {
            return try RSAPublicKey(modulus: modulus, exponent: exponent, restriction: restriction)
        } catch {
            throw TrustError.ofKey(
                error, or: TrustError(.unusableKey, "an RSA key out of range", location: "SubjectPublicKeyInfo"))
        }
    }

    private func curve() throws(TrustError) -> StandardCurve {
        guard !parameters.isEmpty else { throw TrustError(.unknownCurve, "the key does not name its curve") }
        let element = try ASN1Element(parameters[...], .ber, name: "EcpkParameters")
        if element.identifier == .objectIdentifier {
            let name = try element.oid().description
            guard let curve = StandardCurve(objectIdentifier: name) else {
                throw TrustError(
                    .unknownCurve, "the curve \(name) is none of Doc 9303", location: "SubjectPublicKeyInfo")
            }
            return curve
        }
        let explicit = try ExplicitCurveParameters(element)
        let unknown = TrustError(
            .unknownCurve, "the explicit curve parameters are not those of any standard curve",
            location: "SubjectPublicKeyInfo")
        let curve: StandardCurve?
        do { curve = try StandardCurve.matching(explicit) } catch { throw TrustError.ofKey(error, or: unknown) }
        guard let curve else { throw unknown }
        return curve
    }
}

extension Certificate {
    /// Whether a signature is this certificate's as well, where it is known to be right under the key of another one: both hold
    /// one key, and this one restricts it to nothing else (RFC 4055, 1.2).
    func sharesSignature(_ algorithm: SignatureAlgorithm, of other: Certificate) -> Bool {
        guard subjectKey.keyBytes == other.subjectKey.keyBytes else { return false }
        if subjectKey == other.subjectKey { return true }
        guard let key = try? subjectKey.publicKey(), let known = try? other.subjectKey.publicKey(),
            key.hasSameNumbers(as: known), let scheme = try? algorithm.scheme()
        else { return false }
        return key.allows(scheme)
    }
}

/// The key that a certificate's bytes stand for, once it has been asked for.
private final class DecodedKey: Sendable {
    private let result = Mutex<Result<PublicKey, TrustError>?>(nil)

    func value(_ decode: () throws(TrustError) -> PublicKey) throws(TrustError) -> PublicKey {
        // Two threads may decode the same key at the same time; they find the same.
        if let known = result.withLock({ $0 }) { return try known.get() }
        let found = Result { () throws(TrustError) in try decode() }
        // That libcrypto failed says nothing of the key: the next one who asks may have more memory.
        if case .failure(let error) = found, error.code == .internalFailure { throw error }
        result.withLock { $0 = found }
        return try found.get()
    }
}

extension ExplicitCurveParameters {
    /// ECParameters of RFC 3279, 2.3.5, over a prime field.
    fileprivate init(_ element: ASN1Element) throws(TrustError) {
        var fields = try element.fields(.sequence)
        _ = try fields.required("version").smallInteger()
        var field = try fields.required("fieldID").fields(.sequence)
        guard try field.required("fieldType").oid() == .primeField else {
            throw TrustError(.unknownCurve, "a curve that is not over a prime field", location: "SubjectPublicKeyInfo")
        }
        let prime = try field.required("prime").unsignedInteger()
        try field.finish()
        var curve = try fields.required("curve").fields(.sequence)
        let a = try curve.required("a").octetString()
        let b = try curve.required("b").octetString()
        _ = curve.optional(.bitString, "seed")
        try curve.finish()
        let generator = try fields.required("base").octetString()
        let order = try fields.required("order").unsignedInteger()
        let cofactor = try fields.optional(.integer, "cofactor")?.unsignedInteger()
        try fields.finish()
        self.init(prime: prime, a: a, b: b, generator: generator, order: order, cofactor: cofactor)
    }
}
