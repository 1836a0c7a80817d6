/// Reads the entries of deviation and defect lists.
struct DeviationParser {
    private var documentNumbers = 0
    private let name = "DeviationList.deviations"

    init() {}

    /// Deviation (Doc 9303-12, 10.2; implicit tags, explicit ones around ANY).
    mutating func deviation(_ item: ASN1Element) throws(TrustError) -> Deviation {
        var fields = try item.fields(.sequence)
        var documents = try fields.required("documents").fields(.sequence)
        let descriptions = try fields.required("descriptions").fields(.set)
        try fields.finish()

        let type = try documents.optional(.context(0), "documentType").map { (element) throws(TrustError) in
            try element.implicitText(.context(0))
        }
        let certificate = try certificateIdentifier(&documents)
        var period: (Timestamp?, Timestamp?) = (nil, nil)
        if var dates = try documents.optional(.context(4), "issuingDate")?.fields(.context(4)) {
            period.0 = try dates.required("firstIssued").time()
            period.1 = try dates.required("lastIssued").time()
            guard period.0 != nil, period.1 != nil else {
                throw TrustError(.malformed, "a day of issue is no time", location: name)
            }
            try dates.finish()
        }
        var numbers: [String] = []
        if let list = try documents.optional(.context(5), "documentNumbers")?.fields(.context(5)) {
            for number in list {
                documentNumbers += 1
                guard documentNumbers <= DeviationList.maximumDocumentNumbers else {
                    throw TrustError(.limitExceeded, "too many numbers of documents", location: name)
                }
                numbers.append(try number.implicitText(number.identifier))
            }
        }
        try documents.finish()
        return Deviation(
            documentType: type, certificate: certificate, certificateDigest: nil, firstIssued: period.0,
            lastIssued: period.1, documentNumbers: numbers, descriptions: try all(descriptions, description))
    }

    /// The reasons of one entry.
    private func all(
        _ list: ASN1Fields, _ read: (ASN1Element) throws(TrustError) -> Deviation.Description
    ) throws(TrustError) -> [Deviation.Description] {
        var rest = list
        var out: [Deviation.Description] = []
        for element in try rest.all(limit: 256) { out.append(try read(element)) }
        return out
    }

    /// DocumentSignerIdentifier: issuerAndSerialNumber [1], subjectKeyIdentifier [2], certificateDigest [3].
    private func certificateIdentifier(
        _ documents: inout ASN1Fields
    ) throws(TrustError) -> Deviation.CertificateIdentifier? {
        if let element = documents.optional(.context(1), "issuerAndSerialNumber") {
            return try issuerAndSerialNumber(element.fields(.context(1)))
        }
        if let element = documents.optional(.context(2), "subjectKeyIdentifier") {
            return .subjectKeyIdentifier(try element.octetString(.context(2)))
        }
        return try documents.optional(.context(3), "certificateDigest").map { (element) throws(TrustError) in
            .digest(try element.octetString(.context(3)))
        }
    }

    private func issuerAndSerialNumber(
        _ fields: ASN1Fields
    ) throws(TrustError) -> Deviation.CertificateIdentifier {
        var pair = fields
        let issuer = try DistinguishedName(pair.required("issuer"))
        let serial = Array(try pair.required("serialNumber").integer())
        try pair.finish()
        return .issuerAndSerialNumber(issuer, serialNumber: serial)
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
    func defect(_ item: ASN1Element) throws(TrustError) -> Deviation {
        var fields = try item.fields(.sequence)
        let certificate: Deviation.CertificateIdentifier
        if let element = fields.optional(.sequence, "signerIdentifier") {
            certificate = try issuerAndSerialNumber(element.fields(.sequence))
        } else {
            certificate = .subjectKeyIdentifier(try fields.required("signerIdentifier").octetString(.context(0)))
        }
        let digest = try fields.optional(.octetString, "certificateHash")?.octetString()
        let defects = try fields.required("knownDefects").fields(.set)
        try fields.finish()
        return Deviation(
            documentType: nil, certificate: certificate, certificateDigest: digest, firstIssued: nil, lastIssued: nil,
            documentNumbers: [], descriptions: try all(defects, knownDefect))
    }

    private func knownDefect(_ element: ASN1Element) throws(TrustError) -> Deviation.Description {
        var pair = try element.fields(.sequence)
        let type = try pair.required("defectType").oid()
        let parameters = pair.next()
        try pair.finish()
        return Deviation.Description(
            type: type.description, name: DeviationNames.name(type), text: nil,
            parameters: Array(parameters?.encoded ?? []),
            parameterText: parameters.flatMap { DeviationNames.parameter(type, $0) }, nationalUse: [])
    }
}

extension ASN1Element {
    /// The text of a short string, whatever its tag.
    fileprivate func implicitText(_ identifier: ASN1Identifier) throws(TrustError) -> String {
        let bytes = try primitive(identifier)
        guard bytes.count <= 64 else {
            throw TrustError(.limitExceeded, "a string of \(bytes.count) bytes", location: name)
        }
        return String(decoding: bytes, as: UTF8.self).printable
    }
}
