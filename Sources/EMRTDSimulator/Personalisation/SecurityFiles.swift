import EMRTDCrypto
import EMRTDTrust
import ISO7816

/// The files made of SecurityInfos: EF.CardAccess, DG14 and EF.CardSecurity; and EF.DIR and EF.CVCA, which they speak of
/// (Doc 9303-10, 3.11; Doc 9303-11, 9.2).
struct SecurityFiles {
    private let options: PersonalisationOptions
    private let keys: ChipKeys

    init(_ options: PersonalisationOptions, _ keys: ChipKeys) {
        self.options = options
        self.keys = keys
    }

    /// EF.CardAccess, or `nil` without PACE.
    func cardAccess(_ plan: DocumentPlan) throws -> [UInt8]? {
        guard !options.pace.isEmpty else { return nil }
        var infos = try SecurityInfosBuilder.paceInfos(options.pace)
        if options.usesEAC2 {
            infos += try chipAuthenticationInfos(version: 2) + terminalAuthenticationInfos()
            for key in keys.chipAuthentication {
                infos.append(
                    try SecurityInfosBuilder.chipAuthenticationDomainParameterInfo(
                        key.keyPair.publicKey.domain, keyId: key.keyId))
            }
        } else if plan.listsChipProtocolsInCardAccess {
            infos.append(try SecurityInfosBuilder.terminalAuthenticationInfo())
            infos += try chipAuthenticationInfos(version: 1)
        }
        return SecurityInfosBuilder.cardAccess(infos)
    }

    /// DG14, or `nil` where there is nothing for it to say (Doc 9303-11, 9.2: it repeats the infos of EF.CardAccess).
    func dg14() throws -> [UInt8]? {
        var infos = try SecurityInfosBuilder.paceInfos(options.pace) + terminalAuthenticationInfos()
        if options.usesEAC2 {
            infos += try chipAuthenticationInfos(version: 2)
        } else {
            infos += try chipAuthenticationInfos(version: 1) + chipAuthenticationKeys()
        }
        if let digest = keys.activeAuthenticationDigest, case .ec = keys.activeAuthentication?.publicKey,
            !options.quirks.contains(.aaInfoMissing)
        {
            infos.append(try SecurityInfosBuilder.activeAuthenticationInfo(digest: digest))
        }
        return infos.isEmpty ? nil : SecurityInfosBuilder.dg14(infos)
    }

    /// EF.CardSecurity, where Chip Authentication Mapping or version 2 of Chip Authentication needs it.
    func cardSecurity(
        _ plan: DocumentPlan, _ sod: SODBuilder, _ signer: TestPKI.DocumentSigner
    ) throws -> [UInt8]? {
        guard options.usesEAC2 || !keys.chipAuthenticationMapping.isEmpty else { return nil }
        var infos = try SecurityInfosBuilder.paceInfos(options.pace) + terminalAuthenticationInfos()
        if options.usesEAC2 { infos += try chipAuthenticationInfos(version: 2) + chipAuthenticationKeys() }
        for key in keys.chipAuthenticationMapping {
            infos.append(
                try SecurityInfosBuilder.chipAuthenticationPublicKeyInfo(
                    key.keyPair.publicKey, form: .standardized, keyId: key.keyId))
            guard options.quirks.contains(.camSeveralKeys) else { continue }
            // Keys in the same group that are not PACE's, before and after it in any order.
            for id in [UInt(1), 200] {
                infos.append(
                    try SecurityInfosBuilder.chipAuthenticationPublicKeyInfo(
                        KeyAgreementKeyPair.generate(key.keyPair.publicKey.domain).publicKey, form: .standardized,
                        keyId: id))
            }
        }
        if plan.hasDirectory { infos.append(try SecurityInfosBuilder.directoryInfo(directory())) }
        return try sod.cardSecurity(infos, signer: signer)
    }

    /// EF.DIR: an application template each (Doc 9303-10, 3.11.2).
    func directory() -> [UInt8] {
        let template = TLV.encode(0x61, TLV.encode(0x4F, PersonalisedDocument.applicationIdentifier))
        guard options.quirks.contains(.otherApplicationFirst) else { return template }
        return TLV.encode(0x61, TLV.encode(0x4F, Chip.otherApplication)) + template
    }

    /// EF.CVCA: one or two names of trust points, then zeros, 36 bytes in all (Doc 9303-11, 7.1.4.3; TR-03110-3, A.1.3).
    /// Version 2 of Terminal Authentication names them in PACE instead.
    func cvca() throws -> [UInt8]? {
        guard let option = options.terminalAuthentication else { return nil }
        let names = try TrustPoints.make(option, date: options.today).references
        guard option.version == .one else { return nil }
        let content = names.flatMap { TLV.encode(0x42, $0.bytes) }
        return content + [UInt8](repeating: 0, count: max(36 - content.count, 0))
    }

    private func terminalAuthenticationInfos() throws -> [[UInt8]] {
        if let version = options.terminalAuthentication?.version {
            return [try SecurityInfosBuilder.terminalAuthenticationInfo(version: version.rawValue)]
        }
        return options.includesFingerprints ? [try SecurityInfosBuilder.terminalAuthenticationInfo()] : []
    }

    private func chipAuthenticationInfos(version: UInt) throws -> [[UInt8]] {
        try zip(options.chipAuthentication, keys.chipAuthentication).flatMap { option, key in
            try option.hasInfo
                ? key.ciphers.map {
                    try SecurityInfosBuilder.chipAuthenticationInfo(
                        option.domain.agreement, cipher: $0, version: version, keyId: key.keyId)
                } : []
        }
    }

    private func chipAuthenticationKeys() throws -> [[UInt8]] {
        try zip(options.chipAuthentication, keys.chipAuthentication).map { option, key in
            let isCurve = option.domain.agreement == .ecdh
            let usual: DomainParameterForm = isCurve && options.chipKeyParameters == .named ? .named : .explicit
            return try SecurityInfosBuilder.chipAuthenticationPublicKeyInfo(
                key.keyPair.publicKey, form: option.form ?? usual, keyId: key.keyId)
        }
    }
}
