package import EMRTDCrypto
import ISO7816
package import LDS

/// How a CMS SignedData is written (RFC 5652, 5): as Doc 9303-10, 4.6.2.2 wants it, or in one of the forms met in the field, or
/// with a ``SignedDataFault``.
package struct SignedDataForm: Sendable {
    /// How the CMS names its signer (RFC 5652, 5.3).
    package enum SignerIdentifier: Sendable, Hashable {
        /// By issuer and serial number; SignerInfo version 1.
        case issuerAndSerialNumber
        /// By subject key identifier; SignerInfo version 3.
        case subjectKeyIdentifier
    }

    /// The certificates in the message.
    package enum Certificates: Sendable, Hashable {
        /// The signer's.
        case signer
        /// None.
        case none
        /// The signer's between two of strangers, which are made for that.
        case signerAmongStrangers
        /// The signer's, after and before others.
        case signerAmong(before: [[UInt8]], after: [[UInt8]])
        /// These, in this order.
        case list([[UInt8]])
    }

    /// The signatureAlgorithm that the signer names.
    package enum SignatureAlgorithm: Sendable, Hashable {
        /// The one used.
        case used
        /// The kind of key alone, `rsaEncryption` or `id-ecPublicKey`: the hash is that of digestAlgorithm (RFC 3370, 3.2).
        case keyKind
        /// Another one than was used.
        case other(SignatureScheme)
    }

    /// How lengths are written.
    package enum Lengths: Sendable, Hashable {
        /// As in DER.
        case definite
        /// BER: indefinite from the ContentInfo to the content's OCTET STRING, which is cut into segments of so many bytes; what
        /// is signed stays DER.
        case indefinite(segment: Int)
    }

    /// How the signer is named.
    package var signerIdentifier = SignerIdentifier.issuerAndSerialNumber
    /// The issuer that names the signer, as an encoded Name; the signer certificate's bytes where `nil`.
    package var identifierIssuer: [UInt8]?
    /// The type that the strings of the issuer have in that name, whatever the certificate has.
    package var identifierStringType: CertificateName.StringType?
    /// The signingTime attribute, or none.
    package var signingTime: CalendarDate?
    /// The certificates.
    package var certificates = Certificates.signer
    /// The hash of the content; that of the signature where `nil`.
    package var contentDigest: DigestAlgorithm?
    /// The signatureAlgorithm named.
    package var signatureAlgorithm = SignatureAlgorithm.used
    /// How the signature value is written; as the key itself says where `nil`.
    package var signatureForm: SignatureForm?
    /// Whether digestAlgorithms lists the signer's hash; where not, the list is empty.
    package var announcesDigest = true
    /// Whether there are signed attributes; where not, the signature is over the content.
    package var hasSignedAttributes = true
    /// Whether the signed attributes are stored in the order that DER wants of a SET OF; they are signed in that order always.
    package var sortsSignedAttributes = true
    /// Whether the cmsAlgorithmProtection attribute is there (RFC 6211).
    package var hasAlgorithmProtection = false
    /// How lengths are written.
    package var lengths = Lengths.definite
    /// Others who sign as well, in the same form.
    package var furtherSigners: [CertifiedKey] = []
    /// What is wrong with the message.
    package var faults: Set<SignedDataFault> = []

    /// The regular form.
    package init() {}

    /// The ContentInfo with the SignedData around a content.
    ///
    /// - Throws: ``PersonalisationError`` `invalidObjectIdentifier` or `invalidOption`, `CryptoError`.
    package func encoded(_ content: [UInt8], contentType type: String, signer: CertifiedKey) throws -> [UInt8] {
        let contentType = try DEREncoder.objectIdentifier(type)
        let signers = [signer] + furtherSigners
        let digests = try Set(signers.map { try digestIdentifier(of: $0) }).sorted { $0.lexicographicallyPrecedes($1) }
        let infos = try faults.contains(.noSigner) ? [] : signers.map { try signerInfo($0, content, contentType) }
        // RFC 5652, 5.1: version 1 for id-data whose signers are named by issuer and serial number.
        let isPlain = type == "1.2.840.113549.1.7.1" && signerIdentifier == .issuerAndSerialNumber
        let elements = [
            DEREncoder.integer(isPlain ? 1 : 3), DEREncoder.set(announcesDigest ? digests : []),
            wrap(0x30, [contentType, wrap(0xA0, [try octets(content)])]), try certificateSet(signers),
            DEREncoder.set(infos),
        ]
        return wrap(
            0x30, [try DEREncoder.objectIdentifier("1.2.840.113549.1.7.2"), wrap(0xA0, [wrap(0x30, elements)])])
    }

    private func signerInfo(_ signer: CertifiedKey, _ content: [UInt8], _ contentType: [UInt8]) throws -> [UInt8] {
        let (version, identifier): (UInt, [UInt8]) =
            switch signerIdentifier {
            case .issuerAndSerialNumber:
                (1, DEREncoder.sequence(try issuerName(of: signer), TLV.encode(0x02, signer.serialNumber)))
            case .subjectKeyIdentifier: (3, DEREncoder.implicit(0, signer.keyIdentifier))
            }
        var attributes: [[UInt8]] = []
        if hasSignedAttributes {
            attributes = try signedAttributes(signer, content, contentType).sorted {
                $0.lexicographicallyPrecedes($1)
            }
        }
        // Signed as a SET OF in DER, stored under an implicit tag instead (RFC 5652, 5.4).
        let stored = TLV.encode(0xA0, children: sortsSignedAttributes ? attributes : attributes.reversed())
        var key = signer.key
        if let signatureForm { key.form = signatureForm }
        var signature = try key.sign(hasSignedAttributes ? DEREncoder.set(attributes) : content)
        if faults.contains(.signature), let last = signature.indices.last { signature[last] ^= 0x01 }
        return DEREncoder.sequence(
            DEREncoder.integer(version), identifier, try digestIdentifier(of: signer),
            hasSignedAttributes ? stored : [], try signatureIdentifier(of: signer), DEREncoder.octetString(signature))
    }

    private func issuerName(of signer: CertifiedKey) throws -> [UInt8] {
        let name = identifierIssuer ?? signer.issuer
        guard let type = identifierStringType else { return name }
        // Name: SEQUENCE OF SET OF SEQUENCE { type, value } (RFC 5280, 4.1.2.4); the country stays a PrintableString.
        let parts = try TLV(exactly: name).children().map { set in
            DEREncoder.set(
                try set.children().map { pair in
                    let fields = try pair.children()
                    guard fields.count == 2, let text = String(validating: fields[1].value, as: UTF8.self),
                        fields[1].tag == 0x0C
                    else { return Array(pair.encoded) }
                    return DEREncoder.sequence(Array(fields[0].encoded), try type.encoded(text))
                })
        }
        return DEREncoder.sequence(parts)
    }

    private func signedAttributes(
        _ signer: CertifiedKey, _ content: [UInt8], _ contentType: [UInt8]
    ) throws -> [[UInt8]] {
        var digest = try (contentDigest ?? signer.key.scheme.digest).digest(content)
        if faults.contains(.messageDigest), let last = digest.indices.last { digest[last] ^= 0x01 }
        let type =
            faults.contains(.contentTypeAttribute)
            ? try DEREncoder.objectIdentifier("1.2.840.113549.1.7.1") : contentType
        var out = [try attribute("3", type), try attribute("4", DEREncoder.octetString(digest))]
        if faults.contains(.duplicatedAttribute) { out.append(out[1]) }
        if let signingTime { out.append(try attribute("5", DEREncoder.time(signingTime))) }
        if hasAlgorithmProtection {
            // RFC 6211, 2: the algorithms under implicit tags where the choice needs one.
            let signature = try TLV.encode(0xA1, TLV(exactly: signatureIdentifier(of: signer)).value)
            out.append(try attribute("52", DEREncoder.sequence(try digestIdentifier(of: signer), signature)))
        }
        return out
    }

    private func attribute(_ last: String, _ value: [UInt8]) throws -> [UInt8] {
        DEREncoder.sequence(
            try DEREncoder.objectIdentifier("1.2.840.113549.1.9." + last), DEREncoder.set([value]))
    }

    private func digestIdentifier(of signer: CertifiedKey) throws -> [UInt8] {
        guard !faults.contains(.forbiddenDigest) else {
            return DEREncoder.sequence(try DEREncoder.objectIdentifier("1.2.840.113549.2.5"), DEREncoder.null)
        }
        return try AlgorithmEncoding.identifier(of: contentDigest ?? signer.key.scheme.digest)
    }

    private func signatureIdentifier(of signer: CertifiedKey) throws -> [UInt8] {
        switch (signatureAlgorithm, signer.key.privateKey.publicKey) {
        case (.used, _): try AlgorithmEncoding.identifier(of: signer.key.scheme)
        case (.other(let scheme), _): try AlgorithmEncoding.identifier(of: scheme)
        case (.keyKind, .rsa):
            DEREncoder.sequence(try DEREncoder.objectIdentifier("1.2.840.113549.1.1.1"), DEREncoder.null)
        case (.keyKind, .ec): DEREncoder.sequence(try DEREncoder.objectIdentifier("1.2.840.10045.2.1"))
        }
    }

    private func certificateSet(_ signers: [CertifiedKey]) throws -> [UInt8] {
        let own = signers.map(\.certificate)
        let list: [[UInt8]] =
            switch certificates {
            case .signer: own
            case .none: []
            case .signerAmongStrangers: [try stranger()] + own + [try stranger()]
            case .signerAmong(let before, let after): before + own + after
            case .list(let list): list
            }
        return list.isEmpty ? [] : TLV.encode(0xA0, children: list)
    }

    /// A document signer of nobody's.
    private func stranger() throws -> [UInt8] {
        let today = CalendarDate(clampingDaysSinceEpoch: 20_000)
        return try CertifiedKey.selfSigned(
            CertificateRequest(
                .documentSigner, country: "XX", issuingState: "XXX",
                key: SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256), validity: today...today.adding(years: 10))
        ).certificate
    }

    private func octets(_ content: [UInt8]) throws -> [UInt8] {
        guard case .indefinite(let segment) = lengths else { return DEREncoder.octetString(content) }
        guard segment > 0 else {
            throw PersonalisationError(.invalidOption, "a segment of an OCTET STRING has at least one byte")
        }
        return wrap(
            0x24,
            stride(from: 0, to: content.count, by: segment).map {
                DEREncoder.octetString(Array(content[$0..<min($0 + segment, content.count)]))
            })
    }

    /// A constructed element in the lengths of this form.
    private func wrap(_ tag: UInt8, _ children: [[UInt8]]) -> [UInt8] {
        switch lengths {
        case .definite: TLV.encode(Tag(UInt32(tag)), children: children)
        case .indefinite: [tag, 0x80] + children.joined() + [0x00, 0x00]
        }
    }
}

/// What can be wrong with a message; all but the last two are signed as they are.
package enum SignedDataFault: Sendable, Hashable, CaseIterable {
    /// The messageDigest attribute is not the content's hash.
    case messageDigest
    /// The contentType attribute names `id-data`.
    case contentTypeAttribute
    /// The messageDigest attribute is there twice.
    case duplicatedAttribute
    /// digestAlgorithm is MD5; the messageDigest is not.
    case forbiddenDigest
    /// The last bit of the signature is another one.
    case signature
    /// There is no SignerInfo.
    case noSigner
}
