/// The extensions of a certificate that eMRTD PKIs use (Doc 9303-12, 7.1).
struct CertificateExtensions: Sendable, Hashable {
    /// AuthorityKeyIdentifier.keyIdentifier.
    var authorityKeyIdentifier: ArraySlice<UInt8>?
    /// AuthorityKeyIdentifier.authorityCertSerialNumber, as its integer bytes.
    var authorityCertificateSerial: ArraySlice<UInt8>?
    var subjectKeyIdentifier: ArraySlice<UInt8>?
    /// BasicConstraints.cA, or `nil` without the extension.
    var isCA: Bool?
    var pathLengthConstraint: Int?
    /// The bits of KeyUsage, or `nil` without the extension.
    var keyUsage: NamedBits?
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
    private var crlDistributionPoints: ArraySlice<UInt8> = []
    private var issuerAltName: ArraySlice<UInt8> = []
    private var subjectAltName: ArraySlice<UInt8> = []
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

    /// The most extensions of a certificate.
    private static let maximumCount = 64

    init(_ reader: inout ASN1Reader) throws(TrustError) {
        // A handful: looking through them costs less than hashing.
        var seen: [ASN1OID] = []
        seen.reserveCapacity(8)
        var count = 0
        let list = try reader.open(.sequence, "extensions")
        while reader.hasMore {
            try reader.count(&count, limit: Self.maximumCount)
            let item = try reader.open(.sequence, "extension")
            let oid = try reader.oid("extnID")
            let critical = reader.nextIdentifier == .boolean ? try reader.boolean("critical") : false
            let value = try reader.octets(.octetString, "extnValue")
            let isComplete = !reader.hasMore
            while reader.hasMore { _ = try reader.encoded("extension") }
            try reader.close(item)
            guard !seen.contains(oid) else {
                duplicated.append(oid)
                continue
            }
            seen.append(oid)
            do throws(TrustError) {
                guard isComplete else { throw reader.malformed("elements after the value") }
                let isKnown = try read(oid, value)
                if !critical, oid == .basicConstraints || oid == .keyUsage { hasUncriticalConstraint = true }
                if critical, !isKnown { unknownCritical.append(oid) }
            } catch {
                malformed.append(oid)
                // What cannot be read cannot be processed (RFC 5280, 4.2). These two are judged by their own rules.
                if critical, oid != .basicConstraints, oid != .keyUsage { unknownCritical.append(oid) }
            }
        }
        try reader.close(list)
    }

    /// Extensions whose content has no bearing on the path of an eMRTD signature.
    private static let neutral: [ASN1OID] = [
        TestPKIMark.oid, .certificatePolicies, .subjectAlternativeName, .issuerAlternativeName, .crlDistributionPoints,
        .nameChange,
    ]

    /// Reads one extension; `false` where it is not known.
    private mutating func read(_ oid: ASN1OID, _ value: ArraySlice<UInt8>) throws(TrustError) -> Bool {
        var reader = ASN1Reader(value, name: "extension")
        switch oid {
        case .authorityKeyIdentifier: try readAuthorityKeyIdentifier(&reader)
        case .subjectKeyIdentifier:
            let identifier = try reader.octets(.octetString, "keyIdentifier")
            try reader.finish()
            subjectKeyIdentifier = identifier
        case .basicConstraints: try readBasicConstraints(&reader)
        case .keyUsage:
            let (usage, isDER) = try reader.namedBits("keyUsage")
            try reader.finish()
            keyUsage = usage
            hasUnusedBits = !isDER
        case .privateKeyUsagePeriod: try readPrivateKeyUsagePeriod(&reader)
        case .documentTypeList: try readDocumentTypes(&reader)
        case .extendedKeyUsage:
            // A key for other purposes only is no document signer's: where the extension is critical, only the checks that know
            // a purpose (of list signers) may go on.
            try readPurposes(&reader)
            return false
        case TestPKIMark.oid: hasTestPKIMark = true
        case .crlDistributionPoints: crlDistributionPoints = value
        case .issuerAlternativeName: issuerAltName = value
        case .subjectAlternativeName: subjectAltName = value
        // These have no bearing on the path of an eMRTD signature.
        case .certificatePolicies, .nameChange: break
        default: return false
        }
        return true
    }

    /// AuthorityKeyIdentifier (RFC 5280, 4.2.1.1).
    private mutating func readAuthorityKeyIdentifier(_ reader: inout ASN1Reader) throws(TrustError) {
        let fields = try reader.open(.sequence, "authorityKeyIdentifier")
        let identifier =
            reader.nextIdentifier == .context(0) ? try reader.octets(.context(0), "keyIdentifier") : nil
        try reader.skipOptional(.context(1), "authorityCertIssuer")
        let serial =
            reader.nextIdentifier == .context(2)
            ? try reader.primitive(.context(2), "authorityCertSerialNumber") : nil
        try reader.close(fields)
        try reader.finish()
        (authorityKeyIdentifier, authorityCertificateSerial) = (identifier, serial)
    }

    /// BasicConstraints (RFC 5280, 4.2.1.9).
    private mutating func readBasicConstraints(_ reader: inout ASN1Reader) throws(TrustError) {
        let fields = try reader.open(.sequence, "basicConstraints")
        let cA = reader.nextIdentifier == .boolean ? try reader.boolean("cA") : false
        let length = reader.hasMore ? try reader.smallInteger("pathLenConstraint") : nil
        try reader.close(fields)
        try reader.finish()
        (isCA, pathLengthConstraint) = (cA, length)
    }

    /// PrivateKeyUsagePeriod (RFC 3280, 4.2.1.4; Doc 9303-12, 7.1.1).
    private mutating func readPrivateKeyUsagePeriod(_ reader: inout ASN1Reader) throws(TrustError) {
        let fields = try reader.open(.sequence, "privateKeyUsagePeriod")
        func time(_ number: UInt, _ field: StaticString) throws(TrustError) -> Timestamp? {
            guard reader.nextIdentifier == .context(number) else { return nil }
            guard let time = ASN1Element.time(try reader.primitive(.context(number), field), yearDigits: 4) else {
                throw reader.malformed("a time that cannot be read")
            }
            return time
        }
        let first = try time(0, "notBefore")
        let last = try time(1, "notAfter")
        try reader.close(fields)
        try reader.finish()
        (privateKeyUsageNotBefore, privateKeyUsageNotAfter) = (first, last)
    }

    /// ExtKeyUsageSyntax (RFC 5280, 4.2.1.12).
    private mutating func readPurposes(_ reader: inout ASN1Reader) throws(TrustError) {
        var purposes: [ASN1OID] = []
        var count = 0
        let list = try reader.open(.sequence, "extKeyUsage")
        while reader.hasMore {
            try reader.count(&count, limit: Self.maximumCount)
            purposes.append(try reader.oid("keyPurposeId"))
        }
        try reader.close(list)
        try reader.finish()
        extendedKeyUsage = purposes
    }

    /// DocumentTypeListSyntax (Doc 9303-12, 7.1.1): SEQUENCE { version, SET OF DocumentType }. Issuers also write the set
    /// alone, or one string alone.
    private mutating func readDocumentTypes(_ reader: inout ASN1Reader) throws(TrustError) {
        var types: [String] = []
        func readSet() throws(TrustError) {
            var count = 0
            let set = try reader.open(.set, "docTypeList")
            while reader.hasMore {
                try reader.count(&count, limit: Self.maximumCount)
                types.append(try reader.element("docTypeList").text)
            }
            try reader.close(set)
        }
        switch reader.nextIdentifier {
        case .sequence:
            let list = try reader.open(.sequence, "documentTypeList")
            _ = try reader.smallInteger("version")
            try readSet()
            try reader.close(list)
        case .set: try readSet()
        case .printableString, .utf8String: types = [try reader.element("documentType").text]
        default: throw reader.malformed("the document types are of another type")
        }
        let isBare = reader.bytes.first != 0x30
        try reader.finish()
        documentTypes = types
        hasBareDocumentTypeList = isBare
    }
}

/// The bits that are set in a BIT STRING with named bits, of the first 16.
struct NamedBits: Sendable, Hashable {
    /// Bit 0 is the highest.
    private let bits: UInt16

    fileprivate init(_ bits: UInt16) { self.bits = bits }

    /// Whether a bit is set, by its number in the standard.
    func contains(_ number: Int) -> Bool { (0..<16).contains(number) && bits & (0x8000 >> UInt16(number)) != 0 }
}

extension ASN1Reader {
    /// The bits of a BIT STRING with named bits; and whether the bits that do not count are 0, as in DER (ISO/IEC 8825-1, 11.2.1).
    /// How many of the last byte do not count, at most 7, is said in the first (8.6.2).
    fileprivate mutating func namedBits(_ field: StaticString) throws(TrustError) -> (set: NamedBits, isDER: Bool) {
        let bytes = try primitive(.bitString, field)
        guard let unused = bytes.first, unused < 8, bytes.count > 1 || unused == 0 else {
            throw malformed("a BIT STRING without a right number of unused bits")
        }
        let bits = bytes.dropFirst()
        let padding: UInt8 = (1 << unused) - 1
        func byte(_ index: Int) -> UInt16 {
            guard index < bits.count else { return 0 }
            let byte = bits[bits.startIndex + index]
            return UInt16(index == bits.count - 1 ? byte & ~padding : byte)
        }
        let isDER = bits.last.map { $0 & padding == 0 } ?? true
        return (NamedBits(byte(0) << 8 | byte(1)), isDER)
    }
}
