package import EMRTDCrypto
package import ISO7816
import LDS

/// Chip Authentication version 2, chip side (TR-03110-2, 3.4): MSE:Set AT chooses a key, GENERAL AUTHENTICATE agrees with it.
package struct ChipAuthentication2Chip: Sendable {
    /// A key of the chip and what it is used with.
    package struct Key: Sendable {
        /// Protocol, key id and group.
        package let parameters: ChipAuthentication2Parameters
        /// The static key pair.
        package let pair: KeyAgreementKeyPair

        /// A key of the group of its parameters; `nil` where the pair is of another.
        package init?(_ parameters: ChipAuthentication2Parameters, _ pair: KeyAgreementKeyPair) {
            guard pair.publicKey.domain == parameters.domain else { return nil }
            self.parameters = parameters
            self.pair = pair
        }
    }

    /// What the chip answers to GENERAL AUTHENTICATE.
    package enum Answer: ~Copyable {
        /// The data field, with 9000, and the keys of the session that begins after it.
        case done([UInt8], SessionKeys)
        /// A status word.
        case refused(StatusWord)
    }

    private let keys: [Key]
    private var chosen: Key?

    /// A chip with its keys, which differ in protocol or key id.
    package init(_ keys: [Key]) { self.keys = keys }

    /// Forgets the choice: a session has ended.
    package mutating func reset() { chosen = nil }

    /// Whether an MSE:Set AT with this data means one of the keys: version 1 uses the same command.
    package func isMeant(by data: [UInt8]) -> Bool { find(data) != nil }

    /// MSE:Set AT 41A4.
    ///
    /// - Returns: 9000; 6A80 for data other than one protocol and at most one key id; 6A88 where there is no such key.
    package mutating func setAuthenticationTemplate(_ data: [UInt8]) -> StatusWord {
        chosen = nil
        guard Self.parse(data) != nil else { return .incorrectData }
        guard let key = find(data) else { return .referencedDataNotFound }
        chosen = key
        return .success
    }

    /// GENERAL AUTHENTICATE.
    ///
    /// - Parameters:
    ///   - announced: Comp(PK_PCD) of the Terminal Authentication of this session; `nil` where none has succeeded.
    ///   - nonce: r_PICC for worked examples; otherwise `nil`, and it is random.
    /// - Returns: refused with 6985 without a chosen key, 6982 without Terminal Authentication, 6A80 for data that is no public
    ///   key of the group, 6300 for another key than the announced one. The choice is used up.
    /// - Throws: `CryptoError` only where libcrypto fails.
    package mutating func generalAuthenticate(
        _ data: [UInt8], announced: [UInt8]?, nonce: [UInt8]? = nil
    ) throws -> Answer {
        guard let key = chosen else { return .refused(.conditionsOfUseNotSatisfied) }
        chosen = nil
        guard let announced else { return .refused(.securityStatusNotSatisfied) }
        let parameters = key.parameters
        let group = try parameters.domain.makeGroup()
        guard let template = try? TLV(exactly: data), template.tag == 0x7C, let objects = try? template.children(),
            objects.count == 1, let object = objects.first, object.tag == 0x80,
            let terminalKey = try? group.decodePublicKey(Array(object.value))
        else { return .refused(.incorrectData) }
        guard constantTimeEqual(try parameters.domain.compressed(publicKey: terminalKey), announced) else {
            return .refused(.authenticationFailed)
        }
        let secret = try group.sharedSecret(key.pair.scalar.copy(), publicKey: terminalKey)
        let nonce = try nonce ?? randomBytes(ChipAuthentication2Steps.nonceLength)
        let session = try ChipAuthentication2Steps.keys(parameters, secret: secret, nonce: nonce)
        // The token is over the key as it was exchanged.
        let token = try ChipAuthentication2Steps.token(parameters, keys: session, terminalKey: Array(object.value))
        return .done(
            TLV.encode(0x7C, children: [TLV.encode(0x81, nonce), TLV.encode(0x82, token)]), session)
    }

    private func find(_ data: [UInt8]) -> Key? {
        guard let (identifier, keyId) = Self.parse(data) else { return nil }
        let matching = keys.filter { $0.parameters.protocol.objectIdentifier.encoded == identifier }
        guard let keyId else { return matching.count == 1 ? matching.first : nil }
        return matching.first { $0.parameters.keyId == keyId }
    }

    /// Protocol (80) and key id (84), the latter without leading zeros.
    private static func parse(_ data: [UInt8]) -> (identifier: [UInt8], keyId: [UInt8]?)? {
        guard let objects = try? TLV.parseAll(data[...]), let identifier = objects.first, identifier.tag == 0x80,
            objects.count <= 2, objects.dropFirst().allSatisfy({ $0.tag == 0x84 && !$0.value.isEmpty })
        else { return nil }
        let keyId = objects.dropFirst().first.map { object in
            Array(object.value.dropLast().drop { $0 == 0 }) + object.value.suffix(1)
        }
        return (Array(identifier.value), keyId)
    }
}
