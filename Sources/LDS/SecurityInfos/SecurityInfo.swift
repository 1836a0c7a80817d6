/// One element of a SecurityInfos set (Doc 9303-11, 9.2).
public enum SecurityInfo: Sendable, Hashable {
    /// A PACE variant that the chip supports.
    case pace(PACEInfo)
    /// Domain parameters for PACE.
    case paceDomainParameter(PACEDomainParameterInfo)
    /// A Chip Authentication variant that the chip supports.
    case chipAuthentication(ChipAuthenticationInfo)
    /// A public key for Chip Authentication.
    case chipAuthenticationPublicKey(ChipAuthenticationPublicKeyInfo)
    /// Active Authentication with ECDSA.
    case activeAuthentication(ActiveAuthenticationInfo)
    /// Terminal Authentication.
    case terminalAuthentication(TerminalAuthenticationInfo)
    /// A signed copy of EF.DIR.
    case efDIR(EFDIRInfo)
    /// An info that this library does not know, or could not parse.
    case other(RawSecurityInfo)
}

/// A SecurityInfo kept as it came.
public struct RawSecurityInfo: Sendable, Hashable {
    /// The bytes, tag and length included.
    public let encoded: [UInt8]
    /// The protocol identifier, where it could be read.
    public let protocolIdentifier: OID?
    /// Why it could not be parsed; `nil` when its protocol is merely unknown to this library.
    public let error: LDSError?
}

/// PACEInfo (Doc 9303-11, 9.2.3).
public struct PACEInfo: Sendable, Hashable {
    /// The variant.
    public let `protocol`: PACEProtocol
    /// The version: 2 in ICAO documents, 1 in early German test cards.
    public let version: Int
    /// The standardized domain parameters of Doc 9303-11, 9.5.1 (0 to 31), or an identifier that a
    /// ``PACEDomainParameterInfo`` resolves; `nil` where there is nothing to choose.
    public let parameterId: Int?

    /// Creates an info.
    public init(protocol: PACEProtocol, version: Int = 2, parameterId: Int?) {
        self.protocol = `protocol`
        self.version = version
        self.parameterId = parameterId
    }
}

/// PACEDomainParameterInfo (Doc 9303-11, 9.2.4).
public struct PACEDomainParameterInfo: Sendable, Hashable {
    /// The mapping that the parameters serve.
    public let mapping: PACEMapping
    /// The key agreement that the parameters serve.
    public let agreement: KeyAgreement
    /// The domain parameters.
    public let domainParameter: AlgorithmIdentifier
    /// The identifier that a ``PACEInfo`` refers to.
    public let parameterId: Int?
}

/// ChipAuthenticationInfo (Doc 9303-11, 9.2.5).
public struct ChipAuthenticationInfo: Sendable, Hashable {
    /// The variant.
    public let `protocol`: ChipAuthenticationProtocol
    /// The version: 1 in ICAO documents.
    public let version: Int
    /// The key that the info is about: an unsigned number, big endian without leading zeros, as DO'84' carries it.
    public let keyId: [UInt8]?

    /// Creates an info.
    public init(protocol: ChipAuthenticationProtocol, version: Int = 1, keyId: [UInt8]?) {
        self.protocol = `protocol`
        self.version = version
        self.keyId = keyId
    }
}

/// ChipAuthenticationPublicKeyInfo (Doc 9303-11, 9.2.6).
public struct ChipAuthenticationPublicKeyInfo: Sendable, Hashable {
    /// Whether the protocol identifier is id-PK-DH or id-PK-ECDH.
    public let agreement: KeyAgreement
    /// The key.
    public let publicKey: SubjectPublicKeyInfo
    /// The identifier of the key: an unsigned number, big endian without leading zeros.
    public let keyId: [UInt8]?
}

/// ActiveAuthenticationInfo (Doc 9303-11, 9.2.7): present when Active Authentication signs with ECDSA.
public struct ActiveAuthenticationInfo: Sendable, Hashable {
    /// The version: 1.
    public let version: Int
    /// An ecdsa-plain identifier of BSI TR-03111, 5.2.1.1.
    public let signatureAlgorithm: OID
}

/// TerminalAuthenticationInfo (Doc 9303-11, 9.2.8).
public struct TerminalAuthenticationInfo: Sendable, Hashable {
    /// The version: 1.
    public let version: Int
    /// The file identifier of EF.CVCA, two bytes; `nil` for the default 011C.
    public let cvcaFileIdentifier: [UInt8]?
    /// The short file identifier of EF.CVCA; `nil` for the default 1C.
    public let cvcaShortFileIdentifier: UInt8?
}

/// EFDIRInfo (Doc 9303-10, 3.11.4): a copy of EF.DIR under the signature of EF.CardSecurity.
public struct EFDIRInfo: Sendable, Hashable {
    /// The content of EF.DIR.
    public let efDIR: [UInt8]
}
