/// Reads the entries of deviation and defect lists.
struct DeviationParser {
    private var documentNumbers = 0
    private let name = "DeviationList.deviations"

    init() {}

    /// Deviation (Doc 9303-12, 10.2; implicit tags, explicit ones around ANY).
    mutating func deviation(_ item: ShallowElement) throws(TrustError) -> Deviation {
        guard item.tag == 0x30 else { throw TrustError(.malformed, "an entry is no sequence", location: name) }
        var fields = ShallowElements(item, name: name)
        var documents = ShallowElements(try fields.required(0x30, "documents"), name: name + ".documents")
        var descriptions = ShallowElements(try fields.required(0x31, "descriptions"), name: name + ".descriptions")
        try fields.finish()

        let type = try documents.optional(0x80).map { String(decoding: $0.content, as: UTF8.self).printable }
        let certificate = try certificateIdentifier(&documents)
        var period: (Timestamp?, Timestamp?) = (nil, nil)
        if let element = try documents.optional(0xA4) {
            var dates = ShallowElements(element, name: name + ".issuingDate")
            period.0 = try dates.next()?.parsed(name: name + ".firstIssued").time()
            period.1 = try dates.next()?.parsed(name: name + ".lastIssued").time()
            guard period.0 != nil, period.1 != nil else {
                throw TrustError(.malformed, "a day of issue is no time", location: name)
            }
        }
        var numbers: [String] = []
        if let element = try documents.optional(0xA5) {
            var list = ShallowElements(element, name: name + ".documentNumbers")
            while let number = try list.next() {
                documentNumbers += 1
                guard documentNumbers <= DeviationList.maximumDocumentNumbers, number.content.count <= 64 else {
                    throw TrustError(.limitExceeded, "too many or too long numbers of documents", location: name)
                }
                numbers.append(String(decoding: number.content, as: UTF8.self).printable)
            }
        }
        try documents.finish()

        var read: [Deviation.Description] = []
        while let element = try descriptions.next() {
            guard read.count < 256 else { throw TrustError(.limitExceeded, "more than 256 reasons", location: name) }
            read.append(try description(element.parsed(name: name + ".descriptions")))
        }
        return Deviation(
            documentType: type, certificate: certificate, certificateDigest: nil, firstIssued: period.0,
            lastIssued: period.1, documentNumbers: numbers, descriptions: read)
    }

    /// DocumentSignerIdentifier: issuerAndSerialNumber [1], subjectKeyIdentifier [2], certificateDigest [3].
    private func certificateIdentifier(
        _ documents: inout ShallowElements
    ) throws(TrustError) -> Deviation.CertificateIdentifier? {
        switch documents.nextTag {
        case 0xA1:
            guard let element = try documents.next() else { return nil }
            var pair = ShallowElements(element, name: name + ".issuerAndSerialNumber")
            let issuer = try DistinguishedName(pair.required(0x30, "issuer").parsed(name: name + ".issuer"))
            let serial = try pair.required(0x02, "serialNumber").content
            try pair.finish()
            return .issuerAndSerialNumber(issuer, serialNumber: Array(serial))
        case 0x82: return try documents.next().map { .subjectKeyIdentifier(Array($0.content)) }
        case 0x83: return try documents.next().map { .digest(Array($0.content)) }
        default: return nil
        }
    }

    private func description(_ element: ASN1Element) throws(TrustError) -> Deviation.Description {
        var fields = try element.fields(.sequence)
        var text: String?
        if let first = fields.peek(), first.identifier != .objectIdentifier {
            text = fields.next()?.text.printable
        }
        let type = try fields.required("deviationType").oid()
        let parameters = try fields.optionalExplicit(0, "parameters")
        let nationalUse = try fields.optionalExplicit(1, "nationalUse")
        try fields.finish()
        return Deviation.Description(
            type: type.description, name: DeviationNames.name(type), text: text,
            parameters: Array(parameters?.encoded ?? []),
            parameterText: parameters.flatMap { DeviationNames.parameter(type, $0) },
            nationalUse: Array(nationalUse?.encoded ?? []))
    }

    /// Defect of TR-03129: SEQUENCE { signerIdentifier (as in a SignerInfo), certificateHash OCTET STRING OPTIONAL, SET OF
    /// KnownDefect { defectType OBJECT IDENTIFIER, parameters ANY OPTIONAL } }.
    func defect(_ item: ShallowElement) throws(TrustError) -> Deviation {
        guard item.tag == 0x30 else { throw TrustError(.malformed, "an entry is no sequence", location: name) }
        var fields = ShallowElements(item, name: name)
        let certificate: Deviation.CertificateIdentifier
        switch fields.nextTag {
        case 0x30:
            var pair = ShallowElements(try fields.required(0x30, "signerIdentifier"), name: name + ".signerIdentifier")
            let issuer = try DistinguishedName(pair.required(0x30, "issuer").parsed(name: name + ".issuer"))
            certificate = .issuerAndSerialNumber(
                issuer, serialNumber: Array(try pair.required(0x02, "serialNumber").content))
            try pair.finish()
        default:
            certificate = .subjectKeyIdentifier(Array(try fields.required(0x80, "signerIdentifier").content))
        }
        let digest = try fields.optional(0x04).map { Array($0.content) }
        var defects = ShallowElements(try fields.required(0x31, "knownDefects"), name: name + ".knownDefects")
        try fields.finish()
        var read: [Deviation.Description] = []
        while let element = try defects.next() {
            guard read.count < 256 else { throw TrustError(.limitExceeded, "more than 256 defects", location: name) }
            var pair = try element.parsed(name: name + ".knownDefects").fields(.sequence)
            let type = try pair.required("defectType").oid()
            let parameters = pair.next()
            try pair.finish()
            read.append(
                Deviation.Description(
                    type: type.description, name: DeviationNames.name(type), text: nil,
                    parameters: Array(parameters?.encoded ?? []),
                    parameterText: parameters.flatMap { DeviationNames.parameter(type, $0) }, nationalUse: []))
        }
        return Deviation(
            documentType: nil, certificate: certificate, certificateDigest: digest, firstIssued: nil, lastIssued: nil,
            documentNumbers: [], descriptions: read)
    }
}
