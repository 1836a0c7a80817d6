import EMRTDProtocol
import ISO7816
import LDS

/// Opening a session again after it was lost.
extension ReadingSession {
    /// What the loss of a session means for Chip Authentication that has not been proven yet.
    ///
    /// - Returns: whether the loss is itself the finding that the chip does not have the key.
    func noteLostSession(_ error: any Error) -> Bool {
        // The first answer may have been accepted before a later one of the same file was not.
        confirmChip()
        guard case .agreed = chipAuthentication else { return false }
        if let failure = error as? ProtocolError, Self.tellsOfWrongKeys(failure) {
            chipAuthentication = .failed(failure.reason)
            return true
        }
        countLostProof(error)
        return false
    }

    /// A chip whose sessions are lost again and again between agreement and proof is not asked a third time.
    private func countLostProof(_ error: any Error) {
        guard case .agreed = chipAuthentication else { return }
        lostProofs += 1
        guard lostProofs > 1 else { return }
        if let status = (error as? ProtocolError)?.statusWord {
            chipAuthentication = .refused(status)
        } else {
            chipAuthentication = .aborted("the session was lost before the chip's proof, twice")
        }
    }

    /// What a card says that cannot answer under the keys which only the key of DG14 gives: a wrong MAC, or that our objects
    /// are wrong or missing.
    private static func tellsOfWrongKeys(_ failure: ProtocolError) -> Bool {
        switch (failure.code, failure.statusWord) {
        case (.secureMessagingFailed, _): true
        case (.unprotectedStatus, .some(.secureMessagingObjectsIncorrect)),
            (.unprotectedStatus, .some(.secureMessagingObjectsMissing)):
            true
        default: false
        }
    }

    /// Counts a session lost to a reset or a reader; throws the error where there were too many.
    func countRecovery(_ error: CardChannelError) throws {
        recoveries += 1
        guard recoveries <= Self.maximumRecoveries else { throw error }
    }

    static func isTransient(_ error: CardChannelError) -> Bool {
        error.code == .cardReset || error.code == .transmissionFailed
    }

    /// Resets the card and opens it again the way it was opened before. A chip that had begun or given its proof has to give it
    /// again: another card could finish what this one began, and an answer under the keys of PACE or BAC alone must never pass
    /// for the proof. A card that is reset once more meanwhile is opened once more.
    func reopen() async throws {
        while true {
            do {
                // A proof belongs to its session: where the reopening fails on the way, none is left.
                if case .proven(let parameters) = chipAuthentication { chipAuthentication = .agreed(parameters) }
                try await reopenWithoutChip()
                if case .agreed(let parameters) = chipAuthentication { try await agreeWithChip(parameters) }
                try await expectSameDocument()
                try await authenticateTerminalAgain()
                return
            } catch let error as CardChannelError where Self.isTransient(error) {
                try countRecovery(error)
                countLostProof(error)
                log.note("the card was reset once more while it was opened again")
            }
        }
    }

    /// The same without Chip Authentication.
    func reopenWithoutChip() async throws {
        chipSession = nil
        terminalEphemeralKey = nil
        reopenings += 1
        guard reopenings <= Self.maximumReopenings else {
            throw EMRTDError(
                .protocolViolation, "the card ended its session \(Self.maximumReopenings) times", stage: .read,
                remedy: .tryAgain)
        }
        exchange = plain
        do {
            exchange = try await access.reopen()
        } catch let error as ProtocolError
            where [
                .wrongPassword, .passwordBlocked, .refused, .notSupported, .authenticationFailed, .invalidPublicKey,
            ].contains(error.code)
        {
            // The key opened the card before, so it is not the key that is wrong.
            throw EMRTDError(
                .protocolViolation, "after a reset the card does not open as before: it moved, or is another one",
                stage: .read, remedy: .holdCardStill, statusWord: error.statusWord)
        }
    }

    /// Reads EF.SOD again after a reset, where it had been read, and ends the reading if it is another one: nothing of two
    /// documents is mixed.
    private func expectSameDocument() async throws {
        guard let known = log[.sod]?.bytes else { return }
        var again = reader(for: .sod)
        var outcome = try await again.read(exchange, responseLength: blockSize.responseLength)
        while case .lengthRefused(let status) = outcome, blockSize.stepDown() {
            log.note("block size \(blockSize.responseLength) after \(status)")
            outcome = try await again.read(exchange, responseLength: blockSize.responseLength)
        }
        confirmChip()
        switch outcome {
        case .complete where again.bytes == known: return
        case .complete:
            throw EMRTDError(
                .protocolViolation, "after a reset the card is not the one that the reading began with", stage: .read,
                remedy: .holdCardStill)
        case .refused(let status), .lengthRefused(let status):
            throw EMRTDError(
                .protocolViolation, "after a reset the card no longer gives EF.SOD", stage: .read,
                remedy: .holdCardStill, statusWord: status)
        }
    }
}
