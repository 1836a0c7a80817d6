import EMRTDCrypto

/// The file of a trust store: a head, a SHA-256 over the rest, the sources, one record of fixed size for each certificate, and
/// the certificates and lists themselves. Loading it hashes and indexes, and parses no certificate.
///
/// The hash finds a file that was damaged or edited. It is no signature: whoever may write to the store can write another one,
/// which then has another ``TrustStore/identity``.
enum TrustStoreFile {
    /// The first bytes of the file.
    static let magic = Array("EMRTD trust store\n".utf8)
    /// The number of this form of the file. Records of another one are not read.
    static let version: UInt16 = 2
    /// The largest file read, in bytes.
    static let maximumSize = 1 << 29

    static func encode(_ parts: TrustStoreContents.Parts) throws(TrustError) -> [UInt8] {
        var body = ByteWriter()
        body.number(parts.generation)
        body.optional(parts.updatedAt) { $0.number($1.secondsSince1970) }
        body.count(parts.sources.count)
        for source in parts.sources { write(source, &body) }
        body.count(parts.sourceSets.count)
        for set in parts.sourceSets {
            body.count(set.count)
            for member in set { body.count(member) }
        }
        body.count(parts.certificates.count)
        for record in parts.certificates {
            write(record.range, record.sha256, record.sourceSet, &body)
            body.number(record.flags.rawValue)
            body.number(UInt8(record.subjectKeyIdentifier == nil ? 0 : 1))
            body.number(record.subjectKeyIdentifier ?? 0)
            body.number(record.subject)
            body.number(record.serialNumber)
            body.number(record.publicKey)
            write(record.standing, &body)
        }
        body.count(parts.revocationLists.count)
        for record in parts.revocationLists {
            write(record.range, record.sha256, record.sourceSet, &body)
            body.number(record.issuerName)
            write(record.standing, &body)
        }
        body.count(parts.others.count)
        for other in parts.others {
            write(other.range, other.sha256, other.sourceSet, &body)
            body.text(other.kind.rawValue)
        }
        body.data(parts.bytes)

        // What would not be loaded is not written. This bounds the counts of 32 bits, too.
        guard body.bytes.count + magic.count + 34 <= maximumSize else {
            throw TrustError(.limitExceeded, "the trust store would have more than \(maximumSize) bytes")
        }
        var out = ByteWriter()
        out.raw(magic)
        out.number(version)
        out.raw(try digest(body.bytes[...]))
        out.raw(body.bytes)
        return out.bytes
    }

    /// - Throws: ``TrustError`` `storeChanged` where the hash is wrong or the file is not what this library writes,
    ///   `storeVersion` for another version.
    static func decode(_ file: [UInt8]) throws(TrustError) -> (parts: TrustStoreContents.Parts, identity: [UInt8]) {
        var reader = ByteReader(file[...])
        guard try reader.raw(min(magic.count, reader.remaining)).elementsEqual(magic) else {
            throw TrustError(.storeChanged, "this is no trust store file, or its head was changed")
        }
        let version = try reader.number(UInt16.self)
        guard version == self.version else {
            throw TrustError(
                .storeVersion, "the store has the form \(version), this program reads the form \(self.version)")
        }
        let expected = Array(try reader.raw(32))
        guard try digest(file[reader.position...]) == expected else {
            throw TrustError(.storeChanged, "the contents do not fit their SHA-256: the file was changed or damaged")
        }
        var parts = TrustStoreContents.Parts()
        parts.generation = try reader.number()
        parts.updatedAt = try reader.optional { (reader) throws(TrustError) in
            Timestamp(secondsSince1970: try reader.number())
        }
        for _ in 0..<(try reader.count(size: 32)) { parts.sources.append(try source(&reader)) }
        for _ in 0..<(try reader.count(size: 4)) {
            var set: [Int] = []
            for _ in 0..<(try reader.count(size: 4)) {
                set.append(try position(Int(reader.number(UInt32.self)), below: parts.sources.count))
            }
            parts.sourceSets.append(set)
        }
        let sets = parts.sourceSets.count
        let certificates = try reader.count(size: 64)
        parts.certificates.reserveCapacity(certificates)
        for _ in 0..<certificates {
            let (range, sha256, set) = try head(&reader, sets)
            let flags = CertificateRecord.Flags(rawValue: try reader.number())
            let hasIdentifier = try reader.number(UInt8.self) == 1
            let identifier = try reader.number(UInt64.self)
            parts.certificates.append(
                CertificateRecord(
                    range: range, sha256: sha256, flags: flags,
                    subjectKeyIdentifier: hasIdentifier ? identifier : nil, subject: try reader.number(),
                    serialNumber: try reader.number(), publicKey: try reader.number(), sourceSet: set,
                    standing: try standing(&reader, certificates)))
        }
        for _ in 0..<(try reader.count(size: 44)) {
            let (range, sha256, set) = try head(&reader, sets)
            parts.revocationLists.append(
                TrustStoreContents.RevocationRecord(
                    range: range, sha256: sha256, issuerName: try reader.number(), sourceSet: set,
                    standing: try standing(&reader, certificates)))
        }
        for _ in 0..<(try reader.count(size: 44)) {
            let (range, sha256, set) = try head(&reader, sets)
            parts.others.append(
                TrustStoreContents.Other(kind: try reader.choice(), range: range, sha256: sha256, sourceSet: set))
        }
        parts.bytes = try reader.data()
        guard reader.remaining == 0,
            (parts.certificates.map(\.range) + parts.revocationLists.map(\.range) + parts.others.map(\.range))
                .allSatisfy({ $0.upperBound <= parts.bytes.count })
        else { throw TrustError(.storeChanged, "the records do not fit the contents") }
        parts.isSettled = true
        return (parts, expected)
    }

    private static func digest(_ bytes: ArraySlice<UInt8>) throws(TrustError) -> [UInt8] {
        do {
            return try DigestAlgorithm.sha256.digest(Array(bytes))
        } catch {
            throw TrustError(.unreadableFile, "hashing failed")
        }
    }

    private static func write(_ range: Range<Int>, _ sha256: [UInt8], _ set: Int, _ body: inout ByteWriter) {
        body.count(range.lowerBound)
        body.count(range.count)
        body.raw(sha256)
        body.count(set)
    }

    private static func head(
        _ reader: inout ByteReader, _ sets: Int
    ) throws(TrustError) -> (Range<Int>, [UInt8], Int) {
        let start = Int(try reader.number(UInt32.self))
        let count = Int(try reader.number(UInt32.self))
        let sha256 = Array(try reader.raw(32))
        return (start..<start + count, sha256, try position(Int(reader.number(UInt32.self)), below: sets))
    }

    private static func position(_ value: Int, below limit: Int) throws(TrustError) -> Int {
        guard value < limit else { throw TrustError(.storeChanged, "a record points outside its table") }
        return value
    }

    private static func write(_ standing: CertificateRecord.Standing?, _ body: inout ByteWriter) {
        body.number(standing?.signature.rawValue ?? 0)
        body.number(standing?.issuer ?? -1)
        var flags: UInt8 = 0
        if standing?.isAnchored == true { flags |= 1 }
        if standing?.isVerified == true { flags |= 2 }
        if standing?.isTestPKI == true { flags |= 4 }
        body.number(flags)
    }

    private static func standing(
        _ reader: inout ByteReader, _ count: Int
    ) throws(TrustError) -> CertificateRecord.Standing? {
        let code = try reader.number(UInt8.self)
        let issuer = try reader.number(Int32.self)
        let flags = try reader.number(UInt8.self)
        guard let signature = CertificateRecord.Standing.Signature(rawValue: code), issuer >= -1, issuer < count else {
            throw TrustError(.storeChanged, "a record without its standing")
        }
        return CertificateRecord.Standing(
            signature: signature, issuer: issuer, isAnchored: flags & 1 != 0, isVerified: flags & 2 != 0,
            isTestPKI: flags & 4 != 0)
    }

    private static func write(_ source: TrustSource, _ body: inout ByteWriter) {
        body.text(source.kind.rawValue)
        body.text(source.name)
        body.data(source.sha256)
        body.number(source.importedAt.secondsSince1970)
        body.optional(source.issuedAt) { $0.number($1.secondsSince1970) }
        body.text(source.basis.rawValue)
        body.optional(source.signer) { $0.text($1) }
        body.optional(source.anchorSHA256) { $0.data($1) }
        body.number(UInt8(source.isTestPKI ? 1 : 0))
        body.count(source.notes.count)
        for note in source.notes { body.text(note) }
        body.count(source.signerPath.count)
        for certificate in source.signerPath { body.data(certificate) }
        body.number(UInt8(source.isAnchorNamed ? 1 : 0))
    }

    private static func source(_ reader: inout ByteReader) throws(TrustError) -> TrustSource {
        let kind: TrustSource.Kind = try reader.choice()
        let name = try reader.text()
        let sha256 = try reader.data()
        let importedAt = Timestamp(secondsSince1970: try reader.number())
        let issuedAt = try reader.optional { (reader) throws(TrustError) in
            Timestamp(secondsSince1970: try reader.number())
        }
        let basis: TrustSource.Basis = try reader.choice()
        let signer = try reader.optional { (reader) throws(TrustError) in try reader.text() }
        let anchor = try reader.optional { (reader) throws(TrustError) in try reader.data() }
        let isTestPKI = try reader.number(UInt8.self) == 1
        var notes: [String] = []
        for _ in 0..<(try reader.count(size: 4)) { notes.append(try reader.text()) }
        var path: [[UInt8]] = []
        for _ in 0..<(try reader.count(size: 4)) { path.append(try reader.data()) }
        return TrustSource(
            kind: kind, name: name, sha256: sha256, importedAt: importedAt, issuedAt: issuedAt, basis: basis,
            signer: signer, anchorSHA256: anchor, isTestPKI: isTestPKI, notes: notes, signerPath: path,
            isAnchorNamed: try reader.number(UInt8.self) == 1)
    }
}
