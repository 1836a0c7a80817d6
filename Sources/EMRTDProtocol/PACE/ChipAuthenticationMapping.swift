package import EMRTDCrypto

/// What PACE with Chip Authentication Mapping leaves for the proof of the chip (Doc 9303-11, 4.4.3.3.3 and 4.4.3.5.2): the
/// chip's ephemeral mapping key and the scalar CA_IC that it sent under the new session key.
///
/// It proves nothing before ``isAuthentic(for:)`` has said so for the static key of an EF.CardSecurity whose signature has
/// been verified.
package struct ChipAuthenticationMappingData: Sendable, Hashable {
    /// PK_Map,IC: the chip's ephemeral public key of the mapping step.
    package let mappingKey: [UInt8]
    /// CA_IC, at most as long as the order of the generator; `nil` where the chip sent none, or nothing that decrypts to it.
    package let chipAuthenticationData: [UInt8]?
    /// The domain parameters of the run.
    package let domain: DomainParameters

    package init(mappingKey: [UInt8], chipAuthenticationData: [UInt8]?, domain: DomainParameters) {
        self.mappingKey = mappingKey
        self.chipAuthenticationData = chipAuthenticationData
        self.domain = domain
    }

    /// Decrypts A_IC (DO'8A' of the last answer).
    package init(
        mappingKey: [UInt8], encrypted: [UInt8]?, parameters: PACEParameters, encryptionKey: borrowing SecretBytes
    ) throws {
        let most = parameters.domain.scalarLength
        var data: [UInt8]?
        if let encrypted, !encrypted.isEmpty, encrypted.count % 16 == 0, encrypted.count <= most + 16 {
            let padded = try parameters.cipher.decrypt(
                encrypted, key: encryptionKey,
                iv: ChipAuthenticationMapping.initializationVector(parameters.cipher, key: encryptionKey))
            data = ChipAuthenticationMapping.unpadded(padded).flatMap { (1...most).contains($0.count) ? $0 : nil }
        }
        self.init(mappingKey: mappingKey, chipAuthenticationData: data, domain: parameters.domain)
    }

    /// Whether KA(CA_IC, PK_IC) is the chip's mapping key, that is, whether the chip knows the private key of `publicKey`.
    ///
    /// - Throws: ``CryptoError`` only where libcrypto fails; a wrong proof is `false`.
    package func isAuthentic(for publicKey: KeyAgreementPublicKey) throws -> Bool {
        guard publicKey.domain == domain, case .ecdh = domain, let data = chipAuthenticationData else { return false }
        let scalar = try SecretBytes(copying: data)
        do {
            let point = try domain.makeGroup().publicKey(scalar, generator: publicKey.encoded)
            return constantTimeEqual(point, mappingKey)
        } catch let error as CryptoError where error.code == .invalidPoint {
            return false
        }
    }
}

/// The chip's side of the proof, and what both sides share.
package enum ChipAuthenticationMapping {
    /// A_IC: CA_IC = SK_Map,IC / SK_IC modulo the order, padded and encrypted under KSenc with the IV E(KSenc, -1).
    package static func encryptedData(
        _ parameters: PACEParameters, mappingScalar: borrowing SecretBytes, chipKey: KeyAgreementKeyPair,
        encryptionKey: borrowing SecretBytes
    ) throws -> [UInt8] {
        guard case .ecdh(let curve) = parameters.domain, chipKey.publicKey.domain == parameters.domain else {
            throw CryptoError(.invalidKey, "a chip authentication key of another group than PACE's")
        }
        let quotient = try CurveGroup(curve).quotient(mappingScalar, by: chipKey.scalar.copy())
        // CA_IC is no secret from the terminal: it goes out under the session key at once.
        var padded: [UInt8] = quotient.withBytes { Array(UnsafeBufferPointer(start: $0, count: $1)) }
        padded.append(0x80)
        defer { cleanse(&padded) }
        while padded.count % 16 != 0 { padded.append(0) }
        return try parameters.cipher.encrypt(
            padded, key: encryptionKey, iv: initializationVector(parameters.cipher, key: encryptionKey))
    }

    /// E(KSenc, -1), where -1 is a block of FF.
    static func initializationVector(_ cipher: BlockCipher, key: borrowing SecretBytes) throws -> [UInt8] {
        try cipher.encrypt([UInt8](repeating: 0xFF, count: cipher.blockLength), key: key)
    }

    /// Removes padding method 2 (80 00 ...) of at most one block.
    static func unpadded(_ bytes: [UInt8]) -> [UInt8]? {
        guard let end = bytes.lastIndex(where: { $0 != 0 }), bytes[end] == 0x80, bytes.count - end <= 16 else {
            return nil
        }
        return Array(bytes[..<end])
    }
}
