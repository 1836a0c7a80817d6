import EMRTDCrypto
import EMRTDProtocol
import EMRTDSimulator
import EMRTDTestSupport
import EMRTDTrust
import Foundation
import ISO7816
import LDS
import Testing

/// A chip that serves files as they are, and the test PKI of Terminal Authentication.
@Suite("Served files and terminal PKI")
struct ServedFilesTests {
    /// The files of a document under the names that `--save-files` gives them.
    private func files(
        _ change: (inout PersonalisationOptions) -> Void = { _ in }
    ) throws -> [String: [UInt8]] {
        let document = try TestTerminal.passport(change).chip.document
        return Dictionary(
            uniqueKeysWithValues: (document.masterFiles + document.applicationFiles).map {
                ($0.name + ".bin", $0.content)
            })
    }

    private func serve(
        _ files: [String: [UInt8]], pace: Bool = true, bac: Bool = true, can: String? = nil,
        quirks: Set<ChipQuirk> = []
    ) throws -> ServedFiles {
        try ServedFiles(
            files, today: TestTerminal.today, supportsPACE: pace, supportsBAC: bac, cardAccessNumber: can,
            quirks: quirks)
    }

    @Test func servesTheBytes() async throws {
        let given = try files { $0.includesFingerprints = true }
        let served = try serve(given.merging(["inspection.json": [0x7B], "DG5.bin": []]) { $1 }, can: "654321")
        #expect(
            served.warnings.map { $0.prefix(24) } == [
                "DG5.bin is no file of a ", "inspection.json is no fi", "Chip Authentication is r",
                "Active Authentication is",
                "DG3 and DG4 open for nob",
            ])
        let terminal = TestTerminal(try SimulatedChip(served.document))
        for reference in [PACEPasswordReference.mrz, .can] {
            terminal.reset()
            try await terminal.pace(reference)
            try await terminal.selectApplication()
        }
        for name in ["EF.COM", "EF.SOD", "DG1", "DG2", "DG14", "DG15"] {
            #expect(try await terminal.read(name) == given[name + ".bin"], "\(name)")
        }
        #expect(try await terminal.status(.select(file: 0x0103)) == .securityStatusNotSatisfied)
        #expect(
            try await terminal.status(CommandAPDU(ins: 0x88, data: [1, 2, 3, 4, 5, 6, 7, 8], expectedLength: 256))
                == .instructionNotSupported)
        let set = CommandAPDU(ins: 0x22, p1: 0x41, p2: 0xA4, data: TLV.encode(0x80, hex("04007F00070202030202")))
        #expect(try await terminal.status(set) == .referencedDataNotFound)
        terminal.reset()
        try await terminal.bac()
        #expect(try await terminal.read("DG1") == given["DG1.bin"])
    }

    @Test func mappingWithoutItsKey() async throws {
        let served = try serve(files { $0.pace = [PACEOffer(.chipAuthentication, .ecdh, .aes128, parameterId: 13)] })
        #expect(served.warnings.contains { $0.contains("Mapping is refused") })
        let terminal = TestTerminal(try SimulatedChip(served.document))
        #expect(terminal.send("0022C1A412800A04007F0007020204060283010184010D") == "6A80")
        await #expect(throws: ProtocolError(.notSupported, "", step: "")) { try await terminal.pace() }
    }

    @Test func plainAndWithoutPACE() async throws {
        let given = try files()
        let plain = TestTerminal(try SimulatedChip(try serve(given, pace: false, bac: false).document))
        #expect(plain.send("00A4020C02011C") == "6A82", "EF.CardAccess is not offered")
        #expect(plain.send(TestTerminal.selectApplication) == "9000")
        #expect(try await plain.read("DG1") == given["DG1.bin"])
        let bac = TestTerminal(try SimulatedChip(try serve(given, pace: false).document))
        try await bac.bac()
        var without = given
        without["DG1.bin"] = nil
        #expect(try serve(without, pace: false, bac: false).document.behaviour.isPlain)
        #expect(throws: PersonalisationError(.invalidOption, "")) { try self.serve(without) }
        without["DG1.bin"] = [0x61, 0x02, 0x00]
        #expect(throws: PersonalisationError(.invalidOption, "")) { try self.serve(without) }
    }

    @Test func brokenFilesAreServedToo() throws {
        var given = try files()
        given["EF.CardAccess.bin"] = [0x31, 0x80, 0xFF]
        given["EF.SOD.bin"] = [UInt8](repeating: 0, count: ServedFiles.maximumFile + 1)
        let served = try serve(given)
        #expect(served.warnings.contains { $0.hasPrefix("EF.CardAccess offers no PACE") })
        #expect(served.document.file(named: "EF.SOD") == nil)
        let terminal = TestTerminal(try SimulatedChip(served.document))
        #expect(terminal.send("00B09C0000") == "3180FF9000")
        #expect(throws: PersonalisationError(.invalidOption, "")) { try self.serve([:]) }
        #expect(throws: PersonalisationError(.invalidOption, "")) { try self.serve(["../EF.COM": [0x60, 0]]) }
    }

    @Test func quirksOfServedFiles() throws {
        let given = try files()
        let served = try serve(given, quirks: [.selectMF6982, .maxLe160])
        #expect(TestTerminal(try SimulatedChip(served.document)).send("00A4000C023F00") == "6982")
        for quirk in ChipQuirk.allCases where quirk.changesFiles {
            #expect(throws: PersonalisationError(.invalidOption, ""), "\(quirk)") {
                try self.serve(given, quirks: [quirk])
            }
        }
        #expect(throws: PersonalisationError(.invalidOption, "")) {
            try self.serve(given, quirks: [.maxLe112, .maxLe160])
        }
    }

    // MARK: Terminal PKI

    @Test func certificates() throws {
        let pki = try TerminalPKI(country: "UT", today: TestTerminal.today, rights: .fingerprints)
        let names = ["UTTESTCVCA00001", "UTTESTDV00001", "UTTESTIS00001"]
        for (index, (certificate, bits)) in zip(
            [pki.certificationAuthority, pki.documentVerifier, pki.inspectionSystem], [0xC3, 0x83, 0x01] as [UInt8]
        ).enumerated() {
            let body = try TLV(exactly: certificate).child(0x7F4E)
            #expect(try Array(body.child(0x42).value) == Array(names[max(index - 1, 0)].utf8))
            #expect(try Array(body.child(0x5F20).value) == Array(names[index].utf8))
            #expect(try Array(body.child(0x7F4C).child(0x53).value) == [bits])
            #expect(try hex(Array(body.child(0x5F25).value)) == "020600020109")
            #expect(try body.child(0x7F49).children().map(\.tag).count == (index == 0 ? 8 : 2))
        }
        // The chain as the verifier of such certificates sees it.
        let parsed = try [pki.certificationAuthority, pki.documentVerifier, pki.inspectionSystem].map {
            try CVCertificate(parsing: $0)
        }
        let points = try CVTrustPoints([parsed[0]], date: TestTerminal.today)
        let chain = try #require(CVCertificateChain([parsed[1], parsed[2]]))
        #expect(try chain.verify(from: points).get().terminal.authorization.readsDG3)
        #expect(throws: PersonalisationError(.invalidLength, "")) {
            try TerminalPKI(country: "", today: TestTerminal.today)
        }
        let key = try OpenSSL.run(
            ["pkey", "-inform", "DER", "-in", "k", "-check", "-noout", "-text"],
            files: ["k": pki.encodedTerminalKey()])
        #expect(key.isSuccess && key.output.contains("brainpoolP256r1"), "\(key.error)")
    }

    @Test func trustPointInTheChip() async throws {
        let pki = try TerminalPKI(country: "UT", today: TestTerminal.today)
        let other = try TerminalPKI(country: "XX", today: TestTerminal.today.adding(days: 1))
        let terminal = try TestTerminal.passport {
            $0.includesFingerprints = true
            $0.terminalAuthentication = .init(
                .one, trustPoints: [pki.certificationAuthority, other.certificationAuthority])
        }
        try await terminal.pace()
        try await terminal.selectApplication()
        let file = try await terminal.read("EF.CVCA")
        #expect(file.count == 36)
        let names = ["XXTESTCVCA00001", "UTTESTCVCA00001"].flatMap { TLV.encode(0x42, Array($0.utf8)) }
        #expect(file == names + [UInt8](repeating: 0, count: 36 - names.count))
        let group = try DG14(parsing: try #require(terminal.chip.document.file(named: "DG14")).content)
        #expect(group.securityInfos.terminalAuthenticationInfos.map(\.version) == [1])
        for points in [
            [], [[0x7F]], [[0x30, 0x00]], [pki.inspectionSystem],
            [pki.certificationAuthority, pki.certificationAuthority],
            [pki.certificationAuthority, pki.documentVerifier, pki.inspectionSystem],
        ]
            as [[[UInt8]]]
        {
            #expect(throws: PersonalisationError(.invalidOption, ""), "\(points.count)") {
                try TestTerminal.passport { $0.terminalAuthentication = .init(.one, trustPoints: points) }
            }
        }
        #expect(throws: PersonalisationError(.invalidOption, "")) {
            try TestTerminal.passport {
                $0.terminalAuthentication = .init(.one, trustPoints: [pki.certificationAuthority])
                $0.chipAuthentication = []
            }
        }
    }

    @Test func identityCardBehindVersion2() async throws {
        let pki = try TerminalPKI(country: "UT", today: TestTerminal.today)
        let options = PersonalisationOptions.identityCardEAC2(
            today: TestTerminal.today, trustPoints: [pki.certificationAuthority])
        let document = try Personaliser(options).personalise()
        #expect(document.profile == "identity-card-eac2" && document.file(named: "EF.CVCA") == nil)
        let access = try SecurityInfos(parsing: try #require(document.file(named: "EF.CardAccess")).content)
        #expect(access.terminalAuthenticationInfos.map(\.version) == [2])
        #expect(access.chipAuthenticationInfos.map(\.version) == [2])
        let terminal = TestTerminal(try SimulatedChip(document))
        try await terminal.pace(.can)
        #expect(try await terminal.status(.select(file: 0x011D)) == .securityStatusNotSatisfied, "EF.CardSecurity")
        try await terminal.selectApplication()
        for file in [0x011E, 0x011D, 0x0101, 0x0102, 0x0103] as [UInt16] {
            #expect(try await terminal.status(.select(file: file)) == .securityStatusNotSatisfied, "\(file)")
        }
        // The trust point is named to a terminal that says what it wants to be, and to no other.
        let right = TLV.encode(0x06, hex("04007F000703010201")) + TLV.encode(0x53, [0x03])
        for (authorization, names) in [(nil, []), (right, [Array("UTTESTCVCA00001".utf8)])] as [([UInt8]?, [[UInt8]])] {
            terminal.reset()
            let success = try await PACETerminal(
                try #require(try terminal.offers().first), password: terminal.password(.can),
                authorization: authorization
            ).run(terminal.plain)
            #expect(success.certificationAuthorityReferences == names)
        }
        for change in [
            { $0.supportsBAC = true }, { $0.pace = [] }, { $0.chipAuthentication = [] },
            { $0.terminalAuthentication?.trustPoints = [] },
        ] as [(inout PersonalisationOptions) -> Void] {
            var bad = options
            change(&bad)
            let chosen = bad
            #expect(throws: PersonalisationError(.invalidOption, "")) { try Personaliser(chosen).personalise() }
        }
    }
}
