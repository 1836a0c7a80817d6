package import EMRTDCrypto

/// One signer of a CMS SignedData (RFC 5652, 5.3).
package final class SignerInfo: Sendable {
    /// How the signer's certificate is named.
    package enum Identifier: Sendable {
        case issuerAndSerialNumber(DistinguishedName, serialNumber: ArraySlice<UInt8>)
        case subjectKeyIdentifier(ArraySlice<UInt8>)
    }

    package let version: Int
    package let identifier: Identifier
    /// The object identifier of the hash over the content.
    package let digestOID: ASN1OID
    /// The signed attributes, or `nil` where the signature is over the content itself.
    package let signedAttributes: SignedAttributes?
    package let signatureAlgorithm: SignatureAlgorithm
    package let signature: ArraySlice<UInt8>

    init(_ reader: inout ASN1Reader) throws(TrustError) {
        let info = try reader.open(.sequence, "signerInfo")
        version = try reader.smallInteger("version")
        identifier = try Self.identifier(&reader)
        digestOID = try reader.digestAlgorithm("digestAlgorithm")
        signedAttributes =
            reader.nextIdentifier == .context(0) ? try SignedAttributes(&reader) : nil
        signatureAlgorithm = try SignatureAlgorithm(&reader, "signatureAlgorithm")
        signature = try reader.octets(.octetString, "signature")
        try reader.skipOptional(.context(1), "unsignedAttrs")
        try reader.close(info)
    }

    private static func identifier(_ reader: inout ASN1Reader) throws(TrustError) -> Identifier {
        if reader.nextIdentifier == .context(0) {
            return .subjectKeyIdentifier(try reader.octets(.context(0), "sid"))
        }
        let pair = try reader.open(.sequence, "sid")
        let issuer = try DistinguishedName(&reader, "issuer")
        let serialNumber = try reader.integer("serialNumber")
        try reader.close(pair)
        return .issuerAndSerialNumber(issuer, serialNumber: serialNumber)
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
            return certificate.extensions.subjectKeyIdentifier == identifier ? .exact : .none
        case .issuerAndSerialNumber(let issuer, let serial):
            let other = certificate.serialBytes
            if serial == other { return issuer == certificate.issuer ? .exact : .tolerated }
            return SignerInfo.stripped(serial) == SignerInfo.stripped(other) ? .tolerated : .none
        }
    }

    /// A number without superfluous sign bytes.
    private static func stripped(_ number: ArraySlice<UInt8>) -> ArraySlice<UInt8> { number.drop { $0 == 0 } }
}
