import ISO7816

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A trust store kept in a directory: one file that is replaced as a whole, so that a reader sees the old store or the new one.
///
/// Nothing is downloaded. Changes are made one process at a time; reading needs no lock.
public struct TrustStoreDirectory: Sendable {
    /// The directory.
    public let path: String

    /// The name of the file in the directory.
    public static let fileName = "trust.store"
    private static let lockName = ".lock"

    /// Names a directory, which need not exist yet.
    public init(path: String) { self.path = path }

    /// Where a user's store is by default: `emrtd/trust` in the data directory of the XDG Base Directory Specification,
    /// `$XDG_DATA_HOME` or else `$HOME/.local/share`; `nil` where neither variable is set to an absolute path.
    public static func defaultPath(environment: [String: String]) -> String? {
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return data + "/emrtd/trust" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.local/share/emrtd/trust" }
        return nil
    }

    private var file: String { path + "/" + Self.fileName }

    /// Whether there is a store in the directory, as far as can be seen.
    public var exists: Bool { (try? isStore()) ?? true }

    /// Whether the directory is one of a store.
    ///
    /// - Throws: ``TrustError`` `storeChanged` where it was one and its file is gone: what else lies in it must not become trusted
    ///   for that; `unreadableFile` where that cannot be seen.
    func isStore() throws(TrustError) -> Bool {
        if try isThere(file) { return true }
        guard try isThere(path + "/" + Self.lockName) else { return false }
        // A store that never took anything has a lock and no file.
        let names = try FileReading.names(in: path, limit: 1000)
        guard names.isEmpty else {
            throw TrustError(.storeChanged, "the directory of a trust store without its file", location: path)
        }
        return false
    }

    /// Whether something, be it a broken link, has this name.
    private func isThere(_ place: String) throws(TrustError) -> Bool {
        var status = stat()
        if lstat(place, &status) == 0 { return true }
        guard errno == ENOENT || errno == ENOTDIR else {
            throw TrustError(.unreadableFile, "it cannot be looked at (errno \(errno))", location: place)
        }
        return false
    }

    /// Loads the store. Its ``TrustStore/problems`` name files in the directory that are not part of it, and permissions that let
    /// others change it.
    ///
    /// - Throws: ``TrustError`` `unreadableFile` where there is none, `storeChanged` where the file was changed by something else
    ///   than this library or was damaged, `storeVersion` where another version of the library wrote it.
    public func load() throws(TrustError) -> TrustStore {
        let bytes = try FileReading.bytes(of: file, limit: TrustStoreFile.maximumSize)
        do {
            let (parts, identity) = try TrustStoreFile.decode(bytes)
            return TrustStore(TrustStoreContents(parts, identity: identity), problems: strangers())
        } catch {
            throw TrustError(error.code, error.reason, location: file)
        }
    }

    /// What in the directory somebody else put there or may change.
    private func strangers() -> [TrustStore.Problem] {
        var out: [TrustStore.Problem] = []
        let names = (try? FileReading.names(in: path, limit: 1000)) ?? []
        for name in names where name != Self.fileName {
            out.append(
                TrustStore.Problem(
                    path + "/" + name.printable, "not part of the trust store, and not trusted: import it, or remove it"
                ))
        }
        for place in [path, file] {
            var status = stat()
            guard stat(place, &status) == 0 else { continue }
            if status.st_mode & (S_IWGRP | S_IWOTH) != 0 {
                out.append(TrustStore.Problem(place, "other users may change it; take the right to write from them"))
            }
            if status.st_uid != 0, status.st_uid != geteuid() {
                out.append(TrustStore.Problem(place, "it belongs to another user, who may change it"))
            }
        }
        return out
    }

    /// Imports files: certificates (DER, PEM), master lists, LDIF, revocation lists, CV certificates, deviation lists. What is
    /// refused is in the report; the rest is taken. A store that does not exist yet is made, unless nothing was taken.
    ///
    /// - Throws: ``TrustError`` where the store cannot be loaded or written (`storeBusy`, `unwritableFile`, `storeChanged`, …), or
    ///   the file of an anchor cannot be read.
    public func importFiles(
        _ paths: [String], options: TrustImportOptions = TrustImportOptions()
    ) throws(TrustError) -> TrustImportReport {
        try importInputs(paths.map { .file($0) }, options: options)
    }

    /// Imports files, and bytes that the caller read. Bytes are bounded as files are (``TrustStore/maximumImportSize``).
    ///
    /// - Throws: as ``importFiles(_:options:)``.
    public func importInputs(
        _ inputs: [TrustImportInput], options: TrustImportOptions = TrustImportOptions()
    ) throws(TrustError) -> TrustImportReport {
        try changing { (builder) throws(TrustError) in
            var importer = try TrustImporter(builder, options: options)
            for input in inputs {
                let path = input.name
                do throws(TrustError) {
                    importer.add(try input.read(), path: path)
                } catch {
                    importer.addUnreadable(path: path, error)
                }
            }
            let report = importer.runCountingRoots()
            guard report.items.contains(where: { $0.source != nil }) else { return (report, nil) }
            builder = importer.builder
            return (report, options.date)
        }
    }

    /// What to remove from a store.
    public enum Selection: Sendable, Hashable {
        /// The certificate or list with this SHA-256, 32 bytes.
        case object(sha256: [UInt8])
        /// A source, by its ``TrustSource/id`` or SHA-256 in hexadecimal, with everything that no other source has.
        case source(id: String)
    }

    /// Removes objects.
    ///
    /// - Returns: how many objects were removed. 0 where there is nothing of the selection, which leaves the store as it was, and
    ///   where other sources have all that a removed source had: it does not vouch for it any more.
    /// - Throws: as ``importFiles(_:options:)``.
    public func remove(_ selection: [Selection], date: Timestamp = .now()) throws(TrustError) -> Int {
        guard exists else { throw TrustError(.unreadableFile, "there is no trust store", location: path) }
        return try changing { (builder) throws(TrustError) in
            var objects: Set<[UInt8]> = []
            var sources: Set<String> = []
            for item in selection {
                switch item {
                case .object(let sha256): objects.insert(sha256)
                case .source(let id): sources.insert(id.uppercased())
                }
            }
            let before = builder.parts.sources.count
            let removed = builder.keep(
                sources: { !sources.contains($0.id) && !sources.contains($0.sha256.hexadecimal) },
                objects: { !objects.contains($0) })
            return (removed, removed > 0 || builder.parts.sources.count < before ? date : nil)
        }
    }

    // MARK: Writing

    /// Loads the store, lets it be changed, and writes it where a date is returned, all under a lock.
    private func changing<Result>(
        _ change: (inout TrustStoreBuilder) throws(TrustError) -> (Result, Timestamp?)
    ) throws(TrustError) -> Result {
        try makeDirectory()
        let lock = try lockDirectory()
        defer { close(lock) }
        var builder = try isStore() ? TrustStoreBuilder(try load().contents) : TrustStoreBuilder()
        let (result, date) = try change(&builder)
        if let date {
            builder.touch(date)
            try write(TrustStoreFile.encode(builder.finished()))
        }
        return result
    }

    private func failure(_ what: String, _ place: String, _ number: Int32 = errno) -> TrustError {
        TrustError(.unwritableFile, "\(what): \(Self.words(number))", location: place)
    }

    /// What the number of an error means to whoever has to make place for a store.
    static func words(_ number: Int32) -> String {
        switch number {
        case ENOSPC, EDQUOT: "there is no room (errno \(number))"
        case EROFS: "the file system is read-only (errno \(number))"
        case EACCES, EPERM: "the right to write is missing (errno \(number))"
        default: "errno \(number)"
        }
    }

    private func makeDirectory() throws(TrustError) {
        // What is there already may lie in places where nothing can be made.
        var denied: Int32?
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += part
            if mkdir(made, 0o755) != 0 {
                switch errno {
                case EEXIST, EISDIR: break
                case EROFS, EACCES: denied = errno
                default: throw failure("the directory cannot be made", made)
                }
            }
            made += "/"
        }
        guard (try? FileReading.kind(of: path)) == .directory else {
            throw failure("the directory cannot be made", path, denied ?? errno)
        }
    }

    /// Waits for other processes for at most ten seconds. The lock ends with the descriptor, also when the process dies.
    private func lockDirectory() throws(TrustError) -> Int32 {
        let place = path + "/" + Self.lockName
        let descriptor = open(place, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("the lock cannot be made", place) }
        for _ in 0..<100 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
            guard errno == EWOULDBLOCK || errno == EINTR else { break }
            usleep(100_000)
        }
        close(descriptor)
        throw TrustError(.storeBusy, "another process is changing the trust store; try again", location: path)
    }

    /// Writes a new file beside the old one and puts it in its place: after a crash or on a full disk the old one remains.
    private func write(_ bytes: [UInt8]) throws(TrustError) {
        let temporary = path + "/." + Self.fileName + ".new"
        unlink(temporary)
        // The rights to read stay what they were: desks may read a store that somebody else keeps.
        var status = stat()
        let mode = lstat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? status.st_mode & 0o644 : 0o644
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw failure("the file cannot be made", temporary) }
        let isWritten = FileDescriptor.writeAll(bytes, to: descriptor) && fsync(descriptor) == 0
        let number = errno
        guard close(descriptor) == 0, isWritten, rename(temporary, file) == 0 else {
            let error = failure("writing failed", file, isWritten ? errno : number)
            unlink(temporary)
            throw error
        }
        let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }
}
