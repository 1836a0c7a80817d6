import EMRTDCrypto
import ISO7816

/// A certificate revocation list of a CSCA (Doc 9303-12, 7.1.4; RFC 5280, 5).
///
/// Parsing says nothing about the signature. Lists that speak about certificates of other issuers (indirect ones) are
/// refused, since a serial number alone says nothing in them.
public struct CertificateRevocationList: Sendable, Hashable, CustomStringConvertible {
    /// The list as it came.
    public let encoded: [UInt8]
    /// 1 or 2.
    public let version: Int
    /// Who issued the list.
    public let issuer: DistinguishedName
    /// When it was issued.
    public let thisUpdate: Timestamp
    /// When the next one is due at the latest. Absent in some old lists.
    public let nextUpdate: Timestamp?
    /// How many entries the list has.
    public let revokedCount: Int
    /// Critical extensions of the list or of its entries that are not processed, as dotted object identifiers followed by the
    /// name where the standard has one. A list that has any cannot show that a certificate is not revoked.
    public let unknownCriticalExtensions: [String]

    package let toBeSigned: ArraySlice<UInt8>
    package let signatureAlgorithm: SignatureAlgorithm
    package let signature: [UInt8]
    /// Whether the algorithms inside and outside the signed part differ.
    package let signatureAlgorithmsDiffer: Bool
    private let extensions: RevocationListExtensions
    /// Where the entry of each serial number starts and ends in ``encoded``, by the number without superfluous sign bytes.
    private let entries: [ArraySlice<UInt8>: Range<Int>]

    /// The largest list accepted, in bytes.
    public static let maximumSize = 1 << 25
    /// The most entries accepted.
    public static let maximumEntries = 1 << 20

    /// Parses a list in DER or BER.
    ///
    /// - Throws: ``TrustError`` `malformed`, `limitExceeded`, or `wrongContent` for an indirect list.
    public init(encoded bytes: some Collection<UInt8>) throws(TrustError) {
        let name = "CertificateList"
        guard bytes.count <= Self.maximumSize else {
            throw TrustError(
                .limitExceeded, "\(bytes.count) bytes, at most \(Self.maximumSize) are accepted", location: name)
        }
        let copy = Array(bytes)
        var outer = ShallowElements(
            try ShallowElements.only(copy[...], tag: 0x30, name: name, maximumSize: Self.maximumSize), name: name)
        let tbs = try outer.required(0x30, "tbsCertList")
        signatureAlgorithm = try SignatureAlgorithm(
            outer.required(0x30, "signatureAlgorithm").parsed(name: name + ".signatureAlgorithm"))
        signature = Array(
            try outer.required(0x03, "signature").parsed(name: name + ".signature").bitStringBytes())
        try outer.finish()

        encoded = copy
        toBeSigned = tbs.encoded
        var fields = ShallowElements(tbs, name: name)
        version =
            (try fields.optional(0x02)?.parsed(name: name + ".version").smallInteger() ?? 0) &+ 1
        guard version <= 2 else {
            throw TrustError(.wrongContent, "the version \(version) is not known", location: name)
        }
        let inner = try SignatureAlgorithm(fields.required(0x30, "signature").parsed(name: name + ".signature"))
        signatureAlgorithmsDiffer = inner != signatureAlgorithm
        issuer = try DistinguishedName(fields.required(0x30, "issuer").parsed(name: name + ".issuer"))
        guard let moment = try fields.next()?.parsed(name: name + ".thisUpdate").time() else {
            throw TrustError(.malformed, "thisUpdate is no time", location: name)
        }
        thisUpdate = moment
        nextUpdate = try Self.nextUpdate(&fields, name)
        let entries = try Self.entries(try fields.optional(0x30), name)
        self.entries = entries.ranges
        revokedCount = entries.count
        var extensions = RevocationListExtensions()
        if let wrapper = try fields.optional(0xA0) {
            extensions = try RevocationListExtensions(wrapper.parsed(name: name + ".crlExtensions"))
        }
        try fields.finish()
        self.extensions = extensions
        unknownCriticalExtensions = extensions.unknownCritical + entries.unknownCritical
    }

    private static func nextUpdate(_ fields: inout ShallowElements, _ name: String) throws(TrustError) -> Timestamp? {
        guard let tag = fields.nextTag, tag == 0x17 || tag == 0x18 else { return nil }
        guard let moment = try fields.next()?.parsed(name: name + ".nextUpdate").time() else {
            throw TrustError(.malformed, "nextUpdate is no time", location: name)
        }
        return moment
    }

    /// The number of the list, big endian, where it has one.
    public var number: [UInt8]? { extensions.number }

    /// The key identifier of the issuer, where the list has one.
    public var authorityKeyIdentifier: [UInt8]? { extensions.authorityKeyIdentifier }

    /// The algorithm of the signature on the list.
    public var signatureAlgorithmDescription: String { signatureAlgorithm.label }

    /// The SHA-256 fingerprint of the list: 32 bytes, or none where hashing fails.
    public var fingerprint: [UInt8] { (try? DigestAlgorithm.sha256.digest(encoded)) ?? [] }

    /// The entry of a serial number, or `nil` where the list does not have it. Serial numbers that differ in superfluous
    /// sign bytes only are the same number.
    public func entry(forSerialNumber serialNumber: [UInt8]) -> RevokedCertificate? {
        guard let range = entries[Self.minimal(serialNumber[...])] else { return nil }
        return Self.entry(encoded[range])
    }

    /// The serial numbers of all entries, as they came, in no particular order.
    public var serialNumbers: [[UInt8]] { entries.values.compactMap { Self.entry(encoded[$0])?.serialNumber } }

    /// The issuer, the date and the number of entries.
    public var description: String { "revocation list of \(issuer), \(thisUpdate), \(revokedCount) entries" }

    /// Two lists are the same when all their bytes are.
    public static func == (a: Self, b: Self) -> Bool { a.encoded == b.encoded }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) { hasher.combine(encoded) }
}

extension CertificateRevocationList {
    private struct Entries {
        var ranges: [ArraySlice<UInt8>: Range<Int>] = [:]
        var count = 0
        var unknownCritical: [String] = []
    }

    private static func entries(_ list: ShallowElement?, _ name: String) throws(TrustError) -> Entries {
        var out = Entries()
        guard let list else { return out }
        let name = name + ".revokedCertificates"
        // No entry is shorter than 19 bytes: 2 for its header, 3 for the number, 13 or more for the date.
        out.ranges.reserveCapacity(min(maximumEntries, list.content.count / 32))
        var items = ShallowElements(list, name: name)
        while let item = try items.next() {
            guard out.count < maximumEntries else {
                throw TrustError(.limitExceeded, "more than \(maximumEntries) entries", location: name)
            }
            out.count += 1
            guard item.tag == 0x30 else { throw TrustError(.malformed, "an entry is no sequence", location: name) }
            var fields = ShallowElements(item, name: name)
            let serial = try fields.required(0x02, "userCertificate").content
            guard !serial.isEmpty else { throw TrustError(.malformed, "an empty serial number", location: name) }
            guard let date = try fields.next(), date.tag == 0x17 || date.tag == 0x18 else {
                throw TrustError(.malformed, "an entry without revocationDate", location: name)
            }
            if let extensions = try fields.optional(0x30) {
                let read = try RevocationEntryExtensions(extensions.parsed(name: name + ".crlEntryExtensions"))
                guard !read.namesIssuer else {
                    throw TrustError(
                        .wrongContent, "an entry names another issuer: indirect lists are not supported",
                        location: name)
                }
                for oid in read.unknownCritical where out.unknownCritical.count < 16 {
                    if !out.unknownCritical.contains(oid) { out.unknownCritical.append(oid) }
                }
            }
            try fields.finish()
            // Of two entries with one number the first counts: either way the certificate is on the list.
            let key = minimal(serial)
            if out.ranges[key] == nil { out.ranges[key] = item.encoded.startIndex..<item.encoded.endIndex }
        }
        return out
    }

    /// One entry. It was read before, so `nil` does not occur.
    private static func entry(_ bytes: ArraySlice<UInt8>) -> RevokedCertificate? {
        let name = "revokedCertificates"
        var items = ShallowElements(bytes, name: name)
        guard let item = try? items.next() else { return nil }
        var fields = ShallowElements(item, name: name)
        guard let serial = try? fields.required(0x02, "userCertificate") else { return nil }
        let date = try? fields.next()?.parsed(name: name).time()
        var extensions = RevocationEntryExtensions()
        if let element = try? fields.optional(0x30)?.parsed(name: name) {
            extensions = (try? RevocationEntryExtensions(element)) ?? extensions
        }
        return RevokedCertificate(
            serialNumber: Array(serial.content), date: date, reason: extensions.reason,
            invalidityDate: extensions.invalidityDate)
    }

    /// A serial number as it is compared: without superfluous sign bytes, and without the sign byte of a positive number that
    /// some issuers leave out in one of the two places. Taking two such numbers for one can only revoke more.
    static func minimal(_ number: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = number
        while rest.count > 1, let first = rest.first {
            let isNextNegative = rest[rest.startIndex + 1] & 0x80 != 0
            guard first == 0x00 && !isNextNegative || first == 0xFF && isNextNegative else { break }
            rest = rest.dropFirst()
        }
        return rest.drop { $0 == 0 }
    }
}
