import EMRTDCrypto
import EMRTDProtocol
import ISO7816
import LDS

/// The chip's proofs: Chip Authentication and Active Authentication (Doc 9303-11, 6.1 and 6.2).
extension Chip {
    /// MSE:Set AT of Chip Authentication.
    func setChipAuthentication(_ identifier: [UInt8]?, keyId: [UInt8]?) -> ResponseAPDU {
        guard
            let proto = identifier.flatMap({ try? OID(encoded: $0) }).flatMap({
                ChipAuthenticationProtocol(objectIdentifier: $0)
            })
        else { return ResponseAPDU(statusWord: .incorrectData) }
        let cipher = proto.cipher.blockCipher
        let agreement: PACEOffer.Agreement = proto.agreement == .dh ? .dh : .ecdh
        switch chipAuthenticationKey(
            keyId, { $0.ciphers.contains(cipher) && $0.keyPair.publicKey.domain.agreement == agreement })
        {
        case .success(let key):
            state.chipAuthentication = (key, cipher)
            return ResponseAPDU()
        case .failure(let refusal): return ResponseAPDU(statusWord: refusal.statusWord)
        }
    }

    /// MSE:Set KAT: the whole of Chip Authentication with 3DES (6.2.4.1).
    func setKeyAgreement(ephemeral: [UInt8]?, keyId: [UInt8]?) throws -> ResponseAPDU {
        guard let ephemeral else { return ResponseAPDU(statusWord: .incorrectData) }
        switch chipAuthenticationKey(keyId, { $0.ciphers.contains(.tripleDES) }) {
        case .success(let key): return try agree(key, .tripleDES, ephemeral: ephemeral) ?? ResponseAPDU()
        case .failure(let refusal): return ResponseAPDU(statusWord: refusal.statusWord)
        }
    }

    /// GENERAL AUTHENTICATE of Chip Authentication (6.2.4.2).
    func chipAuthenticate(_ command: CommandAPDU) throws -> ResponseAPDU {
        guard let (key, cipher) = state.chipAuthentication else {
            return ResponseAPDU(statusWord: .conditionsOfUseNotSatisfied)
        }
        state.chipAuthentication = nil
        guard let template = try? TLV(exactly: command.data), template.tag == 0x7C,
            let ephemeral = try? template.child(0x80).value
        else { return ResponseAPDU(statusWord: .incorrectData) }
        return try agree(key, cipher, ephemeral: Array(ephemeral)) ?? ResponseAPDU(data: TLV.encode(0x7C, []))
    }

    private struct Refusal: Error { let statusWord: StatusWord }

    /// The key with an id, or without one the only key there is.
    private func chipAuthenticationKey(
        _ keyId: [UInt8]?, _ fits: (PersonalisedDocument.ChipAuthenticationKey) -> Bool
    ) -> Result<PersonalisedDocument.ChipAuthenticationKey, Refusal> {
        guard (keyId?.count ?? 0) <= 4 else { return .failure(Refusal(statusWord: .incorrectData)) }
        let wanted = keyId.map { $0.reduce(UInt(0)) { $0 << 8 | UInt($1) } }
        let keys = document.chipAuthenticationKeys.filter { fits($0) && (wanted == nil || $0.keyId == wanted) }
        guard keys.count == 1, let key = keys.first else {
            return .failure(Refusal(statusWord: .referencedDataNotFound))
        }
        return .success(key)
    }

    /// Agrees on the keys of the next session; `nil` where that went well.
    private func agree(
        _ key: PersonalisedDocument.ChipAuthenticationKey, _ cipher: BlockCipher, ephemeral: [UInt8]
    ) throws -> ResponseAPDU? {
        guard !quirks.contains(.ca6F00) else { return ResponseAPDU(statusWord: .unknownError) }
        let keys = try ChipAuthenticationChip.agree(cipher, key: key.keyPair, terminalKey: ephemeral)
        let session: SecureMessagingChip
        switch consume keys {
        case .some(let keys): session = SecureMessagingChip(context: try keys.makeContext())
        case .none: return ResponseAPDU(statusWord: .authenticationFailed)
        }
        // The answer still goes out under the old keys (6.2.4).
        state.pendingSession = session
        terminalAuthentication?.reset()
        let group = try key.keyPair.publicKey.domain.makeGroup()
        state.terminalBinding = try state.chipIdentifier.map {
            try TerminalAuthenticationBinding(
                chip: $0, terminalKey: group.decodePublicKey(ephemeral), domain: group.domain)
        }
        state.hasAccess = true
        return nil
    }

    func internalAuthenticate(_ command: CommandAPDU) throws -> ResponseAPDU {
        guard let key = document.activeAuthenticationKey else {
            return ResponseAPDU(statusWord: .instructionNotSupported)
        }
        guard isApplicationOpen else { return ResponseAPDU(statusWord: .securityStatusNotSatisfied) }
        guard command.data.count == 8 else { return ResponseAPDU(statusWord: .wrongLength) }
        let digest = document.activeAuthenticationDigest ?? .sha256
        var signature: [UInt8]
        switch key.publicKey {
        case .rsa(let rsa):
            let tries = quirks.contains(.aaLeadingZerosLost) ? 4096 : 1
            signature = []
            for _ in 0..<tries {
                let block = try ISO9796Signature.block(
                    length: rsa.modulus.count, message: command.data, digest: digest, randomM1: randomBytes)
                signature = try key.signRaw(block)
                if signature.first == 0 { break }
            }
            if tries > 1 { signature = Array(signature.drop { $0 == 0 }) }
        case .ec:
            signature = try key.sign(
                command.data, scheme: quirks.contains(.aaDER) ? .ecdsa(digest) : .ecdsaPlain(digest))
        }
        return signatureByQuirk(signature, command) ?? answer(signature, to: command)
    }

    /// An Ne that is stated and too small is refused; 256 in short length means all there is.
    private func answer(_ signature: [UInt8], to command: CommandAPDU) -> ResponseAPDU {
        let asked = command.expectedLength ?? 256
        guard asked >= signature.count || (asked == 256 && !command.isExtended) else {
            return ResponseAPDU(statusWord: .wrongLength)
        }
        return ResponseAPDU(data: signature)
    }
}
