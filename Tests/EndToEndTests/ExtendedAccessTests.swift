import EMRTD
import EMRTDCrypto
import EMRTDProtocol
import EMRTDTrust
import ISO7816
import LDS
import Testing

@testable import EMRTDSimulator

/// Identity cards that guard their eMRTD application with Extended Access Control version 2.
@Suite(.leavesNoSecrets) struct ExtendedAccessTests {
    static func card(
        _ pki: TerminalPKI, _ change: (inout PersonalisationOptions) -> Void = { _ in }
    ) throws -> PersonalisedDocument {
        var options = PersonalisationOptions.identityCardEAC2(
            today: TestDocuments.today, trustPoints: [pki.certificationAuthority])
        change(&options)
        return try Personaliser(options).personalise()
    }

    static func runs(_ inspection: Inspection, _ name: ProtocolRun.Name) -> [ProtocolRun] {
        inspection.protocols.filter { $0.name == name }
    }

    /// Opened with CAN, MRZ and PIN, over curves and prime fields.
    @Test(arguments: [0, 1, 2]) func readWithRights(_ variant: Int) async throws {
        let pki = try TestDocuments.terminalPKI()
        let document = try Self.card(pki) { options in
            switch variant {
            case 1:
                options.pace = [PACEOffer(.integrated, .ecdh, .aes256, parameterId: 17)]
                options.chipAuthentication = [.init(.ecdh(.secp521r1), [.aes256], keyId: 5)]
            case 2:
                options.pace = [PACEOffer(.generic, .dh, .aes128, parameterId: 1)]
                options.chipAuthentication = [.init(.dh(.modp2048q224), [.aes128], keyId: 5)]
            default: break
            }
        }
        var keys = [try document.can, try document.mrzKey]
        if let pin = document.secrets.personalIdentificationNumber { keys.append(try .pin(Array(pin.utf8))) }
        for key in keys {
            let inspection = try await TerminalReadingTests.inspect(
                document, try TerminalReadingTests.credentials(pki), with: key)
            #expect(inspection.verdict == .genuine, "\(key): \(inspection.summary)\n\(inspection.notes)")
            #expect(inspection.outcome(.chipCA) == "successful ok")
            #expect(inspection.outcome(.cardSecurity) == "successful ok")
            #expect(inspection.document.bytes(.dg3) == document.file(named: "DG3")?.content)
            #expect(Self.runs(inspection, .terminalAuthentication).map(\.outcome) == [.successful])
            #expect(Self.runs(inspection, .chipAuthentication).first?.parameters.hasPrefix("version 2") == true)
        }
    }

    /// Without rights, or with those of others, the application stays closed: nothing is green, and it is not the key's fault.
    @Test func withoutRights() async throws {
        let pki = try TestDocuments.terminalPKI()
        let document = try Self.card(pki)
        let forger = try TerminalPKI(country: "XX", today: TestDocuments.today)
        for credentials in [nil, try TerminalReadingTests.credentials(forger)] {
            do {
                let inspection = try await TerminalReadingTests.inspect(document, credentials)
                #expect(!inspection.isGreen, "\(inspection.summary)")
            } catch let error as EMRTDError {
                #expect(error.code == .notAnEMRTD, "\(error)")
            }
        }
    }

    /// A copy of the files with another key.
    @Test func copies() async throws {
        let pki = try TestDocuments.terminalPKI()
        let document = try Self.card(pki)
        let copy = document.replacing(
            chipAuthenticationKeys: document.chipAuthenticationKeys.map {
                PersonalisedDocument.ChipAuthenticationKey(
                    keyId: $0.keyId, ciphers: $0.ciphers,
                    keyPair: (try? .generate($0.keyPair.publicKey.domain)) ?? $0.keyPair)
            })
        do {
            let inspection = try await TerminalReadingTests.inspect(copy, try TerminalReadingTests.credentials(pki))
            #expect(!inspection.isGreen, "\(inspection.summary)")
        } catch let error as EMRTDError {
            #expect([.notAnEMRTD, .protocolViolation].contains(error.code), "\(error)")
        }
    }

    /// The card is exchanged, or only reset, after its proof: what the first session proved is worth nothing in the second.
    @Test func proofsBelongToTheirSession() async throws {
        let pki = try TestDocuments.terminalPKI()
        let document = try Self.card(pki)
        let credentials = try TerminalReadingTests.credentials(pki)
        let quiet = TamperedChannel(try SimulatedChip(document))
        #expect(try await TerminalReadingTests.inspect(document, credentials, through: quiet).verdict == .genuine)
        // A clone with the same files, which anyone may read after PACE, and without keys.
        let clone = try TestDocuments.passport { options in
            options.cardAccessNumber = document.secrets.cardAccessNumber
        }
        var reopened = 0
        let proven = try #require(quiet.sent.lastIndex { $0[1] == 0x86 })
        for number in (proven + 1)..<min(proven + 8, quiet.sent.count) {
            let reset = TamperedChannel(try SimulatedChip(document)) { count, _ in
                count == number ? .lose(.cardReset) : .pass
            }
            do {
                let again = try await TerminalReadingTests.inspect(document, credentials, through: reset)
                #expect(again.verdict == .genuine, "at command \(number): \(again.summary)")
                reopened += 1
            } catch let error as EMRTDError {
                // The chip was not open yet: there is nothing to go on with.
                #expect(error.stage == .access, "at command \(number): \(error)")
            }
            let other = try SimulatedChip(clone)
            let exchanged = TamperedChannel(try SimulatedChip(document)) { count, _ in
                count < number ? .pass : count == number ? .exchangeCard(other) : .pass
            }
            do {
                let inspection = try await TerminalReadingTests.inspect(document, credentials, through: exchanged)
                #expect(!inspection.isGreen, "at command \(number): \(inspection.summary)")
                #expect(inspection.outcome(.chipCA) != "successful ok" || inspection.verdict == .rejected)
            } catch is EMRTDError {
                // Ended: nothing of two documents is mixed.
            }
        }
        #expect(reopened > 2)
    }

    /// A clone that has the files and opens them to everybody who passes PACE: what the chip offers and was not run is missed.
    @Test func openClone() async throws {
        let pki = try TestDocuments.terminalPKI()
        let document = try Self.card(pki)
        let open = document.replacing(
            applicationFiles: document.applicationFiles.map { file in
                PersonalisedDocument.File(
                    name: file.name, identifier: file.identifier, shortIdentifier: file.shortIdentifier,
                    content: file.content, access: .afterAccessControl)
            }, chipAuthenticationKeys: [])
        for credentials in [nil, try TerminalReadingTests.credentials(pki)] {
            do {
                let inspection = try await TerminalReadingTests.inspect(open, credentials)
                #expect(!inspection.isGreen, "\(inspection.summary)")
            } catch let error as EMRTDError {
                #expect(error.code == .notAnEMRTD, "\(error)")
            }
        }
    }
}
