/// A path of CV certificates from the key that a chip knows to a terminal: link certificates, document verifier, terminal
/// (Doc 9303-11, 7.1.4.3).
public struct CVCertificateChain: Sendable, Hashable {
    /// The certificates in the order in which a chip gets them; not empty.
    public let certificates: [CVCertificate]

    /// The longest path, in certificates: bounds the work, and what a card is asked to do.
    public static let maximumLength = 12

    /// The certificate of the terminal: the last one.
    public let terminal: CVCertificate

    /// The name of the key that the chip must know: the first certificate's issuer.
    public var trustPoint: CVReference { certificates.first?.authorityReference ?? terminal.authorityReference }

    /// The rights that the document verifier's and the terminal's certificates give: the AND of both, or the terminal's own
    /// where the types differ. The chip also applies those of its trust point (Doc 9303-11, 7.1.4.3.6).
    package var relativeAuthorization: CertificateHolderAuthorization {
        let issuer = certificates.dropLast().last?.authorization
        guard let issuer, issuer.role.isDocumentVerifier else { return terminal.authorization }
        return terminal.authorization.restricted(by: issuer) ?? terminal.authorization
    }

    /// A path; `nil` where it is empty, too long, not linked by names, or does not end at a terminal.
    public init?(_ certificates: [CVCertificate]) {
        guard let last = certificates.last, certificates.count <= Self.maximumLength,
            last.authorization.role == .terminal,
            zip(certificates, certificates.dropFirst()).allSatisfy({ $0.holderReference == $1.authorityReference })
        else { return nil }
        self.certificates = certificates
        terminal = last
    }

    /// Verifies the path from trust points, without changing them.
    ///
    /// - Returns: the terminal's key with its effective rights, and the trust points as they are afterwards; or why a
    ///   certificate was refused.
    /// - Throws: `CryptoError` only where libcrypto fails.
    package func verify(from trustPoints: CVTrustPoints) throws
        -> Result<(terminal: CVVerifiedKey, trustPoints: CVTrustPoints), CVRefusal>
    {
        var points = trustPoints
        guard var issuer = points.key(trustPoint) else {
            return .failure(
                CVRefusal(
                    .unknownAuthority, "\(trustPoint) is no trust point",
                    certificate: certificates.first?.holderReference))
        }
        for certificate in certificates {
            switch try points.verify(certificate, issuer: issuer) {
            case .success(let key):
                guard key.authorization.role == .certificationAuthority else {
                    issuer = key
                    continue
                }
                // What counts is the key as it is kept: one with this name may be older, or have been dropped at once.
                guard let kept = points.key(key.reference) else {
                    return .failure(
                        CVRefusal(
                            .unknownAuthority, "\(key.reference) is older than the trust points that are kept",
                            certificate: key.reference))
                }
                issuer = kept
            case .failure(let refusal): return .failure(refusal)
            }
        }
        guard issuer.authorization.role == .terminal else {
            return .failure(
                CVRefusal(.incomplete, "the path does not end at a terminal", certificate: issuer.reference))
        }
        return .success((issuer, points))
    }

    /// Finds the path from a key that a chip names to the certificate of a terminal, among any certificates in any order.
    ///
    /// The shortest path wins, and among equal ones that from the trust point named first. Certificates are linked by name;
    /// where several have a wanted name, every one is tried. Signatures are the chip's to check.
    ///
    /// - Parameters:
    ///   - terminal: the terminal's certificate.
    ///   - trustPoints: the names of the keys that the chip knows.
    ///   - pool: document verifier and link certificates, and whatever else; the first 1024 are looked at.
    /// - Returns: `nil` where there is no path.
    public static func path(
        to terminal: CVCertificate, from trustPoints: [CVReference], in pool: [CVCertificate]
    ) -> CVCertificateChain? {
        let usable = pool.prefix(1024).filter {
            $0.authorization.role != .terminal && !$0.isSelfSigned
                && $0.authorization.terminalType == terminal.authorization.terminalType
        }
        let byHolder = Dictionary(grouping: usable, by: \.holderReference)
        // Breadth first from the terminal upwards; every certificate is visited once.
        var level: [[CVCertificate]] = [[terminal]]
        var seen: Set<CVCertificate> = [terminal]
        for _ in 0..<maximumLength {
            for reference in trustPoints {
                if let path = level.first(where: { $0.first?.authorityReference == reference }) {
                    return CVCertificateChain(path)
                }
            }
            level = level.flatMap { path -> [[CVCertificate]] in
                guard let first = path.first else { return [] }
                return (byHolder[first.authorityReference] ?? [])
                    .filter { $0.mayIssue(first) && seen.insert($0).inserted }
                    .sorted { $0.effectiveDate > $1.effectiveDate }
                    .map { [$0] + path }
            }
        }
        return nil
    }
}

extension CVCertificate {
    /// Whether the holder's role lets it issue another certificate.
    fileprivate func mayIssue(_ other: CVCertificate) -> Bool {
        switch authorization.role {
        case .certificationAuthority: other.authorization.role != .terminal
        case .domesticDocumentVerifier, .foreignDocumentVerifier: other.authorization.role == .terminal
        case .terminal: false
        }
    }
}
