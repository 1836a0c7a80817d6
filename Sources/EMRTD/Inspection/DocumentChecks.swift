import EMRTDCrypto
import EMRTDProtocol
import EMRTDTrust
import LDS

/// The checks that this layer makes itself: expiry, MRZ, access, downgrade and the chip's authenticity. Each yields exactly
/// one result.
struct DocumentChecks {
    let contents: DocumentContents
    let chip: ChipEvidence
    let access: AccessInfo?
    let key: AccessKey?
    /// The groups that EF.SOD lists; empty where it could not be parsed.
    let signedGroups: Set<DataGroupNumber>
    let date: Timestamp
    let policy: TrustPolicy
    /// Whether passive authentication covers a group.
    let isCovered: (DataGroupNumber) -> Bool

    func all() -> [CheckResult] {
        [accessCheck(), expiry(), mrz(), downgrade()] + chipChecks()
    }

    // MARK: Access

    private func accessCheck() -> CheckResult {
        guard let access else {
            return CheckResult(
                .access, .undetermined, .chipNotPresent, "The chip was not present: files from a folder.",
                isRequired: false)
        }
        let how = [
            access.protocol.rawValue, access.mapping?.rawValue, access.agreement?.rawValue, access.cipher.rawValue,
        ]
        return CheckResult(
            .access, .successful, .ok,
            "The chip was opened with \(how.compactMap { $0 }.joined(separator: " ")) and the \(access.password.rawValue)."
        )
    }

    private func downgrade() -> CheckResult {
        guard chip.isPresent else {
            return CheckResult(
                .downgrade, .undetermined, .chipNotPresent, "The chip was not present.", isRequired: false)
        }
        let signed = contents.dg14?.securityInfos.paceInfos ?? []
        guard contents.cardAccess != nil || signed.isEmpty else {
            return CheckResult(
                .downgrade, .undetermined, .downgradeNotComparable,
                "The signed DG14 lists access protocols, but the card did not give its EF.CardAccess.")
        }
        let offered = Set(contents.cardAccess?.securityInfos.paceInfos ?? [])
        let missing = signed.filter { !offered.contains($0) }
        guard missing.isEmpty else {
            return CheckResult(
                .downgrade, .failed, .downgradeDetected,
                "\(missing.count) access protocols of the signed DG14 are not offered in EF.CardAccess: it has been altered."
            )
        }
        if access?.protocol == .bac, contents.cardAccess?.securityInfos.paceInfos.isEmpty == false {
            return CheckResult(
                .downgrade, .undetermined, .downgradeWeakerProtocol,
                "BAC was used although the card offers PACE: only with parameters that this program does not run.",
                isRequired: false)
        }
        guard !signed.isEmpty else {
            return CheckResult(
                .downgrade, .notSupported, .downgradeNotComparable,
                "DG14 lists no access protocols, so EF.CardAccess has nothing to be compared with.", isRequired: false)
        }
        return CheckResult(
            .downgrade, .successful, .ok, "EF.CardAccess offers all access protocols that the signed DG14 lists.",
            isRequired: false)
    }

    // MARK: Holder data

    private func expiry() -> CheckResult {
        guard policy.plausibleDates.contains(date) else {
            return CheckResult(
                .expiry, .undetermined, .clockImplausible, "The clock says \(date), which cannot be right.")
        }
        guard let today = CalendarDate(secondsSinceEpoch: date.secondsSince1970),
            let last = contents.mrz?.dateOfExpiry.expiry(seenFrom: today)?.latest
        else {
            return CheckResult(
                .expiry, .undetermined, .expiryUnreadable, "There is no date of expiry that can be read.")
        }
        guard last >= today else {
            return CheckResult(.expiry, .failed, .documentExpired, "The document expired before \(today).")
        }
        return CheckResult(.expiry, .successful, .ok, "The document is valid on \(today).")
    }

    private func mrz() -> CheckResult {
        guard let mrz = contents.mrz else {
            return CheckResult(.mrz, .undetermined, .mrzNotRead, "There is no machine readable zone that can be read.")
        }
        let wrong = mrz.checks.filter { !$0.isCorrect }
        guard wrong.isEmpty else {
            return CheckResult(
                .mrz, .failed, .mrzCheckDigitWrong,
                "Wrong check digits in DG1: \(wrong.map(\.field.rawValue).joined(separator: ", ")).")
        }
        if let key, key.kind == .mrz {
            guard let hash = try? DigestAlgorithm.sha1.digest(mrz.information) else {
                return CheckResult(.mrz, .aborted, .aborted, "The comparison with the zone that was typed failed.")
            }
            let same = key.secret.withBytes { pointer, count in
                constantTimeEqual(UnsafeBufferPointer(start: pointer, count: count), hash)
            }
            guard same else {
                return CheckResult(
                    .mrz, .failed, .mrzDiffersFromKey, "DG1 holds another zone than the one that opened the chip.")
            }
        }
        return CheckResult(.mrz, .successful, .ok, "All check digits of the machine readable zone are right.")
    }

    // MARK: The chip's authenticity

    private func chipChecks() -> [CheckResult] {
        let (ca, aa, cam) = (chipAuthentication(), activeAuthentication(), chipAuthenticationMapping())
        let isProven = [ca, aa, cam].contains { $0.outcome == .successful }
        return [(CheckID.chipCA, ca), (.chipAA, aa), (.chipCAM, cam)].map { id, finding in
            // One proof is enough. Where the signed data promises one and none succeeded, the verdict must not ignore it.
            CheckResult(
                id, finding.outcome, finding.code, finding.reason,
                isRequired: chip.isPresent && finding.isOffered && !isProven, leniencies: finding.leniencies)
        }
    }

    private struct Finding {
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

    private static let absent = Finding(
        .undetermined, .chipNotPresent, "The chip was not present: a copy cannot be excluded.", isOffered: false)

    private func chipAuthentication() -> Finding {
        guard chip.isPresent else { return Self.absent }
        if contents.dg14 == nil, contents.bytes(.dg14) != nil || signedGroups.contains(.dg14) {
            return Finding(.undetermined, .chipNotRun, "DG14 is listed and could not be read or parsed.")
        }
        guard let infos = contents.dg14?.securityInfos, ChipAuthenticationParameters.isOffered(in: infos) else {
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
                    + "\(parameters.protocol.cipher.rawValue), parameter id \(parameters.parameterId)).",
                leniencies: leniencies)
        case .failed(let reason): return Finding(.failed, .chipProofWrong, "Chip Authentication failed: \(reason).")
        case .refused(let status):
            return Finding(
                .undetermined, .chipRefused, "The chip refused the Chip Authentication that DG14 offers [\(status)].")
        case .agreed: return Finding(.aborted, .chipNotRun, "The reading ended before the chip's proof.")
        case .idle:
            guard ChipAuthenticationParameters.choices(infos).isEmpty else {
                return Finding(.aborted, .chipNotRun, "Chip Authentication was not run.")
            }
            return Finding(
                .notSupported, .chipParametersUnsupported,
                "DG14 offers Chip Authentication with parameters that this program does not know.")
        }
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
                .undetermined, .chipNotRun,
                "Active Authentication: the answer of \(count) bytes is shorter than a signature of the key.")
        case .done(.refused(let status)):
            return Finding(
                .undetermined, .chipRefused, "The chip refused the Active Authentication that DG15 offers [\(status)].")
        case .done(.notSupported(let reason)):
            return Finding(.notSupported, .chipParametersUnsupported, "Active Authentication: \(reason).")
        case .aborted(let reason): return Finding(.aborted, .chipNotRun, "Active Authentication: \(reason).")
        case .notRun: return Finding(.undetermined, .chipNotRun, "DG15 is listed and could not be read or parsed.")
        }
    }

    private func chipAuthenticationMapping() -> Finding {
        guard chip.isPresent else { return Self.absent }
        let offers =
            (contents.cardAccess?.securityInfos.paceInfos ?? []) + (contents.dg14?.securityInfos.paceInfos ?? [])
        guard offers.contains(where: { $0.protocol.mapping == .chipAuthentication }) else {
            return Finding(
                .notSupported, .chipNotOffered, "The document offers no PACE with Chip Authentication Mapping.",
                isOffered: false)
        }
        return Finding(
            .notSupported, .chipParametersUnsupported,
            "The document offers PACE with Chip Authentication Mapping, which this program does not run.")
    }

    /// The finding where a proof took exceptions that the policy does not allow; `nil` where it allows them all.
    private func refused(_ leniencies: Set<Leniency>) -> Finding? {
        leniencies.subtracting(policy.leniencies).min { $0.name < $1.name }.map {
            Finding(.undetermined, .chipLeniencyRefused, "The policy does not allow this: \($0.reason)")
        }
    }

    private func notCovered(_ group: String) -> Finding {
        Finding(
            .undetermined, .chipKeyNotAuthenticated,
            "The chip holds the private key of \(group), but passive authentication does not cover that key.")
    }
}
