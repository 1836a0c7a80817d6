import Testing

/// Passwords come from a prompt, standard input or a file. Where the password is taken, no smart-card service is there and
/// the exit code is 10.
@Suite("Passwords")
struct PasswordTests {
    @Test("what is taken, from standard input and from a file", arguments: good.indices)
    func taken(_ index: Int) throws {
        let (option, text) = Self.good[index]
        try Emrtd.fails(10, ["read", option, "-"], input: text, says: "smart-card service")
        let folder = try Folder()
        try Emrtd.fails(10, ["read", option, folder.write(text, "password")], says: "smart-card service")
    }

    static let good = [
        ("--can-file", "000123"), ("--can-file", " 000123\r\n"), ("--number-file", "003190000123\n"),
        ("--pin-file", "271828"), ("--pin-file", "27182\n"), ("--puk-file", "3141592653"),
        ("--mrz-file", "X0000417Q 840401 360813"), ("--mrz-file", "X0000417Q\n840401\n360813\n"),
        ("--mrz-file", "P<UTOMUSTERSSON<<ANNA<TEST<<<<<<<<<<<<<<<<<<\nX0000417Q9UTO8304014F3608131<<<<<<<<<<<<<<<0\n"),
    ]

    static let bad = [
        ("--pin-file", ""), ("--pin-file", "271 828"), ("--puk-file", "31415926531415926"),
        ("--can-file", ""), ("--can-file", "\n"), ("--can-file", "00012300012300012"), ("--can-file", "000 123"),
        ("--can-file", "00012\u{0}"), ("--can-file", "Đặng"), ("--number-file", ""), ("--number-file", "00319000012"),
        ("--number-file", "0031900001234"), ("--number-file", "00319000012X"), ("--mrz-file", ""),
        ("--mrz-file", "X0000417Q 840401"), ("--mrz-file", "X0000417Q 84040A 360813"),
        ("--mrz-file", "x0000417q 840401 360813"), ("--mrz-file", "P<UTOMUSTERSSON<<ANNA<TEST"),
        ("--mrz-file", String(repeating: "A", count: 5000)), ("--can-file", String(repeating: "1", count: 100_000)),
    ]

    @Test("what has not the form of a password is refused before any card is asked", arguments: bad.indices)
    func refused(_ index: Int) throws {
        let (option, text) = Self.bad[index]
        let run = try Emrtd.fails(64, ["read", option, "-"], input: text)
        #expect(run.output.isEmpty)
        let trimmed = text.split { $0.isWhitespace || $0 == "\u{0}" }.joined(separator: " ")
        #expect(trimmed.count < 3 || !run.errors.contains(trimmed), "what was typed is repeated")
    }

    @Test("no argument takes a password, and none is repeated in the error")
    func neverFromArguments() throws {
        for arguments in [
            ["--can", "000123"], ["--can=000123"], ["--mrz", "X0000417Q840401360813"], ["--number=003190000123"],
            ["--password", "000123"], ["000123"], ["003190000123"], ["--can-file=000123"], ["--can-file", "000123"],
            ["--number-file", "003190000123"], ["--mrz-file", "IDVNM1900001230003190000123<<3"],
            ["--timeout", "000123x"], ["--pin", "000123"], ["--pin=000123"], ["--puk=000123"],
            ["--pin-file", "000123"],
        ] {
            let run = try Emrtd.fails(64, ["read"] + arguments)
            #expect(!run.errors.contains("000123") && !run.errors.contains("X0000417Q"), "\(arguments.first ?? "")")
        }
    }

    @Test("one password only")
    func two() throws {
        for pair in [
            ["--pin-file", "--puk-file"], ["--pin-file", "--mrz-file"], ["--can-file", "--puk-file"],
            ["--can-file", "--mrz-file"], ["--can-file", "--number-file"], ["--mrz-file", "--number-file"],
        ] {
            try Emrtd.fails(64, ["read", pair[0], "-", pair[1], "-"], input: "000123", says: "Use one of")
        }
    }

    @Test("a file that cannot be read")
    func unreadable() throws {
        let folder = try Folder()
        try Emrtd.fails(64, ["read", "--can-file", folder.file("none")], says: "cannot be opened")
        try Emrtd.fails(64, ["read", "--can-file", folder.path], says: "Name a file")
    }

    @Test("without a terminal and without a file")
    func nothing() throws {
        try Emrtd.fails(64, ["read"], says: "--can-file", "no terminal")
    }
}
