import EMRTD
import EMRTDCrypto
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// PACE with Chip Authentication Mapping proves the chip only against an EF.CardSecurity that is authentic, and EF.CardSecurity shows
/// what EF.CardAccess should offer.
@Suite(.leavesNoSecrets) struct CardSecurityTests {
    /// A passport whose chip proves itself by Chip Authentication Mapping alone.
    private func document(_ pace: [PACEOffer]? = nil) throws -> PersonalisedDocument {
        try TestDocuments.passport { options in
            options.pace = pace ?? [PACEOffer(.chipAuthentication, .ecdh, .aes128, parameterId: 13)]
            options.chipAuthentication = [.init(.brainpoolP256r1, [.aes128], keyId: 13)]
            options.activeAuthentication = nil
        }
    }

    /// What the chip proves by Chip Authentication version 1 is refused, so that the mapping alone counts.
    private func withoutCA(_ document: PersonalisedDocument) throws -> TamperedChannel {
        TamperedChannel(try SimulatedChip(document)) { _, command in
            command[0] & 0x0C == 0x0C && command[1] == 0x22 ? .answer([0x6A, 0x88]) : .pass
        }
    }

    @Test func mappingProvesTheChip() async throws {
        let document = try self.document()
        let inspection = try await Reading.inspect(document, through: withoutCA(document))
        #expect(
            inspection.outcome(.chipCAM) == "successful ok" && inspection.verdict == .genuine, "\(inspection.summary)")
        #expect(
            inspection.outcome(.cardSecurity) == "successful ok" && inspection.outcome(.downgrade) == "successful ok")
        #expect(inspection.access?.mapping == .chipAuthentication)
        #expect(inspection.protocols.first?.parameters.contains("CAM") == true)
    }

    /// Attack 14: the proof is right and the key is one that nobody trusted signed.
    @Test func keyThatIsNotAuthenticated() async throws {
        let document = try self.document()
        let foreign = try self.document()
        // Signed by another PKI, which the store does not know, with another key.
        let swapped = try document.changing("EF.CardSecurity") { _ in try foreign.content("EF.CardSecurity") }
        let other = try await Reading.inspect(swapped, through: withoutCA(swapped), anchoredIn: document)
        #expect(other[.chipCAM]?.result != .successful && !other.isGreen, "\(other.summary)")
        // The right key under a signature that is wrong.
        let bytes = try document.content("EF.CardSecurity")
        for bit in [bytes.count * 8 - 1, bytes.count * 8 - 65] {
            let damaged = document.changing("EF.CardSecurity") { flipping($0, bit: bit) }
            let inspection = try await Reading.inspect(damaged, through: withoutCA(damaged))
            #expect(inspection.outcome(.chipCAM) == "undetermined chip.keyNotAuthenticated")
            #expect(inspection.outcome(.cardSecurity) == "failed cardSecurity.notAuthenticated")
            #expect(inspection.verdict == .rejected, "\(inspection.summary)")
        }
        // No EF.CardSecurity at all.
        let absent = document.changing("EF.CardSecurity") { _ in nil }
        let without = try await Reading.inspect(absent, through: withoutCA(absent))
        #expect(without.outcome(.chipCAM) == "undetermined chip.notRun" && without.verdict == .undetermined)
    }

    /// A copy has the files and not the key.
    @Test func copyWithoutTheKey() async throws {
        let document = try self.document()
        let foreign = try self.document()
        var copy = document
        copy.chipAuthenticationMappingKeys = foreign.chipAuthenticationMappingKeys
        let inspection = try await Reading.inspect(copy, through: withoutCA(copy))
        #expect(
            inspection.outcome(.chipCAM) == "failed chip.proofWrong" && inspection.verdict == .rejected,
            "\(inspection.summary)")
    }

    /// A wrong proof against a file that was changed says nothing of the chip: the key in it need not be the chip's. Against the
    /// same key under a right signature it is a copy's.
    @Test func wrongProofAgainstAFileThatWasChanged() async throws {
        let document = try self.document()
        let foreign = try self.document()
        var copy = document
        copy.chipAuthenticationMappingKeys = foreign.chipAuthenticationMappingKeys
        let bytes = try document.content("EF.CardSecurity")
        let damaged = copy.changing("EF.CardSecurity") { flipping($0, bit: bytes.count * 8 - 1) }
        let inspection = try await Reading.inspect(damaged, through: withoutCA(damaged))
        #expect(inspection.outcome(.chipCAM) == "undetermined chip.keyNotAuthenticated", "\(inspection.summary)")
        #expect(inspection.outcome(.cardSecurity) == "failed cardSecurity.notAuthenticated")
        #expect(inspection[.chipCAM]?.reason.contains("does not hold the private key") == true)
        #expect(!inspection.isGreen && inspection.verdict != .genuine, "\(inspection.summary)")
        let whole = try await Reading.inspect(copy, through: withoutCA(copy))
        #expect(whole.outcome(.chipCAM) == "failed chip.proofWrong", "\(whole.summary)")
    }

    /// A session that is opened again is proven again, by the same key.
    @Test func provesItselfInEverySession() async throws {
        let document = try self.document()
        for number in [8, 12, 16, 20, 24] {
            let chip = try SimulatedChip(document)
            let channel = TamperedChannel(chip) { count, command in
                if count == number { return .lose(.cardReset) }
                return command[0] & 0x0C == 0x0C && command[1] == 0x22 ? .answer([0x6A, 0x88]) : .pass
            }
            let inspection = try await Reading.inspect(document, through: channel)
            #expect(
                inspection.outcome(.chipCAM) == "successful ok" && inspection.verdict == .genuine,
                "\(inspection.summary)")
        }
    }

    /// Attack 17: what EF.CardSecurity signs and EF.CardAccess does not offer, where DG14 is silent about it or not.
    @Test func offerTakenAway() async throws {
        let document = try self.document([
            PACEOffer(.chipAuthentication, .ecdh, .aes128, parameterId: 13),
            PACEOffer(.generic, .ecdh, .tripleDES, parameterId: 13),
        ])
        let weak = try SecurityInfosBuilder.cardAccess([
            SecurityInfosBuilder.paceInfo(PACEOffer(.generic, .ecdh, .tripleDES, parameterId: 13))
        ])
        let inspection = try await Reading.inspect(document.changing("EF.CardAccess") { _ in weak })
        #expect(inspection.access?.cipher == .tripleDES && inspection.outcome(.cardSecurity) == "successful ok")
        #expect(inspection.outcome(.downgrade) == "failed downgrade.detected" && inspection.verdict == .rejected)
    }

    /// The folder of a reading holds the file, and it is judged again from there.
    @Test func fromAFolder() async throws {
        let document = try self.document()
        let inspection = try await Reading.inspect(document)
        let again = try Reading.reader(for: document).verify(inspection.document.files, at: TestDocuments.date)
        #expect(again.outcome(.cardSecurity) == "successful ok" && again.verdict == .dataAuthentic)
        #expect(EvidenceBundle.recognise(try document.content("EF.CardSecurity")) == .cardSecurity)
        #expect(EvidenceBundle.recognise(document.documentSignerCertificate) == nil)
    }
}
