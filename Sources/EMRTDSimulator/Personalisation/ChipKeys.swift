import EMRTDCrypto

/// The keys inside the chip.
struct ChipKeys {
    let chipAuthentication: [PersonalisedDocument.ChipAuthenticationKey]
    let chipAuthenticationMapping: [PersonalisedDocument.ChipAuthenticationKey]
    let activeAuthentication: PrivateKey?
    let activeAuthenticationDigest: DigestAlgorithm?

    init(_ options: PersonalisationOptions) throws {
        let keyIds = options.chipAuthentication.map(\.keyId)
        guard keyIds.count <= 1 || (!keyIds.contains(nil) && Set(keyIds).count == keyIds.count) else {
            throw PersonalisationError(.invalidOption, "several keys of Chip Authentication need a key id each")
        }
        guard options.chipAuthentication.allSatisfy({ !$0.ciphers.isEmpty }) else {
            throw PersonalisationError(.invalidOption, "a key of Chip Authentication needs at least one cipher")
        }
        let leadingZeros = options.quirks.contains(.leadingZeros)
        chipAuthentication = try options.chipAuthentication.map {
            PersonalisedDocument.ChipAuthenticationKey(
                keyId: $0.keyId, ciphers: $0.ciphers, keyPair: try Self.generate($0.domain, leadingZeros))
        }
        var mapping: [PersonalisedDocument.ChipAuthenticationKey] = []
        for offer in options.pace where offer.mapping == .chipAuthentication {
            guard let id = offer.announcedId else {
                throw PersonalisationError(
                    .invalidOption, "Chip Authentication Mapping finds its key by the parameter id: give it one")
            }
            if let index = mapping.firstIndex(where: { $0.keyId == id }) {
                mapping[index].ciphers.append(offer.cipher)
            } else {
                mapping.append(
                    PersonalisedDocument.ChipAuthenticationKey(
                        keyId: id, ciphers: [offer.cipher], keyPair: try Self.generate(offer.domain(), leadingZeros)))
            }
        }
        chipAuthenticationMapping = mapping
        switch options.activeAuthentication {
        case .rsa(let bits, let digest):
            (activeAuthentication, activeAuthenticationDigest) = (try .generateRSA(bits: bits), digest)
        case .ecdsa(let curve, let digest):
            // TR-03111, 5.2: the hash must not be longer than the order of the curve.
            guard digest.length * 8 <= curve.bitLength else {
                throw PersonalisationError(.invalidOption, "the hash of Active Authentication is longer than its curve")
            }
            (activeAuthentication, activeAuthenticationDigest) = (try .generateEC(curve), digest)
        case nil: (activeAuthentication, activeAuthenticationDigest) = (nil, nil)
        }
    }

    /// A fresh key pair; on demand one whose public key starts with a zero (after the 04 of a point).
    static func generate(_ domain: DomainParameters, _ leadingZero: Bool) throws -> KeyAgreementKeyPair {
        guard leadingZero else { return try .generate(domain) }
        return try KeyAgreementKeyPair(domain: domain, scalar: scalarWithLeadingZero(domain.makeGroup()))
    }

    /// A random scalar whose public key starts with a zero. One in 256 has it, but for the nine bits at the head of P-521.
    static func scalarWithLeadingZero(_ group: any KeyAgreementGroup) throws -> SecretBytes {
        for _ in 0..<8192 {
            let scalar = try group.randomScalar()
            let key = try group.publicKey(scalar, generator: nil)
            let first = if case .dh = group.domain { key.first } else { key.dropFirst().first }
            if first == 0 { return scalar }
        }
        return try group.randomScalar()
    }
}
