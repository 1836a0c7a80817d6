import EMRTD
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// Q17: chips without access control, which anyone can read.
@Suite(.leavesNoSecrets) struct PlainChipTests {
    private func plain(_ names: Set<String>? = nil) throws -> PersonalisedDocument {
        let document = try TestDocuments.passport { options in
            options.pace = []
            options.cardAccessNumber = nil
            options.chipAuthentication = []
            options.activeAuthentication = nil
        }
        var behaviour = document.behaviour
        behaviour.supportsBAC = names != nil
        return document.replacing(
            applicationFiles: document.applicationFiles.map {
                names?.contains($0.name) ?? true ? $0.with(access: .always) : $0
            }, behaviour: behaviour)
    }

    @Test(arguments: [true, false])
    func isReadWithoutAKey(extended: Bool) async throws {
        let document = try plain()
        for key in [nil, try AccessKey.can("123456"), try document.mrzKey] {
            let channel = TamperedChannel(try SimulatedChip(document, supportsExtendedLength: extended))
            let inspection = try await Reading.reader(for: document).inspect(
                channel, with: key, reading: .everything, at: TestDocuments.date)
            #expect(inspection.verdict == .dataAuthentic, "\(inspection.summary)")
            #expect(inspection.outcome(.access) == "successful access.unprotected")
            #expect(inspection.access?.protocol == AccessInfo.AccessProtocol.none && inspection.access?.cipher == nil)
            #expect(inspection.notes.contains { $0.contains("anyone") } && inspection.protocols.isEmpty)
            #expect(try inspection.document.files == readable(document))
            #expect(channel.sent.allSatisfy { $0[0] & 0x0C == 0 && ![0x22, 0x84, 0x82, 0x86].contains($0[1]) })
        }
    }

    @Test func zoneThatWasTypedIsComparedAllTheSame() async throws {
        let document = try plain()
        let other = try AccessKey.mrz(documentNumber: "X0000418", dateOfBirth: "830401", dateOfExpiry: "351121")
        let inspection = try await Reading.inspect(document, with: other)
        #expect(inspection.outcome(.mrz) == "failed mrz.differsFromKey" && inspection.verdict == .rejected)
    }

    @Test func mayBeForbidden() async throws {
        let document = try plain()
        let error = try await Reading.error(document, with: document.mrzKey, access: .strict)
        #expect(error?.code == .accessNotAllowed)
    }

    /// Other chips want a key, and say so before anything is sent that counts as a try.
    @Test func otherChipsWantAKey() async throws {
        for document in [try TestDocuments.passportTD3(), try TestDocuments.bacOnly()] {
            let channel = TamperedChannel(try SimulatedChip(document))
            let reader = try Reading.reader(for: document)
            await #expect {
                try await reader.inspect(channel, with: nil)
            } throws: { error in
                (error as? EMRTDError)?.code == .accessKeyRequired && (error as? EMRTDError)?.remedy == .giveAccessKey
            }
            #expect(channel.count(ins: 0x22) == 0 && channel.count(ins: 0x84) == 0 && channel.closes == 1)
        }
    }

    /// EF.COM alone is free on some chips: that is no chip without access control.
    @Test func freeDirectoryOnly() async throws {
        let document = try plain(["EF.COM"])
        let inspection = try await Reading.inspect(document, with: document.mrzKey)
        #expect(inspection.access?.protocol == .bac && inspection.verdict == .dataAuthentic, "\(inspection.summary)")
    }

    /// Attack 17: PACE is signed and the chip is open, with or without its EF.CardAccess.
    @Test func openChipThatShouldBeGuarded() async throws {
        let document = try TestDocuments.passport { $0.chipAuthentication = [] }
        let open = document.replacing(
            applicationFiles: document.applicationFiles.map { $0.with(access: .always) }, masterFiles: [], pace: [])
        let inspection = try await Reading.inspect(open, with: document.mrzKey)
        #expect(inspection.access?.protocol == AccessInfo.AccessProtocol.none && !inspection.isGreen)
        #expect(inspection.outcome(.downgrade) == "undetermined downgrade.notComparable", "\(inspection.summary)")
    }

    /// Attack 20 and F7: a chip that hands out its files in crumbs is given up.
    @Test func filesInCrumbs() async throws {
        let document = try plain()
        let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
            command[1] == 0xB0 ? .change { $0.count > 5 ? Array($0.prefix(3)) + [0x90, 0x00] : $0 } : .pass
        }
        let error = try await Reading.error(document, through: channel, with: document.mrzKey)
        #expect(error != nil && channel.sent.count < 100, "\(channel.sent.count) commands")
    }
}
