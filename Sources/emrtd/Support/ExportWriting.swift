import EMRTD
import EMRTDTrust
import Glibc
import ISO7816

/// Writes what an export gives, so that a file or folder is there as a whole or not at all.
enum ExportWriting {
    /// Writes a file beside its place and moves it there.
    ///
    /// - Parameter replaces: whether a file that is there already gives way.
    static func file(_ bytes: [UInt8], to path: String, replaces: Bool) throws {
        let temporary = path + ".new-\(getpid())"
        try FileWriting.write(bytes, to: temporary)
        defer { unlink(temporary) }
        // A hard link is made only where there is no file yet.
        let result = replaces ? rename(temporary, path) : link(temporary, path)
        guard result == 0 else { throw refusal(path, errno) }
    }

    /// Writes a folder of files beside its place and moves it there.
    static func folder(_ files: [(name: String, bytes: [UInt8])], to path: String) throws {
        let temporary = path + ".new-\(getpid())"
        try FileWriting.write(files, toFolder: temporary)
        var isDone = false
        defer {
            if !isDone {
                for file in files { unlink(temporary + "/" + file.name) }
                rmdir(temporary)
            }
        }
        // An empty folder gives way; one that holds something does not.
        guard rename(temporary, path) == 0 else { throw refusal(path, errno) }
        isDone = true
    }

    private static func refusal(_ path: String, _ number: Int32) -> CommandError {
        let exists = number == EEXIST || number == ENOTEMPTY || number == ENOTDIR
        return .usage(
            exists ? "\(path) is there already" : "\(path) cannot be written (errno \(number))",
            exists ? "Name another place; --force replaces a file." : "Name a place that can be written.")
    }

    /// A PEM block (RFC 7468).
    static func pem(_ bytes: [UInt8], label: String) -> String {
        let text = Array(Base64.encode(bytes).utf8)
        let lines = stride(from: 0, to: text.count, by: 64).map { start in
            String(decoding: text[start..<min(start + 64, text.count)], as: UTF8.self)
        }
        return (["-----BEGIN \(label)-----"] + lines + ["-----END \(label)-----", ""]).joined(separator: "\n")
    }

    /// A line of LDIF with a binary value, folded at 76 characters (RFC 2849).
    static func ldif(_ name: String, _ bytes: [UInt8]) -> String {
        let text = Array("\(name):: \(Base64.encode(bytes))".utf8)
        var lines = [String(decoding: text.prefix(76), as: UTF8.self)]
        var index = 76
        while index < text.count {
            lines.append(" " + String(decoding: text[index..<min(index + 75, text.count)], as: UTF8.self))
            index += 75
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
