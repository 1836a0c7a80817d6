import EMRTDSimulator
import EMRTDTestSupport
import Foundation
import Glibc
import Synchronization
import Testing

/// A reader without pcscd: listens on a port of its own and speaks, or breaks, the protocol of vpcd.
private final class Reader {
    private let listener: Int32
    let port: UInt16
    private var connection: Int32 = -1

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && getsockname(listener, pointer, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        try #require(bound && listen(listener, 1) == 0)
    }

    deinit {
        hangUp()
        close(listener)
    }

    func accept() throws {
        connection = Glibc.accept(listener, nil, nil)
        try #require(connection >= 0)
        // A test that waits in vain fails instead of hanging.
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    func hangUp() {
        if connection >= 0 { close(connection) }
        connection = -1
    }

    func send(_ bytes: [UInt8]) { _ = Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    /// Length and payload in two writes, as vpcd does.
    func message(_ payload: [UInt8]) {
        send([UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)])
        send(payload)
    }

    func read(_ count: Int) throws -> [UInt8] {
        var out: [UInt8] = []
        while out.count < count {
            var buffer = [UInt8](repeating: 0, count: count - out.count)
            let step = recv(connection, &buffer, buffer.count, 0)
            try #require(step > 0)
            out += buffer.prefix(step)
        }
        return out
    }

    /// What one receive gives.
    func readOnce(_ count: Int) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let step = recv(connection, &buffer, count, 0)
        try #require(step > 0)
        return Array(buffer.prefix(step))
    }

    func answer() throws -> [UInt8] {
        let header = try read(2)
        return try read(Int(header[0]) << 8 | Int(header[1]))
    }

    /// Whether the peer has closed.
    func seesEnd() -> Bool {
        var byte: UInt8 = 0
        return recv(connection, &byte, 1, 0) == 0
    }
}

private final class EchoCard: VirtualCard {
    let atr: [UInt8] = [0x3B, 0x00]
    let log = Mutex<[String]>([])
    let answer: @Sendable ([UInt8]) -> [UInt8]

    init(answer: @escaping @Sendable ([UInt8]) -> [UInt8] = { $0 + [0x90, 0x00] }) { self.answer = answer }

    func powerOn() { log.withLock { $0.append("on") } }
    func powerOff() { log.withLock { $0.append("off") } }
    func reset() { log.withLock { $0.append("reset") } }
    func process(_ command: [UInt8]) -> [UInt8] { answer(command) }
}

/// A client on a thread of its own.
private final class Running: Sendable {
    let client: VPCDClient
    private let result = Mutex<Result<Void, VPCDError>?>(nil)
    private let done = DispatchSemaphore(value: 0)

    init(_ card: EchoCard, port: UInt16) {
        client = VPCDClient(port: port)
        let thread = Thread { [self] in
            do throws(VPCDError) {
                try client.run(card)
                result.withLock { $0 = .success(()) }
            } catch {
                result.withLock { $0 = .failure(error) }
            }
            done.signal()
        }
        thread.start()
    }

    /// Waits for the end; `nil` where it ended without an error.
    func end() throws -> VPCDError? {
        try #require(done.wait(timeout: .now() + 20) == .success)
        switch result.withLock({ $0 }) {
        case .failure(let error): return error
        default: return nil
        }
    }
}

@Suite struct VPCDClientTests {
    @Test func answersControlsAndCommands() throws {
        let reader = try Reader()
        let card = EchoCard()
        let running = Running(card, port: reader.port)
        try reader.accept()
        reader.message([0x04])
        #expect(try reader.answer() == card.atr)
        reader.message([0x01])
        reader.message([0x02])
        reader.message([0x00])
        // Controls have no answer: the next bytes are those of the command.
        reader.message(hex("00A4040C"))
        #expect(try reader.answer() == hex("00A4040C9000"))
        #expect(card.log.withLock { $0 } == ["on", "reset", "off"])
        reader.hangUp()
        #expect(try running.end() == nil)
    }

    @Test func messagesComeInPiecesAndTogether() throws {
        let reader = try Reader()
        let running = Running(EchoCard(), port: reader.port)
        try reader.accept()
        for byte in hex("0004 00B00000") {
            reader.send([byte])
            usleep(1000)
        }
        #expect(try reader.answer() == hex("00B000009000"))
        reader.send(hex("0001 04 0002 0102 0001 04"))
        #expect(try reader.answer() == hex("3B00"))
        #expect(try reader.answer() == hex("01029000"))
        #expect(try reader.answer() == hex("3B00"))
        reader.hangUp()
        #expect(try running.end() == nil)
    }

    @Test func theLongestMessagesPass() throws {
        let reader = try Reader()
        let running = Running(EchoCard { $0 }, port: reader.port)
        try reader.accept()
        let command = (0..<65_535).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        reader.message(command)
        #expect(try reader.answer() == command)
        reader.hangUp()
        #expect(try running.end() == nil)
    }

    @Test func answersAreOneWrite() throws {
        let reader = try Reader()
        let running = Running(EchoCard { _ in [UInt8](repeating: 7, count: 200) }, port: reader.port)
        try reader.accept()
        reader.message([0x00, 0x84])
        // One send is one segment on loopback: length and payload are there at once.
        let all = try reader.readOnce(300)
        #expect(all.count == 202 && all.prefix(2) == [0, 200])
        reader.hangUp()
        #expect(try running.end() == nil)
    }

    @Test func anEmptyAnswerTakesTheCardAway() throws {
        let reader = try Reader()
        let running = Running(EchoCard { _ in [] }, port: reader.port)
        try reader.accept()
        reader.message([0x00, 0x84])
        #expect(reader.seesEnd())
        #expect(try running.end() == nil)
    }

    @Test(arguments: ["00", "0005", "0005 00A4", "0005 00A40400"])
    func aMessageCutOffIsALostConnection(_ bytes: String) throws {
        let reader = try Reader()
        let running = Running(EchoCard(), port: reader.port)
        try reader.accept()
        reader.send(hex(bytes))
        reader.hangUp()
        #expect(try running.end() == VPCDError(.connectionLost, ""))
    }

    @Test(arguments: ["0000", "0001 03", "0001 05", "0001 FF"])
    func whatIsNoMessageEndsTheConnection(_ bytes: String) throws {
        let reader = try Reader()
        let running = Running(EchoCard(), port: reader.port)
        try reader.accept()
        reader.send(hex(bytes))
        #expect(reader.seesEnd())
        #expect(try running.end() == VPCDError(.protocolViolation, ""))
    }

    @Test func anAnswerTooLongIsAnError() throws {
        let reader = try Reader()
        let running = Running(EchoCard { _ in [UInt8](repeating: 0, count: 65_536) }, port: reader.port)
        try reader.accept()
        reader.message([0x00, 0x84])
        #expect(try running.end() == VPCDError(.responseTooLong, ""))
    }

    @Test func aPeerThatIsGoneWhileTheCardAnswersIsNoCrash() throws {
        let reader = try Reader()
        let running = Running(
            EchoCard { _ in
                usleep(50_000)
                return [UInt8](repeating: 0, count: 60_000)
            }, port: reader.port)
        try reader.accept()
        for _ in 0..<4 { reader.message([0x00, 0x84]) }
        reader.hangUp()
        #expect(try running.end() == VPCDError(.connectionLost, ""))
    }

    @Test func stopEndsARunningClient() throws {
        let reader = try Reader()
        let running = Running(EchoCard(), port: reader.port)
        try reader.accept()
        reader.message([0x04])
        #expect(try reader.answer() == hex("3B00"))
        running.client.stop()
        #expect(try running.end() == nil)
        #expect(reader.seesEnd())
        // A stopped client stays stopped.
        #expect(throws: VPCDError(.notAvailable, "")) { try running.client.run(EchoCard()) }
    }

    @Test func aClientRunsOnce() throws {
        let reader = try Reader()
        let running = Running(EchoCard(), port: reader.port)
        try reader.accept()
        reader.message([0x04])
        _ = try reader.answer()
        #expect(throws: VPCDError(.notAvailable, "")) { try running.client.run(EchoCard()) }
        reader.hangUp()
        #expect(try running.end() == nil)
    }

    @Test func nobodyListening() throws {
        // A port that was free a moment ago.
        let port = try Reader().port
        let error = #expect(throws: VPCDError.self) { try VPCDClient(port: port).run(EchoCard()) }
        #expect(error?.code == .connectionRefused)
        #expect(error?.description.contains("is pcscd with vsmartcard-vpcd running on 127.0.0.1:\(port)?") == true)
        let six = #expect(throws: VPCDError.self) { try VPCDClient(host: "::1", port: port).run(EchoCard()) }
        #expect(six?.code == .connectionRefused || six?.code == .system)
        #expect(six?.description.contains("[::1]:\(port)") == true)
    }

    @Test(arguments: ["", "256.1.1.1", "no such host", "a\u{0}b"])
    func aHostWithoutAddress(_ host: String) {
        #expect(throws: VPCDError(.invalidAddress, "")) { try VPCDClient(host: host, port: 35963).run(EchoCard()) }
    }

    @Test func portZeroIsNoPort() {
        #expect(throws: VPCDError(.invalidAddress, "")) { try VPCDClient(port: 0).run(EchoCard()) }
    }
}
