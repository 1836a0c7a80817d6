import ISO7816

/// What a check found (TR-03135-1). There is no default: every check states one.
public enum CheckOutcome: String, Sendable, Hashable, CaseIterable {
    /// The check was done and what it checks holds.
    case successful
    /// The check was done and what it checks does not hold.
    case failed
    /// The check could not be decided, for example for want of a trust anchor.
    case undetermined
    /// The document does not offer what the check needs.
    case notSupported
    /// The check began and was not finished, for example because of an error in it.
    case aborted
}

/// One finished check: what was checked, what came out, and why.
public struct CheckResult: Sendable, Hashable, CustomStringConvertible {
    /// A named fact that a result rests on, such as the subject of a certificate. Never personal data.
    public struct Evidence: Sendable, Hashable {
        /// What the value is, such as `signer.subject`.
        public let name: String
        /// The value as text.
        public var value: String { text.string }

        private let text: LazyText

        /// Creates a named fact.
        public init(_ name: String, _ value: String) {
            self.name = name
            text = .made(value)
        }

        /// Creates a named fact whose value is worked out each time that it is asked for.
        init(_ name: String, lazily value: @escaping @Sendable () -> String) {
            self.name = name
            text = .lazy(value)
        }

        /// Creates a named moment, which is written out each time that it is asked for.
        init(_ name: String, _ moment: Timestamp) {
            self.name = name
            text = .moment(moment)
        }

        /// Creates a named fact of a certificate, which is worked out each time that it is asked for.
        init(_ name: String, _ fact: CertificateFact, of certificate: Certificate) {
            self.name = name
            text = .fact(fact, certificate)
        }

        /// Two facts are the same when name and value are.
        public static func == (a: Evidence, b: Evidence) -> Bool { a.name == b.name && a.value == b.value }

        /// Hashes name and value.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(name)
            hasher.combine(value)
        }
    }

    /// Which check this is.
    public let id: CheckID
    /// What came out.
    public let result: CheckOutcome
    /// The stable code of this outcome.
    public let code: CheckCode
    /// A sentence that says why.
    public var reason: String { sentence.string }
    /// Whether the verdict needs this check to be successful. A check that failed counts in any case.
    public let isRequired: Bool
    /// What the result rests on.
    public let evidence: [Evidence]
    /// The leniencies that this result took, in the order of their names.
    public let leniencies: [Leniency]

    private let sentence: LazyText

    /// Creates a result.
    public init(
        _ id: CheckID, _ result: CheckOutcome, _ code: CheckCode, _ reason: String, isRequired: Bool = true,
        evidence: [Evidence] = [], leniencies: some Sequence<Leniency> = []
    ) {
        self.init(id, result, code, text: .made(reason), isRequired, evidence, leniencies)
    }

    /// Creates a result whose reason is worked out each time that it is asked for.
    init(
        _ id: CheckID, _ result: CheckOutcome, _ code: CheckCode, lazily reason: @escaping @Sendable () -> String,
        isRequired: Bool = true, evidence: [Evidence] = []
    ) {
        self.init(id, result, code, text: .lazy(reason), isRequired, evidence, [])
    }

    private init(
        _ id: CheckID, _ result: CheckOutcome, _ code: CheckCode, text: LazyText, _ isRequired: Bool,
        _ evidence: [Evidence], _ leniencies: some Sequence<Leniency>
    ) {
        self.id = id
        self.result = result
        self.code = code
        sentence = text
        self.isRequired = isRequired
        self.evidence = evidence
        let taken = Array(leniencies)
        self.leniencies = taken.count < 2 ? taken : Set(taken).sorted { $0.name < $1.name }
    }

    /// Two results are the same when everything that they say is.
    public static func == (a: CheckResult, b: CheckResult) -> Bool {
        a.id == b.id && a.result == b.result && a.code == b.code && a.isRequired == b.isRequired
            && a.leniencies == b.leniencies && a.reason == b.reason && a.evidence == b.evidence
    }

    /// Hashes id, outcome, code and leniencies.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(id)
        hasher.combine(result)
        hasher.combine(code)
        hasher.combine(leniencies)
    }

    /// The check, its outcome, the code and the reason on one line.
    public var description: String { "\(id): \(result.rawValue) (\(code)) \(reason)" }
}

/// What the evidence of a check says of a certificate.
enum CertificateFact: Sendable {
    case subject, serial, sha256, key
}

/// A text that is there, or is made when it is asked for: most reports are only looked at for their verdict.
private enum LazyText: Sendable {
    case made(String)
    case moment(Timestamp)
    case fact(CertificateFact, Certificate)
    case lazy(@Sendable () -> String)

    var string: String {
        switch self {
        case .made(let string): string
        case .moment(let moment): moment.description
        case .fact(.subject, let certificate): certificate.subject.description
        case .fact(.serial, let certificate): certificate.serialNumber.hexadecimal
        case .fact(.sha256, let certificate): certificate.fingerprint.hexadecimal
        case .fact(.key, let certificate): certificate.keyDescription
        case .lazy(let make): make()
        }
    }
}

extension CheckOutcome {
    /// How bad an outcome is where several are summed up: failed, aborted, undetermined, notSupported, successful.
    package var severity: Int {
        switch self {
        case .failed: 4
        case .aborted: 3
        case .undetermined: 2
        case .notSupported: 1
        case .successful: 0
        }
    }
}
