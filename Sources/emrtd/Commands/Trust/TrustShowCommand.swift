import ArgumentParser
import EMRTD
import EMRTDTrust
import ISO7816

struct TrustShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one certificate, list or source of the trust store with everything known of it.")

    @Argument(
        help: ArgumentHelp("The start of its SHA-256, or of a source's: at least 4 digits.", valueName: "SHA-256"))
    var prefix: Prefix

    @OptionGroup var store: StoreOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        try await reportingErrors(json: json) {
            let (directory, store) = try store.load()
            let now = Timestamp.now()
            switch try StoreObject.find(prefix, in: store, directory) {
            case .certificate(let stored): try show(stored, store, now)
            case .revocationList(let stored):
                try show(stored.list.encoded, TrustJSON.revocationList(stored, at: now), stored.sources, store, now) {
                    Console.out("signature: \(stored.standing.signatureName)")
                    if let issuer = stored.issuer { Console.out("signed by: " + SafeText.terminal(issuer.description)) }
                }
            case .other(let stored):
                try show(stored.encoded, TrustJSON.other(stored, at: now), stored.sources, store, now) {}
            case .source(let source):
                let held = store.storedCertificates.count { $0.sources.contains { $0.sha256 == source.sha256 } }
                if json {
                    return Console.out(TrustJSON.source(source, at: now).encoded())
                }
                Console.out(store.sourceLines(for: [source], at: now).joined())
                Console.out("SHA-256: \(source.sha256.hexadecimal.lowercased())")
                if let anchor = source.anchorSHA256 { Console.out("anchor: \(anchor.hexadecimal.lowercased())") }
                Console.out("certificates from it: \(held)")
                for note in source.notes { Console.out("Note: " + SafeText.terminal(note)) }
            }
        }
    }

    private func show(_ stored: StoredCertificate, _ store: TrustStore, _ now: Timestamp) throws {
        let path = store.path(of: stored)
        if json {
            let names = path.map { item in
                JSON.object([
                    ("sha256", .string(item.sha256.hexadecimal.lowercased())),
                    ("subject", .string(item.certificate.subject.description)),
                ])
            }
            return Console.out(
                JSON.object([
                    ("schemaVersion", .integer(Inspection.schemaVersion)),
                    ("certificate", TrustJSON.certificate(stored, at: now)),
                    ("role", .string(stored.role.rawValue)), ("anchored", .bool(stored.standing.isAnchored)),
                    ("verified", .bool(stored.standing.isVerified)), ("path", .array(names)),
                    ("content", try content(of: stored.certificate.encoded).json),
                ]).encoded())
        }
        for line in try content(of: stored.certificate.encoded).lines { Console.out(line) }
        Console.out("In the store:")
        Console.out("  role: \(stored.role.rawValue)")
        Console.out("  signature: \(stored.standing.signatureName)")
        Console.out("  reaches a root of the store: " + (stored.standing.isAnchored ? "yes" : Colour.yellow("no")))
        Console.out("  vouched for: " + (stored.standing.isVerified ? "yes" : Colour.yellow("no, UNVERIFIED")))
        if stored.standing.isTestPKI {
            Console.out("  " + Colour.yellow("TEST PKI: counts only with --allow-test-pki"))
        }
        for (index, item) in path.enumerated() {
            let role = index == 0 ? "path" : "    "
            Console.out(
                "  \(role): \(item.sha256.prefix(8).hexadecimal.lowercased()) "
                    + SafeText.terminal(item.certificate.subject.description))
        }
        showSources(stored.sources, store, now)
    }

    private func show(
        _ encoded: [UInt8], _ value: JSON, _ sources: [TrustSource], _ store: TrustStore, _ now: Timestamp,
        standing: () -> Void
    ) throws {
        let content = try content(of: encoded)
        if json {
            return Console.out(
                JSON.object([
                    ("schemaVersion", .integer(Inspection.schemaVersion)), ("object", value), ("content", content.json),
                ]).encoded())
        }
        for line in content.lines { Console.out(line) }
        standing()
        showSources(sources, store, now)
    }

    private func showSources(_ sources: [TrustSource], _ store: TrustStore, _ now: Timestamp) {
        Console.out("Sources:")
        for line in store.sourceLines(for: sources, at: now) { Console.out("  " + line) }
    }

    private func content(of encoded: [UInt8]) throws -> (lines: [String], json: JSON) {
        let structure = try FileStructure(of: encoded)
        let printer = StructurePrinter(showsEverything: false)
        return (
            structure.items.flatMap { printer.lines($0.content) },
            structure.items.first.map { StructurePrinter.json($0.content) } ?? .null
        )
    }
}

/// Something in a trust store that has a SHA-256.
enum StoreObject {
    case certificate(StoredCertificate)
    case revocationList(StoredRevocationList)
    case other(StoredObject)
    case source(TrustSource)

    var sha256: [UInt8] {
        switch self {
        case .certificate(let stored): stored.sha256
        case .revocationList(let stored): stored.sha256
        case .other(let stored): stored.sha256
        case .source(let source): source.sha256
        }
    }

    /// The one object whose SHA-256 begins so. A source that is the file of that very object gives way to it.
    static func find(
        _ prefix: Prefix, in store: TrustStore, _ directory: TrustStoreDirectory, includesSources: Bool = true
    ) throws -> StoreObject {
        var found: [StoreObject] = store.storedCertificates.filter { prefix.matches($0.sha256) }.map {
            .certificate($0)
        }
        found += store.revocationLists.filter { prefix.matches($0.sha256) }.map { .revocationList($0) }
        found += store.otherObjects.filter { prefix.matches($0.sha256) }.map { .other($0) }
        let known = Set(found.map(\.sha256))
        if includesSources {
            found += store.sources.filter { prefix.matches($0.sha256) && !known.contains($0.sha256) }.map {
                .source($0)
            }
        }
        guard let first = found.first else {
            throw CommandError.usage(
                "nothing in the trust store \(directory.path) has a SHA-256 that begins with \(prefix.text)",
                "emrtd trust list shows what there is.")
        }
        guard found.count == 1 else {
            let names = found.prefix(5).map { $0.sha256.prefix(8).hexadecimal.lowercased() }.joined(separator: ", ")
            throw CommandError.usage(
                "\(found.count) objects have a SHA-256 that begins with \(prefix.text): \(names)", "Give more digits.")
        }
        return first
    }
}
