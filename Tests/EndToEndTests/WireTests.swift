import EMRTD
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// Attack 18: what passes between card and reader is changed on the way, and cards that never come to an end (attack 20).
@Suite(.leavesNoSecrets) struct WireTests {
    /// One bit of each answer under secure messaging, another one in every run.
    @Test func flippedBitInAnAnswer() async throws {
        let document = try TestDocuments.vietnamCitizen()
        let key = try document.can
        let whole = TamperedChannel(try SimulatedChip(document))
        _ = try await Reading.inspect(document, through: whole, with: key)
        let answers = whole.received
        let firstProtected = try #require(whole.sent.firstIndex { $0[0] & 0x0C == 0x0C })
        for number in answers.indices where number >= firstProtected {
            let bits = answers[number].count * 8
            for bit in [0, 9, bits / 2, bits - 90, bits - 60, bits - 17, bits - 16, bits - 1] {
                let channel = TamperedChannel(try SimulatedChip(document)) { count, _ in
                    // Chip Authentication is fresh in each run; the sizes are the same.
                    count == number ? .change { flipping($0, bit: min(bit, $0.count * 8 - 1)) } : .pass
                }
                do {
                    let inspection = try await Reading.inspect(document, through: channel, with: key)
                    // The answer that proves the chip is the one that may be wrong for want of its key.
                    #expect(number == whole.proof, "command \(number) bit \(bit): \(inspection.summary)")
                    #expect(inspection.outcome(.chipCA) == "failed chip.proofWrong" && inspection.verdict == .rejected)
                } catch let error as EMRTDError {
                    let expected: EMRTDError.Code = number <= firstProtected + 1 ? .accessFailed : .protocolViolation
                    #expect(error.code == expected, "command \(number) bit \(bit): \(error)")
                    #expect(channel.sent.count == number + 1, "the session ends at once")
                }
            }
        }
    }

    @Test func answersThatBreakSecureMessaging() async throws {
        let document = try TestDocuments.passport { options in
            options.chipAuthentication = []
            options.activeAuthentication = nil
        }
        let changes: [(String, @Sendable ([UInt8]) -> [UInt8])] = [
            ("a plain 9000", { _ in [0x90, 0x00] }),
            ("plain data", { _ in [0x61, 0x03, 0x5F, 0x1F, 0x00, 0x90, 0x00] }),
            ("no MAC", { Array($0.dropLast(12)) + [0x90, 0x00] }),
            (
                "a short MAC",
                { Array($0.dropLast(12)) + [0x8E, 0x04] + Array($0.suffix(10).prefix(4)) + [0x90, 0x00] }
            ),
            ("another status", { Array($0.dropLast(2)) + [0x62, 0x82] }), ("nothing", { _ in [] }),
            ("a byte", { _ in [0x90] }),
            ("a plain warning", { _ in [0x62, 0x83] }), ("twice", { Array($0.dropLast(2)) + $0 }),
            ("an appended byte", { Array($0.dropLast(2)) + [0x00, 0x90, 0x00] }),
        ]
        for (name, change) in changes {
            for number in 8...14 {
                let channel = TamperedChannel(try SimulatedChip(document)) { count, _ in
                    count == number ? .change(change) : .pass
                }
                let error = try await Reading.error(document, through: channel)
                #expect(
                    error?.code == .protocolViolation || error?.code == .accessFailed || error?.code == .notAnEMRTD,
                    "\(name) at \(number): \(error.map { "\($0)" } ?? "none")")
                #expect(channel.sent.count == number + 1, "\(name) at \(number): the session ends at once")
            }
        }
    }

    /// An error in clear is how a chip ends its session (Doc 9303-11, 9.8.9). It is opened again, and what was refused is not
    /// asked for again: whoever sends it gains nothing but a file that counts as refused.
    @Test func errorsInClear() async throws {
        let document = try TestDocuments.passport { $0.chipAuthentication = [] }
        let whole = TamperedChannel(try SimulatedChip(document))
        _ = try await Reading.inspect(document, through: whole)
        for status: [UInt8] in [[0x6A, 0x82], [0x69, 0x82], [0x6F, 0x00], [0x69, 0x88], [0x67, 0x00]] {
            for number in whole.sent.indices where whole.sent[number][0] & 0x0C == 0x0C {
                let channel = TamperedChannel(try SimulatedChip(document)) { count, _ in
                    count == number ? .answer(status) : .pass
                }
                do {
                    let inspection = try await Reading.inspect(document, through: channel)
                    let refused = inspection.files.filter { $0.bytes == nil && $0.file != .cardSecurity }
                    // A length is asked for in the other form, in the new session and with a challenge of its own.
                    let isProof = whole.sent[number][1] == 0x88 && status != [0x67, 0x00]
                    #expect(
                        inspection.isGreen == (refused.allSatisfy { $0.file == .com } && !isProof),
                        "\(status) at \(number)")
                    #expect(channel.resets <= 1 && channel.sent.count < 400)
                } catch let error as EMRTDError {
                    // Selecting the application is no file.
                    #expect([.accessFailed, .notAnEMRTD].contains(error.code), "\(status) at \(number): \(error)")
                }
            }
        }
    }

    @Test func replayedAnswer() async throws {
        let document = try TestDocuments.passportTD3()
        let last = Shared<[UInt8]>([])
        let inner = try SimulatedChip(document)
        let channel = TamperedChannel(inner) { number, _ in
            if number == 11 { return .answer(last.current) }
            return .change { answer in
                last.update { $0 = answer }
                return answer
            }
        }
        let error = try await Reading.error(document, through: channel)
        #expect(error?.code == .protocolViolation && channel.sent.count == 12)
    }

    /// Flips before secure messaging: none leads to a session, and no other protocol is tried.
    @Test func flippedBitWhileAccessIsGranted() async throws {
        let document = try TestDocuments.passportTD3()
        let whole = TamperedChannel(try SimulatedChip(document))
        _ = try await Reading.inspect(document, through: whole, with: document.mrzKey)
        let general = whole.sent.indices.filter { whole.sent[$0][1] == 0x86 && whole.sent[$0][0] & 0x0C == 0 }
        #expect(general.count == 4)
        for number in general {
            let bits = whole.received[number].count * 8
            for bit in stride(from: 0, to: bits, by: max(bits / 20, 1) | 1) {
                let channel = TamperedChannel(try SimulatedChip(document)) { count, _ in
                    count == number ? .change { flipping($0, bit: bit) } : .pass
                }
                let error = try await Reading.error(document, through: channel, with: document.mrzKey)
                #expect(
                    error.map { [.accessFailed, .wrongPassword, .passwordBlocked].contains($0.code) } == true,
                    "command \(number), bit \(bit): \(error.map { "\($0)" } ?? "none")")
                #expect(channel.count(ins: 0x84) == 0 && channel.count(ins: 0x82) == 0)
            }
        }
    }

    // MARK: Cards without end

    @Test(arguments: [
        [0x6C, 0x10], [0x61, 0x10], [0x61, 0x00], [0x01, 0x61, 0x10], [0x90, 0x00], [0x62, 0x82], [],
        [0x00, 0x90, 0x00],
    ])
    func sameAnswerForEver(_ answer: [UInt8]) async throws {
        let document = try TestDocuments.passportTD3()
        for start in [0, 1, 2, 3, 5, 7, 8, 9, 12, 15] {
            for plainOnly in [false, true] {
                let channel = TamperedChannel(try SimulatedChip(document)) { number, command in
                    number >= start && (!plainOnly || command[0] & 0x0C == 0) ? .answer(answer) : .pass
                }
                do {
                    let inspection = try await Reading.inspect(document, through: channel, with: document.mrzKey)
                    // Only GET RESPONSE was plain at that point, and no answer needed it.
                    #expect(
                        plainOnly && inspection.verdict == .genuine, "\(answer) from \(start): \(inspection.summary)")
                } catch is EMRTDError {}
                #expect(channel.sent.count < 700, "\(answer) from \(start): \(channel.sent.count) commands")
            }
        }
    }

    @Test(arguments: [
        [0x6E, 0x84, 0x7F, 0xFF, 0xFF, 0xFF], [0x75, 0x84, 0x80, 0x00, 0x00, 0x00],
        [0x77, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
        [0x61, 0x83, 0x20, 0x00, 0x00], [0x6D, 0x80, 0x01, 0x01], [0x6D, 0x88, 1, 2, 3, 4, 5, 6, 7, 8],
        [0x7F, 0xFF, 0xFF],
        [0x1F, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
    ])
    func fileThatAnnouncesTooMuch(_ header: [UInt8]) async throws {
        let document = try TestDocuments.vietnamCitizen()
        for name in ["EF.COM", "EF.SOD", "DG1", "DG13"] {
            let content = header + [UInt8](repeating: 0x55, count: 300)
            let channel = TamperedChannel(try SimulatedChip(document.changing(name) { _ in content }))
            // The other files are read all the same. EF.COM is not signed, so its loss costs nothing but its own check.
            let inspection = try await Reading.inspect(document, through: channel)
            if name == "EF.COM" {
                #expect(inspection.verdict == .genuine && inspection[.sodCOM]?.result == .undetermined)
            } else {
                #expect([.undetermined, .rejected].contains(inspection.verdict), "\(name): \(inspection.summary)")
            }
            #expect(channel.sent.count < 60)
        }
        // EF.CardAccess, before any key.
        let content = header + [UInt8](repeating: 0x55, count: 300)
        let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
            command[1] == 0xB0 && command[0] & 0x0C == 0 ? .answer(Array(content.prefix(4)) + [0x90, 0x00]) : .pass
        }
        let error = try await Reading.error(document, through: channel, with: document.can)
        #expect(error != nil && channel.sent.count < 100)
    }

    /// Deep nesting, many elements, and lengths that point out of the file.
    @Test func structuresWithoutEnd() async throws {
        let document = try TestDocuments.vietnamCitizen()
        var deep: [UInt8] = []
        for _ in 0..<3000 { deep = TLV.encode(0x30, deep) }
        let many = [UInt8](repeating: 0x30, count: 60_000).enumerated().map { $0.offset % 2 == 0 ? 0x30 : UInt8(0) }
        let bodies: [[UInt8]] = [
            deep, many, TLV.encode(0x31, many), TLV.encode(0x31, deep), [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
        ]
        for (name, tag) in [
            ("EF.SOD", Tag(0x77)), ("EF.COM", 0x60), ("DG1", 0x61), ("DG2", 0x75), ("DG14", 0x6E), ("DG15", 0x6F),
        ] {
            for body in bodies {
                let changed = document.changing(name) { _ in TLV.encode(tag, body) }
                let inspection = try await Reading.inspect(changed)
                #expect(!inspection.isGreen || name == "EF.COM", "\(name): \(inspection.summary)")
            }
        }
    }

    @Test func moreBytesThanAskedFor() async throws {
        let document = try TestDocuments.passportTD3()
        let channel = TamperedChannel(try SimulatedChip(document, supportsExtendedLength: false)) { number, _ in
            number == 8 ? .answer([UInt8](repeating: 0, count: 5000) + [0x90, 0x00]) : .pass
        }
        let error = try await Reading.error(document, through: channel)
        #expect(error?.code == .protocolViolation || error?.code == .accessFailed)
        // EF.CardAccess that grows with each command.
        let growing = TamperedChannel(try SimulatedChip(document)) { _, command in
            command[1] == 0xB0 && command[0] & 0x0C == 0
                ? .answer([0x31, 0x82, 0x7F, 0xFF] + [UInt8](repeating: 0x31, count: 1) + [0x90, 0x00]) : .pass
        }
        let error2 = try await Reading.error(document, through: growing)
        #expect(error2?.code == .protocolViolation && growing.sent.count < 400, "\(growing.sent.count) commands")
    }
}

extension TamperedChannel {
    /// The first command after Chip Authentication, whose answer proves the chip.
    fileprivate var proof: Int? {
        let sent = self.sent
        return sent.indices.first { $0 > 0 && sent[$0 - 1][0] & 0x0C == 0x0C && sent[$0 - 1][1] == 0x86 }
    }
}
