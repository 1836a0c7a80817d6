import EMRTDTrust
import ISO7816
import LDS

extension DocumentReader {
    /// What passive authentication and its input yield for the rest of the inspection.
    struct PassiveResult {
        let report: PassiveAuthenticationReport
        /// What was found about EF.CardSecurity, where it was read.
        let cardSecurity: CardSecurityReport?
        var checks: [CheckResult] { report.checks + (cardSecurity.map { [$0.result] } ?? []) }
        var signedGroups: Set<DataGroupNumber> { Set(report.securityObject?.dataGroupHashes.keys.map { $0 } ?? []) }
        /// A test PKI counts as used only where the path through it was accepted.
        var usesTestPKI: Bool {
            report.isTestPKI && report[.dsChain]?.result == .successful
                || cardSecurity?.isTestPKI == true && cardSecurity?.isAuthentic == true
        }
    }

    func passiveAuthentication(_ contents: DocumentContents, _ records: [FileRecord], _ date: Timestamp)
        -> PassiveResult
    {
        var states: [DataGroupNumber: DataGroupState] = [:]
        for record in records {
            guard let group = record.file.dataGroupNumber else { continue }
            switch record.outcome {
            case .read(let bytes): states[group] = .read(bytes)
            case .refused(let status) where [.fileNotFound, .referencedDataNotFound].contains(status):
                states[group] = .absent
            case .refused, .unreadable: states[group] = .accessDenied
            }
        }
        let authentication = PassiveAuthentication(store: trust, policy: policy, date: date, cache: cache)
        return PassiveResult(
            report: authentication.verify(
                PassiveAuthenticationInput(
                    efSOD: contents.files[.sod], dataGroups: states,
                    comDataGroups: contents.com.map { Set($0.dataGroups) }, issuingState: contents.mrz?.issuingState,
                    documentCode: contents.mrz?.documentCode)),
            cardSecurity: contents.files[.cardSecurity].map {
                authentication.verify(
                    cardSecurity: $0, issuingState: contents.mrz?.issuingState,
                    documentCode: contents.mrz?.documentCode)
            })
    }
}

extension CheckID {
    /// The order in which a report lists its checks: the way of the reading.
    static func ordered(_ checks: [CheckResult]) -> [CheckResult] {
        let order: [CheckID] =
            [
                .access, .sodSignature, .sodAttributes, .dsChain, .dsValidity, .dsValidityAtSigning,
                .dsPrivateKeyUsage, .dsDocumentType, .dsRevocation, .cscaValidity, .sodCOM,
                .cardSecurity,
            ]
            + DataGroupNumber.allCases.map { .dataGroup($0) }
            + [.issuingState, .expiry, .mrz, .chipAA, .chipCA, .chipCAM, .downgrade]
        func rank(_ check: CheckResult) -> Int { order.firstIndex(of: check.id) ?? order.count }
        return checks.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(
            \.element)
    }
}
