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
        let copy = try SignedList.copy(bytes, name: name, maximumSize: Self.maximumSize)
        let message = try CMSSignedData(
            copy[...], name: name, maximumSize: Self.maximumSize, maximumCertificates: Self.maximumSignerCertificates)
        guard message.contentType == .cscaMasterList else {
            throw TrustError(.wrongContent, "the content type is \(message.contentType)", location: name)
        }
        var outer = ShallowElements(
            try ShallowElements.only(message.content[...], tag: 0x30, name: name, maximumSize: Self.maximumSize),
            name: name + ".content")
        version = try outer.required(0x02, "version").parsed(name: name + ".version").smallInteger()
        var items = ShallowElements(try outer.required(0x31, "certList"), name: name + ".certList")
        try outer.finish()

        var certificates: [Certificate] = []
        var unreadable: [Unreadable] = []
        while let item = try items.next() {
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

/// What the signed lists have in common.
enum SignedList {
    /// The most ASN.1 elements that a message may have around its content. Real ones have a few hundred.
    static let maximumElements = 1 << 19

    /// A copy of the bytes after a look at their size and at how many elements they would make: parsing costs memory for
    /// each element, and a file of two-byte elements would cost a hundred times its size.
    static func copy(
        _ bytes: some Collection<UInt8>, name: String, maximumSize: Int
    ) throws(TrustError) -> [UInt8] {
        guard bytes.count <= maximumSize else {
            throw TrustError(
                .limitExceeded, "\(bytes.count) bytes, at most \(maximumSize) are accepted", location: name)
        }
        let copy = Array(bytes)
        guard hasAtMost(maximumElements, elements: copy) else {
            throw TrustError(.limitExceeded, "more than \(maximumElements) elements", location: name)
        }
        return copy
    }

    /// Counts the elements as far as they can be followed. Whether they make sense is for the parser to say.
    private static func hasAtMost(_ limit: Int, elements bytes: [UInt8]) -> Bool {
        var count = 0
        var index = 0
        while index + 1 < bytes.count {
            count += 1
            if count > limit { return false }
            let tag = bytes[index]
            index += 1
            if tag & 0x1F == 0x1F {
                while index < bytes.count, bytes[index] & 0x80 != 0 { index += 1 }
                index += 1
            }
            guard index < bytes.count else { return true }
            let first = bytes[index]
            index += 1
            var length = Int(first & 0x7F)
            if first > 0x80 {
                let size = length
                guard size <= 4, size <= bytes.count - index else { return true }
                length = 0
                for _ in 0..<size {
                    length = length << 8 | Int(bytes[index])
                    index += 1
                }
            }
            // What is constructed, or of indefinite length, is walked into.
            if tag & 0x20 == 0 {
                guard length <= bytes.count - index else { return true }
                index += length
            }
        }
        return true
    }
}
