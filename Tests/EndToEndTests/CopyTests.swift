import EMRTD
import EMRTDCrypto
import EMRTDTrust
import ISO7816
import LDS
import Testing

@testable import EMRTDSimulator

/// Attacks 14 to 17: copies of a document without its private keys, keys that nobody signed, and protocols taken away.
@Suite(.leavesNoSecrets) struct CopyTests {
    private func original(aa: Bool = true, ca: Bool = true) throws -> PersonalisedDocument {
        try TestDocuments.passport { options in
            if !aa { options.activeAuthentication = nil }
            if !ca { options.chipAuthentication = [] }
        }
    }

    private func otherCAKeys(_ document: PersonalisedDocument) throws -> [PersonalisedDocument.ChipAuthenticationKey] {
        try document.chipAuthenticationKeys.map {
            .init(keyId: $0.keyId, ciphers: $0.ciphers, keyPair: try .generate($0.keyPair.publicKey.domain))
        }
    }

    /// All files are the same, the keys are the copyist's own.
    @Test(arguments: [(true, true), (true, false), (false, true)], [true, false])
    func perfectCopyWithOtherKeys(_ proofs: (aa: Bool, ca: Bool), extended: Bool) async throws {
        let document = try original(aa: proofs.aa, ca: proofs.ca)
        let copy = document.replacing(
            chipAuthenticationKeys: try otherCAKeys(document),
            activeAuthenticationKey: .some(proofs.aa ? try .generateEC(.secp256r1) : nil))
        let chip = try SimulatedChip(copy, supportsExtendedLength: extended)
        let inspection = try await Reading.inspect(copy, through: chip)
        #expect(inspection.verdict == .rejected, "\(inspection.summary)")
        if proofs.ca { #expect(inspection.outcome(.chipCA) == "failed chip.proofWrong") }
        if proofs.aa { #expect(inspection.outcome(.chipAA) == "failed chip.proofWrong") }
        // The data is true all the same, and says so.
        #expect(inspection.isDataAuthenticated && inspection.outcome(.dataGroup(.dg2)) == "successful ok")
    }

    @Test func copyWithOneOfTwoKeys() async throws {
        let document = try original()
        // Chip Authentication succeeds, Active Authentication is wrong: that is no chip of the issuer.
        let wrongAA = try await Reading.inspect(
            document.replacing(activeAuthenticationKey: .some(try .generateEC(.secp256r1))))
        #expect(wrongAA.verdict == .rejected && wrongAA.outcome(.chipCA) == "successful ok")
        let wrongCA = try await Reading.inspect(document.replacing(chipAuthenticationKeys: otherCAKeys(document)))
        #expect(wrongCA.verdict == .rejected && wrongCA.outcome(.chipAA) == "successful ok")
    }

    @Test func copyOfAnRSAKey() async throws {
        let document = try TestDocuments.vietnamCitizen()
        let copy = document.replacing(
            chipAuthenticationKeys: [], activeAuthenticationKey: .some(try .generateRSA(bits: 2048)))
        let inspection = try await Reading.inspect(copy)
        #expect(inspection.outcome(.chipAA) == "failed chip.proofWrong" && inspection.verdict == .rejected)
        let shorter = try await Reading.inspect(
            document.replacing(activeAuthenticationKey: .some(try .generateRSA(bits: 1024))))
        // An answer shorter than the key: real chips cut long answers off as well, so it is no proof either way. The same copy
        // with Chip Authentication taken away cannot get past that.
        #expect(
            shorter.outcome(.chipAA) == "undetermined chip.proofIncomplete"
                && shorter.outcome(.chipCA) == "successful ok")
        let shortest = try await Reading.inspect(
            document.replacing(
                chipAuthenticationKeys: [], activeAuthenticationKey: .some(try .generateRSA(bits: 1024))))
        #expect(shortest.outcome(.chipAA) == "undetermined chip.proofIncomplete" && shortest.verdict == .undetermined)
    }

    /// The copy knows no protocol it would fail.
    @Test(arguments: [(true, true), (true, false), (false, true)])
    func copyThatRefusesToProveItself(_ proofs: (aa: Bool, ca: Bool)) async throws {
        let document = try original(aa: proofs.aa, ca: proofs.ca)
        let copy = document.replacing(chipAuthenticationKeys: [], activeAuthenticationKey: .some(nil))
        let inspection = try await Reading.inspect(copy)
        #expect(inspection.verdict == .undetermined, "\(inspection.summary)")
        if proofs.ca { #expect(inspection.outcome(.chipCA) == "undetermined chip.refused") }
        if proofs.aa { #expect(inspection.outcome(.chipAA) == "undetermined chip.refused") }

        // The same with refusals in clear, which end the session.
        for status: [UInt8] in [
            [0x6D, 0x00], [0x6A, 0x88], [0x69, 0x85], [0x6F, 0x00], [0x67, 0x00], [0x90, 0x00],
        ] {
            let channel = TamperedChannel(try SimulatedChip(copy)) { _, command in
                command[0] & 0x0C == 0x0C && [0x22, 0x88].contains(command[1]) ? .answer(status) : .pass
            }
            do {
                let second = try await Reading.inspect(copy, through: channel)
                #expect(!second.isGreen, "\(status): \(second.summary)")
            } catch is EMRTDError {}
        }
    }

    /// Attack 14: the copyist puts his own keys into DG14 and DG15.
    @Test func keysThatNobodySigned() async throws {
        let document = try original()
        let forger = try original()
        let swapped15 = try document.changing("DG15") { _ in try forger.content("DG15") }
            .replacing(activeAuthenticationKey: .some(forger.activeAuthenticationKey))
        let first = try await Reading.inspect(swapped15)
        #expect(first.outcome(.dataGroup(.dg15)) == "failed dg.hashWrong" && first.verdict == .rejected)
        #expect(first.outcome(.chipAA) == "undetermined chip.keyNotAuthenticated")
        let swapped14 = try document.changing("DG14") { _ in try forger.content("DG14") }
            .replacing(chipAuthenticationKeys: forger.chipAuthenticationKeys)
        let second = try await Reading.inspect(swapped14)
        #expect(second.outcome(.dataGroup(.dg14)) == "failed dg.hashWrong" && second.verdict == .rejected)
        #expect(second.outcome(.chipCA) == "undetermined chip.keyNotAuthenticated")
    }

    /// A document without proofs, to which DG14 and DG15 are added; EF.COM lists them, the SOD does not.
    @Test func keysOutsideTheSOD() async throws {
        let document = try TestDocuments.passport { options in
            options.pace = []
            options.chipAuthentication = []
            options.activeAuthentication = nil
            options.cardAccessNumber = nil
        }
        let honest = try await Reading.inspect(document, with: document.mrzKey)
        #expect(honest.verdict == .dataAuthentic)
        let forger = try original()
        let com = try DataGroupBuilder.com(dataGroups: [1, 2, 14, 15])
        let forged = try document.adding(dataGroup: 14, forger.content("DG14")).adding(
            dataGroup: 15, forger.content("DG15")
        )
        .changing("EF.COM") { _ in com }
        .replacing(
            chipAuthenticationKeys: forger.chipAuthenticationKeys,
            activeAuthenticationKey: .some(forger.activeAuthenticationKey))
        let inspection = try await Reading.inspect(forged, with: forged.mrzKey)
        #expect(inspection.verdict == .rejected, "\(inspection.summary)")
        #expect(inspection.outcome(.dataGroup(.dg14)) == "failed dg.notInSOD")
        #expect(inspection.outcome(.dataGroup(.dg15)) == "failed dg.notInSOD")
        #expect(inspection[.chipCA]?.result != .successful && inspection[.chipAA]?.result != .successful)
    }

    /// A valid SOD of the attacker's own PKI, which no store trusts: the proofs succeed and prove nothing.
    @Test func forgedIssuer() async throws {
        let forged = try original().resigned()
        let inspection = try await Reading.inspect(forged, anchoredIn: TestDocuments.vietnamCitizen())
        #expect(inspection.verdict == .undetermined && inspection.outcome(.dsChain) == "undetermined ds.issuerUnknown")
    }

    /// Attack 17: DG14 repeats what EF.CardAccess offers (Doc 9303-11, 9.2), signed.
    @Test func cardAccessWithoutWhatDG14Lists() async throws {
        let document = try TestDocuments.passport { options in
            options.pace = [
                PACEOffer(.generic, .ecdh, .aes256, parameterId: 17),
                PACEOffer(.generic, .ecdh, .tripleDES, parameterId: 12),
            ]
        }
        let weakest = try SecurityInfosBuilder.cardAccess([
            SecurityInfosBuilder.paceInfo(PACEOffer(.generic, .ecdh, .tripleDES, parameterId: 12))
        ])
        let weaker = document.changing("EF.CardAccess") { _ in weakest }
        let inspection = try await Reading.inspect(weaker)
        #expect(inspection.access?.cipher == .tripleDES)
        #expect(inspection.outcome(.downgrade) == "failed downgrade.detected" && inspection.verdict == .rejected)

        // Taken away altogether, so that BAC opens the card.
        for content: [UInt8] in [[], [0x31, 0x00], [0x30, 0x03, 0x02, 0x01, 0x00]] {
            let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
                let isPlainRead = command[0] == 0 && command[1] == 0xB0
                return isPlainRead ? .answer(content + (content.isEmpty ? [0x6A, 0x82] : [0x90, 0x00])) : .pass
            }
            let bac = try await Reading.inspect(document, through: channel, with: document.mrzKey)
            #expect(bac.access?.protocol == .bac)
            // A file that says less than the signed data has been altered; one that the card does not give is open.
            let isGiven = content.first == 0x31
            #expect(
                bac.outcome(.downgrade)
                    == (isGiven ? "failed downgrade.detected" : "undetermined downgrade.notComparable"))
            #expect(bac.verdict == (isGiven ? .rejected : .undetermined))
        }
    }

    @Test func offersBeyondDG14AreNoDowngrade() async throws {
        let document = try TestDocuments.passportTD3()
        let more = try SecurityInfosBuilder.cardAccess(
            document.pace.map(SecurityInfosBuilder.paceInfo) + [
                SecurityInfosBuilder.paceInfo(PACEOffer(.generic, .ecdh, .aes256, parameterId: 18))
            ])
        // The stronger variant is there and would be used, which nobody signed.
        let used = try await Reading.inspect(document.changing("EF.CardAccess") { _ in more })
        #expect(used.outcome(.downgrade) == "failed downgrade.notSigned" && used.verdict == .rejected)
        // One that is weaker than those signed is not used, and does no harm.
        let weaker = try SecurityInfosBuilder.cardAccess(
            document.pace.map(SecurityInfosBuilder.paceInfo) + [
                SecurityInfosBuilder.paceInfo(PACEOffer(.generic, .ecdh, .tripleDES, parameterId: 12))
            ])
        let unused = try await Reading.inspect(document.changing("EF.CardAccess") { _ in weaker })
        #expect(unused.outcome(.downgrade) == "successful ok" && unused.verdict == .genuine)
    }
}
