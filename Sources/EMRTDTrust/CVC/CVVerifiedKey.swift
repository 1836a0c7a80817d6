package import EMRTDCrypto

/// A public key that a verified certificate brought, with what a chip stores beside it (Doc 9303-11, 7.1.4.3.7, Imported
/// Metadata). Only verification makes one.
package struct CVVerifiedKey: Sendable, Hashable {
    /// The certificate.
    package let certificate: CVCertificate
    /// The key, with the domain parameters that it inherited.
    package let publicKey: PublicKey
    /// Effective role and rights: the certificate's own, restricted by those of its issuers up to the CVCA certificate
    /// (7.1.4.3.6). A link certificate states the rights of the new trust point by itself.
    package let authorization: CertificateHolderAuthorization

    /// The name of the key.
    package var reference: CVReference { certificate.holderReference }
    /// What the key signs with.
    package var algorithm: TerminalSignatureAlgorithm { certificate.algorithm }

    /// Whether the key made a signature over a message. A wrong or malformed signature is `false`.
    ///
    /// - Throws: `CryptoError` only where libcrypto fails.
    package func isValid(signature: some Collection<UInt8>, for message: some Collection<UInt8>) throws -> Bool {
        try publicKey.isValid(signature: signature, for: message, scheme: algorithm.scheme)
    }

    /// Takes a certificate of a certification authority as a trust point, as the personaliser of a chip does: trust comes from
    /// the caller. A self-signed certificate must have signed itself.
    ///
    /// - Throws: ``TrustError`` `unusableKey` for another role, missing domain parameters or a wrong self-signature.
    package init(trustPoint certificate: CVCertificate) throws {
        guard certificate.authorization.role == .certificationAuthority else {
            throw TrustError(.unusableKey, "the trust point is no certification authority", location: "CV certificate")
        }
        publicKey = try certificate.publicKey.publicKey(inheritingFrom: nil)
        self.certificate = certificate
        authorization = certificate.authorization
        guard try !certificate.isSelfSigned || isValid(signature: certificate.signature, for: certificate.body) else {
            throw TrustError(.unusableKey, "the trust point's signature is wrong", location: "CV certificate")
        }
    }

    private init(
        certificate: CVCertificate, publicKey: PublicKey, authorization: CertificateHolderAuthorization
    ) {
        self.certificate = certificate
        self.publicKey = publicKey
        self.authorization = authorization
    }

    /// Verifies a certificate that this key should have signed: name, signature, terminal type and roles, not dates.
    ///
    /// - Throws: `CryptoError` only where libcrypto fails.
    func verify(_ certificate: CVCertificate) throws -> Result<CVVerifiedKey, CVRefusal> {
        func refused(_ code: CVRefusal.Code, _ reason: String) -> Result<CVVerifiedKey, CVRefusal> {
            .failure(CVRefusal(code, reason, certificate: certificate.holderReference))
        }
        guard certificate.authorityReference == reference else {
            return refused(.unknownAuthority, "signed by \(certificate.authorityReference), not by \(reference)")
        }
        guard try isValid(signature: certificate.signature, for: certificate.body) else {
            return refused(.invalidSignature, "the signature of \(reference) is wrong")
        }
        guard let restricted = certificate.authorization.restricted(by: authorization) else {
            return refused(
                .wrongTerminalType,
                "\(certificate.authorization.terminalType) under \(authorization.terminalType) \(reference)")
        }
        let role = certificate.authorization.role
        let isAllowed =
            switch authorization.role {
            case .certificationAuthority: role == .certificationAuthority || role.isDocumentVerifier
            case .domesticDocumentVerifier, .foreignDocumentVerifier: role == .terminal
            case .terminal: false
            }
        guard isAllowed else { return refused(.wrongRole, "\(role) under \(authorization.role) \(reference)") }
        let key: PublicKey
        do { key = try certificate.publicKey.publicKey(inheritingFrom: publicKey) } catch let error as TrustError
            where error.code == .unusableKey
        {
            return refused(.unusableKey, "the public key has no domain parameters that it is valid for")
        }
        return .success(
            CVVerifiedKey(
                certificate: certificate, publicKey: key,
                authorization: role == .certificationAuthority ? certificate.authorization : restricted))
    }
}

/// Why a CV certificate was not accepted: a result, not an error. Compared by ``code`` alone.
public struct CVRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of a ``CVRefusal``. New codes may be added in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the code.
        public let description: String

        init(_ name: String) { description = name }

        /// No key with the name of the certificate's issuer is known.
        public static let unknownAuthority = Code("unknownAuthority")
        /// The signature is wrong.
        public static let invalidSignature = Code("invalidSignature")
        /// The certificate has expired.
        public static let expired = Code("expired")
        /// The certificate is not effective yet (told only by a real clock).
        public static let notYetEffective = Code("notYetEffective")
        /// The trust point that signed it has expired: it may only sign link certificates.
        public static let expiredTrustPoint = Code("expiredTrustPoint")
        /// The issuer may not issue certificates for this role.
        public static let wrongRole = Code("wrongRole")
        /// The issuer is for another type of terminal.
        public static let wrongTerminalType = Code("wrongTerminalType")
        /// The public key cannot be used, as a rule because it lacks its domain parameters.
        public static let unusableKey = Code("unusableKey")
        /// The name of the key belongs to another key already.
        public static let referenceInUse = Code("referenceInUse")
        /// The chain does not end in the certificate of a terminal.
        public static let incomplete = Code("incomplete")
    }

    /// The kind of refusal.
    public let code: Code
    /// A sentence that says what was wrong.
    public let reason: String
    /// The holder of the refused certificate, where there is one.
    public let certificate: CVReference?

    init(_ code: Code, _ reason: String, certificate: CVReference?) {
        self.code = code
        self.reason = reason
        self.certificate = certificate
    }

    /// Two refusals are equal when their codes are.
    public static func == (a: CVRefusal, b: CVRefusal) -> Bool { a.code == b.code }

    /// Hashes the code only, in step with `==`.
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }

    /// The certificate, the code and the reason.
    public var description: String { (certificate.map { "\($0): " } ?? "") + "\(code): \(reason)" }
}
