package import EMRTDCrypto
import ISO7816

/// A PACE protocol and its domain parameters, as EF.CardAccess offers them (Doc 9303-11, 9.2.3, 9.2.4 and 9.5).
package struct PACEOffer: Sendable, Hashable {
    /// The mapping of the nonce.
    package enum Mapping: Sendable, Hashable, CaseIterable {
        /// Generic Mapping.
        case generic
        /// Integrated Mapping.
        case integrated
        /// Chip Authentication Mapping, on elliptic curves with AES alone.
        case chipAuthentication
    }

    /// The group in which keys are agreed.
    package enum Agreement: Sendable, Hashable, CaseIterable {
        /// Diffie-Hellman modulo a prime.
        case dh
        /// Diffie-Hellman on an elliptic curve.
        case ecdh
    }

    /// How the offer names its domain parameters. An own id is any but the standardised ones (0 to 31), up to 255; `nil` leaves
    /// it out, as is allowed where there is one offer.
    package enum Naming: Sendable, Hashable {
        /// The PACEInfo has the standardised id.
        case standardized
        /// A PACEDomainParameterInfo resolves an own id by the standardised one.
        case reference(ownId: UInt?)
        /// A PACEDomainParameterInfo resolves an own id by all the values of the group.
        case explicit(ownId: UInt?)
        /// The same with another generator: a group that is in no table, which the chip cannot run either and refuses.
        case unknown(ownId: UInt?)

        /// The own id.
        package var ownId: UInt? {
            switch self {
            case .standardized: nil
            case .reference(let id), .explicit(let id), .unknown(let id): id
            }
        }
    }

    /// The mapping.
    package var mapping: Mapping
    /// The key agreement.
    package var agreement: Agreement
    /// The cipher of secure messaging.
    package var cipher: BlockCipher
    /// The standardised domain parameter id (Doc 9303-11, table 12).
    package var parameterId: UInt8
    /// How the domain parameters are named.
    package var naming: Naming

    /// Creates an offer.
    package init(
        _ mapping: Mapping, _ agreement: Agreement, _ cipher: BlockCipher, parameterId: UInt8,
        naming: Naming = .standardized
    ) {
        self.mapping = mapping
        self.agreement = agreement
        self.cipher = cipher
        self.parameterId = parameterId
        self.naming = naming
    }

    /// The dotted object identifier of the protocol (Doc 9303-11, 9.2.3).
    ///
    /// - Throws: ``PersonalisationError`` `invalidOption` for a combination that no standard names.
    package func objectIdentifier() throws -> String {
        _ = try domain()
        return "\(try familyIdentifier()).\(SecurityInfosBuilder.lastArc(of: cipher))"
    }

    /// The identifier without the cipher, under which PACEDomainParameterInfos stand.
    func familyIdentifier() throws -> String {
        let arc: Int
        switch (mapping, agreement) {
        case (.generic, .dh): arc = 1
        case (.generic, .ecdh): arc = 2
        case (.integrated, .dh): arc = 3
        case (.integrated, .ecdh): arc = 4
        case (.chipAuthentication, .ecdh) where cipher != .tripleDES: arc = 6
        case (.chipAuthentication, _):
            throw PersonalisationError(.invalidOption, "Chip Authentication Mapping goes with ECDH and AES only")
        }
        return "0.4.0.127.0.7.2.2.4.\(arc)"
    }

    /// The group.
    ///
    /// - Throws: ``PersonalisationError`` `invalidOption` where the id belongs to another key agreement, or the mapping
    ///   cannot use the group (Doc 9303-11, B.2).
    package func domain() throws -> DomainParameters {
        guard let domain = DomainParameters(parameterId: Int(parameterId)) else {
            throw PersonalisationError(
                .invalidOption, "PACE's parameter ids are 0 to 2 with DH and 8 to 18 with ECDH")
        }
        switch (agreement, domain) {
        case (.dh, .dh), (.ecdh, .ecdh): break
        default:
            throw PersonalisationError(
                .invalidOption,
                "the parameter id does not belong to the key agreement of PACE: DH has 0 to 2, ECDH 8 to 18")
        }
        guard mapping != .integrated || domain.supportsIntegratedMapping else {
            throw PersonalisationError(.invalidOption, "Integrated Mapping cannot use the parameter id 10 (secp224r1)")
        }
        return domain
    }

    /// The parameterId of the PACEInfo; `nil` where it has none.
    var announcedId: UInt? { naming == .standardized ? UInt(parameterId) : naming.ownId }
}

extension SecurityInfosBuilder {
    /// PACEInfo, version 2.
    package static func paceInfo(_ offer: PACEOffer) throws -> [UInt8] {
        DEREncoder.sequence(
            try DEREncoder.objectIdentifier(try offer.objectIdentifier()), DEREncoder.integer(2),
            offer.announcedId.map(DEREncoder.integer) ?? [])
    }

    /// PACEDomainParameterInfo (Doc 9303-11, 9.2.4); `nil` for an offer that has a standardised id.
    package static func paceDomainParameterInfo(_ offer: PACEOffer) throws -> [UInt8]? {
        let algorithm: [UInt8]
        let domain = try offer.domain()
        switch offer.naming {
        case .standardized: return nil
        case .reference: algorithm = try AlgorithmEncoding.domainParameters(domain, form: .standardized)
        case .explicit: algorithm = try AlgorithmEncoding.domainParameters(domain, form: .explicit)
        case .unknown: algorithm = try AlgorithmEncoding.foreignDomainParameters(like: domain)
        }
        return DEREncoder.sequence(
            try DEREncoder.objectIdentifier(try offer.familyIdentifier()), algorithm,
            offer.naming.ownId.map(DEREncoder.integer) ?? [])
    }

    /// The PACEInfos of all offers and the PACEDomainParameterInfos that they need.
    ///
    /// - Throws: ``PersonalisationError`` `invalidOption` where two offers have one own id with different groups, or an id is
    ///   missing or out of range.
    package static func paceInfos(_ offers: [PACEOffer]) throws -> [[UInt8]] {
        var infos: [[UInt8]] = []
        var groups: [[UInt8]: [UInt8]] = [:]
        for offer in offers {
            if offer.naming != .standardized {
                guard offer.naming.ownId.map({ (32...255).contains($0) }) ?? (offers.count == 1) else {
                    throw PersonalisationError(
                        .invalidOption, "an own parameter id of PACE is 32 to 255, and needed where there are several")
                }
            }
            infos.append(try paceInfo(offer))
            guard let info = try paceDomainParameterInfo(offer) else { continue }
            let key = Array(try offer.familyIdentifier().utf8) + [UInt8(truncatingIfNeeded: offer.naming.ownId ?? 0)]
            if let known = groups[key] {
                guard known == info else {
                    throw PersonalisationError(.invalidOption, "one own parameter id of PACE stands for two groups")
                }
            } else {
                groups[key] = info
                infos.append(info)
            }
        }
        return infos
    }
}
