package import EMRTDTrust
package import ISO7816

/// The commands of Terminal Authentication that both versions share, terminal side (Doc 9303-11, 7.1.5; TR-03110-3, B.11).
package enum TerminalAuthenticationSteps {
    /// Bytes of a chip's challenge.
    package static let challengeLength = 8

    /// Presents a path of certificates: MSE:Set DST and PSO: Verify Certificate for each.
    ///
    /// - Throws: ``ProtocolError`` `refused` with the status word and the certificate's holder; what the session throws.
    package static func present(_ chain: CVCertificateChain, _ exchange: any APDUExchange) async throws {
        for certificate in chain.certificates {
            try await send(
                CommandAPDU(
                    ins: 0x22, p1: 0x81, p2: 0xB6, data: TLV.encode(0x83, certificate.authorityReference.bytes)),
                exchange, step: "MSE:Set DST",
                refusal: "the card does not take the key \(certificate.authorityReference)")
            try await send(
                CommandAPDU(
                    ins: 0x2A, p1: 0x00, p2: 0xBE, data: certificate.body + TLV.encode(0x5F37, certificate.signature)),
                exchange, step: "PSO Verify Certificate",
                refusal: "the card does not accept the certificate of \(certificate.holderReference)")
        }
    }

    /// Fetches a challenge.
    ///
    /// - Throws: ``ProtocolError`` `refused`, `malformedResponse` for another number of bytes than 8.
    package static func getChallenge(_ exchange: any APDUExchange) async throws -> [UInt8] {
        let answer = try await send(
            CommandAPDU(ins: 0x84, expectedLength: challengeLength), exchange, step: "GET CHALLENGE",
            refusal: "the card gives no challenge")
        guard answer.data.count == challengeLength else {
            throw ProtocolError(
                .malformedResponse, "a challenge of \(answer.data.count) bytes, \(challengeLength) are needed",
                step: "Terminal Authentication: GET CHALLENGE")
        }
        return answer.data
    }

    /// Fetches a challenge, has it signed together with what the signature is bound to, and sends the signature.
    ///
    /// - Throws: ``ProtocolError`` `refused`, `malformedResponse`, and `invalidCredentials` where the key gives no signature.
    package static func answerChallenge(
        _ exchange: any APDUExchange, binding: TerminalAuthenticationBinding, key: any TerminalKey,
        algorithm: TerminalSignatureAlgorithm
    ) async throws {
        let challenge = try await getChallenge(exchange)
        let signature = try await key.sign(binding.message(challenge: challenge), algorithm: algorithm)
        guard (1...1024).contains(signature.count) else {
            throw ProtocolError(
                .invalidCredentials, "the terminal's key gave a signature of \(signature.count) bytes",
                step: credentialsStep)
        }
        try await externalAuthenticate(signature, exchange)
    }

    /// Sends the terminal's signature.
    ///
    /// - Throws: ``ProtocolError`` `refused` with the status word.
    package static func externalAuthenticate(_ signature: [UInt8], _ exchange: any APDUExchange) async throws {
        try await send(
            CommandAPDU(ins: 0x82, data: signature), exchange, step: "EXTERNAL AUTHENTICATE",
            refusal: "the card does not accept the terminal's signature")
    }

    /// Sends a command whose answer must be 9000.
    @discardableResult
    package static func send(
        _ command: CommandAPDU, _ exchange: any APDUExchange, step: String, refusal: String
    ) async throws -> ResponseAPDU {
        let answer = try await exchange.exchange(command)
        guard answer.statusWord.isSuccess else {
            throw ProtocolError(
                .refused, refusal, step: "Terminal Authentication: \(step)", statusWord: answer.statusWord)
        }
        return answer
    }
}
