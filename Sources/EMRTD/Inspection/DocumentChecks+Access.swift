import EMRTDProtocol
import EMRTDTrust
import LDS

/// How the chip was opened, and whether it should have been opened in a better way.
extension DocumentChecks {
    func accessCheck() -> CheckResult {
        guard let access else {
            return CheckResult(
                .access, .undetermined, .chipNotPresent, "The chip was not present: files from a folder.",
                isRequired: false)
        }
        guard access.protocol != .none else {
            return CheckResult(
                .access, .successful, .accessUnprotected,
                "The chip has no access control: anyone near it can read it, and no key was needed.")
        }
        let how = [
            access.protocol.rawValue, access.mapping?.rawValue, access.agreement?.rawValue, access.cipher?.rawValue,
        ].compactMap { $0 }.joined(separator: " ")
        let key = access.password?.rawValue ?? "key"
        return CheckResult(.access, .successful, .ok, "The chip was opened with \(how) and the \(key).")
    }

    /// The signed lists of access protocols: DG14's, and that of an EF.CardSecurity that is authentic. EF.CardAccess repeats them
    /// unsigned (Doc 9303-11, 9.2), so that somebody between card and reader can alter it.
    private var signedLists: [SecurityInfos] {
        let isSecurityAuthentic = cardSecurity?.isAuthentic == true
        return [contents.dg14?.securityInfos, isSecurityAuthentic ? cardSecurity?.securityInfos : nil]
            .compactMap { $0 }.filter { !$0.paceInfos.isEmpty }
    }

    func downgrade() -> CheckResult {
        func result(_ outcome: CheckOutcome, _ code: CheckCode, _ reason: String, isRequired: Bool = true)
            -> CheckResult
        {
            CheckResult(.downgrade, outcome, code, reason, isRequired: isRequired)
        }
        guard chip.isPresent else {
            return result(.undetermined, .chipNotPresent, "The chip was not present.", isRequired: false)
        }
        let signed = signedLists
        let offered = contents.cardAccess?.securityInfos
        guard offered != nil || signed.isEmpty else {
            return result(
                .undetermined, .downgradeNotComparable,
                "The signed data lists access protocols, but the card did not give its EF.CardAccess.")
        }
        let missing = signed.flatMap { list in
            list.paceInfos.filter { offered?.paceInfos.contains($0) != true }
        }
        let missingParameters = signed.flatMap { list in
            list.paceDomainParameterInfos.filter { offered?.paceDomainParameterInfos.contains($0) != true }
        }
        guard missing.isEmpty, missingParameters.isEmpty else {
            let count = Set(missing).count + Set(missingParameters).count
            return result(
                .failed, .downgradeDetected,
                "\(count) access protocols of the signed data are not offered in EF.CardAccess: it has been altered.")
        }
        guard signed.isEmpty || isUsedProtocolSigned(signed) else {
            return result(
                .failed, .downgradeNotSigned,
                "PACE was run with parameters of EF.CardAccess that the signed data does not list: it has been altered."
            )
        }
        if access?.took(.bacAfterPACEFailed) == true {
            return result(
                .undetermined, .downgradePACEFailed,
                "PACE failed and BAC was used instead, as the access policy '\(accessPolicy.name)' allows.",
                isRequired: accessPolicy.afterPACEFailure != .bacAccepted)
        }
        if access?.protocol == .bac, offered?.paceInfos.isEmpty == false {
            return result(
                .undetermined, .downgradeWeakerProtocol,
                "BAC was used although the card offers PACE: only with parameters that this program does not run.",
                isRequired: false)
        }
        if access?.took(.strongerPACERefused) == true {
            return result(
                .undetermined, .downgradeWeakerProtocol,
                "The card refused a stronger variant of PACE that it offers.", isRequired: false)
        }
        guard !signed.isEmpty else {
            return result(
                .notSupported, .downgradeNotComparable,
                "The signed data lists no access protocols, so EF.CardAccess has nothing to be compared with.",
                isRequired: false)
        }
        return result(
            .successful, .ok, "EF.CardAccess offers all access protocols that the signed data lists.", isRequired: false
        )
    }

    /// Whether the variant of PACE that was run is one that the signed data lists, on the same domain parameters.
    private func isUsedProtocolSigned(_ signed: [SecurityInfos]) -> Bool {
        guard let access, access.protocol == .pace else { return true }
        return signed.flatMap { PACEParameters.choices($0) }.contains {
            $0.protocol.mapping == access.mapping && $0.protocol.agreement == access.agreement
                && $0.protocol.cipher == access.cipher && $0.parameterId == access.parameterId
        }
    }
}
