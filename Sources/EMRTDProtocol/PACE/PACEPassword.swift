package import EMRTDCrypto

/// Which password PACE proves the knowledge of (Doc 9303-11, 4.4.4.1, DO'83'; TR-03110-3, B.14.1).
public enum PACEPasswordReference: UInt8, Sendable, Hashable, CaseIterable {
    /// The machine readable zone.
    case mrz = 1
    /// The card access number.
    case can = 2
    /// The holder's personal identification number, which wrong attempts suspend and block.
    case pin = 3
    /// The number that unblocks the PIN.
    case puk = 4

    /// The name in reports: `MRZ`, `CAN`, `PIN`, `PUK`.
    public var name: String {
        switch self {
        case .mrz: "MRZ"
        case .can: "CAN"
        case .pin: "PIN"
        case .puk: "PUK"
        }
    }
}

/// A password of PACE as K (Doc 9303-11, 9.7.3): SHA-1 of the MRZ_information, or the characters of CAN, PIN or PUK.
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
