package import EMRTDCrypto
package import EMRTDTrust
package import LDS

/// A private key with the certificate of its public half: a CSCA, a document signer or one who signs lists; made here, or one
/// that exists already.
package struct CertifiedKey: Sendable {
    /// The certificate.
    package let certificate: [UInt8]
    /// The subject, as an encoded Name.
    package let subject: [UInt8]
    /// The issuer, as an encoded Name.
    package let issuer: [UInt8]
    /// The content bytes of the serial number.
    package let serialNumber: [UInt8]
    /// The subject key identifier; where the certificate has none, what RFC 5280, 4.2.1.2, method 1 gives.
    package let keyIdentifier: [UInt8]
    /// The key.
    package var key: SigningKey

    /// Joins a certificate that exists with its private key.
    ///
    /// - Parameter scheme: how the key is to sign. Where `nil`, as the certificate itself is signed if the key fits that, else
    ///   with PKCS#1 or ECDSA and the certificate's hash.
    /// - Throws: ``PersonalisationError`` `keyMismatch` where the key is another one's; `TrustError` where the certificate's key
    ///   or algorithm is not known.
    package init(_ certificate: Certificate, privateKey: PrivateKey, scheme: SignatureScheme? = nil) throws {
        guard try certificate.subjectKey.publicKey() == privateKey.publicKey else {
            throw PersonalisationError(
                .keyMismatch, "the private key (\(privateKey.publicKey.label)) does not belong to the certificate")
        }
        self.certificate = certificate.encoded
        subject = certificate.subject.encoded
        issuer = certificate.issuer.encoded
        serialNumber = certificate.serialNumber
        keyIdentifier = try certificate.subjectKeyIdentifier ?? Self.keyIdentifier(privateKey.publicKey)
        let own = try scheme ?? Self.scheme(like: certificate.signatureAlgorithm.scheme(), for: privateKey.publicKey)
        key = SigningKey(
            privateKey, scheme: own,
            parameters: certificate.subjectKey.hasExplicitParameters ? .explicit : .named)
    }

    private init(_ builder: CertificateBuilder, certificate: [UInt8], keyIdentifier: [UInt8], key: SigningKey) {
        self.certificate = certificate
        (subject, issuer, serialNumber) = (builder.subject, builder.issuer, builder.serialNumber)
        self.keyIdentifier = keyIdentifier
        self.key = key
    }

    /// A CA that certifies itself.
    ///
    /// - Throws: ``PersonalisationError``, `CryptoError`.
    package static func selfSigned(_ request: CertificateRequest) throws -> CertifiedKey {
        try make(request, issuer: nil)
    }

    /// Certifies another key.
    ///
    /// - Throws: ``PersonalisationError``, `CryptoError`.
    package func issue(_ request: CertificateRequest) throws -> CertifiedKey {
        try Self.make(request, issuer: self)
    }

    /// The link certificate with which this CSCA passes its trust to a newer one: the newer one's name and key, signed by
    /// this one (Doc 9303-12, 4.3 and 7.1.1).
    package func link(
        to newer: CertifiedKey, validity: ClosedRange<CalendarDate>, issuingState: String? = "UTO"
    ) throws -> CertifiedKey {
        var request = CertificateRequest(
            .csca, issuingState: issuingState, key: SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256),
            validity: validity)
        request.key = .existing(newer.key)
        request.encodedSubject = newer.subject
        return try issue(request)
    }

    private static func make(_ request: CertificateRequest, issuer: CertifiedKey?) throws -> CertifiedKey {
        let key: SigningKey
        switch request.key {
        case .generated(let options): key = try options.generate()
        case .existing(let existing): key = existing
        }
        let identifier = try keyIdentifier(key.privateKey.publicKey)
        let subject = try request.encodedSubject ?? request.subject.encoded()
        var builder = try CertificateBuilder(
            issuer: request.encodedIssuer ?? issuer?.subject ?? subject, subject: subject,
            notBefore: request.validity.lowerBound, notAfter: request.validity.upperBound,
            publicKey: key.privateKey.publicKey, parameters: key.parameters)
        if let serialNumber = request.serialNumber { builder.serialNumber = serialNumber }
        builder.encodedValidity = request.encodedValidity
        builder.encodedPublicKey = request.encodedPublicKey
        builder.extensions = try request.extensions(
            subjectKey: identifier, issuerKey: issuer?.keyIdentifier ?? identifier)
        return CertifiedKey(
            builder, certificate: try builder.signed(by: issuer?.key ?? key), keyIdentifier: identifier, key: key)
    }

    /// SHA-1 over the key's bits (RFC 5280, 4.2.1.2, method 1).
    private static func keyIdentifier(_ key: PublicKey) throws -> [UInt8] {
        try DigestAlgorithm.sha1.digest(AlgorithmEncoding.keyBits(key))
    }

    /// A scheme that fits the key, with the hash of a given one, and equal to it where that fits.
    private static func scheme(like scheme: SignatureScheme, for key: PublicKey) -> SignatureScheme {
        switch (key, scheme) {
        case (.ec, .ecdsa), (.ec, .ecdsaPlain), (.rsa, .rsaPKCS1), (.rsa, .rsaPSS): scheme
        case (.ec, _): .ecdsa(scheme.digest)
        case (.rsa, _): .rsaPKCS1(scheme.digest)
        }
    }
}
