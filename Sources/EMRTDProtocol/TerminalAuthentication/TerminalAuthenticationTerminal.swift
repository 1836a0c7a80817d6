package import EMRTDTrust
package import ISO7816

/// Terminal Authentication version 1, terminal side (Doc 9303-11, 7.1): certificates, a challenge, a signature. After it the chip
/// gives what the certificates allow, under the secure messaging that Chip Authentication (or PACE with Chip Authentication
/// Mapping) set up.
package struct TerminalAuthenticationTerminal: Sendable {
    private let credentials: TerminalCredentials
    private let chain: CVCertificateChain

    /// What a successful run yields.
    package struct Success: Sendable {
        /// The certificates that the chip took.
        package let chain: CVCertificateChain
        /// The rights that the certificates sent give at most: the AND over document verifier and terminal. The chip also
        /// applies those of its trust point.
        package let requestedAuthorization: CertificateHolderAuthorization
    }

    /// Prepares a run with a chip.
    ///
    /// - Parameter trustPoints: the names of the chip's trust points, from EF.CVCA or PACE, the current one first.
    /// - Throws: ``ProtocolError`` `noCertificatePath`.
    package init(_ credentials: TerminalCredentials, trustPoints: [CVReference]) throws {
        self.credentials = credentials
        chain = try credentials.path(from: trustPoints)
    }

    /// Prepares a run with names as files and protocols carry them; those that cannot be names are passed over.
    package init(_ credentials: TerminalCredentials, trustPointNames: [[UInt8]]) throws {
        try self.init(credentials, trustPoints: trustPointNames.compactMap { CVReference($0) })
    }

    /// Runs the protocol.
    ///
    /// - Parameter binding: the chip and the ephemeral key of the session.
    /// - Throws: ``ProtocolError`` `refused` with the step and the status word, `malformedResponse`, `invalidCredentials` where
    ///   the terminal's key gives no signature; what the key and the session throw.
    package func run(_ exchange: any APDUExchange, binding: TerminalAuthenticationBinding) async throws -> Success {
        try await TerminalAuthenticationSteps.present(chain, exchange)
        let terminal = chain.terminal
        try await TerminalAuthenticationSteps.send(
            CommandAPDU(ins: 0x22, p1: 0x81, p2: 0xA4, data: TLV.encode(0x83, terminal.holderReference.bytes)),
            exchange,
            step: "MSE:Set AT", refusal: "the card does not take the terminal's key \(terminal.holderReference)")
        try await TerminalAuthenticationSteps.answerChallenge(
            exchange, binding: binding, key: credentials.key, algorithm: terminal.algorithm)
        return Success(chain: chain, requestedAuthorization: chain.relativeAuthorization)
    }
}
