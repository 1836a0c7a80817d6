package import EMRTDCrypto

/// What a terminal's signature is bound to: the chip and a key of the terminal. In version 1 that is the key that secure
/// messaging was made with (Doc 9303-11, 7.1.2), in version 2 the one that Chip Authentication will use (TR-03110-2, 3.3).
package struct TerminalAuthenticationBinding: Sendable, Hashable {
    /// ID_IC.
    package let chipIdentifier: [UInt8]
    /// Comp(PK_DH,IFD).
    package let terminalKey: [UInt8]
    /// A_PCD of version 2, an encoded object; empty in version 1.
    package let auxiliaryData: [UInt8]

    /// - Parameters:
    ///   - chip: what the chip is identified by.
    ///   - terminalKey: the terminal's ephemeral public key of Chip Authentication, or of PACE with Chip Authentication Mapping;
    ///     the newest where there are several.
    package init(chip: ChipIdentifier, terminalKey: [UInt8], domain: DomainParameters) throws {
        chipIdentifier = try chip.bytes
        self.terminalKey = try domain.compressed(publicKey: terminalKey)
        auxiliaryData = []
    }

    /// The binding of version 2.
    ///
    /// - Parameters:
    ///   - chipIdentifier: ID_PICC, the compressed ephemeral public key of the chip in PACE.
    ///   - announced: Comp(PK_PCD), compressed.
    ///   - auxiliaryData: A_PCD with its tag, or nothing.
    package init(chipIdentifier: [UInt8], announced: [UInt8], auxiliaryData: [UInt8]) {
        self.chipIdentifier = chipIdentifier
        terminalKey = announced
        self.auxiliaryData = auxiliaryData
    }

    /// What the chip is identified by: what the session was opened with.
    package enum ChipIdentifier: Sendable, Hashable {
        /// Opened with BAC: the document number of the MRZ with its check digit, fillers included, in ASCII.
        case documentNumber([UInt8])
        /// Opened with PACE: the chip's ephemeral public key of the key agreement step.
        case pace(chipKey: [UInt8], domain: DomainParameters)

        /// Opened with BAC: taken from MRZ_information, where two dates with check digits follow the number.
        ///
        /// `nil` where that is too short.
        package static func bac(mrzInformation: [UInt8]) -> ChipIdentifier? {
            let number = mrzInformation.dropLast(14)
            return number.count >= 10 ? .documentNumber(Array(number)) : nil
        }

        fileprivate var bytes: [UInt8] {
            get throws {
                switch self {
                case .documentNumber(let number): number
                case .pace(let key, let domain): try domain.compressed(publicKey: key)
                }
            }
        }
    }

    /// ID_IC || r_IC || Comp(PK_DH,IFD) || A_PCD: what the terminal signs.
    package func message(challenge: [UInt8]) -> [UInt8] { chipIdentifier + challenge + terminalKey + auxiliaryData }
}

extension DomainParameters {
    /// Comp(PK): the x coordinate of a point, or the SHA-1 hash of a number as it was exchanged, without leading zeros (Doc 9303-11,
    /// 7.1.4.1.3, 7.1.4.2.3 and 9.4.1).
    ///
    /// - Throws: `CryptoError` `invalidLength` where a point is not ``publicKeyLength`` bytes long, or a number is longer or empty.
    package func compressed(publicKey: [UInt8]) throws -> [UInt8] {
        switch self {
        case .ecdh(let curve):
            guard publicKey.count == publicKeyLength else {
                throw CryptoError(
                    .invalidLength, "a public key of \(publicKey.count) bytes, \(publicKeyLength) are needed")
            }
            return Array(publicKey[1..<(1 + curve.fieldLength)])
        case .dh:
            guard (1...publicKeyLength).contains(publicKey.count) else {
                throw CryptoError(
                    .invalidLength, "a public key of \(publicKey.count) bytes, 1 to \(publicKeyLength) are allowed")
            }
            return try DigestAlgorithm.sha1.digest(encode(publicKey: publicKey))
        }
    }
}
