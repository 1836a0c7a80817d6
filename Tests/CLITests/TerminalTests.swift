import Glibc
import Testing

@Suite("Terminals")
struct TerminalTests {
    @Test("colours come on a terminal only")
    func colours() throws {
        let run = try Emrtd.run(["demo"], terminal: .output)
        #expect(run.status == 0)
        #expect(run.output.contains("\u{1B}[32mGENUINE"))
        #expect(run.output.contains("\u{1B}[33mTEST PKI"))
    }

    @Test("NO_COLOR takes them away, an empty one does not")
    func noColour() throws {
        let without = try Emrtd.run(["demo"], environment: ["NO_COLOR": "1"], terminal: .output)
        #expect(without.status == 0)
        #expect(!without.output.contains("\u{1B}"))
        #expect(without.output.contains("GENUINE"))
        let empty = try Emrtd.run(["demo"], environment: ["NO_COLOR": ""], terminal: .output)
        #expect(empty.output.contains("\u{1B}[32m"))
    }

    @Test("JSON has no colours even on a terminal")
    func json() throws {
        let run = try Emrtd.run(["demo", "--json"], terminal: .output)
        #expect(!run.output.contains("\u{1B}"))
    }

    @Test("progress is shown on a terminal and cleared before an error")
    func progress() throws {
        let run = try Emrtd.run(["read", "--can-file", "-"], input: "000123", terminal: .errors)
        #expect(run.status == 10)
        #expect(run.output.contains("waiting for a card"))
        #expect(run.output.contains("\u{1B}[Kemrtd: "))
        let quiet = try Emrtd.run(["read", "--can-file", "-"], input: "000123")
        #expect(!quiet.errors.contains("waiting for a card"))
    }

    @Test("a password typed at the prompt is not shown")
    func prompt() throws {
        for typed in ["000123\n", "003190000123\n"] {
            let run = try Emrtd.run(
                ["read"], terminal: [.input, .errors], typed: (after: "not shown", text: typed))
            // There is no smart-card service, so the password was taken and the next step failed.
            #expect(run.status == 10)
            #expect(!run.output.contains("000123"))
        }
    }

    @Test("an end of input at the prompt is a usage error")
    func endOfInput() throws {
        let run = try Emrtd.run(
            ["read"], terminal: [.input, .errors], typed: (after: "not shown", text: "\u{04}"))
        #expect(run.status == 64)
        #expect(run.output.contains("emrtd: "))
    }

    @Test(
        "a signal at the prompt ends the program as it does any other, and what is typed is shown again",
        arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT])
    func signals(_ signal: Int32) throws {
        let run = try Emrtd.run(
            ["read"], terminal: [.input, .errors], typed: (after: "not shown", text: "0001"), signal: signal)
        let echo = try #require(run.echo)
        #expect(!echo.before && echo.after)
        #expect(run.status == 128 + signal)
        #expect(!run.output.contains("0001"))
    }
}
