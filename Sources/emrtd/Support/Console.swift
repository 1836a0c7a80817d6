import Glibc

/// Standard output and standard error. Data goes to the first, everything else to the second.
enum Console {
    /// Writes data. Where that fails the program ends: who gets no report must not get the exit code of a good one either.
    static func out(_ line: String) {
        guard !write(line + "\n", to: STDOUT_FILENO) else { return }
        error("emrtd: the result cannot be written to standard output (errno \(errno))")
        error("Send the output to a place that can be written and has room.")
        exit(ExitStatus.usage.rawValue)
    }

    static func error(_ line: String) { _ = write(line + "\n", to: STDERR_FILENO) }

    /// Rewrites one line on a terminal; does nothing where standard error is none.
    static func progress(_ line: String) {
        guard isErrorTerminal else { return }
        _ = write("\r\u{1B}[K" + line, to: STDERR_FILENO)
    }

    static let isErrorTerminal = isatty(STDERR_FILENO) == 1
    static let isInputTerminal = isatty(STDIN_FILENO) == 1

    /// Colours are used on a terminal only, and not where NO_COLOR is set to anything but an empty text (no-color.org).
    static let usesColour: Bool = {
        guard isatty(STDOUT_FILENO) == 1 else { return false }
        guard let value = getenv("NO_COLOR") else { return true }
        return value.pointee == 0
    }()

    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let base = rest.baseAddress, !rest.isEmpty {
                let count = Glibc.write(descriptor, base, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
            return true
        }
    }
}

/// How something is coloured on a terminal.
enum Colour: String {
    case green = "32"
    case red = "31"
    case yellow = "33"
    case bold = "1"
    case dim = "2"

    func callAsFunction(_ text: String) -> String {
        Console.usesColour ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}
