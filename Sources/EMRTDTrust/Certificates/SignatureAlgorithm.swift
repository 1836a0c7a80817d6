package import EMRTDCrypto

/// An AlgorithmIdentifier of a signature: the object identifier and what it stands for.
package struct SignatureAlgorithm: Sendable, Hashable {
    /// The object identifier.
    package let oid: ASN1OID
    /// The parameters as they came, tag and length included; empty where there are none.
    package let parameters: ArraySlice<UInt8>

    init(_ element: ASN1Element) throws(TrustError) {
        var reader = ASN1Reader(element.encoded, name: "AlgorithmIdentifier")
        try self.init(&reader, "algorithm")
    }

    /// - Parameter tag: the tag in place of SEQUENCE, where that is implicit.
    init(
        _ reader: inout ASN1Reader, _ field: StaticString, tag: ASN1Identifier = .sequence
    ) throws(TrustError) {
        let identifier = try reader.open(tag, field)
        oid = try reader.oid(field)
        parameters = reader.hasMore ? try reader.encoded(field) : []
        try reader.close(identifier)
    }

    /// The scheme with all its parameters.
    ///
    /// - Parameter digest: the digest algorithm named elsewhere (`SignerInfo.digestAlgorithm`), for the object identifiers
    ///   that name a key type only.
    /// - Throws: ``TrustError`` `unsupportedAlgorithm`, `forbiddenAlgorithm` or `malformed`.
    package func scheme(digest: DigestAlgorithm? = nil) throws(TrustError) -> SignatureScheme {
        switch oid {
        case .rsaPSS:
            let pss = try PSSParameters(encoded: parameters)
            return .rsaPSS(pss.hash, mgf: pss.mask, saltLength: pss.saltLength)
        case .rsaEncryption:
            guard let digest else { throw unsupported }
            return .rsaPKCS1(digest)
        case .ecPublicKey:
            guard let digest else { throw unsupported }
            return .ecdsa(digest)
        default:
            if let known = SignatureAlgorithm.schemes.first(where: { $0.oid == oid }) { return known.scheme }
            if SignatureAlgorithm.forbidden.contains(oid) {
                throw TrustError(.forbiddenAlgorithm, "the signature algorithm \(oid) is built on MD2, MD4 or MD5")
            }
            throw unsupported
        }
    }

    /// A readable name, or the dotted object identifier.
    package var label: String {
        switch try? scheme(digest: .sha256) {
        case .rsaPKCS1(let digest), .rsaPKCS1WithoutNull(let digest):
            oid == .rsaEncryption ? "RSA PKCS#1" : "RSA PKCS#1 \(digest)"
        case .rsaPSS(let digest, let mgf, let salt): "RSA-PSS \(digest), MGF1 \(mgf), salt \(salt)"
        case .ecdsa(let digest): oid == .ecPublicKey ? "ECDSA" : "ECDSA \(digest)"
        case .ecdsaPlain(let digest): "ECDSA plain \(digest)"
        case nil: oid.description
        }
    }

    private var unsupported: TrustError {
        TrustError(.unsupportedAlgorithm, "the signature algorithm \(oid) is not known")
    }

    // Looking through so few costs less than hashing, the usual ones first.
    private static let schemes: [(oid: ASN1OID, scheme: SignatureScheme)] = {
        let pkcs1 = ASN1OID(1, 2, 840, 113_549, 1, 1)
        let ecdsa = ASN1OID(1, 2, 840, 10045, 4)
        let plain = ASN1OID(0, 4, 0, 127, 0, 7, 1, 1, 4, 1)
        return [
            (ecdsa.appending(3).appending(2), .ecdsa(.sha256)),
            (ecdsa.appending(3).appending(3), .ecdsa(.sha384)),
            (pkcs1.appending(11), .rsaPKCS1(.sha256)),
            (ecdsa.appending(3).appending(4), .ecdsa(.sha512)),
            (pkcs1.appending(13), .rsaPKCS1(.sha512)),
            (pkcs1.appending(5), .rsaPKCS1(.sha1)),
            (ASN1OID(1, 3, 14, 3, 2, 29), .rsaPKCS1(.sha1)),
            (pkcs1.appending(14), .rsaPKCS1(.sha224)),
            (pkcs1.appending(12), .rsaPKCS1(.sha384)),
            (ecdsa.appending(1), .ecdsa(.sha1)),
            (ecdsa.appending(3).appending(1), .ecdsa(.sha224)),
            // ecdsa-plain-signatures of TR-03111, 5.2.1.1.
            (plain.appending(1), .ecdsaPlain(.sha1)),
            (plain.appending(2), .ecdsaPlain(.sha224)),
            (plain.appending(3), .ecdsaPlain(.sha256)),
            (plain.appending(4), .ecdsaPlain(.sha384)),
            (plain.appending(5), .ecdsaPlain(.sha512)),
        ]
    }()

    /// md2, md4 and md5WithRSAEncryption (RFC 8017, A.2.4).
    private static let forbidden: [ASN1OID] = {
        let pkcs1 = ASN1OID(1, 2, 840, 113_549, 1, 1)
        return [pkcs1.appending(2), pkcs1.appending(3), pkcs1.appending(4)]
    }()
}

/// RSASSA-PSS-params (RFC 8017, A.2.3).
struct PSSParameters {
    /// The defaults: SHA-1, MGF1 with SHA-1, 20 bytes of salt.
    var hash = DigestAlgorithm.sha1
    var mask = DigestAlgorithm.sha1
    var saltLength = 20

    /// - Parameter bytes: the parameters of an AlgorithmIdentifier; all defaults apply where there are none, or NULL.
    /// - Throws: ``TrustError`` `unsupportedAlgorithm`, `forbiddenAlgorithm`, `limitExceeded` or `malformed`.
    init(encoded bytes: ArraySlice<UInt8>) throws(TrustError) {
        guard !bytes.isEmpty, bytes != [0x05, 0x00] else { return }
        var fields = try ASN1Element(bytes, .ber, name: "RSASSA-PSS-params").fields(.sequence)
        if let element = try fields.optionalExplicit(0, "hashAlgorithm") {
            hash = try DigestAlgorithm(identifier: element)
        }
        if let element = try fields.optionalExplicit(1, "maskGenAlgorithm") {
            var generator = try element.fields(.sequence)
            let function = try generator.required("algorithm").oid()
            guard function == .mgf1 else {
                throw TrustError(.unsupportedAlgorithm, "the mask generation function \(function) is not MGF1")
            }
            if let parameter = generator.next() { mask = try DigestAlgorithm(identifier: parameter) }
            try generator.finish()
        }
        if let element = try fields.optionalExplicit(2, "saltLength") {
            saltLength = try element.smallInteger()
            guard saltLength <= 512 else { throw TrustError(.limitExceeded, "a PSS salt of \(saltLength) bytes") }
        }
        if let element = try fields.optionalExplicit(3, "trailerField"), try element.smallInteger() != 1 {
            throw TrustError(.unsupportedAlgorithm, "a PSS trailer field that is not 1")
        }
        try fields.finish()
    }
}

extension ASN1Element {
    /// The object identifier of an AlgorithmIdentifier (RFC 5280, 4.1.1.2) whose parameters have no bearing: one element of them
    /// at most.
    func algorithmIdentifier() throws(TrustError) -> ASN1OID {
        var fields = try self.fields(.sequence)
        let oid = try fields.required("algorithm").oid()
        _ = fields.next()
        try fields.finish()
        return oid
    }
}

extension DigestAlgorithm {
    /// The hash function of an AlgorithmIdentifier; absent and NULL parameters are equal.
    ///
    /// - Throws: ``TrustError`` `unsupportedAlgorithm`, `forbiddenAlgorithm` or `malformed`.
    init(identifier element: ASN1Element) throws(TrustError) {
        self = try DigestAlgorithm(oid: element.algorithmIdentifier())
    }

    init(oid: ASN1OID) throws(TrustError) {
        guard let known = DigestAlgorithm.known.first(where: { $0.oid == oid }) else {
            if DigestAlgorithm.broken.contains(oid) {
                throw TrustError(.forbiddenAlgorithm, "the hash function \(oid) is MD2, MD4 or MD5")
            }
            throw TrustError(.unsupportedAlgorithm, "the hash function \(oid) is not known")
        }
        self = known.digest
    }

    private static let known: [(oid: ASN1OID, digest: DigestAlgorithm)] = {
        let sha2 = ASN1OID(2, 16, 840, 1, 101, 3, 4, 2)
        return [
            (sha2.appending(1), .sha256), (sha2.appending(2), .sha384), (sha2.appending(3), .sha512),
            (sha2.appending(4), .sha224), (ASN1OID(1, 3, 14, 3, 2, 26), .sha1),
        ]
    }()

    private static let broken: [ASN1OID] = [
        ASN1OID(1, 2, 840, 113_549, 2, 2), ASN1OID(1, 2, 840, 113_549, 2, 4), ASN1OID(1, 2, 840, 113_549, 2, 5),
    ]
}
