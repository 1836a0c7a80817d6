import EMRTDCrypto
import ISO7816

/// Something about a trust store that whoever keeps it should know.
public struct TrustStoreFinding: Sendable, Hashable {
    /// The kind of a finding. New ones may be added in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name.
        public let description: String
        /// A few words for people.
        public let title: String

        init(_ name: String, _ title: String) {
            description = name
            self.title = title
        }

        /// A certificate's signature is wrong.
        public static let invalidSignature = Code("invalidSignature", "certificates with a wrong signature")
        /// Nobody vouches for a source.
        public static let unverifiedSource = Code("unverifiedSource", "sources that nobody vouches for")
        /// A list was taken before a revocation list of the store had its signer, or a certificate on its path.
        public static let signerRevoked = Code("signerRevoked", "lists whose signer has been revoked since")
        /// Nothing in the store answers for the certificate any more up to which a list was verified.
        public static let anchorMissing = Code("anchorMissing", "lists that nothing in the store vouches for any more")
        /// The store has a newer list of the same kind and CSCA.
        public static let supersededSource = Code("supersededSource", "lists that newer ones of the same CSCA follow")
        /// The signer of a list, or a certificate on its path, is past its validity.
        public static let signerExpired = Code("signerExpired", "lists whose signer has expired since")
        /// Something in or about the directory that does not belong to the store.
        public static let directory = Code("directory", "problems of the directory")
        /// A certificate that the store has no issuer of.
        public static let orphan = Code("orphan", "certificates whose issuer is not in the store")
        /// A certificate whose signature cannot be verified by this library.
        public static let unsupported = Code("unsupported", "certificates that cannot be verified")
        /// A certificate that is past its validity.
        public static let expired = Code("expired", "expired certificates")
        /// A certificate that expires soon.
        public static let expiring = Code("expiring", "certificates that expire soon")
        /// Certificates of one name and key.
        public static let duplicate = Code("duplicate", "certificates of the same name and key as another one")
        /// A key that is too short by today's standards, or that cannot be used.
        public static let weakKey = Code("weakKey", "weak keys")
        /// A CSCA in its validity without a revocation list.
        public static let missingRevocationList = Code("missingRevocationList", "CSCAs without a revocation list")
        /// A revocation list past its next update.
        public static let staleRevocationList = Code("staleRevocationList", "revocation lists that are out of date")
        /// A revocation list that no CSCA of the store signed.
        public static let orphanRevocationList = Code(
            "orphanRevocationList", "revocation lists that no CSCA of the store signed")
        /// A source that is old.
        public static let oldSource = Code("oldSource", "old sources")
        /// Something that belongs to a test PKI.
        public static let testPKI = Code(
            "testPKI", "certificates of a test PKI, which count only with --allow-test-pki")
    }

    /// How much a finding matters.
    public enum Severity: String, Sendable, Hashable, Comparable, CaseIterable {
        /// To know.
        case note
        /// Something to look after: documents may stay undetermined.
        case warning
        /// The store should not be relied on as it is.
        case serious

        /// Orders by weight.
        public static func < (a: Severity, b: Severity) -> Bool {
            func rank(_ value: Severity) -> Int { value == .note ? 0 : value == .warning ? 1 : 2 }
            return rank(a) < rank(b)
        }
    }

    /// What it is.
    public let code: Code
    /// How much it matters.
    public let severity: Severity
    /// The SHA-256 of the certificate, list or source, where it is about one.
    public let sha256: [UInt8]?
    /// A sentence that names what it is about.
    public let reason: String
    /// What to do about it, where that is not plain.
    public internal(set) var advice: String?
}

/// Looks a trust store through.
public struct TrustStoreCheck: Sendable {
    /// The day to judge by.
    public var date: Timestamp
    /// Certificates whose validity ends within so many days are findings.
    public var expiryDays: Int
    /// Sources older than so many days are findings.
    public var maximumSourceAge: Int

    /// Creates a check: 90 days of warning, sources of up to a year, where nothing else is said.
    public init(date: Timestamp = .now(), expiryDays: Int = 90, maximumSourceAge: Int = 365) {
        self.date = date
        self.expiryDays = max(0, expiryDays)
        self.maximumSourceAge = max(0, maximumSourceAge)
    }

    /// What is to be said about a store, the serious first.
    public func findings(in store: TrustStore) -> [TrustStoreFinding] {
        var out = store.problems.map { problem in
            TrustStoreFinding(code: .directory, severity: .serious, sha256: nil, reason: problem.description)
        }
        let certificates = store.storedCertificates
        out += store.sources.flatMap(findings(source:))
        out += SignedSourceCheck(store: store, date: date).findings()
        out += certificates.flatMap(findings(certificate:))
        out += duplicates(certificates)
        out += revocation(store, certificates)
        return out.enumerated().sorted {
            $0.element.severity != $1.element.severity
                ? $0.element.severity > $1.element.severity : $0.offset < $1.offset
        }.map(\.element)
    }

    private func findings(source: TrustSource) -> [TrustStoreFinding] {
        var out: [TrustStoreFinding] = []
        func add(_ code: TrustStoreFinding.Code, _ severity: TrustStoreFinding.Severity, _ reason: String) {
            out.append(TrustStoreFinding(code: code, severity: severity, sha256: source.sha256, reason: reason))
        }
        let name = source.label
        if source.basis == .unverified { add(.unverifiedSource, .serious, name) }
        let age = source.ageInDays(at: date)
        // A certificate does not age: it has its own validity.
        let ages = source.kind != .certificate && source.kind != .cvCertificate && source.kind != .revocationList
        if source.kind == .masterList, source.knownAgeInDays(at: date) == nil {
            add(.oldSource, .warning, "\(name), which says no day on which it was issued, or one that is to come")
        } else if ages, age > maximumSourceAge {
            add(.oldSource, .warning, "\(name), \(age) days")
        }
        return out
    }

    private func findings(certificate stored: StoredCertificate) -> [TrustStoreFinding] {
        let certificate = stored.certificate
        var out: [TrustStoreFinding] = []
        func add(
            _ code: TrustStoreFinding.Code, _ severity: TrustStoreFinding.Severity, _ detail: String = ""
        ) {
            let reason = certificate.description + (detail.isEmpty ? "" : ": " + detail)
            out.append(TrustStoreFinding(code: code, severity: severity, sha256: stored.sha256, reason: reason))
        }
        switch stored.standing.signature {
        case .invalid: add(.invalidSignature, .serious)
        case .issuerUnknown: add(.orphan, .warning, "issuer \(certificate.issuer)")
        case .unsupported: add(.unsupported, .warning, certificate.signatureAlgorithmDescription)
        case .valid: break
        }
        if stored.standing.isTestPKI { add(.testPKI, .warning) }
        if let end = certificate.notAfter {
            // Expired CSCAs are needed for as long as the documents under them are valid.
            if end < date {
                add(.expired, .note, "since \(end.description.prefix(10))")
            } else if end.secondsSince1970 - date.secondsSince1970 < Int64(expiryDays) * 86_400 {
                add(.expiring, .warning, "on \(end.description.prefix(10))")
            }
        }
        if let weakness = Self.weakness(of: certificate) {
            add(.weakKey, weakness.isForbidden ? .serious : .warning, weakness.text)
        }
        return out
    }

    private static func weakness(of certificate: Certificate) -> (text: String, isForbidden: Bool)? {
        guard let key = try? certificate.subjectKey.publicKey() else { return (certificate.keyDescription, false) }
        switch key {
        case .rsa(let rsa) where rsa.bitCount < 2048: return (key.label, Weakness.isForbidden(key))
        case .ec(let ec) where ec.curve.bitLength < 224: return (key.label, false)
        default: return nil
        }
    }

    private func duplicates(_ certificates: [StoredCertificate]) -> [TrustStoreFinding] {
        var first: [[UInt8]: StoredCertificate] = [:]
        var out: [TrustStoreFinding] = []
        for stored in certificates where stored.role != .signer {
            let key = Array(stored.certificate.subject.normalised.utf8) + [0] + stored.certificate.subjectKey.keyBytes
            guard let other = first[key] else {
                first[key] = stored
                continue
            }
            out.append(
                TrustStoreFinding(
                    code: .duplicate, severity: .note, sha256: stored.sha256,
                    reason: "\(stored.certificate), as \(other.sha256.prefix(8).hexadecimal.lowercased())"))
        }
        return out
    }

    private func revocation(_ store: TrustStore, _ certificates: [StoredCertificate]) -> [TrustStoreFinding] {
        var out: [TrustStoreFinding] = []
        var covered: Set<[UInt8]> = []
        let lists = store.revocationLists
        for stored in lists {
            guard case .valid = stored.standing.signature, let issuer = stored.issuer else {
                out.append(
                    TrustStoreFinding(
                        code: .orphanRevocationList, severity: .warning, sha256: stored.sha256,
                        reason: stored.list.description))
                continue
            }
            covered.insert(issuer.subjectKey.keyBytes)
        }
        // Of the lists of one key only the newest counts.
        var newest: [[UInt8]: StoredRevocationList] = [:]
        for stored in lists {
            guard let key = stored.issuer?.subjectKey.keyBytes else { continue }
            if let other = newest[key], other.list.thisUpdate >= stored.list.thisUpdate { continue }
            newest[key] = stored
        }
        for stored in newest.values.sorted(by: { $0.list.description < $1.list.description }) {
            guard let next = stored.list.nextUpdate else { continue }
            guard next < date else { continue }
            out.append(
                TrustStoreFinding(
                    code: .staleRevocationList, severity: .warning, sha256: stored.sha256,
                    reason: "\(stored.list.issuer), due on \(next.description.prefix(10))"))
        }
        for stored in certificates
        where stored.role == .csca && !covered.contains(stored.certificate.subjectKey.keyBytes) {
            if let end = stored.certificate.notAfter, end < date { continue }
            out.append(
                TrustStoreFinding(
                    code: .missingRevocationList, severity: .note, sha256: stored.sha256,
                    reason: stored.certificate.description))
        }
        return out
    }
}
