package import EMRTDCrypto
public import LDS

/// What Chip Authentication version 2 is run with, as EF.CardAccess or EF.CardSecurity gives it (TR-03110-2, 3.4;
/// TR-03110-3, A.4). The chip's static key is not part of it: Terminal Authentication comes before the terminal may read that.
public struct ChipAuthentication2Parameters: Sendable, Hashable {
    /// Key agreement and cipher.
    public let `protocol`: ChipAuthenticationProtocol
    /// The private key reference, where the chip has several keys: an unsigned number without leading zeros.
    public let keyId: [UInt8]?

    /// The group of the key.
    package let domain: DomainParameters

    /// Parameters of a given group; `nil` where the protocol is not for such a group.
    package init?(protocol: ChipAuthenticationProtocol, keyId: [UInt8]? = nil, domain: DomainParameters) {
        switch (`protocol`.agreement, domain) {
        case (.dh, .dh), (.ecdh, .ecdh): break
        default: return nil
        }
        self.protocol = `protocol`
        self.keyId = keyId
        self.domain = domain
    }

    /// The standardised domain parameter id of the key's group.
    public var parameterId: Int { domain.parameterId }

    /// The strength of the session in bits of a symmetric key: that of the weaker of cipher and group.
    public var strength: Int { min(cipher.strength, domain.strength) }

    package var cipher: BlockCipher { self.protocol.cipher.blockCipher }

    /// The offers of a file that this library can run, in the order in which they are to be tried: strongest first.
    ///
    /// Only infos of version 2 count (versions 1 and 3 are other protocols). An info and a group belong together by key id, or
    /// in any case where there is one group of the kind. The group comes from a ChipAuthenticationDomainParameterInfo, or
    /// from the public key where the file has it.
    public static func choices(_ infos: SecurityInfos) -> [ChipAuthentication2Parameters] {
        let groups = groups(infos)
        var found: [ChipAuthentication2Parameters] = []
        for info in infos.chipAuthenticationInfos where info.version == 2 {
            let own = groups.filter { $0.agreement == info.protocol.agreement }
            let matching = own.filter { $0.keyId == info.keyId }
            for group in matching.isEmpty && Set(own.map(\.domain)).count == 1 ? own : matching {
                let parameters = ChipAuthentication2Parameters(
                    protocol: info.protocol, keyId: info.keyId ?? group.keyId, domain: group.domain)
                if let parameters, !found.contains(parameters) { found.append(parameters) }
            }
        }
        return found.enumerated()
            .sorted { a, b in a.element.rank == b.element.rank ? a.offset < b.offset : a.element.rank > b.element.rank }
            .map(\.element)
    }

    /// The chip's static key among the public keys of a file: of the same group, and with the same key id where there are
    /// several; `nil` where there is none, or more than one.
    ///
    /// The key proves nothing unless passive authentication covers the file that it is from, EF.CardSecurity.
    package func publicKey(in infos: SecurityInfos) -> KeyAgreementPublicKey? {
        let keys = infos.chipAuthenticationPublicKeyInfos.filter { $0.agreement == self.protocol.agreement }
        let matching = keys.filter { $0.keyId == keyId }
        let known = (matching.isEmpty && keys.count == 1 ? keys : matching)
            .compactMap { try? $0.publicKey.keyAgreementKey() }
            .filter { $0.domain == domain }
        return Set(known).count == 1 ? known.first : nil
    }

    private struct Group {
        let agreement: KeyAgreement
        let keyId: [UInt8]?
        let domain: DomainParameters
    }

    private static func groups(_ infos: SecurityInfos) -> [Group] {
        let announced = infos.chipAuthenticationDomainParameterInfos.compactMap { info in
            info.domainParameter.knownDomainParameters.map {
                Group(agreement: info.agreement, keyId: info.keyId, domain: $0)
            }
        }
        let keys = infos.chipAuthenticationPublicKeyInfos.compactMap { info in
            (try? info.publicKey.keyAgreementKey()).map {
                Group(agreement: info.agreement, keyId: info.keyId, domain: $0.domain)
            }
        }
        return announced + keys
    }

    private var rank: Int { (strength << 10 | cipher.keyLength) << 12 | domain.bitLength }
}
