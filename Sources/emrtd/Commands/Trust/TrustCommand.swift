import ArgumentParser
import EMRTD
import EMRTDTrust
import Glibc
import ISO7816

struct TrustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Keep the certificates that documents are verified with.",
        discussion: """
            A trust store is a directory with CSCA certificates, document signers and revocation lists, and with where each came \
            from. Nothing is downloaded. Give it to read and verify with --trust.
            """,
        subcommands: [
            TrustImportCommand.self, TrustListCommand.self, TrustShowCommand.self, TrustCheckCommand.self,
            TrustRemoveCommand.self, TrustExportCommand.self,
        ])
}

/// Which store.
struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The trust store's directory; where absent, emrtd/trust in $XDG_DATA_HOME or ~/.local/share.",
            valueName: "dir"))
    var store: String?

    /// The directory.
    func directory() throws -> TrustStoreDirectory {
        if let store {
            guard !store.isEmpty else { throw CommandError.usage("--store is empty", "Name a directory.") }
            return TrustStoreDirectory(path: store)
        }
        var environment: [String: String] = [:]
        for name in ["XDG_DATA_HOME", "HOME"] {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        guard let path = TrustStoreDirectory.defaultPath(environment: environment) else {
            throw CommandError.usage(
                "there is no home directory to keep a trust store in", "Name the store with --store DIR.")
        }
        return TrustStoreDirectory(path: path)
    }

    /// Loads a store that must exist, and says what is odd about its directory.
    func load() throws -> (directory: TrustStoreDirectory, store: TrustStore) {
        let directory = try directory()
        guard directory.exists else {
            throw CommandError(
                status: .trustStore, code: "trustStore", reason: "there is no trust store in \(directory.path)",
                advice: "Make one with emrtd trust import, or name another directory with --store.")
        }
        let store = try directory.load()
        for problem in store.problems { Console.error("emrtd: " + SafeText.terminal(problem.description)) }
        return (directory, store)
    }
}

/// The start of a SHA-256 in hexadecimal.
struct Prefix: ExpressibleByArgument {
    /// In lower case.
    let text: String

    init?(argument: String) {
        let text = argument.lowercased().filter { $0 != ":" }
        guard (4...64).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.text = text
    }

    func matches(_ sha256: [UInt8]) -> Bool { sha256.hexadecimal.lowercased().hasPrefix(text) }
}

extension TrustStore {
    /// The age and the name of each source, for people.
    func sourceLines(at date: Timestamp) -> [String] { sourceLines(for: sources, at: date) }

    func sourceLines(for sources: [TrustSource], at date: Timestamp) -> [String] {
        sources.map { source in
            var text = "\(source.id.lowercased())  \(source.kind.rawValue) \(source.name), "
            switch source.basis {
            case .named: text += "named by who keeps the store"
            case .signed: text += "signed by \(source.signer ?? "an unknown signer")"
            case .unsigned: text += "unsigned: only what a trusted CSCA signed counts"
            case .unverified: text += "UNVERIFIED: nobody vouches for it"
            }
            if let issued = source.issuedAt { text += ", issued \(issued.description.prefix(10))" }
            text += ", imported \(source.importedAt.description.prefix(10)), \(source.ageInDays(at: date)) days old"
            if source.isTestPKI { text += ", TEST PKI" }
            return source.basis == .unverified || source.isTestPKI
                ? Colour.yellow(SafeText.terminal(text)) : SafeText.terminal(text)
        }
    }

    /// How a report names this state of the store.
    var shortIdentity: String { identity.prefix(8).hexadecimal.lowercased() }

    /// One line that says which store this is.
    func header(_ directory: TrustStoreDirectory) -> String {
        "Trust store \(SafeText.terminal(directory.path)), version \(shortIdentity), change \(generation)"
            + (updatedAt.map { " of \($0)" } ?? "")
            + ": \(count) certificates, \(revocationLists.count) revocation lists, "
            + "\(otherObjects.count) other objects, \(sources.count) sources"
    }
}
