import EMRTDPCSC
import Foundation
import ISO7816
import Testing

/// A chip and a reader of others over the virtual reader: proves the programs in `Tests/Foreign` against each other, and
/// that our connection talks to such a chip. Run by `make test-pcsc`.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct PCSCForeignChipTests {
    static let can = "003201"
    static let dg1 = [0x61, 0x5B, 0x5F, 0x1F, 0x58] + [UInt8](repeating: 0x3C, count: 88)
    static let dg2 = [0x75, 0x82, 0x9C, 0x40] + VirtualCard.pattern(40_000)

    /// Runs a test with a chip on libeac in the first slot.
    private func withChip(
        protocol name: String = "ECDH-GM-AES-128", parameterID: Int = 13, _ body: () async throws -> Void
    ) async throws {
        try VirtualReader.require(readers: 2)
        let folder = FileManager.default.temporaryDirectory.appending(path: "emrtd-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(Self.dg1).write(to: folder.appending(path: "DG1.bin"))
        try Data(Self.dg2).write(to: folder.appending(path: "DG2.bin"))
        let chip = try ForeignProgram(
            "eac_chip.py",
            [
                "--protocol", name, "--parameter-id", String(parameterID), "--can", Self.can,
                "--files", folder.path(percentEncoded: false), "--port", String(VirtualReader.port),
            ])
        do {
            try await VirtualReader.wait(forCard: true)
            try await body()
        } catch {
            chip.terminate()
            try await VirtualReader.wait(forCard: false)
            throw error
        }
        chip.terminate()
        try await VirtualReader.wait(forCard: false)
    }

    private func read(_ arguments: String...) throws -> ForeignProgram.Outcome {
        try ForeignProgram("eac_reader.py", arguments).outcome()
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02X", $0) }.joined() + "\n" }

    @Test(arguments: ["3DES", "AES-128", "AES-192", "AES-256"], [8, 12, 13, 15, 17, 18])
    func foreignReaderReadsForeignChip(cipher: String, parameterID: Int) async throws {
        try await withChip(protocol: "ECDH-GM-" + cipher, parameterID: parameterID) {
            let outcome = try read("--can", Self.can)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output == hexadecimal(Self.dg1))
        }
    }

    @Test func foreignReaderReadsBeyond32KiB() async throws {
        try await withChip {
            let outcome = try read("--can", Self.can, "--file", "DG2", "--short-identifier")
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output == hexadecimal(Self.dg2))
        }
    }

    @Test func foreignChipRefusesAWrongNumber() async throws {
        try await withChip {
            let outcome = try read("--can", "003202")
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("00860000 answered 6300"))
        }
    }

    @Test func foreignChipKeepsItsFilesToSecureMessaging() async throws {
        try await withChip {
            let connection = try await VirtualReader.connect()
            let select = try CommandAPDU.select(application: [0xA0, 0, 0, 2, 0x47, 0x10, 0x01]).encoded()
            #expect(try await connection.transmit(select) == [0x90, 0])
            #expect(try await connection.transmit([0, 0xB0, 0x81, 0, 4]) == [0x69, 0x82])
            #expect(try await connection.transmit([0, 0xB0, 0x9E, 0, 4]) == [0x6A, 0x82])
            #expect(try await connection.transmit([0x0C, 0xB0, 0, 0, 0]) == [0x68, 0x82])
            await connection.close()
        }
    }

    @Test func connectionReadsCardAccessOfForeignChip() async throws {
        try await withChip(protocol: "ECDH-GM-AES-256", parameterID: 17) {
            let connection = try await VirtualReader.connect()
            let select = try CommandAPDU.select(file: 0x011C).encoded()
            #expect(try await connection.transmit(select) == [0x90, 0])
            let response = try ResponseAPDU(parsing: await connection.transmit([0, 0xB0, 0, 0, 0]))
            #expect(response.statusWord == .success)
            #expect(hexadecimal(response.data) == "31143012060A04007F00070202040204020102020111\n")
            await connection.close()
        }
    }
}
