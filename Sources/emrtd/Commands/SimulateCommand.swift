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

    enum Profile: String, ExpressibleByArgument, CaseIterable {
        case vietnamCitizen = "vietnam-citizen"
        case passportTD3 = "passport-td3"
    }

    @Option(help: "The document to simulate.")
    var profile = Profile.vietnamCitizen

    @Option(help: ArgumentHelp("Where vpcd listens.", valueName: "host:port"))
    var vpcd = "127.0.0.1:\(VPCDClient.defaultPort)"

    @Flag(inversion: .prefixedNo, help: "Whether the chip offers PACE.")
    var pace = true

    @Flag(inversion: .prefixedNo, help: "Whether the chip offers BAC.")
    var bac = true

    @Option(
        help: ArgumentHelp(
            "Write the CSCA certificate (DER) to a new file, for `emrtd read --trust`.", valueName: "file"))
    var printTrust: String?

    @Option(help: ArgumentHelp("Write the files as personalised to a new folder.", valueName: "dir"))
    var saveFiles: String?

    func run() async throws {
        try await reportingErrors(json: false) {
            let (host, port) = try address()
            let today = try Today.date()
            var options: PersonalisationOptions =
                switch profile {
                case .vietnamCitizen: .vietnamCitizen(today: today)
                case .passportTD3: .passportTD3(today: today)
                }
            if !pace { options.pace = [] }
            options.supportsBAC = bac
            let document = try Personaliser(options).personalise()
            let chip = try SimulatedChip(document)
            try write(document)
            announce(document)
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

    private func write(_ document: PersonalisedDocument) throws {
        if let printTrust { try FileWriting.write(document.cscaCertificate, to: printTrust) }
        if let saveFiles {
            try FileWriting.makeEmptyDirectory(saveFiles)
            for file in document.masterFiles + document.applicationFiles {
                try FileWriting.write(file.content, to: saveFiles + "/" + file.name + ".bin")
            }
        }
    }

    private func announce(_ document: PersonalisedDocument) {
        Console.out(TextReport.testPKINotice)
        Console.out("profile: \(document.profile), an invented holder")
        if let can = document.secrets.cardAccessNumber { Console.out("CAN: \(can)") }
        Console.out("MRZ:")
        for line in document.secrets.mrz { Console.out("  \(line)") }
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
