import ISO7816

/// The certificates that a verifier trusts: CSCA certificates, self-signed or link certificates, with the revocation lists and
/// other lists that belong to them. Immutable.
///
/// Certificates of a test PKI (``TestPKIMark``) are kept but count only where the policy allows them. Certificates that are no
/// CSCA's, such as document signers, are kept for documents that do not carry theirs; they are never anchors.
public struct TrustStore: Sendable {
    /// A file, or a part of one, that was not taken into the store.
    public struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// The path of the file.
        public let path: String
        /// Why it was not taken.
        public let reason: String

        init(_ path: String, _ reason: String) {
            self.path = path
            self.reason = reason
        }

        /// The path and the reason.
        public var description: String { "\(path): \(reason)" }
    }

    /// What could not be taken into the store.
    public let problems: [Problem]
    let contents: TrustStoreContents

    /// A store of certificates that the caller trusts, and revocation lists.
    public init(
        certificates: some Sequence<Certificate>, revocationLists: some Sequence<CertificateRevocationList> = []
    ) {
        var builder = TrustStoreBuilder()
        builder.add(certificates: certificates, revocationLists: revocationLists)
        self.init(builder.contents(), problems: [])
    }

    init(_ contents: TrustStoreContents, problems: [Problem]) {
        self.contents = contents
        self.problems = problems
    }

    /// A store without certificates, with which no path can be found.
    public static let empty = TrustStore(certificates: [Certificate]())

    /// 32 bytes that name the contents: other certificates, trust or lists give another identity. Of a store that was loaded
    /// from its directory, the SHA-256 of the file.
    public var identity: [UInt8] { contents.identity }

    /// How many times the store was changed, where it was loaded from its directory; else 0.
    public var generation: UInt64 { contents.parts.generation }

    /// When the store was changed last, where it was loaded from its directory.
    public var updatedAt: Timestamp? { contents.parts.updatedAt }

    /// Where the contents came from, in the order of their import.
    public var sources: [TrustSource] { contents.parts.sources }

    /// The number of certificates. Parses none.
    public var count: Int { contents.count }

    /// All certificates without repetitions, in the order they came. Parses them all.
    public var certificates: [Certificate] { (0..<contents.count).compactMap { contents.certificate(at: $0) } }

    /// All certificates with what the store knows of them. Parses them all, and verifies their signatures where the store was
    /// not loaded from its directory.
    public var storedCertificates: [StoredCertificate] {
        let standings = contents.allStandings()
        return standings.indices.compactMap { stored($0, standings[$0]) }
    }

    /// The certificates that may be anchors of production documents.
    public var anchors: [Certificate] { csca(isTestPKI: false) }

    /// The certificates that belong to a test PKI.
    public var testAnchors: [Certificate] { csca(isTestPKI: true) }

    /// The certificates that are no CSCA's: document signers and others.
    var signers: [Certificate] {
        positions { !$0.flags.contains(.mayBeCSCA) }.compactMap { contents.certificate(at: $0) }
    }

    private func csca(isTestPKI: Bool) -> [Certificate] {
        let standings = contents.allStandings()
        return positions { $0.flags.contains(.mayBeCSCA) }.filter { standings[$0].isTestPKI == isTestPKI }
            .compactMap { contents.certificate(at: $0) }
    }

    private func positions(_ isWanted: (CertificateRecord) -> Bool) -> [Int] {
        contents.parts.certificates.indices.filter { isWanted(contents.parts.certificates[$0]) }
    }

    private func stored(_ position: Int, _ standing: CertificateRecord.Standing) -> StoredCertificate? {
        guard let certificate = contents.certificate(at: position) else { return nil }
        let record = contents.parts.certificates[position]
        return StoredCertificate(
            certificate: certificate, sha256: record.sha256,
            standing: CertificateStanding(standing, position, contents),
            sources: contents.sources(record.sourceSet))
    }

    /// How a certificate of the store was found as a possible issuer.
    enum Match: Int {
        /// By the key identifiers.
        case keyIdentifier
        /// By the name, and the serial number that the authority key identifier gives.
        case issuerAndSerialNumber
        /// By the name, one of the key identifiers being absent.
        case name
        /// By the name, although the key identifiers differ.
        case nameOnly
    }

    /// The most possible issuers tried for one certificate. The world has no more than about thirty CSCAs of one name.
    static let maximumCandidates = 128

    /// The certificates that may have issued another one: by key identifier, then by issuer and serial number, then by name.
    func possibleIssuers(of certificate: Certificate) -> [(certificate: Certificate, match: Match)] {
        contents.possibleIssuers(of: certificate).map { ($0.certificate, $0.match) }
    }

    /// The certificates of any kind that a signer's identifier names: by the subject key identifier, or by the serial number
    /// with the issuer in any spelling.
    func possibleSigners(_ signer: SignerInfo) -> [Certificate] { contents.certificates(named: signer) }

    /// What the store knows of a certificate, or `nil` where it does not hold it. Computed once for the whole store.
    package func standing(of certificate: Certificate) -> CertificateStanding? {
        contents.position(of: certificate).map { CertificateStanding(contents.allStandings()[$0], $0, contents) }
    }

    /// A certificate with what the store knows of it, or `nil` where it does not hold it.
    func stored(_ certificate: Certificate) -> StoredCertificate? {
        contents.position(of: certificate).flatMap { stored($0, contents.allStandings()[$0]) }
    }

    /// The certificate with a fingerprint (SHA-256, 32 bytes), or `nil`.
    public func storedCertificate(sha256: [UInt8]) -> StoredCertificate? {
        guard let position = contents.position(sha256: sha256) else { return nil }
        return stored(position, contents.allStandings()[position])
    }
}

extension CertificateStanding {
    init(_ standing: CertificateRecord.Standing, _ position: Int, _ contents: TrustStoreContents) {
        let issuer = Int(standing.issuer)
        let records = contents.parts.certificates
        signature =
            switch standing.signature {
            case .valid where records.indices.contains(issuer): .valid(issuerSHA256: records[issuer].sha256)
            case .valid, .issuerUnknown: .issuerUnknown
            case .invalid: .invalid
            case .unsupported: .unsupported
            }
        isSelfSigned = standing.signature == .valid && issuer == position
        isAnchored = standing.isAnchored
        isVerified = standing.isVerified
        isTestPKI = standing.isTestPKI
    }
}

extension Certificate {
    /// Whether the certificate may be a CSCA's, also where it does not say so properly: it is marked as a CA, or it is self-issued.
    var mayBeCSCA: Bool {
        extensions.isCA == true || extensions.keyUsage?.contains(CertificateExtensions.keyCertSignBit) == true
            || isSelfIssued
    }

    /// What a certificate is in a path.
    enum Role { case documentSigner, csca }

    /// The certificate as evidence.
    func evidence(_ role: Role) -> [CheckResult.Evidence] {
        let isCSCA = role == .csca
        return [
            .init(isCSCA ? "csca.subject" : "signer.subject", .subject, of: self),
            .init(isCSCA ? "csca.serial" : "signer.serial", .serial, of: self),
            .init(isCSCA ? "csca.sha256" : "signer.sha256", .sha256, of: self),
            .init(isCSCA ? "csca.key" : "signer.key", .key, of: self),
        ]
    }
}
