/// The signed attributes of a signer (RFC 5652, 5.4 and 11).
package struct SignedAttributes: Sendable {
    /// The byte strings over which the signature may have been computed, the most regular first: the bytes as they came
    /// with the tag of a SET; where they are not DER, also the DER form in the order they came, and sorted.
    let signedForms: [[UInt8]]
    /// The values of the contentType attributes, one list for each attribute found.
    let contentTypes: [[ASN1OID]]
    /// The values of the messageDigest attributes, one list for each attribute found.
    let messageDigests: [[[UInt8]]]
    /// The value of signingTime, where it is there once and readable.
    let signingTime: Timestamp?
    /// Attribute types that appear more than once.
    let duplicated: [ASN1OID]
    /// Attributes that this library does not read, for example the algorithm protection of RFC 6211.
    let others: [ASN1OID]

    init(_ element: ASN1Element) throws(TrustError) {
        signedForms = element.signedForms

        var contentTypes: [[ASN1OID]] = []
        var digests: [[[UInt8]]] = []
        var times: [Timestamp?] = []
        var seen: [ASN1OID] = []
        var duplicated: [ASN1OID] = []
        var others: [ASN1OID] = []
        var list = try element.fields(.context(0))
        for item in try list.all(limit: 32) {
            var fields = try item.fields(.sequence)
            let type = try fields.required("attrType").oid()
            var set = try fields.required("attrValues").fields(.set)
            let values = try set.all(limit: 32)
            try fields.finish()
            if seen.contains(type) { duplicated.append(type) } else { seen.append(type) }
            switch type {
            case .contentType:
                var oids: [ASN1OID] = []
                for value in values { oids.append(try value.oid()) }
                contentTypes.append(oids)
            case .messageDigest:
                var octets: [[UInt8]] = []
                for value in values { octets.append(try value.octetString()) }
                digests.append(octets)
            case .signingTime: times.append(values.first?.time())
            default: others.append(type)
            }
        }
        self.contentTypes = contentTypes
        messageDigests = digests
        signingTime = times.count == 1 ? times[0] : nil
        self.duplicated = duplicated
        self.others = others
    }
}

extension ASN1Element {
    /// The forms of `[0] IMPLICIT SET OF Attribute` over which a signature may be.
    fileprivate var signedForms: [[UInt8]] {
        var asSet = Array(encoded)
        if !asSet.isEmpty { asSet[0] = 0x31 }
        if ASN1Scan.encoding(of: encoded) == .der, childrenAreSorted { return [asSet] }
        var forms = [asSet]
        for form in [rebuiltInDER(firstByte: 0x31), rebuiltInDER(firstByte: 0x31, sorted: true)]
        where !forms.contains(form) { forms.append(form) }
        return forms
    }

    /// Whether the elements inside are in the order of a SET OF in DER (ISO/IEC 8825-1, 11.6).
    private var childrenAreSorted: Bool {
        var fields = children
        var previous: ArraySlice<UInt8>?
        while let child = fields.next() {
            if let previous, child.encoded.lexicographicallyPrecedes(previous) { return false }
            previous = child.encoded
        }
        return true
    }
}
