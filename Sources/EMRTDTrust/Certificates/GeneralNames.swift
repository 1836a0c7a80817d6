extension CertificateExtensions {
    /// The names in an extension as text (RFC 5280, 4.2.1.6 and 4.2.1.13): what cannot be read is left out, since nothing is
    /// decided by it.
    func addresses(_ value: ArraySlice<UInt8>, distributionPoints: Bool) -> [String] {
        guard !value.isEmpty, let element = try? ASN1Element(value, .ber, name: "GeneralNames"),
            var list = try? element.fields(.sequence), let items = try? list.all(limit: 64)
        else { return [] }
        guard distributionPoints else { return items.compactMap(\.generalName) }
        return items.flatMap { item -> [String] in
            // DistributionPoint.distributionPoint.fullName.
            guard var point = try? item.fields(.sequence),
                var name = try? point.optional(.context(0), "distributionPoint")?.fields(.context(0)),
                var full = try? name.optional(.context(0), "fullName")?.fields(.context(0)),
                let names = try? full.all(limit: 64)
            else { return [] }
            return names.compactMap(\.generalName)
        }
    }
}

extension ASN1Element {
    /// A GeneralName as text: mail, DNS and web addresses as they are, a directory name readable, others left out.
    fileprivate var generalName: String? {
        switch identifier {
        case .context(1), .context(2), .context(6):
            guard let bytes = try? primitive(identifier), bytes.count <= 2048 else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        case .context(4):
            guard var inner = try? fields(.context(4)), let name = inner.next(),
                let directory = try? DistinguishedName(name)
            else { return nil }
            return directory.description
        default: return nil
        }
    }
}
