/// How PACE maps the nonce to ephemeral domain parameters (Doc 9303-11, 4.4.3.3). Raw values are the names in reports.
public enum PACEMapping: String, Sendable, Hashable, CaseIterable {
    /// Generic Mapping.
    case generic = "GM"
    /// Integrated Mapping.
    case integrated = "IM"
    /// Chip Authentication Mapping.
    case chipAuthentication = "CAM"
}

/// The kind of key agreement (Doc 9303-11, 9.5). Raw values are the names in reports.
public enum KeyAgreement: String, Sendable, Hashable, CaseIterable {
    /// Diffie-Hellman in a prime field.
    case dh = "DH"
    /// Diffie-Hellman on an elliptic curve.
    case ecdh = "ECDH"
}

/// The cipher of secure messaging, with its message authentication code: 3DES with retail MAC, or AES with CMAC
/// (Doc 9303-11, 9.8). Raw values are the names in reports.
public enum SessionCipher: String, Sendable, Hashable, CaseIterable {
    /// Two-key 3DES in CBC mode, retail MAC.
    case tripleDES = "3DES"
    /// AES in CBC mode with a 128-bit key, CMAC.
    case aes128 = "AES-128"
    /// AES in CBC mode with a 192-bit key, CMAC.
    case aes192 = "AES-192"
    /// AES in CBC mode with a 256-bit key, CMAC.
    case aes256 = "AES-256"

    /// The last arc of PACE and Chip Authentication protocol identifiers.
    var arc: UInt8 {
        switch self {
        case .tripleDES: 1
        case .aes128: 2
        case .aes192: 3
        case .aes256: 4
        }
    }

    init?(arc: UInt8) {
        guard let cipher = SessionCipher.allCases.first(where: { $0.arc == arc }) else { return nil }
        self = cipher
    }
}

/// A PACE variant, as its object identifier names it (Doc 9303-11, 9.2.3): 19 of them exist.
public struct PACEProtocol: Sendable, Hashable {
    /// The mapping.
    public let mapping: PACEMapping
    /// The key agreement.
    public let agreement: KeyAgreement
    /// The cipher of the session.
    public let cipher: SessionCipher

    /// Every variant that has an object identifier.
    public static let all: [PACEProtocol] = PACEMapping.allCases.flatMap { mapping in
        KeyAgreement.allCases.flatMap { agreement in
            SessionCipher.allCases.compactMap { PACEProtocol(mapping: mapping, agreement: agreement, cipher: $0) }
        }
    }

    /// A variant, or `nil` for those that do not exist: Chip Authentication Mapping with DH or with 3DES.
    public init?(mapping: PACEMapping, agreement: KeyAgreement, cipher: SessionCipher) {
        if mapping == .chipAuthentication, agreement == .dh || cipher == .tripleDES { return nil }
        self.mapping = mapping
        self.agreement = agreement
        self.cipher = cipher
    }

    /// The variant with an object identifier, or `nil`.
    public init?(objectIdentifier: OID) {
        guard let found = PACEProtocol.all.first(where: { $0.objectIdentifier == objectIdentifier }) else { return nil }
        self = found
    }

    /// id-PACE-DH-GM-3DES-CBC-CBC to id-PACE-ECDH-CAM-AES-CBC-CMAC-256.
    public var objectIdentifier: OID {
        PACEProtocol.family(mapping, agreement).appending(UInt64(cipher.arc))
    }

    /// id-PACE-DH-GM to id-PACE-ECDH-CAM, the identifiers without the cipher.
    static func family(_ mapping: PACEMapping, _ agreement: KeyAgreement) -> OID {
        let arc: UInt64
        switch (mapping, agreement) {
        case (.generic, .dh): arc = 1
        case (.generic, .ecdh): arc = 2
        case (.integrated, .dh): arc = 3
        case (.integrated, .ecdh): arc = 4
        case (.chipAuthentication, _): arc = 6
        }
        return SecurityObjectIdentifier.pace.appending(arc)
    }
}

/// A Chip Authentication variant, as its object identifier names it (Doc 9303-11, 9.2.5).
public struct ChipAuthenticationProtocol: Sendable, Hashable {
    /// The key agreement.
    public let agreement: KeyAgreement
    /// The cipher of the session.
    public let cipher: SessionCipher

    /// Every variant.
    public static let all: [ChipAuthenticationProtocol] = KeyAgreement.allCases.flatMap { agreement in
        SessionCipher.allCases.map { ChipAuthenticationProtocol(agreement: agreement, cipher: $0) }
    }

    /// A variant.
    public init(agreement: KeyAgreement, cipher: SessionCipher) {
        self.agreement = agreement
        self.cipher = cipher
    }

    /// The variant with an object identifier, or `nil`.
    public init?(objectIdentifier: OID) {
        let all = ChipAuthenticationProtocol.all
        guard let found = all.first(where: { $0.objectIdentifier == objectIdentifier }) else { return nil }
        self = found
    }

    /// id-CA-DH-3DES-CBC-CBC to id-CA-ECDH-AES-CBC-CMAC-256.
    public var objectIdentifier: OID {
        SecurityObjectIdentifier.chipAuthentication.appending(agreement == .dh ? 1 : 2, UInt64(cipher.arc))
    }
}

/// The object identifiers that SecurityInfos use (Doc 9303-11, 9.2; Doc 9303-10, 3.11.4).
package enum SecurityObjectIdentifier {
    /// id-PK.
    package static let publicKey = OID(0, 4, 0, 127, 0, 7, 2, 2, 1)
    /// id-PK-DH.
    package static let publicKeyDH = publicKey.appending(1)
    /// id-PK-ECDH.
    package static let publicKeyECDH = publicKey.appending(2)
    /// id-TA.
    package static let terminalAuthentication = OID(0, 4, 0, 127, 0, 7, 2, 2, 2)
    /// id-CA.
    package static let chipAuthentication = OID(0, 4, 0, 127, 0, 7, 2, 2, 3)
    /// id-PACE.
    package static let pace = OID(0, 4, 0, 127, 0, 7, 2, 2, 4)
    /// id-icao-mrtd-security-aaProtocolObject.
    package static let activeAuthentication = OID(2, 23, 136, 1, 1, 5)
    /// id-EFDIR.
    package static let efDIR = OID(2, 23, 136, 1, 1, 13)
    /// standardizedDomainParameters (BSI TR-03110-3, A.2.1.1).
    package static let standardizedDomainParameters = OID(0, 4, 0, 127, 0, 7, 1, 2)
}
