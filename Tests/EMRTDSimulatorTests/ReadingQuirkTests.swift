import EMRTDCrypto
import EMRTDProtocol
import EMRTDSimulator
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// The quirks of reading, secure messaging, the chip's proofs and the data groups.
@Suite("Quirks of the chip: reading and proofs")
struct ReadingQuirkTests {
    /// A passport that was opened with PACE and whose application is selected.
    private func opened(
        _ quirks: Set<ChipQuirk>, _ change: (inout PersonalisationOptions) -> Void = { _ in }
    ) async throws -> TestTerminal {
        let terminal = try TestTerminal.passport {
            $0.quirks = quirks
            change(&$0)
        }
        try await terminal.pace()
        try await terminal.selectApplication()
        return terminal
    }

    private func read(_ length: Int, offset: Int = 0) -> CommandAPDU {
        offset == 0
            ? .readBinary(shortFileIdentifier: 2, offset: 0, length: length)
            : .readBinary(offset: offset, length: length)
    }

    /// Expects a status word in clear, and the session over.
    private func expectBare(
        _ status: StatusWord, _ terminal: TestTerminal, _ command: CommandAPDU, sessionEnds: Bool = true
    ) async throws {
        let error = await #expect(throws: ProtocolError.self) { try await terminal.exchange(command) }
        #expect(error?.code == .unprotectedStatus && error?.statusWord == status)
        if sessionEnds {
            #expect(terminal.send("0CB09E000D9701048E080000000000000000" + "00") == "6882")
        }
    }

    @Test(
        arguments: [
            (ChipQuirk.maxLe224, 224, 0x6700), (.maxLe160, 160, 0x6700), (.maxLe112, 112, 0x6700),
            (.maxLe6CE7, 231, 0x6CE7),
        ] as [(ChipQuirk, Int, UInt16)])
    func lengths(_ quirk: ChipQuirk, _ most: Int, _ status: UInt16) async throws {
        for tooMuch in [most + 1, 256, 4096] {
            let terminal = try await opened([quirk])
            #expect(try await terminal.exchange(read(most)).data.count == most)
            // PlainExchange answers 6Cxx by repeating the command, which finds no session then.
            let expected: StatusWord = status == 0x6CE7 ? 0x6882 : StatusWord(status)
            try await expectBare(expected, terminal, read(tooMuch))
        }
        let terminal = try TestTerminal.passport { $0.quirks = [quirk] }
        let plain = String(status, radix: 16, uppercase: true)
        #expect(terminal.send("00B09C0000") == plain && terminal.send("00B09C0010").hasPrefix("31"))
    }

    @Test func le256() async throws {
        let terminal = try await opened([.le256Gets6282])
        let refused = try await terminal.exchange(read(256))
        #expect(refused.data.isEmpty && refused.statusWord == .endOfFile, "protected, and the session goes on")
        #expect(try await terminal.exchange(read(255)).data.count == 255)
    }

    @Test func pastTheEnd() async throws {
        let terminal = try await opened([.pastEnd6B00Then6988])
        let com = try #require(terminal.chip.document.file(named: "EF.COM")).content
        func command(_ length: Int) -> CommandAPDU { .readBinary(shortFileIdentifier: 0x1E, offset: 0, length: length) }
        #expect(try await terminal.exchange(command(com.count)).data == com)
        try await expectBare(.wrongP1P2, terminal, command(com.count + 1), sessionEnds: false)
        for _ in 0..<2 { #expect(terminal.send("0CB09E000D9701048E080000000000000000" + "00") == "6988") }
        terminal.abandon()
        try await terminal.bac()
        await #expect(throws: ProtocolError.self) { try await terminal.exchange(command(4)) }
        terminal.reset()
        try await terminal.bac()
        #expect(try await terminal.status(command(4)) == .success)
    }

    /// Q23: the chip's counter stays, the terminal's has moved on.
    @Test func extendedLength() async throws {
        let terminal = try await opened([.extendedLength6700])
        #expect(terminal.send("00B09C00000000") == "6700")
        let again = try await opened([.extendedLength6700])
        let session = try #require(again.session)
        try await expectBare(.wrongLength, again, read(1000), sessionEnds: false)
        #expect(!session.isActive)
        // A terminal that had not counted the lost pair would find the session alive.
        let document = again.chip.document
        let patient = TestTerminal(try SimulatedChip(document))
        try await patient.pace()
        #expect(patient.send("0CB09E0000000D9701048E0800000000000000000000") == "6700")
        try await patient.selectApplication()
        let short = TestTerminal(try SimulatedChip(document, supportsExtendedLength: false))
        try await short.pace()
        try await short.selectApplication()
    }

    @Test func noChaining() async throws {
        let terminal = try TestTerminal.passport {
            $0.quirks = [.noChaining]
            $0.pace = [PACEOffer(.generic, .dh, .aes128, parameterId: 2)]
        }
        #expect(terminal.send("1022C1A404800A0400") == "6884")
        try await terminal.pace()
        try await terminal.selectApplication()
        let short = TestTerminal(try SimulatedChip(terminal.chip.document, supportsExtendedLength: false))
        await #expect(throws: ProtocolError.self) { try await short.pace() }
        #expect(try await terminal.status(CommandAPDU(cla: 0x10, ins: 0x88, data: [1])) == 0x6884)
    }

    @Test func lastBlock() async throws {
        let terminal = try await opened([.lastBlockMACWrong])
        let count = try #require(terminal.chip.document.file(named: "EF.SOD")).content.count
        func sod(_ offset: Int, _ length: Int) -> CommandAPDU {
            offset == 0
                ? .readBinary(shortFileIdentifier: 0x1D, offset: 0, length: length)
                : .readBinary(offset: offset, length: length)
        }
        #expect(try await terminal.status(sod(0, 200)) == .success)
        #expect(try await terminal.status(sod(200, count - 201)) == .success)
        await #expect(throws: ProtocolError(.secureMessagingFailed, "", step: "")) {
            try await terminal.exchange(sod(200, count - 200))
        }
        let other = try await opened([.lastBlockMACWrong])
        #expect(try await other.read("DG1").first == 0x61, "other files are sound")
    }

    @Test func lostTag() async throws {
        let terminal = try await opened([.tagLostInDG2])
        let count = try #require(terminal.chip.document.file(named: "DG2")).content.count
        #expect(try await terminal.status(read(200)) == .success)
        await #expect(throws: CardChannelError(.cardReset)) {
            try await terminal.exchange(self.read(200, offset: count / 2))
        }
        #expect(terminal.send("0CB09E000D9701048E080000000000000000" + "00") == "6882")
        terminal.reset()
        try await terminal.pace()
        try await terminal.selectApplication()
        #expect(try await terminal.read("DG2", block: 200).count == count, "once")
        // Behind a virtual reader the chip has forgotten its session.
        let behind = try await opened([.tagLostInDG2])
        #expect(behind.send("0CB08200" + "00").hasPrefix("69"), "a wrong command is a wrong command")
    }

    @Test func readers() async throws {
        for (quirk, most) in [(ChipQuirk.reader195, 195), (.reader261, 261)] {
            let terminal = try TestTerminal.passport { $0.quirks = [quirk] }
            #expect(terminal.chip.properties.maximumResponseLength == nil, "such readers do not tell")
            let file = try #require(terminal.chip.document.file(named: "EF.CardAccess")).content
            #expect(try await terminal.chip.transmit(hex("00B09C0000")) == file + [0x90, 0x00])
            await #expect(throws: CardChannelError(.transmissionFailed)) {
                try await terminal.chip.transmit([0x00, 0xA4, 0x04, 0x0C] + [UInt8](repeating: 0, count: most - 3))
            }
            let plain = try TestTerminal.passport {
                ($0.pace, $0.supportsBAC, $0.isPlain, $0.quirks) = ([], false, true, [quirk])
            }
            #expect(plain.send(TestTerminal.selectApplication) == "9000")
            #expect(try await plain.chip.transmit([0x00, 0xB0, 0x82, 0x00, UInt8(most - 70)]).count == most - 68)
            await #expect(throws: CardChannelError(.transmissionFailed)) {
                try await plain.chip.transmit([0x00, 0xB0, 0x82, 0x00, 0x00, 0x04, 0x00])
            }
        }
        let terminal = try TestTerminal.passport {
            ($0.pace, $0.supportsBAC, $0.isPlain, $0.quirks) = ([], false, true, [.readerSwallows])
        }
        #expect(terminal.send(TestTerminal.selectApplication) == "9000")
        let whole = try #require(terminal.chip.document.file(named: "DG2")).content
        #expect(try await terminal.chip.transmit(hex("00B0820000")) == Array(whole.prefix(255)), "no status word")
        #expect(try await terminal.chip.transmit(hex("00B08200F0")).count == 242)
    }

    // MARK: Proofs

    private func sign(_ terminal: TestTerminal, _ length: Int?, extended: Bool = false) async throws -> ResponseAPDU {
        try await terminal.exchange(
            CommandAPDU(
                ins: 0x88, data: [1, 2, 3, 4, 5, 6, 7, 8], expectedLength: length, forcesExtendedLength: extended))
    }

    @Test func activeAuthenticationAnswers() async throws {
        let parts = try await opened([.aaInTwoParts]) { $0.activeAuthentication = .rsa(bits: 2048) }
        #expect(try await sign(parts, 0x10000, extended: true).data.count == 256)
        #expect(parts.plain.statistics.commands == 8, "PACE, SELECT, the signature and its second part")
        let cut = try await opened([.aaTruncated]) { $0.activeAuthentication = .rsa(bits: 2048) }
        let short = try await sign(cut, 256)
        #expect(short.data.count == 200 && short.statusWord == .success)
        #expect(try await sign(cut, 256, extended: true).data.count == 256)
        let empty = try await opened([.aaEmptyForExtended]) { $0.activeAuthentication = .rsa(bits: 2048) }
        let none = try await sign(empty, 256, extended: true)
        #expect(none.data.isEmpty && none.statusWord == .success)
        #expect(try await sign(empty, 256).data.count == 256)
        let exact = try await opened([.aa6CXX]) { $0.activeAuthentication = .rsa(bits: 1024) }
        let refused = try #require(exact.session)
        #expect(try await sign(exact, 128).data.count == 128 && refused.isActive)
        // The status word is protected, so it is the protocol's to answer; repeating the command would part the counters.
        let asked = try await sign(exact, 256)
        #expect(asked.data.isEmpty && asked.statusWord == StatusWord(0x6C80) && refused.isActive)
    }

    @Test func activeAuthenticationSignatures() async throws {
        let der = try await opened([.aaDER])
        let signature = try await sign(der, 256).data
        let key = try #require(der.chip.document.activeAuthenticationKey?.publicKey)
        let message: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
        #expect(try key.isValid(signature: signature, for: message, scheme: .ecdsa(.sha256)))
        #expect(try !key.isValid(signature: signature, for: message, scheme: .ecdsaPlain(.sha256)))

        let silent = try await opened([.aaInfoMissing]) { $0.activeAuthentication = .ecdsa(.secp384r1, .sha256) }
        let infos = try DG14(parsing: try #require(silent.chip.document.file(named: "DG14")).content).securityInfos
        #expect(infos.activeAuthenticationInfos.isEmpty)
        let wide = try #require(silent.chip.document.activeAuthenticationKey?.publicKey)
        #expect(try await wide.isValid(signature: sign(silent, 256).data, for: message, scheme: .ecdsaPlain(.sha256)))

        let lost = try await opened([.aaLeadingZerosLost]) { $0.activeAuthentication = .rsa(bits: 1024) }
        let shorter = try await sign(lost, 256).data
        #expect((120...127).contains(shorter.count))
        guard case .rsa(let rsa) = lost.chip.document.activeAuthenticationKey?.publicKey else { return }
        let padded = [UInt8](repeating: 0, count: 128 - shorter.count) + shorter
        #expect(try ISO9796Signature.verify(padded, message: message, key: rsa)?.digest == .sha256)
    }

    @Test func activeAuthenticationRefused() async throws {
        for (quirk, status) in [(.aa6A88, 0x6A88), (.aa6D00, 0x6D00), (.aa6A81, 0x6A81)] as [(ChipQuirk, UInt16)] {
            let terminal = try await opened([quirk])
            #expect(try await sign(terminal, 256).statusWord.rawValue == status)
            let without = try await opened([quirk]) { $0.activeAuthentication = nil }
            #expect(try await sign(without, 256).statusWord.rawValue == status)
            #expect(without.chip.document.file(named: "DG15") == nil)
        }
    }

    @Test func chipAuthentication() async throws {
        let silent = try await opened([.caInfoMissing])
        let infos = try DG14(parsing: try #require(silent.chip.document.file(named: "DG14")).content).securityInfos
        #expect(infos.chipAuthenticationInfos.isEmpty && infos.chipAuthenticationPublicKeyInfos.count == 1)
        let aes = CommandAPDU(ins: 0x22, p1: 0x41, p2: 0xA4, data: TLV.encode(0x80, hex("04007F00070202030204")))
        #expect(try await silent.status(aes) == .referencedDataNotFound, "an object identifier of AES is a bad guess")
        let group = try DomainParameters.ecdh(.brainpoolP256r1).makeGroup()
        let point = try group.publicKey(group.randomScalar(), generator: nil)
        let kat = CommandAPDU(ins: 0x22, p1: 0x41, p2: 0xA6, data: TLV.encode(0x91, point))
        #expect(try await silent.status(kat) == .success)

        let failing = try await opened([.ca6F00])
        let set = CommandAPDU(ins: 0x22, p1: 0x41, p2: 0xA4, data: TLV.encode(0x80, hex("04007F00070202030202")))
        #expect(try await failing.status(set) == .success)
        let agree = CommandAPDU(ins: 0x86, data: TLV.encode(0x7C, TLV.encode(0x80, point)), expectedLength: 256)
        #expect(try await failing.status(agree) == .unknownError)
        #expect(try await failing.read("EF.COM").first == 0x60, "the session goes on")
    }

    @Test func mappingKeyAmongOthers() throws {
        let terminal = try TestTerminal.passport {
            $0.quirks = [.camSeveralKeys]
            $0.pace = [PACEOffer(.chipAuthentication, .ecdh, .aes128, parameterId: 13)]
        }
        let file = try #require(terminal.chip.document.file(named: "EF.CardSecurity")).content
        let text = try OpenSSL.dump(file)
        #expect(text.contains("0.4.0.127.0.7.3.2.1"))
        #expect(hex(file).contains("02010D") && hex(file).contains("020200C8") && hex(file).contains("020101"))
    }

    // MARK: Data

    @Test func listsOfDataGroups() throws {
        let liar = try TestTerminal.passport { $0.quirks = [.comListsEverything] }
        let file = try #require(liar.chip.document.file(named: "EF.COM"))
        #expect(hex(file.content).hasSuffix("5C1560776175637665666768696A6B6C6D6E6F70717273"))
        let com = try EFCOM(parsing: file.content)
        #expect(com.dataGroups.count == 16 && com.otherTags.count == 5)
        let hidden = try TestTerminal.passport { $0.quirks = [.comOmitsSecurityGroups] }
        let short = try EFCOM(parsing: try #require(hidden.chip.document.file(named: "EF.COM")).content)
        #expect(short.dataGroups == [.dg1, .dg2] && hidden.chip.document.file(named: "DG14") != nil)
    }

    @Test func zones() throws {
        func mrz(_ terminal: TestTerminal) throws -> MRZ {
            let mrz = try MRZ(text: terminal.chip.document.secrets.mrz.joined(separator: "\n"))
            #expect(mrz.allChecksAreCorrect)
            return mrz
        }
        let short = try TestTerminal.passport { $0.quirks = [.shortDocumentNumber] }
        #expect(try mrz(short).documentNumber == "X417")
        #expect(short.chip.document.secrets.mrzInformation.hasPrefix("X417<<<<<"))
        let long = try TestTerminal.identityCard { $0.quirks = [.longDocumentNumber] }
        #expect(try mrz(long).documentNumber == "X0000417Q2718")
        #expect(long.chip.document.secrets.mrz.first?.dropFirst(14).first == "<")
        let zero = try TestTerminal.passport { $0.quirks = [.optionalDataDigitZero] }
        #expect(try mrz(zero).optionalData.isEmpty)
        #expect(zero.chip.document.secrets.mrz.last?.dropFirst(42).first == "0")
        for (quirk, code) in [
            (.issuerOneLetter, "D"), (.issuerOfAnother, "DEU"), (.issuerUserAssigned, "RKS"),
        ] as [(ChipQuirk, String)] {
            #expect(try mrz(TestTerminal.passport { $0.quirks = [quirk] }).issuingState == code)
            #expect(try mrz(TestTerminal.identityCard { $0.quirks = [quirk] }).issuingState == code)
        }
    }
}
