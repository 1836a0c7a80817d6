import EMRTDTrust
import Glibc

/// Reads files that a command takes as data: by path, or standard input for `-`.
enum InputFile {
    /// - Throws: ``TrustError`` `unreadableFile` or `limitExceeded`.
    static func bytes(of path: String, limit: Int = FileStructure.maximumSize) throws(TrustError) -> [UInt8] {
        guard path == "-" else { return try FileReading.bytes(of: path, limit: limit) }
        var out: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw TrustError(.unreadableFile, "reading failed (errno \(errno))", location: "standard input")
            }
            if count == 0 { return out }
            out += buffer.prefix(count)
            guard out.count <= limit else {
                throw TrustError(.limitExceeded, "more than \(limit) bytes", location: "standard input")
            }
        }
    }
}
