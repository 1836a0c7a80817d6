package import EMRTDCrypto
package import ISO7816
import LDS

/// PACE, chip side (Doc 9303-11, 4.4): answers the four GENERAL AUTHENTICATE commands in their order.
package final class PACEChip {
    /// What the chip answers to one command.
    package enum Answer: ~Copyable {
        /// The data field, with 9000.
        case more([UInt8])
        /// The data field of the last answer, and the keys of the session that begins after it.
        case done([UInt8], SessionKeys)
        /// A status word; the run is over.
        case refused(StatusWord)
    }

    private enum Step { case nonce, mapping, agreement, authentication, over }

    /// The password that this run is about.
    package let reference: PACEPasswordReference
    /// The chip's ephemeral public key of the key agreement step, once there is one: its identity in Terminal
    /// Authentication.
    package var ephemeralKey: [UInt8]? { agreement?.chipKey }
    /// The terminal's ephemeral public key of that step: with Chip Authentication Mapping, its identity in Terminal
    /// Authentication.
    package var terminalKey: [UInt8]? { agreement?.terminalKey }

    /// What the run is made with.
    package let parameters: PACEParameters
    private let passwordKey: SecretBytes
    private let group: any KeyAgreementGroup
    private let nonce: SecretBytes
    private let mapping: PACEKeyPair
    private let agreementScalar: SecretBytes
    private let chipKey: KeyAgreementKeyPair?
    private let certificationAuthorityReferences: [[UInt8]]
    private let padsNumbers: Bool
    private var step = Step.nonce
    private var generator: [UInt8]?
    private var agreement: Agreement?

    private final class Agreement {
        /// Both keys as they were exchanged.
        let chipKey: [UInt8]
        let terminalKey: [UInt8]
        let keys: SessionKeys

        init(chipKey: [UInt8], terminalKey: [UInt8], keys: consuming SessionKeys) {
            self.chipKey = chipKey
            self.terminalKey = terminalKey
            self.keys = keys
        }
    }

    /// Starts with a fresh nonce and fresh keys.
    ///
    /// - Parameters:
    ///   - chipKey: the static key of Chip Authentication Mapping, which needs one in the group of the parameters.
    ///   - certificationAuthorityReferences: at most two names of trust points for the last answer (DO'87' and DO'88').
    ///   - padsNumbers: whether numbers of prime fields go out with leading zeros, which 9.4.1 forbids and some chips do.
    /// - Throws: ``CryptoError`` `invalidKey` where Chip Authentication Mapping has no such key.
    package convenience init(
        _ parameters: PACEParameters, password: PACEPassword, chipKey: KeyAgreementKeyPair? = nil,
        certificationAuthorityReferences: [[UInt8]] = [], padsNumbers: Bool = false
    ) throws {
        let group = try parameters.domain.makeGroup()
        let isIntegrated = parameters.protocol.mapping == .integrated
        let mapping = try group.randomScalar()
        let agreement = try group.randomScalar()
        try self.init(
            parameters, password: password, group: group,
            nonce: try randomSecret(isIntegrated ? IntegratedMapping.nonceLength(parameters.cipher) : 16),
            mapping: mapping, agreement: agreement, chipKey: chipKey,
            certificationAuthorityReferences: certificationAuthorityReferences, padsNumbers: padsNumbers)
    }

    /// Starts with given values, for worked examples. Integrated Mapping ignores the mapping key.
    package init(
        _ parameters: PACEParameters, password: PACEPassword, group: any KeyAgreementGroup,
        nonce: consuming SecretBytes, mapping: consuming SecretBytes, agreement: consuming SecretBytes,
        chipKey: KeyAgreementKeyPair? = nil, certificationAuthorityReferences: [[UInt8]] = [], padsNumbers: Bool = false
    ) throws {
        guard
            parameters.protocol.mapping != .chipAuthentication || chipKey?.publicKey.domain == parameters.domain
        else { throw CryptoError(.invalidKey, "Chip Authentication Mapping needs a static key in PACE's group") }
        let key = try password.key(parameters.cipher)
        let pair = try PACEKeyPair(group, scalar: mapping)
        reference = password.reference
        self.parameters = parameters
        passwordKey = key
        self.group = group
        self.nonce = nonce
        self.mapping = pair
        agreementScalar = agreement
        self.chipKey = chipKey
        self.certificationAuthorityReferences = Array(certificationAuthorityReferences.prefix(2))
        self.padsNumbers = padsNumbers
    }

    /// Answers the data field of one GENERAL AUTHENTICATE; `isLast` says whether its class byte ends the chain.
    package func answer(_ data: [UInt8], isLast: Bool) throws -> Answer {
        guard let template = try? TLV(exactly: data), template.tag == 0x7C, let objects = try? template.children()
        else {
            return end(.incorrectData)
        }
        switch (step, objects.count) {
        case (.nonce, 0) where !isLast:
            step = .mapping
            return .more(try self.template(0x80, parameters.cipher.encrypt(secret: nonce, key: passwordKey)))
        case (.mapping, 1) where !isLast && objects[0].tag == 0x81: return try map(Array(objects[0].value))
        case (.agreement, 1) where !isLast && objects[0].tag == 0x83: return try agree(Array(objects[0].value))
        case (.authentication, 1) where isLast && objects[0].tag == 0x85: return try finish(objects[0].value)
        default: return end(step == .over ? .conditionsOfUseNotSatisfied : .incorrectData)
        }
    }

    private func map(_ data: [UInt8]) throws -> Answer {
        let isIntegrated = parameters.protocol.mapping == .integrated
        let mapped: [UInt8]?
        if isIntegrated {
            guard data.count == parameters.cipher.keyLength else { return end(.incorrectData) }
            mapped = try? IntegratedMapping.generator(
                group, nonce: nonce, terminalNonce: SecretBytes(copying: data), cipher: parameters.cipher)
        } else {
            mapped = decode(data, own: mapping.publicKey).flatMap {
                try? PACESteps.mapGenerator(group, nonce: nonce, own: mapping, other: $0)
            }
        }
        guard let mapped else { return end(.authenticationFailed) }
        generator = mapped
        step = .agreement
        // The mapping data of Integrated Mapping is empty (4.4.5.2.2).
        return .more(template(0x82, isIntegrated ? [] : encode(mapping.publicKey)))
    }

    private func agree(_ data: [UInt8]) throws -> Answer {
        let pair = try PACEKeyPair(group, scalar: try agreementScalar.copy(), generator: generator)
        let sent = encode(pair.publicKey)
        guard let other = decode(data, own: pair.publicKey),
            let made = try? Agreement(
                chipKey: sent, terminalKey: data,
                keys: PACESteps.agree(group, parameters, own: pair, other: other))
        else { return end(.authenticationFailed) }
        agreement = made
        step = .authentication
        return .more(template(0x84, sent))
    }

    private func finish(_ terminalToken: ArraySlice<UInt8>) throws -> Answer {
        guard let agreement else { return end(.conditionsOfUseNotSatisfied) }
        let expected = try PACESteps.token(parameters, keys: agreement.keys, publicKey: agreement.chipKey)
        guard constantTimeEqual(expected, terminalToken) else { return end(.authenticationFailed) }
        step = .over
        var objects = [
            TLV.encode(0x86, try PACESteps.token(parameters, keys: agreement.keys, publicKey: agreement.terminalKey))
        ]
        for (tag, name) in zip([0x87, 0x88] as [Tag], certificationAuthorityReferences) {
            objects.append(TLV.encode(tag, name))
        }
        if parameters.protocol.mapping == .chipAuthentication, let chipKey {
            objects.append(
                TLV.encode(
                    0x8A,
                    try ChipAuthenticationMapping.encryptedData(
                        parameters, mappingScalar: mapping.scalar, chipKey: chipKey,
                        encryptionKey: agreement.keys.encryption)))
        }
        let keys = SessionKeys(
            parameters.cipher, encryption: try agreement.keys.encryption.copy(), mac: try agreement.keys.mac.copy())
        return .done(TLV.encode(0x7C, children: objects), keys)
    }

    private func end(_ status: StatusWord) -> Answer {
        step = .over
        return .refused(status)
    }

    private func encode(_ publicKey: [UInt8]) -> [UInt8] {
        padsNumbers ? publicKey : parameters.domain.encode(publicKey: publicKey)
    }

    private func decode(_ bytes: [UInt8], own: [UInt8]) -> [UInt8]? {
        guard let decoded = try? group.decodePublicKey(bytes), decoded != own else { return nil }
        return decoded
    }

    private func template(_ tag: Tag, _ value: [UInt8]) -> [UInt8] { TLV.encode(0x7C, TLV.encode(tag, value)) }
}
