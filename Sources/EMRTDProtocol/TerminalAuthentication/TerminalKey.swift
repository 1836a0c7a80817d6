package import EMRTDCrypto
public import EMRTDTrust

/// The private key of a terminal: a key in memory (``SoftwareTerminalKey``), or a hardware module or a server that signs.
public protocol TerminalKey: Sendable {
    /// Signs a message for a card.
    ///
    /// - Parameters:
    ///   - message: what to hash and sign, not its hash.
    ///   - algorithm: the algorithm of the terminal's certificate. ECDSA signatures are r || s, each as long as the order of the
    ///     curve (TR-03111, 5.2.1); RSA signatures are as long as the modulus.
    /// - Returns: the signature.
    func sign(_ message: [UInt8], algorithm: TerminalSignatureAlgorithm) async throws -> [UInt8]
}

/// A terminal's private key in memory, in C memory that is cleared at the end.
public struct SoftwareTerminalKey: TerminalKey {
    private let key: PrivateKey

    /// Imports a file: PKCS #8, SEC 1 or PKCS #1 in PEM or DER, not encrypted, RSA or a standard curve.
    ///
    /// - Parameter bytes: the contents of the file; cleared whatever comes out.
    /// - Throws: ``ProtocolError`` `invalidCredentials` that says what is wrong with the file.
    public init(clearing bytes: inout [UInt8]) throws {
        do { key = try PrivateKey.imported(clearing: &bytes) } catch let error as CryptoError {
            throw ProtocolError(
                .invalidCredentials, "the terminal's private key: \(error.reason)", step: credentialsStep)
        }
    }

    /// Takes over a key.
    package init(_ key: PrivateKey) { self.key = key }

    /// The public half.
    package var publicKey: PublicKey { key.publicKey }

    /// Signs a message.
    ///
    /// - Throws: ``ProtocolError`` `invalidCredentials` where the algorithm is not for this key.
    public func sign(_ message: [UInt8], algorithm: TerminalSignatureAlgorithm) async throws -> [UInt8] {
        try signature(of: message, algorithm)
    }

    func signature(of message: [UInt8], _ algorithm: TerminalSignatureAlgorithm) throws -> [UInt8] {
        do { return try key.sign(message, scheme: algorithm.scheme) } catch is CryptoError {
            throw ProtocolError(
                .invalidCredentials, "the terminal's key \(key.publicKey.label) cannot sign with \(algorithm)",
                step: credentialsStep)
        }
    }

    /// Whether a certificate is for this key, and the key signs with its algorithm: told by a probe.
    func belongs(to certificate: CVCertificate) throws -> Bool {
        let isSame =
            switch (certificate.publicKey.material, publicKey) {
            case (.rsa(let a), .rsa(let b)): a == b
            case (.ec(let a), .ec(let b)): a == b
            case (.inheritedCurve(let point), .ec(let own)): point == own.point
            default: false
            }
        guard isSame else { return false }
        let probe: [UInt8] = Array("Terminal Authentication".utf8)
        // A key too short for the algorithm does not belong to it.
        guard let signature = try? signature(of: probe, certificate.algorithm) else { return false }
        return try publicKey.isValid(signature: signature, for: probe, scheme: certificate.algorithm.scheme)
    }
}

extension ProtocolError.Code {
    /// The terminal's certificates or its private key are not usable, or do not belong together. Nothing is wrong with the
    /// card.
    public static let invalidCredentials = ProtocolError.Code("invalidCredentials")
    /// None of the terminal's certificates leads to a key that the card knows: rights for the card's issuer are missing.
    public static let noCertificatePath = ProtocolError.Code("noCertificatePath")
}

let credentialsStep = "Terminal Authentication: credentials"
