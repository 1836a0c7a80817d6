/// A deviation list (Doc 9303-12, 10) or a defect list (TR-03129): what a state says about documents of its own that depart
/// from the standard.
///
/// Parsing says nothing about the signature, and a list changes no check by itself: it explains failures to a person.
public struct DeviationList: Sendable {
    /// Which of the two forms a list has.
    public enum Form: String, Sendable, Hashable {
        /// DeviationList of Doc 9303-12, 10.2 (content type 2.23.136.1.1.7).
        case deviationList
        /// DefectList of TR-03129 (content type 0.4.0.127.0.7.3.1.5). Its ASN.1 is known here from open programs alone.
        case defectList
    }

    /// The message as it came.
    public let encoded: [UInt8]
    /// Which form the list has.
    public let form: Form
    /// The version of the list: 0 in both forms.
    public let version: Int
    /// The object identifier of the digests that name certificates, dotted, where the list has one.
    public let digestAlgorithm: String?
    /// The entries in the order they came.
    public let deviations: [Deviation]
    package let signedData: CMSSignedData

    /// The largest list accepted, in bytes. One state lists three hundred thousand numbers of documents.
    public static let maximumSize = 1 << 25
    /// The most entries accepted.
    public static let maximumDeviations = 100_000
    /// The most numbers of documents accepted in one list.
    public static let maximumDocumentNumbers = 1 << 20

    /// Parses a list in DER or BER.
    ///
    /// - Throws: ``TrustError`` `malformed`, `limitExceeded`, or `wrongContent` where this is a signed message of another
    ///   content type.
    public init(encoded bytes: some Collection<UInt8>) throws(TrustError) {
        let name = "DeviationList"
        guard bytes.count <= Self.maximumSize else {
            throw TrustError(
                .limitExceeded, "\(bytes.count) bytes, at most \(Self.maximumSize) are accepted", location: name)
        }
        let copy = Array(bytes)
        let message = try CMSSignedData(copy[...], name: "DeviationList", maximumSize: Self.maximumSize)
        switch message.contentType {
        case .deviationList: form = .deviationList
        case .defectList: form = .defectList
        default: throw TrustError(.wrongContent, "the content type is \(message.contentType)", location: name)
        }
        var outer = try ASN1Element(message.content, .ber, name: name + ".content", maximumSize: Self.maximumSize)
            .fields(.sequence)
        version = try outer.required("version").smallInteger()
        var digest: ASN1OID?
        if var identifier = try outer.optional(.sequence, "digestAlgorithm")?.fields(.sequence) {
            digest = try identifier.required("algorithm").oid()
        } else {
            digest = try outer.optional(.objectIdentifier, "hashAlg")?.oid()
        }
        digestAlgorithm = digest?.description
        let items = try outer.required("deviations").fields(.set)
        try outer.finish()

        var parser = DeviationParser()
        var deviations: [Deviation] = []
        for item in items {
            guard deviations.count < Self.maximumDeviations else {
                throw TrustError(.limitExceeded, "more than \(Self.maximumDeviations) entries", location: name)
            }
            deviations.append(try form == .deviationList ? parser.deviation(item) : parser.defect(item))
        }
        encoded = copy
        signedData = message
        self.deviations = deviations
    }

    /// The certificates beside the content: the signer's, and often that of the CSCA that issued it.
    public var signerCertificates: [Certificate] { signedData.certificates }

    /// When the list says that it was signed: the first signer's signed attribute, where there is one.
    public var signingTime: Timestamp? { signedData.signers.first?.signedAttributes?.signingTime }

    /// The entries that name a certificate.
    ///
    /// - Parameter digest: the certificate's digest with ``digestAlgorithm``, where it is known.
    public func deviations(of certificate: Certificate, digest: [UInt8]? = nil) -> [Deviation] {
        deviations.filter { $0.concerns(certificate, digest: digest) }
    }
}
