import EMRTDCrypto
import ISO7816
import LDS

extension StructureNode {
    /// A card verifiable certificate (TR-03110-3, C.1; Doc 9303-12, 7.2).
    static func cvCertificate(_ certificate: CVCertificate) -> StructureNode {
        let authorization = certificate.authorization
        var fields: [StructureNode] = [
            StructureNode(
                "SHA-256", "sha256", .fingerprint((try? DigestAlgorithm.sha256.digest(certificate.encoded)) ?? [])),
            StructureNode(
                "Certification Authority Reference", "authorityReference",
                .text(certificate.authorityReference.description)),
            StructureNode(
                "Certificate Holder Reference", "holderReference", .text(certificate.holderReference.description)),
            .object(
                "Certificate Holder Authorization", member: "authorization", summary: authorization.description,
                isCollapsed: true,
                [
                    StructureNode("terminalType", .text("\(authorization.terminalType)")),
                    StructureNode("role", .text("\(authorization.role)")),
                    StructureNode("bits", .bytes(authorization.bits)),
                    .texts("rights", rights(authorization)),
                ]),
        ]
        let rights = rights(authorization)
        if !rights.isEmpty { fields.append(StructureNode("rights", "", .text(rights.joined(separator: ", ")))) }
        fields += [
            StructureNode("Certificate Effective Date", "effectiveDate", .text(certificate.effectiveDate.description)),
            StructureNode(
                "Certificate Expiration Date", "expirationDate", .text(certificate.expirationDate.description)),
            publicKey(certificate.publicKey),
            StructureNode("self-signed by its names", "selfSigned", .bool(certificate.isSelfSigned)),
            StructureNode("link certificate", "link", .bool(certificate.isLink)),
            StructureNode(
                "extensions",
                .list(
                    certificate.extensions.map { item in
                        let name = ObjectIdentifierNames.name(ofDotted: item.objectIdentifier.description)
                        return .object(
                            "", summary: "\(name ?? item.objectIdentifier.description), \(item.encoded.count) bytes",
                            isCollapsed: true,
                            [
                                StructureNode(
                                    "type", .identifier(item.objectIdentifier.description, name: name)),
                                StructureNode("encoded", .bytes(item.encoded)),
                            ])
                    }, omitted: 0)),
            StructureNode("signature", .bytes(certificate.signature)),
        ]
        return .object("CV certificate", member: "cvCertificate", summary: certificate.description, fields)
    }

    private static func publicKey(_ key: CVPublicKey) -> StructureNode {
        var fields: [StructureNode] = [
            StructureNode(
                "algorithm",
                .identifier(key.algorithm.objectIdentifier.description, name: key.algorithm.description))
        ]
        let summary: String
        switch key.material {
        case .rsa(let rsa):
            summary = "RSA \(rsa.bitCount)"
            fields.append(StructureNode("modulus", .bytes(rsa.modulus)))
        case .ec(let ec):
            summary = "EC \(ec.curve), explicit parameters"
            fields.append(StructureNode("curve", .text("\(ec.curve)")))
            fields.append(StructureNode("public point", "publicPoint", .bytes(ec.point)))
        case .inheritedCurve(let point):
            summary = "EC on the issuer's curve, \(point.count / 2 * 8) bits"
            fields.append(StructureNode("public point", "publicPoint", .bytes(point)))
        }
        return .object(
            "Public Key", member: "publicKey", summary: "\(summary), \(key.algorithm)", isCollapsed: true,
            [StructureNode("key", .text(summary))] + fields)
    }

    /// The rights that the bits give, by the names of TR-03110-4, 2 (authentication terminals), and TR-03110-3, C.4.
    private static func rights(_ authorization: CertificateHolderAuthorization) -> [String] {
        let count = authorization.bits.count * 8 - 2
        return (0..<count).filter(authorization.hasRight).map { bit in
            switch (authorization.terminalType, bit) {
            case (.inspectionSystem, 0): "read DG3 (fingerprints)"
            case (.inspectionSystem, 1): "read DG4 (irises)"
            case (.signatureTerminal, 0): "generate electronic signature"
            case (.signatureTerminal, 1): "generate qualified electronic signature"
            case (.authenticationTerminal, 0): "age verification"
            case (.authenticationTerminal, 1): "community ID verification"
            case (.authenticationTerminal, 2): "restricted identification"
            case (.authenticationTerminal, 3): "privileged terminal"
            case (.authenticationTerminal, 4): "CAN allowed"
            case (.authenticationTerminal, 5): "PIN management"
            case (.authenticationTerminal, 6): "install certificate"
            case (.authenticationTerminal, 7): "install qualified certificate"
            case (.authenticationTerminal, 8...28): "read DG\(bit - 7)"
            case (.authenticationTerminal, 33...37): "write DG\(54 - bit)"
            default: "bit \(bit)"
            }
        }
    }
}
