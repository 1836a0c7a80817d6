import EMRTDCrypto
import ISO7816
import LDS

/// The hashes of data groups, and EF.COM's list, against the LDS security object. The EF.SOD's list decides.
struct DataGroupCheck {
    let policy: TrustPolicy
    let input: PassiveAuthenticationInput
    let securityObject: LDSSecurityObject?
    /// Whether the security object's signature and attributes are successful.
    let isSigned: Bool
    /// When it was signed, as far as that is known.
    let signedAt: Timestamp?

    /// The data groups that get a result: DG1, and all that were read, are listed, or are known to be refused.
    var numbers: [DataGroupNumber] {
        var out: [DataGroupNumber] = securityObject?.numbers ?? []
        func add(_ number: DataGroupNumber) {
            if !out.contains(number) { out.append(number) }
        }
        add(.dg1)
        for (number, state) in input.dataGroups {
            if case .read = state { add(number) }
        }
        for number in input.comDataGroups ?? [] { add(number) }
        return out.sorted()
    }

    func check(_ number: DataGroupNumber) throws -> CheckResult {
        let id = CheckID.dataGroup(number)
        let state = input.dataGroups[number] ?? .notRequested
        guard let securityObject else {
            return CheckResult(id, .undetermined, .sodNotRead, "There is no readable EF.SOD to compare the hash with.")
        }
        guard let expected = securityObject.hash(of: number) else { return notListed(id, number, state) }
        switch state {
        case .read(let bytes): return try compare(id, bytes, expected, securityObject)
        case .notRequested:
            return CheckResult(
                id, .undetermined, .dgNotRead, "The data group was not read, so its hash was not checked.",
                isRequired: number == .dg1)
        case .accessDenied:
            return CheckResult(
                id, .notSupported, .dgAccessDenied,
                "The chip refused access to the data group, so its hash was not checked.",
                isRequired: isEssential(number))
        case .absent:
            return CheckResult(
                id, .undetermined, .dgMissing, "EF.SOD lists the data group, but the chip does not have it.",
                isRequired: isEssential(number))
        }
    }

    /// Whether the verdict needs a group that was asked for and not given. Fingerprints and irises are guarded by Terminal
    /// Authentication; anything else is what a copy would leave out: the keys of the chip, the face that a clerk would compare.
    private func isEssential(_ number: DataGroupNumber) -> Bool { ![.dg3, .dg4].contains(number) }

    private func notListed(_ id: CheckID, _ number: DataGroupNumber, _ state: DataGroupState) -> CheckResult {
        if case .read = state {
            return CheckResult(id, .failed, .dgNotInSOD, "The data group is not in the SOD: nobody signed it.")
        }
        if number == .dg1 {
            return CheckResult(id, .failed, .dgNotInSOD, "DG1 is not in the SOD; it is mandatory (Doc 9303-10, 4.6.2).")
        }
        return CheckResult(
            id, .undetermined, .dgListedByCOMOnly,
            "Only EF.COM, which is not signed, lists the data group; it was not read.",
            isRequired: false)
    }

    private func compare(
        _ id: CheckID, _ bytes: [UInt8], _ expected: ArraySlice<UInt8>, _ securityObject: LDSSecurityObject
    ) throws -> CheckResult {
        let digest: DigestAlgorithm
        do {
            digest = try securityObject.digest()
        } catch {
            return CheckResult(
                id, error.code == .forbiddenAlgorithm ? .failed : .undetermined, .dgHashUnsupported,
                "The hash was not checked: \(error.reason).")
        }
        let evidence = [CheckResult.Evidence("hash.algorithm", digest.rawValue)]
        guard try digest.digest(bytes).elementsEqual(expected) else {
            return CheckResult(
                id, .failed, .dgHashWrong, "The hash of the data group differs from the one in the SOD.",
                evidence: evidence)
        }
        guard isSigned else {
            return CheckResult(
                id, .undetermined, .dgNotAuthenticated,
                "The hash fits, but the signature over it was not successful, so it proves nothing.", evidence: evidence
            )
        }
        var leniencies: [Leniency] = []
        if digest == .sha1 {
            let rule = policy.algorithmRequirement(signedAt: signedAt).sha1Hashes ?? policy.sha1Hashes
            switch rule {
            case .accept: leniencies = [.weakAlgorithm]
            case .undetermined, .fail:
                return CheckResult(
                    id, rule == .fail ? .failed : .undetermined, .dgHashWeak,
                    "The hash fits, but SHA-1 is too weak by policy.", evidence: evidence)
            }
        }
        return CheckResult(
            id, .successful, .ok, "The hash of the data group is the one in the SOD.", evidence: evidence,
            leniencies: leniencies)
    }

    /// `sod.com`: EF.COM's list against the EF.SOD's.
    func com() -> CheckResult {
        func result(
            _ outcome: CheckOutcome, _ code: CheckCode, _ reason: String, leniencies: [Leniency] = []
        ) -> CheckResult {
            CheckResult(.sodCOM, outcome, code, reason, isRequired: policy.requiresCOM, leniencies: leniencies)
        }
        guard let com = input.comDataGroups else {
            return result(.undetermined, .comNotRead, "There is no EF.COM to compare.")
        }
        guard let securityObject else {
            return result(.undetermined, .sodNotRead, "There is no readable EF.SOD to compare.")
        }
        let listed = Set(securityObject.numbers)
        func names(_ numbers: Set<DataGroupNumber>) -> String {
            numbers.sorted().map { "DG\($0.rawValue)" }.joined(separator: ", ")
        }
        let hidden = listed.subtracting(com)
        guard hidden.isEmpty else {
            return result(.failed, .comHidesGroups, "EF.COM does not list \(names(hidden)), which EF.SOD does.")
        }
        let more = com.subtracting(listed)
        guard more.isEmpty else {
            let reason = "EF.COM lists \(names(more)), which EF.SOD does not."
            return policy.leniencies.contains(.comListsMoreThanSOD)
                ? result(.successful, .comListsMore, reason, leniencies: [.comListsMoreThanSOD])
                : result(.failed, .comListsMore, reason)
        }
        return result(.successful, .ok, "EF.COM and EF.SOD list the same data groups.")
    }
}
