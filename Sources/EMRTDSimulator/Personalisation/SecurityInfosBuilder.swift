package import EMRTDCrypto
import ISO7816

/// Encodes SecurityInfos (Doc 9303-11, 9.2) and the files made of them: EF.CardAccess, DG14 and DG15.
package enum SecurityInfosBuilder {
    private static let arc = "0.4.0.127.0.7.2.2"

    /// TerminalAuthenticationInfo, without a reference to EF.CVCA.
    package static func terminalAuthenticationInfo(version: UInt = 1) throws -> [UInt8] {
        DEREncoder.sequence(try DEREncoder.objectIdentifier("\(arc).2"), DEREncoder.integer(version))
    }

    /// ChipAuthenticationInfo.
    package static func chipAuthenticationInfo(
        _ agreement: PACEOffer.Agreement = .ecdh, cipher: BlockCipher, version: UInt = 1, keyId: UInt? = nil
    ) throws -> [UInt8] {
        let last = lastArc(of: cipher)
        return DEREncoder.sequence(
            try DEREncoder.objectIdentifier("\(arc).3.\(lastArc(of: agreement)).\(last)"), DEREncoder.integer(version),
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

    /// ChipAuthenticationPublicKeyInfo of any key for key agreement.
    package static func chipAuthenticationPublicKeyInfo(
        _ key: KeyAgreementPublicKey, form: DomainParameterForm, keyId: UInt? = nil
    ) throws -> [UInt8] {
        DEREncoder.sequence(
            try DEREncoder.objectIdentifier("\(arc).1.\(lastArc(of: key.domain.agreement))"),
            try AlgorithmEncoding.subjectPublicKeyInfo(key, form: form), keyId.map(DEREncoder.integer) ?? [])
    }

    /// ChipAuthenticationDomainParameterInfo (TR-03110-3, A.1.1.2), by standardised id.
    package static func chipAuthenticationDomainParameterInfo(
        _ domain: DomainParameters, keyId: UInt? = nil
    ) throws -> [UInt8] {
        DEREncoder.sequence(
            try DEREncoder.objectIdentifier("\(arc).3.\(lastArc(of: domain.agreement))"),
            try AlgorithmEncoding.domainParameters(domain, form: .standardized), keyId.map(DEREncoder.integer) ?? [])
    }

    /// EFDIRInfo: a copy of EF.DIR for EF.CardSecurity (Doc 9303-10, 3.11.4).
    package static func directoryInfo(_ directory: [UInt8]) throws -> [UInt8] {
        DEREncoder.sequence(
            try DEREncoder.objectIdentifier("2.23.136.1.1.13"), DEREncoder.octetString(directory))
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

    private static func lastArc(of agreement: PACEOffer.Agreement) -> Int { agreement == .dh ? 1 : 2 }

    static func lastArc(of cipher: BlockCipher) -> Int {
        switch cipher {
        case .tripleDES: 1
        case .aes128: 2
        case .aes192: 3
        case .aes256: 4
        }
    }
}

extension DomainParameters {
    /// The key agreement that the group belongs to.
    package var agreement: PACEOffer.Agreement {
        switch self {
        case .dh: .dh
        case .ecdh: .ecdh
        }
    }
}
