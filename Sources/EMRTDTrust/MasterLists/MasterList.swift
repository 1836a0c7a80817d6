/// A CSCA master list (Doc 9303-12, 9): the CSCA certificates that a state or ICAO has, in a signed message.
///
/// Parsing says nothing about the signature: a list is believed only after it was checked against an anchor
/// (``SignedListCheck``), and a CSCA inside the list never vouches for the list by itself.
public struct MasterList: Sendable {
    /// A certificate of the list that could not be read.
    public struct Unreadable: Sendable, Hashable {
        /// Where it stands in the list, from 0.
        public let index: Int
        /// Why it could not be read.
        public let error: TrustError
    }

    /// The message as it came.
    public let encoded: [UInt8]
    /// The version of the list: 0 in every list known.
    public let version: Int
    /// The readable certificates of the content, in the order they came, with repetitions.
    public let certificates: [Certificate]
    /// What stands among the certificates and cannot be read as one.
    public let unreadable: [Unreadable]
    package let signedData: CMSSignedData

    /// The largest list accepted, in bytes. The largest known has about one million.
    public static let maximumSize = 1 << 25
    /// The most certificates accepted in the content. The largest known list has about six hundred.
    public static let maximumCertificates = 20_000
    /// The most certificates accepted beside the content. Some issuers put all CSCAs there once more.
    public static let maximumSignerCertificates = 2_000

    /// Parses a list in DER or BER.
    ///
    /// - Throws: ``TrustError`` `malformed`, `limitExceeded`, or `wrongContent` where this is a signed message of another
    ///   content type.
    public init(encoded bytes: some Collection<UInt8>) throws(TrustError) {
        let name = "MasterList"
        guard bytes.count <= Self.maximumSize else {
            throw TrustError(
                .limitExceeded, "\(bytes.count) bytes, at most \(Self.maximumSize) are accepted", location: name)
        }
        let copy = Array(bytes)
        let message = try CMSSignedData(
            copy[...], name: "MasterList", maximumSize: Self.maximumSize,
            maximumCertificates: Self.maximumSignerCertificates)
        guard message.contentType == .cscaMasterList else {
            throw TrustError(.wrongContent, "the content type is \(message.contentType)", location: name)
        }
        var outer = try ASN1Element(message.content, .ber, name: name + ".content", maximumSize: Self.maximumSize)
            .fields(.sequence)
        version = try outer.required("version").smallInteger()
        let items = try outer.required("certList").fields(.set)
        try outer.finish()

        var certificates: [Certificate] = []
        var unreadable: [Unreadable] = []
        for item in items {
            let index = certificates.count + unreadable.count
            guard index < Self.maximumCertificates else {
                throw TrustError(
                    .limitExceeded, "more than \(Self.maximumCertificates) certificates", location: name)
            }
            do throws(TrustError) {
                certificates.append(try Certificate(encoded: item.encoded))
            } catch {
                unreadable.append(Unreadable(index: index, error: error))
            }
        }
        encoded = copy
        signedData = message
        self.certificates = certificates
        self.unreadable = unreadable
    }

    /// The certificates beside the content: the signer's, and often that of the CSCA that issued it.
    public var signerCertificates: [Certificate] { signedData.certificates }

    /// When the list says that it was signed: the first signer's signed attribute, where there is one.
    public var signingTime: Timestamp? { signedData.signers.first?.signedAttributes?.signingTime }
}
