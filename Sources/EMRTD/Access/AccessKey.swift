package import EMRTDCrypto
package import EMRTDProtocol
public import LDS

/// What opens the chip: the card access number, or the machine readable zone. Holds the secret in memory that is cleared,
/// and shows none of it in any description.
public struct AccessKey: Sendable, CustomStringConvertible {
    /// The kind of key.
    public enum Kind: String, Sendable, Hashable {
        /// The card access number, for PACE.
        case can = "CAN"
        /// The machine readable zone, for PACE and BAC.
        case mrz = "MRZ"
    }

    /// The kind of key.
    public let kind: Kind

    package let secret: SharedSecret

    private init(_ kind: Kind, _ secret: consuming SecretBytes) {
        self.kind = kind
        self.secret = SharedSecret(secret)
    }

    /// The card access number (Doc 9303-11, 4.2): six digits, or what the document prints, 1 to 16 characters.
    ///
    /// - Throws: ``EMRTDError`` `invalidAccessKey`.
    public static func can(_ number: String) throws -> AccessKey {
        var characters = Array(number.utf8)
        defer { cleanse(&characters) }
        return try can(characters)
    }

    /// The card access number as bytes.
    public static func can(_ number: [UInt8]) throws -> AccessKey {
        guard (1...16).contains(number.count), number.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw EMRTDError(
                .invalidAccessKey,
                "a card access number of \(number.count) characters, or with other than printable ones",
                stage: .access, remedy: .checkPassword)
        }
        return try AccessKey(.can, SecretBytes(copying: number))
    }

    /// The data of the machine readable zone that Basic Access Control and PACE use.
    ///
    /// - Parameters:
    ///   - documentNumber: as printed, without check digit; short ones are filled up.
    ///   - dateOfBirth: YYMMDD.
    ///   - dateOfExpiry: YYMMDD.
    /// - Throws: ``EMRTDError`` `invalidAccessKey`.
    public static func mrz(documentNumber: String, dateOfBirth: String, dateOfExpiry: String) throws -> AccessKey {
        do {
            var information = try MRZ.mrzInformation(
                documentNumber: documentNumber, dateOfBirth: dateOfBirth, dateOfExpiry: dateOfExpiry)
            defer { cleanse(&information) }
            return try AccessKey(.mrz, DigestAlgorithm.sha1.secretDigest(information))
        } catch let error as LDSError {
            throw EMRTDError(.invalidAccessKey, error.reason, stage: .access, remedy: .checkPassword)
        }
    }

    /// A machine readable zone that has been read or typed as a whole.
    public static func mrz(_ mrz: MRZ) throws -> AccessKey {
        var information = mrz.information
        defer { cleanse(&information) }
        return try AccessKey(.mrz, DigestAlgorithm.sha1.secretDigest(information))
    }

    /// The kind of key, never the key.
    public var description: String { kind.rawValue }

    package var pacePassword: PACEPassword {
        switch kind {
        case .can: PACEPassword(.can, secret: secret)
        case .mrz: PACEPassword(.mrz, secret: secret)
        }
    }
}
