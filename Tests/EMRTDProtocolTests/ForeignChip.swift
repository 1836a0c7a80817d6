import EMRTDTestSupport
import Foundation
import ISO7816
import Testing

/// The chip `Tests/Foreign/eac2_chip.py`, made of OpenPACE (libeac3), at the other end of a pipe.
final class ForeignChip: APDUExchange {
    /// How long the program may take for all that a test asks.
    private static let limit = 120.0

    private let process = Process()
    private let commands = Pipe()
    private let responses = Pipe()
    private var rest: [UInt8] = []

    /// Starts the program with Debian's Python; it needs the package libeac3 (`Scripts/install-test-deps`).
    init(_ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [repositoryRoot.appendingPathComponent("Tests/Foreign/eac2_chip.py").path] + arguments
        process.standardInput = commands
        process.standardOutput = responses
        process.standardError = FileHandle.nullDevice
        try process.run()
        let process = process
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.limit) {
            if process.isRunning { process.terminate() }
        }
    }

    deinit {
        try? commands.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    func exchange(_ command: CommandAPDU) async throws -> ResponseAPDU {
        try commands.fileHandleForWriting.write(contentsOf: Data((hex(command.encoded()) + "\n").utf8))
        while !rest.contains(0x0A) {
            let more = responses.fileHandleForReading.availableData
            try #require(!more.isEmpty, "eac2_chip.py ended: are python3 and libeac3 installed?")
            rest += more
        }
        let end = try #require(rest.firstIndex(of: 0x0A))
        defer { rest.removeFirst(end + 1) }
        return try ResponseAPDU(parsing: hex(String(decoding: rest[..<end], as: UTF8.self)))
    }

    func payloadCapacity(ofResponse length: Int) -> Int { length }
}
