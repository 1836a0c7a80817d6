import ArgumentParser
import EMRTD
import EMRTDTrust
import ISO7816

struct TrustRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove objects, or sources with all that only they brought, from the trust store.")

    @Argument(
        help: ArgumentHelp(
            "The start of the SHA-256 of a certificate or list: at least 4 digits.", valueName: "SHA-256"))
    var prefixes: [Prefix] = []

    @OptionGroup var store: StoreOptions

    @Option(help: ArgumentHelp("A source by its id. May be given several times.", valueName: "id"))
    var source: [Prefix] = []

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard !prefixes.isEmpty || !source.isEmpty else {
            throw ValidationError("Name what to remove: the start of a SHA-256, or --source.")
        }
    }

    func run() async throws {
        try await reportingErrors(json: json) {
            let (directory, store) = try store.load()
            var selection: [TrustStoreDirectory.Selection] = []
            for prefix in prefixes {
                let object = try StoreObject.find(prefix, in: store, directory, includesSources: false)
                selection.append(.object(sha256: object.sha256))
            }
            for prefix in source {
                let found = store.sources.filter { prefix.matches($0.sha256) }
                guard let first = found.first, Set(found.map(\.sha256)).count == 1 else {
                    throw CommandError.usage(
                        "\(found.count) sources have an id that begins with \(prefix.text)",
                        "emrtd trust list --kind source shows them.")
                }
                selection.append(.source(id: first.id))
            }
            let removed = try directory.remove(selection)
            let result = try directory.load()
            let sources = store.sources.count - result.sources.count
            if json {
                Console.out(
                    JSON.object([
                        ("schemaVersion", .integer(Inspection.schemaVersion)), ("store", .string(directory.path)),
                        ("identity", .string(result.identity.hexadecimal.lowercased())),
                        ("removed", .integer(removed)), ("removedSources", .integer(sources)),
                        ("certificateCount", .integer(result.count)),
                    ]).encoded())
            } else {
                Console.out("\(removed) objects removed" + (sources > 0 ? " with \(sources) sources" : ""))
                Console.out(result.header(directory))
            }
        }
    }
}
