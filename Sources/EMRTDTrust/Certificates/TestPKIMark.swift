/// The mark of a test PKI: a certificate that carries it never makes a production read green.
///
/// It is a non-critical X.509 extension whose extnValue holds a UTF8String. Being inside the signed part of the certificate,
/// it cannot be taken off without the key of the CSCA.
public enum TestPKIMark {
    /// The extension's object identifier, dotted, under the arc of UUIDs (ITU-T X.667).
    public static let objectIdentifier = "2.25.176756797023413405682327280519687391820"

    /// The content bytes of the object identifier in DER, without tag and length: 20 bytes.
    public static let objectIdentifierBytes: [UInt8] = [
        0x69, 0x82, 0x89, 0xFA, 0x8F, 0xBB, 0xCE, 0xE3, 0x92, 0x9E, 0xB7, 0x86, 0xD2, 0x9A, 0x86, 0xA0, 0xB3, 0x9D,
        0x94, 0x4C,
    ]

    /// The text of the UTF8String in the extension.
    public static let text = "swift-emrtd test PKI: not a genuine document"

    static let oid = ASN1OID(contents: objectIdentifierBytes)
}
