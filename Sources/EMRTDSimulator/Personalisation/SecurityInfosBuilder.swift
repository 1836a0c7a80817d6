package import EMRTDCrypto
import ISO7816

/// A PACE protocol and its standardised domain parameters, as EF.CardAccess offers them (Doc 9303-11, 9.2.1 and 9.5).
package struct PACEOffer: Sendable, Hashable {
    /// The mapping of the nonce.
    package enum Mapping: Sendable, Hashable {
        /// Generic Mapping.
        case generic
        /// Integrated Mapping.
        case integrated
        /// Chip Authentication Mapping, on elliptic curves with AES alone.
        case chipAuthentication
    }

    /// The group in which keys are agreed.
    package enum Agreement: Sendable, Hashable {
        /// Diffie-Hellman modulo a prime.
        case dh
        /// Diffie-Hellman on an elliptic curve.
        case ecdh
    }

    /// The mapping.
    package var mapping: Mapping
    /// The key agreement.
    package var agreement: Agreement
    /// The cipher of secure messaging.
    package var cipher: BlockCipher
    /// The standardised domain parameter id (Doc 9303-11, table 12).
    package var parameterId: UInt8

    /// Creates an offer.
    package init(_ mapping: Mapping, _ agreement: Agreement, _ cipher: BlockCipher, parameterId: UInt8) {
        self.mapping = mapping
        self.agreement = agreement
        self.cipher = cipher
        self.parameterId = parameterId
    }

    /// The dotted object identifier of the protocol (Doc 9303-11, 9.2.1).
    ///
    /// - Throws: ``PersonalisationError`` `invalidOption` for a combination that no standard names.
    package func objectIdentifier() throws -> String {
        let arc: String
        switch (mapping, agreement) {
        case (.generic, .dh): arc = "1"
        case (.generic, .ecdh): arc = "2"
        case (.integrated, .dh): arc = "3"
        case (.integrated, .ecdh): arc = "4"
        case (.chipAuthentication, .ecdh) where cipher != .tripleDES: arc = "6"
        case (.chipAuthentication, _):
            throw PersonalisationError(.invalidOption, "Chip Authentication Mapping goes with ECDH and AES only")
        }
        guard agreement == .dh ? (0...2).contains(parameterId) : (8...18).contains(parameterId) else {
            throw PersonalisationError(.invalidOption, "the parameter id does not belong to the key agreement of PACE")
        }
        return "0.4.0.127.0.7.2.2.4.\(arc).\(SecurityInfosBuilder.lastArc(of: cipher))"
    }
}

/// Encodes SecurityInfos (Doc 9303-11, 9.2) and the files made of them: EF.CardAccess, DG14 and DG15.
package enum SecurityInfosBuilder {
    private static let arc = "0.4.0.127.0.7.2.2"

    /// PACEInfo, version 2.
    package static func paceInfo(_ offer: PACEOffer) throws -> [UInt8] {
        DEREncoder.sequence(
            try DEREncoder.objectIdentifier(try offer.objectIdentifier()), DEREncoder.integer(2),
            DEREncoder.integer(UInt(offer.parameterId)))
    }

    /// TerminalAuthenticationInfo, version 1, without a reference to EF.CVCA.
    package static func terminalAuthenticationInfo() throws -> [UInt8] {
        DEREncoder.sequence(try DEREncoder.objectIdentifier("\(arc).2"), DEREncoder.integer(1))
    }

    /// ChipAuthenticationInfo with ECDH, version 1.
    package static func chipAuthenticationInfo(cipher: BlockCipher, keyId: UInt? = nil) throws -> [UInt8] {
        DEREncoder.sequence(
            try DEREncoder.objectIdentifier("\(arc).3.2.\(lastArc(of: cipher))"), DEREncoder.integer(1),
            keyId.map(DEREncoder.integer) ?? [])
    }

    /// ChipAuthenticationPublicKeyInfo of a key on a curve.
    package static func chipAuthenticationPublicKeyInfo(
        _ key: PublicKey, parameters: CurveParameterEncoding, keyId: UInt? = nil
    ) throws -> [UInt8] {
        DEREncoder.sequence(
            try DEREncoder.objectIdentifier("\(arc).1.2"),
            try AlgorithmEncoding.subjectPublicKeyInfo(key, parameters: parameters), keyId.map(DEREncoder.integer) ?? []
        )
    }

    /// ActiveAuthenticationInfo for ECDSA in plain format (Doc 9303-11, 6.1 and 9.2.6; TR-03111, 5.2.1).
    package static func activeAuthenticationInfo(digest: DigestAlgorithm) throws -> [UInt8] {
        let last =
            switch digest {
            case .sha1: "1"
            case .sha224: "2"
            case .sha256: "3"
            case .sha384: "4"
            case .sha512: "5"
            }
        return DEREncoder.sequence(
            try DEREncoder.objectIdentifier("2.23.136.1.1.5"), DEREncoder.integer(1),
            try DEREncoder.objectIdentifier("0.4.0.127.0.7.1.1.4.1.\(last)"))
    }

    /// EF.CardAccess: the set of infos.
    package static func cardAccess(_ infos: [[UInt8]]) -> [UInt8] { DEREncoder.set(infos) }

    /// DG14: the set of infos under tag 6E.
    package static func dg14(_ infos: [[UInt8]]) -> [UInt8] { TLV.encode(0x6E, DEREncoder.set(infos)) }

    /// DG15: the public key of Active Authentication under tag 6F.
    package static func dg15(_ key: PublicKey, parameters: CurveParameterEncoding) throws -> [UInt8] {
        TLV.encode(0x6F, try AlgorithmEncoding.subjectPublicKeyInfo(key, parameters: parameters))
    }

    static func lastArc(of cipher: BlockCipher) -> Int {
        switch cipher {
        case .tripleDES: 1
        case .aes128: 2
        case .aes192: 3
        case .aes256: 4
        }
    }
}
