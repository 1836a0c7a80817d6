import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The program `emrtd`, built with these tests.
enum Emrtd {
    /// The program's file: SwiftPM puts it beside the tests.
    static var path: String {
        get throws {
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let path = URL(filePath: tests).deletingLastPathComponent().appending(path: "emrtd").path(
                percentEncoded: false)
            guard FileManager.default.isExecutableFile(atPath: path) else {
                throw VirtualReader.Problem(description: "emrtd is not built beside the tests: run `make test-pcsc`")
            }
            return path
        }
    }

    /// Starts the program.
    static func start(
        _ arguments: [String], input: String? = nil, environment: [String: String] = [:]
    ) throws -> ChildProcess {
        let process = try ChildProcess(path: try path, arguments: arguments, environment: environment)
        if let input { try process.send(input) }
        return process
    }

    /// Runs the program to its end.
    static func run(
        _ arguments: [String], input: String? = nil, environment: [String: String] = [:]
    ) throws -> ChildProcess.Outcome {
        try start(arguments, input: input, environment: environment).outcome()
    }

    /// Runs `emrtd read --json` and expects an exit code and a report.
    static func read(
        _ arguments: [String], input: String? = nil, exit: Int32, location: SourceLocation = #_sourceLocation
    ) throws -> Report {
        let outcome = try run(["read", "--json"] + arguments, input: input)
        #expect(outcome.status == exit, "\(outcome.errors)", sourceLocation: location)
        return try Report(outcome.output)
    }

    /// Expects an exit code, the error object on standard output, and on standard error what happened and what to do.
    ///
    /// - Parameters:
    ///   - advice: words that what to do must have.
    ///   - secret: what must be repeated nowhere.
    static func expectError(
        _ outcome: ChildProcess.Outcome, exit: Int32, code: String, advice: String, secret: String? = nil,
        location: SourceLocation = #_sourceLocation
    ) throws {
        #expect(outcome.status == exit, "\(outcome.errors)", sourceLocation: location)
        let report = try Report(outcome.output)
        let error = try #require(report.error, sourceLocation: location)
        #expect(report.verdict == nil && error.exitCode == exit && error.code == code, sourceLocation: location)
        #expect(error.advice.contains(advice), "\(error.advice)", sourceLocation: location)
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines == ["emrtd: \(error.reason)", Substring(error.advice)], sourceLocation: location)
        #expect(!error.reason.isEmpty && error.advice.hasSuffix("."), sourceLocation: location)
        if let secret {
            #expect(!(outcome.output + outcome.errors).contains(secret), sourceLocation: location)
        }
    }
}

/// What `emrtd --json` prints, as far as these tests look.
struct Report: Decodable {
    struct Check: Decodable {
        var id: String
        var result: String
        var code: String
    }
    struct Access: Decodable, Equatable {
        var `protocol`: String
        var mapping: String?
        var agreement: String?
        var cipher: String
        var parameterId: Int?
        var password: String
    }
    struct File: Decodable {
        var name: String
        var bytes: Int
        var commands: Int
        var status: String
    }
    struct Timing: Decodable { var commands: Int }
    struct Failure: Decodable {
        var code: String
        var reason: String
        var advice: String
        var exitCode: Int32
    }

    var schemaVersion: Int
    var verdict: String?
    var testPKI: Bool?
    var checks: [Check]?
    var access: Access?
    var files: [File]?
    var timing: Timing?
    var notes: [String]?
    var error: Failure?

    init(_ text: String) throws {
        self = try JSONDecoder().decode(Report.self, from: Data(text.utf8))
        try #require(schemaVersion == 1)
    }

    /// A check's result.
    func result(_ id: String) -> String? { checks?.first { $0.id == id }?.result }
    /// A check's code.
    func code(_ id: String) -> String? { checks?.first { $0.id == id }?.code }

    /// Files that the chip refused.
    var refused: Set<String> { Set((files ?? []).filter { $0.status != "9000" }.map(\.name)) }
}

/// A folder of its own, removed at the end.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "emrtd-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path(percentEncoded: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A path in the folder.
    func callAsFunction(_ name: String) -> String { path + "/" + name }

    /// Makes a file.
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        try Data(bytes).write(to: URL(filePath: self(name)))
        return self(name)
    }

    /// Makes a file of text.
    func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

    /// The files named `….bin` of a folder in it, by their names without that.
    func files(in folder: String) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: self(folder)) where name.hasSuffix(".bin") {
            files[String(name.dropLast(4))] = Array(try Data(contentsOf: URL(filePath: self(folder) + "/" + name)))
        }
        return files
    }
}

/// `emrtd simulate`: a card in the virtual reader, in a process of its own.
final class Simulator {
    private let process: ChildProcess
    private let folder: TemporaryFolder
    private let slot: Int

    /// The CAN, as printed.
    private(set) var can: String?
    /// The lines of the MRZ, as printed.
    private(set) var mrz: [String] = []
    /// Whether it said that its PKI is for tests.
    private(set) var saysTestPKI = false

    /// The file with the trust anchor.
    var trust: String { folder("csca.der") }
    /// The files as personalised.
    var files: [String: [UInt8]] { get throws { try folder.files(in: "files") } }

    init(_ arguments: [String], slot: Int = 0) throws {
        folder = try TemporaryFolder()
        self.slot = slot
        let port = try VirtualReader.port + UInt16(slot)
        process = try Emrtd.start(
            ["simulate", "--print-trust", folder("csca.der"), "--save-files", folder("files")]
                + ["--vpcd", "127.0.0.1:\(port)"] + arguments)
        while true {
            let line = try process.readLine()
            if line.hasPrefix("ready:") { break }
            if line.hasPrefix("CAN: ") { can = String(line.dropFirst(5)) }
            if line.hasPrefix("  ") { mrz.append(String(line.dropFirst(2))) }
            if line.hasPrefix("TEST PKI") { saysTestPKI = true }
        }
    }

    /// Document number, date of birth and date of expiry with their check digits (Doc 9303-11, 4.3.2).
    var mrzInformation: String {
        // Doc 9303-5, 4.2 (three lines) and 9303-4, 4.2 (two lines).
        let lines = mrz.map(Array.init)
        if lines.count == 3 { return String(lines[0][5..<15] + lines[1][0..<7] + lines[1][8..<15]) }
        return String(lines[1][0..<10] + lines[1][13..<20] + lines[1][21..<28])
    }

    /// Runs a test with a simulated card, and empties the slot after it.
    static func with<Value>(
        _ arguments: [String], slot: Int = 0, _ body: (Simulator) async throws -> Value
    ) async throws -> Value {
        try VirtualReader.require(readers: 2)
        let simulator = try Simulator(arguments, slot: slot)
        let value: Value
        do {
            value = try await body(simulator)
        } catch {
            try await simulator.end()
            throw error
        }
        try await simulator.end()
        return value
    }

    private func end() async throws {
        // It must go when it is told to.
        let outcome = try #require(process.terminate(SIGTERM), "emrtd simulate ended by itself")
        #expect(outcome.status == nil && outcome.errors.isEmpty, "\(outcome.errors)")
        try await VirtualReader.wait(slot: slot, forCard: false)
    }
}
