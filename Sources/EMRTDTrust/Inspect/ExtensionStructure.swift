import ISO7816

/// An extension of a certificate, a certificate revocation list or one of its entries (RFC 5280, 4.1.2.9), as it came.
struct RawExtension {
    let oid: ASN1OID
    let isCritical: Bool
    let value: [UInt8]

    /// The most extensions read from one list.
    static let maximumCount = 64

    /// The extensions of a list that are readable.
    static func all(in list: ASN1Element) -> [RawExtension] {
        guard var items = try? list.fields(.sequence) else { return [] }
        var out: [RawExtension] = []
        while out.count < maximumCount, let item = items.next() {
            if let found = try? RawExtension(item) { out.append(found) }
        }
        return out
    }

    private init(_ element: ASN1Element) throws(TrustError) {
        var fields = try element.fields(.sequence)
        oid = try fields.required("extnID").oid()
        isCritical = try fields.optional(.boolean, "critical")?.primitive(.boolean).first.map { $0 != 0 } ?? false
        value = try fields.required("extnValue").octetString()
    }
}

extension StructureNode {
    static func extensions(
        _ extensions: [RawExtension], label: String = "extensions", member: String = "extensions"
    ) -> StructureNode {
        StructureNode(label, member, .list(extensions.map { extensionNode($0) }, omitted: 0))
    }

    private static func extensionNode(_ item: RawExtension) -> StructureNode {
        var fields: [StructureNode] = [
            .oid("extnID", item.oid), StructureNode("critical", .bool(item.isCritical)),
        ]
        let name = ObjectIdentifierNames.name(of: item.oid) ?? item.oid.description
        var summary = name + (item.isCritical ? " (critical)" : "")
        do throws(TrustError) {
            let decoded = try ExtensionDecoding.decode(item)
            if !decoded.isEmpty {
                fields.append(.object("value", decoded))
                summary += ": " + decoded.map { ExtensionDecoding.line($0) }.joined(separator: "; ")
            } else {
                fields.append(StructureNode("extnValue", .bytes(item.value)))
                summary +=
                    ": \(item.value.count) bytes \(item.value.prefix(32).hexadecimal)"
                    + (item.value.count > 32 ? "..." : "")
            }
        } catch {
            fields += [StructureNode("problem", .text(error.reason)), StructureNode("extnValue", .bytes(item.value))]
            summary += ": MALFORMED, " + error.reason
        }
        return .object("", summary: summary, isCollapsed: true, fields)
    }
}

/// What is inside the extensions that eMRTD PKIs use (Doc 9303-12, 7.1; RFC 5280, 4.2 and 5.2).
enum ExtensionDecoding {
    private static let extendedKeyUsage = ASN1OID(2, 5, 29, 37)
    private static let crlNumber = ASN1OID(2, 5, 29, 20)
    private static let deltaCRLIndicator = ASN1OID(2, 5, 29, 27)
    private static let reasonCode = ASN1OID(2, 5, 29, 21)
    private static let invalidityDate = ASN1OID(2, 5, 29, 24)
    private static let authorityInfoAccess = ASN1OID(1, 3, 6, 1, 5, 5, 7, 1, 1)

    /// One line for a node.
    static func line(_ node: StructureNode) -> String {
        if let text = node.text { return "\(node.label) \(text)" }
        return node.label + " " + node.children.map { $0.text ?? line($0) }.joined(separator: ", ")
    }

    /// The fields of an extension; none where it is not known.
    static func decode(_ item: RawExtension) throws(TrustError) -> [StructureNode] {
        if item.oid == TestPKIMark.oid { return [StructureNode("text", .text(try element(item).text))] }
        switch item.oid {
        case .authorityKeyIdentifier: return try authorityKeyIdentifier(item)
        case .subjectKeyIdentifier:
            return [StructureNode("keyIdentifier", .bytes(try element(item).octetString()))]
        case .keyUsage: return [.texts("bits", try keyUsage(element(item)))]
        case .privateKeyUsagePeriod:
            var fields = try element(item).fields(.sequence)
            var out: [StructureNode] = []
            for (number, name) in [(UInt(0), "notBefore"), (1, "notAfter")] {
                guard let bytes = try fields.optional(.context(number), name)?.primitive(.context(number)) else {
                    continue
                }
                out.append(StructureNode(name, .time(ASN1Element.time(bytes, yearDigits: 4))))
            }
            return out
        case .subjectAlternativeName, .issuerAlternativeName:
            return [.texts("names", try generalNames(element(item), .sequence))]
        case .basicConstraints:
            var fields = try element(item).fields(.sequence)
            let isCA = try fields.optional(.boolean, "cA")?.primitive(.boolean).first.map { $0 != 0 } ?? false
            var out = [StructureNode("cA", .bool(isCA))]
            if let length = try fields.optional(.integer, "pathLenConstraint")?.smallInteger() {
                out.append(StructureNode("pathLenConstraint", .integer(length)))
            }
            return out
        case extendedKeyUsage:
            var fields = try element(item).fields(.sequence)
            var out: [StructureNode] = []
            for purpose in try fields.all(limit: 64) { out.append(.oid("keyPurposeId", try purpose.oid())) }
            return [StructureNode("purposes", .list(out, omitted: 0))]
        case .crlDistributionPoints: return [.texts("distributionPoints", try distributionPoints(element(item)))]
        case .certificatePolicies:
            var fields = try element(item).fields(.sequence)
            var out: [StructureNode] = []
            for policy in try fields.all(limit: 64) {
                var parts = try policy.fields(.sequence)
                out.append(.oid("policyIdentifier", try parts.required("policyIdentifier").oid()))
            }
            return [StructureNode("policies", .list(out, omitted: 0))]
        case .documentTypeList:
            var fields = try element(item).fields(.sequence)
            let version = try fields.required("version").smallInteger()
            var types = try fields.required("docTypeList").fields(.set)
            return [
                StructureNode("version", .integer(version)),
                .texts("docTypeList", try types.all(limit: 64).map(\.text)),
            ]
        case .nameChange: return [StructureNode("value", .text(try element(item).universalTypeName))]
        case crlNumber, deltaCRLIndicator:
            return [
                StructureNode("number", .text(CertificateFields.decimal(try element(item).unsignedInteger())))
            ]
        case reasonCode:
            guard case .primitive(let bytes) = try element(item).parts, let code = bytes.first else { return [] }
            return [StructureNode("reason", .text(RevokedCertificate.Reason(Int(code)).description))]
        case invalidityDate: return [StructureNode("invalidityDate", .time(try element(item).time()))]
        case authorityInfoAccess:
            var fields = try element(item).fields(.sequence)
            var out: [String] = []
            for access in try fields.all(limit: 64) {
                var parts = try access.fields(.sequence)
                let method = try parts.required("accessMethod").oid()
                let location = try generalName(parts.required("accessLocation"))
                out.append((ObjectIdentifierNames.name(of: method) ?? method.description) + " " + location)
            }
            return [.texts("access", out)]
        default: return []
        }
    }

    private static func element(_ item: RawExtension) throws(TrustError) -> ASN1Element {
        try ASN1Element(item.value[...], .ber, name: ObjectIdentifierNames.name(of: item.oid) ?? "extension")
    }

    private static func authorityKeyIdentifier(_ item: RawExtension) throws(TrustError) -> [StructureNode] {
        var fields = try element(item).fields(.sequence)
        var out: [StructureNode] = []
        if let key = try fields.optional(.context(0), "keyIdentifier")?.octetString(.context(0)) {
            out.append(StructureNode("keyIdentifier", .bytes(key)))
        }
        if let names = fields.optional(.context(1), "authorityCertIssuer") {
            out.append(.texts("authorityCertIssuer", try generalNames(names, .context(1))))
        }
        if let serial = try fields.optional(.context(2), "authorityCertSerialNumber")?.primitive(.context(2)) {
            out.append(StructureNode("authorityCertSerialNumber", .bytes(Array(serial))))
        }
        return out
    }

    private static let keyUsageNames = [
        "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign",
        "cRLSign", "encipherOnly", "decipherOnly",
    ]

    private static func keyUsage(_ element: ASN1Element) throws(TrustError) -> [String] {
        let bytes = try element.primitive(.bitString).dropFirst()
        var out: [String] = []
        for (index, byte) in bytes.prefix(2).enumerated() {
            for bit in 0..<8 where byte & (0x80 >> UInt8(bit)) != 0 {
                let number = index * 8 + bit
                out.append(keyUsageNames.indices.contains(number) ? keyUsageNames[number] : "bit \(number)")
            }
        }
        return out
    }

    private static func generalNames(_ element: ASN1Element, _ identifier: ASN1Identifier) throws(TrustError)
        -> [String]
    {
        var fields = try element.fields(identifier)
        var out: [String] = []
        for name in try fields.all(limit: 64) { out.append(generalName(name)) }
        return out
    }

    /// A GeneralName in one line (RFC 5280, 4.2.1.6).
    private static func generalName(_ name: ASN1Element) -> String {
        guard name.identifier.tagClass == .contextSpecific else { return name.text }
        switch (name.identifier.tagNumber, name.parts) {
        case (1, .primitive(let bytes)): return "email " + text(bytes)
        case (2, .primitive(let bytes)): return "DNS " + text(bytes)
        case (6, .primitive(let bytes)): return text(bytes)
        case (7, .primitive(let bytes)): return "IP " + bytes.hexadecimal
        case (8, .primitive(let bytes)): return "OID " + ASN1OID(contents: bytes).description
        case (4, .constructed):
            guard var fields = try? name.fields(.context(4)), let inner = fields.next(),
                let directory = try? DistinguishedName(inner)
            else { break }
            return directory.description
        default: break
        }
        return "[\(name.identifier.tagNumber)] " + name.encoded.prefix(64).hexadecimal
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.count <= 2048 ? String(decoding: bytes, as: UTF8.self).printable : "\(bytes.count) bytes"
    }

    private static func distributionPoints(_ element: ASN1Element) throws(TrustError) -> [String] {
        var fields = try element.fields(.sequence)
        var out: [String] = []
        for point in try fields.all(limit: 64) {
            var parts = try point.fields(.sequence)
            guard let name = parts.optional(.context(0), "distributionPoint") else {
                out.append("no name")
                continue
            }
            var choice = try name.fields(.context(0))
            let full = try choice.required("name")
            guard full.identifier == .context(0) else {
                out.append("name relative to the issuer")
                continue
            }
            out += try generalNames(full, .context(0))
        }
        return out
    }
}
