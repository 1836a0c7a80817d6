import EMRTD
import EMRTDCrypto
import EMRTDSimulator
import EMRTDTrust
import Foundation
import ISO7816
import LDS
import Testing

/// Attack 31: no key outlives its session, and no text of ours holds a key or the holder's data.
@Suite(.leavesNoSecrets) struct SecrecyTests {
    /// In a process of its own, since other tests hold secrets at the same time.
    @Test func noSecretOutlivesTheSession() async {
        await #expect(processExitsWith: .success) {
            let vietnam = try TestDocuments.vietnamCitizen()
            let passport = try TestDocuments.passport { options in
                options.pace = []
                options.cardAccessNumber = nil
            }
            let before = SecretBytes.alive
            for (document, useMRZ) in [(vietnam, false), (vietnam, true), (passport, true)] {
                do {
                    let inspection = try await Reading.inspect(document, with: useMRZ ? document.mrzKey : document.can)
                    precondition(inspection.verdict == .genuine)
                }
                precondition(SecretBytes.alive == before, "\(SecretBytes.alive - before) secrets after a reading")
                // Readings that end early, at every command.
                for number in 0..<30 {
                    do {
                        let channel = TamperedChannel(try SimulatedChip(document)) { count, _ in
                            count == number ? .fail(.cardRemoved) : .pass
                        }
                        _ = try await Reading.inspect(document, through: channel, with: document.mrzKey)
                    } catch is EMRTDError {}
                    precondition(SecretBytes.alive == before, "secrets after command \(number)")
                }
                do {
                    _ = try await Reading.inspect(
                        document, with: .mrz(documentNumber: "X", dateOfBirth: "900101", dateOfExpiry: "300101"))
                    preconditionFailure("a wrong key opened the chip")
                } catch is EMRTDError {}
                precondition(SecretBytes.alive == before, "secrets after a wrong key")
            }
            precondition(before > 0, "the documents hold keys")
        }
    }

    /// The counting of this target's trait finds a secret that is left. In a process of its own, as above.
    @Test func theTraitSeesWhatIsLeft() async {
        await #expect(processExitsWith: .success) {
            let left = Shared<SharedSecret?>(nil)
            let count = try await SecretsTrait.secretsLeft {
                let secret = SharedSecret(try SecretBytes(count: 16))
                left.update { $0 = secret }
            }
            precondition(count == 1, "one secret is left, \(count) were counted")
            left.update { $0 = nil }
            let none = try await SecretsTrait.secretsLeft { _ = try SecretBytes(count: 16) }
            precondition(none == 0, "no secret is left, \(none) were counted")
        }
    }

    /// What must not be in any text: parts of names, numbers and dates of the invented holders, and their access keys.
    private static let personal = [
        "DANG", "UOC", "Đặng", "Ước", "003190000123", "190000123", "000123", "900705", "1990-07-05", "05/07/1990",
        "300705",
        "MUSTERSSON", "ANNA", "X0000417", "830401", "1983-04-01", "123456", "Kinh",
    ]

    private func expectNothingPersonal(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
        for item in Self.personal {
            #expect(!text.localizedCaseInsensitiveContains(item), "\(item) in \(text)", sourceLocation: sourceLocation)
        }
    }

    @Test func maskedReportHoldsNothingOfTheHolder() async throws {
        for document in [try TestDocuments.vietnamCitizen(), try TestDocuments.passportTD3()] {
            let inspection = try await Reading.inspect(document, with: document.mrzKey)
            // The plain report does, so the search can find it.
            let open = inspection.json()
            #expect(Self.personal.contains { open.contains($0) })
            // Fingerprints of certificates are random and may hold any digits.
            let masked = inspection.json(masksPersonalData: true).split(separator: "\n")
                .filter { !$0.contains("sha256\"") && !$0.contains("serial\"") && !$0.contains("\"commands\"") }
            let withoutTiming = masked.prefix { !$0.contains("\"timing\"") } + masked.drop { !$0.contains("\"notes\"") }
            expectNothingPersonal(withoutTiming.joined(separator: "\n"))
            for line in document.secrets.mrz {
                #expect(open.contains(line) && !inspection.json(masksPersonalData: true).contains(line))
            }
        }
    }

    @Test func eventsChecksAndNotesHoldNothingPersonal() async throws {
        let document = try TestDocuments.vietnamCitizen()
        let lines = Shared<[String]>([])
        let channel = TamperedChannel(try SimulatedChip(document)) { number, _ in
            number == 12 ? .lose(.cardReset) : .pass
        }
        let inspection = try await Reading.inspect(document, through: channel) { event in
            lines.update { $0.append("\(event)") }
        }
        #expect(lines.current.count > 15)
        let notPersonal: (CheckResult.Evidence) -> Bool = {
            !$0.name.hasSuffix("sha256") && !$0.name.hasSuffix("serial")
        }
        for line in lines.current + inspection.notes { expectNothingPersonal(line) }
        // Whoever logs a value of ours must not log the holder: bytes would show as numbers.
        let values: [Any] = [inspection, inspection.document, inspection.files, inspection.files.map(\.outcome)]
        for value in values {
            for text in [String(describing: value), String(reflecting: value)] {
                expectNothingPersonal(text)
                #expect(!text.contains("68, 65, 78, 71") && text.utf8.count < 5000)
            }
        }
        for check in inspection.checks {
            expectNothingPersonal(check.description)
            for evidence in check.evidence where notPersonal(evidence) { expectNothingPersonal(evidence.value) }
        }
    }

    @Test func errorsHoldNothingPersonal() async throws {
        let document = try TestDocuments.vietnamCitizen()
        var texts: [String] = []
        for number in 0..<27 {
            for answer: [UInt8] in [
                [0x6F, 0x00], [], [0x90, 0x00], [0x61, 0x05], [0x7C, 0x02, 0x80, 0x00, 0x90, 0x00],
            ] {
                let channel = TamperedChannel(try SimulatedChip(document)) { count, _ in
                    count >= number ? .answer(answer) : .pass
                }
                do { _ = try await Reading.inspect(document, through: channel) } catch { texts.append("\(error)") }
            }
        }
        for name in ["DG1", "DG13", "EF.SOD", "DG2"] {
            let content = try document.content(name)
            for length in [20, content.count / 2, content.count - 1] {
                let changed = document.changing(name) { Array($0.prefix(length)) }
                do { _ = try await Reading.inspect(changed) } catch { texts.append("\(error)") }
            }
        }
        // A DG1 that cannot be parsed, with the name in it.
        let inspection = try await Reading.inspect(
            document.changing("DG1") { TLV.encode(0x61, TLV.encode(0x5F1F, $0.dropFirst(9))) })
        texts += inspection.document.parseErrors.values
        #expect(!inspection.document.parseErrors.isEmpty && texts.count > 60)
        for text in texts { expectNothingPersonal(text) }
    }

    @Test func keysHaveNoDescription() throws {
        for key in [try TestDocuments.vietnamCitizen().can, try TestDocuments.vietnamCitizen().mrzKey] {
            var dumped = ""
            dump(key, to: &dumped)
            for text in [String(describing: key), String(reflecting: key), "\(key)", dumped] {
                expectNothingPersonal(text)
            }
        }
    }
}
