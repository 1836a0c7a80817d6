import EMRTD
import EMRTDTrust
import LDS
import Testing

/// The one rule that must never be wrong: green implies that every required check is successful (attack 29).
@Suite struct VerdictTests {
    private static let pillars: [CheckID] = [
        .sodSignature, .sodAttributes, .dsChain, .dsValidity, .cscaValidity, .issuingState, .dataGroup(.dg1), .expiry,
        .mrz,
    ]
    private static let proofs: [CheckID] = [.chipAA, .chipCA, .chipCAM]
    private static let others: [CheckID] = [
        .access, .dsRevocation, .sodCOM, .dataGroup(.dg2), .dataGroup(.dg14), .downgrade,
        CheckID(rawValue: "of another module"),
    ]

    private static func check(_ id: CheckID, _ result: CheckOutcome, isRequired: Bool = true) -> CheckResult {
        CheckResult(id, result, result == .successful ? .ok : .aborted, "made by the test", isRequired: isRequired)
    }

    /// All that passive authentication needs, successful.
    private static func authentic() -> [CheckResult] { pillars.map { check($0, .successful) } }

    /// What the rule says, written another way: a table of what may not be.
    private static func mayBeGreen(_ checks: [CheckResult]) -> Bool {
        for check in checks {
            switch (check.result, check.isRequired) {
            case (.failed, _): return false
            case (.successful, _), (_, false): continue
            case (.aborted, true), (.undetermined, true), (.notSupported, true): return false
            }
        }
        let successful = Set(checks.filter { $0.result == .successful }.map(\.id))
        return successful.isSuperset(of: pillars)
    }

    @Test func generatedCombinations() {
        var generator = SplitMix64(state: 0x5EED)
        var seen: [Verdict: Int] = [:]
        for round in 0..<60_000 {
            // Mostly successful, so that all verdicts come up.
            let badness = round % 5
            var checks: [CheckResult] = []
            for id in Self.pillars + (round % 2 == 0 ? Self.proofs : []) + Self.others
            where Int.random(in: 0..<80, using: &generator) >= badness {
                let isBad = Int.random(in: 0..<60, using: &generator) < badness
                let result = isBad ? CheckOutcome.allCases.randomElement(using: &generator) ?? .failed : .successful
                checks.append(Self.check(id, result, isRequired: Int.random(in: 0..<4, using: &generator) > 0))
            }
            checks.shuffle(using: &generator)
            let verdict = Verdict(checks: checks)
            seen[verdict, default: 0] += 1
            let isProven = checks.contains { Self.proofs.contains($0.id) && $0.result == .successful }
            let expected: Verdict =
                if checks.contains(where: { $0.result == .failed }) {
                    .rejected
                } else if !Self.mayBeGreen(checks) {
                    .undetermined
                } else {
                    isProven ? .genuine : .dataAuthentic
                }
            #expect(verdict == expected, "\(checks)")
        }
        for verdict in Verdict.allCases { #expect(seen[verdict, default: 0] > 500, "\(seen)") }
    }

    @Test func nothingIsGreenByDefault() {
        #expect(Verdict(checks: []) == .undetermined)
        for id in Self.pillars + Self.proofs + Self.others {
            #expect(Verdict(checks: [Self.check(id, .successful)]) == .undetermined)
        }
        #expect(Verdict(checks: Self.proofs.map { Self.check($0, .successful) }) == .undetermined)
        // A pillar that is not required is needed all the same.
        for missing in Self.pillars {
            let rest = Self.authentic().filter { $0.id != missing } + Self.proofs.map { Self.check($0, .successful) }
            #expect(Verdict(checks: rest) == .undetermined, "\(missing)")
            for result in CheckOutcome.allCases where result != .successful {
                let verdict = Verdict(checks: rest + [Self.check(missing, result, isRequired: false)])
                #expect(verdict == (result == .failed ? .rejected : .undetermined), "\(missing) \(result)")
            }
        }
    }

    @Test func oneFailureRejects() {
        let all = Self.authentic() + (Self.proofs + Self.others).map { Self.check($0, .successful) }
        #expect(Verdict(checks: all) == .genuine)
        for (index, check) in all.enumerated() {
            for isRequired in [true, false] {
                var changed = all
                changed[index] = Self.check(check.id, .failed, isRequired: isRequired)
                #expect(Verdict(checks: changed) == .rejected, "\(check.id)")
                changed[index] = check
                #expect(Verdict(checks: changed + [Self.check(check.id, .failed, isRequired: isRequired)]) == .rejected)
            }
        }
    }

    @Test func everyRequiredCheckMustSucceed() {
        for id in Self.proofs + Self.others {
            for result in [CheckOutcome.undetermined, .notSupported, .aborted] {
                #expect(Verdict(checks: Self.authentic() + [Self.check(id, result)]) == .undetermined)
                let optional = Verdict(checks: Self.authentic() + [Self.check(id, result, isRequired: false)])
                #expect(optional == .dataAuthentic, "\(id) \(result)")
            }
        }
    }

    @Test func genuineNeedsAProof() {
        #expect(Verdict(checks: Self.authentic()) == .dataAuthentic)
        for proof in Self.proofs {
            #expect(Verdict(checks: Self.authentic() + [Self.check(proof, .successful, isRequired: false)]) == .genuine)
            // The promised proof that did not come, beside one that did and is not required any more.
            let others = Self.proofs.filter { $0 != proof }.map { Self.check($0, .undetermined, isRequired: false) }
            #expect(Verdict(checks: Self.authentic() + others + [Self.check(proof, .successful)]) == .genuine)
        }
    }

    @Test func repeatedChecksCannotHideOneAnother() {
        for pillar in Self.pillars {
            let verdict = Verdict(checks: Self.authentic() + [Self.check(pillar, .undetermined)])
            #expect(verdict == .undetermined, "\(pillar)")
        }
    }
}

/// SplitMix64: the same numbers in every run, so that a failure can be repeated.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
