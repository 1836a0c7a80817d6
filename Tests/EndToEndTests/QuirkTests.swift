import EMRTD
import EMRTDCrypto
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// Cards and readers that depart from the standard as those of the field do: a desk must be able to read them.
@Suite(.leavesNoSecrets) struct QuirkTests {
    /// The Le inside a protected command (DO'97'), or the plain one.
    private static func expectedLength(_ bytes: [UInt8]) -> Int? {
        guard let command = try? CommandAPDU(parsing: bytes) else { return nil }
        guard command.cla & 0x0C == 0x0C else { return command.expectedLength }
        guard let object = (try? TLV.parseAll(command.data[...]))?.first(where: { $0.tag == 0x97 }) else { return nil }
        let value = object.value.reduce(0) { $0 << 8 | Int($1) }
        return value == 0 ? (object.value.count == 1 ? 256 : 0x10000) : value
    }

    /// Q22: a chip that answers 6700 in clear, and ends its session, where more than so many bytes are asked for.
    @Test(arguments: [1000, 256, 255, 224, 223, 160, 112, 100], [0x6700, 0x6988, 0x6F00] as [UInt16])
    func chipThatRefusesLengths(_ limit: Int, _ status: UInt16) async throws {
        let document = try TestDocuments.vietnamCitizen()
        let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
            guard command[1] == 0xB0, let wanted = Self.expectedLength(command), wanted > limit else { return .pass }
            return .answer([UInt8(status >> 8), UInt8(status & 0xFF)])
        }
        let inspection = try await Reading.inspect(document, through: channel)
        #expect(inspection.verdict == .genuine, "\(inspection.summary)")
        #expect(try inspection.document.files == readable(document))
        #expect(inspection.notes.contains { $0.hasPrefix("block size") }, "a step down is reported")
    }

    /// The same before any key, in EF.CardAccess.
    @Test func cardAccessInSmallPieces() async throws {
        let document = try TestDocuments.passport { options in
            options.pace = (8...18).map { PACEOffer(.generic, .ecdh, .aes128, parameterId: $0) }
        }
        #expect(try document.content("EF.CardAccess").count > 200)
        for limit in [224, 160, 112, 64] {
            let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
                guard command[0] & 0x0C == 0, command[1] == 0xB0, let wanted = Self.expectedLength(command) else {
                    return .pass
                }
                return wanted > limit ? .answer([0x67, 0x00]) : .pass
            }
            let inspection = try await Reading.inspect(document, through: channel)
            #expect(inspection.verdict == .genuine && inspection.access?.protocol == .pace, "\(limit)")
        }
    }

    /// A reader that drops long commands or answers.
    @Test(arguments: [nil, true] as [Bool?], [300, 512, 1024, 4096])
    func readerThatCarriesLess(_ supportsExtendedLength: Bool?, _ limit: Int) async throws {
        let document = try TestDocuments.vietnamCitizen()
        let properties = CardChannelProperties(readerName: "small", supportsExtendedLength: supportsExtendedLength)
        let channel = TamperedChannel(try SimulatedChip(document), properties: properties) { _, command in
            guard let wanted = Self.expectedLength(command), wanted > limit else { return .pass }
            return .lose(.transmissionFailed)
        }
        let inspection = try await Reading.inspect(document, through: channel)
        #expect(inspection.verdict == .genuine, "\(inspection.summary)")
    }

    /// A reader that does not say what it carries and carries no extended length at all.
    @Test func unknownReaderWithoutExtendedLength() async throws {
        let document = try TestDocuments.vietnamCitizen()
        let properties = CardChannelProperties(readerName: "unknown")
        let channel = TamperedChannel(try SimulatedChip(document), properties: properties) { _, command in
            guard let parsed = try? CommandAPDU(parsing: command), parsed.isExtended else { return .pass }
            return .lose(.transmissionFailed)
        }
        let inspection = try await Reading.inspect(document, through: channel)
        #expect(inspection[.chipCA]?.result == .successful && inspection.isGreen, "\(inspection.summary)")
        #expect(try inspection.document.files == readable(document))
    }

    @Test func channelsOfEverySize() async throws {
        let document = try TestDocuments.passportTD3()
        for length in [66, 130, 258, 259, 300, 514, 515, 1026, 2050, 4098, 65_537, 65_538] {
            let properties = CardChannelProperties(
                readerName: "sized", maximumResponseLength: length, supportsExtendedLength: length > 258)
            let channel = TamperedChannel(try SimulatedChip(document), properties: properties)
            let inspection = try await Reading.inspect(document, through: channel, reading: .identityAndPortrait)
            #expect(inspection.verdict == .genuine, "\(length)")
            #expect(channel.received.allSatisfy { $0.count <= max(length, 258) }, "\(length)")
        }
    }

    /// Cards that find files by SELECT alone.
    @Test(arguments: [true, false])
    func noShortFileIdentifiers(extended: Bool) async throws {
        let document = try TestDocuments.vietnamCitizen()
        let changed = document.replacing(
            applicationFiles: document.applicationFiles.map { $0.with(shortIdentifier: 0xFF) })
        let chip = try SimulatedChip(changed, supportsExtendedLength: extended)
        let inspection = try await Reading.inspect(changed, through: chip)
        #expect(inspection.verdict == .genuine, "\(inspection.summary)")
        #expect(try inspection.document.files == readable(document))
        #expect(inspection.notes.contains { $0.contains("short file identifier") }, "the exception is reported")
    }

    /// Q1, Q2: SELECT MF refused in all ways, and cards on which another application is current at first.
    @Test(arguments: [nil, 0x6D00, 0x6982, 0x6A81, 0x6A86, 0x6A87] as [UInt16?])
    func selectMasterFile(_ status: UInt16?) async throws {
        var behaviour = try TestDocuments.passportTD3().behaviour
        behaviour.selectMasterFileStatus = status
        let document = try TestDocuments.passportTD3().replacing(behaviour: behaviour)
        let inspection = try await Reading.inspect(document)
        #expect(inspection.verdict == .genuine && inspection.access?.protocol == .pace)

        // The application is current when the reading begins: only a selected MF gives EF.CardAccess.
        let chip = try SimulatedChip(document)
        _ = chip.process(try CommandAPDU.select(application: PersonalisedDocument.applicationIdentifier).encoded())
        let second = try await Reading.inspect(document, through: chip, with: document.mrzKey)
        #expect(second.access?.protocol == (status == nil ? .pace : .bac), "\(second.summary)")
    }

    @Test func cardAccessAbsent() async throws {
        let document = try TestDocuments.passport { options in
            options.pace = []
            options.cardAccessNumber = nil
        }
        for status: [UInt8] in [[0x6A, 0x82], [0x69, 0x82], [0x6D, 0x00], [0x6A, 0x86], [0x62, 0x83]] {
            let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
                command[0] == 0 && command[1] == 0xA4 && command[2] == 0x02 ? .answer(status) : .pass
            }
            let inspection = try await Reading.inspect(document, through: channel, with: document.mrzKey)
            #expect(inspection.verdict == .genuine && inspection.access?.protocol == .bac, "\(status)")
        }
    }

    /// A chip may leave more in the file than its content: the length inside decides.
    @Test func paddedFiles() async throws {
        let document = try TestDocuments.vietnamCitizen()
        let padded = document.replacing(
            applicationFiles: document.applicationFiles.map {
                $0.with(content: $0.content + [0, 0, 0, 0, 0, 0, 0, 0, 0])
            })
        let inspection = try await Reading.inspect(padded)
        #expect(inspection.verdict == .genuine, "\(inspection.summary)")
        #expect(try inspection.document.files == readable(document))
    }

    /// Beyond 32,767 bytes the offset needs READ BINARY B1.
    @Test(arguments: [true, false])
    func longPortrait(extended: Bool) async throws {
        let image: [UInt8] = try TestPortrait.jpeg() + [UInt8](repeating: 0xFF, count: 40_000)
        let document = try TestDocuments.passport {
            $0.portrait = .init(image: image, width: TestPortrait.width, height: TestPortrait.height)
        }
        let chip = try SimulatedChip(document, supportsExtendedLength: extended)
        let inspection = try await Reading.inspect(document, through: chip)
        #expect(inspection.verdict == .genuine, "\(inspection.summary)")
        #expect(inspection.document.dg2?.images.first.map { Array($0.bytes) } == image)
    }

    /// PACE cards that refuse the name of the domain parameters (Q5): asked once more without it, and that is reported.
    @Test(arguments: [[0x6A, 0x80], [0x6A, 0x87]] as [[UInt8]])
    func paceWithoutParameterId(_ status: [UInt8]) async throws {
        let document = try TestDocuments.passportTD3()
        let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
            command[1] == 0x22 && command[2] == 0xC1 && command.suffix(3).starts(with: [0x84, 0x01])
                ? .answer(status) : .pass
        }
        let inspection = try await Reading.inspect(document, through: channel)
        #expect(inspection.verdict == .genuine && inspection.access?.leniencies == ["paceWithoutParameterId"])
    }
}
