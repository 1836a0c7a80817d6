import Foundation
import Glibc
import Testing

/// The built `emrtd`, run as a child process as a person or a program would.
enum Emrtd {
    /// What a run came to.
    struct Run {
        let status: Int32
        let output: String
        let errors: String
        /// Whether the terminal showed what is typed, when the signal was sent and at the end.
        var echo: (before: Bool, after: Bool)?

        /// The report of `--json`.
        func json(_ location: SourceLocation = #_sourceLocation) throws -> JSONValue {
            try #require(
                try? JSONDecoder().decode(JSONValue.self, from: Data(output.utf8)), "standard output is no JSON value",
                sourceLocation: location)
        }
    }

    /// Which of the child's streams are a terminal.
    struct Streams: OptionSet {
        let rawValue: Int32
        static let input = Streams(rawValue: 1)
        static let output = Streams(rawValue: 2)
        static let errors = Streams(rawValue: 4)
    }

    /// The program lies beside the tests in the build folder.
    static let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("emrtd").path

    /// Runs the program. Nothing that it writes to standard error may hold personal data, whatever the test is about.
    ///
    /// - Parameters:
    ///   - input: what comes on standard input; nothing where `nil`.
    ///   - environment: added to an environment that reaches no smart-card service.
    ///   - terminal: the streams that are a terminal. Its output is in ``Run/output``.
    ///   - typed: what a person types on the terminal after a text has come.
    ///   - signal: what is sent to the program after what was typed.
    static func run(
        _ arguments: [String], input: String? = nil, environment: [String: String] = [:], terminal: Streams = [],
        typed: (after: String, text: String)? = nil, signal: Int32? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) throws -> Run {
        try #require(
            FileManager.default.isExecutableFile(atPath: path), "\(path) is not there: build with swift build first",
            sourceLocation: location)
        var child = try Child(input: input, terminal: terminal)
        try child.start(path, arguments, environment: base.merging(environment) { $1 })
        let run = try child.wait(typed: typed, signal: signal)
        TestPersons.expectNone(in: run.errors, "standard error of emrtd \(arguments.first ?? "")", location)
        if !terminal.contains(.errors) {
            #expect(
                !run.errors.contains("\u{1B}"), "escape sequences where there is no terminal", sourceLocation: location)
        }
        if terminal.isEmpty {
            #expect(
                !run.output.contains("\u{1B}"), "escape sequences where there is no terminal", sourceLocation: location)
        }
        return run
    }

    /// Runs a line of the shell in which `$0` is the program.
    static func shell(_ line: String, _ location: SourceLocation = #_sourceLocation) throws -> Run {
        var child = try Child(input: nil, terminal: [])
        try child.start("/bin/sh", ["-c", line, path], environment: base)
        let run = try child.wait(typed: nil)
        TestPersons.expectNone(in: run.errors, "standard error of emrtd", location)
        return run
    }

    /// Runs a case that fails: the exit code, a sentence with advice on standard error.
    @discardableResult
    static func fails(
        _ status: Int32, _ arguments: [String], input: String? = nil, says words: String...,
        location: SourceLocation = #_sourceLocation
    ) throws -> Run {
        let run = try run(arguments, input: input, location)
        #expect(run.status == status, "\(run.errors)", sourceLocation: location)
        #expect(run.errors.hasPrefix("emrtd: "), "\(run.errors)", sourceLocation: location)
        for word in words { #expect(run.errors.contains(word), "\(run.errors)", sourceLocation: location) }
        return run
    }

    private static let base: [String: String] = {
        var out = ["PCSCLITE_CSOCK_NAME": "/nonexistent/pcscd.comm", "TERM": "xterm", "LANG": "C.UTF-8"]
        for name in ["PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "LLVM_PROFILE_FILE"] {
            out[name] = ProcessInfo.processInfo.environment[name]
        }
        return out
    }()
}

/// A child process whose output goes to files that have no name, or to a pseudo-terminal.
private struct Child {
    private var pid = pid_t(0)
    private var descriptors: [Int32] = []
    private let output: FileHandle
    private let errors: FileHandle
    private var terminal: (master: Int32, slave: Int32)?

    init(input: String?, terminal streams: Emrtd.Streams) throws {
        output = try Self.unnamedFile()
        errors = try Self.unnamedFile()
        if !streams.isEmpty { terminal = try Self.pseudoTerminal() }
        let slave = terminal?.slave ?? -1
        let file = try Self.unnamedFile()
        try file.write(contentsOf: Data((input ?? "").utf8))
        try file.seek(toOffset: 0)
        descriptors = [
            streams.contains(.input) ? slave : dup(file.fileDescriptor),
            streams.contains(.output) ? slave : output.fileDescriptor,
            streams.contains(.errors) ? slave : errors.fileDescriptor,
        ]
    }

    mutating func start(_ path: String, _ arguments: [String], environment: [String: String]) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (stream, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(stream))
        }
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { (words + variables).forEach { free($0) } }
        let status = posix_spawn(&pid, path, &actions, nil, &words, &variables)
        try #require(status == 0, "\(path) cannot be started (errno \(status))")
        if let slave = terminal?.slave { close(slave) }
    }

    /// Waits for the end, for a minute at most.
    func wait(typed: (after: String, text: String)?, signal: Int32? = nil) throws -> Emrtd.Run {
        var shown = Data()
        var echo: (before: Bool, after: Bool)?
        var isTyped = false
        var status: Int32 = 0
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let ended = waitpid(pid, &status, WNOHANG) == pid
            if let terminal {
                var buffer = [UInt8](repeating: 0, count: 65536)
                while case let count = read(terminal.master, &buffer, buffer.count), count > 0 {
                    shown.append(contentsOf: buffer.prefix(count))
                }
                if let typed, !isTyped, String(decoding: shown, as: UTF8.self).contains(typed.after) {
                    isTyped = true
                    _ = write(terminal.master, typed.text, typed.text.utf8.count)
                    if let signal {
                        echo = (before: Self.echoes(terminal.master), after: false)
                        kill(pid, signal)
                    }
                }
            }
            if ended { break }
            if ContinuousClock.now > deadline {
                kill(pid, SIGKILL)
                waitpid(pid, &status, 0)
                break
            }
            usleep(2000)
        }
        if let terminal {
            echo?.after = Self.echoes(terminal.master)
            close(terminal.master)
        }
        // The exit code, or 128 and the signal as shells say.
        let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
        return Emrtd.Run(
            status: code, output: try Self.text(output) + String(decoding: shown, as: UTF8.self),
            errors: try Self.text(errors), echo: echo)
    }

    private static func echoes(_ descriptor: Int32) -> Bool {
        var settings = termios()
        return tcgetattr(descriptor, &settings) == 0 && settings.c_lflag & tcflag_t(ECHO) != 0
    }

    private static func text(_ file: FileHandle) throws -> String {
        try file.seek(toOffset: 0)
        return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    }

    private static func unnamedFile() throws -> FileHandle {
        var template = Array((NSTemporaryDirectory() + "/emrtd-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0 && fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0, "no temporary file")
        unlink(template)
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func pseudoTerminal() throws -> (master: Int32, slave: Int32) {
        // What posix_openpt, grantpt, unlockpt and ptsname do on Linux; Glibc's module lacks them.
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        var number: Int32 = 0
        let (unlock, getNumber) = (UInt(0x4004_5431), UInt(0x8004_5430))
        try #require(
            master >= 0 && ioctl(master, unlock, &number) == 0 && ioctl(master, getNumber, &number) == 0,
            "no pseudo-terminal (errno \(errno))")
        let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(slave >= 0, "no pseudo-terminal (errno \(errno))")
        return (master, slave)
    }
}
