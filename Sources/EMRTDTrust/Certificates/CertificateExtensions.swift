/// The extensions of a certificate that eMRTD PKIs use (Doc 9303-12, 7.1).
struct CertificateExtensions: Sendable, Hashable {
    /// AuthorityKeyIdentifier.keyIdentifier.
    var authorityKeyIdentifier: [UInt8]?
    /// AuthorityKeyIdentifier.authorityCertSerialNumber, as its integer bytes.
    var authorityCertificateSerial: [UInt8]?
    var subjectKeyIdentifier: [UInt8]?
    /// BasicConstraints.cA, or `nil` without the extension.
    var isCA: Bool?
    var pathLengthConstraint: Int?
    /// The bits of KeyUsage by number, or `nil` without the extension.
    var keyUsage: Set<Int>?
    var privateKeyUsageNotBefore: Timestamp?
    var privateKeyUsageNotAfter: Timestamp?
    /// The document types that a document signer may sign, such as `P`, or `nil` without the extension.
    var documentTypes: [String]?
    /// The purposes of ExtendedKeyUsage, or `nil` without the extension.
    var extendedKeyUsage: [ASN1OID]?
    /// CRLDistributionPoints: the addresses, not the extension.
    var revocationListAddresses: [String] { addresses(crlDistributionPoints, distributionPoints: true) }
    /// IssuerAltName.
    var issuerAlternativeNames: [String] { addresses(issuerAltName, distributionPoints: false) }
    /// SubjectAltName.
    var subjectAlternativeNames: [String] { addresses(subjectAltName, distributionPoints: false) }
    private var crlDistributionPoints: [UInt8] = []
    private var issuerAltName: [UInt8] = []
    private var subjectAltName: [UInt8] = []
    /// BasicConstraints or KeyUsage is there and not marked critical.
    var hasUncriticalConstraint = false
    /// DocumentTypeList is a bare string or set in place of the sequence of Doc 9303-12, 7.1.1.
    var hasBareDocumentTypeList = false
    /// The bits of KeyUsage that do not count are not all 0, as DER has them (ISO/IEC 8825-1, 11.2.1).
    var hasUnusedBits = false
    var hasTestPKIMark = false
    /// Critical extensions that this library does not process.
    var unknownCritical: [ASN1OID] = []
    /// Extensions that this library processes but that are malformed.
    var malformed: [ASN1OID] = []
    /// Extensions that appear twice.
    var duplicated: [ASN1OID] = []

    static let digitalSignatureBit = 0
    static let keyCertSignBit = 5

    init() {}

    init(_ element: ASN1Element) throws(TrustError) {
        var list = try element.fields(.sequence)
        // A handful: looking through them costs less than hashing.
        var seen: [ASN1OID] = []
        for item in try list.all(limit: 64) {
            var fields = try item.fields(.sequence)
            let oid = try fields.required("extnID").oid()
            let critical = try fields.optional(.boolean, "critical")?.boolean() ?? false
            let value = try fields.required("extnValue").octetString()
            guard !seen.contains(oid) else {
                duplicated.append(oid)
                continue
            }
            seen.append(oid)
            do throws(TrustError) {
                try fields.finish()
                let isKnown = try read(oid, value)
                if !critical, oid == .basicConstraints || oid == .keyUsage { hasUncriticalConstraint = true }
                if critical, !isKnown { unknownCritical.append(oid) }
            } catch {
                malformed.append(oid)
                // What cannot be read cannot be processed (RFC 5280, 4.2). These two are judged by their own rules.
                if critical, oid != .basicConstraints, oid != .keyUsage { unknownCritical.append(oid) }
            }
        }
    }

    /// Extensions whose content has no bearing on the path of an eMRTD signature.
    private static let neutral: [ASN1OID] = [
        TestPKIMark.oid, .certificatePolicies, .subjectAlternativeName, .issuerAlternativeName, .crlDistributionPoints,
        .nameChange,
    ]

    /// Reads one extension; `false` where it is not known.
    private mutating func read(_ oid: ASN1OID, _ value: [UInt8]) throws(TrustError) -> Bool {
        switch oid {
        case TestPKIMark.oid: hasTestPKIMark = true
        case .crlDistributionPoints: crlDistributionPoints = value
        case .issuerAlternativeName: issuerAltName = value
        case .subjectAlternativeName: subjectAltName = value
        default: break
        }
        if Self.neutral.contains(oid) { return true }
        func element() throws(TrustError) -> ASN1Element {
            try ASN1Element(value[...], .ber, name: "extension")
        }
        switch oid {
        case .authorityKeyIdentifier:
            var fields = try element().fields(.sequence)
            let identifier = try fields.optional(.context(0), "keyIdentifier")?.octetString(.context(0))
            _ = fields.optional(.context(1), "authorityCertIssuer")
            let serial = try fields.optional(.context(2), "authorityCertSerialNumber")?.primitive(.context(2))
            try fields.finish()
            authorityKeyIdentifier = identifier
            authorityCertificateSerial = serial.map { Array($0) }
        case .subjectKeyIdentifier: subjectKeyIdentifier = try element().octetString()
        case .basicConstraints:
            var fields = try element().fields(.sequence)
            isCA = try fields.optional(.boolean, "cA")?.boolean() ?? false
            pathLengthConstraint = try fields.optional(.integer, "pathLenConstraint")?.smallInteger()
            try fields.finish()
        case .keyUsage:
            let (usage, isDER) = try element().namedBits()
            keyUsage = usage
            if !isDER { hasUnusedBits = true }
        case .privateKeyUsagePeriod:
            var fields = try element().fields(.sequence)
            let first = try fields.optional(.context(0), "notBefore")?.implicitGeneralizedTime(0)
            let last = try fields.optional(.context(1), "notAfter")?.implicitGeneralizedTime(1)
            try fields.finish()
            (privateKeyUsageNotBefore, privateKeyUsageNotAfter) = (first, last)
        case .documentTypeList: try readDocumentTypes(element())
        case .extendedKeyUsage:
            var fields = try element().fields(.sequence)
            var purposes: [ASN1OID] = []
            for item in try fields.all(limit: 64) { purposes.append(try item.oid()) }
            extendedKeyUsage = purposes
            // A key for other purposes only is no document signer's: where the extension is critical, only the checks that know
            // a purpose (of list signers) may go on.
            return false
        default: return false
        }
        return true
    }

    /// DocumentTypeListSyntax (Doc 9303-12, 7.1.1): SEQUENCE { version, SET OF DocumentType }. Issuers also write the set
    /// alone, or one string alone.
    private mutating func readDocumentTypes(_ element: ASN1Element) throws(TrustError) {
        switch element.identifier {
        case .sequence:
            var fields = try element.fields(.sequence)
            _ = try fields.required("version").smallInteger()
            var types = try fields.required("docTypeList").fields(.set)
            try fields.finish()
            documentTypes = try types.all(limit: 64).map(\.text)
        case .set:
            var types = try element.fields(.set)
            documentTypes = try types.all(limit: 64).map(\.text)
            hasBareDocumentTypeList = true
        case .printableString, .utf8String:
            documentTypes = [element.text]
            hasBareDocumentTypeList = true
        default: throw TrustError(.malformed, "the document types are of another type", location: element.name)
        }
    }
}

extension ASN1Element {
    fileprivate func implicitGeneralizedTime(_ number: UInt) throws(TrustError) -> Timestamp {
        guard let time = ASN1Element.time(try primitive(.context(number)), yearDigits: 4) else {
            throw TrustError(.malformed, "a time that cannot be read", location: name)
        }
        return time
    }

    /// The numbers of the bits that are set in a BIT STRING with named bits, of the first 16; and whether the bits that do not
    /// count are 0. How many of the last byte do not count, at most 7, is said in the first (ISO/IEC 8825-1, 8.6.2).
    fileprivate func namedBits() throws(TrustError) -> (set: Set<Int>, isDER: Bool) {
        let bytes = try primitive(.bitString)
        guard let unused = bytes.first, unused < 8, bytes.count > 1 || unused == 0 else {
            throw TrustError(.malformed, "a BIT STRING without a right number of unused bits", location: name)
        }
        let bits = bytes.dropFirst()
        let used = bits.count * 8 - Int(unused)
        var set: Set<Int> = []
        for (index, byte) in bits.prefix(2).enumerated() {
            for bit in 0..<8 where byte & (0x80 >> UInt8(bit)) != 0 && index * 8 + bit < used {
                set.insert(index * 8 + bit)
            }
        }
        return (set, bits.last.map { $0 & ((1 << unused) - 1) == 0 } ?? true)
    }

    /// A BOOLEAN: one byte (ISO/IEC 8825-1, 8.2.1), anything but zero being true.
    fileprivate func boolean() throws(TrustError) -> Bool {
        let bytes = try primitive(.boolean)
        guard bytes.count == 1 else {
            throw TrustError(.malformed, "a BOOLEAN of \(bytes.count) bytes", location: name)
        }
        return bytes.first != 0
    }
}
