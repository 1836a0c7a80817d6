import EMRTDTestSupport
import Foundation
import Testing

/// A folder that goes away with its owner.
final class Folder {
    let path: String

    init() throws {
        var template = Array((NSTemporaryDirectory() + "/emrtd-cli-XXXXXX").utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func url(_ name: String) -> URL { URL(fileURLWithPath: path).appendingPathComponent(name) }

    func file(_ name: String) -> String { url(name).path }

    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: url(name))) }

    func write(_ bytes: [UInt8], _ name: String) throws { try Data(bytes).write(to: url(name)) }

    func write(_ text: String, _ name: String) throws -> String {
        try write(Array(text.utf8), name)
        return file(name)
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(at: url(name)) }

    func rename(_ name: String, _ other: String) throws {
        try FileManager.default.moveItem(at: url(name), to: url(other))
    }
}

/// The files of a simulated document and its CSCA certificate, as `emrtd simulate` writes them.
struct SavedDocument {
    let files: [String: [UInt8]]
    let trust: [UInt8]
    let run: Emrtd.Run

    /// The Vietnamese citizen card.
    static let citizen = Result { try SavedDocument("vietnam-citizen") }
    /// The passport.
    static let passport = Result { try SavedDocument("passport-td3") }

    private init(_ profile: String) throws {
        let folder = try Folder()
        // Nobody listens on port 1: the files are written before that is found out.
        run = try Emrtd.run([
            "simulate", "--profile", profile, "--vpcd", "127.0.0.1:1", "--save-files", folder.file("files"),
            "--print-trust", folder.file("csca.der"),
        ])
        trust = try folder.bytes("csca.der")
        var files: [String: [UInt8]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.file("files")) {
            files[name] = try folder.bytes("files/" + name)
        }
        self.files = files
    }

    /// A folder with the files, and beside it the certificate.
    func unpack() throws -> Bundle {
        let folder = try Folder()
        for (name, bytes) in files { try folder.write(bytes, name) }
        let trustFolder = try Folder()
        try trustFolder.write(trust, "csca.der")
        return Bundle(folder: folder, trustFolder: trustFolder)
    }

    struct Bundle {
        let folder: Folder
        let trustFolder: Folder
        var trust: String { trustFolder.file("csca.der") }

        /// The arguments that verify the folder with its CSCA.
        var verified: [String] { ["verify", folder.path, "--trust", trust, "--allow-test-pki"] }
    }
}
