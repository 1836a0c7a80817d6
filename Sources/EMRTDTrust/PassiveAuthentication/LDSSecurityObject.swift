package import EMRTDCrypto
public import LDS

/// The LDS security object: the hashes of the data groups (Doc 9303-10, 4.6.2.3).
public struct LDSSecurityObject: Sendable, Hashable {
    /// 0 or 1.
    public let version: Int
    /// The hash of each data group that is listed.
    public var dataGroupHashes: [DataGroupNumber: [UInt8]] {
        Dictionary(hashes.map { ($0.number, $0.hash) }) { first, _ in first }
    }
    /// The LDS version of version 1 objects, such as `0108`.
    public let ldsVersion: String?
    /// The Unicode version of version 1 objects, such as `040000`.
    public let unicodeVersion: String?
    /// Numbers beyond 1 to 16 that the object lists.
    public let numbersOutOfRange: [Int]
    /// The dotted object identifier of the hash function.
    public var hashAlgorithm: String { hashOID.description }

    package let hashOID: ASN1OID
    /// The hashes, each number once, in the order of the numbers.
    private let hashes: [Entry]

    private struct Entry: Sendable, Hashable {
        let number: DataGroupNumber
        let hash: [UInt8]
    }

    /// The numbers of the data groups that are listed, ascending.
    var numbers: [DataGroupNumber] { hashes.map(\.number) }

    /// The hash of a data group, or `nil` where it is not listed.
    func hash(of number: DataGroupNumber) -> [UInt8]? { hashes.first { $0.number == number }?.hash }

    /// Parses the content of an EF.SOD.
    ///
    /// - Throws: ``TrustError`` `malformed` or `limitExceeded`; a data group listed twice is `malformed`.
    public init(encoded bytes: some Collection<UInt8>) throws(TrustError) {
        let element = try ASN1Element(Array(bytes)[...], .ber, name: "LDSSecurityObject", maximumSize: 1 << 14)
        var fields = try element.fields(.sequence)
        version = try fields.required("version").smallInteger()
        guard (0...1).contains(version) else {
            throw TrustError(.malformed, "version \(version)", location: "LDSSecurityObject")
        }
        var algorithm = try fields.required("hashAlgorithm").fields(.sequence)
        hashOID = try algorithm.required("algorithm").oid()
        var list = try fields.required("dataGroupHashValues").fields(.sequence)
        var hashes: [Entry] = []
        var outside: [Int] = []
        for item in try list.all(limit: 64) {
            var entry = try item.fields(.sequence)
            let number = try entry.required("dataGroupNumber").smallInteger()
            let hash = try entry.required("dataGroupHashValue").octetString()
            try entry.finish()
            guard let group = DataGroupNumber(number) else {
                outside.append(number)
                continue
            }
            guard !hashes.contains(where: { $0.number == group }) else {
                throw TrustError(.malformed, "data group \(number) is listed twice", location: "LDSSecurityObject")
            }
            hashes.append(Entry(number: group, hash: hash))
        }
        self.hashes = hashes.sorted { $0.number < $1.number }
        numbersOutOfRange = outside
        if let info = fields.optional(.sequence, "ldsVersionInfo") {
            var versions = try info.fields(.sequence)
            ldsVersion = try versions.required("ldsVersion").text.printable
            unicodeVersion = try versions.required("unicodeVersion").text.printable
        } else {
            ldsVersion = nil
            unicodeVersion = nil
        }
        try fields.finish()
    }

    /// The hash function.
    ///
    /// - Throws: ``TrustError`` `unsupportedAlgorithm` or `forbiddenAlgorithm`.
    package func digest() throws(TrustError) -> DigestAlgorithm { try DigestAlgorithm(oid: hashOID) }
}
