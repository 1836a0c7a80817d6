package import LDS

/// What a chip knows about certification authorities for one type of terminal: up to two trust points, and the date
/// (Doc 9303-11, 7.1.4.3). A value: a chip keeps it from session to session.
package struct CVTrustPoints: Sendable, Hashable {
    /// How the date is known.
    package enum Clock: Sendable, Hashable {
        /// By the certificates that came by (7.1.4.3.3): effective dates advance it, and none lies in the future.
        case approximated
        /// By a real clock: certificates do not move it, and one that is not effective yet is refused.
        case exact
    }

    /// The trust points, the most recent effective date first; one or two.
    package private(set) var keys: [CVVerifiedKey]
    /// The current date.
    package private(set) var currentDate: CalendarDate
    /// How the date is known.
    package let clock: Clock

    /// The most trust points that a chip keeps.
    package static let maximumCount = 2

    /// Trust points as a personaliser sets them.
    ///
    /// - Parameter date: the day of personalisation, or of the clock.
    /// - Throws: ``TrustError`` `unusableKey` for no or more than two certificates, two of one name, of two terminal types,
    ///   and as ``CVVerifiedKey/init(trustPoint:)``.
    package init(_ certificates: [CVCertificate], date: CalendarDate, clock: Clock = .approximated) throws {
        guard (1...Self.maximumCount).contains(certificates.count),
            Set(certificates.map(\.holderReference)).count == certificates.count,
            Set(certificates.map(\.authorization.terminalType)).count == 1
        else {
            throw TrustError(
                .unusableKey, "one or two trust points of one terminal type and different names are needed")
        }
        keys = try certificates.map(CVVerifiedKey.init(trustPoint:))
        currentDate = date
        self.clock = clock
        order()
    }

    /// The names of the trust points, the most recent first: what EF.CVCA and PACE announce.
    package var references: [CVReference] { keys.map(\.reference) }

    /// The trust point with a name.
    package func key(_ reference: CVReference) -> CVVerifiedKey? { keys.first { $0.reference == reference } }

    /// Verifies one certificate and, where it is right, takes in what it brings: the date, and the key of a link certificate
    /// (7.1.4.3.4). Where it is refused, nothing changes.
    ///
    /// - Parameters:
    ///   - certificate: the certificate.
    ///   - issuer: the key that should have signed it: one of the trust points, or a document verifier's key verified before.
    /// - Throws: `CryptoError` only where libcrypto fails.
    package mutating func verify(_ certificate: CVCertificate, issuer: CVVerifiedKey) throws
        -> Result<CVVerifiedKey, CVRefusal>
    {
        func refused(_ code: CVRefusal.Code, _ reason: String) -> Result<CVVerifiedKey, CVRefusal> {
            .failure(CVRefusal(code, reason, certificate: certificate.holderReference))
        }
        let verified: CVVerifiedKey
        switch try issuer.verify(certificate) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let key): verified = key
        }
        let isAuthority = certificate.authorization.role == .certificationAuthority
        // Expired link certificates are accepted, so that a card that was long unused can follow; 7.1.4.3.3.
        if !isAuthority, certificate.expirationDate < currentDate {
            return refused(.expired, "it expired on \(certificate.expirationDate), the date is \(currentDate)")
        }
        if clock == .exact, !isAuthority, certificate.effectiveDate > currentDate {
            return refused(
                .notYetEffective, "it is effective from \(certificate.effectiveDate), the date is \(currentDate)")
        }
        if !isAuthority, issuer.authorization.role == .certificationAuthority,
            issuer.certificate.expirationDate < currentDate
        {
            return refused(
                .expiredTrustPoint,
                "\(issuer.reference) expired on \(issuer.certificate.expirationDate), the date is \(currentDate)")
        }
        if let known = key(certificate.holderReference), known.certificate != certificate {
            // The CVCA's own certificate and the link to it bring the same key.
            guard isAuthority, known.publicKey == verified.publicKey, known.algorithm == verified.algorithm else {
                return refused(.referenceInUse, "a trust point has this name and another key")
            }
        }
        take(verified, issuer: issuer)
        return .success(verified)
    }

    /// Internal status update and cleanup (7.1.4.3.4, 2 and 3).
    private mutating func take(_ verified: CVVerifiedKey, issuer: CVVerifiedKey) {
        let role = verified.certificate.authorization.role
        // Terminal certificates are accurate where an official domestic document verifier issued them (TR-03110-3, 2.5).
        let isAccurate = role != .terminal || issuer.authorization.role == .domesticDocumentVerifier
        if clock == .approximated, isAccurate { currentDate = max(currentDate, verified.certificate.effectiveDate) }
        guard role == .certificationAuthority, key(verified.reference) == nil else { return }
        keys.insert(verified, at: 0)
        order()
        keys = Array(keys.prefix(Self.maximumCount))
    }

    private mutating func order() {
        let sorted = keys.enumerated().sorted {
            let (a, b) = ($0.element.certificate.effectiveDate, $1.element.certificate.effectiveDate)
            return a == b ? $0.offset < $1.offset : a > b
        }
        keys = sorted.map(\.element)
    }
}
