import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A card in the virtual reader: a client of vpcd that answers commands by a closure, on a thread of its own.
///
/// vpcd's messages are a length of two bytes and that many bytes. One byte is a control: 0 power off, 1 power on, 2 reset
/// (no answer), 4 asks for the answer to reset.
final class VirtualCard: Sendable {
    /// What the card does with a command.
    enum Answer {
        case response([UInt8])
        /// The card is taken away instead of answering.
        case leave
        /// The answer comes when the semaphore is signalled.
        case later(DispatchSemaphore, [UInt8])
    }

    /// T=1, historical bytes of a contactless card (PC/SC part 3, 3.1.3.2.3.1).
    static let atr: [UInt8] = [0x3B, 0x80, 0x80, 0x01, 0x01]

    private let socket: Int32
    private let resets = Atomic(0)
    private let commands = Atomic(0)
    private let finished = DispatchSemaphore(value: 0)

    /// How many times the card was reset or powered on.
    var resetCount: Int { resets.load(ordering: .acquiring) }
    /// How many commands reached the card.
    var commandCount: Int { commands.load(ordering: .acquiring) }

    /// Puts the card into a slot of the virtual reader.
    init(
        slot: Int = 0, atr: [UInt8] = VirtualCard.atr, onReset: @escaping @Sendable () -> Void = {},
        answer: @escaping @Sendable ([UInt8]) -> Answer = { .response(VirtualCard.echo($0)) }
    ) throws {
        let port = try VirtualReader.port + UInt16(slot)
        // A child that inherited it would keep the card in the reader.
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let socket = socket
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            throw VirtualReader.Problem(description: "the virtual reader does not listen on port \(port)")
        }
        Thread { [self] in serve(atr: atr, onReset: onReset, answer: answer) }.start()
    }

    deinit { Glibc.close(socket) }

    /// Takes the card away.
    func remove() { shutdown(socket, Int32(SHUT_RDWR)) }

    /// Answers with the command's data, or with as many bytes as Le asks for, and 9000.
    static func echo(_ command: [UInt8]) -> [UInt8] {
        if command.count == 7, command[4] == 0 {
            let length = Int(command[5]) << 8 | Int(command[6])
            return pattern(length == 0 ? 65536 : length) + [0x90, 0x00]
        }
        if command.count == 5 { return pattern(command[4] == 0 ? 256 : Int(command[4])) + [0x90, 0x00] }
        if command.count > 7, command[4] == 0 {
            return Array(command[7..<(7 + Int(command[5]) << 8 + Int(command[6]))]) + [0x90, 0x00]
        }
        return command.count > 5 ? Array(command[5..<(5 + Int(command[4]))]) + [0x90, 0x00] : [0x90, 0x00]
    }

    /// Bytes that tell their place.
    static func pattern(_ length: Int) -> [UInt8] { (0..<length).map { UInt8($0 % 251) } }

    private func serve(atr: [UInt8], onReset: () -> Void, answer: ([UInt8]) -> Answer) {
        defer { remove() }
        while let header = receive(2), let message = receive(Int(header[0]) << 8 | Int(header[1])) {
            var reply: [UInt8]
            switch message {
            case [0]:
                onReset()
                continue
            case [1], [2]:
                onReset()
                resets.add(1, ordering: .acquiringAndReleasing)
                continue
            case [4]: reply = atr
            default:
                commands.add(1, ordering: .acquiringAndReleasing)
                switch answer(message) {
                case .response(let response): reply = response
                case .leave: return
                case .later(let semaphore, let response):
                    semaphore.wait()
                    reply = response
                }
            }
            reply = [UInt8(reply.count >> 8), UInt8(reply.count & 0xFF)] + reply
            guard send(socket, reply, reply.count, Int32(MSG_NOSIGNAL)) == reply.count else { return }
        }
    }

    private func receive(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            // vpcd writes length and payload separately and waits for the acknowledgement of the first in between.
            var yes: Int32 = 1
            setsockopt(socket, Int32(IPPROTO_TCP), TCP_QUICKACK, &yes, socklen_t(MemoryLayout<Int32>.size))
            let result = bytes.withUnsafeMutableBytes { buffer in
                recv(socket, buffer.baseAddress.map { $0 + received }, count - received, 0)
            }
            guard result > 0 else { return nil }
            received += result
        }
        return bytes
    }
}
