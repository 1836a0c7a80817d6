package import EMRTDCrypto

/// One signer of a CMS SignedData (RFC 5652, 5.3).
package struct SignerInfo: Sendable {
    /// How the signer's certificate is named.
    package enum Identifier: Sendable, Hashable {
        case issuerAndSerialNumber(DistinguishedName, serialNumber: [UInt8])
        case subjectKeyIdentifier([UInt8])
    }

    package let version: Int
    package let identifier: Identifier
    /// The object identifier of the hash over the content.
    package let digestOID: ASN1OID
    /// The signed attributes, or `nil` where the signature is over the content itself.
    package let signedAttributes: SignedAttributes?
    package let signatureAlgorithm: SignatureAlgorithm
    package let signature: [UInt8]

    init(_ element: ASN1Element) throws(TrustError) {
        var fields = try element.fields(.sequence)
        version = try fields.required("version").smallInteger()
        let sid = try fields.required("sid")
        if sid.identifier == .context(0) {
            identifier = .subjectKeyIdentifier(try sid.octetString(.context(0)))
        } else {
            var pair = try sid.fields(.sequence)
            let issuer = try DistinguishedName(pair.required("issuer"))
            identifier = .issuerAndSerialNumber(
                issuer, serialNumber: Array(try pair.required("serialNumber").integer()))
            try pair.finish()
        }
        var digest = try fields.required("digestAlgorithm").fields(.sequence)
        digestOID = try digest.required("algorithm").oid()
        signedAttributes = try fields.optional(.context(0), "signedAttrs").map { (item) throws(TrustError) in
            try SignedAttributes(item)
        }
        signatureAlgorithm = try SignatureAlgorithm(fields.required("signatureAlgorithm"))
        signature = try fields.required("signature").octetString()
        _ = fields.optional(.context(1), "unsignedAttrs")
        try fields.finish()
    }

    /// The hash over the content.
    ///
    /// - Throws: ``TrustError`` `unsupportedAlgorithm` or `forbiddenAlgorithm`.
    package func digest() throws(TrustError) -> DigestAlgorithm { try DigestAlgorithm(oid: digestOID) }

    /// How exactly a certificate fits the identifier.
    enum Match { case exact, tolerated, none }

    /// Whether a certificate is the one that the identifier names. The serial number must be equal; an issuer that is written
    /// differently is tolerated.
    func match(_ certificate: Certificate) -> Match {
        switch identifier {
        case .subjectKeyIdentifier(let identifier):
            return certificate.subjectKeyIdentifier == identifier ? .exact : .none
        case .issuerAndSerialNumber(let issuer, let serial):
            guard SignerInfo.stripped(serial) == SignerInfo.stripped(certificate.serialNumber) else { return .none }
            if issuer.encoded == certificate.issuer.encoded, serial == certificate.serialNumber { return .exact }
            return .tolerated
        }
    }

    /// A number without superfluous sign bytes.
    private static func stripped(_ number: [UInt8]) -> ArraySlice<UInt8> { number.drop { $0 == 0 } }
}
