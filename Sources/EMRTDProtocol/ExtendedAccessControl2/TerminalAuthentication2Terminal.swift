package import EMRTDCrypto
package import EMRTDTrust
package import ISO7816
import LDS

/// Terminal Authentication version 2, terminal side (TR-03110-2, 3.3; TR-03110-3, B.11): runs under the secure messaging of PACE,
/// before Chip Authentication version 2, whose ephemeral key it announces.
package struct TerminalAuthentication2Terminal: Sendable {
    private let credentials: TerminalCredentials
    private let chain: CVCertificateChain

    /// Prepares a run with a chip.
    ///
    /// - Parameter trustPointNames: the names that PACE gave for the terminal type of its authorization template, the current
    ///   one first (``PACETerminal/Success/certificationAuthorityReferences``); those that cannot be names are passed over.
    /// - Throws: ``ProtocolError`` `noCertificatePath`.
    package init(_ credentials: TerminalCredentials, trustPointNames: [[UInt8]]) throws {
        self.credentials = credentials
        chain = try credentials.path(from: trustPointNames.compactMap { CVReference($0) })
    }

    /// Runs the protocol.
    ///
    /// - Parameters:
    ///   - chipKey: the chip's ephemeral public key of PACE, which the chip is identified by.
    ///   - domain: the group of PACE.
    ///   - announced: Comp(PK_PCD) of the key that Chip Authentication will send
    ///     (``ChipAuthentication2Terminal/compressedKey``).
    ///   - auxiliaryData: what the chip is to compare with its data.
    /// - Throws: ``ProtocolError`` `refused` with the step and the status word, `malformedResponse`, `invalidPublicKey`,
    ///   `invalidCredentials` where the terminal's key gives no signature; what the key and the session throw.
    package func run(
        _ exchange: any APDUExchange, chipKey: [UInt8], domain: DomainParameters, announced: [UInt8],
        auxiliaryData: AuthenticatedAuxiliaryData? = nil
    ) async throws -> TerminalAuthenticationTerminal.Success {
        guard let identifier = try? domain.compressed(publicKey: chipKey) else {
            throw ProtocolError(
                .invalidPublicKey, "the chip's key of \(chipKey.count) bytes is not of the group of PACE",
                step: "Terminal Authentication: chip identifier")
        }
        let binding = TerminalAuthenticationBinding(
            chipIdentifier: identifier, announced: announced, auxiliaryData: auxiliaryData?.encoded ?? [])
        try await TerminalAuthenticationSteps.present(chain, exchange)
        let terminal = chain.terminal
        let data = [
            TLV.encode(0x80, terminal.algorithm.objectIdentifier.encoded),
            TLV.encode(0x83, terminal.holderReference.bytes), auxiliaryData?.encoded ?? [], TLV.encode(0x91, announced),
        ]
        try await TerminalAuthenticationSteps.send(
            CommandAPDU(ins: 0x22, p1: 0x81, p2: 0xA4, data: data.flatMap { $0 }), exchange, step: "MSE:Set AT",
            refusal: "the card does not take the terminal's key \(terminal.holderReference)")
        try await TerminalAuthenticationSteps.answerChallenge(
            exchange, binding: binding, key: credentials.key, algorithm: terminal.algorithm)
        return TerminalAuthenticationTerminal.Success(
            chain: chain, requestedAuthorization: chain.relativeAuthorization)
    }
}

extension CertificateHolderAuthorization {
    /// The content of the template 7F4C, as PACE's MSE:Set AT takes it (``PACETerminal``).
    package var templateContent: [UInt8] {
        // What was encoded here parses.
        (try? TLV(exactly: encoded)).map { Array($0.value) } ?? []
    }
}
