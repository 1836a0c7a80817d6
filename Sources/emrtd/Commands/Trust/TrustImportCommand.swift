import ArgumentParser
import EMRTD
import EMRTDTrust
import ISO7816

struct TrustImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take certificates and lists into the trust store.",
        discussion: """
            Takes certificates (DER, PEM), master lists, LDIF files of a public key directory, revocation lists, CV certificates \
            and deviation lists, and folders of them. A certificate that is named here is trusted. A list is taken only where a \
            CSCA that the store trusts, or --anchor, vouches for it; --unverified takes it all the same, and it stays marked. \
            A list may bring roots of any state: how many of which came is said. \
            Exit code 0 where everything was taken, 30 where something was refused, 64 where a file cannot be read or used.
            """)

    @Argument(help: ArgumentHelp("The files or folders; - is standard input.", valueName: "file"))
    var files: [String]

    @OptionGroup var store: StoreOptions

    @Option(
        help: ArgumentHelp(
            "Who may vouch for a list: the file of a certificate, or the SHA-256 of one that may stand in the list itself. May be given several times.",
            valueName: "file or SHA-256"))
    var anchor: [String] = []

    @Flag(help: "Take lists and roots that nobody vouches for. They stay marked as unverified.")
    var unverified = false

    @Flag(
        name: .customLong("test-pki"),
        help: "Mark what is imported as a test PKI: it counts only with --allow-test-pki.")
    var testPKI = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard files.count(where: { $0 == "-" }) <= 1 else {
            throw ValidationError("Standard input can be read only once: name - once.")
        }
    }

    func run() async throws {
        try await reportingErrors(json: json) {
            let directory = try store.directory()
            let options = TrustImportOptions(
                anchors: try anchor.map(Self.anchor), allowsUnverified: unverified, marksTestPKI: testPKI)
            let report: TrustImportReport
            let inputs = try files.flatMap(Self.inputs)
            do {
                report = try directory.importInputs(inputs, options: options)
            } catch let error as TrustError
                where Self.unusable.contains(error.code) && anchor.contains(error.location ?? "")
            {
                throw CommandError.usage("the anchor cannot be used: \(error.sentence)", Self.anchorAdvice)
            }
            let result = directory.exists ? try directory.load() : .empty
            if json {
                Console.out(object(report, directory, result, options.date).encoded())
            } else {
                let roles = roles(of: report, in: result)
                for item in report.items { show(item, roles, options.date) }
                for source in report.revokedSources { Console.out(Colour.yellow(revoked(source))) }
                Console.out(
                    directory.exists ? result.header(directory) : "Nothing was taken, so there is no trust store yet.")
            }
            try end(report)
        }
    }

    /// What makes a file no anchor.
    private static let unusable: Set<TrustError.Code> = [
        .notACertificate, .malformed, .limitExceeded, .unreadableFile,
    ]
    private static let anchorAdvice =
        "Name the file of a CSCA certificate, or the 64 hexadecimal digits of its SHA-256."

    /// A file, or 64 hexadecimal digits, which colons may separate.
    private static func anchor(_ text: String) throws -> TrustImportOptions.Anchor {
        if (try? FileReading.kind(of: text)) == .file { return .file(text) }
        let digits = text.filter { $0 != ":" }
        if digits.utf8.count == 64, let sha256 = [UInt8](hexadecimal: digits) { return .sha256(sha256) }
        throw CommandError.usage(
            "the anchor \(text) is neither a file nor a SHA-256",
            anchorAdvice)
    }

    /// Standard input, a file, or the files of a folder.
    private static func inputs(_ path: String) throws -> [TrustImportInput] {
        guard path == "-" else { return try expand(path).map { .file($0) } }
        do {
            return [
                .bytes(try InputFile.bytes(of: path, limit: TrustStore.maximumImportSize), name: "standard input")
            ]
        } catch {
            throw CommandError.usage(
                error.sentence, "Nothing was imported. Give one file on standard input, or its name.")
        }
    }

    /// The files of a folder and its subfolders; anything else as it is.
    private static func expand(_ path: String) throws -> [String] {
        guard (try? FileReading.kind(of: path)) == .directory else { return [path] }
        return try expand(path, depth: 0)
    }

    private static func expand(_ path: String, depth: Int) throws -> [String] {
        guard depth < TrustStore.maximumDepth else {
            throw CommandError.usage(
                "folders are nested deeper than \(TrustStore.maximumDepth) under \(path)", "Name the files.")
        }
        return try FileReading.names(in: path, limit: TrustStore.maximumFiles).flatMap { name in
            let inner = path + "/" + name
            guard (try? FileReading.kind(of: inner)) == .directory else { return [inner] }
            return try expand(inner, depth: depth + 1)
        }
    }

    /// What the certificates are for that were named, by the SHA-256 of their source.
    private func roles(
        of report: TrustImportReport, in store: TrustStore
    ) -> [[UInt8]: [StoredCertificate.Role: Int]] {
        let named = Set(
            report.items.compactMap { item in
                item.source.flatMap { $0.basis == .named && $0.kind == .certificate ? $0.sha256 : nil }
            })
        var out: [[UInt8]: [StoredCertificate.Role: Int]] = [:]
        guard !named.isEmpty else { return out }
        for stored in store.storedCertificates {
            for source in stored.sources where named.contains(source.sha256) {
                out[source.sha256, default: [:]][stored.role, default: 0] += 1
            }
        }
        return out
    }

    private func show(
        _ item: TrustImportReport.Item, _ roles: [[UInt8]: [StoredCertificate.Role: Int]], _ date: Timestamp
    ) {
        let name = SafeText.terminal(item.path)
        switch item.outcome {
        case .imported(let added, let known):
            let kind = item.kind?.rawValue ?? "file"
            Console.out("\(name): \(kind), \(added) new, \(known) known")
            if let source = item.source {
                for line in describe(source, roles[source.sha256] ?? [:], date) { Console.out("  " + line) }
            }
            if let newer = item.newer { Console.out("  " + Colour.yellow(older(than: newer))) }
            if !item.newRoots.isEmpty { Console.out("  " + SafeText.terminal(roots(item.newRoots))) }
        case .refused(let refusal):
            Console.out("\(name): " + Colour.red("REFUSED") + " (\(refusal.code))")
            Console.out("  " + SafeText.terminal(refusal.reason))
            if !refusal.advice.isEmpty { Console.out("  " + SafeText.terminal(refusal.advice)) }
        }
        for note in item.notes.prefix(20) { Console.out("  Note: " + SafeText.terminal(note)) }
        if item.notes.count > 20 { Console.out("  ... and \(item.notes.count - 20) more notes") }
    }

    /// Which roots came in: a list vouches for those of all states.
    private func roots(_ roots: [TrustImportReport.NewRoots]) -> String {
        func list(_ roots: [TrustImportReport.NewRoots]) -> String {
            roots.map { "\($0.country ?? "no country") \($0.count)" }.joined(separator: ", ")
        }
        let states = roots.filter(\.isNewState)
        var text = "\(roots.reduce(0) { $0 + $1.count }) new roots: \(list(roots))"
        if states.count == roots.count {
            text += "; the store had none of \(roots.count == 1 ? "this state" : "these states") before"
        } else if !states.isEmpty {
            text +=
                "; the store had none before of " + states.map { $0.country ?? "no country" }.joined(separator: ", ")
        }
        return text
    }

    private func older(than newer: TrustSource) -> String {
        SafeText.terminal("OLDER than \(title(of: newer)), which the store has from the same CSCA")
    }

    private func revoked(_ source: TrustSource) -> String {
        SafeText.terminal(
            "REVOKED: \(title(of: source)) is signed by a signer that is now revoked: remove it with emrtd trust remove "
                + "--source \(source.id.lowercased()), or import the present list and remove this one")
    }

    private func title(of source: TrustSource) -> String {
        "\(source.name) (\(source.id.lowercased()))"
            + (source.issuedAt.map { " of \($0.description.prefix(10))" } ?? "")
    }

    /// Only a root is trusted because somebody named it; what else a file holds has to be signed by one.
    private func named(_ roles: [StoredCertificate.Role: Int]) -> [String] {
        guard !roles.isEmpty else { return ["trusted, since you named it"] }
        return StoredCertificate.Role.allCases.compactMap { role in
            guard let count = roles[role] else { return nil }
            let what = roles.count > 1 ? "\(count) \(role.rawValue): " : ""
            return switch role {
            case .csca: what + "trusted, since you named it"
            case .link: what + "no root: counts with the CSCA that signed it"
            case .signer: what + "no CSCA: a signer counts only where a trusted CSCA signed it"
            }
        }
    }

    private func describe(
        _ source: TrustSource, _ roles: [StoredCertificate.Role: Int], _ date: Timestamp
    ) -> [String] {
        var out: [String] = []
        switch source.basis {
        case .named: out += named(roles)
        case .signed:
            out.append(SafeText.terminal("signed by \(source.signer ?? "an unknown signer")"))
            if let anchor = source.anchorSHA256 {
                out.append("up to the anchor \(anchor.hexadecimal.lowercased())")
            }
        case .unsigned: out.append("unsigned: what no trusted CSCA signed does not count")
        case .unverified: out.append(Colour.yellow("UNVERIFIED: nobody vouches for it"))
        }
        if let issued = source.issuedAt {
            out.append("issued \(issued), \(source.ageInDays(at: date)) days ago")
        }
        if source.isTestPKI { out.append(Colour.yellow("TEST PKI: counts only with --allow-test-pki")) }
        return out
    }

    private func object(
        _ report: TrustImportReport, _ directory: TrustStoreDirectory, _ store: TrustStore, _ date: Timestamp
    ) -> JSON {
        let items = report.items.map { item in
            var members: [(String, JSON)] = [
                ("file", .string(item.path)), ("kind", .optional(item.kind?.rawValue)),
            ]
            switch item.outcome {
            case .imported(let added, let known):
                members += [
                    ("outcome", .string("imported")), ("added", .integer(added)), ("known", .integer(known)),
                    ("refusal", .null),
                ]
            case .refused(let refusal):
                members += [
                    ("outcome", .string("refused")), ("added", .integer(0)), ("known", .integer(0)),
                    (
                        "refusal",
                        .object([
                            ("code", .string(refusal.code.description)), ("reason", .string(refusal.reason)),
                            ("advice", .string(refusal.advice)),
                        ])
                    ),
                ]
            }
            members += [
                ("source", item.source.map { TrustJSON.source($0, at: date) } ?? .null),
                ("newer", item.newer.map { TrustJSON.source($0, at: date) } ?? .null),
                (
                    "newRoots",
                    .array(
                        item.newRoots.map {
                            .object([
                                ("country", .optional($0.country)), ("count", .integer($0.count)),
                                ("newState", .bool($0.isNewState)),
                            ])
                        })
                ),
                ("notes", .array(item.notes.map { .string($0) })),
            ]
            return JSON.object(members)
        }
        return .object([
            ("schemaVersion", .integer(Inspection.schemaVersion)), ("store", .string(directory.path)),
            ("identity", .string(store.identity.hexadecimal.lowercased())), ("certificateCount", .integer(store.count)),
            ("complete", .bool(report.isComplete)), ("items", .array(items)),
            ("revokedSources", .array(report.revokedSources.map { TrustJSON.source($0, at: date) })),
        ])
    }

    private func end(_ report: TrustImportReport) throws {
        let refusals = report.items.compactMap { item in
            if case .refused(let refusal) = item.outcome { refusal } else { nil as TrustImportRefusal? }
        }
        guard let first = refusals.first else { return }
        Console.error(
            "emrtd: \(refusals.count) of \(report.items.count) items were refused: \(SafeText.terminal(first.reason))")
        let isUnusable = refusals.allSatisfy { $0.code == .unreadable || $0.code == .notRecognised }
        let advice =
            isUnusable
            ? "Name files that can be read and hold certificates or lists."
            : first.advice.isEmpty ? "Get the file once more from whoever publishes it." : first.advice
        Console.error(SafeText.terminal(advice))
        throw (isUnusable ? ExitStatus.usage : .rejected).exit()
    }
}
