package import EMRTDCrypto
public import LDS

/// What a run of PACE is made with: the protocol and the standardised domain parameters (Doc 9303-11, 4.4 and 9.5.1).
public struct PACEParameters: Sendable, Hashable {
    /// Mapping, key agreement and cipher.
    public let `protocol`: PACEProtocol
    /// The standardised domain parameter id, 8 to 18 for elliptic curves (table 12).
    public let parameterId: Int

    package let curve: StandardCurve

    /// The parameters of a PACEInfo where this library can run it: ECDH with Generic Mapping on ids 8 to 18.
    public init?(_ info: PACEInfo) {
        guard info.protocol.agreement == .ecdh, info.protocol.mapping == .generic, info.version == 2,
            let identifier = info.parameterId, let raw = UInt8(exactly: identifier),
            let curve = StandardCurve(rawValue: raw)
        else { return nil }
        self.protocol = info.protocol
        parameterId = identifier
        self.curve = curve
    }

    package var cipher: BlockCipher { self.protocol.cipher.blockCipher }

    /// The offers of EF.CardAccess that this library can run, strongest first: by cipher (AES-256, AES-192, AES-128, 3DES),
    /// then by bits of the curve, then by parameter id.
    public static func choices(_ infos: [PACEInfo]) -> [PACEParameters] {
        var seen: Set<PACEParameters> = []
        return infos.compactMap { PACEParameters($0) }
            .filter { seen.insert($0).inserted }
            .sorted { a, b in
                let (ka, kb) = (
                    a.cipher == .tripleDES ? 0 : a.cipher.keyLength, b.cipher == .tripleDES ? 0 : b.cipher.keyLength
                )
                if ka != kb { return ka > kb }
                if a.curve.bitLength != b.curve.bitLength { return a.curve.bitLength > b.curve.bitLength }
                return a.parameterId < b.parameterId
            }
    }
}

/// Which password PACE proves the knowledge of (Doc 9303-11, 4.4.4.1, DO'83').
public enum PACEPasswordReference: UInt8, Sendable, Hashable, CaseIterable {
    /// The machine readable zone.
    case mrz = 1
    /// The card access number.
    case can = 2

    /// The name in reports: `MRZ`, `CAN`.
    public var name: String {
        switch self {
        case .mrz: "MRZ"
        case .can: "CAN"
        }
    }
}

/// A password of PACE as K (Doc 9303-11, 9.7.3): SHA-1 of the MRZ_information, or the CAN's characters.
package struct PACEPassword: Sendable {
    package let reference: PACEPasswordReference
    package let secret: SharedSecret

    package init(_ reference: PACEPasswordReference, secret: SharedSecret) {
        self.reference = reference
        self.secret = secret
    }

    /// K_pi.
    package func key(_ cipher: BlockCipher) throws -> SecretBytes {
        try cipher.deriveKey(secret.copy(), counter: .password)
    }
}
