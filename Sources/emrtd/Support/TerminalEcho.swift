import Glibc

/// Keeps what is typed from being shown, and gives the terminal back however that ends.
enum TerminalEcho {
    /// What ends a program that a person or a system wants to end.
    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    /// Runs a body while standard input shows nothing that is typed. A signal that ends the program meanwhile ends it as it does
    /// any other, once the terminal is as it was.
    static func hidden<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard tcgetattr(STDIN_FILENO, &savedTerminal) == 0 else { return try body() }
        let old = signals.map { (signal: $0, action: handle($0)) }
        var silent = savedTerminal
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &savedTerminal)
            for (signal, var action) in old { sigaction(signal, &action, nil) }
        }
        return try body()
    }

    /// Takes a signal over, but not one that is ignored, as with nohup.
    ///
    /// - Returns: what was done with it before.
    private static func handle(_ signal: Int32) -> sigaction {
        var old = sigaction()
        sigaction(signal, nil, &old)
        guard unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self)
        else { return old }
        var new = sigaction()
        new.__sigaction_handler.sa_handler = restoreAndEnd
        // The second time, which the handler sends, the signal does what it always does.
        new.sa_flags = Int32(truncatingIfNeeded: Int64(SA_RESETHAND))
        sigaction(signal, &new, nil)
        return old
    }
}

/// How the terminal was. A signal's handler cannot be given anything: it is written before one is set, and read from then on.
private nonisolated(unsafe) var savedTerminal = termios()

/// Calls nothing but what a handler may call (POSIX.1, 2.4.3).
private func restoreAndEnd(_ signal: Int32) {
    // What was typed must not go to the shell.
    tcflush(STDIN_FILENO, TCIFLUSH)
    tcsetattr(STDIN_FILENO, TCSANOW, &savedTerminal)
    raise(signal)
}
