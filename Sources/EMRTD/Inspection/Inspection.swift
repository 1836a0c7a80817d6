public import EMRTDTrust
import LDS

/// The report on one document: every check with its result, the verdict that follows from them, and what was read.
public struct Inspection: Sendable, CustomStringConvertible {
    /// The verdict, computed from ``checks``.
    public let verdict: Verdict
    /// Every check, each id once, in a fixed order.
    public let checks: [CheckResult]
    /// What the document says.
    public let document: DocumentContents
    /// How the chip was opened; `nil` for files from a folder.
    public let access: AccessInfo?
    /// The files of the session in the order they were asked for.
    public let files: [FileRecord]
    /// How long it took.
    public let timing: InspectionTiming
    /// The access and chip protocols that were run, in order.
    public let protocols: [ProtocolRun]
    /// Things that were unusual and harmless, in the order they were met.
    public let notes: [String]
    /// The moment that validity was judged at.
    public let date: Timestamp
    /// Whether a certificate of a test PKI was accepted as the anchor; every output must say so.
    public let usesTestPKI: Bool

    /// Whether the trust anchor came from a source that nobody vouches for and the policy accepted it all the same; every output
    /// must say so. The leniency `anchorFromUnverifiedSource` says where.
    public var usesUnverifiedAnchor: Bool {
        checks.contains { check in
            [.dsChain, .cardSecurity].contains(check.id) && check.result == .successful
                && check.leniencies.contains(.anchorFromUnverifiedSource)
        }
    }

    /// Whether DG1 is covered by a signature that verified and whose signer reaches a trusted CSCA of its state: only then may it be
    /// shown as verified. Anybody can sign data with a key of his own.
    public var isDataAuthenticated: Bool {
        let needed: [CheckID] = [.sodSignature, .sodAttributes, .dsChain, .issuingState, .dataGroup(.dg1)]
        // Nobody knows what a revoked signer signed, nor what one that may not sign such documents did.
        let refused: [CheckID] = [.dsRevocation, .dsDocumentType, .dsPrivateKeyUsage, .dsValidityAtSigning]
        return needed.allSatisfy { self[$0]?.result == .successful }
            && refused.allSatisfy { self[$0]?.result != .failed }
    }

    /// The worst outcome among failed checks and required ones (TR-03135-1: failed, aborted, undetermined, successful).
    public var overall: CheckOutcome {
        var worst = CheckOutcome.successful
        for check in checks where check.isRequired || check.result == .failed {
            let outcome = check.result == .notSupported ? .undetermined : check.result
            if outcome.severity > worst.severity { worst = outcome }
        }
        return worst
    }

    /// The verdict and each check's outcome; nothing of what the document says, so that a log may hold it.
    public var description: String {
        verdict.rawValue + ": " + checks.map { "\($0.id) \($0.result.rawValue)" }.joined(separator: ", ")
    }

    /// The result of a check, or `nil` where there is none with the id.
    public subscript(id: CheckID) -> CheckResult? { checks.first { $0.id == id } }

    init(
        checks: [CheckResult], document: DocumentContents, access: AccessInfo?, files: [FileRecord],
        timing: InspectionTiming, protocols: [ProtocolRun], notes: [String], date: Timestamp, usesTestPKI: Bool
    ) {
        verdict = Verdict(checks: checks)
        self.checks = checks
        self.document = document
        self.access = access
        self.files = files
        self.timing = timing
        self.protocols = protocols
        self.notes = notes
        self.date = date
        self.usesTestPKI = usesTestPKI
    }
}

/// How long the stages of an inspection took.
public struct InspectionTiming: Sendable, Hashable {
    /// The time of each stage that was run.
    public var stages: [EMRTDError.Stage: Duration] = [:]
    /// The part of it spent waiting for the card.
    public var card = Duration.zero
    /// Commands sent to the card.
    public var commands = 0

    /// Creates a timing of nothing.
    public init() {}

    /// The sum of the stages.
    public var total: Duration { stages.values.reduce(.zero, +) }
}
