package import EMRTDCrypto
public import LDS

/// The LDS security object: the hashes of the data groups (Doc 9303-10, 4.6.2.3).
public struct LDSSecurityObject: Sendable, Hashable {
    // One reference, so that handing the object on costs no more than that of a number.
    private let shared: Shared

    /// 0 or 1.
    public var version: Int { shared.facts.version }
    /// The hash of each data group that is listed.
    public var dataGroupHashes: [DataGroupNumber: [UInt8]] {
        Dictionary(shared.facts.hashes.map { ($0.number, Array($0.hash)) }) { first, _ in first }
    }
    /// The LDS version of version 1 objects, such as `0108`.
    public var ldsVersion: String? { shared.facts.ldsVersion }
    /// The Unicode version of version 1 objects, such as `040000`.
    public var unicodeVersion: String? { shared.facts.unicodeVersion }
    /// Numbers beyond 1 to 16 that the object lists.
    public var numbersOutOfRange: [Int] { shared.facts.numbersOutOfRange }
    /// The dotted object identifier of the hash function.
    public var hashAlgorithm: String { hashOID.description }

    package var hashOID: ASN1OID { shared.facts.hashOID }

    /// The numbers of the data groups that are listed, ascending.
    var numbers: [DataGroupNumber] { shared.facts.hashes.map(\.number) }

    /// The hash of a data group, or `nil` where it is not listed.
    func hash(of number: DataGroupNumber) -> ArraySlice<UInt8>? {
        shared.facts.hashes.first { $0.number == number }?.hash
    }

    /// Parses the content of an EF.SOD.
    ///
    /// - Throws: ``TrustError`` `malformed` or `limitExceeded`; a data group listed twice is `malformed`.
    public init(encoded bytes: some Collection<UInt8>) throws(TrustError) {
        try self.init(content: Array(bytes)[...])
    }

    init(content bytes: ArraySlice<UInt8>) throws(TrustError) { shared = Shared(try Facts(bytes)) }

    /// Two objects are equal when all that they say is.
    public static func == (a: LDSSecurityObject, b: LDSSecurityObject) -> Bool {
        a.shared === b.shared || a.shared.facts == b.shared.facts
    }

    /// Hashes what the object says.
    public func hash(into hasher: inout Hasher) { hasher.combine(shared.facts) }

    /// The hash function.
    ///
    /// - Throws: ``TrustError`` `unsupportedAlgorithm` or `forbiddenAlgorithm`.
    package func digest() throws(TrustError) -> DigestAlgorithm { try DigestAlgorithm(oid: hashOID) }

    private struct Entry: Sendable, Hashable {
        let number: DataGroupNumber
        let hash: ArraySlice<UInt8>
    }

    private final class Shared: Sendable {
        let facts: Facts

        init(_ facts: Facts) { self.facts = facts }
    }

    /// What the object says.
    private struct Facts: Sendable, Hashable {
        let version: Int
        let hashOID: ASN1OID
        /// The hashes, each number once, in the order of the numbers.
        let hashes: [Entry]
        let numbersOutOfRange: [Int]
        let ldsVersion: String?
        let unicodeVersion: String?

        /// The most entries of an object; there are 16 data groups.
        static let maximumEntries = 64

        init(_ bytes: ArraySlice<UInt8>) throws(TrustError) {
            guard bytes.count <= 1 << 14 else {
                throw TrustError(
                    .limitExceeded, "\(bytes.count) bytes, at most \(1 << 14) are accepted",
                    location: "LDSSecurityObject")
            }
            var reader = ASN1Reader(bytes, name: "LDSSecurityObject")
            let object = try reader.open(.sequence, "")
            version = try reader.smallInteger("version")
            guard (0...1).contains(version) else { throw reader.malformed("version \(version)") }
            hashOID = try reader.digestAlgorithm("hashAlgorithm")
            (hashes, numbersOutOfRange) = try Self.hashes(&reader)
            if let info = try reader.openOptional(.sequence, "ldsVersionInfo") {
                ldsVersion = try reader.element("ldsVersion").text.printable
                unicodeVersion = try reader.element("unicodeVersion").text.printable
                // Whatever follows in it has no bearing on the hashes.
                while reader.hasMore { _ = try reader.encoded("ldsVersionInfo") }
                try reader.close(info)
            } else {
                ldsVersion = nil
                unicodeVersion = nil
            }
            try reader.close(object)
            try reader.finish()
        }

        private static func hashes(
            _ reader: inout ASN1Reader
        ) throws(TrustError) -> (hashes: [Entry], outside: [Int]) {
            var hashes: [Entry] = []
            var outside: [Int] = []
            var count = 0
            var isAscending = true
            hashes.reserveCapacity(8)
            let list = try reader.open(.sequence, "dataGroupHashValues")
            while reader.hasMore {
                try reader.count(&count, limit: maximumEntries)
                let entry = try reader.open(.sequence, "dataGroupHashValues")
                let number = try reader.smallInteger("dataGroupNumber")
                let hash = try reader.octets(.octetString, "dataGroupHashValue")
                try reader.close(entry)
                guard let group = DataGroupNumber(number) else {
                    outside.append(number)
                    continue
                }
                guard !hashes.contains(where: { $0.number == group }) else {
                    throw reader.malformed("data group \(number) is listed twice")
                }
                if let last = hashes.last, group < last.number { isAscending = false }
                hashes.append(Entry(number: group, hash: hash))
            }
            try reader.close(list)
            if !isAscending { hashes.sort { $0.number < $1.number } }
            return (hashes, outside)
        }
    }
}
