package import EMRTDCrypto
public import LDS

/// What Chip Authentication is run with: the protocol and the chip's static key, as DG14 gives them
/// (Doc 9303-11, 6.2 and 9.2.5 to 9.2.6).
public struct ChipAuthenticationParameters: Sendable, Hashable {
    /// Key agreement and cipher.
    public let `protocol`: ChipAuthenticationProtocol
    /// The private key reference, where the chip has several keys.
    public let keyId: [UInt8]?

    package let publicKey: ECPublicKey

    package init(protocol: ChipAuthenticationProtocol, keyId: [UInt8]?, publicKey: ECPublicKey) {
        self.protocol = `protocol`
        self.keyId = keyId
        self.publicKey = publicKey
    }

    /// The standardised domain parameter id of the key's curve.
    public var parameterId: Int { Int(publicKey.curve.rawValue) }

    /// Whether DG14 offers Chip Authentication at all, with parameters known here or not.
    public static func isOffered(in infos: SecurityInfos) -> Bool {
        !infos.chipAuthenticationPublicKeyInfos.isEmpty || !infos.chipAuthenticationInfos.isEmpty
    }

    /// The offers of DG14 that this library can run, strongest first: version 1, ECDH with AES on a known curve. Protocol
    /// and key belong together by key id, or where there is one key, in any case.
    public static func choices(_ infos: SecurityInfos) -> [ChipAuthenticationParameters] {
        let keys = infos.chipAuthenticationPublicKeyInfos
        var found: [ChipAuthenticationParameters] = []
        for info in infos.chipAuthenticationInfos
        where info.version == 1 && info.protocol.agreement == .ecdh && info.protocol.cipher != .tripleDES {
            for key in keys where key.agreement == .ecdh && (key.keyId == info.keyId || keys.count == 1) {
                guard case .ec(let publicKey)? = try? key.publicKey.knownKey() else { continue }
                found.append(
                    ChipAuthenticationParameters(
                        protocol: info.protocol, keyId: info.keyId ?? key.keyId, publicKey: publicKey))
            }
        }
        return found.sorted {
            ($0.protocol.cipher.blockCipher.keyLength, $0.publicKey.curve.bitLength)
                > ($1.protocol.cipher.blockCipher.keyLength, $1.publicKey.curve.bitLength)
        }
    }
}
