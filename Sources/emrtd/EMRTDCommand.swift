import ArgumentParser

@main
struct EMRTDCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "emrtd",
        abstract: "Read chip-based ID cards and passports, and say whether they are genuine.",
        discussion: """
            Exit codes: 0 genuine; 10 no reader; 11 no card in time; 12 card removed or reset; 13 access denied by the \
            smart-card service; 14 reader busy; 20 wrong password; 30 rejected; 31 undetermined; 32 aborted; 33 data \
            authentic, but a copy cannot be excluded; 40 trust store unusable; 64 usage; 70 a bug of this program.
            """,
        version: "0.1.0",
        subcommands: [
            DemoCommand.self, ReadersCommand.self, ReadCommand.self, VerifyCommand.self, SimulateCommand.self,
            MRZCommand.self,
        ])
}
