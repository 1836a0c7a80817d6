import Testing

@Suite("Without a smart-card service")
struct NoServiceTests {
    @Test("readers says what to do")
    func readers() throws {
        let run = try Emrtd.fails(10, ["readers"], says: "smart-card service does not run", "pcscd")
        #expect(run.output.isEmpty)
    }

    @Test("readers --json is an object with the error")
    func readersJSON() throws {
        let run = try Emrtd.fails(10, ["readers", "--json"], says: "pcscd")
        let error = try #require(try run.json()["error"])
        #expect(error["code"] == .string("serviceFailed"))
        #expect(error["stage"] == .string("connect"))
        #expect(error["remedy"] == .string("restartService"))
        #expect(error["exitCode"] == .number(10))
    }

    @Test("read says what to do, and leaves an empty folder that the next try takes")
    func read() throws {
        let folder = try Folder()
        let arguments = ["read", "--can-file", "-", "--out", folder.file("out")]
        for _ in 0..<2 {
            let run = try Emrtd.fails(10, arguments, input: "000123", says: "pcscd")
            #expect(run.output.isEmpty)
        }
        #expect(folder.names == ["out"])
    }

    @Test("read refuses a folder that is not empty before any card is asked")
    func occupied() throws {
        let folder = try Folder()
        _ = try folder.write("x", "file")
        try Emrtd.fails(64, ["read", "--can-file", "-", "--out", folder.path], input: "000123", says: "not empty")
        try Emrtd.fails(
            64, ["read", "--can-file", "-", "--out", folder.file("file")], input: "000123", says: "folder")
    }

    @Test("read finds an unusable trust store before it asks for anything")
    func trust() throws {
        try Emrtd.fails(
            40, ["read", "--can-file", "-", "--trust", "/nonexistent"], input: "000123", says: "/nonexistent")
    }

    @Test("simulate without a virtual reader writes its files and says what to do")
    func simulate() throws {
        let document = try SavedDocument.citizen.get()
        #expect(document.run.status == 10)
        #expect(document.run.errors.hasPrefix("emrtd: nobody listens"))
        #expect(document.run.errors.contains("vsmartcard-vpcd"))
        #expect(document.run.output.contains("CAN: 000123\n"))
        #expect(document.run.output.hasPrefix(DemoTests.notice))
        #expect(
            document.files.keys.sorted() == [
                "DG1.bin", "DG13.bin", "DG14.bin", "DG15.bin", "DG2.bin", "DG3.bin", "EF.COM.bin", "EF.CardAccess.bin",
                "EF.SOD.bin",
            ])
    }

    @Test("simulate refuses what it cannot do")
    func simulateRefuses() throws {
        let folder = try Folder()
        let file = try folder.write("x", "file")
        for address in ["127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:", "x", ""] {
            try Emrtd.fails(64, ["simulate", "--vpcd", address], says: "HOST:PORT")
        }
        try Emrtd.fails(64, ["simulate", "--print-trust", file, "--vpcd", "127.0.0.1:1"], says: "cannot be made")
        try Emrtd.fails(64, ["simulate", "--save-files", folder.path, "--vpcd", "127.0.0.1:1"], says: "not empty")
    }
}
