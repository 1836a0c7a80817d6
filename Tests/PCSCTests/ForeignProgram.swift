import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// One of the Python programs in `Tests/Foreign`, which share no code with this package.
///
/// Spawned directly: Foundation's `Process` hands down the signal mask of a dispatch thread, with which a child never sees
/// SIGTERM.
final class ForeignProgram {
    private let process: pid_t
    private let input: FileHandle
    private let output: FileHandle
    private let errors: FileHandle

    /// Starts a program with Debian's Python, whose modules the programs need.
    init(_ name: String, _ arguments: [String]) throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Foreign").appending(path: name)
        let (childInput, input) = try Self.makePipe()
        let (output, childOutput) = try Self.makePipe()
        let (errors, childErrors) = try Self.makePipe()
        self.input = FileHandle(fileDescriptor: input, closeOnDealloc: true)
        self.output = FileHandle(fileDescriptor: output, closeOnDealloc: true)
        self.errors = FileHandle(fileDescriptor: errors, closeOnDealloc: true)
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
        var noSignal = sigset_t()
        sigemptyset(&noSignal)
        posix_spawnattr_setsigmask(&attributes, &noSignal)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let words = ["/usr/bin/python3", script.path(percentEncoded: false)] + arguments
        let argv = words.map { strdup($0) } + [nil]
        defer { for word in argv { free(word) } }
        var process: pid_t = 0
        let result = posix_spawn(&process, words[0], &actions, &attributes, argv, environ)
        try #require(result == 0, "/usr/bin/python3 could not be started")
        self.process = process
    }

    /// A pipe that no child inherits by itself, its end to read from first.
    private static func makePipe() throws -> (Int32, Int32) {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// What a program did.
    struct Outcome {
        /// The exit status, or `nil` after a signal.
        var status: Int32?
        var output: String
        var errors: String
    }

    /// Waits for the end of a program that says little enough on standard error to fit a pipe.
    func outcome() throws -> Outcome {
        try input.close()
        let text = try output.readToEnd() ?? Data()
        let complaints = try errors.readToEnd() ?? Data()
        return Outcome(
            status: wait(), output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: complaints, as: UTF8.self))
    }

    /// Gives the program a line to read.
    func send(_ line: String) throws { try input.write(contentsOf: Data((line + "\n").utf8)) }

    /// Reads a line of the program's output, which must be the one given.
    func expect(_ line: String) throws {
        var text = ""
        while !text.hasSuffix("\n"), let data = try output.read(upToCount: 1), !data.isEmpty {
            text += String(decoding: data, as: UTF8.self)
        }
        try #require(text == line + "\n")
    }

    /// Ends the program and waits for it.
    func terminate() {
        kill(process, SIGKILL)
        _ = wait()
    }

    private func wait() -> Int32? {
        var status: Int32 = 0
        while waitpid(process, &status, 0) == -1 && errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : nil
    }
}

/// Another program that holds the card, from `Tests/Foreign/hold_card.py`.
final class CardHolder {
    private let program: ForeignProgram

    /// Gets hold of the card; `how` is `exclusive` or `transaction`, or `reset` for shared mode.
    init(_ how: String, slot: Int = 0) throws {
        program = try ForeignProgram("hold_card.py", [how, VirtualReader.slots[slot]])
        try program.expect("holding")
    }

    /// Has the card reset.
    func reset() throws {
        try program.send("")
        try program.expect("reset")
    }

    /// Lets go of the card.
    func end() throws { try #require(try program.outcome().status == 0) }
}
