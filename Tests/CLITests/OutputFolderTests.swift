import Foundation
import Testing

/// Folders that commands write: private, and whole or not there.
@Suite("Folders that are written")
struct OutputFolderTests {
    private func mode(_ path: String) throws -> Int {
        let value = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        return try #require(value as? Int)
    }

    private func simulate(_ path: String) -> [String] {
        ["simulate", "--profile", "vietnam-citizen", "--vpcd", "127.0.0.1:1", "--save-files", path]
    }

    @Test("an empty folder that others may look into becomes private")
    func existing() throws {
        let folder = try Folder()
        for (name, rights) in [("open", 0o777), ("readable", 0o755), ("closed", 0o700), ("locked", 0o500)] {
            let path = folder.file(name)
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: rights])
            try FileManager.default.setAttributes([.posixPermissions: rights], ofItemAtPath: path)
            // Where the folder must not be written to, its owner may have a reason.
            let isWritable = rights & 0o200 != 0 || geteuid() == 0
            #expect(try Emrtd.run(simulate(path)).status == (isWritable ? 10 : 64))
            #expect(try mode(path) & 0o077 == 0)
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.file("open")) {
            #expect(try mode(folder.file("open/" + name)) == 0o600)
        }
    }

    @Test("a new folder is private")
    func new() throws {
        let folder = try Folder()
        #expect(try Emrtd.run(simulate(folder.file("new"))).status == 10)
        #expect(try mode(folder.file("new")) == 0o700)
    }

    @Test("the folder of read, too, before a card is waited for")
    func read() throws {
        let folder = try Folder()
        let path = folder.file("out")
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        try Emrtd.fails(10, ["read", "--can-file", "-", "--out", path], input: "000123")
        #expect(try mode(path) == 0o700)
    }

    /// A limit on the size of files stands for a full disk: the small files are written, the portrait is not.
    @Test("where there is no room no file stays, and the error says so", arguments: ["new", "old"])
    func full(_ name: String) throws {
        let folder = try Folder()
        let path = folder.file(name)
        if name == "old" {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }
        let line = simulate(path).map { "'\($0)'" }.joined(separator: " ")
        let run = try Emrtd.shell("ulimit -f 16; exec \"$0\" \(line)")
        #expect(run.status == 64, "\(run.errors)")
        #expect(run.errors.contains("there is no room for the file") && run.errors.contains("has room"))
        #expect(run.output.isEmpty)
        #expect(folder.names == (name == "old" ? ["old"] : []))
        if name == "old" { #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty) }
    }

    @Test(
        "an export that finds no room leaves nothing, and a store stays as it was", arguments: ["pem", "der", "ldif"])
    func export(_ format: String) throws {
        let folder = try Folder()
        try folder.write(try SavedDocument.citizen.get().trust, "csca.der")
        let store = folder.file("store")
        #expect(try Emrtd.run(["trust", "import", folder.file("csca.der"), "--store", store]).status == 0)
        let before = try folder.bytes("store/trust.store")
        let run = try Emrtd.shell(
            "ulimit -f 1; exec \"$0\" trust export --test-pki --format \(format) --store '\(store)' --out '\(folder.file("out"))'"
        )
        #expect(run.status == 64 && run.errors.contains("there is no room for the file"), "\(run.errors)")
        #expect(folder.names == ["csca.der", "store"])
        try folder.write(try SavedDocument.passport.get().trust, "other.der")
        let second = try Emrtd.shell(
            "ulimit -f 1; exec \"$0\" trust import '\(folder.file("other.der"))' --store '\(store)'")
        #expect(second.status == 40 && second.errors.contains("writing failed"), "\(second.errors)")
        #expect(try folder.bytes("store/trust.store") == before)
    }
}
