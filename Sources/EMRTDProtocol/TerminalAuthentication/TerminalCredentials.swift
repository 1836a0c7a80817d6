import EMRTDCrypto
public import EMRTDTrust

/// What a terminal proves its rights with: certificates and the private key of the last of them.
public struct TerminalCredentials: Sendable {
    /// The certificates of this terminal, newest first; there is one at least. A terminal that reads documents of several
    /// countries has one for each.
    public let terminalCertificates: [CVCertificate]
    /// Every certificate: terminals', document verifiers' and links, in any order.
    public let certificates: [CVCertificate]
    /// The private key.
    public let key: any TerminalKey

    /// The most certificates.
    public static let maximumCount = 1024

    /// Takes over certificates and a key.
    ///
    /// With a ``SoftwareTerminalKey`` the terminal certificates are those of the key, told by its public half and a probe
    /// signature. With any other key (which may cost a PIN entry to use) all of them are taken on trust.
    ///
    /// - Parameters:
    ///   - certificates: encoded CV certificates (7F21), one each, in any order: terminal, document verifier, links.
    ///   - key: the terminal's key.
    /// - Throws: ``ProtocolError`` `invalidCredentials` where one does not parse (told by its position), there is no terminal
    ///   certificate, or none belongs to the key.
    public init(certificates: [[UInt8]], key: any TerminalKey) throws {
        func refuse(_ reason: String) -> ProtocolError {
            ProtocolError(.invalidCredentials, reason, step: credentialsStep)
        }
        guard certificates.count <= Self.maximumCount else {
            throw refuse("\(certificates.count) certificates, \(Self.maximumCount) are the most")
        }
        var parsed: [CVCertificate] = []
        for (index, bytes) in certificates.enumerated() {
            do { parsed.append(try CVCertificate(parsing: bytes)) } catch {
                throw refuse("certificate \(index + 1) of \(certificates.count) is no CV certificate: \(error)")
            }
        }
        var own = parsed.filter { $0.authorization.role == .terminal }
        guard !own.isEmpty else { throw refuse("none of \(parsed.count) certificates is that of a terminal") }
        if let key = key as? SoftwareTerminalKey {
            own = try own.filter { try key.belongs(to: $0) }
            guard !own.isEmpty else { throw refuse("no terminal certificate belongs to the private key") }
        }
        terminalCertificates = own.sorted { $0.effectiveDate > $1.effectiveDate }
        self.certificates = parsed
        self.key = key
    }

    /// The certificates to send to a chip: for the newest terminal certificate that has one, the shortest path from a key that
    /// the chip knows.
    ///
    /// - Parameter trustPoints: the names that EF.CVCA or PACE gave, the current one first.
    /// - Throws: ``ProtocolError`` `noCertificatePath`.
    public func path(from trustPoints: [CVReference]) throws -> CVCertificateChain {
        let paths = terminalCertificates.compactMap {
            CVCertificateChain.path(to: $0, from: trustPoints, in: certificates)
        }
        // Certificates of document verifiers and terminals are valid for weeks: the newest terminal certificate counts more than a
        // short path.
        guard let path = paths.first else {
            let names = trustPoints.map(\.description).joined(separator: ", ")
            throw ProtocolError(
                .noCertificatePath,
                "no path of certificates from \(names.isEmpty ? "a trust point (the chip names none)" : names) "
                    + "to this terminal",
                step: "Terminal Authentication: certificate path")
        }
        return path
    }
}
