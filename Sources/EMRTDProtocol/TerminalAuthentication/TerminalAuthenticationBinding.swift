package import EMRTDCrypto

/// What a terminal's signature is bound to in version 1: the chip and the key that secure messaging was made with
/// (Doc 9303-11, 7.1.2).
package struct TerminalAuthenticationBinding: Sendable, Hashable {
    /// ID_IC.
    package let chipIdentifier: [UInt8]
    /// Comp(PK_DH,IFD).
    package let terminalKey: [UInt8]

    /// - Parameters:
    ///   - chip: what the chip is identified by.
    ///   - terminalKey: the terminal's ephemeral public key of Chip Authentication, or of PACE with Chip Authentication Mapping;
    ///     the newest where there are several.
    package init(chip: ChipIdentifier, terminalKey: [UInt8], domain: DomainParameters) throws {
        chipIdentifier = try chip.bytes
        self.terminalKey = try domain.compressed(publicKey: terminalKey)
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

    /// ID_IC || r_IC || Comp(PK_DH,IFD): what the terminal signs.
    package func message(challenge: [UInt8]) -> [UInt8] { chipIdentifier + challenge + terminalKey }
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
