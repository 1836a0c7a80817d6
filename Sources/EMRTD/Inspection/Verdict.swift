public import EMRTDTrust
import LDS

/// What an inspection says about the document as a whole.
public enum Verdict: String, Sendable, Hashable, CaseIterable {
    /// The data is authentic, traced to a trusted CSCA, and the chip has proven that it is no copy, with a key that the
    /// signed data covers.
    case genuine
    /// The data is authentic, traced to a trusted CSCA. That the chip is a copy cannot be excluded: it offers no proof, or
    /// was not present.
    case dataAuthentic
    /// It cannot be said, for example because the issuer is unknown.
    case undetermined
    /// A check failed.
    case rejected

    /// Computes the verdict from the checks; there is no other way to one.
    ///
    /// One check that failed rejects. Every required check must be successful for anything better than undetermined, and
    /// the pillars (signature, path and validity, issuing state, hash of DG1, expiry, MRZ) must be there and successful
    /// whatever else is, so that a check which was never made cannot be green.
    /// Genuine needs a chip check that succeeded besides. A proof that the signed data promises and the chip did not give
    /// makes the required chip check not successful, hence undetermined.
    public init(checks: [CheckResult]) {
        if checks.contains(where: { $0.result == .failed }) {
            self = .rejected
            return
        }
        let pillars: [CheckID] = [
            .sodSignature, .sodAttributes, .dsChain, .dsValidity, .cscaValidity, .issuingState, .dataGroup(.dg1),
            .expiry, .mrz,
        ]
        let isAuthentic =
            pillars.allSatisfy { id in checks.contains { $0.id == id && $0.result == .successful } }
            && checks.allSatisfy { !$0.isRequired || $0.result == .successful }
        guard isAuthentic else {
            self = .undetermined
            return
        }
        let proofs: [CheckID] = [.chipCA, .chipAA, .chipCAM]
        self = checks.contains { proofs.contains($0.id) && $0.result == .successful } ? .genuine : .dataAuthentic
    }
}

extension CheckID {
    /// How the chip was opened.
    public static let access = CheckID(rawValue: "access")
    /// The document's date of expiry.
    public static let expiry = CheckID(rawValue: "expiry")
    /// The machine readable zone's check digits, and its agreement with the key that opened the chip.
    public static let mrz = CheckID(rawValue: "mrz")
    /// Active Authentication.
    public static let chipAA = CheckID(rawValue: "chip.aa")
    /// Chip Authentication.
    public static let chipCA = CheckID(rawValue: "chip.ca")
    /// PACE with Chip Authentication Mapping.
    public static let chipCAM = CheckID(rawValue: "chip.cam")
    /// What EF.CardAccess offers against what the signed data says.
    public static let downgrade = CheckID(rawValue: "downgrade")
}

extension CheckCode {
    /// The chip guards nothing, so that no key was needed.
    public static let accessUnprotected = CheckCode(rawValue: "access.unprotected")
    /// The chip was not present: the files were verified later, from a folder.
    public static let chipNotPresent = CheckCode(rawValue: "chip.notPresent")
    /// The signed data offers no such proof.
    public static let chipNotOffered = CheckCode(rawValue: "chip.notOffered")
    /// The proof is offered with parameters that this library does not know.
    public static let chipParametersUnsupported = CheckCode(rawValue: "chip.parametersUnsupported")
    /// The chip's proof is wrong: it does not hold the private key.
    public static let chipProofWrong = CheckCode(rawValue: "chip.proofWrong")
    /// The chip's answer is shorter than a proof by the key can be, whatever way it was asked.
    public static let chipProofIncomplete = CheckCode(rawValue: "chip.proofIncomplete")
    /// The chip refused the protocol that the signed data offers.
    public static let chipRefused = CheckCode(rawValue: "chip.refused")
    /// The proof is right, but passive authentication does not cover the key, so it proves nothing.
    public static let chipKeyNotAuthenticated = CheckCode(rawValue: "chip.keyNotAuthenticated")
    /// The proof is right, but took an exception that the policy does not allow.
    public static let chipLeniencyRefused = CheckCode(rawValue: "chip.leniencyRefused")
    /// The proof was not tried, or an error ended it.
    public static let chipNotRun = CheckCode(rawValue: "chip.notRun")
    /// The document's date of expiry has passed.
    public static let documentExpired = CheckCode(rawValue: "expiry.expired")
    /// The document has no date of expiry that can be read.
    public static let expiryUnreadable = CheckCode(rawValue: "expiry.unreadable")
    /// A check digit is wrong.
    public static let mrzCheckDigitWrong = CheckCode(rawValue: "mrz.checkDigitWrong")
    /// The zone in DG1 is not the one that opened the chip.
    public static let mrzDiffersFromKey = CheckCode(rawValue: "mrz.differsFromKey")
    /// There is no machine readable zone to check.
    public static let mrzNotRead = CheckCode(rawValue: "mrz.notRead")
    /// The signed data lists access protocols that EF.CardAccess does not offer.
    public static let downgradeDetected = CheckCode(rawValue: "downgrade.detected")
    /// A protocol was used that is not the strongest one which the card offers, since the card or this library does not run that.
    public static let downgradeWeakerProtocol = CheckCode(rawValue: "downgrade.weakerProtocol")
    /// PACE failed for a reason other than the password, and BAC opened the chip, as the access policy allows.
    public static let downgradePACEFailed = CheckCode(rawValue: "downgrade.paceFailed")
    /// PACE was run with parameters that EF.CardAccess offers and the signed data does not list.
    public static let downgradeNotSigned = CheckCode(rawValue: "downgrade.notSigned")
    /// The signed data lists no access protocols, so there is nothing to compare.
    public static let downgradeNotComparable = CheckCode(rawValue: "downgrade.notComparable")
}
