import EMRTD
import EMRTDCrypto
import EMRTDTrust
import ISO7816
import LDS
import Testing

@testable import EMRTDSimulator

/// Two cards in one reading: a genuine one that proves itself, and a copy of another document that carries the genuine one's files
/// of the MF. Whenever they change places, the copy is never genuine.
@Suite(.leavesNoSecrets) struct ProofSwapTests {
    enum Proof: CaseIterable { case mapping, version2, version1 }
    enum Break: CaseIterable { case reset, transmission, refused, sessionError }

    static let offers = [
        PACEOffer(.chipAuthentication, .ecdh, .aes128, parameterId: 13),
        PACEOffer(.generic, .ecdh, .aes128, parameterId: 13),
    ]

    static func passport(_ change: (inout PersonalisationOptions) -> Void = { _ in }) throws -> PersonalisedDocument {
        try TestDocuments.passport { options in
            options.pace = offers
            options.chipAuthentication = [.init(.brainpoolP256r1, [.aes128], keyId: 13)]
            options.activeAuthentication = nil
            change(&options)
        }
    }

    static func reader(
        _ documents: [PersonalisedDocument], _ access: AccessPolicy = .field, rights: Bool = false
    ) throws -> DocumentReader {
        DocumentReader(
            trust: TrustStore(certificates: try documents.map { try Certificate(encoded: $0.cscaCertificate) }),
            policy: Reading.policy(), access: access,
            terminal: rights ? try TerminalReadingTests.credentials(TestDocuments.terminalPKI()) : nil)
    }

    /// The genuine document and the copy of another one.
    static func cards(_ proof: Proof) throws -> (
        genuine: PersonalisedDocument, victim: PersonalisedDocument, copy: PersonalisedDocument
    ) {
        let genuine =
            switch proof {
            case .mapping: try passport()
            case .version2: try ExtendedAccessTests.card(TestDocuments.terminalPKI())
            case .version1: try passport { $0.pace = [offers[1]] }
            }
        let victim = try passport { options in
            if proof == .version2 { (options.pace, options.chipAuthentication) = ([], []) }
            if proof == .version1 { options.pace = [offers[1]] }
            options.cardAccessNumber = genuine.secrets.cardAccessNumber
        }
        var copy = victim.replacing(
            masterFiles: genuine.masterFiles, pace: genuine.pace.filter { $0.mapping != .chipAuthentication },
            chipAuthenticationKeys: [])
        copy.chipAuthenticationMappingKeys = []
        copy.behaviour.supportsBAC = true
        return (genuine, victim, copy)
    }

    /// At each command, in each direction, with each way of breaking the session, under the strictest and the laxest policy.
    @Test(arguments: Proof.allCases, Break.allCases) func neverGenuine(_ proof: Proof, _ fault: Break) async throws {
        let (genuine, victim, copy) = try Self.cards(proof)
        for after in [AccessPolicy.AfterPACEFailure.stop, .bacAccepted] {
            var policy = AccessPolicy.tolerant
            policy.afterPACEFailure = after
            let reader = try Self.reader([genuine, victim], policy, rights: proof == .version2)
            for isReversed in [false, true] {
                for number in 0..<40 {
                    let first = try SimulatedChip(isReversed ? copy : genuine)
                    let second = try SimulatedChip(isReversed ? genuine : copy)
                    let channel = TamperedChannel(first) { count, _ in
                        if count < number { return .pass }
                        if count > number { return .exchangeCard(second) }
                        return switch fault {
                        case .reset: .fail(.cardReset)
                        case .transmission: .fail(.transmissionFailed)
                        case .refused: .answer([0x6D, 0x00])
                        case .sessionError: .answer([0x69, 0x88])
                        }
                    }
                    let inspection = try? await reader.inspect(
                        channel, with: try genuine.mrzKey, reading: .identity, at: TestDocuments.date)
                    guard let inspection,
                        inspection.document.files[.sod] == victim.file(named: "EF.SOD")?.content
                    else { continue }
                    #expect(inspection.verdict != .genuine, "\(after) at \(number): \(inspection.summary)")
                }
            }
        }
    }

    /// Chip Authentication Mapping with the genuine card, then a reset, then Generic Mapping with the copy: CAM is refused there, and
    /// nothing weaker may follow what has been run once.
    @Test(arguments: [AccessPolicy.field, .strict]) func mappingThenWeakerPACE(_ policy: AccessPolicy) async throws {
        let (genuine, victim, copy) = try Self.cards(.mapping)
        let clone = try SimulatedChip(copy)
        let isLost = Shared(false)
        let channel = TamperedChannel(try SimulatedChip(genuine)) { _, command in
            if isLost.current { return .exchangeCard(clone) }
            guard command[0] & 0x0C == 0x0C else { return .pass }
            isLost.update { $0 = true }
            return .fail(.cardReset)
        }
        do {
            let inspection = try await Self.reader([genuine, victim], policy).inspect(
                channel, with: try genuine.can, reading: .everything, at: TestDocuments.date)
            Issue.record("the reading went on: \(inspection.summary)")
        } catch let error as EMRTDError {
            #expect(error.code != .wrongPassword, "\(error)")
        }
    }

    /// What lies where EF.CardSecurity should be and is none rejects no card that does not need it.
    @Test func anotherFileWhereCardSecurityIs() async throws {
        let document = try Self.passport { $0.chipAuthentication = [.init(.brainpoolP256r1, [.aes128])] }
            .changing("EF.CardSecurity") { _ in [0x30, 0x03, 0x02, 0x01, 0x00] }
        let inspection = try await Reading.inspect(document)
        #expect(
            inspection.verdict == .genuine && inspection.outcome(.chipCA) == "successful ok", "\(inspection.summary)")
        #expect(inspection.outcome(.cardSecurity) == "undetermined cardSecurity.malformed")
        #expect(inspection.outcome(.chipCAM) != "successful ok")
    }
}
