import EMRTDCrypto
import EMRTDPCSC
import EMRTDProtocol
import EMRTDSimulator
import Foundation
import ISO7816
import LDS
import Testing

/// `emrtd read` against OpenPACE's chip in prime fields, and the fault that this chip has there: it drops the leading zeros of
/// the shared secret, which the standard keeps (Doc 9303-11, 9.7.1), so one run in 256 fails with everyone who follows it.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct PCSCForeignChipDHTests {
    private typealias Read = PCSCForeignChipReadTests

    /// What the chip tells of a run in which it dropped leading zeros.
    private static let fault = "stripped secret"

    /// A run that fails must be one of those that the chip's fault explains; it is counted, shown and done again.
    @Test(arguments: ["3DES", "AES-128", "AES-192", "AES-256"], [0, 2])
    func genericMapping(cipher: String, parameterID: Int) async throws {
        let served = try Read.plain.get()
        var faults = 0
        while true {
            let folder = try TemporaryFolder()
            var result: ChildProcess.Outcome?
            let trace = try await Read.withChip(served, cipher, parameterID) {
                result = try Emrtd.run(
                    ["read", "--json", "--can-file", "-", "--trust", served.trust, "--allow-test-pki"]
                        + ["--plan", "everything", "--out", folder("out")], input: served.can)
            }
            let outcome = try #require(result)
            #expect(trace.filter { $0.hasPrefix("0022") } == ["0022C1A4"])
            if trace.contains(Self.fault) {
                // The chip's fault, and no other: it refuses the terminal's token as that of another password.
                #expect(outcome.status == 20, "\(outcome.errors)")
                #expect(try Report(outcome.output).error?.code == "wrongPassword")
                faults += 1
                try #require(faults < 4, "four runs in a row with a leading zero, where one in 256 has one")
                continue
            }
            try #require(outcome.status == 33, "\(outcome.errors)")
            let report = try Report(outcome.output)
            #expect(report.verdict == "dataAuthentic" && report.testPKI == true)
            #expect(
                report.access
                    == Report.Access(
                        protocol: "PACE", mapping: "GM", agreement: "DH", cipher: cipher, parameterId: parameterID,
                        password: "CAN"))
            var expected = Dictionary(
                uniqueKeysWithValues: served.document.applicationFiles.map { ($0.name, $0.content) })
            expected["EF.CardAccess"] = try Read.cardAccess(cipher, parameterID)
            #expect(try folder.files(in: "out") == expected)
            break
        }
        print("DH-GM-\(cipher), id \(parameterID): 1 run read, \(faults) failed by the chip's leading-zero fault")
    }

    /// With keys that provoke the fault no reading succeeds, and the report says what the chip said.
    @Test(arguments: [0, 2])
    func provokedFault(parameterID: Int) async throws {
        let served = try Read.plain.get()
        let trace = try await Read.withChip(served, "AES-128", parameterID, arguments: ["--strip-secret"]) {
            try Emrtd.expectError(
                Emrtd.run(["read", "--json", "--can-file", "-"], input: served.can), exit: 20, code: "wrongPassword",
                advice: "Check what was typed", secret: served.can)
        }
        #expect(trace.contains(Self.fault))
    }

    /// The proof that it is the chip's fault: the secret begins with a zero; the keys from all of it, which the standard
    /// wants, the chip refuses, and those from the rest of it are the chip's.
    @Test(arguments: ["3DES", "AES-128", "AES-256"], [0, 2])
    func faultIsTheDroppedZero(cipher: String, parameterID: Int) async throws {
        let served = try Read.plain.get()
        for drops in [false, true] {
            var accepted: Bool?
            try await Read.withChip(served, cipher, parameterID, arguments: ["--strip-secret"]) {
                try await VirtualReader.wait(forCard: true)
                let connection = try await VirtualReader.connect()
                accepted = try await run(connection, served.can, cipher, parameterID, drops: drops)
                await connection.close()
            }
            #expect(accepted == drops)
        }
    }

    /// PACE with keys from the shared secret as it is, or without its leading zeros. Says whether both tokens agree.
    private func run(
        _ connection: PCSCConnection, _ can: String, _ cipher: String, _ parameterID: Int, drops: Bool
    ) async throws -> Bool {
        let sessionCipher = try #require(SessionCipher(rawValue: cipher))
        let variant = try #require(PACEProtocol(mapping: .generic, agreement: .dh, cipher: sessionCipher))
        let parameters = try #require(PACEParameters(PACEInfo(protocol: variant, parameterId: parameterID)))
        let group = try parameters.domain.makeGroup()
        func authenticate(_ tag: ISO7816.Tag?, _ value: [UInt8], isLast: Bool = false) async throws -> ResponseAPDU {
            let inner = tag.map { TLV.encode($0, value) } ?? []
            let command = CommandAPDU(
                cla: isLast ? 0 : 0x10, ins: 0x86, data: TLV.encode(0x7C, inner),
                expectedLength: inner.count > 240 ? 0x10000 : 256)
            return try ResponseAPDU(parsing: await connection.transmit(command.encoded()))
        }
        func value(_ response: ResponseAPDU, _ tag: ISO7816.Tag) throws -> [UInt8] {
            Array(try TLV(exactly: response.data).child(tag).value)
        }

        let template =
            TLV.encode(0x80, variant.objectIdentifier.encoded) + TLV.encode(0x83, [2])
            + TLV.encode(0x84, [UInt8(parameterID)])
        let set = CommandAPDU(ins: 0x22, p1: 0xC1, p2: 0xA4, data: template)
        #expect(try await connection.transmit(set.encoded()) == [0x90, 0])
        let password = PACEPassword(.can, secret: SharedSecret(try SecretBytes(copying: Array(can.utf8))))
        let nonce = try parameters.cipher.decryptSecret(
            value(await authenticate(nil, []), 0x80), key: password.key(parameters.cipher))

        let mapping = try PACEKeyPair(group, scalar: group.randomScalar())
        let mapped = try value(await authenticate(0x81, mapping.publicKey), 0x82)
        let generator = try PACESteps.mapGenerator(group, nonce: nonce, own: mapping, other: mapped)
        let own = try PACEKeyPair(group, scalar: group.randomScalar(), generator: generator)
        let sent = parameters.domain.encode(publicKey: own.publicKey)
        let received = try value(await authenticate(0x83, sent), 0x84)

        let secret = try group.sharedSecret(own.scalar, publicKey: received)
        let bytes = secret.withBytes { Array(UnsafeBufferPointer(start: $0, count: $1)) }
        #expect(bytes.count == parameters.domain.secretLength && bytes.first == 0)
        let used = drops ? Array(bytes.drop { $0 == 0 }) : bytes
        let keys = try SessionKeys(parameters.cipher, secret: SecretBytes(copying: used))
        let answer = try await authenticate(
            0x85, PACESteps.token(parameters, keys: keys, publicKey: received), isLast: true)
        guard answer.statusWord.isSuccess else {
            #expect(answer.statusWord == .authenticationFailed)
            return false
        }
        return try value(answer, 0x86) == PACESteps.token(parameters, keys: keys, publicKey: sent)
    }
}
