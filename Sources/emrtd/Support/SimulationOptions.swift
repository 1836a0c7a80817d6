import ArgumentParser
import EMRTD
import EMRTDSimulator
import EMRTDTrust
import Glibc
import LDS

/// What the simulated document is to be like.
struct SimulationOptions: ParsableArguments {
    enum Profile: String, ExpressibleByArgument, CaseIterable {
        case vietnamCitizen = "vietnam-citizen"
        case passportTD3 = "passport-td3"
        case identityCardTD1 = "identity-card-td1"
        case identityCardEAC2 = "identity-card-eac2"
    }

    @Option(help: ArgumentHelp("The document to simulate; vietnam-citizen where absent.", valueName: "profile"))
    var profile: Profile?

    @Option(
        help: ArgumentHelp(
            "The PACE protocols offered, such as ECDH-GM-AES-128:13,DH-IM-3DES:2.", valueName: "list"))
    var pace: String?

    @Flag(help: "No PACE.")
    var noPace = false

    @Flag(
        inversion: .prefixedNo, exclusivity: .exclusive,
        help: "Whether the chip offers BAC; without PACE and BAC it opens to everybody.")
    var bac: Bool?

    @Option(
        help: ArgumentHelp(
            "A key of Chip Authentication, such as ECDH-AES-256:16 or DH-3DES:2. May be given several times.",
            valueName: "spec"))
    var ca: [String] = []

    @Flag(help: "No Chip Authentication.")
    var noCa = false

    @Option(
        help: ArgumentHelp(
            "The key of Active Authentication, such as RSA-2048-SHA-256 or ECDSA-brainpoolP256r1-SHA-256.",
            valueName: "spec"))
    var aa: String?

    @Flag(help: "No Active Authentication.")
    var noAa = false

    @Flag(help: "Guard DG3 and DG4 with Terminal Authentication.")
    var ta = false

    @Option(
        help: ArgumentHelp(
            "The card verifiable certificate that Terminal Authentication trusts; a test one where absent.",
            valueName: "file"))
    var cvca: String?

    @Option(
        help: ArgumentHelp(
            "Write the test certificates of Terminal Authentication and the terminal's key to a new folder.",
            valueName: "dir"))
    var saveTerminal: String?

    @Option(
        help: ArgumentHelp(
            "The form of EF.SOD, such as indefinite-lengths,no-signed-attributes,groups=SHA-1; see docs/cli.md.",
            valueName: "list"))
    var sod: String?

    @Option(
        help: ArgumentHelp(
            "A departure from the standard, see docs/quirks.md. May be given several times.", valueName: "name"))
    var quirk: [String] = []

    @Option(
        help: ArgumentHelp(
            "Serve the files of a folder as they are (names as of --save-files), without the chip's private keys.",
            valueName: "dir"))
    var files: String?

    func validate() throws {
        func exclude(_ both: Bool, _ a: String, _ b: String) throws {
            if both { throw ValidationError("\(a) and \(b) contradict each other.") }
        }
        try exclude(pace != nil && noPace, "--pace", "--no-pace")
        try exclude(!ca.isEmpty && noCa, "--ca", "--no-ca")
        try exclude(aa != nil && noAa, "--aa", "--no-aa")
        try exclude(cvca != nil && saveTerminal != nil, "--cvca", "--save-terminal")
        guard files != nil else { return }
        for (isGiven, name) in [
            (profile != nil, "--profile"), (pace != nil, "--pace"), (!ca.isEmpty, "--ca"), (noCa, "--no-ca"),
            (aa != nil, "--aa"), (noAa, "--no-aa"), (ta, "--ta"), (cvca != nil, "--cvca"),
            (saveTerminal != nil, "--save-terminal"), (sod != nil, "--sod"),
        ] {
            try exclude(isGiven, "--files", name)
        }
    }

    /// The quirks.
    func quirks() throws -> Set<ChipQuirk> {
        Set(
            try quirk.map { name in
                guard let quirk = ChipQuirk(rawValue: name) else {
                    throw CommandError.usage(
                        "there is no quirk \(name)",
                        "Quirks are \(ChipQuirk.allCases.filter { !$0.belongsToReader }.map(\.rawValue).joined(separator: ", "))."
                    )
                }
                guard !quirk.belongsToReader else {
                    throw CommandError.usage(
                        "the quirk \(name) is a reader's and would not show behind a virtual one",
                        "Choose a quirk of chips.")
                }
                return quirk
            })
    }

    /// The options of the personaliser, and the test PKI of Terminal Authentication where one was made.
    func personalisation(today: CalendarDate) throws -> (PersonalisationOptions, TerminalPKI?) {
        let profile = profile ?? .vietnamCitizen
        let wantsTerminal = ta || cvca != nil || saveTerminal != nil || profile == .identityCardEAC2
        var trustPoints: [[UInt8]] = []
        var pki: TerminalPKI?
        if let cvca {
            trustPoints = [
                try Self.reading("Name a card verifiable certificate in DER.") {
                    try FileReading.bytes(of: cvca, limit: 8192)
                }
            ]
        } else if wantsTerminal {
            let made = try TerminalPKI(country: profile == .vietnamCitizen ? "VN" : "UT", today: today)
            trustPoints = [made.certificationAuthority]
            pki = made
        }
        var options: PersonalisationOptions =
            switch profile {
            case .vietnamCitizen: .vietnamCitizen(today: today)
            case .passportTD3: .passportTD3(today: today)
            case .identityCardTD1: .identityCardTD1(today: today)
            case .identityCardEAC2: .identityCardEAC2(today: today, trustPoints: trustPoints)
            }
        if wantsTerminal, profile != .identityCardEAC2 {
            options.terminalAuthentication = .init(.one, trustPoints: trustPoints)
            options.includesFingerprints = true
            options.includesIrises = profile != .vietnamCitizen
        }
        if let pace { options.pace = try PACEOffer.list(text: pace) }
        if noPace {
            options.pace = []
            (options.personalIdentificationNumber, options.pinUnblockingKey) = (nil, nil)
        }
        if let bac { options.supportsBAC = bac }
        options.isPlain = options.pace.isEmpty && !options.supportsBAC
        if !ca.isEmpty { options.chipAuthentication = try chipAuthentication() }
        if noCa { options.chipAuthentication = [] }
        if let aa { options.activeAuthentication = try .init(text: aa) }
        if noAa { options.activeAuthentication = nil }
        options.quirks = try quirks()
        if let sod { try options.sod.apply(text: sod) }
        return (options, pki)
    }

    /// The keys of Chip Authentication; several that have no key ids get their numbers.
    private func chipAuthentication() throws -> [PersonalisationOptions.ChipAuthenticationOption] {
        var keys = try ca.map { try PersonalisationOptions.ChipAuthenticationOption(text: $0) }
        guard keys.count > 1, keys.allSatisfy({ $0.keyId == nil }) else { return keys }
        for index in keys.indices { keys[index].keyId = UInt(index + 1) }
        return keys
    }

    /// The files of a folder, by name.
    func served(_ folder: String, today: CalendarDate) throws -> ServedFiles {
        let advice = "Name a folder that emrtd wrote with --out or --save-files."
        let contents = try Self.reading(advice) {
            guard try FileReading.kind(of: folder) == .directory else {
                throw CommandError.usage("\(folder) is no folder", advice)
            }
            var contents: [String: [UInt8]] = [:]
            for name in try FileReading.names(in: folder, limit: 256) {
                let path = folder + "/" + name
                guard try FileReading.kind(of: path) == .file else { continue }
                contents[name] = try FileReading.bytes(of: path, limit: ServedFiles.maximumFile)
            }
            return contents
        }
        guard !contents.isEmpty else { throw CommandError.usage("there is no file in \(folder)", advice) }
        return try ServedFiles(
            contents, today: today, supportsPACE: !noPace, supportsBAC: bac ?? true, quirks: quirks())
    }

    /// Reads what the command line names: what cannot be read is a usage error here, not one of the trust store.
    private static func reading<T>(_ advice: String, _ body: () throws -> T) throws -> T {
        do { return try body() } catch let error as TrustError {
            throw CommandError.usage(error.sentence, advice)
        }
    }
}
