import EMRTDCrypto
import EMRTDProtocol
import EMRTDTrust
import ISO7816
import LDS

/// Extended Access Control version 2 (TR-03110-2, 2.4 and 3): identity cards that guard their eMRTD application with it give it to
/// terminals with rights alone. PACE has named the terminal's authorization; Terminal Authentication and Chip Authentication follow
/// in the MF, before the application is selected.
extension AccessProcedure {
    /// Runs Terminal Authentication, reads EF.CardSecurity and runs Chip Authentication. Where the chip or the certificates refuse, the
    /// way of PACE stays, and what the chip then gives is read.
    ///
    /// - Parameter again: opens the chip again after its session ended.
    /// - Returns: the way that commands go from then on; `nil` where the session was lost over EF.CardSecurity, so that all of it is
    ///   to be done again.
    func runExtendedAccess(
        _ parameters: ChipAuthentication2Parameters, _ exchange: any APDUExchange,
        again: () async throws -> any APDUExchange
    ) async throws -> (any APDUExchange)? {
        guard let terminal, let basis = terminalBasis else { return exchange }
        let chipTerminal = try ChipAuthentication2Terminal(parameters)
        var name = "version 2"
        do {
            let authentication = try TerminalAuthentication2Terminal(terminal, trustPointNames: basis.trustPointNames)
            let success = try await authentication.run(
                exchange, chipKey: basis.chipKey, domain: basis.parameters.domain, announced: chipTerminal.compressedKey
            )
            name +=
                ", \(success.chain.terminal.algorithm), \(success.chain.certificates.count) certificates from "
                + (success.chain.certificates.first.map { "\($0.authorityReference)" } ?? "no trust point")
            log.add(ProtocolRun(.terminalAuthentication, name, .successful))
        } catch let error as ProtocolError where Self.isRefusal(error) {
            let isOurs = error.code == .noCertificatePath || error.code == .invalidCredentials
            log.add(
                ProtocolRun(
                    .terminalAuthentication, name, isOurs || error.statusWord == nil ? .failed : .refused,
                    statusWord: error.statusWord))
            log.note(error.description)
            return error.code == .unprotectedStatus ? try await again() : exchange
        }
        return try await authenticateChip(parameters, chipTerminal, exchange, again: again)
    }

    private func authenticateChip(
        _ parameters: ChipAuthentication2Parameters, _ terminal: consuming ChipAuthentication2Terminal,
        _ exchange: any APDUExchange, again: () async throws -> any APDUExchange
    ) async throws -> (any APDUExchange)? {
        let name =
            "version 2, \(parameters.protocol.agreement.rawValue) \(parameters.protocol.cipher.rawValue), "
            + "domain parameters \(parameters.parameterId)"
        guard try await readCardSecurity(exchange) else { return nil }
        let infos = log[.cardSecurity]?.bytes.flatMap { try? CardSecurity(encoded: $0) }?.securityInfos
        guard let key = infos.flatMap({ parameters.publicKey(in: $0) }) else {
            log.note("Chip Authentication: EF.CardSecurity has no key for \(name)")
            return exchange
        }
        do {
            let success = try await terminal.run(exchange, chipKey: key)
            let session = SecureMessaging(over: plain, context: try success.keys.makeContext())
            extendedProofs.append(.proven(parameters, key))
            log.add(ProtocolRun(.chipAuthentication, name, .successful))
            return session
        } catch let error as ProtocolError where error.code == .authenticationFailed {
            log.add(ProtocolRun(.chipAuthentication, name, .failed))
            extendedProofs.append(.failed(error.reason))
            // The chip may have changed to keys that we do not share.
            return try await again()
        } catch let error as ProtocolError where Self.isRefusal(error) {
            log.add(ProtocolRun(.chipAuthentication, name, .refused, statusWord: error.statusWord))
            log.note(error.description)
            return [.unprotectedStatus, .malformedResponse].contains(error.code) ? try await again() : exchange
        }
    }

    /// What says no more than that a step is not to be had: the reading goes on without it.
    private static func isRefusal(_ error: ProtocolError) -> Bool {
        switch error.code {
        case .refused, .noCertificatePath, .invalidCredentials, .malformedResponse, .invalidPublicKey: true
        case .unprotectedStatus: error.statusWord?.isError == true
        default: false
        }
    }
}

extension TerminalCredentials {
    /// What PACE names to a card: the rights of the newest certificate of an inspection system, which alone opens the eMRTD
    /// application, or of the newest of any kind.
    var extendedAccessAuthorization: CertificateHolderAuthorization? {
        let own = terminalCertificates.map(\.authorization)
        return own.first { $0.terminalType == .inspectionSystem } ?? own.first
    }
}
