import EMRTD
import EMRTDCrypto
import EMRTDTrust
import Glibc
import LDS
import VietnamID

/// Reads passwords from a prompt, standard input or a file; never from arguments, which other users can see.
enum SecretInput {
    private static let maximumBytes = 4096

    /// The bytes of a file, or of standard input for `-`. Errors do not name the file: who gives a password in place of a
    /// file's name must not find it in a log.
    ///
    /// - Parameter most: the most bytes accepted.
    static func bytes(of path: String, most: Int = maximumBytes) throws -> [UInt8] {
        guard path != "-" else { return try bytes(from: STDIN_FILENO, "standard input", most) }
        // A pipe is as good as a file: passwords often come from another program.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandError.usage(
                "the file cannot be opened (errno \(errno))",
                "Name a file that can be read and holds nothing but what is asked for; - is standard input.")
        }
        defer { close(descriptor) }
        return try bytes(from: descriptor, "the file", most)
    }

    private static func bytes(from descriptor: Int32, _ name: String, _ most: Int) throws -> [UInt8] {
        var out: [UInt8] = []
        // All of it at once: an array that grows leaves what it held behind, uncleared.
        out.reserveCapacity(most + 512)
        var buffer = [UInt8](repeating: 0, count: 512)
        defer { cleanse(&buffer) }
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                cleanse(&out)
                throw CommandError.usage("\(name) cannot be read (errno \(errno))", "Name a file, not a folder.")
            }
            guard count > 0 else { return out }
            out += buffer.prefix(count)
            guard out.count <= most else {
                cleanse(&out)
                throw CommandError.usage(
                    "\(name) has more than \(most) bytes", "Give nothing but what is asked for.")
            }
        }
    }

    /// Asks on the terminal, without showing what is typed.
    static func prompt(_ question: String) throws -> [UInt8] {
        guard Console.isInputTerminal else {
            throw CommandError.usage(
                "no password, and standard input is no terminal to ask on",
                "Use --can-file, --mrz-file or --number-file; FILE - reads standard input.")
        }
        let line = TerminalEcho.hidden {
            // Asked last: what is typed at once must be neither shown nor lost.
            Console.error(question)
            return readLine(strippingNewline: true)
        }
        guard let line else {
            throw CommandError.usage("nothing was typed", "Type the password and press Enter.")
        }
        return Array(line.utf8)
    }

    static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        var rest = bytes[...]
        while let first = rest.first, blanks.contains(first) { rest.removeFirst() }
        while let last = rest.last, blanks.contains(last) { rest.removeLast() }
        return Array(rest)
    }

    /// A CAN.
    static func can(_ bytes: [UInt8]) throws -> AccessKey {
        let can = trimmed(bytes)
        guard can.count != 12 || !can.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw CommandError.usage(
                "12 digits are no CAN, but may be a Vietnamese number",
                "Use --number-file, which takes its last six digits.")
        }
        return try AccessKey.can(can)
    }

    /// A Vietnamese number of 12 digits, whose last six are the CAN.
    static func number(_ bytes: [UInt8]) throws -> AccessKey {
        do { return try AccessKey.can(CitizenNumber(trimmed(bytes)).can) } catch let error as VietnamIDError {
            throw CommandError.usage(
                "the number is not one of 12 digits: \(error.reason)", "Type the 12 digits of the card's front.")
        }
    }

    /// A machine readable zone, or document number, date of birth and date of expiry (YYMMDD) in three words.
    static func mrz(_ bytes: [UInt8]) throws -> AccessKey {
        let text = String(decoding: trimmed(bytes), as: UTF8.self)
        let words = text.split { $0 == " " || $0 == "\n" || $0 == "\r\n" || $0 == "\t" }
        if words.count == 3, words.dropFirst().allSatisfy({ $0.utf8.count == 6 }) {
            return try .mrz(
                documentNumber: String(words[0]), dateOfBirth: String(words[1]), dateOfExpiry: String(words[2]))
        }
        do { return try .mrz(MRZ(text: text)) } catch let error as LDSError {
            throw CommandError.usage(
                "this is no machine readable zone: \(error.reason)",
                "Give its two or three lines, or document number, birth date and expiry date (YYMMDD) in three words.")
        }
    }
}
