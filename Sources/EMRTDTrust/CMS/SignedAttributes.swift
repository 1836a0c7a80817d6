/// The signed attributes of a signer (RFC 5652, 5.4 and 11).
package final class SignedAttributes: Sendable {
    /// The attributes as they came, with the tag of a SET: what the signature is over (RFC 5652, 5.4).
    let signedForm: [UInt8]
    /// Whether ``signedForm`` is in DER, lengths and order.
    let isDER: Bool
    /// The values of the contentType attributes, of each in the order they came.
    let contentTypes: [ASN1OID]
    /// The values of the messageDigest attributes, of each in the order they came.
    let messageDigests: [ArraySlice<UInt8>]
    /// Whether each contentType, messageDigest and CMSAlgorithmProtection attribute has one value.
    let haveOneValue: Bool
    /// The value of signingTime, where it is there once and readable.
    let signingTime: Timestamp?
    /// Attribute types that appear more than once.
    let duplicated: [ASN1OID]
    /// The values of the CMSAlgorithmProtection attributes, in the order they came; `nil` for what is none.
    let algorithmProtections: [AlgorithmProtection?]
    /// Attributes that this library does not read.
    let others: [ASN1OID]

    /// Where the attributes are not in DER, the other byte strings over which the signature may have been computed: the DER form in
    /// the order they came, and sorted.
    let otherSignedForms: [[UInt8]]

    init(_ reader: inout ASN1Reader) throws(TrustError) {
        var contentTypes: [ASN1OID] = []
        var digests: [ArraySlice<UInt8>] = []
        var haveOneValue = true
        var times: (count: Int, first: Timestamp?) = (0, nil)
        var protections: [AlgorithmProtection?] = []
        var seen: [ASN1OID] = []
        var duplicated: [ASN1OID] = []
        var others: [ASN1OID] = []
        var isSorted = true
        var previous: ArraySlice<UInt8>?
        var count = 0

        let start = reader.position
        let wasDER = reader.isDER
        reader.isDER = true
        let set = try reader.open(.context(0), "signedAttrs")
        seen.reserveCapacity(4)
        while reader.hasMore {
            try reader.count(&count, limit: 32)
            let first = reader.position
            let attribute = try reader.open(.sequence, "signedAttrs")
            let type = try reader.oid("attrType")
            let values = try reader.open(.set, "attrValues")
            var valueCount = 0
            if type == .signingTime { times.count += 1 }
            while reader.hasMore {
                try reader.count(&valueCount, limit: 32)
                switch type {
                case .contentType: contentTypes.append(try reader.oid("contentType"))
                case .messageDigest: digests.append(try reader.octets(.octetString, "messageDigest"))
                case .signingTime where valueCount == 1: times.first = try reader.time("signingTime")
                case .algorithmProtection:
                    let value = try reader.encoded("attrValues")
                    protections.append(try? AlgorithmProtection(value))
                default: _ = try reader.encoded("attrValues")
                }
            }
            try reader.close(values)
            try reader.close(attribute)
            switch type {
            case .contentType, .messageDigest, .algorithmProtection: if valueCount != 1 { haveOneValue = false }
            case .signingTime: break
            default: others.append(type)
            }
            if seen.contains(type) { duplicated.append(type) } else { seen.append(type) }
            let bytes = reader.bytes(from: first)
            // The order of a SET OF in DER (ISO/IEC 8825-1, 11.6).
            if let previous, bytes.lexicographicallyPrecedes(previous) { isSorted = false }
            previous = bytes
        }
        try reader.close(set)
        isDER = reader.isDER && isSorted
        if !wasDER { reader.isDER = false }

        var form = Array(reader.bytes(from: start))
        if !form.isEmpty { form[0] = 0x31 }
        signedForm = form
        otherSignedForms = isDER ? [] : try Self.otherForms(form)
        self.contentTypes = contentTypes
        messageDigests = digests
        self.haveOneValue = haveOneValue
        signingTime = times.count == 1 ? times.first : nil
        algorithmProtections = protections
        self.duplicated = duplicated
        self.others = others
    }

    private static func otherForms(_ signedForm: [UInt8]) throws(TrustError) -> [[UInt8]] {
        let element = try ASN1Element(signedForm[...], .ber, name: "signedAttrs")
        var forms: [[UInt8]] = []
        for form in [element.rebuiltInDER(), element.rebuiltInDER(sorted: true)]
        where form != signedForm && !forms.contains(form) { forms.append(form) }
        return forms
    }
}
