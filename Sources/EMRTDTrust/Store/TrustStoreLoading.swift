extension TrustStore {
    /// The largest file read by ``init(contentsOf:)-swift.type.method``, in bytes.
    public static let maximumFileSize = 1 << 24
    /// The largest file imported, in bytes: the LDIF file of a whole public key directory.
    public static let maximumImportSize = 1 << 28
    /// The most files read.
    public static let maximumFiles = 100_000
    /// The deepest directory read.
    public static let maximumDepth = 8

    /// Loads one file or directory.
    ///
    /// - Throws: as ``init(contentsOf:)-swift.type.method``.
    public init(contentsOf path: String) throws(TrustError) { try self.init(contentsOf: [path]) }

    /// Loads trust stores (``TrustStoreDirectory``), files and directories of files with their subdirectories. Certificates
    /// (DER, or PEM with any number of them) count as trusted by whoever names them; signed lists only where a certificate
    /// among the rest vouches for them. What is not taken is listed in ``problems``; hidden files are skipped.
    ///
    /// - Throws: ``TrustError`` `unreadableFile` where one of the paths does not exist or cannot be read, `storeChanged` or
    ///   `storeVersion` where one is a store that cannot be used.
    public init(contentsOf paths: [String]) throws(TrustError) {
        if paths.count == 1, try TrustStoreDirectory(path: paths[0]).isStore() {
            self = try TrustStoreDirectory(path: paths[0]).load()
            return
        }
        var builder = TrustStoreBuilder()
        var loader = Loader()
        for path in paths {
            let directory = TrustStoreDirectory(path: path)
            if try directory.isStore() {
                let store = try directory.load()
                builder.merge(store.contents)
                loader.problems += store.problems
                continue
            }
            switch try FileReading.kind(of: path) {
            case .directory:
                let names = try FileReading.names(in: path, limit: Self.maximumFiles)
                for name in names { loader.load(path + "/" + name, depth: 1) }
            case .file: loader.files.append((path, try FileReading.bytes(of: path, limit: Self.maximumFileSize)))
            case .other: throw TrustError(.unreadableFile, "this is neither a file nor a directory", location: path)
            }
        }
        var importer = try TrustImporter(builder, options: TrustImportOptions())
        for (path, bytes) in loader.files { importer.add(bytes, path: path) }
        let report = importer.runReviewing()
        loader.problems += report.revokedSources.map {
            Problem($0.name, "its signer is revoked by a revocation list among the files")
        }
        for item in report.items {
            if case .refused(let refusal) = item.outcome { loader.problems.append(Problem(item.path, refusal.reason)) }
            loader.problems += item.notes.map { Problem(item.path, $0) }
        }
        self.init(importer.builder.contents(), problems: loader.problems)
    }

    private struct Loader {
        var files: [(path: String, bytes: [UInt8])] = []
        var problems: [Problem] = []
        private var count = 0

        init() {}

        mutating func load(_ path: String, depth: Int) {
            do throws(TrustError) {
                switch try FileReading.kind(of: path) {
                case .file:
                    count += 1
                    guard count <= TrustStore.maximumFiles else {
                        if count == TrustStore.maximumFiles + 1 {
                            problems.append(Problem(path, "too many files; the rest is skipped"))
                        }
                        return
                    }
                    files.append((path, try FileReading.bytes(of: path, limit: TrustStore.maximumFileSize)))
                case .directory:
                    count += 1
                    guard depth < TrustStore.maximumDepth else {
                        problems.append(Problem(path, "directories are nested deeper than \(TrustStore.maximumDepth)"))
                        return
                    }
                    guard count <= TrustStore.maximumFiles else { return }
                    for name in try FileReading.names(in: path, limit: TrustStore.maximumFiles) {
                        load(path + "/" + name, depth: depth + 1)
                    }
                case .other: problems.append(Problem(path, "neither a file nor a directory"))
                }
            } catch {
                problems.append(Problem(path, error.reason))
            }
        }
    }
}
