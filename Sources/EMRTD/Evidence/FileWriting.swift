#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writing files with system calls, readable by their owner alone.
package enum FileWriting {
    /// Makes a directory, or takes an empty one.
    package static func makeEmptyDirectory(_ path: String) throws {
        if mkdir(path, 0o700) == 0 { return }
        guard errno == EEXIST else { throw failure("the folder cannot be made (errno \(errno))", path) }
        guard let directory = opendir(path) else { throw failure("this is not a folder that can be written", path) }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name == "." || name == ".." else { throw failure("the folder is not empty: name another one", path) }
        }
    }

    /// Writes a new file; an existing one is an error.
    package static func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("the file cannot be made (errno \(errno))", path) }
        guard let stream = fdopen(descriptor, "w") else {
            close(descriptor)
            throw failure("the file cannot be written (errno \(errno))", path)
        }
        let written = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, stream) }
        guard fclose(stream) == 0, written == bytes.count else {
            throw failure("writing failed (errno \(errno))", path)
        }
    }

    private static func failure(_ reason: String, _ path: String) -> EMRTDError {
        EMRTDError(.outputFailed, "\(path): \(reason)", stage: .connect, remedy: .tryAgain)
    }
}
