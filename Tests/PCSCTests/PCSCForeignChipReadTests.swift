import EMRTDCrypto
import EMRTDSimulator
import Foundation
import LDS
import Testing

/// `emrtd read` against a chip whose PACE and secure messaging are OpenPACE's (`Tests/Foreign/eac_chip.py`).
@Suite(.serialized, .timeLimit(.minutes(3)))
struct PCSCForeignChipReadTests {
    /// A document to serve, with the files and the trust anchor in a folder.
    struct Served: Sendable {
        let document: PersonalisedDocument
        let folder: TemporaryFolder
        var trust: String { folder("csca.der") }
        var can: String { document.secrets.cardAccessNumber ?? "" }

        /// A passport of today with options changed.
        init(_ change: (inout PersonalisationOptions) -> Void) throws {
            let today = CalendarDate(clampingDaysSinceEpoch: Int(Date().timeIntervalSince1970 / 86_400))
            var options = PersonalisationOptions.passportTD3(today: today)
            change(&options)
            document = try Personaliser(options).personalise()
            folder = try TemporaryFolder()
            try FileManager.default.createDirectory(atPath: folder("files"), withIntermediateDirectories: false)
            for file in document.applicationFiles {
                _ = try folder.write(file.content, to: "files/\(file.name).bin")
            }
            _ = try folder.write(document.cscaCertificate, to: "csca.der")
        }
    }

    // OpenPACE's chip proves nothing of itself, so the signed data must not promise it: no DG14, no DG15.
    static let plain = Result {
        try Served {
            $0.pace = []
            $0.chipAuthentication = []
            $0.activeAuthentication = nil
        }
    }

    /// Runs a test with the chip in the first slot. Gives the headers of the commands that it saw.
    @discardableResult
    static func withChip(
        _ served: Served, _ cipher: String, _ parameterID: Int, arguments: [String] = [],
        _ body: () async throws -> Void
    ) async throws -> [String] {
        try VirtualReader.require(readers: 2)
        let chip = try ForeignProgram(
            "eac_chip.py",
            [
                "--trace", "--protocol", (parameterID < 8 ? "DH-GM-" : "ECDH-GM-") + cipher,
                "--parameter-id", String(parameterID),
                "--can", served.can, "--mrz", served.document.secrets.mrzInformation,
                "--files", served.folder("files"), "--port", String(VirtualReader.port),
            ] + arguments)
        do {
            try await body()
        } catch {
            chip.terminate()
            try await VirtualReader.wait(forCard: false)
            throw error
        }
        let outcome = try #require(chip.terminate(), "the chip ended by itself")
        try await VirtualReader.wait(forCard: false)
        return outcome.output.split(separator: "\n").map(String.init)
    }

    /// EF.CardAccess with one PACEInfo: a SET of the protocol, version 2 and the parameter id (Doc 9303-11, 9.2.1).
    static func cardAccess(_ cipher: String, _ parameterID: Int) throws -> [UInt8] {
        let last = try #require(["3DES", "AES-128", "AES-192", "AES-256"].firstIndex(of: cipher)) + 1
        return [0x31, 0x14, 0x30, 0x12, 0x06, 0x0A, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04]
            + [parameterID < 8 ? 0x01 : 0x02, UInt8(last), 0x02, 0x01, 0x02, 0x02, 0x01, UInt8(parameterID)]
    }

    @Test(arguments: ["3DES", "AES-128", "AES-192", "AES-256"], [8, 12, 13, 15, 17, 18])
    func genericMapping(cipher: String, parameterID: Int) async throws {
        let served = try Self.plain.get()
        let folder = try TemporaryFolder()
        let commands = try await Self.withChip(served, cipher, parameterID) {
            let report = try Emrtd.read(
                ["--can-file", "-", "--trust", served.trust, "--allow-test-pki", "--plan", "everything"]
                    + ["--out", folder("out")], input: served.can, exit: 33)
            #expect(report.verdict == "dataAuthentic" && report.testPKI == true)
            #expect(
                report.access
                    == Report.Access(
                        protocol: "PACE", mapping: "GM", agreement: "ECDH", cipher: cipher, parameterId: parameterID,
                        password: "CAN"))
            #expect(report.refused.isEmpty && report.notes == [])
            for id in ["access", "sod.signature", "ds.chain", "dg.1", "dg.2", "mrz", "expiry"] {
                #expect(report.result(id) == "successful", "\(id)")
            }
            for id in ["chip.ca", "chip.aa", "downgrade"] { #expect(report.result(id) == "notSupported", "\(id)") }
            var expected = Dictionary(
                uniqueKeysWithValues: served.document.applicationFiles.map { ($0.name, $0.content) })
            expected["EF.CardAccess"] = try Self.cardAccess(cipher, parameterID)
            #expect(try folder.files(in: "out") == expected)
        }
        #expect(commands.filter { $0.hasPrefix("0022") } == ["0022C1A4"])
    }

    @Test func machineReadableZoneAndAcceptance() async throws {
        let served = try Self.plain.get()
        try await Self.withChip(served, "AES-256", 13) {
            let zone = try served.folder.write(served.document.secrets.mrz.joined(separator: "\n"), to: "mrz")
            let report = try Emrtd.read(
                ["--mrz-file", zone, "--trust", served.trust, "--allow-test-pki", "--accept-data-authentic"], exit: 0)
            #expect(report.verdict == "dataAuthentic" && report.access?.password == "MRZ")
        }
    }

    /// One attempt: one MSE, four GENERAL AUTHENTICATE, nothing after them.
    @Test func wrongPasswordOnce() async throws {
        let served = try Self.plain.get()
        let can = "654321"
        let commands = try await Self.withChip(served, "AES-128", 12) {
            try Emrtd.expectError(
                Emrtd.run(["read", "--json", "--can-file", "-"], input: can), exit: 20, code: "wrongPassword",
                advice: "Check what was typed", secret: can)
        }
        #expect(commands.suffix(5) == ["0022C1A4", "10860000", "10860000", "10860000", "00860000"])
        #expect(commands.filter { $0.hasPrefix("0022") }.count == 1)
    }

    /// The signed DG14 lists what the chip does not offer: somebody has altered EF.CardAccess.
    @Test func downgradeIsRejected() async throws {
        let served = try Served {
            $0.pace.append(PACEOffer(.generic, .ecdh, .aes256, parameterId: 13))
            $0.chipAuthentication = []
            $0.activeAuthentication = nil
        }
        try await Self.withChip(served, "AES-128", 13) {
            let report = try Emrtd.read(
                ["--can-file", "-", "--trust", served.trust, "--allow-test-pki"], input: served.can, exit: 30)
            #expect(report.verdict == "rejected")
            #expect(report.result("downgrade") == "failed" && report.code("downgrade") == "downgrade.detected")
        }
    }

    /// Copied files on a chip without the keys they promise are never green.
    @Test func copyIsNotGenuine() async throws {
        let served = try Served { _ in }
        try await Self.withChip(served, "AES-128", 13) {
            let report = try Emrtd.read(
                ["--can-file", "-", "--trust", served.trust, "--allow-test-pki", "--accept-data-authentic"],
                input: served.can, exit: 31)
            #expect(report.verdict == "undetermined" && report.result("sod.signature") == "successful")
            #expect(report.result("chip.ca") == "undetermined" && report.code("chip.ca") == "chip.refused")
            #expect(report.result("chip.aa") == "undetermined" && report.code("chip.aa") == "chip.refused")
            #expect(report.result("downgrade") == "successful")
        }
    }

    /// A copy that keeps the face closed, which a clerk would compare, is never green.
    @Test func refusedPortrait() async throws {
        let served = try Self.plain.get()
        try await Self.withChip(served, "AES-128", 13, arguments: ["--refuse", "DG2"]) {
            let report = try Emrtd.read(
                ["--can-file", "-", "--trust", served.trust, "--allow-test-pki", "--accept-data-authentic"],
                input: served.can, exit: 31)
            #expect(report.verdict == "undetermined" && report.refused == ["DG2"])
            #expect(report.result("dg.2") == "notSupported" && report.result("dg.1") == "successful")
        }
    }
}
