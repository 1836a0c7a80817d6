import EMRTDCrypto
package import EMRTDTrust
package import ISO7816

/// Terminal Authentication version 1, chip side (Doc 9303-11, 7.1): trust points that stay, and the state of one session.
///
/// A value: a simulated chip keeps it, and calls ``reset()`` whenever a session ends. What link certificates brought and the
/// date stay (7.1.4.3.7, permanent import); keys of document verifiers and terminals and the rights go.
package struct TerminalAuthenticationChip: Sendable {
    /// Trust points and date: what the chip keeps for good.
    package private(set) var trustPoints: CVTrustPoints
    /// What the authenticated terminal may do; `nil` before, and in the next session.
    package private(set) var grantedAuthorization: CertificateHolderAuthorization?

    /// The key that the next certificate is verified with.
    private var signer: CVVerifiedKey?
    /// The most recently imported key of a document verifier or terminal.
    private var temporary: CVVerifiedKey?
    /// The key that the terminal authenticates with.
    private var terminal: CVVerifiedKey?
    private var challenge: [UInt8]?

    /// A chip as personalised.
    package init(trustPoints: CVTrustPoints) { self.trustPoints = trustPoints }

    /// Ends a session: power down, or new secure messaging.
    package mutating func reset() {
        self = TerminalAuthenticationChip(trustPoints: trustPoints)
    }

    /// Whether the terminal may read DG3.
    package var grantsDG3: Bool { grantedAuthorization?.readsDG3 ?? false }
    /// Whether the terminal may read DG4.
    package var grantsDG4: Bool { grantedAuthorization?.readsDG4 ?? false }

    /// MSE:Set DST: chooses the key that the next certificate is verified with.
    ///
    /// - Returns: 9000; 6A80 for other data than one name; 6A88 where no such key is known.
    package mutating func setDigitalSignatureTemplate(_ data: [UInt8]) -> StatusWord {
        signer = nil
        guard let reference = Self.reference(data) else { return .incorrectData }
        guard let key = known(reference) else { return .referencedDataNotFound }
        signer = key
        return .success
    }

    /// PSO: Verify Certificate: verifies a certificate with the chosen key and takes in what it brings.
    ///
    /// - Returns: 9000; 6985 without a chosen key; 6A80 for data that is no certificate; 6300 where it is not accepted, in which
    ///   case nothing changes.
    /// - Throws: `CryptoError` only where libcrypto fails.
    package mutating func verifyCertificate(_ data: [UInt8]) throws -> StatusWord {
        guard let signer else { return .conditionsOfUseNotSatisfied }
        guard data.starts(with: [0x7F, 0x4E]), let certificate = try? CVCertificate(parsing: data) else {
            return .incorrectData
        }
        switch try trustPoints.verify(certificate, issuer: signer) {
        case .failure: return .authenticationFailed
        case .success(let key):
            self.signer = nil
            // A new key of whatever kind replaces the temporary one, and what was begun with it.
            temporary = key.authorization.role == .certificationAuthority ? nil : key
            terminal = nil
            challenge = nil
            return .success
        }
    }

    /// MSE:Set AT: chooses the terminal's key.
    ///
    /// - Returns: 9000; 6A80 for other data than one name, and for a key that is not that of a terminal; 6A88 where no such key
    ///   is known.
    package mutating func setAuthenticationTemplate(_ data: [UInt8]) -> StatusWord {
        terminal = nil
        challenge = nil
        guard let reference = Self.reference(data) else { return .incorrectData }
        guard let key = known(reference) else { return .referencedDataNotFound }
        guard key.authorization.role == .terminal else { return .incorrectData }
        terminal = key
        return .success
    }

    /// What the terminal's key that MSE:Set AT chose signs with; `nil` before.
    var chosenAlgorithm: TerminalSignatureAlgorithm? { terminal?.algorithm }

    /// Takes the choice of MSE:Set AT back.
    mutating func forgetTerminal() {
        terminal = nil
        challenge = nil
    }

    /// GET CHALLENGE: eight random bytes for one signature; `nil` (6985) before MSE:Set AT.
    package mutating func getChallenge() throws -> [UInt8]? {
        guard terminal != nil else { return nil }
        challenge = try randomBytes(TerminalAuthenticationSteps.challengeLength)
        return challenge
    }

    /// EXTERNAL AUTHENTICATE: verifies the terminal's signature and gives it its rights.
    ///
    /// - Parameter binding: chip and terminal key of the present session; `nil` where neither Chip Authentication nor PACE
    ///   with Chip Authentication Mapping has run.
    /// - Returns: 9000; 6982 without a binding, and after Terminal Authentication in the same session; 6985 without key or
    ///   challenge; 6300 for a wrong signature, after which a new challenge is needed.
    /// - Throws: `CryptoError` only where libcrypto fails.
    package mutating func externalAuthenticate(
        _ signature: [UInt8], binding: TerminalAuthenticationBinding?
    ) throws -> StatusWord {
        guard grantedAuthorization == nil, let binding else { return .securityStatusNotSatisfied }
        guard let terminal, let challenge else { return .conditionsOfUseNotSatisfied }
        self.challenge = nil
        guard try terminal.isValid(signature: signature, for: binding.message(challenge: challenge)) else {
            return .authenticationFailed
        }
        grantedAuthorization = terminal.authorization
        return .success
    }

    /// Carries out a command of the protocol.
    ///
    /// - Returns: the answer, or `nil` where the command is none of the five. GET CHALLENGE and EXTERNAL AUTHENTICATE are those
    ///   of BAC as well: the caller decides by the state of its session.
    package mutating func process(
        _ command: CommandAPDU, binding: TerminalAuthenticationBinding?
    ) throws -> ResponseAPDU? {
        let status: StatusWord
        switch (command.ins, command.p1, command.p2) {
        case (0x22, 0x81, 0xB6): status = setDigitalSignatureTemplate(command.data)
        case (0x2A, 0x00, 0xBE): status = try verifyCertificate(command.data)
        case (0x22, 0x81, 0xA4): status = setAuthenticationTemplate(command.data)
        case (0x84, 0x00, 0x00):
            guard command.expectedLength == TerminalAuthenticationSteps.challengeLength else {
                return ResponseAPDU(data: [], statusWord: .wrongLength)
            }
            guard let challenge = try getChallenge() else {
                return ResponseAPDU(data: [], statusWord: .conditionsOfUseNotSatisfied)
            }
            return ResponseAPDU(data: challenge, statusWord: .success)
        case (0x82, 0x00, 0x00): status = try externalAuthenticate(command.data, binding: binding)
        default: return nil
        }
        return ResponseAPDU(data: [], statusWord: status)
    }

    private func known(_ reference: CVReference) -> CVVerifiedKey? {
        trustPoints.key(reference) ?? (temporary?.reference == reference ? temporary : nil)
    }

    /// The name in DO'83', which must stand alone.
    private static func reference(_ data: [UInt8]) -> CVReference? {
        guard let object = try? TLV(exactly: data), object.tag == 0x83 else { return nil }
        return CVReference(object.value)
    }
}
