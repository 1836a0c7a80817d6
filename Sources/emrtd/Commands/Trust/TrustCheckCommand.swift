import ArgumentParser
import EMRTD
import EMRTDTrust
import ISO7816

struct TrustCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Look the trust store through for what needs care.",
        discussion: """
            Exit code 0 where nothing serious was found, 30 otherwise; with --strict a warning is enough for 30. A store that was \
            changed by something else than emrtd ends with 40.
            """)

    @OptionGroup var store: StoreOptions

    @Option(help: ArgumentHelp("Warn of certificates that expire within so many days.", valueName: "days"))
    var expiring = 90

    @Option(help: ArgumentHelp("Warn of lists that are older than so many days.", valueName: "days"))
    var maxAge = 365

    @Option(help: ArgumentHelp("Judge as of this day (YYYY-MM-DD, UTC) instead of now.", valueName: "date"))
    var at: DayArgument?

    @Option(help: ArgumentHelp("The most findings shown of one kind; 0 shows their numbers only.", valueName: "n"))
    var limit = 10

    @Flag(help: "Let warnings count as serious.")
    var strict = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard (0...100_000).contains(expiring), (0...100_000).contains(maxAge), (0...1_000_000).contains(limit) else {
            throw ValidationError("--expiring, --max-age and --limit are not negative, and at most 100000 days.")
        }
    }

    func run() async throws {
        try await reportingErrors(json: json) {
            let (directory, store) = try store.load()
            let date = at?.moment ?? .now()
            let check = TrustStoreCheck(date: date, expiryDays: expiring, maximumSourceAge: maxAge)
            let findings = check.findings(in: store)
            let limitSeverity: TrustStoreFinding.Severity = strict ? .warning : .serious
            let grave = findings.count { $0.severity >= limitSeverity }
            if json {
                Console.out(object(findings, directory, store, date, isGood: grave == 0).encoded())
            } else {
                show(findings, directory, store, date)
            }
            guard grave > 0 else { return }
            Console.error("emrtd: \(grave) findings need care, the first: \(SafeText.terminal(findings[0].reason))")
            Console.error(
                findings[0].advice.map { SafeText.terminal($0) }
                    ?? "Remove what nobody vouches for with emrtd trust remove, or import a list that vouches for it.")
            throw ExitStatus.rejected.exit()
        }
    }

    private func show(
        _ findings: [TrustStoreFinding], _ directory: TrustStoreDirectory, _ store: TrustStore, _ date: Timestamp
    ) {
        Console.out(store.header(directory))
        for severity in TrustStoreFinding.Severity.allCases.reversed() {
            let group = findings.filter { $0.severity == severity }
            var codes: [TrustStoreFinding.Code] = []
            for finding in group where !codes.contains(finding.code) { codes.append(finding.code) }
            for code in codes {
                let same = group.filter { $0.code == code }
                let mark =
                    switch severity {
                    case .serious: Colour.red("SERIOUS")
                    case .warning: Colour.yellow("warning")
                    case .note: "note   "
                    }
                Console.out("\(mark) \(same.count) \(code.title)")
                for finding in same.prefix(limit) {
                    let id = finding.sha256.map { $0.prefix(6).hexadecimal.lowercased() + "  " } ?? ""
                    Console.out("  " + SafeText.terminal(id + finding.reason))
                    if let advice = finding.advice { Console.out("    " + SafeText.terminal(advice)) }
                }
                if same.count > limit, limit > 0 { Console.out("  ... and \(same.count - limit) more") }
            }
        }
        if findings.isEmpty { Console.out(Colour.green("Nothing to be said.")) }
        Console.out("Sources:")
        for line in store.sourceLines(at: date) { Console.out("  " + line) }
    }

    private func object(
        _ findings: [TrustStoreFinding], _ directory: TrustStoreDirectory, _ store: TrustStore, _ date: Timestamp,
        isGood: Bool
    ) -> JSON {
        let list = findings.map { finding in
            JSON.object([
                ("code", .string(finding.code.description)), ("severity", .string(finding.severity.rawValue)),
                ("sha256", .optional(finding.sha256?.hexadecimal.lowercased())), ("reason", .string(finding.reason)),
                ("advice", .optional(finding.advice)),
            ])
        }
        return .object([
            ("schemaVersion", .integer(Inspection.schemaVersion)), ("store", .string(directory.path)),
            ("identity", .string(store.identity.hexadecimal.lowercased())), ("date", .string(date.description)),
            ("good", .bool(isGood)), ("certificateCount", .integer(store.count)),
            ("revocationListCount", .integer(store.revocationLists.count)), ("findings", .array(list)),
            ("sources", .array(store.sources.map { TrustJSON.source($0, at: date) })),
        ])
    }
}
