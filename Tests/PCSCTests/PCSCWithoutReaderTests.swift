import EMRTDPCSC
import ISO7816
import Testing

/// The library against a real pcscd that has no reader at all; run by `make test-pcsc`.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct PCSCWithoutReaderTests {
    @Test func listsNoReader() throws {
        try VirtualReader.require(readers: 0)
        #expect(try PCSC.readers().isEmpty)
        #expect(throws: CardChannelError(.noReader)) { try PCSC.details(ofReader: "") }
    }

    @Test func noReaderInTime() async throws {
        try VirtualReader.require(readers: 0)
        let error = await #expect(throws: CardChannelError.self) {
            try await PCSC.waitForCard(timeout: .milliseconds(300))
        }
        #expect(error?.code == .noReader)
        await #expect(throws: CardChannelError(.noReader)) { try await PCSC.waitForCard(timeout: .zero) }
        await #expect(throws: CardChannelError(.noReader)) {
            try await PCSC.waitForCard(reader: "ACR1252", timeout: .milliseconds(300))
        }
    }

    @Test func cancelledWhileWaiting() async throws {
        try VirtualReader.require(readers: 0)
        let task = Task { try await PCSC.waitForCard(timeout: .seconds(60)) }
        try await Task.sleep(for: .milliseconds(200))
        task.cancel()
        await #expect(throws: CardChannelError(.closed)) { try await task.value }
    }
}
