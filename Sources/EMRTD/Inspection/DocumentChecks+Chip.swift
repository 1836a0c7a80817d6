import EMRTDCrypto
import EMRTDProtocol
import EMRTDTrust
import LDS

/// Whether the chip is no copy. Each proof counts only with a key that passive authentication covers.
extension DocumentChecks {
    func chipChecks() -> [CheckResult] {
        let (ca, aa, cam) = (chipAuthentication(), activeAuthentication(), chipAuthenticationMapping())
        let isProven = [ca, aa, cam].contains { $0.outcome == .successful }
        return [(CheckID.chipCA, ca), (.chipAA, aa), (.chipCAM, cam)].map { id, finding in
            // One proof is enough. Where the signed data promises one and none succeeded, the verdict must not ignore it.
            CheckResult(
                id, finding.outcome, finding.code, finding.reason,
                isRequired: chip.isPresent && finding.isOffered && !isProven, leniencies: finding.leniencies)
        }
    }

    struct Finding {
        let outcome: CheckOutcome
        let code: CheckCode
        let reason: String
        let isOffered: Bool
        let leniencies: Set<Leniency>

        init(
            _ outcome: CheckOutcome, _ code: CheckCode, _ reason: String, isOffered: Bool = true,
            leniencies: Set<Leniency> = []
        ) {
            self.outcome = outcome
            self.code = code
            self.reason = reason
            self.isOffered = isOffered
            self.leniencies = leniencies
        }
    }

    static let absent = Finding(
        .undetermined, .chipNotPresent, "The chip was not present: a copy cannot be excluded.", isOffered: false)

    private func chipAuthentication() -> Finding {
        guard chip.isPresent else { return Self.absent }
        if let extended = extendedChipAuthentication() { return extended }
        if contents.dg14 == nil, contents.bytes(.dg14) != nil || signedGroups.contains(.dg14) {
            return Finding(.undetermined, .chipNotRun, "DG14 is listed and could not be read or parsed.")
        }
        guard let infos = contents.dg14?.securityInfos, ChipAuthenticationParameters.isOffered(in: infos) else {
            let files = [contents.cardAccess?.securityInfos, contents.cardSecurity?.securityInfos].compactMap { $0 }
            guard !files.contains(where: { !ChipAuthentication2Parameters.choices($0).isEmpty }) else {
                return Finding(
                    .undetermined, .chipNotRun,
                    "The chip offers Chip Authentication version 2, which takes a terminal with rights and was not run."
                )
            }
            return Finding(
                .notSupported, .chipNotOffered, "The document offers no Chip Authentication.", isOffered: false)
        }
        switch chip.chipAuthentication {
        case .proven(let parameters):
            guard isCovered(.dg14) else { return notCovered("DG14") }
            let leniencies: Set<Leniency> = parameters.isInferred ? [.caInferred] : []
            if let refused = refused(leniencies) { return refused }
            return Finding(
                .successful, .ok,
                "The chip holds the private key of DG14 (\(parameters.protocol.agreement.rawValue), "
                    + "\(parameters.protocol.cipher.rawValue), parameter id \(parameters.parameterId)"
                    + (parameters.isInferred ? "; inferred, since DG14 does not say how)." : ")."),
                leniencies: leniencies)
        case .aborted(let reason): return Finding(.aborted, .chipNotRun, "Chip Authentication: \(reason).")
        case .failed(let reason): return Finding(.failed, .chipProofWrong, "Chip Authentication failed: \(reason).")
        case .refused(let status):
            return Finding(
                .undetermined, .chipRefused, "The chip refused the Chip Authentication that DG14 offers [\(status)].")
        case .agreed: return Finding(.aborted, .chipNotRun, "The reading ended before the chip's proof.")
        case .idle:
            let choices = ChipAuthenticationParameters.choices(infos)
            guard choices.isEmpty || choices.contains(where: accessPolicy.allows) else {
                return Finding(
                    .undetermined, .chipNotRun,
                    "DG14 offers Chip Authentication only with weak sessions, which the access policy "
                        + "'\(accessPolicy.name)' does not allow.")
            }
            guard choices.isEmpty else {
                return Finding(.aborted, .chipNotRun, "Chip Authentication was not run.")
            }
            return Finding(
                .notSupported, .chipParametersUnsupported,
                "DG14 offers Chip Authentication with parameters that this program does not know.")
        }
    }

    /// The finding about Chip Authentication version 2; `nil` where it was not run.
    private func extendedChipAuthentication() -> Finding? {
        guard access?.protocol == .pace, !chip.extendedProofs.isEmpty else { return nil }
        // A copy that passes one proof and fails another is a copy.
        if case .failed(let reason) = chip.chipAuthentication {
            return Finding(.failed, .chipProofWrong, "Chip Authentication failed: \(reason).")
        }
        var keys: Set<KeyAgreementPublicKey> = []
        var label = ""
        for proof in chip.extendedProofs {
            switch proof {
            case .failed(let reason):
                return Finding(.failed, .chipProofWrong, "Chip Authentication version 2 failed: \(reason).")
            case .proven(let parameters, let key):
                keys.insert(key)
                label =
                    "\(parameters.protocol.agreement.rawValue), \(parameters.protocol.cipher.rawValue), "
                    + "parameter id \(parameters.parameterId)"
            }
        }
        // The session may have been opened again on another card.
        guard keys.count == 1 else {
            return Finding(.failed, .chipProofWrong, "Chip Authentication version 2: two sessions proved two keys.")
        }
        guard cardSecurity?.result.result == .successful else { return notCovered("EF.CardSecurity") }
        return Finding(
            .successful, .ok, "The chip holds the private key of EF.CardSecurity (version 2, \(label)).")
    }

    private func activeAuthentication() -> Finding {
        guard chip.isPresent else { return Self.absent }
        guard contents.bytes(.dg15) != nil || signedGroups.contains(.dg15) else {
            return Finding(
                .notSupported, .chipNotOffered, "The document offers no Active Authentication.", isOffered: false)
        }
        switch chip.activeAuthentication {
        case .done(.authentic(let proof)):
            guard isCovered(.dg15) else { return notCovered("DG15") }
            if let refused = refused(proof.leniencies) { return refused }
            return Finding(
                .successful, .ok, "The chip signed a fresh challenge with the key of DG15 (\(proof)).",
                leniencies: proof.leniencies)
        case .done(.wrong(let reason)): return Finding(.failed, .chipProofWrong, "Active Authentication: \(reason).")
        case .done(.incomplete(let count)):
            return Finding(
                .undetermined, .chipProofIncomplete,
                "Active Authentication: the chip answers with \(count) bytes, fewer than a signature of its key has.")
        case .done(.refused(let status)):
            return Finding(
                .undetermined, .chipRefused, "The chip refused the Active Authentication that DG15 offers [\(status)].")
        case .done(.notSupported(let reason)):
            return Finding(.notSupported, .chipParametersUnsupported, "Active Authentication: \(reason).")
        case .aborted(let reason): return Finding(.aborted, .chipNotRun, "Active Authentication: \(reason).")
        case .notRun: return Finding(.undetermined, .chipNotRun, "DG15 is listed and could not be read or parsed.")
        }
    }

    /// The finding where a proof took exceptions that the policy does not allow; `nil` where it allows them all.
    private func refused(_ leniencies: Set<Leniency>) -> Finding? {
        leniencies.subtracting(policy.leniencies).min { $0.name < $1.name }.map {
            Finding(.undetermined, .chipLeniencyRefused, "The policy does not allow this: \($0.reason)")
        }
    }

    func notCovered(_ group: String) -> Finding {
        Finding(
            .undetermined, .chipKeyNotAuthenticated,
            "The chip holds the private key of \(group), but passive authentication does not cover that key.")
    }
}
