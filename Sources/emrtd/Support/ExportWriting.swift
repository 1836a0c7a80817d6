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
        try FileWriting.makeEmptyDirectory(temporary)
        var isDone = false
        defer {
            if !isDone {
                for file in files { unlink(temporary + "/" + file.name) }
                rmdir(temporary)
            }
        }
        for file in files { try FileWriting.write(file.bytes, to: temporary + "/" + file.name) }
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
        let text = Array(base64(bytes).utf8)
        let lines = stride(from: 0, to: text.count, by: 64).map { start in
            String(decoding: text[start..<min(start + 64, text.count)], as: UTF8.self)
        }
        return (["-----BEGIN \(label)-----"] + lines + ["-----END \(label)-----", ""]).joined(separator: "\n")
    }

    /// A line of LDIF with a binary value, folded at 76 characters (RFC 2849).
    static func ldif(_ name: String, _ bytes: [UInt8]) -> String {
        let text = Array("\(name):: \(base64(bytes))".utf8)
        var lines = [String(decoding: text.prefix(76), as: UTF8.self)]
        var index = 76
        while index < text.count {
            lines.append(" " + String(decoding: text[index..<min(index + 75, text.count)], as: UTF8.self))
            index += 75
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Base64 with padding (RFC 4648, 4).
    static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        var rest = bytes[...]
        while !rest.isEmpty {
            let group = Array(rest.prefix(3))
            rest = rest.dropFirst(3)
            let word = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                let digit = Int(word >> UInt32(18 - 6 * place) & 63)
                out.append(place <= group.count ? alphabet[digit] : UInt8(ascii: "="))
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
