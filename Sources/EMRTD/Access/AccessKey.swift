package import EMRTDCrypto
package import EMRTDProtocol
public import LDS

/// What opens the chip: the card access number, the machine readable zone, a PIN or a PUK. Holds the secret in memory that is
/// cleared, and shows none of it in any description.
public struct AccessKey: Sendable, CustomStringConvertible {
    /// The kind of key.
    public enum Kind: String, Sendable, Hashable {
        /// The card access number, for PACE.
        case can = "CAN"
        /// The machine readable zone, for PACE and BAC.
        case mrz = "MRZ"
        /// The personal identification number, for PACE. The card counts wrong tries.
        case pin = "PIN"
        /// The personal unblocking key, for PACE. The card counts its uses.
        case puk = "PUK"

        /// Whether the card counts tries and blocks the key after some (TR-03110-2, 3.3).
        public var isCounted: Bool { self == .pin || self == .puk }
    }

    /// The kind of key.
    public let kind: Kind

    package let secret: SharedSecret
    /// The CAN that a suspended PIN is resumed with, where the caller gave one.
    private let resumingCAN: SharedSecret?

    private init(_ kind: Kind, _ secret: consuming SecretBytes, resumingCAN: SharedSecret? = nil) {
        self.kind = kind
        self.secret = SharedSecret(secret)
        self.resumingCAN = resumingCAN
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
        try AccessKey(.can, characters(number, "card access number"))
    }

    /// The PIN as bytes: 1 to 16 printable characters, usually six digits.
    ///
    /// - Parameters:
    ///   - pin: what the holder knows.
    ///   - can: a key made with ``can(_:)-(String)``. A card suspends a PIN whose last try is left and takes it again only after
    ///     the CAN (TR-03110-2, 3.3); without one, a suspended PIN ends the reading.
    /// - Throws: ``EMRTDError`` `invalidAccessKey`.
    public static func pin(_ pin: [UInt8], resumingWith can: AccessKey? = nil) throws -> AccessKey {
        guard can.map({ $0.kind == .can }) ?? true else {
            throw EMRTDError(
                .invalidAccessKey, "a suspended PIN is resumed with a CAN and nothing else", stage: .access,
                remedy: .checkPassword)
        }
        return try AccessKey(.pin, characters(pin, "PIN"), resumingCAN: can?.secret)
    }

    /// The PUK as bytes: 1 to 16 printable characters, usually ten digits.
    ///
    /// - Throws: ``EMRTDError`` `invalidAccessKey`.
    public static func puk(_ puk: [UInt8]) throws -> AccessKey { try AccessKey(.puk, characters(puk, "PUK")) }

    private static func characters(_ text: [UInt8], _ name: String) throws -> SecretBytes {
        guard (1...16).contains(text.count), text.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw EMRTDError(
                .invalidAccessKey, "a \(name) of \(text.count) characters, or with other than printable ones",
                stage: .access, remedy: .checkPassword)
        }
        return try SecretBytes(copying: text)
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
        let reference: PACEPasswordReference =
            switch kind {
            case .can: .can
            case .mrz: .mrz
            case .pin: .pin
            case .puk: .puk
            }
        return PACEPassword(reference, secret: secret)
    }

    /// The CAN for a suspended PIN as a password of PACE; `nil` where the caller gave none.
    var resumingPassword: PACEPassword? { resumingCAN.map { PACEPassword(.can, secret: $0) } }
}
