package import EMRTDCrypto

/// Basic Access Control, chip side (Doc 9303-11, 4.3).
package struct BACChip: ~Copyable {
    /// The nonce that GET CHALLENGE answers.
    package let rndIC: [UInt8]
    private let kIC: SecretBytes

    /// Starts with fresh RND.IC and K.IC.
    package init() throws { try self.init(rndIC: randomBytes(8), kIC: randomSecret(16)) }

    /// Starts with given values, for worked examples.
    package init(rndIC: [UInt8], kIC: consuming SecretBytes) throws {
        guard rndIC.count == 8, kIC.count == 16 else { throw CryptoError(.invalidLength, "RND.IC or K.IC") }
        self.rndIC = rndIC
        self.kIC = kIC
    }

    /// What EXTERNAL AUTHENTICATE yields.
    package struct Success: ~Copyable {
        /// E.IC || M.IC, 40 bytes.
        package let response: [UInt8]
        /// The keys of the session that begins.
        package let keys: SessionKeys
    }

    /// Checks E.IFD || M.IFD; `nil` where it is wrong.
    package consuming func authenticate(_ data: [UInt8], keys: borrowing BACKeys) throws -> Success? {
        guard let opened = try keys.open(data) else { return nil }
        let nonces = BACExchangeData.nonces(opened)
        guard constantTimeEqual(nonces.second, rndIC) else { return nil }
        let response = try keys.seal(try BACExchangeData.make(first: rndIC, second: nonces.first, key: kIC))
        return Success(
            response: response,
            keys: try BACExchangeData.sessionKeys(own: kIC, other: opened, rndIC: rndIC, rndIFD: nonces.first))
    }
}
