import EMRTDCrypto
import EMRTDProtocol
import EMRTDTrust
import ISO7816
import LDS

/// Extended Access Control version 2 (TR-03110-2, 2.4 and 3): PACE with the terminal's authorization, Terminal Authentication
/// version 2, Chip Authentication version 2, in this order. A chip with it knows no version 1.
extension Chip {
    /// Terminal and Chip Authentication version 2, with trust points that outlive a session.
    struct ExtendedAccess {
        /// Terminal Authentication.
        var terminal: TerminalAuthentication2Chip
        /// Chip Authentication.
        var chip: ChipAuthentication2Chip

        /// - Throws: ``PersonalisationError`` `invalidOption` where a key does not fit its ciphers.
        init(_ keys: [PersonalisedDocument.ChipAuthenticationKey], trustPoints: CVTrustPoints) throws {
            terminal = TerminalAuthentication2Chip(trustPoints: [trustPoints])
            chip = ChipAuthentication2Chip(
                try keys.flatMap { key in try key.ciphers.map { try Self.key(key, $0) } })
        }

        /// Forgets a session.
        mutating func reset() {
            terminal.reset()
            chip.reset()
        }

        private static func key(
            _ key: PersonalisedDocument.ChipAuthenticationKey, _ cipher: BlockCipher
        ) throws -> ChipAuthentication2Chip.Key {
            let domain = key.keyPair.publicKey.domain
            guard let sessionCipher = SessionCipher.allCases.first(where: { $0.blockCipher == cipher }),
                let parameters = ChipAuthentication2Parameters(
                    protocol: ChipAuthenticationProtocol(
                        agreement: domain.agreement == .dh ? .dh : .ecdh, cipher: sessionCipher),
                    keyId: key.keyId.map(Self.shortest), domain: domain),
                let made = ChipAuthentication2Chip.Key(parameters, key.keyPair)
            else {
                throw PersonalisationError(.invalidOption, "a key of Chip Authentication does not fit its protocol")
            }
            return made
        }

        /// An unsigned number without leading zeros.
        private static func shortest(_ number: UInt) -> [UInt8] {
            let bytes = withUnsafeBytes(of: number.bigEndian) { Array($0) }
            return Array(bytes.dropLast().drop { $0 == 0 }) + bytes.suffix(1)
        }
    }

    /// Carries out a command of Terminal Authentication version 2, which knows secure messaging alone.
    ///
    /// - Returns: `nil` where it is none, or the chip has no version 2.
    func terminalAuthenticate(_ command: CommandAPDU, isProtected: Bool) throws -> ResponseAPDU? {
        // Without secure messaging the session has ended, and nothing is begun: 6982.
        if !isProtected { extendedAccess?.reset() }
        return try extendedAccess?.terminal.process(command)
    }

    /// Begins what follows PACE: with an authorization, Terminal Authentication; without one, nothing (TR-03110-2, 3.3). A session
    /// before it, with its rights, is over.
    func beginExtendedAccess(_ pace: PACEChip) throws {
        extendedAccess?.reset()
        state.hasExtendedAccess = false
        guard let authorization = state.paceAuthorization, let chipKey = pace.ephemeralKey else { return }
        state.paceAuthorization = nil
        extendedAccess?.terminal.begin(
            authorization, chipIdentifier: try pace.parameters.domain.compressed(publicKey: chipKey))
    }

    /// MSE:Set AT of Chip Authentication version 2. It takes the place of a PACE that was only chosen.
    func setChipAuthentication2(_ data: [UInt8]) -> ResponseAPDU {
        state.pace = nil
        return ResponseAPDU(
            statusWord: extendedAccess?.chip.setAuthenticationTemplate(data) ?? .conditionsOfUseNotSatisfied)
    }

    /// GENERAL AUTHENTICATE of Chip Authentication version 2 (TR-03110-2, 3.4): only with the key that Terminal Authentication
    /// announced.
    ///
    /// - Returns: `nil` where the chip has no version 2.
    func chipAuthenticate2(_ command: CommandAPDU) throws -> ResponseAPDU? {
        guard !quirks.contains(.ca6F00) else {
            return extendedAccess.map { _ in ResponseAPDU(statusWord: .unknownError) }
        }
        // Out of the optional, as what it returns cannot be copied.
        guard var access = extendedAccess else { return nil }
        defer { extendedAccess = access }
        switch try access.chip.generalAuthenticate(command.data, announced: access.terminal.announcedKey) {
        case .refused(let status): return ResponseAPDU(statusWord: status)
        case .done(let data, let keys):
            // The answer still goes out under the old keys; the rights stay (TR-03110-2, 3.4).
            state.pendingSession = SecureMessagingChip(context: try keys.makeContext())
            state.hasExtendedAccess = true
            return ResponseAPDU(data: data)
        }
    }

    /// What the terminal may do once Chip Authentication has followed Terminal Authentication: the AND over the authorization that
    /// it named in PACE and its certificates. `nil` before.
    var effectiveAuthorization: CertificateHolderAuthorization? {
        state.hasExtendedAccess && state.secureMessaging != nil ? extendedAccess?.terminal.grantedAuthorization : nil
    }

    /// Whether the eMRTD application is open. Where it lies behind version 2, it opens to inspection systems
    /// alone: the other types of terminal are for other applications.
    var isApplicationOpen: Bool {
        extendedAccess == nil ? isOpen : isOpen && effectiveAuthorization?.terminalType == .inspectionSystem
    }
}
