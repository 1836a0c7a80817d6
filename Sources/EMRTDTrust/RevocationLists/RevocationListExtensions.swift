/// The extensions of a revocation list (RFC 5280, 5.2).
struct RevocationListExtensions: Sendable {
    var authorityKeyIdentifier: [UInt8]?
    /// The bytes of the list's number, without leading zeros.
    var number: [UInt8]?
    var unknownCritical: [String] = []
    /// Why the list is about a part of the certificates only, by the standard's names: it is a delta list, or its distribution
    /// point limits it. Critical or not, such a list is no full one (RFC 5280, 5.2.4 and 5.2.5). A limit to certificates that
    /// are no CA's is none for document signers and left out.
    var limits: [String] = []

    init() {}

    /// Reads `[0] EXPLICIT Extensions`.
    ///
    /// - Throws: ``TrustError`` `malformed`, `limitExceeded`, or `wrongContent` for an indirect list.
    init(_ wrapper: ASN1Element) throws(TrustError) {
        var outer = try wrapper.fields(.context(0))
        let list = try ListExtension.all(outer.required("extensions"))
        try outer.finish()
        for item in list {
            switch item.oid {
            case .authorityKeyIdentifier:
                var fields = try item.element().fields(.sequence)
                authorityKeyIdentifier = try fields.optional(.context(0), "keyIdentifier")?.octetString(.context(0))
            case .cRLNumber:
                number = try item.element().unsignedInteger()
            case .issuingDistributionPoint:
                try readDistributionPoint(item, wrapper.name)
                if item.isCritical { unknownCritical.append(item.label) }
            case .deltaCRLIndicator:
                limits.append("deltaCRLIndicator")
                if item.isCritical { unknownCritical.append(item.label) }
            case .issuerAlternativeName: break
            default: if item.isCritical { unknownCritical.append(item.label) }
            }
        }
    }

    /// IssuingDistributionPoint (RFC 5280, 5.2.5): what the list is about.
    private mutating func readDistributionPoint(_ item: ListExtension, _ name: String) throws(TrustError) {
        var fields = try item.element().fields(.sequence)
        while let field = fields.next() {
            func isTrue(_ number: UInt) throws(TrustError) -> Bool {
                try field.primitive(.context(number)).contains { $0 != 0 }
            }
            switch field.identifier {
            case .context(2): if try isTrue(2) { limits.append("onlyContainsCACerts") }
            case .context(3): limits.append("onlySomeReasons")
            case .context(4):
                if try isTrue(4) {
                    throw TrustError(
                        .wrongContent, "issuingDistributionPoint says indirectCRL: not supported", location: name)
                }
            case .context(5): if try isTrue(5) { limits.append("onlyContainsAttributeCerts") }
            default: break
            }
        }
    }
}

/// The extensions of an entry (RFC 5280, 5.3).
struct RevocationEntryExtensions: Sendable {
    var reason: RevokedCertificate.Reason?
    var invalidityDate: Timestamp?
    /// The entry is about a certificate of another issuer.
    var namesIssuer = false
    var unknownCritical: [String] = []

    init() {}

    init(_ element: ASN1Element) throws(TrustError) {
        for item in try ListExtension.all(element) {
            switch item.oid {
            case .reasonCode:
                // A reason that cannot be read takes nothing from the revocation.
                guard let value = try? item.element().primitive(.enumerated), value.count == 1 else { continue }
                reason = value.first.map { RevokedCertificate.Reason(Int($0)) }
            case .invalidityDate: invalidityDate = try? item.element().time()
            case .certificateIssuer: namesIssuer = true
            default: if item.isCritical { unknownCritical.append(item.label) }
            }
        }
    }
}

/// One extension of a list or an entry.
private struct ListExtension {
    let oid: ASN1OID
    let isCritical: Bool
    let value: [UInt8]

    func element() throws(TrustError) -> ASN1Element { try ASN1Element(value[...], .ber, name: "extension \(oid)") }

    var label: String { oid.description + (ListExtension.names[oid].map { " (\($0))" } ?? "") }

    static func all(_ element: ASN1Element) throws(TrustError) -> [ListExtension] {
        var list = try element.fields(.sequence)
        var out: [ListExtension] = []
        for item in try list.all(limit: 32) {
            var fields = try item.fields(.sequence)
            let oid = try fields.required("extnID").oid()
            let critical = try fields.optional(.boolean, "critical")?.primitive(.boolean).first.map { $0 != 0 }
            let value = try fields.required("extnValue").octetString()
            try fields.finish()
            guard !out.contains(where: { $0.oid == oid }) else {
                throw TrustError(.malformed, "the extension \(oid) appears twice", location: element.name)
            }
            out.append(ListExtension(oid: oid, isCritical: critical ?? false, value: value))
        }
        return out
    }

    private static let names: [ASN1OID: String] = [
        .issuingDistributionPoint: "issuingDistributionPoint", .deltaCRLIndicator: "deltaCRLIndicator",
        .certificateIssuer: "certificateIssuer",
    ]
}
