import EMRTD
import EMRTDTrust

extension Inspection {
    /// What the person at the desk can do about a verdict that is not genuine. One sentence.
    var advice: String {
        switch verdict {
        case .genuine: "Nothing needs to be done."
        case .dataAuthentic:
            "Compare the person with the portrait; --accept-data-authentic lets such documents pass with exit code 0."
        case .rejected: rejectionAdvice
        case .undetermined: openAdvice
        }
    }

    private var rejectionAdvice: String {
        let outOfDate: Set<CheckCode> = [
            .documentExpired, .dsExpired, .dsNotYetValid, .cscaExpired, .cscaNotYetValid,
        ]
        let failed = checks.filter { $0.result == .failed }
        guard failed.allSatisfy({ outOfDate.contains($0.code) }) else {
            return "Do not rely on this document: read it once more, and if a check fails again ask for another one."
        }
        return
            "Check this computer's date, and ask for a document that is in date; verify --at DATE judges as of another day."
    }

    private var openAdvice: String {
        let codes = Set(checks.filter { $0.isRequired && $0.result != .successful }.map(\.code))
        if codes.contains(.clockImplausible) { return "Set this computer's date and try again." }
        if codes.contains(.sodNotRead) { return "Without EF.SOD nothing can be verified: read the document again." }
        if codes.contains(.dsTestPKI) {
            return "Do not accept this document: it is a test one, which --allow-test-pki lets pass in tests."
        }
        if !codes.isDisjoint(with: [.dsIssuerUnknown, .dsLinkCertificateAlone]) {
            return Remedy.updateTrustStore.advice + " Name the store with --trust PATH."
        }
        if overall == .aborted { return Remedy.tryAgain.advice }
        return "Decide without the machine or ask for another document: not every check that is needed could be made."
    }
}
