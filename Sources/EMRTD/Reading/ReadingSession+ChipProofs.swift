import EMRTDProtocol
import ISO7816
import LDS

/// The protocols by which the chip proves that it is no copy.
extension ReadingSession {
    /// Runs Chip Authentication; its result shows with the next protected response. A session that a reset ends meanwhile is
    /// opened again, with one more try.
    func authenticateChip(_ parameters: ChipAuthenticationParameters) async throws {
        do {
            try await agreeWithChip(parameters)
        } catch let error as CardChannelError where Self.isTransient(error) {
            try countRecovery(error)
            chipAuthentication = .agreed(parameters)
            log.note("session opened again for Chip Authentication")
            _ = noteLostSession(error)
            try await reopen()
        }
    }

    /// Agrees on keys. A refusal is a result. A protected answer that is wrong is none: it tells of the present session and not of
    /// the chip's key, which has not been used yet (Doc 9303-11, 6.2.2), and ends the reading like any other.
    func agreeWithChip(_ parameters: ChipAuthenticationParameters) async throws {
        let name =
            "\(parameters.protocol.agreement.rawValue) \(parameters.protocol.cipher.rawValue), "
            + "domain parameters \(parameters.parameterId), \(parameters.command.rawValue)"
            + (parameters.isInferred ? ", inferred" : "")
        func end(_ state: ChipAuthenticationState, _ outcome: ProtocolRun.Outcome, _ status: StatusWord? = nil) {
            chipAuthentication = state
            log.add(ProtocolRun(.chipAuthentication, name, outcome, statusWord: status))
        }
        let passedExtendedLength = plain.usesExtendedLength
        do {
            let terminal = try ChipAuthenticationTerminal(parameters)
            let success = try await terminal.run(exchange)
            let session = SecureMessaging(over: plain, context: try success.keys.makeContext())
            chipSession = session
            exchange = session
            terminalEphemeralKey = success.ephemeralPublicKey
            end(.agreed(parameters), .successful)
        } catch let error as ProtocolError {
            switch error.code {
            case .refused: end(.refused(error.statusWord ?? .unknownError), .refused, error.statusWord)
            // The card took neither extended length nor a protected command in pieces. In the next session each piece is
            // protected by itself.
            case .unprotectedStatus where passedExtendedLength && !plain.usesExtendedLength:
                log.note("session opened again for Chip Authentication: the card takes no extended length")
                try await reopenWithoutChip()
                try await agreeWithChip(parameters)
            case .unprotectedStatus where error.statusWord?.isError == true:
                end(.refused(error.statusWord ?? .unknownError), .refused, error.statusWord)
                try await reopenWithoutChip()
            // The key of DG14 cannot be computed with; nothing went to the chip.
            case .invalidPublicKey: end(.aborted(error.reason), .failed)
            default: throw error
            }
        }
    }

    /// Takes an accepted response under the new keys as the proof.
    func confirmChip() {
        guard case .agreed(let parameters) = chipAuthentication, let chipSession, exchange === chipSession,
            chipSession.acceptedResponses > 0
        else { return }
        chipAuthentication = .proven(parameters)
    }

    /// Runs Active Authentication. Where the reader cannot carry the long answer in one way, or the card ends the session over
    /// its length, the other is tried once.
    func activeAuthentication(_ key: SubjectPublicKeyInfo, algorithm: OID?) async throws -> ActiveAuthentication.Result
    {
        func add(_ result: ActiveAuthentication.Result) {
            let (parameters, outcome, status) = Self.description(result)
            log.add(ProtocolRun(.activeAuthentication, parameters, outcome, statusWord: status))
        }
        let prefersExtended = blockSize.responseLength > 256
        var usesExtended = !prefersExtended
        do {
            let first = try await ActiveAuthentication.run(
                exchange, key: key, algorithm: algorithm, usesExtendedLength: prefersExtended)
            confirmChip()
            add(first)
            return first
        } catch let error as CardChannelError where Self.isTransient(error) {
            try countRecovery(error)
            if error.code == .cardReset { usesExtended = prefersExtended }
            try await reopenForActiveAuthentication(error.code.description)
        } catch let error as ProtocolError where error.code == .unprotectedStatus && error.statusWord == .wrongLength {
            // The card judged the length before it looked under secure messaging.
            try await reopenForActiveAuthentication("\(StatusWord.wrongLength)")
        }
        let second = try await ActiveAuthentication.run(
            exchange, key: key, algorithm: algorithm, usesExtendedLength: usesExtended)
        confirmChip()
        add(second)
        return second
    }

    /// Another card may be there now: whatever goes wrong here ends the reading, it is no result of the proof.
    private func reopenForActiveAuthentication(_ reason: String) async throws {
        log.note("session opened again for Active Authentication: \(reason)")
        do { try await reopen() } catch { throw EMRTDError(error, stage: .chip) }
    }

    private static func description(_ result: ActiveAuthentication.Result) -> (
        String, ProtocolRun.Outcome, StatusWord?
    ) {
        switch result {
        case .authentic(let proof): (proof.description, .successful, nil)
        case .wrong: ("key of DG15", .failed, nil)
        case .incomplete(let count): ("key of DG15, answer of \(count) bytes", .failed, nil)
        case .refused(let status): ("key of DG15", .refused, status)
        case .notSupported: ("key of DG15, not supported", .failed, nil)
        }
    }
}
