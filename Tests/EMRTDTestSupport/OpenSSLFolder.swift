public import Foundation

/// A folder of its own for one test, removed at the end, in which the `openssl` program runs: the other opinion.
public final class OpenSSLFolder {
    /// Where it lies.
    public let url = FileManager.default.temporaryDirectory.appendingPathComponent("openssl-\(UUID().uuidString)")

    /// Makes the folder.
    public init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Writes a file.
    public func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: url.appendingPathComponent(name))
    }

    /// The bytes of a file.
    public func read(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: url.appendingPathComponent(name)))
    }

    /// Runs `openssl` here, with arguments separated by spaces; the exit status.
    @discardableResult
    public func openssl(_ arguments: String...) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments.flatMap { $0.split(separator: " ").map(String.init) }
        process.currentDirectoryURL = url
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
