import ArgumentParser
import EMRTD
import EMRTDTrust
import LDS

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Verify a folder of files that were read earlier, without the chip.",
        discussion: """
            Files are recognised by their content, whatever they are called; those that are not recognised, or cannot be read, are listed. The best \
            verdict is dataAuthentic, since the chip is not there to prove that it is no copy.
            """)

    @Argument(help: "The folder, as `emrtd read --out` writes it.")
    var directory: String

    @Option(help: ArgumentHelp("Judge as of this day (YYYY-MM-DD, UTC) instead of now.", valueName: "date"))
    var at: DayArgument?

    @OptionGroup var trust: TrustOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await reportingErrors(json: output.json) {
            let trust = try trust.load()
            let reader = DocumentReader(trust: trust.store, policy: trust.policy)
            let bundle: EvidenceBundle
            do { bundle = try EvidenceBundle(contentsOf: directory) } catch let error as TrustError {
                throw CommandError.usage(error.sentence, "Name a folder that can be read.")
            } catch let error as EMRTDError where error.code == .fileUnreadable {
                throw CommandError.usage(error.reason, "Keep one file of each kind in the folder.")
            }
            guard !bundle.files.isEmpty else {
                throw CommandError.usage(
                    "there is no file of a document in \(directory) (\(bundle.unrecognised.count) others, "
                        + "\(bundle.unreadable.count) that cannot be read)",
                    "Name a folder with EF.SOD and data groups, as `emrtd read --out` writes it.")
            }
            let inspection = reader.verify(bundle.files, at: at?.moment)
            output.show(inspection, trust: trust, bundle: bundle)
            try ExitStatus.end(after: inspection, acceptsDataAuthentic: true)
        }
    }
}
