import Foundation
import Testing

/// `emrtd` where there is no reader, or not even the smart-card service.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct PCSCExitCodeWithoutReaderTests {
    private let read = ["read", "--json", "--can-file", "-", "--timeout", "1"]

    @Test func noReader() throws {
        try VirtualReader.require(readers: 0)
        try Emrtd.expectError(
            Emrtd.run(read, input: "003201"), exit: 10, code: "noReader", advice: "Connect a smart-card reader",
            secret: "003201")
        try Emrtd.expectError(
            Emrtd.run(["readers", "--json"]), exit: 10, code: "noReader", advice: "Connect a smart-card reader")
    }

    @Test func noService() throws {
        try VirtualReader.require(readers: 0)
        // libpcsclite takes the socket's name from here.
        let folder = try TemporaryFolder()
        let environment = ["PCSCLITE_CSOCK_NAME": folder("none")]
        try Emrtd.expectError(
            Emrtd.run(read, input: "003201", environment: environment), exit: 10, code: "serviceFailed",
            advice: "pcscd", secret: "003201")
        try Emrtd.expectError(
            Emrtd.run(["readers", "--json"], environment: environment), exit: 10, code: "serviceFailed",
            advice: "pcscd")
    }

    @Test func noVirtualReaderToSimulateIn() throws {
        try VirtualReader.require(readers: 0)
        let outcome = try Emrtd.run(["simulate", "--vpcd", "127.0.0.1:\(VirtualReader.port)"])
        #expect(outcome.status == 10)
        #expect(outcome.errors.contains("vsmartcard-vpcd") && outcome.errors.contains("--vpcd"))
    }
}
