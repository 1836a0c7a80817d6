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
    /// What was found about EF.CardSecurity, where it was read.
    let cardSecurity: CardSecurityReport?
    let date: Timestamp
    let policy: TrustPolicy
    let accessPolicy: AccessPolicy
    /// Whether passive authentication covers a group.
    let isCovered: (DataGroupNumber) -> Bool

    func all() -> [CheckResult] {
        [accessCheck(), expiry(), mrz(), downgrade()] + chipChecks()
    }

    // MARK: Holder data

    func expiry() -> CheckResult {
        // The reason is made later, from this alone.
        let date = date
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

    func mrz() -> CheckResult {
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
}
