import EMRTDTestSupport
import Foundation
import Testing

/// A Python program of `Tests/Foreign` at the other end of two pipes that answers each line with a line. It needs Debian's Python
/// with the package libeac3 (`Scripts/install-test-deps`).
final class LineProgram {
    /// How long the program may take for all that a test asks, in seconds.
    private static let limit = 120.0

    private let name: String
    private let process = Process()
    private let questions = Pipe()
    private let answers = Pipe()
    private var rest: [UInt8] = []

    init(_ name: String, _ arguments: [String] = []) throws {
        self.name = name
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [repositoryRoot.appendingPathComponent("Tests/Foreign/\(name)").path] + arguments
        process.standardInput = questions
        process.standardOutput = answers
        // What libeac says there repeats the answer.
        process.standardError = FileHandle.nullDevice
        try process.run()
        let process = process
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.limit) {
            if process.isRunning { process.terminate() }
        }
    }

    deinit {
        try? questions.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Sends a line and waits for the next one, which comes without its end.
    func ask(_ line: String) throws -> String {
        try questions.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
        while !rest.contains(0x0A) {
            let more = answers.fileHandleForReading.availableData
            try #require(!more.isEmpty, "\(name) ended: are python3 and libeac3 installed?")
            rest += more
        }
        let end = try #require(rest.firstIndex(of: 0x0A))
        defer { rest.removeFirst(end + 1) }
        return String(decoding: rest[..<end], as: UTF8.self)
    }
}
