import Testing

@Suite("The command line itself")
struct HelpTests {
    @Test("--help names every command and exit code")
    func help() throws {
        let run = try Emrtd.run(["--help"])
        #expect(run.status == 0)
        #expect(run.errors.isEmpty)
        for command in ["demo", "readers", "read", "verify", "simulate", "mrz", "inspect", "trust"] {
            #expect(run.output.contains("\n  \(command) "))
        }
        for code in [
            "0 genuine", "10 no", "20 wrong", "30 rejected", "31 undetermined", "33 data", "40 trust", "64 usage",
        ] {
            #expect(run.output.replacing("\n", with: " ").contains(code))
        }
    }

    @Test(
        "every command explains itself",
        arguments: ["demo", "readers", "read", "verify", "simulate", "mrz", "inspect", "trust"])
    func helpOfCommands(_ command: String) throws {
        for arguments in [[command, "--help"], ["help", command]] {
            let run = try Emrtd.run(arguments)
            #expect(run.status == 0)
            #expect(run.errors.isEmpty)
            #expect(run.output.contains("USAGE: emrtd \(command)"))
        }
    }

    @Test("--version prints a version and no more")
    func version() throws {
        let run = try Emrtd.run(["--version"])
        #expect(run.status == 0)
        #expect(run.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
        #expect(run.errors.isEmpty)
    }

    @Test("no subcommand is no success: 0 means genuine")
    func nothing() throws {
        let run = try Emrtd.run([])
        #expect(run.status == 64)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains("USAGE: emrtd"))
    }

    @Test(
        "what cannot be used is refused",
        arguments: [
            ["bogus"], ["--json"], [""], ["verify"], ["verify", "a", "b"], ["verify", "a", "--bogus"],
            ["verify", "a", "--at"], ["verify", "a", "--at", "2014-02-30"], ["verify", "a", "--at", "01.06.2014"],
            ["verify", "a", "--at", "2014"], ["read", "--plan", "17"], ["read", "--plan", "1,,2"],
            ["read", "--plan", "all"], ["read", "--plan", ""], ["read", "--timeout", "-1"],
            ["read", "--timeout", "3601"], ["read", "--timeout", "x"], ["simulate", "--profile", "x"],
            ["demo", "x"], ["readers", "x"], ["mrz", "a", "b"],
        ])
    func usage(_ arguments: [String]) throws {
        let run = try Emrtd.fails(64, arguments)
        #expect(run.errors.contains("Usage: emrtd"))
        #expect(run.output.isEmpty || arguments.contains("--json"))
    }

    @Test("with --json a usage error is an object too")
    func usageJSON() throws {
        let run = try Emrtd.fails(64, ["verify", "--json", "--at", "x"])
        let error = try #require(try run.json()["error"])
        #expect(try run.json()["verdict"] == .null)
        #expect(error["code"] == .string("usage"))
        #expect(error["exitCode"] == .number(64))
    }

    @Test("a disk that is full is no success")
    func fullDisk() throws {
        // The shell only connects standard output with the device that is always full.
        let run = try Emrtd.shell("exec \"$0\" demo > /dev/full")
        #expect(run.status == 64)
        #expect(run.errors.hasPrefix("emrtd: "))
    }
}
