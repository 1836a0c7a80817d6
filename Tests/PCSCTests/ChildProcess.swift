import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A program that runs beside the tests, with pipes for its standard streams. Every wait for it is bounded.
///
/// Spawned directly: Foundation's `Process` hands down the signal mask of a dispatch thread, with which a child never sees
/// SIGTERM.
class ChildProcess {
    /// What a program did.
    struct Outcome {
        /// The exit status, or `nil` after a signal.
        var status: Int32?
        var output: String
        var errors: String
    }

    /// How long a program may take before it is killed.
    static let limit: Duration = .seconds(60)

    private let name: String
    private let process: pid_t
    private var input: Int32?
    private let output: Int32
    private let errors: Int32
    private var outputBytes: [UInt8] = []
    private var errorBytes: [UInt8] = []
    private var status: Int32??

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - path: the program's file.
    ///   - environment: variables besides those of the tests, or instead of them.
    init(path: String, arguments: [String], environment: [String: String] = [:]) throws {
        // A child that is gone is told by the write that fails.
        signal(SIGPIPE, SIG_IGN)
        name = path
        let (childInput, input) = try Self.makePipe()
        let (output, childOutput) = try Self.makePipe()
        let (errors, childErrors) = try Self.makePipe()
        self.input = input
        self.output = output
        self.errors = errors
        defer { for descriptor in [childInput, childOutput, childErrors] { close(descriptor) } }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (standard, descriptor) in [childInput, childOutput, childErrors].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(standard))
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let argv = ([path] + arguments).map { strdup($0) } + [nil]
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let envp = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for word in argv + envp { free(word) } }
        var process: pid_t = 0
        let result = posix_spawn(&process, path, &actions, &attributes, argv, envp)
        self.process = process
        if result != 0 { status = .some(nil) }
        try #require(result == 0, "\(path) could not be started")
    }

    deinit {
        terminate()
        for descriptor in [input, output, errors] { if let descriptor { close(descriptor) } }
    }

    /// A pipe that no child inherits by itself, its end to read from first.
    private static func makePipe() throws -> (Int32, Int32) {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// Waits for the end of the program; its standard input ends now. What ``readLine()`` gave is not given again.
    func outcome() throws -> Outcome {
        closeInput()
        try collect { false }
        return Outcome(
            status: wait(), output: String(decoding: outputBytes, as: UTF8.self),
            errors: String(decoding: errorBytes, as: UTF8.self))
    }

    /// Gives the program a line to read.
    func send(_ line: String) throws {
        let bytes = Array((line + "\n").utf8)
        let input = try #require(input)
        try #require(write(input, bytes, bytes.count) == bytes.count, "\(name) does not read")
    }

    /// Reads a line of the program's output.
    func readLine() throws -> String {
        try collect { outputBytes.contains(0x0A) }
        guard let end = outputBytes.firstIndex(of: 0x0A) else {
            let complaint = String(decoding: errorBytes, as: UTF8.self)
            throw VirtualReader.Problem(description: "\(name) ended without the line awaited. It said: \(complaint)")
        }
        defer { outputBytes.removeFirst(end + 1) }
        return String(decoding: outputBytes[..<end], as: UTF8.self)
    }

    /// Reads a line of the program's output, which must be the one given.
    func expect(_ line: String) throws { try #require(try readLine() == line) }

    /// Ends the program with a signal and waits for it. Gives what it had printed.
    @discardableResult
    func terminate(_ signal: Int32 = SIGKILL) -> Outcome? {
        guard status == nil else { return nil }
        kill(process, signal)
        return try? outcome()
    }

    private func closeInput() {
        if let input { close(input) }
        input = nil
    }

    /// Reads both streams until they end or enough is there. A program that takes too long is killed.
    private func collect(until isEnough: () -> Bool) throws {
        let deadline = ContinuousClock.now + Self.limit
        var open: Set = [output, errors]
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !isEnough(), !open.isEmpty {
            var entries = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            _ = poll(&entries, nfds_t(entries.count), 200)
            for entry in entries where entry.revents != 0 {
                let count = read(entry.fd, &buffer, buffer.count)
                if count <= 0 {
                    open.remove(entry.fd)
                } else if entry.fd == output {
                    outputBytes += buffer.prefix(count)
                } else {
                    errorBytes += buffer.prefix(count)
                }
            }
            guard ContinuousClock.now < deadline else {
                kill(process, SIGKILL)
                throw VirtualReader.Problem(description: "\(name) did not do within \(Self.limit) what was awaited")
            }
        }
    }

    private func wait() -> Int32? {
        if let status { return status }
        var word: Int32 = 0
        while waitpid(process, &word, 0) == -1 && errno == EINTR {}
        let result = word & 0x7F == 0 ? word >> 8 & 0xFF : nil
        status = .some(result)
        return result
    }
}
