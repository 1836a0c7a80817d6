import EMRTDCrypto
import ISO7816

/// An X.509 certificate of an eMRTD PKI (Doc 9303-12; RFC 5280): CSCA, link certificate or document signer.
///
/// Parsing is tolerant towards what real issuers do (serial numbers of any sign, odd string types, old versions); what is
/// out of the ordinary is listed in ``oddities``, and the checks decide what it means. Signatures are computed over
/// the bytes as they came.
public struct Certificate: Sendable, Hashable, CustomStringConvertible {
    // One reference, so that handing a certificate on costs no more than that of a number.
    private let parts: Parts

    /// The certificate as it came.
    public var encoded: [UInt8] { parts.encoded }
    /// The version: 3, and where ``oddities`` lists ``CertificateOddity/notVersion3``, any other number from 1 on.
    public var version: Int { parts.version }
    /// The serial number's integer bytes as they came (two's complement, big endian; any sign).
    public var serialNumber: [UInt8] { Array(serialBytes) }
    var serialBytes: ArraySlice<UInt8> { parts.serialNumber }
    /// The issuer's name.
    public var issuer: DistinguishedName { parts.issuer }
    /// The subject's name.
    public var subject: DistinguishedName { parts.subject }
    /// The first moment of validity, or `nil` where it cannot be read.
    public var notBefore: Timestamp? { validity.first.moment }
    /// The last moment of validity, or `nil` where it cannot be read.
    public var notAfter: Timestamp? { validity.last.moment }
    /// What parsing saw; the rest of ``oddities`` is found when it is asked for.
    var parsingOddities: Set<CertificateOddity> { parts.parsingOddities }
    /// The dates of validity as they are written.
    var validity: (first: WrittenTime, last: WrittenTime) { (parts.notBefore, parts.notAfter) }
    /// Whether all lengths of the structure are as DER demands.
    var isDER: Bool { parts.isDER }
    /// The signed part as it came.
    package var toBeSigned: ArraySlice<UInt8> { parts.toBeSigned }
    package var signatureAlgorithm: SignatureAlgorithm { parts.signatureAlgorithm }
    package var signature: ArraySlice<UInt8> { parts.signature }
    package var subjectKey: SubjectKey { parts.subjectKey }
    var extensions: CertificateExtensions { parts.extensions }

    /// The largest certificate accepted, in bytes.
    public static let maximumSize = 1 << 16

    /// Parses a certificate in DER; BER is accepted and listed in ``oddities``.
    ///
    /// - Throws: ``TrustError`` `malformed` or `limitExceeded`.
    public init(encoded bytes: some Collection<UInt8>) throws(TrustError) {
        guard bytes.count <= Self.maximumSize else {
            throw TrustError(
                .limitExceeded, "\(bytes.count) bytes, at most \(Self.maximumSize) are accepted",
                location: "Certificate"
            )
        }
        parts = try Parts(Array(bytes))
    }

    /// Whether two values are copies of one, so that nothing needs to be compared.
    func isSame(as other: Certificate) -> Bool { parts === other.parts }

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

    /// Whether the algorithm outside the signed part is not the one inside, as it must be (RFC 5280, 4.1.1.2): then nobody
    /// signed what the signature is verified with, and it counts as wrong.
    var hasTwoSignatureAlgorithms: Bool { parsingOddities.contains(.signatureAlgorithmsDiffer) }

    /// Whether the names of issuer and subject are the same. Says nothing about the signature.
    public var isSelfIssued: Bool { subject.matches(issuer) }

    /// The subject key identifier, where there is one.
    public var subjectKeyIdentifier: [UInt8]? { extensions.subjectKeyIdentifier.map { Array($0) } }

    /// The authority key identifier, where there is one.
    public var authorityKeyIdentifier: [UInt8]? { extensions.authorityKeyIdentifier.map { Array($0) } }

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
    public static func == (a: Certificate, b: Certificate) -> Bool { a.isSame(as: b) || a.encoded == b.encoded }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) { hasher.combine(encoded) }

    /// What was read from the bytes.
    private final class Parts: Sendable {
        let encoded: [UInt8]
        let isDER: Bool
        let version: Int
        let serialNumber: ArraySlice<UInt8>
        let issuer: DistinguishedName
        let subject: DistinguishedName
        let notBefore: WrittenTime
        let notAfter: WrittenTime
        let parsingOddities: Set<CertificateOddity>
        let toBeSigned: ArraySlice<UInt8>
        let signatureAlgorithm: SignatureAlgorithm
        let signature: ArraySlice<UInt8>
        let subjectKey: SubjectKey
        let extensions: CertificateExtensions

        init(_ bytes: [UInt8]) throws(TrustError) {
            encoded = bytes
            var reader = ASN1Reader(bytes[...], name: "Certificate")
            let certificate = try reader.open(.sequence, "")
            let start = reader.position
            let tbs = try reader.open(.sequence, "tbsCertificate")
            if let wrapper = try reader.openOptional(.context(0), "version") {
                version = try reader.smallInteger("version") &+ 1
                try reader.close(wrapper)
            } else {
                version = 1
            }
            serialNumber = try reader.integer("serialNumber")
            let inner = try SignatureAlgorithm(&reader, "signature")
            issuer = try DistinguishedName(&reader, "issuer")
            let validity = try reader.open(.sequence, "validity")
            notBefore = try reader.writtenTime("notBefore")
            notAfter = try reader.writtenTime("notAfter")
            try reader.close(validity)
            subject = try DistinguishedName(&reader, "subject")
            subjectKey = try SubjectKey(&reader)
            try reader.skipOptional(.context(1), "issuerUniqueID")
            try reader.skipOptional(.context(2), "subjectUniqueID")
            if let wrapper = try reader.openOptional(.context(3), "extensions") {
                extensions = try CertificateExtensions(&reader)
                try reader.close(wrapper)
            } else {
                extensions = CertificateExtensions()
            }
            try reader.close(tbs)
            toBeSigned = reader.bytes(from: start)
            signatureAlgorithm = try SignatureAlgorithm(&reader, "signatureAlgorithm")
            signature = try reader.bitStringBytes("signature")
            try reader.close(certificate)
            try reader.finish()

            isDER = reader.isDER
            var oddities: Set<CertificateOddity> = []
            if !isDER || extensions.hasUnusedBits { oddities.insert(.notDER) }
            if version != 3 { oddities.insert(.notVersion3) }
            if (serialNumber.first ?? 0) & 0x80 != 0 { oddities.insert(.negativeSerialNumber) }
            if serialNumber.allSatisfy({ $0 == 0 }) { oddities.insert(.zeroSerialNumber) }
            if inner != signatureAlgorithm { oddities.insert(.signatureAlgorithmsDiffer) }
            if notBefore.moment == nil || notAfter.moment == nil { oddities.insert(.unreadableValidity) }
            if !extensions.malformed.isEmpty { oddities.insert(.malformedExtension) }
            if !extensions.duplicated.isEmpty { oddities.insert(.duplicatedExtension) }
            parsingOddities = oddities
        }
    }
}
