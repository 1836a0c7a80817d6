import ArgumentParser
import EMRTD
import EMRTDTrust
import EMRTDProtocol

/// What this terminal proves its right to fingerprints and irises with.
struct TerminalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            The terminal's private key for Terminal Authentication (PKCS #8, SEC 1 or PKCS #1; DER or PEM, not encrypted).
            """, valueName: "file"))
    var terminalKey: String?

    @Option(
        help: ArgumentHelp(
            "A card verifiable certificate of the terminal, its document verifier or a link. May be given several times.",
            valueName: "file"))
    var terminalCertificate: [String] = []

    func validate() throws {
        guard (terminalKey == nil) == terminalCertificate.isEmpty else {
            throw ValidationError("--terminal-key and --terminal-certificate belong together.")
        }
    }

    /// The credentials, where there are any.
    func credentials() throws -> TerminalCredentials? {
        guard let terminalKey else { return nil }
        let certificates = try terminalCertificate.map { path in
            try read(path, most: 1 << 13)
        }
        var bytes = try SecretInput.bytes(of: terminalKey, most: 1 << 16)
        do {
            return try TerminalCredentials(
                certificates: certificates, key: try SoftwareTerminalKey(clearing: &bytes))
        } catch let error as ProtocolError {
            throw CommandError.usage(error.reason, "Check --terminal-key and --terminal-certificate.")
        }
    }

    private func read(_ path: String, most: Int) throws -> [UInt8] {
        do { return try FileReading.bytes(of: path, limit: most) } catch {
            throw CommandError.usage("\(path) cannot be read, or is longer than \(most) bytes", "Name another file.")
        }
    }
}
