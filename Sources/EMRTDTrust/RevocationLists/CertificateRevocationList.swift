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
        var outer = try ASN1Element(copy[...], .ber, name: name, maximumSize: Self.maximumSize).fields(.sequence)
        let tbs = try outer.required("tbsCertList")
        signatureAlgorithm = try SignatureAlgorithm(outer.required("signatureAlgorithm"))
        signature = Array(try outer.required("signature").bitStringBytes())
        try outer.finish()

        encoded = copy
        toBeSigned = tbs.encoded
        var fields = try tbs.fields(.sequence)
        version = (try fields.optional(.integer, "version")?.smallInteger() ?? 0) &+ 1
        guard version <= 2 else {
            throw TrustError(.wrongContent, "the version \(version) is not known", location: name)
        }
        let inner = try SignatureAlgorithm(fields.required("signature"))
        signatureAlgorithmsDiffer = inner != signatureAlgorithm
        issuer = try DistinguishedName(fields.required("issuer"))
        guard let moment = try fields.required("thisUpdate").time() else {
            throw TrustError(.malformed, "thisUpdate is no time", location: name)
        }
        thisUpdate = moment
        if let element = fields.peek(), element.isTime {
            guard let next = fields.next()?.time() else {
                throw TrustError(.malformed, "nextUpdate is no time", location: name)
            }
            nextUpdate = next
        } else {
            nextUpdate = nil
        }
        let entries = try Self.entries(fields.optional(.sequence, "revokedCertificates"))
        self.entries = entries.ranges
        revokedCount = entries.count
        extensions =
            try fields.optional(.context(0), "crlExtensions").map { (wrapper) throws(TrustError) in
                try RevocationListExtensions(wrapper)
            } ?? RevocationListExtensions()
        try fields.finish()
        unknownCriticalExtensions = extensions.unknownCritical + entries.unknownCritical
    }

    /// The number of the list, big endian, where it has one.
    public var number: [UInt8]? { extensions.number }

    /// Why the list is about a part of the certificates only, by the standard's names (`deltaCRLIndicator`,
    /// `onlySomeReasons`); empty for a full list. Not being on a list with such limits shows nothing.
    public var limits: [String] { extensions.limits }

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

    private static func entries(_ list: ASN1Element?) throws(TrustError) -> Entries {
        var out = Entries()
        guard let list else { return out }
        out.ranges.reserveCapacity(min(maximumEntries, list.content.count / 32))
        for item in try list.fields(.sequence) {
            guard out.count < maximumEntries else {
                throw TrustError(.limitExceeded, "more than \(maximumEntries) entries", location: list.name)
            }
            out.count += 1
            var fields = try item.fields(.sequence)
            let serial = try fields.required("userCertificate").integer()
            guard try fields.required("revocationDate").isTime else {
                throw TrustError(.malformed, "an entry without a date", location: list.name)
            }
            if let extensions = fields.optional(.sequence, "crlEntryExtensions") {
                let read = try RevocationEntryExtensions(extensions)
                guard !read.namesIssuer else {
                    throw TrustError(
                        .wrongContent, "an entry names another issuer: indirect lists are not supported",
                        location: list.name)
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
        guard var fields = try? ASN1Element(bytes, .ber, name: "revokedCertificates").fields(.sequence),
            let serial = try? fields.required("userCertificate").integer()
        else { return nil }
        let date = fields.next()?.time()
        let extensions = fields.next().flatMap { try? RevocationEntryExtensions($0) } ?? RevocationEntryExtensions()
        return RevokedCertificate(
            serialNumber: Array(serial), date: date, reason: extensions.reason,
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

extension ASN1Element {
    /// Whether the type is one of the two for moments, readable or not.
    fileprivate var isTime: Bool { identifier == .utcTime || identifier == .generalizedTime }
}
