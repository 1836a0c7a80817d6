import EMRTDCrypto
import EMRTDProtocol
import EMRTDTrust
import ISO7816
import LDS

/// Access control: GET CHALLENGE and EXTERNAL AUTHENTICATE of BAC, MSE and GENERAL AUTHENTICATE of PACE, RESET RETRY COUNTER
/// (Doc 9303-11, 4.3 and 4.4; TR-03110-3, B.11 and B.12).
extension Chip {
    func getChallenge(_ command: CommandAPDU, isProtected: Bool) throws -> ResponseAPDU {
        guard document.behaviour.supportsBAC, !isProtected, files.directory == .application else {
            return ResponseAPDU(statusWord: .conditionsOfUseNotSatisfied)
        }
        guard command.expectedLength ?? 8 >= 8 else { return ResponseAPDU(statusWord: .wrongLength) }
        let pending = ChipState.PendingBAC(try BACChip())
        state.bac = pending
        return ResponseAPDU(data: pending.rndIC)
    }

    func externalAuthenticate(_ command: CommandAPDU, isProtected: Bool) throws -> ResponseAPDU {
        guard let chip = state.bac?.take() else { return ResponseAPDU(statusWord: .conditionsOfUseNotSatisfied) }
        state.bac = nil
        let keys = try BACKeys(mrzHash: passwords.mrzHash.copy())
        guard let success = try chip.authenticate(command.data, keys: keys) else {
            return ResponseAPDU(statusWord: quirks.contains(.wrongKey63C2) ? 0x63C2 : .authenticationFailed)
        }
        state.secureMessaging = SecureMessagingChip(context: try success.keys.makeContext())
        state.hasAccess = true
        state.chipIdentifier = .bac(mrzInformation: Array(document.secrets.mrzInformation.utf8))
        return ResponseAPDU(data: success.response)
    }

    func manageSecurityEnvironment(_ command: CommandAPDU, isProtected: Bool) throws -> ResponseAPDU {
        guard let objects = try? TLV.parseAll(command.data[...]) else {
            return ResponseAPDU(statusWord: .incorrectData)
        }
        func value(_ tag: Tag) -> [UInt8]? { objects.first { $0.tag == tag }.map { Array($0.value) } }
        switch (command.p1, command.p2) {
        case (0xC1, 0xA4):
            return try setPACE(
                value(0x80), reference: value(0x83), parameters: value(0x84),
                authorizations: objects.filter { $0.tag == 0x7F4C })
        case (0x41, 0xA4), (0x41, 0xA6):
            guard isProtected || document.behaviour.isPlain else {
                return ResponseAPDU(statusWord: .securityStatusNotSatisfied)
            }
            // Version 2 has no MSE:Set KAT.
            guard extendedAccess == nil else {
                return command.p2 == 0xA4
                    ? setChipAuthentication2(command.data) : ResponseAPDU(statusWord: .incorrectP1P2)
            }
            return command.p2 == 0xA4
                ? setChipAuthentication(value(0x80), keyId: value(0x84))
                : try setKeyAgreement(ephemeral: value(0x91), keyId: value(0x84))
        default: return ResponseAPDU(statusWord: .incorrectP1P2)
        }
    }

    private func setPACE(
        _ identifier: [UInt8]?, reference: [UInt8]?, parameters: [UInt8]?, authorizations: [TLV]
    ) throws -> ResponseAPDU {
        (state.pace, state.paceAuthorization) = (nil, nil)
        extendedAccess?.chip.reset()
        let number = parameters.map { $0.count <= 2 ? $0.reduce(0) { $0 << 8 | Int($1) } : -1 }
        let offers = paceOffers.filter {
            $0.protocol.objectIdentifier.encoded == identifier && (number == nil || number == $0.reference)
        }
        // Domain parameters must be named where they are ambiguous (Doc 9303-11, 4.4.4.1).
        guard offers.count == 1, let offer = offers.first else { return ResponseAPDU(statusWord: .incorrectData) }
        guard let byte = reference?.first, reference?.count == 1, let name = PACEPasswordReference(rawValue: byte),
            let password = passwords.password(name)
        else { return ResponseAPDU(statusWord: .referencedDataNotFound) }
        // Files of another document offer what this chip has no key for.
        guard offer.protocol.mapping != .chipAuthentication || mappingKey(of: offer) != nil else {
            return ResponseAPDU(statusWord: .incorrectData)
        }
        // A terminal that names its authorization learns which trust points to start from (TR-03110-3, B.11.1).
        var names: [[UInt8]] = []
        if let access = extendedAccess, let template = authorizations.first {
            guard authorizations.count == 1,
                let authorization = try? CertificateHolderAuthorization(template: template)
            else { return ResponseAPDU(statusWord: .incorrectData) }
            names = access.terminal.references(for: authorization.terminalType).map(\.bytes)
            state.paceAuthorization = authorization
        }
        state.pace = try makePACE(offer, password, names)
        return ResponseAPDU(statusWord: passwords.status(name))
    }

    private func makePACE(
        _ offer: PACEParameters, _ password: PACEPassword, _ trustPoints: [[UInt8]]
    ) throws -> PACEChip {
        guard quirks.contains(.leadingZeros), offer.protocol.mapping != .integrated else {
            return try PACEChip(
                offer, password: password, chipKey: mappingKey(of: offer), certificationAuthorityReferences: trustPoints
            )
        }
        let group = try offer.domain.makeGroup()
        return try PACEChip(
            offer, password: password, group: group, nonce: randomSecret(16),
            mapping: ChipKeys.scalarWithLeadingZero(group), agreement: group.randomScalar(),
            chipKey: mappingKey(of: offer), certificationAuthorityReferences: trustPoints)
    }

    /// The static key for Chip Authentication Mapping with an offer.
    private func mappingKey(of offer: PACEParameters) -> KeyAgreementKeyPair? {
        guard offer.protocol.mapping == .chipAuthentication else { return nil }
        return document.chipAuthenticationMappingKeys.first { key in
            key.keyId == offer.reference.flatMap { UInt(exactly: $0) }
                && key.keyPair.publicKey.domain == offer.domain
        }?.keyPair
    }

    func generalAuthenticate(_ command: CommandAPDU) throws -> ResponseAPDU {
        guard state.pace == nil else { return try answerPACE(command) }
        return try chipAuthenticate2(command) ?? chipAuthenticate(command)
    }

    private func answerPACE(_ command: CommandAPDU) throws -> ResponseAPDU {
        guard let pace = state.pace else { return ResponseAPDU(statusWord: .conditionsOfUseNotSatisfied) }
        let reference = pace.reference
        let isResumed = state.provenPasswords.contains(.can) && state.secureMessaging != nil
        if let refusal = passwords.refusal(reference, isResumed: isResumed) {
            state.pace = nil
            return ResponseAPDU(statusWord: refusal)
        }
        let isLast = command.cla & 0x10 == 0
        if isLast, quirks.contains(.paceFails) { return failPACE(.unknownError) }
        switch try pace.answer(command.data, isLast: isLast) {
        case .more(let data): return ResponseAPDU(data: data)
        case .refused(let status):
            // A wrong token alone tells of a wrong password.
            guard isLast, status == .authenticationFailed else { return failPACE(status) }
            let counted = passwords.countFailure(reference)
            return failPACE(counted == .authenticationFailed && quirks.contains(.wrongKey63C2) ? 0x63C2 : counted)
        case .done(let data, let keys):
            state.pace = nil
            passwords.countSuccess(reference)
            state.provenPasswords.insert(reference)
            state.hasAccess = true
            terminalAuthentication?.reset()
            try identify(pace)
            try beginExtendedAccess(pace)
            // Under secure messaging the answer still goes out under the old keys.
            state.pendingSession = SecureMessagingChip(context: try keys.makeContext())
            return ResponseAPDU(data: data)
        }
    }

    /// Keeps what Terminal Authentication binds the terminal to (Doc 9303-11, 7.1.2). Chip Authentication Mapping
    /// authenticates the chip at once; the other mappings leave that to Chip Authentication.
    private func identify(_ pace: PACEChip) throws {
        guard let chipKey = pace.ephemeralKey, let terminalKey = pace.terminalKey else { return }
        let domain = pace.parameters.domain
        let identifier = TerminalAuthenticationBinding.ChipIdentifier.pace(chipKey: chipKey, domain: domain)
        state.chipIdentifier = identifier
        state.terminalBinding =
            pace.parameters.protocol.mapping == .chipAuthentication
            ? try TerminalAuthenticationBinding(chip: identifier, terminalKey: terminalKey, domain: domain) : nil
    }

    private func failPACE(_ status: StatusWord) -> ResponseAPDU {
        state.pace = nil
        memory.untilReset.hasFailedPACE = true
        return ResponseAPDU(statusWord: status)
    }

    /// RESET RETRY COUNTER for the PIN (TR-03110-3, B.12): P1 = 03 unblocks it after PACE with the PUK, P1 = 02 gives it another
    /// value after PACE with the PIN or the PUK.
    func resetRetryCounter(_ command: CommandAPDU) throws -> ResponseAPDU {
        guard passwords.password(.pin) != nil else { return ResponseAPDU(statusWord: .instructionNotSupported) }
        guard command.p2 == PACEPasswordReference.pin.rawValue else { return ResponseAPDU(statusWord: .incorrectP1P2) }
        let proven = state.provenPasswords
        switch command.p1 {
        case 0x02:
            guard proven.contains(.pin) || proven.contains(.puk) else {
                return ResponseAPDU(statusWord: .securityStatusNotSatisfied)
            }
            guard (4...16).contains(command.data.count), command.data.allSatisfy({ (0x30...0x39).contains($0) }) else {
                return ResponseAPDU(statusWord: .incorrectData)
            }
            guard proven.contains(.pin) || passwords.unblock() else {
                return ResponseAPDU(statusWord: .authenticationMethodBlocked)
            }
            try passwords.changePIN(command.data)
        case 0x03:
            guard proven.contains(.puk) else { return ResponseAPDU(statusWord: .securityStatusNotSatisfied) }
            guard command.data.isEmpty else { return ResponseAPDU(statusWord: .incorrectData) }
            guard passwords.unblock() else { return ResponseAPDU(statusWord: .authenticationMethodBlocked) }
        default: return ResponseAPDU(statusWord: .incorrectP1P2)
        }
        return ResponseAPDU()
    }
}
