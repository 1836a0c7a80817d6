import EMRTD
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// Each command costs a desk time; and a plan reads no more than it asks for.
@Suite(.leavesNoSecrets) struct CommandCountTests {
    @Test(arguments: [(true, 45), (false, 110)])
    func everythingWithThePortrait(extended: Bool, limit: Int) async throws {
        for document in [try TestDocuments.vietnamCitizen(), try TestDocuments.passportTD3()] {
            #expect(try document.content("DG2").count > 15_000)
            let channel = TamperedChannel(try SimulatedChip(document, supportsExtendedLength: extended))
            let inspection = try await Reading.inspect(document, through: channel)
            print("commands: \(document.profile), extended length \(extended): \(channel.sent.count)")
            #expect(inspection.verdict == .genuine)
            #expect(channel.sent.count <= limit)
            #expect(inspection.timing.commands == channel.sent.count)
            #expect(inspection.files.map(\.commands).reduce(0, +) < channel.sent.count)
            if !extended {
                #expect(channel.sent.allSatisfy { $0.count <= 261 } && channel.received.allSatisfy { $0.count <= 258 })
            }
        }
    }

    @Test func planDecidesWhatIsRead() async throws {
        let document = try TestDocuments.vietnamCitizen()
        func files(_ plan: ReadPlan) async throws -> Set<ElementaryFile> {
            let inspection = try await Reading.inspect(document, reading: plan)
            #expect(inspection.verdict == .genuine, "\(inspection.summary)")
            return Set(inspection.files.map(\.file))
        }
        let always: Set<ElementaryFile> = [
            .cardAccess, .com, .sod, .dataGroup(.dg1), .dataGroup(.dg14), .dataGroup(.dg15),
        ]
        #expect(try await files(.identity) == always.union([.dataGroup(.dg13)]))
        #expect(try await files(.identityAndPortrait) == always.union([.dataGroup(.dg13), .dataGroup(.dg2)]))
        #expect(try await files(.groups([])) == always)
        #expect(try await files(.groups([.dg2])) == always.union([.dataGroup(.dg2)]))
        #expect(
            try await files(.everything) == always.union([.dataGroup(.dg2), .dataGroup(.dg3), .dataGroup(.dg13)]))
    }

    @Test func groupsThatWereNotReadAreNotShownAsPassed() async throws {
        let inspection = try await Reading.inspect(TestDocuments.vietnamCitizen(), reading: .groups([]))
        for group: DataGroupNumber in [.dg2, .dg3, .dg13] {
            #expect(inspection.outcome(.dataGroup(group)) == "undetermined dg.notRead")
        }
    }

    @Test func channelIsClosedAtTheEnd() async throws {
        let document = try TestDocuments.passportTD3()
        let channel = TamperedChannel(try SimulatedChip(document))
        _ = try await Reading.inspect(document, through: channel)
        #expect(channel.closes == 1)
        await #expect(throws: CardChannelError(.closed)) { try await channel.transmit([0, 0xA4, 0, 0]) }
        let failing = TamperedChannel(try SimulatedChip(document)) { number, _ in
            number == 3 ? .fail(.cardRemoved) : .pass
        }
        _ = try await Reading.error(document, through: failing)
        #expect(failing.closes == 1)
    }
}
