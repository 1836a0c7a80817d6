import EMRTDCrypto
import EMRTDProtocol
import ISO7816
import LDS

/// GET CHALLENGE, EXTERNAL AUTHENTICATE, MSE, GENERAL AUTHENTICATE and INTERNAL AUTHENTICATE (Doc 9303-11, 4, 6.1 and 6.2).
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

    func externalAuthenticate(_ command: CommandAPDU) throws -> ResponseAPDU {
        guard let chip = state.bac?.take() else { return ResponseAPDU(statusWord: .conditionsOfUseNotSatisfied) }
        state.bac = nil
        let keys = try BACKeys(mrzHash: mrzHash.copy())
        guard let success = try chip.authenticate(command.data, keys: keys) else {
            return ResponseAPDU(statusWord: .authenticationFailed)
        }
        state.secureMessaging = SecureMessagingChip(context: try success.keys.makeContext())
        state.hasAccess = true
        return ResponseAPDU(data: success.response)
    }

    func manageSecurityEnvironment(_ command: CommandAPDU, isProtected: Bool) throws -> ResponseAPDU {
        guard let objects = try? TLV.parseAll(command.data[...]) else {
            return ResponseAPDU(statusWord: .incorrectData)
        }
        func value(_ tag: Tag) -> [UInt8]? { objects.first { $0.tag == tag }.map { Array($0.value) } }
        switch (command.p1, command.p2) {
        case (0xC1, 0xA4): return try setPACE(value(0x80), reference: value(0x83), parameters: value(0x84))
        case (0x41, 0xA4):
            guard isProtected else { return ResponseAPDU(statusWord: .securityStatusNotSatisfied) }
            return setChipAuthentication(value(0x80), keyId: value(0x84))
        default: return ResponseAPDU(statusWord: .incorrectP1P2)
        }
    }

    private func setPACE(_ identifier: [UInt8]?, reference: [UInt8]?, parameters: [UInt8]?) throws -> ResponseAPDU {
        let offers = paceOffers.filter {
            $0.protocol.objectIdentifier.encoded == identifier
                && (parameters == nil || parameters == [UInt8(truncatingIfNeeded: $0.parameterId)])
        }
        // Domain parameters must be named where they are ambiguous (Doc 9303-11, 4.4.4.1).
        guard offers.count == 1, let offer = offers.first else { return ResponseAPDU(statusWord: .incorrectData) }
        let password: PACEPassword
        switch reference {
        case [PACEPasswordReference.mrz.rawValue]: password = PACEPassword(.mrz, secret: mrzHash)
        case [PACEPasswordReference.can.rawValue]:
            guard let can else { return ResponseAPDU(statusWord: .referencedDataNotFound) }
            password = PACEPassword(.can, secret: can)
        default: return ResponseAPDU(statusWord: .referencedDataNotFound)
        }
        state.pace = try PACEChip(offer, password: password)
        return ResponseAPDU()
    }

    private func setChipAuthentication(_ identifier: [UInt8]?, keyId: [UInt8]?) -> ResponseAPDU {
        let wanted = keyId.map { $0.reduce(UInt(0)) { $0 << 8 | UInt($1) } }
        guard (keyId?.count ?? 0) <= 4, let chosen = identifier.flatMap({ try? OID(encoded: $0) }),
            let proto = ChipAuthenticationProtocol(objectIdentifier: chosen), proto.agreement == .ecdh,
            proto.cipher != .tripleDES
        else { return ResponseAPDU(statusWord: .incorrectData) }
        let keys = document.chipAuthenticationKeys.filter {
            $0.ciphers.contains(proto.cipher.blockCipher) && (wanted == nil || $0.keyId == wanted)
        }
        guard keys.count == 1, let key = keys.first else { return ResponseAPDU(statusWord: .referencedDataNotFound) }
        state.chipAuthentication = (key, proto.cipher.blockCipher)
        return ResponseAPDU()
    }

    func generalAuthenticate(_ command: CommandAPDU, isProtected: Bool) throws -> ResponseAPDU {
        if isProtected { return try chipAuthenticate(command) }
        guard let pace = state.pace else { return ResponseAPDU(statusWord: .conditionsOfUseNotSatisfied) }
        switch try pace.answer(command.data, isLast: command.cla & 0x10 == 0) {
        case .more(let data): return ResponseAPDU(data: data)
        case .refused(let status):
            state.pace = nil
            return ResponseAPDU(statusWord: status)
        case .done(let data, let keys):
            state.pace = nil
            state.secureMessaging = SecureMessagingChip(context: try keys.makeContext())
            state.hasAccess = true
            return ResponseAPDU(data: data)
        }
    }

    private func chipAuthenticate(_ command: CommandAPDU) throws -> ResponseAPDU {
        guard let (key, cipher) = state.chipAuthentication else {
            return ResponseAPDU(statusWord: .conditionsOfUseNotSatisfied)
        }
        state.chipAuthentication = nil
        guard let template = try? TLV(exactly: command.data), template.tag == 0x7C,
            let point = try? template.child(0x80).value
        else { return ResponseAPDU(statusWord: .incorrectData) }
        let pair = try key.privateKey.withScalar { scalar in
            try KeyAgreementKeyPair(domain: .ecdh(key.curve), scalar: scalar.copy())
        }
        guard let pair else { return ResponseAPDU(statusWord: .authenticationFailed) }
        let keys = try ChipAuthenticationChip.agree(cipher, key: pair, terminalKey: Array(point))
        let session: SecureMessagingChip
        switch consume keys {
        case .some(let keys): session = SecureMessagingChip(context: try keys.makeContext())
        case .none: return ResponseAPDU(statusWord: .authenticationFailed)
        }
        // The answer still goes out under the old keys (Doc 9303-11, 6.2.4).
        state.pendingSession = session
        return ResponseAPDU(data: TLV.encode(0x7C, []))
    }

    func internalAuthenticate(_ command: CommandAPDU) throws -> ResponseAPDU {
        guard let key = document.activeAuthenticationKey else {
            return ResponseAPDU(statusWord: .instructionNotSupported)
        }
        guard state.hasAccess, state.secureMessaging != nil else {
            return ResponseAPDU(statusWord: .securityStatusNotSatisfied)
        }
        guard command.data.count == 8 else { return ResponseAPDU(statusWord: .wrongLength) }
        switch key.publicKey {
        case .rsa(let rsa):
            let block = try ISO9796Signature.block(
                length: rsa.modulus.count, message: command.data,
                digest: document.activeAuthenticationDigest ?? .sha256, randomM1: randomBytes)
            // An Ne that is stated and too small is refused; 256 in short length means all there is.
            let asked = command.expectedLength ?? 256
            guard asked >= rsa.modulus.count || (asked == 256 && !command.isExtended) else {
                return ResponseAPDU(statusWord: .wrongLength)
            }
            return ResponseAPDU(data: try key.signRaw(block))
        case .ec:
            return ResponseAPDU(
                data: try key.sign(command.data, scheme: .ecdsaPlain(document.activeAuthenticationDigest ?? .sha256)))
        }
    }
}
