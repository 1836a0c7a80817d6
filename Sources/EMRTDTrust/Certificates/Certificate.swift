import EMRTDCrypto
import ISO7816

/// An X.509 certificate of an eMRTD PKI (Doc 9303-12; RFC 5280): CSCA, link certificate or document signer.
///
/// Parsing is tolerant towards what real issuers do (serial numbers of any sign, odd string types, old versions); what is
/// out of the ordinary is listed in ``oddities``, and the checks decide what it means. Signatures are computed over
/// the bytes as they came.
public struct Certificate: Sendable, Hashable, CustomStringConvertible {
    /// The certificate as it came.
    public let encoded: [UInt8]
    /// The version: 3, and where ``oddities`` lists ``CertificateOddity/notVersion3``, any other number from 1 on.
    public let version: Int
    /// The serial number's integer bytes as they came (two's complement, big endian; any sign).
    public let serialNumber: [UInt8]
    /// The issuer's name.
    public let issuer: DistinguishedName
    /// The subject's name.
    public let subject: DistinguishedName
    /// The first moment of validity, or `nil` where it cannot be read.
    public let notBefore: Timestamp?
    /// The last moment of validity, or `nil` where it cannot be read.
    public let notAfter: Timestamp?
    /// What parsing saw; the rest of ``oddities`` is found when it is asked for.
    let parsingOddities: Set<CertificateOddity>
    /// How the dates of validity are written, where that is out of the ordinary.
    let validityOddities: Set<CertificateOddity>

    /// The signed part as it came.
    package let toBeSigned: ArraySlice<UInt8>
    package let signatureAlgorithm: SignatureAlgorithm
    package let signature: [UInt8]
    package let subjectKey: SubjectKey
    let extensions: CertificateExtensions

    /// The largest certificate accepted, in bytes.
    public static let maximumSize = 1 << 16

    /// Parses a certificate in DER; BER is accepted and listed in ``oddities``.
    ///
    /// - Throws: ``TrustError`` `malformed` or `limitExceeded`.
    public init(encoded bytes: some Collection<UInt8>) throws(TrustError) {
        let copy = Array(bytes)
        guard let der = try? ASN1Element(copy[...], .der, name: "Certificate", maximumSize: Self.maximumSize) else {
            let ber = try ASN1Element(copy[...], .ber, name: "Certificate", maximumSize: Self.maximumSize)
            try self.init(ber, oddities: [.notDER])
            return
        }
        try self.init(der, oddities: [])
    }

    init(_ element: ASN1Element, oddities initial: Set<CertificateOddity>) throws(TrustError) {
        var oddities = initial
        encoded = Array(element.encoded)
        var outer = try element.fields(.sequence)
        let tbs = try outer.required("tbsCertificate")
        signatureAlgorithm = try SignatureAlgorithm(outer.required("signatureAlgorithm"))
        signature = Array(try outer.required("signature").bitStringBytes())
        try outer.finish()

        toBeSigned = tbs.encoded
        var fields = try tbs.fields(.sequence)
        version = (try fields.optionalExplicit(0, "version")?.smallInteger() ?? 0) &+ 1
        serialNumber = Array(try fields.required("serialNumber").integer())
        let inner = try SignatureAlgorithm(fields.required("signature"))
        issuer = try DistinguishedName(fields.required("issuer"))
        var validity = try fields.required("validity").fields(.sequence)
        let first = try validity.required("notBefore")
        let last = try validity.required("notAfter")
        notBefore = first.time()
        notAfter = last.time()
        validityOddities = CertificateOddity.ofValidity(first, last)
        subject = try DistinguishedName(fields.required("subject"))
        subjectKey = try SubjectKey(fields.required("subjectPublicKeyInfo"))
        _ = fields.optional(.context(1), "issuerUniqueID")
        _ = fields.optional(.context(2), "subjectUniqueID")
        if let list = try fields.optionalExplicit(3, "extensions") {
            extensions = try CertificateExtensions(list)
        } else {
            extensions = CertificateExtensions()
        }
        try fields.finish()

        if version != 3 { oddities.insert(.notVersion3) }
        if (serialNumber.first ?? 0) & 0x80 != 0 { oddities.insert(.negativeSerialNumber) }
        if serialNumber.allSatisfy({ $0 == 0 }) { oddities.insert(.zeroSerialNumber) }
        if inner != signatureAlgorithm { oddities.insert(.signatureAlgorithmsDiffer) }
        if notBefore == nil || notAfter == nil { oddities.insert(.unreadableValidity) }
        if !extensions.malformed.isEmpty { oddities.insert(.malformedExtension) }
        if !extensions.duplicated.isEmpty { oddities.insert(.duplicatedExtension) }
        parsingOddities = oddities
    }

    /// The SHA-256 fingerprint of the certificate: 32 bytes, or none where hashing fails.
    public var fingerprint: [UInt8] { (try? DigestAlgorithm.sha256.digest(encoded)) ?? [] }

    /// Whether the certificate itself carries the mark of a test PKI. A certificate that a marked one issued counts as test
    /// PKI too; that is decided where the issuer is known.
    public var isTestPKI: Bool { extensions.hasTestPKIMark }

    /// The object identifiers of the purposes in the extended key usage, dotted, or `nil` without the extension. Signers of
    /// master lists have `2.23.136.1.1.3` (Doc 9303-12, 7.1.1).
    public var extendedKeyUsage: [String]? { extensions.extendedKeyUsage.map { $0.map(\.description) } }

    /// The document types that a document signer may sign, such as `P`, or `nil` without the extension (Doc 9303-12, 7.1.1).
    public var documentTypes: [String]? { extensions.documentTypes }

    /// The first moment in which the private key may sign, where the certificate says so.
    public var privateKeyNotBefore: Timestamp? { extensions.privateKeyUsageNotBefore }

    /// The last moment in which the private key may sign, where the certificate says so.
    public var privateKeyNotAfter: Timestamp? { extensions.privateKeyUsageNotAfter }

    /// Where revocation lists are said to be: addresses as text, which are never opened.
    public var revocationListAddresses: [String] { extensions.revocationListAddresses.map(\.printable) }

    /// Other names of the issuer: addresses of mail and web, and the country code of Doc 9303-12, 7.1.1, as text.
    public var issuerAlternativeNames: [String] { extensions.issuerAlternativeNames.map(\.printable) }

    /// Other names of the subject, as ``issuerAlternativeNames``.
    public var subjectAlternativeNames: [String] { extensions.subjectAlternativeNames.map(\.printable) }

    /// The subject's country, upper case, or else the issuer's.
    public var country: String? { subject.country ?? issuer.country }

    /// Whether the names of issuer and subject are the same. Says nothing about the signature.
    public var isSelfIssued: Bool { subject.matches(issuer) }

    /// The subject key identifier, where there is one.
    public var subjectKeyIdentifier: [UInt8]? { extensions.subjectKeyIdentifier }

    /// The authority key identifier, where there is one.
    public var authorityKeyIdentifier: [UInt8]? { extensions.authorityKeyIdentifier }

    /// The type and size of the key, such as `RSA 2048` or `EC brainpoolP384r1`, or why it cannot be used.
    public var keyDescription: String {
        do throws(TrustError) {
            return try subjectKey.publicKey().label
        } catch {
            return error.reason
        }
    }

    /// The algorithm of the signature on the certificate.
    public var signatureAlgorithmDescription: String { signatureAlgorithm.label }

    /// Whether the extensions say that the key may sign certificates: BasicConstraints with cA, and keyCertSign where key
    /// usage is given.
    public var isCapableOfSigningCertificates: Bool {
        extensions.isCA == true && extensions.keyUsage?.contains(CertificateExtensions.keyCertSignBit) ?? true
    }

    /// The subject and the serial number.
    public var description: String { "\(subject) (serial \(serialNumber.hexadecimal))" }

    /// Two certificates are the same when all their bytes are.
    public static func == (a: Certificate, b: Certificate) -> Bool { a.encoded == b.encoded }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) { hasher.combine(encoded) }
}
