import ISO7816

/// The certificates that a verifier trusts: CSCA certificates, self-signed or link certificates. Immutable.
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

    /// All certificates without repetitions, in the order they came.
    public let certificates: [Certificate]
    /// What could not be taken into the store.
    public let problems: [Problem]
    private let bySubjectKeyIdentifier: [[UInt8]: [Int]]
    private let bySubject: [String: [Int]]

    /// A store of certificates.
    public init(certificates: some Sequence<Certificate>) { self.init(certificates: certificates, problems: []) }

    init(certificates: some Sequence<Certificate>, problems: [Problem]) {
        var seen: Set<Certificate> = []
        let distinct = certificates.filter { seen.insert($0).inserted }
        var byIdentifier: [[UInt8]: [Int]] = [:]
        var bySubject: [String: [Int]] = [:]
        for (index, certificate) in distinct.enumerated() where certificate.mayBeCSCA {
            if let identifier = certificate.subjectKeyIdentifier { byIdentifier[identifier, default: []].append(index) }
            bySubject[certificate.subject.normalised, default: []].append(index)
        }
        self.certificates = distinct
        self.problems = problems
        bySubjectKeyIdentifier = byIdentifier
        self.bySubject = bySubject
    }

    /// A store without certificates, with which no path can be found.
    public static let empty = TrustStore(certificates: [])

    /// The certificates that may be anchors of production documents.
    public var anchors: [Certificate] { certificates.filter { $0.mayBeCSCA && !$0.isTestPKI } }

    /// The certificates that carry the mark of a test PKI.
    public var testAnchors: [Certificate] { certificates.filter { $0.mayBeCSCA && $0.isTestPKI } }

    /// The certificates that are no CSCA's: document signers and others.
    var signers: [Certificate] { certificates.filter { !$0.mayBeCSCA } }

    /// How a certificate of the store was found as a possible issuer.
    enum Match: Int {
        /// By the key identifiers.
        case keyIdentifier
        /// By the name, one of the key identifiers being absent.
        case name
        /// By the name, although the key identifiers differ.
        case nameOnly
    }

    /// The most possible issuers tried for one certificate. The world has no more than about thirty CSCAs of one name.
    static let maximumCandidates = 128

    /// The certificates that may have issued another one: by key identifier first, then by name.
    func possibleIssuers(of certificate: Certificate) -> [(certificate: Certificate, match: Match)] {
        var out: [(certificate: Certificate, match: Match)] = []
        var taken: Set<Int> = []
        if let identifier = certificate.authorityKeyIdentifier {
            for index in bySubjectKeyIdentifier[identifier] ?? [] where taken.insert(index).inserted {
                out.append((certificates[index], .keyIdentifier))
            }
        }
        let name = certificate.issuer.normalised
        for index in name.isEmpty ? [] : bySubject[name] ?? [] where taken.insert(index).inserted {
            let candidate = certificates[index]
            let identifiersDiffer = certificate.authorityKeyIdentifier != nil && candidate.subjectKeyIdentifier != nil
            out.append((candidate, identifiersDiffer ? .nameOnly : .name))
        }
        return Array(out.filter { $0.certificate != certificate }.prefix(Self.maximumCandidates))
    }
}

extension Certificate {
    /// Whether the certificate may be a CSCA's, also where it does not say so properly: it is marked as a CA, or it is self-issued.
    var mayBeCSCA: Bool {
        extensions.isCA == true || extensions.keyUsage?.contains(CertificateExtensions.keyCertSignBit) == true
            || isSelfIssued
    }

    /// The certificate as evidence.
    func evidence(_ role: String) -> [CheckResult.Evidence] {
        [
            .init(role + ".subject", subject.description), .init(role + ".serial", serialNumber.hexadecimal),
            .init(role + ".sha256", fingerprint.hexadecimal), .init(role + ".key", keyDescription),
        ]
    }
}
