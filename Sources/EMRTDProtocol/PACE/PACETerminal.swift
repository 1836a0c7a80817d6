package import EMRTDCrypto
package import ISO7816
import LDS

/// PACE, terminal side (Doc 9303-11, 4.4): Generic, Integrated and Chip Authentication Mapping over curves and prime fields.
package struct PACETerminal: ~Copyable {
    private let parameters: PACEParameters
    private let password: PACEPassword
    private let group: any KeyAgreementGroup
    /// The private mapping key; the nonce t with Integrated Mapping.
    private let mappingSecret: SecretBytes
    /// A given private key of the key agreement, for worked examples; otherwise a fresh one is made for the mapped generator.
    private let agreementScalar: SharedSecret?
    /// Whether MSE:Set AT names the domain parameters (DO'84').
    private let namesParameters: Bool
    /// Whether a card that refuses DO'84' is asked again without it.
    private let mayOmitParameters: Bool
    /// DO'7F4C', where Terminal Authentication version 2 is to follow.
    private let authorization: [UInt8]?

    /// Starts with fresh ephemeral keys.
    ///
    /// - Parameters:
    ///   - mayOmitParameters: whether a card that refuses DO'84' is asked again without it; not where it offers the protocol with
    ///     several sets of domain parameters, which makes DO'84' mandatory (4.4.4.1).
    ///   - authorization: the content of a certificate holder authorization template (7F4C) that restricts the terminal's rights
    ///     and makes the card name its trust points (TR-03110-3, B.14.1); `nil` for ICAO documents.
    package init(
        _ parameters: PACEParameters, password: PACEPassword, mayOmitParameters: Bool = true,
        authorization: [UInt8]? = nil
    ) throws {
        let group = try parameters.domain.makeGroup()
        let isIntegrated = parameters.protocol.mapping == .integrated
        let mapping =
            try isIntegrated ? randomSecret(parameters.cipher.keyLength) : group.randomScalar(generator: nil)
        self.init(
            parameters, password, group, mapping: mapping, agreement: nil, namesParameters: true,
            mayOmitParameters: mayOmitParameters, authorization: authorization)
    }

    /// Starts with given secrets, for worked examples.
    ///
    /// - Parameter mapping: the private mapping key, or with Integrated Mapping the nonce t, as long as a key of the cipher.
    package init(
        _ parameters: PACEParameters, password: PACEPassword, group: any KeyAgreementGroup,
        mapping: consuming SecretBytes, agreement: consuming SecretBytes, namesParameters: Bool = true,
        authorization: [UInt8]? = nil
    ) {
        self.init(
            parameters, password, group, mapping: mapping, agreement: SharedSecret(agreement),
            namesParameters: namesParameters, mayOmitParameters: true, authorization: authorization)
    }

    private init(
        _ parameters: PACEParameters, _ password: PACEPassword, _ group: any KeyAgreementGroup,
        mapping: consuming SecretBytes, agreement: SharedSecret?, namesParameters: Bool, mayOmitParameters: Bool,
        authorization: [UInt8]?
    ) {
        self.parameters = parameters
        self.password = password
        self.group = group
        mappingSecret = mapping
        agreementScalar = agreement
        self.namesParameters = namesParameters && parameters.reference != nil
        self.mayOmitParameters = mayOmitParameters
        self.authorization = authorization
    }

    /// What was tolerated of a card. Raw values are the names in reports.
    package enum Tolerance: String, Sendable, Hashable, CaseIterable {
        /// The card refused DO'84' and was asked again without it.
        case parameterIdOmitted = "paceWithoutParameterId"
        /// A number of a prime field came with leading zeros, which 9.4.1 forbids.
        case paddedKey = "pacePaddedKey"
        /// The card left out the empty DO'82' of Integrated Mapping.
        case mappingDataAbsent = "paceWithoutMappingData"
        /// The chip authentication data is shorter than the order of the generator, which 4.4.3.5.1 forbids.
        case shortChipAuthenticationData = "paceShortChipAuthenticationData"
    }

    /// What a successful run yields.
    package struct Success: ~Copyable {
        package let keys: SessionKeys
        /// What was tolerated of the card.
        package let tolerances: Set<Tolerance>
        /// The chip's ephemeral public key of the key agreement step as it came: what Terminal Authentication identifies the
        /// chip by.
        package let chipEphemeralKey: [UInt8]
        /// The terminal's ephemeral public key of the same step as it was sent: after Chip Authentication Mapping it is what
        /// Terminal Authentication signs over.
        package let terminalEphemeralKey: [UInt8]
        /// The names of the card's trust points for Terminal Authentication (DO'87', DO'88'), the current one first. Cards may
        /// send them unasked.
        package let certificationAuthorityReferences: [[UInt8]]
        /// The material for the proof of Chip Authentication Mapping; `nil` with the other mappings.
        package let chipAuthenticationMapping: ChipAuthenticationMappingData?
        /// Tries that were left for a PIN or PUK before this run, where the card told.
        package let retriesLeft: Int?

        /// Whether the card refused DO'84' and was asked again without it.
        package var omittedParameterId: Bool { tolerances.contains(.parameterIdOmitted) }
    }

    /// What the mapping step yields.
    private struct Mapping {
        /// The mapped generator; with the nonce of a recorded run it would tell the password.
        var generator: [UInt8]
        /// The chip's ephemeral mapping key; `nil` with Integrated Mapping.
        let chipKey: [UInt8]?
        let tolerances: Set<Tolerance>
    }

    /// Runs the protocol once. A wrong password is reported, never tried again.
    ///
    /// - Parameter resumesSuspended: whether a PIN is used of which the card says that one try is left. That is for a run
    ///   under the secure messaging of a PACE with the CAN.
    /// - Throws: ``ProtocolError`` with the step's name: `wrongPassword`, `passwordBlocked`, `passwordSuspended`,
    ///   `notSupported` (before the password mattered), `refused`, `malformedResponse`, `invalidPublicKey`, and
    ///   `authenticationFailed` where the card took our token and its own is wrong.
    package consuming func run(_ exchange: any APDUExchange, resumesSuspended: Bool = false) async throws -> Success {
        let setting = try await setAuthenticationTemplate(exchange, resumesSuspended: resumesSuspended)
        var tolerances: Set<Tolerance> = setting.omittedParameterId ? [.parameterIdOmitted] : []
        let encrypted = try await generalAuthenticate(exchange, "get nonce", request: nil).value(0x80)
        let nonce = try decrypt(nonce: encrypted)
        var mapping = try await map(nonce, exchange)
        defer { cleanse(&mapping.generator) }
        tolerances.formUnion(mapping.tolerances)

        let step = "key agreement"
        let scalar = try agreementScalar?.copy() ?? group.randomScalar(generator: mapping.generator)
        let agreement = try PACEKeyPair(group, scalar: scalar, generator: mapping.generator)
        let sent = parameters.domain.encode(publicKey: agreement.publicKey)
        let received = try await generalAuthenticate(exchange, step, request: (0x83, sent)).value(0x84)
        let chipKey = try publicKey(received, step: step, own: agreement.publicKey)
        if parameters.domain.isPadded(received) { tolerances.insert(.paddedKey) }
        let keys: SessionKeys
        do { keys = try PACESteps.agree(group, parameters, own: agreement, other: chipKey) } catch {
            throw Self.translated(error, step)
        }

        // Tokens are over the keys as they were exchanged.
        let token = try PACESteps.token(parameters, keys: keys, publicKey: received)
        let last = try await generalAuthenticate(
            exchange, "mutual authentication", request: (0x85, token), isLast: true)
        guard constantTimeEqual(try PACESteps.token(parameters, keys: keys, publicKey: sent), try last.value(0x86))
        else {
            throw ProtocolError(
                .authenticationFailed, "the card took our token, and its own is wrong: it does not know the password",
                step: "PACE: mutual authentication")
        }
        var proof: ChipAuthenticationMappingData?
        if parameters.protocol.mapping == .chipAuthentication, let mappingKey = mapping.chipKey {
            let data = try ChipAuthenticationMappingData(
                mappingKey: mappingKey, encrypted: last.optionalValue(0x8A), parameters: parameters,
                encryptionKey: keys.encryption)
            if let count = data.chipAuthenticationData?.count, count < parameters.domain.scalarLength {
                tolerances.insert(.shortChipAuthenticationData)
            }
            proof = data
        }
        // A name is 1 to 16 bytes (TR-03110-3, table 27); anything else is none.
        let names = try [0x87, 0x88].compactMap { try last.optionalValue($0) }.filter { (1...16).contains($0.count) }
        return Success(
            keys: keys, tolerances: tolerances, chipEphemeralKey: received, terminalEphemeralKey: sent,
            certificationAuthorityReferences: names,
            chipAuthenticationMapping: proof, retriesLeft: setting.retriesLeft)
    }

    /// The mapping of the nonce to a generator (4.4.3.3), with what the card and the terminal exchange for it.
    private borrowing func map(_ nonce: borrowing SecretBytes, _ exchange: any APDUExchange) async throws -> Mapping {
        let step = "map nonce"
        guard parameters.protocol.mapping != .integrated else {
            let terminalNonce = mappingSecret.withBytes { Array(UnsafeBufferPointer(start: $0, count: $1)) }
            let answer = try await generalAuthenticate(exchange, step, request: (0x81, terminalNonce))
            // DO'82' is empty (4.4.5.2.2); a card that leaves it out says the same.
            let data = try answer.optionalValue(0x82)
            guard data?.isEmpty ?? true else {
                throw ProtocolError(
                    .malformedResponse, "mapping data of the card, which Integrated Mapping has none of",
                    step: "PACE: \(step)")
            }
            do {
                let generator = try IntegratedMapping.generator(
                    group, nonce: nonce, terminalNonce: mappingSecret, cipher: parameters.cipher)
                return Mapping(
                    generator: generator, chipKey: nil, tolerances: data == nil ? [.mappingDataAbsent] : [])
            } catch {
                throw Self.translated(error, step)
            }
        }
        let own = try PACEKeyPair(group, scalar: mappingSecret.copy())
        let sent = parameters.domain.encode(publicKey: own.publicKey)
        let received = try await generalAuthenticate(exchange, step, request: (0x81, sent)).value(0x82)
        let chipKey = try publicKey(received, step: step, own: own.publicKey)
        do {
            return Mapping(
                generator: try PACESteps.mapGenerator(group, nonce: nonce, own: own, other: chipKey), chipKey: chipKey,
                tolerances: parameters.domain.isPadded(received) ? [.paddedKey] : [])
        } catch {
            throw Self.translated(error, step)
        }
    }

    private borrowing func decrypt(nonce: [UInt8]) throws -> SecretBytes {
        let block = parameters.cipher.blockLength
        let isIntegrated = parameters.protocol.mapping == .integrated
        let length = IntegratedMapping.nonceLength(parameters.cipher)
        // With the other mappings any number of blocks is allowed (4.4.3.3); OpenPACE's chips send one of 8 bytes with 3DES.
        guard isIntegrated ? nonce.count == length : (block...64).contains(nonce.count) && nonce.count % block == 0
        else {
            throw ProtocolError(
                .malformedResponse, "an encrypted nonce of \(nonce.count) bytes", step: "PACE: get nonce")
        }
        return try parameters.cipher.decryptSecret(nonce, key: try password.key(parameters.cipher))
    }

    /// Checks a public key of the chip and returns it in fixed width: of the group, not the neutral element, not our own in any
    /// form (4.4.1, against reflection).
    private borrowing func publicKey(_ bytes: [UInt8], step: String, own: [UInt8]) throws -> [UInt8] {
        let decoded: [UInt8]
        do { decoded = try group.decodePublicKey(bytes) } catch { throw Self.translated(error, step) }
        guard decoded != own else {
            throw ProtocolError(.invalidPublicKey, "the card sent our own public key back", step: "PACE: \(step)")
        }
        return decoded
    }

    /// What a value of the card that cannot be computed with means; libcrypto's own failures stay what they are.
    private static func translated(_ error: any Error, _ step: String) -> any Error {
        guard let error = error as? CryptoError, !error.saysNothing else { return error }
        return ProtocolError(.invalidPublicKey, error.reason, step: "PACE: \(step)")
    }
}

// MARK: - Commands

extension PACETerminal {
    /// What MSE:Set AT came to.
    private struct Setting {
        let omittedParameterId: Bool
        let retriesLeft: Int?
    }

    /// MSE:Set AT (4.4.4.1; TR-03110-3, B.14.1).
    private borrowing func setAuthenticationTemplate(
        _ exchange: any APDUExchange, resumesSuspended: Bool
    ) async throws -> Setting {
        let before =
            TLV.encode(0x80, parameters.protocol.objectIdentifier.encoded)
            + TLV.encode(0x83, [password.reference.rawValue])
        let number = parameters.reference.map { TLV.encode(0x84, Self.number($0)) } ?? []
        let after = authorization.map { TLV.encode(0x7F4C, $0) } ?? []
        func command(_ data: [UInt8]) -> CommandAPDU { CommandAPDU(ins: 0x22, p1: 0xC1, p2: 0xA4, data: data) }

        var omitted = false
        var response = try await exchange.exchange(command(before + (namesParameters ? number : []) + after))
        if namesParameters, mayOmitParameters, [0x6A80, 0x6A87, 0x6A88].contains(response.statusWord.rawValue) {
            omitted = true
            response = try await exchange.exchange(command(before + after))
        }
        let status = response.statusWord
        func error(_ code: ProtocolError.Code, _ reason: String) -> ProtocolError {
            ProtocolError(code, reason, step: "PACE: MSE:Set AT", statusWord: status)
        }
        let name = password.reference.name
        switch status.rawValue {
        case 0x9000: break
        case 0x63C0, 0x6983: throw error(.passwordBlocked, "the \(name) is blocked")
        case 0x6283, 0x6984: throw error(.passwordBlocked, "the \(name) is deactivated")
        case 0x63C1 where password.reference == .pin && !resumesSuspended:
            throw error(.passwordSuspended, "one try is left for the PIN, and the card wants the CAN before it")
        case 0x63C1...0x63CF: break
        // No password has been judged yet, so another offer of the card may be tried.
        default: throw error(.notSupported, "the card refused protocol, password or domain parameters")
        }
        return Setting(omittedParameterId: omitted, retriesLeft: status.retriesLeft)
    }

    /// A number in as few bytes as it needs, at least one.
    private static func number(_ value: Int) -> [UInt8] {
        var bytes = [UInt8(truncatingIfNeeded: value)]
        var rest = value >> 8
        while rest > 0 {
            bytes.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        }
        return bytes
    }

    /// The objects of an answer to GENERAL AUTHENTICATE.
    private struct Answer {
        let objects: [TLV]
        let step: String

        /// The value of an object that must be there, once.
        func value(_ tag: Tag) throws -> [UInt8] {
            let found = objects.filter { $0.tag == tag }
            guard found.count == 1, let object = found.first else {
                throw ProtocolError(
                    .malformedResponse, "\(found.count) objects \(tag) where one belongs", step: step)
            }
            return Array(object.value)
        }

        /// The value of an object that may be there, once.
        func optionalValue(_ tag: Tag) throws -> [UInt8]? {
            objects.contains { $0.tag == tag } ? try value(tag) : nil
        }
    }

    /// GENERAL AUTHENTICATE with one object in DO'7C' (4.4.4.2).
    private borrowing func generalAuthenticate(
        _ exchange: any APDUExchange, _ name: String, request: (tag: Tag, value: [UInt8])?, isLast: Bool = false
    ) async throws -> Answer {
        let step = "PACE: \(name)"
        let inner = request.map { TLV.encode($0.tag, $0.value) } ?? []
        // A number of a prime field of 2048 bits and its objects exceed 256 bytes; the answer is as long as the request.
        let isLong = inner.count > 240
        let response = try await exchange.exchange(
            CommandAPDU(
                cla: isLast ? 0x00 : 0x10, ins: 0x86, data: TLV.encode(0x7C, inner),
                expectedLength: isLong ? 0x10000 : 256))
        let status = response.statusWord
        guard status.isSuccess else { throw refusal(status, step: step, isLast: isLast) }
        do {
            let template = try TLV(exactly: response.data)
            guard template.tag == 0x7C else {
                throw ISO7816Error(.unexpectedDataObject, "object \(template.tag) where 7C belongs")
            }
            return Answer(objects: try template.children(), step: step)
        } catch let error as ISO7816Error {
            throw ProtocolError(.malformedResponse, error.description, step: step)
        }
    }

    /// What a refusal of GENERAL AUTHENTICATE means (Doc 9303-11, 4.4.4; TR-03110-3, B.14.2). Only the last step judges the
    /// password of MRZ and CAN; those that can be blocked are judged by their state at every step.
    private borrowing func refusal(_ status: StatusWord, step: String, isLast: Bool) -> ProtocolError {
        func error(_ code: ProtocolError.Code, _ reason: String) -> ProtocolError {
            ProtocolError(code, reason, step: step, statusWord: status)
        }
        let name = password.reference.name
        let canBeBlocked = password.reference == .pin || password.reference == .puk
        switch status.rawValue {
        case 0x63C0, 0x6983: return error(.passwordBlocked, "the \(name) is blocked")
        case 0x6984 where canBeBlocked: return error(.passwordBlocked, "the \(name) is deactivated")
        case 0x6982 where canBeBlocked:
            return error(.passwordBlocked, "the \(name) is blocked, deactivated or suspended")
        case 0x63C1 where password.reference == .pin && !isLast:
            return error(.passwordSuspended, "one try is left for the PIN, and the card wants the CAN before it")
        case 0x6300, 0x63C1...0x63CF, 0x6982:
            return isLast
                ? error(.wrongPassword, "the card did not accept the password") : error(.refused, "the card refused")
        default: return error(.refused, "the card refused")
        }
    }
}
