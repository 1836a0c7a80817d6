import ArgumentParser

@main
struct EMRTDCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "emrtd")
}
