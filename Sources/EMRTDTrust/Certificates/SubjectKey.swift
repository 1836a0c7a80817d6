package import EMRTDCrypto
import Synchronization

/// A SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), checked for its outer form only; ``publicKey()`` decodes the key, once for all
/// copies of the value.
package final class SubjectKey: Sendable, Hashable {
    /// The structure as it came.
    package var encoded: [UInt8] { Array(structure) }
    /// The algorithm's object identifier.
    package let algorithm: ASN1OID
    /// The bits of subjectPublicKey.
    package var keyBytes: [UInt8] { Array(keyBits) }
    private let structure: ArraySlice<UInt8>
    fileprivate let keyBits: ArraySlice<UInt8>
    private let parameters: ArraySlice<UInt8>
    /// The key that the bytes stand for, once it has been asked for.
    private let decoded = Mutex<Result<PublicKey, TrustError>?>(nil)

    /// The longest structure that is read.
    private static let maximumSize = 1 << 14

    /// Parses a SubjectPublicKeyInfo.
    package convenience init(encoded bytes: some Collection<UInt8>) throws(TrustError) {
        guard bytes.count <= Self.maximumSize else {
            throw TrustError(
                .limitExceeded, "\(bytes.count) bytes, at most \(Self.maximumSize) are accepted",
                location: "SubjectPublicKeyInfo")
        }
        var reader = ASN1Reader(Array(bytes)[...], name: "SubjectPublicKeyInfo")
        try self.init(&reader)
        try reader.finish()
    }

    init(_ reader: inout ASN1Reader) throws(TrustError) {
        let start = reader.position
        let info = try reader.open(.sequence, "subjectPublicKeyInfo")
        let identifier = try reader.open(.sequence, "algorithm")
        algorithm = try reader.oid("algorithm")
        parameters = reader.hasMore ? try reader.encoded("parameters") : []
        try reader.close(identifier)
        keyBits = try reader.bitStringBytes("subjectPublicKey")
        try reader.close(info)
        structure = reader.bytes(from: start)
    }

    package static func == (a: SubjectKey, b: SubjectKey) -> Bool { a.structure == b.structure }

    package func hash(into hasher: inout Hasher) { hasher.combine(structure) }

    /// Whether the key spells out its curve parameters.
    package var hasExplicitParameters: Bool { algorithm == .ecPublicKey && parameters.first == 0x30 }

    /// The key, with every property that makes it usable checked: the modulus's range, the curve, the point.
    ///
    /// - Throws: ``TrustError`` `unusableKey`, `unknownCurve` or `malformed`; `unsupportedAlgorithm` where the libcrypto of this system
    ///   lacks the curve, `internalFailure` where it failed.
    package func publicKey() throws(TrustError) -> PublicKey {
        // Two threads may decode the same key at the same time; they find the same.
        if let known = decoded.withLock({ $0 }) { return try known.get() }
        let found = Result { () throws(TrustError) in try decode() }
        // That libcrypto failed says nothing of the key: the next one who asks may have more memory.
        if case .failure(let error) = found, error.code == .internalFailure { throw error }
        decoded.withLock { $0 = found }
        return try found.get()
    }

    private func decode() throws(TrustError) -> PublicKey {
        switch algorithm {
        case .rsaEncryption, .rsaPSS: return .rsa(try rsaKey())
        case .ecPublicKey:
            let curve = try self.curve()
            do {
                return .ec(try ECPublicKey(curve: curve, point: keyBits))
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
        let (modulus, exponent) = try rsaNumbers()
        var restriction: RSAKeyRestriction?
        if algorithm == .rsaPSS {
            restriction = .pss
            if !parameters.isEmpty, parameters != [0x05, 0x00] {
                let pss = try PSSParameters(encoded: parameters)
                restriction = .pssWith(pss.hash, mgf: pss.mask, minimumSaltLength: pss.saltLength)
            }
        }
        do {
            return try RSAPublicKey(
                modulus: Array(modulus), exponent: Array(exponent), restriction: restriction)
        } catch {
            throw TrustError.ofKey(
                error, or: TrustError(.unusableKey, "an RSA key out of range", location: "SubjectPublicKeyInfo"))
        }
    }

    /// RSAPublicKey (RFC 8017, A.1.1): modulus and exponent without leading zeros.
    func rsaNumbers() throws(TrustError) -> (modulus: ArraySlice<UInt8>, exponent: ArraySlice<UInt8>) {
        var reader = ASN1Reader(keyBits, name: "RSAPublicKey")
        let key = try reader.open(.sequence, "")
        let modulus = try reader.unsignedDigits("modulus")
        let exponent = try reader.unsignedDigits("publicExponent")
        try reader.close(key)
        try reader.finish()
        return (modulus, exponent)
    }

    private func curve() throws(TrustError) -> StandardCurve {
        guard !parameters.isEmpty else { throw TrustError(.unknownCurve, "the key does not name its curve") }
        let element = try ASN1Element(parameters, .ber, name: "EcpkParameters")
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
        guard subjectKey.keyBits == other.subjectKey.keyBits else { return false }
        if subjectKey == other.subjectKey { return true }
        guard let key = try? subjectKey.publicKey(), let known = try? other.subjectKey.publicKey(),
            key.hasSameNumbers(as: known), let scheme = try? algorithm.scheme()
        else { return false }
        return key.allows(scheme)
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
        // SpecifiedECDomain of SEC 1, C.2, may name a hash function after it, by which a seed is checked.
        _ = fields.optional(.sequence, "hash")
        try fields.finish()
        self.init(prime: prime, a: a, b: b, generator: generator, order: order, cofactor: cofactor)
    }
}
