import EMRTDTestSupport
import Foundation
import Testing

/// OpenPACE (libeac3) behind `Tests/Foreign/eac_judge.py`: an opinion on certificates, signatures and Chip Authentication that
/// nobody of this project wrote. One question at a time.
final class OpenPACEJudge {
    /// How long the program may take for all that a test asks.
    private static let limit = 120.0

    private let process = Process()
    private let questions = Pipe()
    private let answers = Pipe()
    private var rest: [UInt8] = []

    /// Starts the program with Debian's Python; it needs the package libeac3 (`Scripts/install-test-deps`).
    init() throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [repositoryRoot.appendingPathComponent("Tests/Foreign/eac_judge.py").path]
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

    /// A value of a question.
    enum Value {
        case bytes([UInt8])
        case list([[UInt8]])
        case name(String)
        case number(Int)

        fileprivate var text: String {
            switch self {
            case .bytes(let bytes): bytes.isEmpty ? "-" : hex(bytes)
            case .list(let items): items.isEmpty ? "-" : items.map { hex($0) }.joined(separator: ",")
            case .name(let name): name
            case .number(let number): String(number)
            }
        }
    }

    /// The words of the answer, the first of them `yes`, `no` or `error`.
    func ask(_ question: String, _ values: Value...) throws -> [String] {
        let line = ([question] + values.map(\.text)).joined(separator: " ") + "\n"
        try questions.fileHandleForWriting.write(contentsOf: Data(line.utf8))
        while !rest.contains(0x0A) {
            let more = answers.fileHandleForReading.availableData
            try #require(!more.isEmpty, "eac_judge.py ended: are python3 and libeac3 installed?")
            rest += more
        }
        let end = try #require(rest.firstIndex(of: 0x0A))
        defer { rest.removeFirst(end + 1) }
        return String(decoding: rest[..<end], as: UTF8.self).split(separator: " ").map(String.init)
    }

    /// Whether the answer is yes; an error of the program fails the test.
    func agrees(_ question: String, _ answer: [String]) throws -> Bool {
        try #require(answer.first == "yes" || answer.first == "no", "\(question): \(answer.joined(separator: " "))")
        return answer.first == "yes"
    }

    /// The values of an answer that has to be yes.
    func values(_ answer: [String]) throws -> [[UInt8]] {
        try #require(answer.first == "yes", "\(answer.joined(separator: " "))")
        return answer.dropFirst().map { hex($0) }
    }

    /// Whether each certificate is right after the ones before it.
    func accepts(chain: [[UInt8]], trust: [UInt8]) throws -> Bool {
        try agrees("chain", ask("chain", .bytes(trust), .list(chain)))
    }
}
