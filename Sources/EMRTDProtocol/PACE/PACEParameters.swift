package import EMRTDCrypto
public import LDS

/// What a run of PACE is made with: the protocol and the standardised domain parameters (Doc 9303-11, 4.4 and 9.5.1).
public struct PACEParameters: Sendable, Hashable {
    /// Mapping, key agreement and cipher.
    public let `protocol`: PACEProtocol
    /// The number that MSE:Set AT names in DO'84': the parameterId of the PACEInfo; `nil` where that has none.
    public let reference: Int?

    package let domain: DomainParameters

    /// The standardised domain parameter id, 0 to 2 for prime fields and 8 to 18 for elliptic curves (table 12).
    public var parameterId: Int { domain.parameterId }

    /// The parameters of a PACEInfo whose parameterId is a standardised one; `nil` where it is not, or where version, key
    /// agreement, mapping and group do not belong together. Integrated Mapping cannot use secp224r1 (B.2).
    public init?(_ info: PACEInfo) {
        guard let identifier = info.parameterId, let domain = DomainParameters(parameterId: identifier) else {
            return nil
        }
        self.init(info, domain: domain)
    }

    /// The parameters of a PACEInfo. Where its parameterId is absent or not a standardised one, a PACEDomainParameterInfo
    /// with the same parameterId gives the domain parameters: by id, or written out and then equal to a known group in every
    /// value (9.2.2).
    public init?(_ info: PACEInfo, domainParameters: [PACEDomainParameterInfo]) {
        if let identifier = info.parameterId, (0...31).contains(identifier) {
            self.init(info)
            return
        }
        let matching = domainParameters.filter {
            $0.parameterId == info.parameterId && $0.agreement == info.protocol.agreement
                && $0.mapping == info.protocol.mapping
        }
        // Two infos that say the same are no contradiction.
        let domains = Set(matching.map(\.domainParameter.knownDomainParameters))
        guard domains.count == 1, case .some(.some(let domain)) = domains.first else { return nil }
        self.init(info, domain: domain)
    }

    private init?(_ info: PACEInfo, domain: DomainParameters) {
        guard info.version == 2 else { return nil }
        switch (info.protocol.agreement, domain) {
        case (.dh, .dh), (.ecdh, .ecdh): break
        default: return nil
        }
        guard info.protocol.mapping != .integrated || domain.supportsIntegratedMapping else { return nil }
        self.protocol = info.protocol
        reference = info.parameterId
        self.domain = domain
    }

    package var cipher: BlockCipher { self.protocol.cipher.blockCipher }

    /// The strength of a session in bits of a symmetric key: that of the weaker of cipher and group (NIST SP 800-57-1,
    /// table 2; two-key 3DES counts 80).
    public var strength: Int { min(cipher.strength, domain.strength) }

    /// The offers of EF.CardAccess that this library can run, best first:
    ///
    /// 1. those of at least 112 bits before weaker ones (see ``strength``);
    /// 2. Chip Authentication Mapping before the others, since it proves the chip as well;
    /// 3. by strength;
    /// 4. Generic before Integrated Mapping;
    /// 5. elliptic curves before prime fields, which take longer;
    /// 6. by the length of the cipher's key, the bits of the field, then the lower id.
    public static func choices(_ infos: SecurityInfos) -> [PACEParameters] {
        choices(infos.paceInfos, domainParameters: infos.paceDomainParameterInfos)
    }

    /// The offers among PACEInfos; see ``choices(_:)``.
    public static func choices(
        _ infos: [PACEInfo], domainParameters: [PACEDomainParameterInfo] = []
    ) -> [PACEParameters] {
        var seen: Set<PACEParameters> = []
        return infos.compactMap { PACEParameters($0, domainParameters: domainParameters) }
            .filter { seen.insert($0).inserted }
            .sorted { b, a in a.rank.lexicographicallyPrecedes(b.rank) }
    }

    /// Larger is better, element by element.
    private var rank: [Int] {
        [
            strength >= 112 ? 1 : 0, self.protocol.mapping == .chipAuthentication ? 1 : 0, strength,
            self.protocol.mapping == .generic ? 1 : 0, self.protocol.agreement == .ecdh ? 1 : 0, cipher.keyLength,
            domain.bitLength, -parameterId,
        ]
    }
}

extension AlgorithmIdentifier {
    /// The known group that the identifier names by standardised id, or whose domain parameters it writes out; `nil` for any
    /// other.
    package var knownDomainParameters: DomainParameters? {
        if let identifier = standardizedDomainParameterId { return DomainParameters(parameterId: identifier) }
        switch algorithm {
        case KeyAlgorithm.ecPublicKey, KeyAlgorithm.ecDH:
            return parameters.flatMap { try? ECDomainParameters(parsing: $0) }?.knownCurve.map { .ecdh($0) }
        case KeyAlgorithm.dhKeyAgreement, KeyAlgorithm.dhPublicNumber:
            guard let values = try? DHDomainParameters(self) else { return nil }
            return DHGroup.matching(prime: values.prime, generator: values.generator, order: values.order).map {
                .dh($0)
            }
        default: return nil
        }
    }
}
