public import ISO7816

/// One run of an access or chip protocol, for the report: which, with what, and what came of it. What it proves, the checks say.
public struct ProtocolRun: Sendable, Hashable, CustomStringConvertible {
    /// The protocols.
    public enum Name: String, Sendable, Hashable, CaseIterable {
        /// Password Authenticated Connection Establishment (Doc 9303-11, 4.4).
        case pace = "PACE"
        /// Basic Access Control (Doc 9303-11, 4.3).
        case bac = "BAC"
        /// Chip Authentication (Doc 9303-11, 6.2).
        case chipAuthentication = "CA"
        /// Active Authentication (Doc 9303-11, 6.1).
        case activeAuthentication = "AA"
        /// Terminal Authentication (Doc 9303-11, 7.1).
        case terminalAuthentication = "TA"
    }

    /// What came of it.
    public enum Outcome: String, Sendable, Hashable, CaseIterable {
        /// It was run to its end.
        case successful
        /// The chip refused it.
        case refused
        /// It went wrong.
        case failed
    }

    /// The protocol.
    public let name: Name
    /// Its parameters, such as `ECDH GM AES-128, domain parameters 13, CAN`.
    public let parameters: String
    /// What came of it.
    public let outcome: Outcome
    /// The chip's status word, where it refused.
    public let statusWord: StatusWord?

    init(_ name: Name, _ parameters: String, _ outcome: Outcome, statusWord: StatusWord? = nil) {
        self.name = name
        self.parameters = parameters
        self.outcome = outcome
        self.statusWord = statusWord
    }

    /// All of it on one line.
    public var description: String {
        "\(name.rawValue) (\(parameters)): \(outcome.rawValue)" + (statusWord.map { " [\($0)]" } ?? "")
    }
}
