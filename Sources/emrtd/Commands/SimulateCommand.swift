import ArgumentParser
import EMRTD
import EMRTDSimulator
import Glibc

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Put a simulated card into a virtual PC/SC reader (vsmartcard's vpcd).",
        discussion: """
            The holder is invented and the trust anchor is test PKI: `emrtd read` says genuine only with --allow-test-pki. The \
            passwords are printed at the start. Runs until it is interrupted or the reader goes.
            """)

    @OptionGroup var document: SimulationOptions

    @Option(help: ArgumentHelp("Where vpcd listens.", valueName: "host:port"))
    var vpcd = "127.0.0.1:\(VPCDClient.defaultPort)"

    @Option(
        help: ArgumentHelp(
            "Write the CSCA certificate (DER) to a new file, for `emrtd read --trust`.", valueName: "file"))
    var printTrust: String?

    @Option(help: ArgumentHelp("Write the files as personalised to a new folder.", valueName: "dir"))
    var saveFiles: String?

    func run() async throws {
        try await reportingErrors(json: false) {
            let (host, port) = try address()
            let chip = try SimulatedChip(try makeDocument())
            let client = VPCDClient(host: host, port: port)
            do {
                try await Self.onThreadOfItsOwn {
                    try client.run(chip) { Console.out("ready: the card is in the virtual reader at \(host):\(port)") }
                }
            } catch let error as VPCDError {
                throw CommandError(
                    status: .noReader, code: error.code.description, reason: error.reason,
                    advice: "Start pcscd with the virtual reader of vsmartcard-vpcd, or name its address with --vpcd.")
            }
            Console.error("emrtd: the virtual reader closed the connection")
        }
    }

    private func address() throws -> (String, UInt16) {
        guard let colon = vpcd.lastIndex(of: ":"), let port = UInt16(vpcd[vpcd.index(after: colon)...]), port > 0 else {
            throw CommandError.usage("\(vpcd) is no HOST:PORT", "For example --vpcd 127.0.0.1:35963.")
        }
        let host = vpcd[..<colon].filter { $0 != "[" && $0 != "]" }
        return (String(host), port)
    }

    /// Makes the document, writes what was asked for, and says what the chip is.
    private func makeDocument() throws -> PersonalisedDocument {
        let today = try Today.date()
        if let folder = document.files {
            guard printTrust == nil else {
                throw CommandError.usage(
                    "the files of a folder come without a CSCA certificate", "Leave --print-trust out.")
            }
            let served = try document.served(folder, today: today)
            try write(served.document)
            Console.out("files of \(SafeText.terminal(folder)), served as they are; the password is the zone of DG1")
            for warning in served.warnings { Console.error("emrtd: \(SafeText.terminal(warning))") }
            return served.document
        }
        let (options, pki) = try document.personalisation(today: today)
        let made = try Personaliser(options).personalise()
        try write(made)
        if let folder = document.saveTerminal, let pki { try write(pki, to: folder) }
        announce(made)
        return made
    }

    private func write(_ document: PersonalisedDocument) throws {
        if let printTrust { try FileWriting.write(document.cscaCertificate, to: printTrust) }
        if let saveFiles {
            let files = document.masterFiles + document.applicationFiles
            try FileWriting.write(files.map { (name: $0.name + ".bin", bytes: $0.content) }, toFolder: saveFiles)
        }
    }

    private func write(_ pki: TerminalPKI, to folder: String) throws {
        try FileWriting.write(
            [
                (name: "cvca.cvcert", bytes: pki.certificationAuthority),
                (name: "dv.cvcert", bytes: pki.documentVerifier),
                (name: "is.cvcert", bytes: pki.inspectionSystem),
                (name: "is.pkcs8", bytes: try pki.encodedTerminalKey()),
            ], toFolder: folder)
    }

    private func announce(_ document: PersonalisedDocument) {
        Console.out(TextReport.testPKINotice)
        Console.out("profile: \(document.profile), an invented holder")
        let secrets = document.secrets
        if let can = secrets.cardAccessNumber { Console.out("CAN: \(can)") }
        if let pin = secrets.personalIdentificationNumber { Console.out("PIN: \(pin)") }
        if let puk = secrets.pinUnblockingKey { Console.out("PUK: \(puk)") }
        Console.out("MRZ:")
        for line in secrets.mrz { Console.out("  \(line)") }
    }

    /// Runs blocking work on a thread made for it.
    private static func onThreadOfItsOwn(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            final class Work {
                let run: () -> Void
                init(_ run: @escaping () -> Void) { self.run = run }
            }
            let work = Work { continuation.resume(with: Result { try body() }) }
            var thread = pthread_t()
            let opaque = Unmanaged.passRetained(work).toOpaque()
            let status = pthread_create(
                &thread, nil,
                { argument in
                    if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run() }
                    return nil
                }, opaque)
            if status == 0 {
                pthread_detach(thread)
            } else {
                Unmanaged<Work>.fromOpaque(opaque).release()
                continuation.resume(
                    throwing: EMRTDError(
                        .internalError, "no thread could be started (\(status))", stage: .connect, remedy: .tryAgain))
            }
        }
    }
}
