import EMRTDCrypto
import ISO7816

extension StructureNode {
    /// A certificate (RFC 5280, 4.1).
    ///
    /// - Parameter isBrief: whether only the fields by which one certificate is told from others are shown.
    static func certificate(
        _ certificate: Certificate, label: String = "Certificate", member: String = "certificate", isBrief: Bool = false
    ) -> StructureNode {
        var fields: [StructureNode] = [
            StructureNode("SHA-256", "sha256", .fingerprint(certificate.fingerprint)),
            StructureNode("serialNumber", "serial", .bytes(certificate.serialNumber)),
            StructureNode("issuer", .text(certificate.issuer.description)),
            StructureNode("subject", .text(certificate.subject.description)),
            StructureNode("country", .text(certificate.country ?? "")),
            StructureNode("notBefore", .time(certificate.notBefore)),
            StructureNode("notAfter", .time(certificate.notAfter)),
            StructureNode("key", .text(certificate.keyDescription)),
            StructureNode("signatureAlgorithm", .text(certificate.signatureAlgorithmDescription)),
            StructureNode("self-issued", "selfIssued", .bool(certificate.isSelfIssued)),
            StructureNode("test PKI", "testPKI", .bool(certificate.isTestPKI)),
            .texts("oddities", certificate.oddities.map(\.description).sorted()),
        ]
        if !isBrief { fields += details(of: certificate) }
        return .object(label, member: member, summary: certificate.summary, isCollapsed: isBrief, fields)
    }

    private static func details(of certificate: Certificate) -> [StructureNode] {
        var out: [StructureNode] = [
            StructureNode("version", .integer(certificate.version)),
            .algorithm("AlgorithmIdentifier", member: "signatureAlgorithmIdentifier", certificate.signatureAlgorithm),
            .nameAttributes("issuer attributes", "issuerAttributes", certificate.issuer),
            .nameAttributes("subject attributes", "subjectAttributes", certificate.subject),
            .subjectKey(certificate.subjectKey),
        ]
        if certificate.isSelfIssued {
            out.append(StructureNode("signature by its own key", "ownSignature", .text(ownSignature(certificate))))
        }
        out.append(.extensions(CertificateFields.extensions(of: certificate)))
        out.append(StructureNode("signatureValue", "signatureValue", .bytes(Array(certificate.signature))))
        return out
    }

    /// Whether a self-issued certificate is signed by the key in it: `valid`, `invalid` or `notSupported`.
    private static func ownSignature(_ certificate: Certificate) -> String {
        do {
            let leniencies = try SignatureChecking.standard.check(certificate, signedBy: certificate)
            return leniencies == nil ? "invalid" : "valid"
        } catch { return "notSupported" }
    }

    static func algorithm(_ label: String, member: String? = nil, _ algorithm: SignatureAlgorithm) -> StructureNode {
        .object(
            label, member: member, summary: "\(algorithm.label) (\(algorithm.oid))", isCollapsed: true,
            [
                .oid("algorithm", algorithm.oid), StructureNode("parameters", .bytes(Array(algorithm.parameters))),
            ])
    }

    /// The attributes of a name with the string types that they came in.
    static func nameAttributes(_ label: String, _ member: String, _ name: DistinguishedName) -> StructureNode {
        let attributes = CertificateFields.attributes(of: name)
        return StructureNode(
            label, member,
            .list(
                attributes.map { attribute in
                    let type = ObjectIdentifierNames.name(of: attribute.type) ?? attribute.type.description
                    return .object(
                        "", summary: "\(type) \(attribute.stringType): \(attribute.text.printable)", isCollapsed: true,
                        [
                            .oid("type", attribute.type), StructureNode("stringType", .text(attribute.stringType)),
                            StructureNode("value", .text(attribute.text)),
                        ])
                }, omitted: 0), isCollapsed: true)
    }

    /// SubjectPublicKeyInfo, with the curve and how it is given.
    static func subjectKey(_ key: SubjectKey) -> StructureNode {
        var fields: [StructureNode] = [.oid("algorithm", key.algorithm)]
        var summary: String
        do throws(TrustError) {
            let publicKey = try key.publicKey()
            summary = publicKey.label
            switch publicKey {
            case .rsa(let rsa):
                summary += ", exponent \(CertificateFields.decimal(rsa.exponent))"
                fields += [
                    StructureNode("type", .text("RSA")), StructureNode("bits", .integer(rsa.bitCount)),
                    StructureNode("publicExponent", .text(CertificateFields.decimal(rsa.exponent))),
                    StructureNode("modulus", .bytes(rsa.modulus)),
                ]
            case .ec(let ec):
                let isExplicit = key.hasExplicitParameters
                summary += isExplicit ? ", explicit parameters" : ", named curve"
                fields += [
                    StructureNode("type", .text("EC")), StructureNode("bits", .integer(ec.curve.bitLength)),
                    StructureNode("curve", .text("\(ec.curve)")),
                    StructureNode("explicit parameters", "explicitParameters", .bool(isExplicit)),
                    StructureNode("public point", "publicPoint", .bytes(ec.point)),
                ]
            }
        } catch {
            summary = "cannot be used: " + error.reason
            fields += [
                StructureNode("problem", .text(error.reason)),
                StructureNode("explicit parameters", "explicitParameters", .bool(key.hasExplicitParameters)),
                StructureNode("subjectPublicKey", .bytes(key.keyBytes)),
            ]
        }
        return .object("subjectPublicKeyInfo", summary: summary, isCollapsed: true, fields)
    }
}

extension Certificate {
    /// Country, subject, key, end of validity and the start of the fingerprint, in one line.
    var summary: String {
        let end = notAfter.map { "until " + $0.description.prefix(10) } ?? "validity not readable"
        let odd = oddities.isEmpty ? "" : "; " + oddities.map(\.description).sorted().joined(separator: ", ")
        let test = isTestPKI ? "; TEST PKI" : ""
        return
            "\(subject), \(keyDescription), \(end), sha256 \(fingerprint.prefix(8).hexadecimal.lowercased())\(test)\(odd)"
    }
}

/// Reads those fields of certificates that only somebody who looks at them wants.
enum CertificateFields {
    struct NameAttribute {
        let type: ASN1OID
        let stringType: String
        let text: String
    }

    /// The attributes of a name, at most 64.
    static func attributes(of name: DistinguishedName) -> [NameAttribute] {
        guard let element = try? ASN1Element(name.encoded[...], .ber, name: "Name"),
            var names = try? element.fields(.sequence)
        else { return [] }
        var out: [NameAttribute] = []
        while out.count < 64, let relative = names.next() {
            guard var set = try? relative.fields(.set) else { continue }
            while out.count < 64, let pair = set.next() {
                guard var fields = try? pair.fields(.sequence), let type = try? fields.required("type").oid(),
                    let value = fields.next()
                else { continue }
                out.append(NameAttribute(type: type, stringType: value.universalTypeName, text: value.text))
            }
        }
        return out
    }

    /// The extensions of a certificate as they came; none where the certificate has none.
    static func extensions(of certificate: Certificate) -> [RawExtension] {
        guard let tbs = try? ASN1Element(certificate.toBeSigned, .ber, name: "TBSCertificate"),
            var fields = try? tbs.fields(.sequence), let all = try? fields.all(limit: 16),
            let wrapper = all.first(where: { $0.identifier == .context(3) }),
            var inner = try? wrapper.fields(.context(3)), let list = inner.next()
        else { return [] }
        return RawExtension.all(in: list)
    }

    /// An unsigned number of up to 8 bytes in decimal, else in hexadecimal.
    static func decimal(_ bytes: [UInt8]) -> String {
        guard bytes.count <= 8 else { return "0x" + bytes.hexadecimal }
        return String(bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
}

extension ASN1Element {
    /// The name of a universal type, such as `UTF8String`.
    var universalTypeName: String {
        guard identifier.tagClass == .universal else { return identifier.short }
        return Self.universalTypeNames[identifier.tagNumber] ?? "[UNIVERSAL \(identifier.tagNumber)]"
    }

    private static let universalTypeNames: [UInt: String] = [
        1: "BOOLEAN", 2: "INTEGER", 3: "BIT STRING", 4: "OCTET STRING", 5: "NULL", 6: "OBJECT IDENTIFIER",
        10: "ENUMERATED", 12: "UTF8String", 16: "SEQUENCE", 17: "SET", 18: "NumericString", 19: "PrintableString",
        20: "TeletexString", 22: "IA5String", 23: "UTCTime", 24: "GeneralizedTime", 26: "VisibleString",
        28: "UniversalString", 30: "BMPString",
    ]
}
