package import EMRTDCrypto
package import ISO7816
import LDS

/// PACE with ECDH and Generic Mapping, terminal side (Doc 9303-11, 4.4).
package struct PACETerminal: ~Copyable {
    private let parameters: PACEParameters
    private let password: PACEPassword
    private let group: CurveGroup
    private let mappingScalar: SecretBytes
    private let agreementScalar: SecretBytes
    /// Whether MSE:Set AT names the domain parameters (DO'84').
    private let namesParameters: Bool

    /// Starts with fresh ephemeral keys.
    package init(_ parameters: PACEParameters, password: PACEPassword) throws {
        let group = try CurveGroup(parameters.curve)
        let mapping = try group.randomScalar()
        let agreement = try group.randomScalar()
        self.init(parameters, password: password, group: group, mapping: mapping, agreement: agreement)
    }

    /// Starts with given private scalars, for worked examples.
    package init(
        _ parameters: PACEParameters, password: PACEPassword, group: CurveGroup, mapping: consuming SecretBytes,
        agreement: consuming SecretBytes, namesParameters: Bool = true
    ) {
        self.parameters = parameters
        self.password = password
        self.group = group
        mappingScalar = mapping
        agreementScalar = agreement
        self.namesParameters = namesParameters
    }

    /// What a successful run yields.
    package struct Success: ~Copyable {
        package let keys: SessionKeys
        /// Whether the card refused DO'84' and was asked again without it (field leniency).
        package let omittedParameterId: Bool
    }

    /// Runs the protocol once. A wrong password is reported, never tried again.
    ///
    /// - Throws: ``ProtocolError`` with the step's name: `wrongPassword`, `passwordBlocked`, `notSupported`, `refused`,
    ///   `malformedResponse`, `invalidPublicKey`.
    package consuming func run(_ exchange: any APDUExchange) async throws -> Success {
        let omitted = try await setAuthenticationTemplate(exchange)

        let encrypted = try await generalAuthenticate(exchange, "get nonce", request: nil, answer: 0x80)
        let nonce = try decrypt(nonce: encrypted)

        let mapping = try PACEKeyPair(group, scalar: mappingScalar.copy())
        let chipMapping = try point(
            await generalAuthenticate(exchange, "map nonce", request: (0x81, mapping.point), answer: 0x82),
            step: "map nonce", own: mapping.point)
        let generator = try step("map nonce") {
            try PACESteps.mapGenerator(group, nonce: nonce, own: mapping, other: chipMapping)
        }

        let agreement = try PACEKeyPair(group, scalar: agreementScalar.copy(), generator: generator)
        let chipKey = try point(
            await generalAuthenticate(exchange, "key agreement", request: (0x83, agreement.point), answer: 0x84),
            step: "key agreement", own: agreement.point)
        let keys = try PACESteps.agree(group, parameters, own: agreement, other: chipKey)

        let token = try PACESteps.token(parameters, keys: keys, publicKey: chipKey)
        let chipToken = try await generalAuthenticate(
            exchange, "mutual authentication", request: (0x85, token), answer: 0x86, isLast: true)
        guard constantTimeEqual(try PACESteps.token(parameters, keys: keys, publicKey: agreement.point), chipToken)
        else {
            throw ProtocolError(
                .wrongPassword,
                "the card's token is wrong: the password is not the card's, or the card does not know it",
                step: "PACE: mutual authentication")
        }
        return Success(keys: keys, omittedParameterId: omitted)
    }

    /// MSE:Set AT (4.4.4.1). Returns whether DO'84' was left out after the card refused it.
    private borrowing func setAuthenticationTemplate(_ exchange: any APDUExchange) async throws -> Bool {
        let base =
            TLV.encode(0x80, parameters.protocol.objectIdentifier.encoded)
            + TLV.encode(0x83, [password.reference.rawValue])
        let full = base + TLV.encode(0x84, [UInt8(truncatingIfNeeded: parameters.parameterId)])
        var omitted = !namesParameters
        var response = try await exchange.exchange(
            CommandAPDU(ins: 0x22, p1: 0xC1, p2: 0xA4, data: namesParameters ? full : base))
        if namesParameters, [0x6A80, 0x6A87].contains(response.statusWord.rawValue) {
            omitted = true
            response = try await exchange.exchange(CommandAPDU(ins: 0x22, p1: 0xC1, p2: 0xA4, data: base))
        }
        let status = response.statusWord
        switch status.rawValue {
        case 0x9000, 0x63C1...0x63CF: return omitted && namesParameters
        case 0x63C0, 0x6983:
            throw ProtocolError(
                .passwordBlocked, "the password is blocked", step: "PACE: MSE:Set AT", statusWord: status)
        case 0x6A80, 0x6A81, 0x6A86, 0x6A88, 0x6D00, 0x6E00:
            throw ProtocolError(
                .notSupported, "the card refused protocol, password or domain parameters", step: "PACE: MSE:Set AT",
                statusWord: status)
        default:
            throw ProtocolError(.refused, "the card refused", step: "PACE: MSE:Set AT", statusWord: status)
        }
    }

    /// GENERAL AUTHENTICATE with one object in DO'7C' (4.4.4.2); returns the value of the one expected in the answer.
    private borrowing func generalAuthenticate(
        _ exchange: any APDUExchange, _ name: String, request: (tag: Tag, value: [UInt8])?, answer: Tag,
        isLast: Bool = false
    ) async throws -> [UInt8] {
        let step = "PACE: \(name)"
        let inner = request.map { TLV.encode($0.tag, $0.value) } ?? []
        let response = try await exchange.exchange(
            CommandAPDU(
                cla: isLast ? 0x00 : 0x10, ins: 0x86, data: TLV.encode(0x7C, inner), expectedLength: 256))
        let status = response.statusWord
        guard status.isSuccess else {
            switch status.rawValue {
            case 0x6300, 0x63C1...0x63CF, 0x6982, 0x6988:
                guard isLast else {
                    throw ProtocolError(.refused, "the card refused", step: step, statusWord: status)
                }
                throw ProtocolError(
                    .wrongPassword, "the card did not accept the password", step: step, statusWord: status)
            case 0x63C0, 0x6983:
                throw ProtocolError(.passwordBlocked, "the password is blocked", step: step, statusWord: status)
            default:
                throw ProtocolError(.refused, "the card refused", step: step, statusWord: status)
            }
        }
        do {
            let template = try TLV(exactly: response.data)
            guard template.tag == 0x7C else {
                throw ISO7816Error(.unexpectedDataObject, "object \(template.tag) where 7C belongs")
            }
            return Array(try template.child(answer).value)
        } catch let error as ISO7816Error {
            throw ProtocolError(.malformedResponse, error.description, step: step)
        }
    }

    private borrowing func decrypt(nonce: [UInt8]) throws -> SecretBytes {
        let block = parameters.cipher.blockLength
        // Any number of blocks is allowed (4.4.3.3); OpenPACE's chips send one block of 8 bytes with 3DES.
        guard (block...64).contains(nonce.count), nonce.count % block == 0 else {
            throw ProtocolError(
                .malformedResponse, "an encrypted nonce of \(nonce.count) bytes", step: "PACE: get nonce")
        }
        return try parameters.cipher.decryptSecret(nonce, key: try password.key(parameters.cipher))
    }

    /// Checks a public key of the chip: on the curve, not infinity, not our own (4.4.2, and against reflection).
    private borrowing func point(_ bytes: [UInt8], step name: String, own: [UInt8]) throws -> [UInt8] {
        try step(name) {
            guard bytes.first == 0x04, bytes != own else {
                throw CryptoError(.invalidPoint, "the card sent our own public key, or one that is not uncompressed")
            }
            return try group.decodePoint(bytes)
        }
    }

    private borrowing func step<R>(_ name: String, _ body: () throws -> R) throws -> R {
        do { return try body() } catch let error as CryptoError where error.code != .internalFailure {
            throw ProtocolError(.invalidPublicKey, error.reason, step: "PACE: \(name)")
        }
    }
}
