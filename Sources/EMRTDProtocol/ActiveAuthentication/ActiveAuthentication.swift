package import EMRTDCrypto
package import EMRTDTrust
package import ISO7816
package import LDS

/// Active Authentication, terminal side (Doc 9303-11, 6.1): the chip signs a fresh random challenge with the key of DG15.
///
/// Challenges are made here and nowhere else, one for each command, so no caller can choose one.
package enum ActiveAuthentication {
    /// A signature that is right.
    package struct Proof: Sendable, Hashable, CustomStringConvertible {
        /// How it was made: scheme, key and hash.
        package let description: String
        /// The exceptions that accepting it took.
        package let leniencies: Set<Leniency>
    }

    /// What became of the chip's signature.
    package enum Result: Sendable, Hashable {
        /// The signature is right.
        case authentic(Proof)
        /// The signature is wrong or malformed; why.
        case wrong(String)
        /// The chip answered with fewer bytes than a signature of its key has, in every length form; how many.
        case incomplete(Int)
        /// The chip refused INTERNAL AUTHENTICATE.
        case refused(StatusWord)
        /// The key or the signature algorithm is not one that this library can verify; why.
        case notSupported(String)
    }

    /// How the answer is asked for.
    private enum LengthForm: Hashable { case short, extended, exact(Int) }

    /// The most commands, hence challenges, of one run.
    package static let maximumCommands = 4

    /// Sends the challenge and verifies the answer. Where the answer does not come whole, or the chip refuses the length, the
    /// other length forms are tried, each with a challenge of its own: signatures of some cards pass only in extended length
    /// and those of others only in short length, or only with the exact length.
    ///
    /// - Parameters:
    ///   - key: the key of DG15.
    ///   - algorithm: the signature algorithm of DG14's ActiveAuthenticationInfo, for ECDSA keys.
    ///   - usesExtendedLength: whether a long answer is asked for in extended length first.
    /// - Throws: what `exchange` throws.
    package static func run(
        _ exchange: any APDUExchange, key: SubjectPublicKeyInfo, algorithm: OID?, usesExtendedLength: Bool
    ) async throws -> Result {
        if case .rsa(let modulus, _) = key.key, let reason = weakness(ofModulus: modulus) { return .wrong(reason) }
        let publicKey: PublicKey
        do { publicKey = try key.knownKey() } catch {
            return .notSupported("the key of DG15 is on no known curve, or of no known algorithm")
        }
        let length = signatureLength(publicKey)
        // The signature and the objects of secure messaging together can exceed 256 bytes.
        let forms: [LengthForm] =
            length <= 200
            ? [.short, .exact(length)] : usesExtendedLength ? [.extended, .short] : [.short, .extended]
        var waiting = forms
        var tried: Set<LengthForm> = []
        var last = Result.incomplete(0)
        while tried.count < maximumCommands, let form = waiting.first {
            waiting.removeFirst()
            guard tried.insert(form).inserted else { continue }
            let result = try await attempt(exchange, publicKey, algorithm, form, length)
            switch result {
            case .authentic, .wrong, .notSupported: return result
            case .incomplete: last = result
            case .refused(let status):
                if let exact = status.exactLength {
                    waiting.insert(.exact(exact), at: 0)
                } else if status != .wrongLength {
                    return result
                }
                // A signature that came in part says more than a length that was refused.
                if case .incomplete(let count) = last, count > 0 { continue }
                last = result
            }
        }
        return last
    }

    private static func attempt(
        _ exchange: any APDUExchange, _ key: PublicKey, _ algorithm: OID?, _ form: LengthForm, _ length: Int
    ) async throws -> Result {
        let challenge = try randomBytes(8)
        var command = CommandAPDU(ins: 0x88, data: challenge, expectedLength: 256)
        switch form {
        case .short: break
        case .extended:
            command.expectedLength = max(256, length)
            command.forcesExtendedLength = true
        case .exact(let count): command.expectedLength = count
        }
        let response = try await exchange.exchange(command)
        guard response.statusWord.isSuccess else { return .refused(response.statusWord) }
        let result = try verify(response.data, challenge: challenge, key: key, algorithm: algorithm)
        // What is shorter than a signature may be part of one, or one that lost its leading zeros, which then verifies.
        if case .wrong = result, response.data.count < shortestSignature(key) {
            return .incomplete(response.data.count)
        }
        return result
    }

    /// Verifies a signature over a challenge of 8 bytes.
    package static func verify(_ signature: [UInt8], challenge: [UInt8], key: PublicKey, algorithm: OID?) throws
        -> Result
    {
        switch key {
        case .rsa(let rsa):
            guard let found = try ISO9796Signature.verify(signature, message: challenge, key: rsa) else {
                return .wrong("the signature of \(signature.count) bytes is not one over the challenge")
            }
            var leniencies: Set<Leniency> = []
            if signature.count < rsa.modulus.count { leniencies.insert(.aaSignatureShort) }
            if found.digest == .sha1, found.trailerLength == 2 { leniencies.insert(.aaTrailerSHA1) }
            return .authentic(
                Proof(
                    description: "ISO/IEC 9796-2 scheme 1, RSA \(rsa.bitCount), \(found.digest.rawValue)",
                    leniencies: leniencies))
        case .ec(let ec):
            let named = algorithm.flatMap { ecdsaPlainDigests[$0.description] }
            for scheme in schemes(named) where try key.isValid(signature: signature, for: challenge, scheme: scheme) {
                var leniencies: Set<Leniency> = []
                var format = "plain"
                if scheme.digest != named { leniencies.insert(.aaSignatureInferred) }
                if case .ecdsa = scheme {
                    leniencies.insert(.aaSignatureDER)
                    format = "DER"
                }
                return .authentic(
                    Proof(
                        description: "ECDSA \(format), \(ec.curve), \(scheme.digest.rawValue)", leniencies: leniencies))
            }
            return .wrong("the signature of \(signature.count) bytes is not one over the challenge")
        }
    }

    /// The schemes that an ECDSA signature is tried with: plain with the hash that DG14 names, then plain with the others,
    /// then both as DER. Nobody without the private key gains by the choice.
    private static func schemes(_ named: DigestAlgorithm?) -> [SignatureScheme] {
        let all: [DigestAlgorithm] = [.sha256, .sha384, .sha512, .sha224, .sha1]
        let others = all.filter { $0 != named }
        let digests: [DigestAlgorithm] = (named.map { [$0] } ?? []) + others
        return digests.map { SignatureScheme.ecdsaPlain($0) } + digests.map { SignatureScheme.ecdsa($0) }
    }

    /// Why an RSA key (a modulus without leading zeros) is too weak to prove anything; `nil` where it is not.
    private static func weakness(ofModulus modulus: [UInt8]) -> String? {
        let bits = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
        return bits < 1024 ? "an RSA key of \(bits) bits proves nothing" : nil
    }

    private static func signatureLength(_ key: PublicKey) -> Int {
        switch key {
        case .rsa(let rsa): rsa.modulus.count
        case .ec(let ec): 2 * ec.curve.orderLength
        }
    }

    /// Fewer bytes than this cannot be the whole signature: the modulus for RSA, and for ECDSA, where DER drops leading zeros,
    /// some less than r and s.
    private static func shortestSignature(_ key: PublicKey) -> Int {
        switch key {
        case .rsa(let rsa): rsa.modulus.count
        case .ec(let ec): 2 * ec.curve.orderLength - 8
        }
    }

    /// ecdsa-plain-SHA1 to SHA512 (TR-03111, 5.2.1; Doc 9303-11, 9.2.3).
    private static let ecdsaPlainDigests: [String: DigestAlgorithm] = [
        "0.4.0.127.0.7.1.1.4.1.1": .sha1, "0.4.0.127.0.7.1.1.4.1.2": .sha224, "0.4.0.127.0.7.1.1.4.1.3": .sha256,
        "0.4.0.127.0.7.1.1.4.1.4": .sha384, "0.4.0.127.0.7.1.1.4.1.5": .sha512,
    ]
}
