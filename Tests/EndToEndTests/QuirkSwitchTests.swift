import EMRTD
import EMRTDCrypto
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// Every switch of the simulated chip, read to the end: how a reading ends on a chip with one quirk of the field.
@Suite(.leavesNoSecrets) struct QuirkSwitchTests {
    /// A passport with PACE, Chip and Active Authentication with ECDSA.
    private static let passport = PersonalisationOptions.passportTD3(today: TestDocuments.today)

    /// The document that a quirk shows itself in.
    private static func options(_ quirk: ChipQuirk) -> PersonalisationOptions {
        var options = passport
        switch quirk {
        case .longDocumentNumber, .optionalDataDigitZero:
            options = quirk == .longDocumentNumber ? .identityCardTD1(today: TestDocuments.today) : passport
        case .firstRead6988: options.pace = []
        case .aaTruncated, .aaInTwoParts, .aaEmptyForExtended, .aaLeadingZerosLost, .readerSwallows:
            options.activeAuthentication = .rsa(bits: 2048)
        case .cardSecuritySelect6A80, .camSeveralKeys, .reader195, .reader261:
            options.pace = [PACEOffer(.chipAuthentication, .ecdh, .aes128, parameterId: 13)]
            options.chipAuthentication = [.init(.brainpoolP256r1, [.aes128], keyId: 13)]
        default: break
        }
        options.quirks = [quirk]
        return options
    }

    /// What a good reading of each looks like: exceptions of access, exceptions of checks, and proofs that are missing.
    private struct Expected {
        var access: [String] = []
        var leniencies: Set<Leniency> = []
        var missing: [CheckID: String] = [:]
    }

    private static func expected(_ quirk: ChipQuirk) -> Expected {
        switch quirk {
        case .cardAccessInApplication: Expected(access: ["cardAccessInApplication"])
        case .otherApplicationFirst: Expected(access: ["masterFileSelected"])
        case .paceParameterId6A80, .paceParameterId6A87: Expected(access: ["paceWithoutParameterId"])
        case .aaDER: Expected(leniencies: [.aaSignatureDER])
        case .aaInfoMissing: Expected(leniencies: [.aaSignatureInferred])
        case .aaLeadingZerosLost: Expected(leniencies: [.aaSignatureShort])
        case .caInfoMissing: Expected(leniencies: [.caInferred])
        case .comListsEverything: Expected(leniencies: [.comListsMoreThanSOD])
        case .aa6A88, .aa6D00, .aa6A81: Expected(missing: [.chipAA: "undetermined chip.refused"])
        case .ca6F00: Expected(missing: [.chipCA: "undetermined chip.refused"])
        case .readerSwallows: Expected(missing: [.chipAA: "aborted chip.notRun"])
        default: Expected()
        }
    }

    /// Q1 to Q35 and Q43: good cards are read, and each exception is in the report by its name.
    @Test(arguments: ChipQuirk.allCases.filter { !bad.contains($0) })
    func goodCardIsGenuine(_ quirk: ChipQuirk) async throws {
        let document = try Personaliser(Self.options(quirk)).personalise().hurried
        let inspection = try await Reading.inspect(document, with: document.mrzKey)
        let expected = Self.expected(quirk)
        #expect(inspection.verdict == .genuine, "\(inspection.summary)")
        #expect(inspection.access?.leniencies == expected.access)
        #expect(Set(inspection.checks.flatMap(\.leniencies)) == expected.leniencies)
        for id: CheckID in [.chipCA, .chipAA] {
            #expect(inspection.outcome(id) == expected.missing[id] ?? "successful ok")
        }
        #expect(try inspection.document.files == readable(document))
    }

    /// What is no good card, or no answer that may be accepted.
    private static let bad: Set<ChipQuirk> = [
        .paceFails, .chainAfterFailedPACE6883, .lastBlockMACWrong, .issuerOfAnother, .comOmitsSecurityGroups,
    ]

    /// Q13, Q15: PACE fails and everything after it until a reset.
    @Test func paceThatFails() async throws {
        var options = Self.passport
        options.quirks = [.paceFails, .chainAfterFailedPACE6883]
        let document = try Personaliser(options).personalise()
        let stopped = TamperedChannel(try SimulatedChip(document))
        let error = try await Reading.error(document, through: stopped, with: document.mrzKey)
        #expect(error?.code == .accessFailed && stopped.count(ins: 0x84) == 0)
        let inspection = try await Reading.inspect(document, with: document.mrzKey, access: .tolerant)
        #expect(inspection.verdict == .undetermined && inspection.access?.leniencies == ["bacAfterPACEFailed"])
        #expect(inspection.outcome(.downgrade) == "undetermined downgrade.paceFailed")
    }

    /// Q24: a wrong MAC is never accepted, whatever the reason.
    @Test func wrongMAC() async throws {
        let document = try Personaliser(Self.options(.lastBlockMACWrong)).personalise()
        #expect(try await Reading.error(document, with: document.mrzKey)?.code == .protocolViolation)
    }

    /// Q21 and Q43, attack 13: the certificates of another state, and an EF.COM that hides the chip's keys.
    @Test(arguments: [ChipQuirk.issuerOfAnother, .comOmitsSecurityGroups])
    func documentThatContradictsItself(_ quirk: ChipQuirk) async throws {
        let document = try Personaliser(Self.options(quirk)).personalise()
        let inspection = try await Reading.inspect(document, with: document.mrzKey)
        #expect(inspection.verdict == .rejected && inspection.outcome(.chipAA) == "successful ok")
        let failed = inspection.checks.filter { $0.result == .failed }.map(\.id)
        #expect(failed == [quirk == .issuerOfAnother ? .issuingState : .sodCOM])
    }

    /// Q16: 63Cx is a wrong key, with the tries left.
    @Test func wrongKeyWithTriesLeft() async throws {
        for pace in [true, false] {
            var options = Self.options(.wrongKey63C2)
            if !pace { options.pace = [] }
            let document = try Personaliser(options).personalise()
            let wrong = try AccessKey.mrz(documentNumber: "X0000418", dateOfBirth: "830401", dateOfExpiry: "351121")
            let error = try await Reading.error(document, with: wrong)
            #expect(error?.code == .wrongPassword && error?.retriesLeft == 2)
        }
    }
}

extension PersonalisedDocument {
    /// The same chip without the time that it takes on purpose.
    fileprivate var hurried: PersonalisedDocument {
        var out = self
        out.behaviour.paceStepMilliseconds = 1
        return out
    }
}
