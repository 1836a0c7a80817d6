import ArgumentParser
import EMRTD
import EMRTDProtocol
import EMRTDTrust
import LDS

/// What opens the chip.
struct KeyOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A file with the card access number; - reads standard input.", valueName: "file"))
    var canFile: String?

    @Option(
        help: ArgumentHelp(
            "A file with the machine readable zone, or with document number, birth and expiry date (YYMMDD); - reads standard input.",
            valueName: "file"))
    var mrzFile: String?

    @Option(
        help: ArgumentHelp(
            "A file with a Vietnamese 12-digit number, whose last six digits are the CAN; - reads standard input.",
            valueName: "file"))
    var numberFile: String?

    @Option(
        help: ArgumentHelp(
            "A file with the PIN; - reads standard input. --can-file besides resumes a suspended PIN.",
            valueName: "file"))
    var pinFile: String?

    @Flag(help: "Ask for the PIN on the terminal.")
    var pin = false

    @Option(help: ArgumentHelp("A file with the PUK; - reads standard input.", valueName: "file"))
    var pukFile: String?

    func validate() throws {
        let files = [canFile, mrzFile, numberFile, pinFile, pukFile].compactMap { $0 }
        let isPIN = pin || pinFile != nil
        let others = [mrzFile, numberFile, pukFile].compactMap { $0 }.count
        guard !(pin && pinFile != nil), others + (isPIN || canFile != nil ? 1 : 0) <= 1 else {
            throw ValidationError(
                "Use one of --can-file, --mrz-file, --number-file, --pin, --pin-file and --puk-file; only --can-file goes "
                    + "with a PIN.")
        }
        guard files.filter({ $0 == "-" }).count <= 1, !(pin && files.contains("-")) else {
            throw ValidationError("Standard input can give one password.")
        }
    }

    /// Reads the key, or asks for it on the terminal.
    func key() throws -> AccessKey {
        if pin || pinFile != nil {
            let can = try canFile.map { try SecretInput.can(SecretInput.bytes(of: $0)) }
            let typed = try pinFile.map { try SecretInput.bytes(of: $0) } ?? SecretInput.prompt("PIN (not shown):")
            return try AccessKey.pin(SecretInput.trimmed(typed), resumingWith: can)
        }
        if let pukFile { return try AccessKey.puk(SecretInput.trimmed(SecretInput.bytes(of: pukFile))) }
        if let canFile { return try SecretInput.can(SecretInput.bytes(of: canFile)) }
        if let mrzFile { return try SecretInput.mrz(SecretInput.bytes(of: mrzFile)) }
        if let numberFile { return try SecretInput.number(SecretInput.bytes(of: numberFile)) }
        let typed = SecretInput.trimmed(
            try SecretInput.prompt("CAN (6 digits), or the 12-digit number of a Vietnamese card (not shown):"))
        return typed.count == 12 ? try SecretInput.number(typed) : try SecretInput.can(typed)
    }
}

/// What may be used to open the chip.
struct AccessOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What may open the chip: field (the usual), tolerant (BAC after PACE failed, verdict undetermined), strict (PACE with AES).",
            valueName: "policy"))
    var accessPolicy = AccessPolicyName.field

    @Flag(name: .customLong("no-bac"), help: "Do not open the chip with BAC.")
    var noBAC = false

    @Flag(name: .customLong("no-3des"), help: "Do not use 3DES or other sessions under 112 bits, hence no BAC.")
    var no3DES = false

    @Flag(help: "Use up the last try of a PIN or PUK where the card says that one is left.")
    var allowLastTry = false

    /// The policy.
    var policy: AccessPolicy {
        var policy = accessPolicy.policy
        if noBAC { policy.allowsBAC = false }
        if no3DES { policy.minimumStrength = max(policy.minimumStrength, 112) }
        if allowLastTry { policy.allowsLastTry = true }
        return policy
    }
}

/// `field`, `tolerant` or `strict`.
enum AccessPolicyName: String, ExpressibleByArgument, CaseIterable {
    case field, tolerant, strict

    var policy: AccessPolicy {
        switch self {
        case .field: .field
        case .tolerant: .tolerant
        case .strict: .strict
        }
    }
}

/// Whom to trust.
struct TrustOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A trust store as emrtd trust keeps it, a CSCA certificate (DER or PEM), or a folder of certificates and lists. May be given several times.",
            valueName: "path"))
    var trust: [String] = []

    @Option(
        help: ArgumentHelp(
            "What passive authentication demands: field (what a desk needs) or strict (Doc 9303 and TR-03135 to the letter).",
            valueName: "policy"))
    var trustPolicy = TrustPolicyName.field

    @Flag(help: "Let CSCA certificates of a test PKI count. For tests only: every output says so.")
    var allowTestPKI = false

    /// Loads the trust store.
    func load() throws -> TrustSummary {
        var policy = trustPolicy.policy
        policy.allowsTestPKI = allowTestPKI
        let store = try TrustStore(contentsOf: trust)
        for problem in store.problems { Console.error("emrtd: not trusted: " + SafeText.terminal(problem.description)) }
        if !trust.isEmpty && store.certificates.isEmpty {
            throw CommandError(
                status: .trustStore, code: "trustStore",
                reason: "there is no certificate under \(trust.joined(separator: ", "))",
                advice: "Name a trust store, or a file or folder with CSCA certificates (DER or PEM).")
        }
        return TrustSummary(store: store, policy: policy)
    }
}

/// How the result is shown.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(help: "Replace personal data by asterisks.")
    var mask = false
}

/// `identity`, `identityAndPortrait`, `everything` or numbers of data groups.
struct PlanArgument: ExpressibleByArgument, CustomStringConvertible {
    var description: String { "identityAndPortrait" }
    let plan: ReadPlan

    static let standard = PlanArgument(.identityAndPortrait)

    private init(_ plan: ReadPlan) { self.plan = plan }

    init?(argument: String) {
        switch argument {
        case "identity": plan = .identity
        case "identityAndPortrait": plan = .identityAndPortrait
        case "everything": plan = .everything
        default:
            // Each part must be a data group's number.
            let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
            let groups = parts.compactMap { Int($0).flatMap { DataGroupNumber($0) } }
            guard !groups.isEmpty, groups.count == parts.count else { return nil }
            plan = .groups(Set(groups))
        }
    }
}

/// A day as YYYY-MM-DD.
struct DayArgument: ExpressibleByArgument {
    let moment: Timestamp

    init?(argument: String) {
        guard let moment = Timestamp(date: argument) else { return nil }
        self.moment = moment
    }
}
