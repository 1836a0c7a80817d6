extension TrustStore {
    /// The largest file read, in bytes.
    public static let maximumFileSize = 1 << 24
    /// The most files read.
    public static let maximumFiles = 100_000
    /// The deepest directory read.
    public static let maximumDepth = 8

    /// Loads certificates from a file (DER, or PEM with any number of certificates) or a directory of such files.
    ///
    /// - Throws: as ``init(contentsOf:)-swift.type.method``.
    public init(contentsOf path: String) throws(TrustError) { try self.init(contentsOf: [path]) }

    /// Loads certificates from files (DER, or PEM with any number of certificates) and directories of such files, with their
    /// subdirectories. Files that hold something else are listed in ``problems``; hidden files are skipped.
    ///
    /// - Throws: ``TrustError`` `unreadableFile` where one of the paths does not exist or cannot be read.
    public init(contentsOf paths: [String]) throws(TrustError) {
        var loader = Loader()
        for path in paths {
            switch try FileReading.kind(of: path) {
            case .directory:
                let names = try FileReading.names(in: path, limit: Self.maximumFiles)
                for name in names { loader.load(path + "/" + name, depth: 1) }
            case .file: loader.take(try FileReading.bytes(of: path, limit: Self.maximumFileSize), path)
            case .other: throw TrustError(.unreadableFile, "this is neither a file nor a directory", location: path)
            }
        }
        self.init(certificates: loader.certificates, problems: loader.problems)
    }

    private struct Loader {
        var certificates: [Certificate] = []
        var problems: [Problem] = []
        private var files = 0

        init() {}

        mutating func load(_ path: String, depth: Int) {
            do throws(TrustError) {
                switch try FileReading.kind(of: path) {
                case .file:
                    files += 1
                    guard files <= TrustStore.maximumFiles else {
                        if files == TrustStore.maximumFiles + 1 {
                            problems.append(Problem(path, "too many files; the rest is skipped"))
                        }
                        return
                    }
                    take(try FileReading.bytes(of: path, limit: TrustStore.maximumFileSize), path)
                case .directory:
                    guard depth < TrustStore.maximumDepth else {
                        problems.append(Problem(path, "directories are nested deeper than \(TrustStore.maximumDepth)"))
                        return
                    }
                    for name in try FileReading.names(in: path, limit: TrustStore.maximumFiles) {
                        load(path + "/" + name, depth: depth + 1)
                    }
                case .other: problems.append(Problem(path, "neither a file nor a directory"))
                }
            } catch {
                problems.append(Problem(path, error.reason))
            }
        }

        /// Takes the certificates out of a file's bytes.
        mutating func take(_ bytes: [UInt8], _ path: String) {
            guard !bytes.isEmpty else {
                problems.append(Problem(path, "the file is empty"))
                return
            }
            if bytes.first == 0x30 {
                add(bytes, path, "")
            } else if PEM.isLikely(bytes) {
                let (blocks, broken) = PEM.certificates(in: bytes, limit: TrustStore.maximumFiles)
                if broken > 0 { problems.append(Problem(path, "\(broken) PEM blocks cannot be decoded")) }
                if blocks.isEmpty, broken == 0 { problems.append(Problem(path, "PEM without a certificate")) }
                for (index, block) in blocks.enumerated() { add(block, path, "certificate \(index + 1): ") }
            } else {
                problems.append(Problem(path, "neither a DER nor a PEM certificate"))
            }
        }

        private mutating func add(_ bytes: [UInt8], _ path: String, _ prefix: String) {
            do throws(TrustError) {
                certificates.append(try Certificate(encoded: bytes))
            } catch {
                let isMessage =
                    (try? CMSSignedData(bytes[...], name: "CMS", maximumSize: TrustStore.maximumFileSize)) != nil
                let reason =
                    isMessage ? "a signed message (perhaps a master list), not a certificate" : error.description
                problems.append(Problem(path, prefix + reason))
            }
        }
    }
}
