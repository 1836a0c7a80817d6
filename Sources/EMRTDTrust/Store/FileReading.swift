#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reading files and directories with system calls, so that the library does not need Foundation.
package enum FileReading {
    package enum Kind { case file, directory, other }

    /// What a path leads to, following symbolic links.
    package static func kind(of path: String) throws(TrustError) -> Kind {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw TrustError(
                .unreadableFile, "the path does not exist or may not be read (errno \(errno))", location: path)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        default: return .other
        }
    }

    /// The bytes of a regular file.
    ///
    /// - Throws: ``TrustError`` `unreadableFile`, or `limitExceeded` for a file of more than `limit` bytes.
    package static func bytes(of path: String, limit: Int) throws(TrustError) -> [UInt8] {
        // Not blocking, so that a pipe with a certificate's name cannot hold the program up.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw TrustError(.unreadableFile, "the file cannot be opened (errno \(errno))", location: path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw TrustError(.unreadableFile, "this is no regular file", location: path)
        }
        var out: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw TrustError(.unreadableFile, "reading failed (errno \(errno))", location: path)
            }
            if count == 0 { return out }
            out += buffer.prefix(count)
            guard out.count <= limit else {
                throw TrustError(.limitExceeded, "the file has more than \(limit) bytes", location: path)
            }
        }
    }

    /// The names in a directory, sorted, without `.`, `..` and hidden ones.
    ///
    /// - Throws: ``TrustError`` `unreadableFile`, or `limitExceeded` for more than `limit` names.
    package static func names(in path: String, limit: Int) throws(TrustError) -> [String] {
        guard let directory = opendir(path) else {
            throw TrustError(.unreadableFile, "the directory cannot be opened (errno \(errno))", location: path)
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix(".") else { continue }
            guard names.count < limit else {
                throw TrustError(.limitExceeded, "more than \(limit) files in one directory", location: path)
            }
            names.append(name)
        }
        return names.sorted()
    }
}

/// Writing to an open file with system calls.
package enum FileDescriptor {
    /// Writes all bytes; `false` with `errno` where that fails.
    package static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }
}
