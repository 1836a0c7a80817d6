import ISO7816

/// ChipAuthenticationDomainParameterInfo (TR-03110-3, A.1.1.3): the group of a Chip Authentication key of version 2, which a
/// terminal has to know before it may read the key itself.
public struct ChipAuthenticationDomainParameterInfo: Sendable, Hashable {
    /// Whether the protocol identifier is id-CA-DH or id-CA-ECDH.
    public let agreement: KeyAgreement
    /// The domain parameters.
    public let domainParameter: AlgorithmIdentifier
    /// The key that the info is about: an unsigned number, big endian without leading zeros.
    public let keyId: [UInt8]?

    /// Parses an info that the SecurityInfos kept as it came; `nil` where it is another one, or malformed.
    init?(_ raw: RawSecurityInfo) {
        guard raw.error == nil,
            let agreement = KeyAgreement.allCases.first(where: { Self.identifier($0) == raw.protocolIdentifier }),
            let fields = try? Self.fields(raw.encoded)
        else { return nil }
        self.agreement = agreement
        (domainParameter, keyId) = fields
    }

    /// id-CA-DH or id-CA-ECDH, the identifiers without the cipher.
    static func identifier(_ agreement: KeyAgreement) -> OID {
        SecurityObjectIdentifier.chipAuthentication.appending(agreement == .dh ? 1 : 2)
    }

    private static func fields(_ encoded: [UInt8]) throws -> (AlgorithmIdentifier, [UInt8]?) {
        var fields = try DERSequence(TLV(exactly: encoded), "ChipAuthenticationDomainParameterInfo")
        _ = try fields.next(.objectIdentifier, "protocol")
        let parameter = try AlgorithmIdentifier(fields.next("domainParameter"))
        let keyId = try fields.nextIfPresent()?.unsignedInteger("keyId")
        try fields.finish()
        return (parameter, keyId)
    }
}

extension SecurityInfos {
    /// The groups of Chip Authentication keys of version 2, in the order of the file.
    public var chipAuthenticationDomainParameterInfos: [ChipAuthenticationDomainParameterInfo] {
        otherInfos.compactMap(ChipAuthenticationDomainParameterInfo.init)
    }
}
