private import Glibc
private import Synchronization

/// Puts a software card into the virtual reader vpcd of vsmartcard, over TCP.
///
/// vpcd is the server and the card connects to it. Every message is a 2-byte big-endian length and a payload. From the reader a
/// payload of one byte is a control: 00 power off, 01 power on, 02 reset, 04 send the ATR; only the last is answered. A longer
/// payload is a command APDU, answered with data and status word. vpcd takes one connection a slot; a second one waits.
public final class VPCDClient: Sendable {
    /// The TCP port of vpcd's first slot.
    public static let defaultPort: UInt16 = 35963

    /// The host as given: a name, an IPv4 or an IPv6 address.
    public let host: String
    /// The TCP port.
    public let port: UInt16
    /// How long to wait for each address of the host, in milliseconds.
    public let connectTimeoutMilliseconds: Int

    private struct State {
        var isRunning = false
        var isStopped = false
        var descriptor: Int32?
    }

    private let state = Mutex(State())

    /// Creates a client; nothing is connected yet.
    public init(
        host: String = "127.0.0.1", port: UInt16 = VPCDClient.defaultPort, connectTimeoutMilliseconds: Int = 5000
    ) {
        self.host = host
        self.port = port
        self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
    }

    /// Connects the card and serves the reader until the peer closes, the card goes, or ``stop()`` is called.
    ///
    /// The calling thread is blocked all the while: call it on a thread of its own, never on the cooperative pool.
    ///
    /// - Parameter whenConnected: called once, on this thread, when the reader sees the card.
    /// - Throws: ``VPCDError``. After ``stop()`` it returns without an error.
    public func run(_ card: some VirtualCard, whenConnected: () -> Void = {}) throws(VPCDError) {
        let refusal = state.withLock { state -> VPCDError? in
            if state.isStopped { return VPCDError(.notAvailable, "the client was stopped; make a new one") }
            if state.isRunning { return VPCDError(.notAvailable, "the client runs already; one card a connection") }
            state.isRunning = true
            return nil
        }
        if let refusal { throw refusal }
        defer { state.withLock { $0.isRunning = false } }
        do throws(VPCDError) {
            guard port != 0 else { throw VPCDError(.invalidAddress, "the port of vpcd is between 1 and 65535") }
            let socket = try VPCDSocket.connect(
                host: host, port: port, timeoutMilliseconds: connectTimeoutMilliseconds, isCancelled: { isStopped })
            state.withLock { $0.descriptor = socket.descriptor }
            let failure: VPCDError?
            do throws(VPCDError) {
                if !isStopped {
                    whenConnected()
                    try serve(card, on: socket)
                }
                failure = nil
            } catch {
                failure = error
            }
            // Forgotten before the socket closes, after which its number may belong to something else.
            state.withLock { $0.descriptor = nil }
            _ = consume socket
            if let failure { throw failure }
        } catch {
            if !isStopped { throw error }
        }
    }

    /// Ends ``run(_:whenConnected:)`` from another thread; it returns as soon as the card has answered a command in progress.
    /// A stopped client stays stopped.
    public func stop() {
        state.withLock { state in
            state.isStopped = true
            if let descriptor = state.descriptor { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    private func serve(_ card: some VirtualCard, on socket: borrowing VPCDSocket) throws(VPCDError) {
        while let header = try socket.receive(2) {
            guard let high = header.first, let low = header.last, high != 0 || low != 0 else {
                throw VPCDError(
                    .protocolViolation, "vpcd sent an empty message; is something else listening on that port?")
            }
            guard let payload = try socket.receive(Int(high) << 8 | Int(low)) else {
                throw VPCDError(.connectionLost, "vpcd closed the connection in the middle of a message")
            }
            guard payload.count == 1, let control = payload.first else {
                let answer = card.process(payload)
                if answer.isEmpty { return }
                try send(answer, on: socket)
                continue
            }
            switch control {
            case 0x00: card.powerOff()
            case 0x01: card.powerOn()
            case 0x02: card.reset()
            case 0x04: try send(card.atr, on: socket)
            default:
                throw VPCDError(
                    .protocolViolation, "vpcd sent an unknown control; this client knows those of vsmartcard-vpcd 3.3")
            }
        }
    }

    /// Length and payload in one write, so that Nagle's algorithm has nothing to hold back.
    private func send(_ payload: [UInt8], on socket: borrowing VPCDSocket) throws(VPCDError) {
        guard let count = UInt16(exactly: payload.count) else {
            throw VPCDError(.responseTooLong, "the card answered \(payload.count) bytes; a message holds 65,535")
        }
        try socket.send([UInt8(count >> 8), UInt8(count & 0xFF)] + payload)
    }
}
