package import EMRTDCrypto
public import LDS

/// What Chip Authentication version 1 is run with: the protocol and the chip's static key, as DG14 gives them
/// (Doc 9303-11, 6.2, 9.2.5 and 9.2.6).
public struct ChipAuthenticationParameters: Sendable, Hashable {
    /// How the terminal's ephemeral key reaches the chip (6.2.4).
    public enum Command: String, Sendable, Hashable {
        /// MSE:Set KAT with the key in it: for 3DES.
        case setKeyAgreementTemplate = "MSE:Set KAT"
        /// MSE:Set AT, then GENERAL AUTHENTICATE with the key.
        case generalAuthenticate = "MSE:Set AT"
    }

    /// Key agreement and cipher.
    public let `protocol`: ChipAuthenticationProtocol
    /// The private key reference, where the chip has several keys: an unsigned number without leading zeros.
    public let keyId: [UInt8]?
    /// How the key is sent.
    public let command: Command
    /// Whether DG14 has no ChipAuthenticationInfo for the key, so that 3DES was assumed.
    public let isInferred: Bool

    package let publicKey: KeyAgreementPublicKey

    package init(
        protocol: ChipAuthenticationProtocol, keyId: [UInt8]?, publicKey: KeyAgreementPublicKey,
        command: Command? = nil,
        isInferred: Bool = false
    ) {
        self.protocol = `protocol`
        self.keyId = keyId
        self.publicKey = publicKey
        self.command = command ?? (`protocol`.cipher == .tripleDES ? .setKeyAgreementTemplate : .generalAuthenticate)
        self.isInferred = isInferred
    }

    /// The standardised domain parameter id of the key's group.
    public var parameterId: Int { publicKey.domain.parameterId }

    /// The strength of the session in bits of a symmetric key: that of the weaker of cipher and group.
    public var strength: Int { min(`protocol`.cipher.blockCipher.strength, publicKey.domain.strength) }

    /// Whether DG14 offers Chip Authentication at all, with parameters known here or not.
    public static func isOffered(in infos: SecurityInfos) -> Bool {
        !infos.chipAuthenticationPublicKeyInfos.isEmpty || !infos.chipAuthenticationInfos.isEmpty
    }

    /// The offers of DG14 that this library can run, in the order in which they are to be tried.
    ///
    /// Protocol and key belong together by key id (a number: leading zeros do not count), or in any case where there is one
    /// key of the kind. Only version 1 is for documents opened with BAC or PACE alone. A key that no ChipAuthenticationInfo
    /// belongs to is tried with 3DES (MSE:Set KAT), which is what cards without that info were made with; such an offer is
    /// marked as inferred. Strongest first (see ``strength``), then longer cipher keys, then larger fields; what is inferred
    /// comes last. With 3DES the key goes out in MSE:Set KAT as the standard demands, and where a chip refuses that, in GENERAL
    /// AUTHENTICATE.
    public static func choices(_ infos: SecurityInfos) -> [ChipAuthenticationParameters] {
        let keys = infos.chipAuthenticationPublicKeyInfos
        var found: [ChipAuthenticationParameters] = []
        for key in keys {
            guard let publicKey = try? key.publicKey.keyAgreementKey() else { continue }
            let own = infos.chipAuthenticationInfos.filter { belongs($0, to: key, among: keys) }
            guard !own.isEmpty else {
                let assumed = ChipAuthenticationProtocol(agreement: key.agreement, cipher: .tripleDES)
                found.append(
                    ChipAuthenticationParameters(
                        protocol: assumed, keyId: key.keyId, publicKey: publicKey, isInferred: true))
                continue
            }
            for info in own where info.version == 1 {
                let keyId = info.keyId ?? key.keyId
                found.append(
                    ChipAuthenticationParameters(protocol: info.protocol, keyId: keyId, publicKey: publicKey))
                guard info.protocol.cipher == .tripleDES else { continue }
                found.append(
                    ChipAuthenticationParameters(
                        protocol: info.protocol, keyId: keyId, publicKey: publicKey, command: .generalAuthenticate))
            }
        }
        var seen: Set<ChipAuthenticationParameters> = []
        return found.filter { $0.isConsistent && seen.insert($0).inserted }
            .enumerated()
            .sorted { ($1.element.rank, $0.offset) < ($0.element.rank, $1.offset) }
            .map(\.element)
    }

    /// Whether an info is about a key. Key ids decide where they can; an info without one, or with one that no key has, is
    /// about the keys of its kind that it does not contradict.
    private static func belongs(
        _ info: ChipAuthenticationInfo, to key: ChipAuthenticationPublicKeyInfo,
        among keys: [ChipAuthenticationPublicKeyInfo]
    ) -> Bool {
        guard info.protocol.agreement == key.agreement else { return false }
        let ofItsKind = keys.filter { $0.agreement == key.agreement }
        if ofItsKind.contains(where: { $0.keyId == info.keyId }) { return key.keyId == info.keyId }
        return ofItsKind.count == 1 || info.keyId == nil || key.keyId == nil
    }

    /// Whether the key is of the kind that the protocol agrees with.
    private var isConsistent: Bool {
        switch (`protocol`.agreement, publicKey.domain) {
        case (.dh, .dh), (.ecdh, .ecdh): true
        default: false
        }
    }

    private var rank: Rank {
        Rank(
            isAnnounced: isInferred ? 0 : 1, strength: strength, keyLength: `protocol`.cipher.blockCipher.keyLength,
            bitLength: publicKey.domain.bitLength)
    }

    private struct Rank: Comparable {
        let isAnnounced: Int
        let strength: Int
        let keyLength: Int
        let bitLength: Int

        static func < (a: Rank, b: Rank) -> Bool {
            (a.isAnnounced, a.strength, a.keyLength, a.bitLength) < (
                b.isAnnounced, b.strength, b.keyLength, b.bitLength
            )
        }
    }
}
