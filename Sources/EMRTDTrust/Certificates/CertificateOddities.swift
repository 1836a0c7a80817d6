import EMRTDCrypto

extension Certificate {
    /// What is out of the ordinary in this certificate. Computed each time: the key and the names are looked at.
    public var oddities: Set<CertificateOddity> {
        var out = parsingOddities.union(CertificateOddity.ofValidity(validity.first, validity.last))
        out.formUnion(extensionOddities)
        out.formUnion(keyOddities)
        out.formUnion(signatureOddities)
        out.formUnion(nameOddities)
        if serialNumber.count > 20 { out.insert(.longSerialNumber) }
        return out
    }

    private var extensionOddities: Set<CertificateOddity> {
        var out: Set<CertificateOddity> = []
        if extensions.hasUncriticalConstraint { out.insert(.uncriticalConstraint) }
        if extensions.unknownCritical.contains(where: { $0 != .extendedKeyUsage }) {
            out.insert(.unknownCriticalExtension)
        }
        if extensions.hasBareDocumentTypeList { out.insert(.bareDocumentTypeList) }
        if extensions.keyUsage == nil { out.insert(.noKeyUsage) }
        let isSelfIssued = self.isSelfIssued
        if extensions.authorityKeyIdentifier == nil, !isSelfIssued { out.insert(.noAuthorityKeyIdentifier) }
        let signsCertificates = extensions.keyUsage?.contains(CertificateExtensions.keyCertSignBit) == true
        guard extensions.isCA == true || signsCertificates || isSelfIssued else { return out }
        if extensions.isCA != true { out.insert(.notMarkedAsCA) }
        if extensions.isCA != nil, extensions.pathLengthConstraint == nil { out.insert(.noPathLength) }
        if extensions.subjectKeyIdentifier == nil { out.insert(.noSubjectKeyIdentifier) }
        return out
    }

    private var keyOddities: Set<CertificateOddity> {
        var out: Set<CertificateOddity> = []
        if subjectKey.hasExplicitParameters { out.insert(.explicitCurveParameters) }
        do throws(TrustError) {
            switch try subjectKey.publicKey() {
            case .rsa(let key):
                if key.bitCount < 2048 { out.insert(.shortRSAKey) }
                if subjectKey.hasExponent3 { out.insert(.rsaExponent3) }
            case .ec(let key):
                if key.curve.bitLength < 224 { out.insert(.shortECKey) }
            }
        } catch {
            if error.code != .internalFailure, error.code != .unsupportedAlgorithm { out.insert(.unusableKey) }
        }
        return out
    }

    private var signatureOddities: Set<CertificateOddity> {
        var out: Set<CertificateOddity> = []
        guard let scheme = try? signatureAlgorithm.scheme() else { return [.unsupportedSignatureAlgorithm] }
        if scheme.digest == .sha1 { out.insert(.sha1Signature) }
        if case .rsaPSS = scheme {
            let tags = signatureAlgorithm.parameterTags
            if !tags.contains(.context(0)) { out.insert(.pssDefaultHash) }
            if !tags.contains(.context(2)) { out.insert(.pssDefaultSalt) }
        }
        return out
    }

    private var nameOddities: Set<CertificateOddity> {
        var out: Set<CertificateOddity> = []
        for name in [subject, issuer] {
            let attributes = name.attributes
            for attribute in attributes {
                switch attribute.stringType {
                case .teletexString: out.insert(.teletexString)
                case .bmpString: out.insert(.bmpString)
                case .universalString: out.insert(.universalString)
                default: break
                }
            }
            let countries = attributes.filter { $0.type == DistinguishedName.countryName }.map(\.text)
            if countries.isEmpty { out.insert(.noCountry) }
            if countries.contains(where: { $0 != $0.uppercased() }) { out.insert(.countryNotUpperCase) }
        }
        return out
    }
}

extension CertificateOddity {
    /// What is out of the ordinary in how the two dates are written, and in their order.
    static func ofValidity(_ first: WrittenTime, _ last: WrittenTime) -> Set<CertificateOddity> {
        var out: Set<CertificateOddity> = []
        for time in [first, last] {
            guard let text = time.text, let moment = time.moment else { continue }
            if time.yearDigits == 4, moment < start2050 { out.insert(.generalizedTimeBefore2050) }
            let digits = text.prefix { (0x30...0x39).contains($0) }.count
            if digits == time.yearDigits + 8 { out.insert(.timeWithoutSeconds) }
            if text.dropFirst(digits).first != UInt8(ascii: "Z") { out.insert(.unusualTimeForm) }
        }
        if let begin = first.moment, let end = last.moment, end < begin {
            out.insert(last.yearDigits == 2 ? .utcTimePast2049 : .validityReversed)
        }
        return out
    }

    /// 2050-01-01T00:00:00Z.
    private static let start2050 = Timestamp(secondsSince1970: 2_524_608_000)
}

extension SubjectKey {
    /// Whether this is an RSA key with the public exponent 3.
    fileprivate var hasExponent3: Bool { (try? rsaNumbers())?.exponent == [3] }
}

extension SignatureAlgorithm {
    /// The tags of the fields in parameters that are a sequence.
    fileprivate var parameterTags: Set<ASN1Identifier> {
        guard !parameters.isEmpty,
            var fields = try? ASN1Element(parameters[...], .ber, name: "parameters").fields(.sequence),
            let list = try? fields.all(limit: 8)
        else { return [] }
        return Set(list.map(\.identifier))
    }
}
