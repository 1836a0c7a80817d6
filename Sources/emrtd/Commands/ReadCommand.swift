import ArgumentParser
import EMRTD
import EMRTDPCSC
import EMRTDTrust
import LDS

struct ReadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Read a card on a PC/SC reader and verify it.",
        discussion: """
            The password comes from a file, from standard input (FILE -) or from a prompt, never from the command line. One \
            attempt is made with it. Without --trust the verdict is at best undetermined.
            """)

    @OptionGroup var keys: KeyOptions
    @OptionGroup var access: AccessOptions
    @OptionGroup var terminal: TerminalOptions
    @OptionGroup var trust: TrustOptions
    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("The reader's name or a part of it; any reader where absent.", valueName: "name"))
    var reader: String?

    @Option(help: ArgumentHelp("How long to wait for a card, 0 to 3600.", valueName: "seconds"))
    var timeout = 30

    @Option(
        help: ArgumentHelp(
            "What to read: identity, identityAndPortrait, everything, or data groups such as 1,2,13.", valueName: "plan"
        ))
    var plan = PlanArgument.standard

    @Option(help: ArgumentHelp("Write the files as read and inspection.json to a new folder.", valueName: "dir"))
    var out: String?

    @Flag(help: "Exit with 0 also where the data is authentic and a copy cannot be excluded.")
    var acceptDataAuthentic = false

    func validate() throws {
        guard (0...3600).contains(timeout) else { throw ValidationError("--timeout is 0 to 3600 seconds.") }
    }

    func run() async throws {
        try await reportingErrors(json: output.json) {
            let trust = try trust.load()
            let documentReader = DocumentReader(
                trust: trust.store, policy: trust.policy, access: access.policy, terminal: try terminal.credentials())
            if let out { try FileWriting.makeEmptyDirectory(out) }
            let key = try keys.key()
            let clock = ContinuousClock()
            let start = clock.now
            Console.progress("waiting for a card ...")
            let card = try await PCSC.waitForCard(reader: reader, timeout: .seconds(timeout))
            let connected = clock.now - start
            let progress = Progress()
            let inspection = try await documentReader.inspect(
                card, with: key, reading: plan.plan, connect: connected,
                events: { progress.show($0) })
            Console.progress("")
            if let out {
                try EvidenceBundle.write(
                    inspection, report: output.report(inspection, trust: trust, masks: false), to: out)
            }
            output.show(inspection, trust: trust)
            try ExitStatus.end(after: inspection, acceptsDataAuthentic: acceptDataAuthentic)
        }
    }
}

/// Shows what is being read, on a terminal only.
struct Progress: Sendable {
    func show(_ event: ReadEvent) {
        switch event {
        case .stage(let stage): Console.progress("\(stage.rawValue) ...")
        case .reading(let file, let bytes, let total):
            Console.progress("reading \(file) \(bytes)" + (total.map { " of \($0)" } ?? "") + " bytes")
        case .recovered(let what): Console.progress(what)
        case .accessGranted, .read, .refused: break
        }
    }
}
