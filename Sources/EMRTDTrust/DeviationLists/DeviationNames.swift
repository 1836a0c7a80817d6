/// The names of deviations and their parameters.
enum DeviationNames {
    /// The name of a kind of deviation.
    static func name(_ oid: ASN1OID) -> String? { names[oid] }

    /// What the parameter of a kind of deviation means, where it is an integer or an object identifier.
    static func parameter(_ oid: ASN1OID, _ element: ASN1Element) -> String? {
        switch oid {
        case icao.appending(1).appending(2), icao.appending(1).appending(3):
            if element.identifier == .objectIdentifier { return (try? element.oid()).map { "extension \($0)" } }
            return field(element, certificateFields)
        case icao.appending(2).appending(1), icao.appending(2).appending(2): return dataGroup(element)
        case icao.appending(3).appending(1), icao.appending(3).appending(2): return field(element, mrzFields)
        case bsi.appending(2).appending(1), bsi.appending(3).appending(1):
            guard var set = try? element.fields(.set), let list = try? set.all(limit: 32) else { return nil }
            return list.compactMap(dataGroup).joined(separator: ", ")
        default: return nil
        }
    }

    private static func field(_ element: ASN1Element, _ names: [String]) -> String? {
        guard let number = try? element.smallInteger() else { return nil }
        return names.indices.contains(number) ? names[number] : "field \(number)"
    }

    private static func dataGroup(_ element: ASN1Element) -> String? {
        guard let number = try? element.smallInteger() else { return nil }
        return number == 20 ? "EF.SOD" : number == 21 ? "EF.COM" : "DG\(number)"
    }

    /// id-icao-DeviationList and id-DefectList.
    private static let icao = ASN1OID.deviationList
    private static let bsi = ASN1OID.defectList

    /// CertificateBodyField and MRZField (Doc 9303-12, 10.2).
    private static let certificateFields = [
        "generic", "version", "serialNumber", "signature", "issuer", "validity", "subject", "subjectPublicKeyInfo",
        "issuerUniqueID", "subjectUniqueID",
    ]
    private static let mrzFields = [
        "generic", "documentCode", "issuingState", "personName", "documentNumber", "nationality", "dateOfBirth", "sex",
        "dateOfExpiry", "optionalData",
    ]

    private static let names: [ASN1OID: String] = {
        var out: [ASN1OID: String] = [:]
        func add(_ arc: ASN1OID, _ list: [String]) {
            for (index, name) in list.enumerated() { out[arc.appending(UInt(index + 1))] = name }
        }
        // Doc 9303-12, 10.2.
        add(
            icao,
            [
                "id-Deviation-CertOrKey", "id-Deviation-LDS", "id-Deviation-MRZ", "id-Deviation-Chip",
                "id-Deviation-NationalUse",
            ])
        add(
            icao.appending(1),
            [
                "id-Deviation-CertOrKey-DSSignature", "id-Deviation-CertOrKey-DSEncoding",
                "id-Deviation-CertOrKey-CSCAEncoding", "id-Deviation-CertOrKey-AAKeyCompromised",
            ])
        add(
            icao.appending(2),
            [
                "id-Deviation-LDS-DGMalformed", "id-Deviation-LDS-DGHashWrong",
                "id-Deviation-LDS-SODSignatureWrong", "id-Deviation-LDS-COMInconsistent",
            ])
        add(icao.appending(3), ["id-Deviation-MRZ-WrongData", "id-Deviation-MRZ-WrongCheckDigit"])
        // TR-03129 as open programs list it. Later versions of the guideline have further ones whose numbers no source at hand
        // gives; they appear as numbers.
        add(bsi, ["id-AuthDefect", "id-ePassportDefect", "id-eIDDefect", "id-DocumentDefect"])
        add(
            bsi.appending(1),
            ["id-CertRevoked", "id-CertReplaced", "id-ChipAuthKeyRevoked", "id-ActiveAuthKeyRevoked"])
        add(bsi.appending(2), ["id-ePassportDGMalformed", "id-SODInvalid"])
        add(bsi.appending(3), ["id-eIDDGMalformed", "id-eIDIntegrity"])
        add(bsi.appending(4), ["id-CardSecurityMalformed", "id-ChipSecurityMalformed", "id-PowerDownReq"])
        return out
    }()
}
