import EMRTDTrust

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writing files with system calls, readable by their owner alone.
package enum FileWriting {
    /// Makes a directory that its owner alone can look into, or takes an empty one and makes it so.
    ///
    /// - Returns: whether it was made.
    @discardableResult
    package static func makeEmptyDirectory(_ path: String) throws -> Bool {
        if mkdir(path, 0o700) == 0 { return true }
        guard errno == EEXIST else { throw failure("the folder cannot be made (errno \(errno))", path) }
        guard let directory = opendir(path) else { throw failure("this is not a folder that can be written", path) }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name == "." || name == ".." else { throw failure("the folder is not empty: name another one", path) }
        }
        try takeRights(of: directory, path)
        return false
    }

    /// Names of files tell of a person, too, and who may write to the folder may exchange them.
    private static func takeRights(of directory: OpaquePointer, _ path: String) throws {
        let descriptor = dirfd(directory)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("the folder cannot be looked at", path) }
        guard status.st_mode & 0o077 != 0 else { return }
        guard fchmod(descriptor, 0o700) == 0, fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw failure(
                "other users may look into the folder, and that cannot be changed: name a new one in it", path)
        }
    }

    /// Writes a folder of new files. Where one of them cannot be written, none stays.
    ///
    /// - Parameter directory: an absent or empty folder.
    package static func write(_ files: [(name: String, bytes: [UInt8])], toFolder directory: String) throws {
        let isMade = try makeEmptyDirectory(directory)
        var written: [String] = []
        do {
            for file in files {
                let path = directory + "/" + file.name
                try write(file.bytes, to: path)
                written.append(path)
            }
        } catch {
            for path in written { unlink(path) }
            if isMade { rmdir(directory) }
            throw error
        }
    }

    /// Writes a new file; an existing one is an error. Where it cannot be written whole, it does not stay.
    package static func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("the file cannot be made (errno \(errno))", path) }
        let isWritten = FileDescriptor.writeAll(bytes, to: descriptor)
        let number = errno
        guard close(descriptor) == 0, isWritten else {
            let cause = isWritten ? errno : number
            unlink(path)
            // EFBIG comes from a limit on the size of files.
            let isFull = [ENOSPC, EDQUOT, EFBIG].contains(cause)
            throw failure(
                isFull ? "there is no room for the file (errno \(cause))" : "writing failed (errno \(cause))", path)
        }
    }

    private static func failure(_ reason: String, _ path: String) -> EMRTDError {
        EMRTDError(.outputFailed, "\(path): \(reason)", stage: .connect, remedy: .tryAgain)
    }
}
