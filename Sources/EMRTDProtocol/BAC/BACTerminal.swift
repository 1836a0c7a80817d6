package import EMRTDCrypto
package import ISO7816

/// Basic Access Control, terminal side (Doc 9303-11, 4.3).
package struct BACTerminal: ~Copyable {
    private let keys: BACKeys
    private let rndIFD: [UInt8]
    private let kIFD: SecretBytes
    private static let step = "BAC"

    /// Starts with fresh RND.IFD and K.IFD.
    package init(keys: consuming BACKeys) throws {
        try self.init(keys: keys, rndIFD: randomBytes(8), kIFD: randomSecret(16))
    }

    /// Starts with given values, for worked examples.
    package init(keys: consuming BACKeys, rndIFD: [UInt8], kIFD: consuming SecretBytes) throws {
        guard rndIFD.count == 8, kIFD.count == 16 else {
            throw CryptoError(.invalidLength, "RND.IFD of \(rndIFD.count) bytes, K.IFD of \(kIFD.count)")
        }
        self.keys = keys
        self.rndIFD = rndIFD
        self.kIFD = kIFD
    }

    /// Runs the protocol. One attempt: a wrong key is reported, never tried again.
    ///
    /// - Throws: ``ProtocolError`` `notSupported` where the card knows no GET CHALLENGE or wants another protocol,
    ///   `wrongPassword`, `passwordBlocked`, `malformedResponse`, `authenticationFailed`.
    package consuming func run(_ exchange: any APDUExchange) async throws -> SessionKeys {
        let challenge = try await exchange.exchange(CommandAPDU(ins: 0x84, expectedLength: 8))
        guard challenge.statusWord.isSuccess else {
            throw ProtocolError(
                .notSupported, "the card refused GET CHALLENGE", step: Self.step, statusWord: challenge.statusWord)
        }
        guard challenge.data.count == 8 else {
            throw ProtocolError(.malformedResponse, "RND.IC of \(challenge.data.count) bytes", step: Self.step)
        }
        let response = try await exchange.exchange(
            CommandAPDU(ins: 0x82, data: try authenticationData(rndIC: challenge.data), expectedLength: 40))
        let status = response.statusWord
        guard status.isSuccess else {
            switch status.rawValue {
            case 0x6300, 0x63C1...0x63CF, 0x6982, 0x6988:
                throw ProtocolError(
                    .wrongPassword, "the card did not accept the MRZ key", step: Self.step, statusWord: status)
            case 0x63C0, 0x6983, 0x6984:
                throw ProtocolError(.passwordBlocked, "the card blocks BAC", step: Self.step, statusWord: status)
            default:
                throw ProtocolError(
                    .refused, "the card refused EXTERNAL AUTHENTICATE", step: Self.step, statusWord: status)
            }
        }
        return try sessionKeys(rndIC: challenge.data, response: response.data)
    }

    /// E.IFD || M.IFD, 40 bytes, for EXTERNAL AUTHENTICATE.
    package borrowing func authenticationData(rndIC: [UInt8]) throws -> [UInt8] {
        try keys.seal(try BACExchangeData.make(first: rndIFD, second: rndIC, key: kIFD))
    }

    /// Checks E.IC || M.IC and derives the session keys.
    package borrowing func sessionKeys(rndIC: [UInt8], response: [UInt8]) throws -> SessionKeys {
        guard let opened = try keys.open(response) else {
            throw ProtocolError(.authenticationFailed, "the card's cryptogram or its MAC is wrong", step: Self.step)
        }
        let nonces = BACExchangeData.nonces(opened)
        guard constantTimeEqual(nonces.first, rndIC), constantTimeEqual(nonces.second, rndIFD) else {
            throw ProtocolError(.authenticationFailed, "the card returned other nonces", step: Self.step)
        }
        return try BACExchangeData.sessionKeys(own: kIFD, other: opened, rndIC: rndIC, rndIFD: rndIFD)
    }
}
