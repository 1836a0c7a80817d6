import EMRTD
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// One file that spoils its session must not spoil the others, and what happens while a session is opened again is told for what
/// it is.
@Suite(.leavesNoSecrets) struct RecoveryTests {
    /// The file that a READ BINARY names by its short identifier, under secure messaging or not.
    private static func isRead(_ command: [UInt8], of file: ElementaryFile) -> Bool {
        command[1] == 0xB0 && command[2] == 0x80 | file.shortFileIdentifier && command[0] & 0x0C == 0x0C
    }

    /// A file that is answered in clear, for ever, is asked for once and not again; the others are read.
    @Test(arguments: [[0x69, 0x82], [0x6A, 0x82], [0x6A, 0x88], [0x69, 0x85]] as [[UInt8]])
    func fileRefusedInClear(_ status: [UInt8]) async throws {
        let document = try TestDocuments.vietnamCitizen()
        for group: DataGroupNumber in [.dg2, .dg3, .dg13, .dg14, .dg15] {
            let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
                Self.isRead(command, of: .dataGroup(group)) ? .answer(status) : .pass
            }
            let inspection = try await Reading.inspect(document, through: channel)
            let record = inspection.files.first { $0.file == .dataGroup(group) }
            #expect(record?.outcome == .refused(StatusWord(UInt16(status[0]) << 8 | UInt16(status[1]))))
            #expect(record?.commands == 1 && channel.resets == 1)
            var expected = try readable(document)
            expected[.dataGroup(group)] = nil
            #expect(inspection.document.files == expected)
            // Fingerprints are guarded on good cards; without any other file the document is not whole.
            #expect(inspection.isGreen == (group == .dg3), "\(group): \(inspection.summary)")
            #expect(inspection.notes.contains { $0.contains("refused in clear") })
        }
    }

    /// Q44 in clear: every data group is refused.
    @Test func everyFileRefusedInClear() async throws {
        let document = try TestDocuments.passportTD3()
        let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
            command[1] == 0xB0 && command[0] & 0x0C == 0x0C && command[2] & 0x80 != 0 ? .answer([0x69, 0x82]) : .pass
        }
        let inspection = try await Reading.inspect(document, through: channel)
        #expect(
            inspection.verdict == .undetermined
                && inspection.files.allSatisfy { $0.bytes == nil || $0.file == .cardAccess })
        #expect(channel.sent.count < 300)
    }

    /// An error in clear at a small file is not about lengths: it costs one more session, and no block size.
    @Test(arguments: [[0x6F, 0x00], [0x69, 0x88], [0x67, 0x00], [0x6B, 0x00]] as [[UInt8]])
    func smallFileThatAlwaysFails(_ status: [UInt8]) async throws {
        let document = try TestDocuments.vietnamCitizen()
        let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
            Self.isRead(command, of: .dataGroup(.dg13)) ? .answer(status) : .pass
        }
        let inspection = try await Reading.inspect(document, through: channel)
        let record = inspection.files.first { $0.file == .dataGroup(.dg13) }
        guard case .unreadable? = record?.outcome else {
            Issue.record("\(record.map { "\($0)" } ?? "no record")")
            return
        }
        var expected = try readable(document)
        expected[.dataGroup(.dg13)] = nil
        #expect(inspection.document.files == expected && inspection.verdict == .undetermined)
        #expect(channel.resets == 2 && !inspection.notes.contains { $0.hasPrefix("block size") })
    }

    /// A long file that fails at every size uses up the ladder for itself alone.
    @Test func longFileThatAlwaysFails() async throws {
        let document = try TestDocuments.vietnamCitizen()
        let channel = TamperedChannel(try SimulatedChip(document, supportsExtendedLength: false)) { _, command in
            // DG2 alone is so long.
            command[1] == 0xB0 && command[0] & 0x0C == 0x0C && (0x10...0x7F).contains(command[2])
                ? .answer([0x6F, 0x00]) : .pass
        }
        let inspection = try await Reading.inspect(document, through: channel)
        let dg13 = inspection.files.first { $0.file == .dataGroup(.dg13) }
        #expect(inspection.verdict == .undetermined, "\(inspection.summary)")
        #expect(inspection.files.first { $0.file == .dataGroup(.dg2) }?.bytes == nil)
        #expect(dg13?.bytes != nil && (dg13?.commands ?? 9) <= 4, "the others are read in large blocks")
        #expect(channel.resets <= 8 && channel.sent.count < 400)
    }

    /// The first command of a session may fail (Q24): the second session is good.
    @Test(arguments: [[0x69, 0x88], [0x6F, 0x00], [0x69, 0x87]] as [[UInt8]])
    func firstReadOfASessionFails(_ status: [UInt8]) async throws {
        for document in [try TestDocuments.bacOnly(), try TestDocuments.passportTD3()] {
            let isFirst = Shared(true)
            let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
                guard command[1] == 0xB0, command[0] & 0x0C == 0x0C else { return .pass }
                return isFirst.update { first in
                    defer { first = false }
                    return first
                } ? .answer(status) : .pass
            }
            let inspection = try await Reading.inspect(document, through: channel, with: document.mrzKey)
            #expect(inspection.verdict == .genuine && channel.resets == 1, "\(inspection.summary)")
            #expect(try inspection.document.files == readable(document))
        }
    }

    /// A second reset while the session is opened again, at each of its commands.
    @Test(arguments: [CardChannelError.Code.cardReset, .transmissionFailed])
    func resetWhileOpeningAgain(_ code: CardChannelError.Code) async throws {
        for document in [try TestDocuments.passportTD3(), try TestDocuments.bacOnly()] {
            let key = try document.mrzKey
            for delay in 1...22 {
                let lost = Shared(-1)
                let channel = TamperedChannel(try SimulatedChip(document)) { number, _ in
                    if number == 16 { lost.update { $0 = number } }
                    return number == 16 || number == 16 + delay ? .lose(code) : .pass
                }
                do {
                    let inspection = try await Reading.inspect(document, through: channel, with: key)
                    #expect(inspection.isGreen, "after \(delay): \(inspection.summary)")
                    #expect(try inspection.document.files == readable(document), "after \(delay)")
                } catch let error as EMRTDError {
                    Issue.record("after \(delay): \(error)")
                }
            }
        }
    }

    /// The card that comes back does not take the key that had opened it: that is no wrong password.
    @Test(arguments: [true, false])
    func keyThatNoLongerOpens(bac: Bool) async throws {
        let document = try bac ? TestDocuments.bacOnly() : TestDocuments.passportTD3()
        var holder = PassportHolder.invented
        holder.documentNumber = "X0000999"
        let other = try TestDocuments.passport { options in
            options.holder = .passport(holder)
            if bac { options.pace = [] }
            options.cardAccessNumber = bac ? nil : "654321"
        }
        let second = try SimulatedChip(other)
        let channel = TamperedChannel(try SimulatedChip(document)) { number, _ in
            number == 14 ? .exchangeCard(second) : .pass
        }
        let error = try await Reading.error(document, through: channel, with: bac ? document.mrzKey : document.can)
        #expect(
            error?.code == .protocolViolation && error?.remedy == .holdCardStill, "\(error.map { "\($0)" } ?? "none")")
    }
}
