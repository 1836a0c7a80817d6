import SwiftASN1

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
        var seen: Set<ASN1OID> = []
        for item in try list.all(limit: 64) {
            var fields = try item.fields(.sequence)
            let oid = try fields.required("extnID").oid()
            let critical = try fields.optional(.boolean, "critical")?.primitive(.boolean).first.map { $0 != 0 } ?? false
            let value = try fields.required("extnValue").octetString()
            guard seen.insert(oid).inserted else {
                duplicated.append(oid)
                continue
            }
            do throws(TrustError) {
                let isKnown = try read(oid, value)
                if critical, !isKnown { unknownCritical.append(oid) }
            } catch {
                malformed.append(oid)
            }
        }
    }

    /// Extensions whose content has no bearing on the path of an eMRTD signature.
    private static let neutral: Set<ASN1OID> = [
        TestPKIMark.oid, .certificatePolicies, .subjectAlternativeName, .issuerAlternativeName, .crlDistributionPoints,
        .nameChange,
    ]

    /// Reads one extension; `false` where it is not known.
    private mutating func read(_ oid: ASN1OID, _ value: [UInt8]) throws(TrustError) -> Bool {
        if oid == TestPKIMark.oid { hasTestPKIMark = true }
        if Self.neutral.contains(oid) { return true }
        func element() throws(TrustError) -> ASN1Element {
            try ASN1Element(value[...], .ber, name: "extension \(oid)")
        }
        switch oid {
        case .authorityKeyIdentifier:
            var fields = try element().fields(.sequence)
            authorityKeyIdentifier = try fields.optional(.context(0), "keyIdentifier")?.octetString(.context(0))
            _ = fields.optional(.context(1), "authorityCertIssuer")
            if let serial = fields.optional(.context(2), "authorityCertSerialNumber") {
                authorityCertificateSerial = Array(try serial.primitive(.context(2)))
            }
        case .subjectKeyIdentifier: subjectKeyIdentifier = try element().octetString()
        case .basicConstraints:
            var fields = try element().fields(.sequence)
            isCA = try fields.optional(.boolean, "cA")?.primitive(.boolean).first.map { $0 != 0 } ?? false
            pathLengthConstraint = try fields.optional(.integer, "pathLenConstraint")?.smallInteger()
        case .keyUsage:
            var set: Set<Int> = []
            for (index, byte) in try element().primitive(.bitString).dropFirst().prefix(2).enumerated() {
                for bit in 0..<8 where byte & (0x80 >> UInt8(bit)) != 0 { set.insert(index * 8 + bit) }
            }
            keyUsage = set
        case .privateKeyUsagePeriod:
            var fields = try element().fields(.sequence)
            privateKeyUsageNotBefore = try fields.optional(.context(0), "notBefore")?.implicitGeneralizedTime(0)
            privateKeyUsageNotAfter = try fields.optional(.context(1), "notAfter")?.implicitGeneralizedTime(1)
        case .documentTypeList:
            var fields = try element().fields(.sequence)
            _ = try fields.required("version").smallInteger()
            var types = try fields.required("docTypeList").fields(.set)
            documentTypes = try types.all(limit: 64).map(\.text)
        default: return false
        }
        return true
    }
}

extension ASN1Element {
    fileprivate func implicitGeneralizedTime(_ number: UInt) throws(TrustError) -> Timestamp? {
        ASN1Element.time(try primitive(.context(number)), yearDigits: 4)
    }
}
