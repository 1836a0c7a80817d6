import EMRTD
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS
import Synchronization
import Testing

/// The card leaves, is reset, is exchanged, or the person at the desk cancels: at every command there is.
@Suite(.leavesNoSecrets) struct InterruptionTests {
    /// The commands of an undisturbed reading.
    private func commands(_ document: PersonalisedDocument, with key: AccessKey) async throws -> [[UInt8]] {
        let channel = TamperedChannel(try SimulatedChip(document))
        #expect(try await Reading.inspect(document, through: channel, with: key).verdict == .genuine)
        return channel.sent
    }

    @Test(arguments: [
        CardChannelError.Code.cardRemoved, .readerRemoved, .unresponsiveCard, .serviceUnavailable, .closed, .noCard,
    ])
    func lostAtEveryCommand(_ code: CardChannelError.Code) async throws {
        for document in [try TestDocuments.vietnamCitizen(), try TestDocuments.bacOnly()] {
            let key = try document.mrzKey
            let expected: EMRTDError.Code =
                switch code {
                case .readerRemoved: .noReader
                case .serviceUnavailable: .serviceFailed
                case .closed: .cancelled
                case .noCard: .noCard
                default: .cardRemoved
                }
            for number in try await commands(document, with: key).indices {
                let channel = TamperedChannel(try SimulatedChip(document)) { count, _ in
                    count >= number ? .fail(code) : .pass
                }
                let error = try await Reading.error(document, through: channel, with: key)
                #expect(error?.code == expected, "at command \(number): \(error.map { "\($0)" } ?? "none")")
                #expect(channel.sent.count == number + 1, "no command may follow the loss")
                #expect(channel.closes == 1)
            }
        }
    }

    /// A card that is reset while files are read is opened again, proves itself again, and the reading goes on where it was.
    @Test(arguments: [CardChannelError.Code.cardReset, .transmissionFailed])
    func resetOnceAtEveryCommand(_ code: CardChannelError.Code) async throws {
        for document in [try TestDocuments.vietnamCitizen(), try TestDocuments.bacOnly()] {
            let key = try document.mrzKey
            let all = try await commands(document, with: key)
            var recovered = 0
            for number in all.indices {
                let chip = try SimulatedChip(document)
                let channel = TamperedChannel(chip) { count, _ in count == number ? .lose(code) : .pass }
                do {
                    let inspection = try await Reading.inspect(document, through: channel, with: key)
                    #expect(inspection.verdict == .genuine, "at command \(number): \(inspection.summary)")
                    #expect(try inspection.document.files == readable(document), "at command \(number)")
                    #expect(channel.resets == 1 && inspection.notes.contains { $0.contains("session opened again") })
                    recovered += 1
                } catch let error as EMRTDError {
                    // Access itself and the chip's proofs are not taken up again.
                    #expect(error.code == .cardRemoved && [.access, .chip].contains(error.stage), "\(error)")
                    #expect(![0xB0, 0xB1].contains(all[number][1]) || error.stage == .access, "at command \(number)")
                }
            }
            #expect(recovered >= 10)
        }
    }

    @Test func cardThatIsResetForEverIsGivenUp() async throws {
        let document = try TestDocuments.passportTD3()
        let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
            command[0] & 0x0C == 0x0C && command[1] == 0xB0 ? .lose(.cardReset) : .pass
        }
        let error = try await Reading.error(document, through: channel)
        #expect(error?.code == .cardRemoved && error?.remedy == .holdCardStill)
        #expect(channel.resets <= 6 && channel.sent.count < 120)
    }

    /// A copy has the files but not the key of DG14. It falls silent on the first command after Chip Authentication, so that
    /// the session is opened again without it; the next answer must not count as the proof.
    @Test(arguments: [CardChannelError.Code.cardReset, .transmissionFailed])
    func resetDoesNotStandInForChipAuthentication(_ code: CardChannelError.Code) async throws {
        let document = try TestDocuments.passport { $0.activeAuthentication = nil }
        let foreign = try TestDocuments.passport { $0.activeAuthentication = nil }
        let copy = document.replacing(chipAuthenticationKeys: foreign.chipAuthenticationKeys)
        for delay in 1...4 {
            let sinceProof = Shared(-1)
            let channel = TamperedChannel(try SimulatedChip(copy)) { _, command in
                let count = sinceProof.update { count in
                    if command[0] & 0x0C == 0x0C, command[1] == 0x86, count < 0 {
                        count = 0
                    } else if count >= 0 {
                        count += 1
                    }
                    return count
                }
                return count == delay ? .lose(code) : .pass
            }
            do {
                let inspection = try await Reading.inspect(document, through: channel)
                #expect(!inspection.isGreen, "after \(delay) commands: \(inspection.summary)")
                #expect(inspection[.chipCA]?.result != .successful, "\(inspection.outcome(.chipCA))")
            } catch is EMRTDError {}
        }
    }

    /// Attack 22: nothing of two cards may be mixed.
    @Test func anotherCardInMidRead() async throws {
        let document = try TestDocuments.passportTD3()
        let other = try TestDocuments.anotherPassport()
        let all = try await commands(document, with: document.can)
        for number in 1..<all.count {
            let second = try SimulatedChip(other)
            let channel = TamperedChannel(try SimulatedChip(document)) { count, _ in
                count == number ? .exchangeCard(second) : .pass
            }
            do {
                let inspection = try await Reading.inspect(document, through: channel)
                if number == all.count - 1 {
                    // Active Authentication is the last command: the chip has been proven by the other protocol before.
                    #expect(inspection[.chipAA]?.result == .aborted && inspection.outcome(.chipCA) == "successful ok")
                } else {
                    #expect(!inspection.isGreen, "at command \(number): \(inspection.summary)")
                }
                // A card that comes before any file is read is read as a whole; nothing of two is mixed.
                let mine = try readable(document)
                let origins = Set(
                    inspection.files.compactMap { record in
                        record.bytes.flatMap { try? readable(other)[record.file] == $0 ? nil : mine[record.file] == $0 }
                    })
                #expect(origins.count <= 1, "at command \(number)")
            } catch let error as EMRTDError {
                #expect(
                    [.protocolViolation, .accessFailed, .wrongPassword, .notAnEMRTD].contains(error.code),
                    "at command \(number): \(error)")
            }
        }
    }

    /// The second card has the same CAN and comes together with a reset, so that the session opens again on it.
    @Test func anotherCardAfterAReset() async throws {
        let document = try TestDocuments.passportTD3()
        let other = try TestDocuments.anotherPassport()
        let all = try await commands(document, with: document.can)
        for number in 1..<all.count {
            let second = try SimulatedChip(other)
            let channel = ExchangingChannel(try SimulatedChip(document), second: second, at: number)
            do {
                let inspection = try await Reading.inspect(document, through: channel)
                #expect(!inspection.isGreen, "at command \(number): \(inspection.summary)")
            } catch is EMRTDError {}
        }
    }

    @Test func cancellationAtEveryCommand() async throws {
        let document = try TestDocuments.vietnamCitizen()
        let key = try document.can
        for number in try await commands(document, with: key).indices {
            let handle = Shared<Task<EMRTDError?, any Error>?>(nil)
            let channel = TamperedChannel(try SimulatedChip(document)) { count, _ in
                if count == number { handle.current?.cancel() }
                return .pass
            }
            let (gate, open) = AsyncStream.makeStream(of: Void.self)
            let task = Task { () -> EMRTDError? in
                for await _ in gate { break }
                do {
                    _ = try await Reading.inspect(document, through: channel, with: key)
                    return nil
                } catch let error as EMRTDError {
                    return error
                }
            }
            handle.update { $0 = task }
            open.yield()
            open.finish()
            let error = try await task.value
            if number == channel.sent.count - 1, error == nil { continue }
            #expect(error?.code == .cancelled, "at command \(number)")
            #expect(channel.sent.count == number + 1, "the command under way ends, no other follows")
            #expect(channel.closes == 1)
        }
    }

    @Test func cancelledBeforeItBegins() async throws {
        let document = try TestDocuments.passportTD3()
        let channel = TamperedChannel(try SimulatedChip(document))
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await Reading.error(document, through: channel)
        }
        #expect(try await task.value?.code == .cancelled)
        #expect(channel.sent.isEmpty && channel.closes == 1)
    }
}

/// Fails one command as a reset does; from then on another card is in the field.
private final class ExchangingChannel: CardChannel {
    let properties: CardChannelProperties
    private let first: SimulatedChip
    private let second: SimulatedChip
    private let number: Int
    private let count = Mutex(0)

    init(_ first: SimulatedChip, second: SimulatedChip, at number: Int) {
        (self.first, self.second, self.number) = (first, second, number)
        properties = first.properties
    }

    func transmit(_ command: [UInt8]) async throws -> [UInt8] {
        let index = count.withLock { count in
            defer { count += 1 }
            return count
        }
        if index == number { throw CardChannelError(.cardReset, "made by the test") }
        return try await (index < number ? first : second).transmit(command)
    }

    func reset() async throws { (count.withLock { $0 } <= number ? first : second).reset() }

    func close() async {
        await first.close()
        await second.close()
    }
}

extension InterruptionTests {
    /// The reader fails at INTERNAL AUTHENTICATE, and after the reset another card is there: the proof of the first one must
    /// not stand for a session that is over.
    @Test func anotherCardAfterTheProof() async throws {
        let document = try TestDocuments.vietnamCitizen()
        let key = try document.can
        let all = try await commands(document, with: key)
        let last = try #require(all.lastIndex { $0[1] == 0x88 || $0[0] & 0x0C == 0x0C })
        let chip = try SimulatedChip(document)
        let channel = TamperedChannel(chip) { count, command in
            if count < last { return .pass }
            // After the reset nothing opens: EF.CardAccess and PACE belong to somebody else.
            return count == last ? .lose(.transmissionFailed) : .answer([0x6A, 0x80])
        }
        let error = try await Reading.error(document, through: channel, with: key)
        #expect(error != nil, "a reading that ended on another card has no verdict")
    }
}
