import EMRTDCrypto
import EMRTDProtocol
import EMRTDTrust
import LDS

/// PACE with Chip Authentication Mapping: the proof against the key of EF.CardSecurity (Doc 9303-11, 4.4.3.5).
extension DocumentChecks {
    /// The most keys of EF.CardSecurity that a proof is tried with.
    private static let maximumKeys = 8

    func chipAuthenticationMapping() -> Finding {
        guard chip.isPresent else { return Self.absent }
        let files = [
            contents.cardAccess?.securityInfos, contents.cardSecurity?.securityInfos, contents.dg14?.securityInfos,
        ]
        let offers = files.compactMap { $0 }.flatMap(\.paceInfos)
        // A proof counts for the session that it was made in alone.
        guard access?.mapping == .chipAuthentication, !chip.mappingProofs.isEmpty else {
            guard offers.contains(where: { $0.protocol.mapping == .chipAuthentication }) else {
                return Finding(
                    .notSupported, .chipNotOffered, "The document offers no PACE with Chip Authentication Mapping.",
                    isOffered: false)
            }
            return Finding(
                .undetermined, .chipNotRun,
                "The document offers PACE with Chip Authentication Mapping, and another way opened it.")
        }
        guard let cardSecurity, let infos = cardSecurity.securityInfos else {
            return Finding(
                .undetermined, .chipNotRun, "EF.CardSecurity, which holds the chip's key, could not be read or parsed.")
        }
        return judge(chip.mappingProofs, infos, cardSecurity)
    }

    /// One key must fit the proofs of all sessions. It is looked for by its domain parameters: key ids need not be those of the
    /// parameters (Q34).
    private func judge(_ proofs: [ChipAuthenticationMappingData], _ infos: SecurityInfos, _ file: CardSecurityReport)
        -> Finding
    {
        let keys = infos.chipAuthenticationPublicKeyInfos.prefix(Self.maximumKeys).compactMap { info in
            guard case .ec(let key)? = try? info.publicKey.knownKey() else { return nil as KeyAgreementPublicKey? }
            return try? KeyAgreementPublicKey(domain: .ecdh(key.curve), encoded: key.point)
        }.filter { key in proofs.allSatisfy { $0.domain == key.domain } }
        guard !keys.isEmpty else {
            return Finding(
                .undetermined, .chipParametersUnsupported,
                "EF.CardSecurity has no key on the domain parameters that PACE was run with.")
        }
        do {
            guard let key = try keys.first(where: { key in try proofs.allSatisfy { try $0.isAuthentic(for: key) } })
            else {
                // A file that was changed says nothing of the chip. One that is as it was signed, whoever signed it, is the
                // chip's own or that of the chip it was copied from.
                guard file.isSigned else {
                    return Finding(
                        .undetermined, .chipKeyNotAuthenticated,
                        "Chip Authentication Mapping: the chip does not hold the private key of EF.CardSecurity, the "
                            + "signature of which is not right either.")
                }
                return Finding(
                    .failed, .chipProofWrong,
                    "Chip Authentication Mapping: the chip does not hold the private key of EF.CardSecurity.")
            }
            guard file.isAuthentic else { return notCovered("EF.CardSecurity") }
            return Finding(
                .successful, .ok,
                "The chip holds the private key of EF.CardSecurity (PACE with Chip Authentication Mapping, parameter id "
                    + "\(key.domain.parameterId)).")
        } catch {
            return Finding(.aborted, .aborted, "Chip Authentication Mapping: the proof could not be computed.")
        }
    }
}
