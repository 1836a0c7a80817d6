package import EMRTDCrypto
package import ISO7816
package import LDS

/// Active Authentication, terminal side (Doc 9303-11, 6.1): the chip signs a fresh random challenge with the key of DG15.
///
/// The challenge is made here and nowhere else, so no caller can choose it.
package enum ActiveAuthentication {
    /// What became of the chip's signature.
    package enum Result: Sendable, Hashable {
        /// The signature is right; how it was made.
        case authentic(String)
        /// The signature is wrong or malformed; why.
        case wrong(String)
        /// The chip answered with fewer bytes than a signature of its key has; how many.
        case incomplete(Int)
        /// The chip refused INTERNAL AUTHENTICATE.
        case refused(StatusWord)
        /// The key or the signature algorithm is not one that this library can verify; why.
        case notSupported(String)
    }

    /// Sends the challenge and verifies the answer.
    ///
    /// - Parameters:
    ///   - key: the key of DG15.
    ///   - algorithm: the signature algorithm of DG14's ActiveAuthenticationInfo, for ECDSA keys.
    /// - Throws: what `exchange` throws.
    package static func run(
        _ exchange: any APDUExchange, key: SubjectPublicKeyInfo, algorithm: OID?, usesExtendedLength: Bool
    ) async throws -> Result {
        let publicKey: PublicKey
        do { publicKey = try key.knownKey() } catch {
            return .notSupported("the key of DG15 is on no known curve, or of no known algorithm")
        }
        if let reason = weakness(of: publicKey) { return .wrong(reason) }
        let challenge = try randomBytes(8)
        let length = signatureLength(publicKey)
        var command = CommandAPDU(ins: 0x88, data: challenge, expectedLength: max(256, length))
        if usesExtendedLength {
            // The signature and the objects of secure messaging together can exceed 256 bytes.
            command.forcesExtendedLength = length > 200
        } else {
            command.expectedLength = 256
        }
        let response = try await exchange.exchange(command)
        guard response.statusWord.isSuccess else { return .refused(response.statusWord) }
        // ISO/IEC 9796-2 signatures may have lost leading zeros, hence the margin.
        guard response.data.count > length - 8 else { return .incomplete(response.data.count) }
        return try verify(response.data, challenge: challenge, key: publicKey, algorithm: algorithm)
    }

    /// Verifies a signature over a challenge of 8 bytes.
    package static func verify(_ signature: [UInt8], challenge: [UInt8], key: PublicKey, algorithm: OID?) throws
        -> Result
    {
        switch key {
        case .rsa(let rsa):
            guard let digest = try ISO9796Signature.verify(signature, message: challenge, key: rsa) else {
                return .wrong("the signature of \(signature.count) bytes is not one over the challenge")
            }
            return .authentic("ISO/IEC 9796-2 scheme 1, RSA \(rsa.bitCount), \(digest.rawValue)")
        case .ec(let ec):
            guard let digest = algorithm.flatMap({ ecdsaPlainDigests[$0.description] }) else {
                return .notSupported("DG14 does not say which hash the chip signs with")
            }
            guard try key.isValid(signature: signature, for: challenge, scheme: .ecdsaPlain(digest)) else {
                return .wrong("the signature of \(signature.count) bytes is not one over the challenge")
            }
            return .authentic("ECDSA \(ec.curve), \(digest.rawValue)")
        }
    }

    /// Why a key is too weak to prove anything; `nil` where it is not.
    private static func weakness(of key: PublicKey) -> String? {
        if case .rsa(let rsa) = key, rsa.bitCount < 1024 { return "an RSA key of \(rsa.bitCount) bits proves nothing" }
        return nil
    }

    private static func signatureLength(_ key: PublicKey) -> Int {
        switch key {
        case .rsa(let rsa): rsa.modulus.count
        case .ec(let ec): 2 * ec.curve.orderLength
        }
    }

    /// ecdsa-plain-SHA1 to SHA512 (TR-03111, 5.2.1; Doc 9303-11, 9.2.3).
    private static let ecdsaPlainDigests: [String: DigestAlgorithm] = [
        "0.4.0.127.0.7.1.1.4.1.1": .sha1, "0.4.0.127.0.7.1.1.4.1.2": .sha224, "0.4.0.127.0.7.1.1.4.1.3": .sha256,
        "0.4.0.127.0.7.1.1.4.1.4": .sha384, "0.4.0.127.0.7.1.1.4.1.5": .sha512,
    ]
}
