package import EMRTDCrypto
package import ISO7816

/// PACE with ECDH and Generic Mapping, chip side (Doc 9303-11, 4.4): answers the four GENERAL AUTHENTICATE commands in their
/// order.
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

    private let parameters: PACEParameters
    private let passwordKey: SecretBytes
    private let group: CurveGroup
    private let nonce: SecretBytes
    private let mapping: PACEKeyPair
    private let agreementScalar: SecretBytes
    private var step = Step.nonce
    private var agreement: Agreement?

    private final class Agreement {
        let chipKey: [UInt8]
        let terminalKey: [UInt8]
        let keys: SessionKeys

        init(chipKey: [UInt8], terminalKey: [UInt8], keys: consuming SessionKeys) {
            self.chipKey = chipKey
            self.terminalKey = terminalKey
            self.keys = keys
        }
    }
    private var generator: [UInt8]?

    /// Starts with a fresh nonce of 16 bytes and fresh keys.
    package convenience init(_ parameters: PACEParameters, password: PACEPassword) throws {
        let group = try CurveGroup(parameters.curve)
        let mapping = try group.randomScalar()
        let agreement = try group.randomScalar()
        try self.init(
            parameters, password: password, group: group, nonce: try randomSecret(16), mapping: mapping,
            agreement: agreement)
    }

    /// Starts with given values, for worked examples.
    package init(
        _ parameters: PACEParameters, password: PACEPassword, group: CurveGroup, nonce: consuming SecretBytes,
        mapping: consuming SecretBytes, agreement: consuming SecretBytes
    ) throws {
        let key = try password.key(parameters.cipher)
        let pair = try PACEKeyPair(group, scalar: mapping)
        self.parameters = parameters
        passwordKey = key
        self.group = group
        self.nonce = nonce
        self.mapping = pair
        agreementScalar = agreement
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
        case (.mapping, 1) where !isLast && objects[0].tag == 0x81:
            guard let other = decode(objects[0], own: mapping.point),
                let mapped = try? PACESteps.mapGenerator(group, nonce: nonce, own: mapping, other: other)
            else { return end(.authenticationFailed) }
            generator = mapped
            step = .agreement
            return .more(try self.template(0x82, mapping.point))
        case (.agreement, 1) where !isLast && objects[0].tag == 0x83:
            let pair = try PACEKeyPair(group, scalar: try agreementScalar.copy(), generator: generator)
            guard let other = decode(objects[0], own: pair.point),
                let made = try? Agreement(
                    chipKey: pair.point, terminalKey: other,
                    keys: PACESteps.agree(group, parameters, own: pair, other: other))
            else { return end(.authenticationFailed) }
            agreement = made
            step = .authentication
            return .more(try self.template(0x84, pair.point))
        case (.authentication, 1) where isLast && objects[0].tag == 0x85:
            guard let agreement else { return end(.conditionsOfUseNotSatisfied) }
            let expected = try PACESteps.token(parameters, keys: agreement.keys, publicKey: agreement.chipKey)
            guard constantTimeEqual(expected, objects[0].value) else { return end(.authenticationFailed) }
            step = .over
            let token = try PACESteps.token(parameters, keys: agreement.keys, publicKey: agreement.terminalKey)
            let keys = SessionKeys(
                parameters.cipher, encryption: try agreement.keys.encryption.copy(), mac: try agreement.keys.mac.copy())
            return .done(try self.template(0x86, token), keys)
        default: return end(step == .over ? .conditionsOfUseNotSatisfied : .incorrectData)
        }
    }

    private func end(_ status: StatusWord) -> Answer {
        step = .over
        return .refused(status)
    }

    private func decode(_ object: TLV, own: [UInt8]) -> [UInt8]? {
        guard object.value.first == 0x04, Array(object.value) != own else { return nil }
        return try? group.decodePoint(object.value)
    }

    private func template(_ tag: Tag, _ value: [UInt8]) throws -> [UInt8] { TLV.encode(0x7C, TLV.encode(tag, value)) }
}
